"""`allocator audit trace`: a lot, a document or a shipment upstream and downstream, to the last site."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.audit_group import run
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.papers import papers_said
from commands.plan_view import table
from commands.reported import reported_sentence
from commands.session import Session
from commands.table_files import check_table_file, save_tables, table_file_option
from commands.trace_file import trace_tables

if TYPE_CHECKING:
    from models.trace import LotTrace, Step


@command(
    say(
        "Trace a lot, a document (by its number) or a shipment: where its units came from, through whose hands they "
        "went, where they are now. Exit status: 4 where they do not add up."
    ),
    examples=(
        "allocator audit trace MASK-A",
        "allocator audit trace 1042",
        "allocator audit trace T-FWT3ZWA --out trace.xlsx",
    ),
    within=run,
    name="trace",
)
@argument("what", metavar="LOT|DOC|NOTE")
@option("--item", metavar="CODE", says=say("Of which item, where several have lots of this number."))
@table_file_option
@click.pass_context
def trace_what(context: click.Context, /, *, what: str, item: str | None, out: Path | None) -> None:
    """Find what is meant, trace it, show it."""
    with on_ledger(context, seals=False, anybody=True) as desk:
        check_table_file(desk.session, out)
        from models.database import reading
        from models.trace import documents_of, lots_in, lots_numbered, trace

        with reading(desk.ledger.engine) as connection:
            steps: list[Step] = []
            lots = lots_numbered(connection, what, item)
            if not lots:
                number = int(what) if what.isdigit() else -1
                steps = documents_of(connection, number=number) or documents_of(connection, shipment=what)
                lots = lots_in(connection, (step.number for step in steps))
            if not lots and not steps:
                nothing = say(
                    "There is no lot, document or shipment {what}. Check it, or look with: allocator stock", what=what
                )
                desk.session.refuse(nothing, status=2)
            traces = trace(connection, lots)
        if out is not None:
            _save(desk, what, steps, traces, out)
        desk.session.show_json("allocator.trace/1", _as_json(steps, traces))
        _show(desk, steps, traces)
    if any(each.gap_units for each in traces):
        context.exit(4)


def _save(desk: Desk, what: str, steps: list[Step], traces: list[LotTrace], out: Path) -> None:
    from models.days import day_of

    zone = desk.ledger.zone
    title = say("Trace of {what}", what=what)
    tables = trace_tables(steps, traces, zone)
    save_tables(desk.session, out, tables, title=title, day=day_of(desk.now, zone), desk=desk)


def _as_json(steps: list[Step], traces: list[LotTrace]) -> dict[str, Any]:
    lots = [dataclasses.asdict(each) | {"came_units": each.came_units} for each in traces]
    return {"documents": [dataclasses.asdict(step) for step in steps], "lots": lots}


def _show(desk: Desk, steps: list[Step], traces: list[LotTrace]) -> None:
    from models.days import day_of

    def day(at: int) -> str:
        return day_of(at, desk.ledger.zone).isoformat()

    if steps:
        _show_steps(desk.session, steps, day)
    for each in traces:
        desk.session.show()
        _show_trace(desk.session, each, day)


def _show_steps(session: Session, steps: list[Step], day: Callable[[int], str]) -> None:
    from models.words import type_word

    word = session.word
    titles = (say("document"), say("type"), say("day"), say("site"), say("units"))
    rows = [
        (str(step.number), word(type_word(step.type)), day(step.occurred_at), step.site, f"{step.units:,}")
        for step in steps
    ]
    for line in table([tuple(word(each) for each in titles), *rows], left=4):
        session.show(line)
    for step in steps:
        reported = reported_sentence({"reported": step.reported})
        for said in (*papers_said(step.papers), *([] if reported is None else [reported])):
            session.show(word(say("Document {number}: {said}", number=step.number, said=said)))


def _show_trace(session: Session, traced: LotTrace, day: Callable[[int], str]) -> None:
    from models.locations import STORES, kind_of
    from models.words import place_word

    word = session.word
    session.show(word(_headline(traced)))
    titles = (say("from"), say("to"), say("first"), say("last"), say("documents"), say("units"))
    rows = [
        (
            "  " * flow.depth + word(place_word(flow.from_place)),
            word(place_word(flow.to_place)),
            day(flow.first_at),
            day(flow.last_at),
            f"{flow.documents:,}",
            f"{flow.units:,}",
        )
        for flow in traced.flows
    ]
    for line in table([tuple(word(each) for each in titles), *rows], left=4):
        session.show(line)
    # What was used or written off is told by the flows that end there.
    now = [f"{word(place_word(place))} {units:,}" for place, units in traced.held.items() if kind_of(place) in STORES]
    session.show(word(say("Still there: {places}", places="; ".join(now) or word(say("nothing")))))
    if traced.gap_units:
        gap = say("This does not add up: {units} units. See: allocator audit check", units=traced.gap_units)
        session.show(word(gap))


def _headline(each: LotTrace) -> Sentence:
    from models.tables import NO_EXPIRY

    key = each.lot
    values = {"lot": key.lot_no or "-", "item": key.item, "units": f"{each.came_units:,}"}
    if key.expires == NO_EXPIRY:
        return say("Lot {lot} of {item}: {units} units came.", **values)
    return say("Lot {lot} of {item}, usable until {day}: {units} units came.", day=key.expires, **values)
