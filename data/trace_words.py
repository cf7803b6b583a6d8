"""What is said of a trace: where a lot came from, what became of it, what of it nobody can account for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from data.papers import papers_said

if TYPE_CHECKING:
    from models.entry import LotKey
    from models.trace import LotTrace
    from models.trace_accounted import Unaccounted
    from models.trace_steps import Source

__all__ = ["END_WORDS", "became_word", "headline", "mixed_word", "open_word", "source_word", "there_words", "why_word"]

_THERE_SHOWN = 10

END_WORDS = {
    "used": say("used"),
    "there": say("on hand"),
    "reserved": say("reserved"),
    "under_way": say("under way"),
    "set_aside": say("in quarantine"),
    "lost": say("lost"),
    "damaged": say("damaged"),
    "destroyed": say("destroyed"),
    "missing": say("missing on counting"),
    "outside": say("given outside"),
}


def headline(each: LotTrace) -> Sentence:
    """Say which lot it is, and how much of it came, or how much of it is on what was asked for."""
    from models.tables import NO_EXPIRY

    key = each.lot
    units = each.came_units if each.own_units is None else each.own_units
    values = {"lot": key.lot_no or "-", "item": key.item, "units": f"{units:,}", "day": key.expires}
    if each.own_units is not None:
        return say("Lot {lot} of {item}: {units} units.", **values)
    if key.expires == NO_EXPIRY:
        return say("Lot {lot} of {item}: {units} units came.", **values)
    return say("Lot {lot} of {item}, usable until {day}: {units} units came.", **values)


def lot_named(key: LotKey) -> Sentence:
    """Name a lot with its item."""
    return say("{item} (lot {lot})", item=key.item, lot=key.lot_no or "-")


def source_word(source: Source, zone: ZoneInfo) -> Sentence:
    """Say by which document units of a lot came, and with which papers."""
    from models.days import day_of
    from models.words import place_word

    papers = papers_said(source.papers)
    values = {
        "number": source.document,
        "day": day_of(source.occurred_at, zone).isoformat(),
        "units": f"{source.units:,}",
        "source": place_word(source.from_place),
        "place": place_word(source.to_place),
        "papers": papers,
    }
    if source.reversed:
        return say("Document {number}, {day}: {units} from {source} to {place}; reversed since.", **values)
    if not papers:
        return say("Document {number}, {day}: {units} from {source} to {place}.", **values)
    return say("Document {number}, {day}: {units} from {source} to {place}. {papers}.", **values)


def became_word(each: LotTrace) -> Sentence:
    """Say what became of the units of a whole lot, in numbers that add up to what came."""
    from models.trace_accounted import ends_of

    parts = [say("{units:,} {what}", units=units, what=END_WORDS[sort]) for sort, units in ends_of(each).items()]
    return say("What became of them: {parts}; together {units:,}.", parts=parts, units=sum(ends_of(each).values()))


def there_words(each: LotTrace) -> list[Sentence]:
    """Return the places that hold most of a lot, with the units of each."""
    from models.locations import STORES, kind_of
    from models.words import place_word

    # What was used or written off is told by the flows that end there.
    held = [(place, units) for place, units in each.held.items() if kind_of(place) in STORES]
    if len(held) > _THERE_SHOWN + 1:
        held.sort(key=lambda row: -row[1])
        rest = held[_THERE_SHOWN:]
        told = [say("{place} {units:,}", place=place_word(place), units=units) for place, units in held[:_THERE_SHOWN]]
        more = say("{count:,} other places {units:,}", count=len(rest), units=sum(units for _, units in rest))
        return [*told, more]
    return [say("{place} {units:,}", place=place_word(place), units=units) for place, units in held]


def open_word(found: Sequence[Unaccounted]) -> Sentence:
    """Say how many units are unaccounted for, where and why."""
    if not found:
        return say("Unaccounted for: nothing.")
    shown = [why_word(each) for each in found[:_THERE_SHOWN]]
    if len(found) > _THERE_SHOWN:
        shown.append(say("{count:,} more; --out FILE has all", count=len(found) - _THERE_SHOWN))
    units = sum(each.units for each in found)
    return say("Unaccounted for: {units:,} units: {why}.", units=units, why=shown)


def why_word(each: Unaccounted) -> Sentence:
    """Say where units are unaccounted for, and why."""
    from models.locations import owner_of
    from models.words import place_word

    values = {"units": each.units, "place": place_word(each.place), "owner": owner_of(each.place)}
    said = {
        "missing": say("{units:,} missing on counting at {place}", **values),
        "found": say("{units:,} found on counting at {place} and of unknown origin", **values),
        "left_open": say("{units:,} of shipment {owner} left open when it was confirmed", **values),
        "beyond": say("{units:,} came beyond shipment {owner}", **values),
        "altered": say("{units:,} at {place}: lines and balance differ; see allocator audit check", **values),
    }
    return said[each.why]


def mixed_word(traces: Iterable[LotTrace]) -> Sentence | None:
    """Say once that units of a lot are not told apart, and where others came too; None where none did."""
    from models.words import place_word

    parts = [
        say("{lot} at {place}, {own:,} of {came:,}", lot=lot_named(each.lot), place=place_word(way.place),
            own=way.own_units, came=way.came_units)
        for each in traces
        for way in each.mixed
    ]  # fmt: skip
    if not parts:
        return None
    if len(parts) > _THERE_SHOWN:
        parts = [*parts[:_THERE_SHOWN], say("{count:,} more", count=len(parts) - _THERE_SHOWN)]
    return say(
        "Units of one lot are not told apart. More of the lot came to these places than with this, so what is said of "
        "where it went from there holds for all of it: {parts}.",
        parts=parts,
    )
