"""`allocator report decisions`: who decided what, who paid for it, who approved it, and what changed in the policy."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.grammar import command, option
from commands.kept_plan import kept_plan, read_kept
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.plan_life import life_of, step_word
from commands.plan_view import table
from commands.report_group import run
from commands.table_files import check_table_file, local_time, save_tables, table_file_option

if TYPE_CHECKING:
    from data.replanning import Payer
    from models.decisions import Decisions
    from models.policies import KeptPolicy

__all__ = ["report_decisions"]

_SHOWN = 30
Change = tuple["KeptPolicy", str, str, str]
Part = tuple[str, Sentence, Sequence[tuple[str, Sentence, str]], Sequence[tuple[Any, ...]]]


@command(
    say(
        "Report what people decided in some days: overrides with who got less or more by them, every step of a plan "
        "and who took it, approvals of documents and emergency issues, and what each version of the policy says "
        "differently from the one before. That a plan follows from its snapshot to the last byte is proved by: "
        "allocator audit check"
    ),
    examples=(
        "allocator report decisions --from 2020-02-01 --to 2020-02-29",
        "allocator report decisions --from 2020-02-10 --to 2020-02-10 --out decisions.xlsx --lang zh",
    ),
    within=run,
    name="decisions",
)
@option(
    "--from", "first", type=DAY, metavar="DATE", says=say("The first day on which it was recorded; default: today.")
)
@option("--to", "last", type=DAY, metavar="DATE", says=say("The last such day; default: today."))
@table_file_option
@click.pass_context
def report_decisions(
    context: click.Context, /, *, first: dt.date | None, last: dt.date | None, out: Path | None
) -> None:
    """Gather what was decided, write it where asked, show it."""
    with on_ledger(context, seals=False, anybody=True) as desk:
        from data.tables_out import rows_out
        from models.database import reading
        from models.days import day_of, end_of_day, start_of_day
        from models.decisions import decisions_between

        check_table_file(desk.session, out)
        zone = desk.ledger.zone
        today = day_of(desk.now, zone)
        begin, end = first or today, last or today
        if begin > end:
            desk.session.refuse(
                say("{first} is after {last}. Turn them round.", first=begin.isoformat(), last=end.isoformat()),
                status=2,
            )
        with reading(desk.ledger.engine) as connection:
            found = decisions_between(connection, start_of_day(begin, zone), end_of_day(end, zone))
        paid = {name: _payers(desk, name) for name in found.overridden_plans}
        changes = _changes(found)
        parts = _parts(desk, found, paid, changes)
        title = say("Decisions from {first} to {last}", first=begin.isoformat(), last=end.isoformat())
        if out is not None:
            tables = [rows_out(*part) for part in parts]
            save_tables(desk.session, out, tables, title=title, day=today, desk=desk)
        desk.session.show_json("allocator.decisions/1", _as_json(found, paid, changes))
        _show(desk, title, parts)


def _payers(desk: Desk, plan: str) -> list[Payer]:
    """Return who gets less or more by what was decided on a plan, as it stands."""
    with kept_plan(desk, plan) as kept:
        case, _ = read_kept(desk.session, kept)
        return life_of(desk, kept, case).payers


def _changes(found: Decisions) -> list[Change]:
    """Return every rule that a version of the policy says differently from the one before."""
    from data.policy_kept import differences, kept_policy

    return [
        (after, rule, one, other)
        for before, after in found.policies
        if before is not None
        for rule, one, other in differences(kept_policy(before.toml), kept_policy(after.toml))
    ]


_OVERRIDES = (
    *(("plan", say("plan"), "text"), ("site", say("site"), "text"), ("item", say("item"), "text")),
    *(("proposed", say("proposed"), "whole"), ("units", say("decided"), "whole")),
    *(("reason", say("reason"), "text"), ("note", say("note"), "text"), ("actor", say("by"), "text")),
    *(("at", say("when"), "time"), ("cancelled", say("cancelled"), "text")),
)
_PAYERS = (
    *(("plan", say("plan"), "text"), ("site", say("site"), "text"), ("item", say("item"), "text")),
    *(("before", say("units before"), "decimal"), ("after", say("units after"), "decimal")),
)
_STEPS = (
    *(("what", say("what"), "text"), ("number", say("number"), "text"), ("step", say("step"), "text")),
    *(("made_by", say("made by"), "text"), ("actor", say("by"), "text"), ("at", say("when"), "time")),
    *(("another", say("by another person"), "text"), ("note", say("note"), "text")),
)
_POLICY = (
    *(("version", say("version"), "text"), ("at", say("when"), "time"), ("actor", say("by"), "text")),
    *(("rule", say("rule"), "text"), ("before", say("before"), "text"), ("after", say("after"), "text")),
)
_WHAT = {"plan": say("plan"), "document": say("document"), "emergency": say("emergency issue")}


def _override_rows(desk: Desk, found: Decisions) -> list[tuple[Any, ...]]:
    from models.reasons import reason_named

    rows = []
    for each in found.overrides:
        reason = reason_named("override", each.reason)
        rows.append(
            (each.plan, each.site, each.item, each.proposed_units, each.units,
             each.reason if reason is None else reason.says, each.note, each.actor,
             local_time(each.recorded_at, desk.ledger.zone), say("cancelled") if each.cancelled else "")
        )  # fmt: skip
    return rows


def _payer_rows(paid: dict[str, list[Payer]]) -> list[tuple[Any, ...]]:
    return [
        (plan, each.site.code, each.item.code, each.units_before, each.units_after)
        for plan, payers in paid.items()
        for each in payers
    ]


def _step_rows(desk: Desk, found: Decisions) -> list[tuple[Any, ...]]:
    yes, no = say("yes"), say("no")
    return [
        (_WHAT[each.what], each.number, step_word(each.step), each.made_by, each.actor,
         local_time(each.recorded_at, desk.ledger.zone), yes if each.by_another else no, each.note)
        for each in found.steps
    ]  # fmt: skip


def _policy_rows(desk: Desk, changes: Sequence[Change]) -> list[tuple[Any, ...]]:
    return [
        (str(kept.number), local_time(kept.recorded_at, desk.ledger.zone), kept.actor, rule, one or "-", other or "-")
        for kept, rule, one, other in changes
    ]


def _parts(desk: Desk, found: Decisions, paid: dict[str, list[Payer]], changes: Sequence[Change]) -> list[Part]:
    """Return what is told, as tables: name, title, columns and rows."""
    return [
        ("overrides", say("Overrides"), _OVERRIDES, _override_rows(desk, found)),
        ("payers", say("Who gets less or more"), _PAYERS, _payer_rows(paid)),
        ("steps", say("Steps and approvals"), _STEPS, _step_rows(desk, found)),
        ("policy", say("Changes of the policy"), _POLICY, _policy_rows(desk, changes)),
    ]


def _show(desk: Desk, title: Sentence, parts: Sequence[Part]) -> None:
    session, word = desk.session, desk.session.word
    session.show(word(title))
    for _, name, columns, rows in parts:
        session.show()
        if not rows:
            session.show(word(say("{part}: none.", part=name)))
            continue
        session.show(word(name))
        titles = [word(said) for _, said, _ in columns]
        for line in table([titles, *([_text(desk, cell) for cell in row] for row in rows[:_SHOWN])], left=len(titles)):
            session.show(line)
        if len(rows) > _SHOWN:
            session.show(word(say("… and {more} more; --out FILE has all.", more=len(rows) - _SHOWN)))


def _text(desk: Desk, cell: Any) -> str:
    if isinstance(cell, Sentence):
        return desk.session.word(cell)
    if isinstance(cell, dt.datetime):
        return f"{cell:%Y-%m-%d %H:%M}"
    return f"{cell:,.10g}" if isinstance(cell, int | float) else str(cell)


def _as_json(found: Decisions, paid: dict[str, list[Payer]], changes: Sequence[Change]) -> dict[str, Any]:
    from commands.payers_view import payers_json

    return {
        "overrides": [dataclasses.asdict(each) for each in found.overrides],
        "payers": {plan: payers_json(payers) for plan, payers in paid.items()},
        "steps": [dataclasses.asdict(each) | {"by_another": each.by_another} for each in found.steps],
        "policy": [
            {"version": kept.number, "actor": kept.actor, "rule": rule, "before": one, "after": other}
            for kept, rule, one, other in changes
        ],
    }
