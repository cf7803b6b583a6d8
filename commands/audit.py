"""`allocator audit`: whether a ledger still holds, and what an outside auditor needs."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.audit_findings import run as findings
from commands.audit_findings_decide import findings_accept, findings_close, findings_open
from commands.audit_group import run
from commands.audit_outside import Evidence, gather, show_witnessed, witnessed_json
from commands.audit_trace import trace_what
from commands.audit_witnesses import run as witnesses
from commands.folders import whole_file
from commands.grammar import command, option
from commands.moments import DAY, wrong_value
from commands.on_ledger import Desk, address_of, on_ledger, seal_now
from commands.session import Session, session_of
from commands.table_files import check_table_file
from models.cut_words import is_number

if TYPE_CHECKING:
    from data.plan_audit import Proven
    from models.audit import Report

__all__ = [
    "check",
    "export",
    "findings",
    "findings_accept",
    "findings_close",
    "findings_open",
    "run",
    "trace_what",
    "witnesses",
]

_OPEN_SHOWN = 10

PROVEN_MOST = 30
"""The latest plans whose proofs are checked again where nobody says how many: each takes about a second."""


class _HowMany(click.ParamType[int]):
    """A whole number, or "all", which is None."""

    name = "number"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a typed number; one that is read already stays."""
        if value == "all" or not isinstance(value, str):
            return None if value == "all" else value
        if is_number(value):
            return int(value)
        raise wrong_value(say('"{found}" is no whole number. Write one such as 30, or all.', found=value), param, ctx)


_HOW_MANY = _HowMany()


@command(
    say(
        "Replay the whole ledger: every text and its hash, every row, every balance after every line, every "
        "count, every leaf of the tree, every signature, every plan and its steps; and prove the latest plans again, "
        "each from the ledger as it was known then. Exit status: 0 it holds, 4 it does not, with the first "
        "thing that does not hold."
    ),
    examples=(
        "allocator audit check",
        "allocator audit check --head kept/head-2020-02-10.txt",
        "allocator audit check --note 'county document 45 sha256 06ce… head 812 t+vAFs8R…='",
        "allocator audit check --plans all",
    ),
    right="see-records",
    within=run,
    name="check",
)
@option(
    "--head",
    "heads",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("A signed head that was kept elsewhere; only such a head shows a rewriting by who has the key too."),
)
@option(
    "--note",
    "codes",
    multiple=True,
    metavar="TEXT",
    says=say("What the code on a printed sheet says, as it was scanned; - reads it from the keyboard."),
)
@option(
    "--plans",
    "proven",
    type=_HOW_MANY,
    default=str(PROVEN_MOST),
    show_default=True,
    metavar="N|all",
    says=say("How many plans to prove again, the latest first; the digests of all are compared in any case."),
)
@click.pass_context
def check(context: click.Context, /, *, heads: tuple[Path, ...], codes: tuple[str, ...], proven: int | None) -> None:
    """Audit, say so."""
    session = session_of(context)
    with on_ledger(context, reads=True, alarms=False) as desk:
        from data.plan_audit import Proven, prove_plans
        from models.audit import audit
        from models.audit_findings import Fault
        from models.database import reading
        from models.paper_proof import check_papers

        evidence = gather(desk, heads, codes)
        with session.stage(say("Replaying the ledger")):
            report = audit(desk.ledger, at=desk.now, outside=evidence.heads)
        with reading(desk.ledger.engine) as connection:
            report.fault = report.fault or check_papers(connection, evidence.papers)
        plans = Proven(report.plans, 0)
        if report.fault is None:
            with session.stage(say("Proving the plans")), reading(desk.ledger.engine) as connection:
                plans = prove_plans(connection, desk.ledger.zone, most=proven)
            report.fault = None if plans.fault is None else Fault("proofs", plans.fault)
        session.show_json("allocator.audit/1", _as_json(session, report, evidence) | {"plans_proven": plans.proven})
        _show(desk, report, plans, evidence)
    if report.fault is not None:
        context.exit(4)


def _numbers(report: Report) -> dict[str, int]:
    return {
        "documents": report.documents,
        "lines": report.lines,
        "versions": report.versions,
        "balances": report.accounts,
        "counts": report.counts,
        "plans": report.plans,
        "leaves": report.tree.leaves,
        "heads": report.tree.heads,
    }


def _as_json(session: Session, report: Report, evidence: Evidence) -> dict[str, Any]:
    fault = report.fault
    return {
        "holds": fault is None,
        "check": fault and fault.check,
        "fault": fault and session.word(fault.sentence),
        "numbers": _numbers(report),
        "held": [session.word(each) for each in report.held],
        "open": [session.word(each) for each in report.open],
        "keys": [key.text for key in report.tree.keys],
        "outside_heads": report.outside,
        "papers": len(evidence.papers),
        "unseen": [session.word(each) for each in evidence.unseen],
        "alarms": [session.word(each) for each in report.alarms],
        "witnessed": witnessed_json(report),
    }


def _show(desk: Desk, report: Report, plans: Proven, evidence: Evidence) -> None:
    session = desk.session
    if report.fault is not None:
        session.show(session.word(say("Does not hold: {fault}", fault=report.fault.sentence)))
        others = [each for each in report.alarms if each != report.fault.sentence]
        _show_list(session, say("Alarms:"), [session.word(each) for each in others])
        return
    session.show(
        session.word(
            say(
                "The ledger holds. Documents: {documents}; lines: {lines}; changes of master data: {versions}; "
                "balances: {balances}; counts: {counts}; leaves: {leaves}; signed heads: {heads}.",
                **_numbers(report),
            )
        )
    )
    for each in report.held:
        session.show(f"  {session.word(each)}")
    if plans.plans:
        session.show(f"  {session.word(_proven(plans))}")
    shown = [session.word(each) for each in report.open[:_OPEN_SHOWN]]
    if len(report.open) > _OPEN_SHOWN:
        shown.append(session.word(say("… and {more} more; --json lists all.", more=len(report.open) - _OPEN_SHOWN)))
    _show_list(session, say("Open, which is no fault:"), shown)
    keys = [key.text for key in report.tree.keys]
    _show_list(session, say("Keys that sign it; compare them with those you were given:"), keys)
    show_witnessed(desk, report)
    _show_list(session, say("Alarms:"), [session.word(each) for each in report.alarms])
    _show_list(session, say("Could not be looked at:"), [session.word(each) for each in evidence.unseen])
    if not report.outside:
        session.show(
            session.word(
                say(
                    "No head from outside was compared (--head FILE): a rewriting by somebody who has both the "
                    "database and its key would not show."
                )
            )
        )


def _proven(plans: Proven) -> Sentence:
    if plans.proven == plans.plans:
        return say("Every plan ({count}) is right for the ledger as it was known then.", count=plans.plans)
    return say(
        "The latest {proven} of {count} plans are right for the ledger as it was known then; --plans all proves the "
        "others too.",
        proven=plans.proven,
        count=plans.plans,
    )


def _show_list(session: Session, title: Sentence, rows: list[str]) -> None:
    if rows:
        session.show(session.word(title))
        for row in rows:
            session.show(f"  {row}")


@command(
    say(
        "Write what was recorded from one day to another into one file for an outside auditor, with the whole tree, "
        "every signed head and a checker that needs nothing but Python."
    ),
    examples=("allocator audit export --from 2020-02-01 --to 2020-02-29 --out february.zip",),
    right="see-records",
    within=run,
    name="export",
)
@option(
    "--from", "first", type=DAY, metavar="DAY", says=say("The first day of recording; default: the ledger's first.")
)
@option("--to", "last", type=DAY, metavar="DAY", says=say("The last day of recording; default: the ledger's last."))
@option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("The file to write, a zip; a former one is replaced."),
)
@click.pass_context
def export(context: click.Context, /, *, first: dt.date | None, last: dt.date | None, out: Path) -> None:
    """Seal what is pending, write, say what was written."""
    with on_ledger(context) as desk:
        from data.audit_export import export as write_export
        from data.audit_export import recorded_days
        from data.sealed import signer_of
        from models.database import reading
        from models.sealing import record_key

        session, zone = desk.session, desk.ledger.zone
        check_table_file(session, out, (".zip",))
        if first is not None and last is not None and first > last:
            session.refuse(
                say("{first} is after {last}. Give the first day with --from.", first=str(first), last=str(last)),
                status=2,
            )
        key = signer_of(desk.ledger, address_of(session))
        # A key that was made anew, and has sealed nothing yet, signs the list of parts all the same.
        record_key(desk.ledger, key, desk.now)
        seal_now(session, desk.ledger)
        with reading(desk.ledger.engine) as connection, whole_file(session, out) as file:
            days = recorded_days(connection, zone) or (dt.date.min, dt.date.min)
            first, last = first or days[0], last or days[1]
            with session.stage(say("Writing {out}", out=str(out))):
                written = write_export(connection, file, first=first, last=last, zone=zone, key=key)
        numbers = {"documents": written.documents, "versions": written.versions, "leaves": written.leaves}
        days_said = {"from": first.isoformat(), "to": last.isoformat()}
        session.show_json("allocator.audit-export/1", {"out": str(out), **days_said, **numbers})
        session.show(
            session.word(
                say(
                    "{out} holds what was recorded from {first} to {last}. Documents: {documents}; changes of master "
                    "data: {versions}; leaves of the whole tree: {leaves}. Check it with the check.py in it.",
                    out=str(out),
                    first=first.isoformat(),
                    last=last.isoformat(),
                    **numbers,
                )
            )
        )
