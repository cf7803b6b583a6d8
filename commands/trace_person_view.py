"""`allocator audit trace --person`: what a person did, in text and as tables."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.plan_view import table
from data.trace_words import why_word
from models.days import local_time

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.trace_person import PersonTrace

__all__ = ["person_json", "person_tables", "show_person"]

_ITEMS_SHOWN, _OPEN_SHOWN = 30, 10

ROLE_WORDS = {
    "recorded": say("entered"),
    "approved": say("approved"),
    "reported": say("reported"),
    "countersigned": say("countersigned"),
}

MOVED_WORDS = {
    "received": say("received"),
    "sent": say("sent"),
    "confirmed": say("confirmed"),
    "used": say("used"),
    "written_off": say("written off"),
    "missing": say("missing"),
    "found": say("found on counting"),
    "given_back": say("given back"),
    "set_aside": say("set aside"),
}

SENT_WORDS = {
    "sent": say("sent"),
    "arrived": say("arrived"),
    "set_aside": say("set aside"),
    "damaged": say("damaged"),
    "lost": say("lost"),
    "sent_back": say("sent back"),
    "outstanding": say("outstanding"),
}


def show_person(desk: Desk, found: PersonTrace) -> None:
    """Show what a person did, by type; then, by item, what was moved and what became of what was sent."""
    from models.days import day_of
    from models.words import type_word

    session, word = desk.session, desk.session.word
    if not found.documents:
        session.show(word(say("{person} has nothing to do with any document.", person=found.person)))
        return
    titles = (say("what"), say("type"), say("documents"), say("units"), say("first"), say("last"))
    rows = [
        (
            word(ROLE_WORDS[each.role]),
            word(type_word(each.type)),
            f"{each.documents:,}",
            f"{each.units:,}",
            *(day_of(at, desk.ledger.zone).isoformat() for at in (each.first_at, each.last_at)),
        )
        for each in found.acted
    ]
    for line in table([tuple(word(title) for title in titles), *rows], left=2):
        session.show(line)
    _show_by_item(desk, say("What that moved, by item, without what was taken back:"), MOVED_WORDS, found.moved)
    _show_by_item(desk, say("What became of what {person} sent:", person=found.person), SENT_WORDS, found.sent)
    session.show()
    session.show(word(_open(found)))


def _show_by_item(
    desk: Desk, title: Sentence, words: Mapping[str, Sentence], sums: Mapping[str, Mapping[str, int]]
) -> None:
    if not sums:
        return
    session, word = desk.session, desk.session.word
    shown = [name for name in words if any(terms.get(name) for terms in sums.values())]
    rows = [[code, *(f"{terms.get(name, 0):,}" for name in shown)] for code, terms in list(sums.items())[:_ITEMS_SHOWN]]
    session.show()
    session.show(word(title))
    for line in table([[word(say("item")), *(word(words[name]) for name in shown)], *rows], left=1):
        session.show(line)
    if len(sums) > _ITEMS_SHOWN:
        session.show(word(say("… and {more} more items; --out FILE has all.", more=len(sums) - _ITEMS_SHOWN)))


def _open(found: PersonTrace) -> Sentence:
    if not found.open:
        return say("Unaccounted for: nothing.")
    parts = [say("{item}: {why}", item=code, why=why_word(one)) for code, one in found.open[:_OPEN_SHOWN]]
    if len(found.open) > _OPEN_SHOWN:
        parts.append(say("{count:,} more; --out FILE has all", count=len(found.open) - _OPEN_SHOWN))
    return say("Unaccounted for: {parts}.", parts=parts)


def person_tables(found: PersonTrace, zone: ZoneInfo) -> list[TableOut]:
    """Return the same as tables, with every document."""
    from data.tables_out import rows_out
    from models.words import place_word, type_word

    columns = (
        ("document", say("document"), "text"),
        ("what", say("what"), "text"),
        ("type", say("type"), "text"),
        ("time", say("time"), "time"),
        ("recorded", say("recorded"), "time"),
        ("site", say("site"), "text"),
        ("units", say("units"), "whole"),
    )
    documents = [
        (
            str(each.document),
            ROLE_WORDS[each.role],
            type_word(each.type),
            local_time(each.occurred_at, zone),
            local_time(each.recorded_at, zone),
            each.site,
            each.units,
        )
        for each in found.documents
    ]
    open_columns = (
        ("item", say("item"), "text"),
        ("place", say("place"), "text"),
        ("units", say("units"), "whole"),
        ("why", say("why"), "text"),
    )
    left = [(code, place_word(one.place), one.units, why_word(one)) for code, one in found.open]
    return [
        rows_out("documents", say("Documents"), columns, documents),
        _by_item("moved", say("What that moved"), MOVED_WORDS, found.moved),
        _by_item("sent", say("What became of what was sent"), SENT_WORDS, found.sent),
        rows_out("unaccounted", say("Unaccounted for"), open_columns, left),
    ]


def _by_item(
    name: str, title: Sentence, words: Mapping[str, Sentence], sums: Mapping[str, Mapping[str, int]]
) -> TableOut:
    from data.tables_out import rows_out

    columns = [("item", say("item"), "text"), *((each, said, "whole") for each, said in words.items())]
    rows: Sequence[Sequence[Any]] = [(code, *(terms.get(each, 0) for each in words)) for code, terms in sums.items()]
    return rows_out(name, title, columns, rows)


def person_json(found: PersonTrace) -> dict[str, Any]:
    """Return the same as plain JSON values."""
    return {
        "kind": "person",
        "name": found.person,
        "documents": [dataclasses.asdict(each) for each in found.documents],
        "acted": [dataclasses.asdict(each) for each in found.acted],
        "moved": found.moved,
        "sent": found.sent,
        "unaccounted": [{"item": code} | dataclasses.asdict(one) for code, one in found.open],
    }
