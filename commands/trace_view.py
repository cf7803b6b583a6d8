"""`allocator audit trace` in text: ten lines where ten are asked for, and never a thousand."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.session import Session
from data.papers import papers_said
from data.trace_words import became_word, headline, lot_named, mixed_word, open_word, source_word, there_words
from models.report_words import reported_sentence

if TYPE_CHECKING:
    from models.trace import LotTrace
    from models.trace_account import AccountLine
    from models.trace_accounted import Unaccounted
    from models.trace_asked import Traced
    from models.trace_note import NoteLine
    from models.trace_steps import Source, Step

__all__ = ["show_account", "show_traced"]

_FLOWS_SHOWN, _OF_A_KIND = 30, 5
_LOTS_SHOWN, _SOURCES_SHOWN, _LINES_SHOWN = 10, 5, 30

Day = Callable[[int], str]


def show_traced(desk: Desk, traced: Traced) -> None:
    """Show what was traced."""
    from models.days import day_of

    session, zone = desk.session, desk.ledger.zone

    def day(at: int) -> str:
        return day_of(at, zone).isoformat()

    if traced.steps:
        _show_steps(session, traced.steps, day)
    if traced.kind == "shipment":
        _show_note(desk, traced)
        return
    if not traced.traces and traced.kind != "site":
        session.show(session.word(say("Nothing of it had moved.")))
    told = list(zip(traced.traces, traced.sources, traced.open, strict=True))
    for each, sources, found in told[:_LOTS_SHOWN]:
        session.show()
        _show_lot(desk, each, sources, found, day)
    if len(told) > _LOTS_SHOWN:
        session.show()
        session.show(session.word(say("… and {more} more lots; --out FILE has all.", more=len(told) - _LOTS_SHOWN)))
    _show_mixed(session, traced)


def _show_mixed(session: Session, traced: Traced) -> None:
    mixed = mixed_word(traced.traces)
    if mixed is not None:
        session.show()
        session.show(session.word(mixed))


def _show_steps(session: Session, steps: Sequence[Step], day: Day) -> None:
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


def _show_lot(desk: Desk, each: LotTrace, sources: Sequence[Source], found: Sequence[Unaccounted], day: Day) -> None:
    session, word = desk.session, desk.session.word
    session.show(word(headline(each)))
    _show_sources(desk, sources)
    _show_flows(session, each, day)
    if each.own_units is None and not each.gaps:
        session.show(word(became_word(each)))
    session.show(word(say("Still there: {places}", places=there_words(each) or say("nothing"))))
    if found:
        session.show(word(open_word(found)))


def _show_sources(desk: Desk, sources: Sequence[Source]) -> None:
    word = desk.session.word
    for source in sources[:_SOURCES_SHOWN]:
        desk.session.show(word(source_word(source, desk.ledger.zone)))
    if len(sources) > _SOURCES_SHOWN:
        more = len(sources) - _SOURCES_SHOWN
        desk.session.show(word(say("… and {more} more receipts; --out FILE has all.", more=more)))


_PARTS = (("up", say("How it came here:")), ("own", say("Here:")), ("down", say("Where it went:")), ("", None))


def _show_flows(session: Session, each: LotTrace, day: Day) -> None:
    from models.locations import kind_of
    from models.trace_stages import folded, stage_word

    word = session.word
    parted = each.own_units is not None
    most = len(each.flows) if len(each.flows) <= _FLOWS_SHOWN else _OF_A_KIND
    open_ones = [place for place in each.held if kind_of(place) == "IN_TRANSIT"]
    bands = folded(each.flows, most=most, kept=open_ones)
    titles = tuple(
        word(title) for title in (say("from"), say("to"), say("first"), say("last"), say("documents"), say("units"))
    )
    rows: list[Sequence[str]] = [titles]
    for part, title in _PARTS:
        own = [band for band in bands if band.part == part]
        if own and title is not None:
            rows.append((word(title), "", "", "", "", ""))
        rows += [
            (
                "  " * (band.depth + parted) + word(stage_word(band.start)),
                word(stage_word(band.end)),
                day(band.first_at),
                day(band.last_at),
                f"{band.documents:,}",
                f"{band.units:,}",
            )
            for band in own
        ]
    for line in table(rows, left=4):
        session.show(line)


_NOTE: tuple[tuple[str, Sentence], ...] = (
    ("sent_units", say("sent")),
    ("beyond_units", say("came beyond")),
    ("arrived_units", say("arrived")),
    ("aside_units", say("set aside")),
    ("damaged_units", say("damaged")),
    ("lost_units", say("lost")),
    ("back_units", say("sent back")),
    ("open_units", say("outstanding")),
)
_THERE: tuple[tuple[str, Sentence], ...] = (
    ("came_units", say("came there")),
    ("there_units", say("there now")),
    ("used_units", say("used")),
    ("gone_on_units", say("gone on")),
    ("written_off_units", say("written off")),
    ("missing_units", say("missing")),
)
_ALWAYS = ("sent_units", "arrived_units", "open_units")


def _show_note(desk: Desk, traced: Traced) -> None:
    """Show a shipment with one line for each lot: how it went, and what became of it where it went."""
    from models.trace_note import note_line

    session, word = desk.session, desk.session.word
    lines = [note_line(each, traced.name) for each in traced.traces]
    session.show()
    _show_lines(session, lines, _NOTE)
    if any(line.came_units for line in lines):
        session.show()
        session.show(word(say("Where it went, and what became of it there:")))
        _show_lines(session, lines, _THERE)
    session.show()
    session.show(word(say("Where it came from:")))
    for each, sources in zip(traced.traces, traced.sources, strict=True):
        for source in sources[:_SOURCES_SHOWN]:
            session.show(f"{word(lot_named(each.lot))}  {word(source_word(source, desk.ledger.zone))}")
    _show_mixed(session, traced)
    session.show(word(open_word([one for found in traced.open for one in found])))


def _show_lines(session: Session, lines: Sequence[NoteLine], columns: Iterable[tuple[str, Sentence]]) -> None:
    word = session.word
    shown = [each for each in columns if each[0] in _ALWAYS or any(getattr(line, each[0]) for line in lines)]
    titles = [word(title) for title in (say("item"), say("lot"), *(title for _, title in shown))]
    rows = [
        [line.lot.item, line.lot.lot_no or "-", *(f"{getattr(line, name):,}" for name, _ in shown)] for line in lines
    ]
    for line in table([titles, *rows], left=2):
        session.show(line)


def show_account(desk: Desk, lines: Sequence[AccountLine]) -> None:
    """Show the last lines of an item at a site, each with what was there after it."""
    from models.days import day_of
    from models.words import place_word, type_word

    session, word = desk.session, desk.session.word
    titles = (
        *(say("document"), say("type"), say("day"), say("lot"), say("from or to")),
        *(say("came"), say("went"), say("then there")),
    )
    rows = [
        (
            str(line.document),
            word(type_word(line.type)),
            day_of(line.occurred_at, desk.ledger.zone).isoformat(),
            line.lot_no or "-",
            word(place_word(line.other)),
            f"{line.units:,}" if line.units > 0 else "",
            f"{-line.units:,}" if line.units < 0 else "",
            f"{line.after_units:,}",
        )
        for line in lines[-_LINES_SHOWN:]
    ]
    if len(lines) > _LINES_SHOWN:
        earlier = len(lines) - _LINES_SHOWN
        session.show(word(say("{count:,} earlier lines are left out; --out FILE has all.", count=earlier)))
    for line in table([tuple(word(each) for each in titles), *rows], left=5):
        session.show(line)
