"""`allocator audit`: whether a ledger still holds, and what an outside auditor needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import command, group, option
from commands.on_ledger import on_ledger
from commands.session import Session, session_of

if TYPE_CHECKING:
    from models.audit import Report
    from models.audit_tree import Outside

run = group("audit", say("Prove that nothing in the ledger was altered, and hand the proof to others."))

HEAD_BYTES_MAX = 100_000
"""The largest file that is read as a head; one takes some hundred bytes."""


@command(
    say(
        "Replay the whole ledger: every text and its hash, every row, every balance after every line, every "
        "count, every leaf of the tree, every signature. Exit status: 0 it holds, 4 it does not, with the first "
        "thing that does not hold."
    ),
    examples=("allocator audit check", "allocator audit check --head kept/head-2020-02-10.txt"),
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
@click.pass_context
def check(context: click.Context, /, *, heads: tuple[Path, ...]) -> None:
    """Audit, say so."""
    session = session_of(context)
    outside = [_head(session, path) for path in heads]
    with on_ledger(context, seals=False) as desk:
        from models.audit import audit

        with session.stage(say("Replaying the ledger")):
            report = audit(desk.ledger, at=desk.now, outside=outside)
        session.show_json("allocator.audit/1", _as_json(session, report))
        _show(session, report)
    if report.fault is not None:
        context.exit(4)


def _head(session: Session, path: Path) -> Outside:
    from data.os_reasons import reason_of
    from models.audit_tree import Outside

    try:
        with path.open("rb") as file:
            note = file.read(HEAD_BYTES_MAX).decode("utf-8", "replace")
    except OSError as error:
        session.refuse(say("{file} cannot be read: {why}.", file=str(path), why=reason_of(error)), status=2)
    return Outside(str(path), note)


def _numbers(report: Report) -> dict[str, int]:
    return {
        "documents": report.documents,
        "lines": report.lines,
        "versions": report.versions,
        "balances": report.accounts,
        "counts": report.counts,
        "leaves": report.tree.leaves,
        "heads": report.tree.heads,
    }


def _as_json(session: Session, report: Report) -> dict[str, Any]:
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
    }


def _show(session: Session, report: Report) -> None:
    if report.fault is not None:
        session.show(session.word(say("Does not hold: {fault}", fault=report.fault.sentence)))
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
    _show_list(session, say("Open, which is no fault:"), [session.word(each) for each in report.open])
    keys = [key.text for key in report.tree.keys]
    _show_list(session, say("Keys that sign it; compare them with those you were given:"), keys)
    if not report.outside:
        session.show(
            session.word(
                say(
                    "No head from outside was compared (--head FILE): a rewriting by somebody who has both the "
                    "database and its key would not show."
                )
            )
        )


def _show_list(session: Session, title: Sentence, rows: list[str]) -> None:
    if rows:
        session.show(session.word(title))
        for row in rows:
            session.show(f"  {row}")
