"""How a recall stands: who had how much, what became of it, what is still out; in text, as tables, as notices."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import TABLE_ENDINGS, save_tables
from data.trace_words import END_WORDS

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.recalls import Holder, Recall

__all__ = ["RECALL_ENDINGS", "save_recall", "show_recall"]

RECALL_ENDINGS = (*TABLE_ENDINGS, ".pdf")
_HOLDERS_SHOWN = 30

_COLUMNS: tuple[tuple[str, Sentence], ...] = (
    ("had", say("had")),
    ("returned", say("returned")),
    ("destroyed", say("destroyed")),
    ("lost", say("lost")),
    ("missing", say("missing")),
    ("used", say("used since")),
    ("outside", say("given outside")),
    ("quarantined", say("in quarantine")),
    ("elsewhere", say("elsewhere")),
    ("used_before", say("used before")),
)
_ALWAYS = ("had", "returned", "quarantined")


def show_recall(desk: Desk, recall: Recall) -> None:
    """Show who had how much, and what is still out."""
    session, word = desk.session, desk.session.word
    session.show_json("allocator.recall/1", _as_json(desk, recall))
    session.show(word(_headline(desk, recall)))
    holders = recall.holders[:_HOLDERS_SHOWN]
    shown = [each for each in _COLUMNS if each[0] in _ALWAYS or any(_cells(holder)[each[0]] for holder in holders)]
    titles = [word(say("site")), *(word(title) for _, title in shown), word(say("last told"))]
    rows = [
        [
            holder.site.worded(session.lang),
            *(f"{_cells(holder)[name]:,}" for name, _ in shown),
            _day(desk, holder.last_at) or "-",
        ]
        for holder in holders
    ]
    session.show()
    for line in table([titles, *rows], left=1):
        session.show(line)
    if len(recall.holders) > len(holders):
        more = say("… and {more} more holders; --out FILE has all.", more=len(recall.holders) - len(holders))
        session.show(word(more))
    session.show()
    parts = [say("{units:,} {what}", units=units, what=_became(sort)) for sort, units in recall.became.items()]
    session.show(word(say("What became of them: {parts}; together {units:,}.", parts=parts, units=recall.came_units)))


def _became(sort: str) -> Sentence:
    return say("returned") if sort == "returned" else END_WORDS[sort]


def _headline(desk: Desk, recall: Recall) -> Sentence:
    values = {
        "lot": recall.lot.lot_no or "-",
        "item": recall.item,
        "day": _day(desk, recall.since_at),
        "number": recall.documents[-1],
        "units": recall.open_units,
        "came": recall.came_units,
        "sites": recall.open_holders,
    }
    if recall.ended_at is not None:
        return say(
            "The recall of lot {lot} of {item} of {day} (document {number}) was ended on {ended}; {units:,} of "
            "{came:,} units are with sites or lie where they were set aside.",
            ended=_day(desk, recall.ended_at),
            **values,
        )
    if not recall.open_units:
        return say(
            "Lot {lot} of {item} was recalled on {day} (document {number}); all {came:,} units are accounted for.",
            **values,
        )
    return say(
        "Lot {lot} of {item} was recalled on {day} (document {number}); {units:,} of {came:,} units are still out, at "
        "{sites:,} sites.",
        **values,
    )


def _day(desk: Desk, at: int | None) -> str:
    from models.days import day_of

    return "" if at is None else day_of(at, desk.ledger.zone).isoformat()


def _cells(holder: Holder) -> dict[str, int]:
    return {
        "had": holder.had_units,
        **{what: holder.gone.get(what, 0) for what in ("returned", "destroyed", "lost", "missing", "used", "outside")},
        "quarantined": holder.quarantined_units,
        "elsewhere": holder.elsewhere_units,
        "used_before": holder.used_units,
    }


def _as_json(desk: Desk, recall: Recall) -> dict[str, Any]:
    from models.days import iso_of

    zone = desk.ledger.zone
    return {
        "lot": recall.lot.lot_no,
        "item": recall.item.code,
        "documents": list(recall.documents),
        "reason": recall.reason,
        "since": iso_of(recall.since_at, zone),
        "ended": None if recall.ended_at is None else iso_of(recall.ended_at, zone),
        "came_units": recall.came_units,
        "became": dict(recall.became),
        "open_units": recall.open_units,
        "holders": [
            {
                "site": each.site.code,
                **_cells(each),
                "open_units": each.open_units,
                "last_at": None if each.last_at is None else iso_of(each.last_at, zone),
            }
            for each in recall.holders
        ],
    }


def save_recall(desk: Desk, recall: Recall, out: Path) -> None:
    """Write the list of holders, or a notice for each that has not settled."""
    from models.days import day_of

    session, zone = desk.session, desk.ledger.zone
    if out.suffix.lower() != ".pdf":
        title = say("Recall of lot {lot} of {item}", lot=recall.lot.lot_no or "-", item=recall.item)
        save_tables(session, out, list(_tables(desk, recall)), title=title, day=day_of(desk.now, zone), desk=desk)
        return
    import sqlalchemy as sa

    from commands.folders import whole_file
    from data.recall_notes import recall_notes_pdf
    from models.database import reading
    from models.days import clock_of
    from models.tables import instance

    if not recall.open_units:
        session.refuse(say("All of it is accounted for, so there is nobody to send a notice to."))
    with reading(desk.ledger.engine) as connection:
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        day, known_at = day_of(recall.since_at, zone), clock_of(desk.now, zone)
        begun.write_bytes(recall_notes_pdf(recall, ledger=name, day=day, known_at=known_at, lang=session.lang))
    session.tell(say("To print and send out: {file} ({count:,} notices)", file=str(out), count=recall.open_holders))


def _tables(desk: Desk, recall: Recall) -> Iterable[TableOut]:
    from data.tables_out import rows_out

    columns = [
        ("site", say("site"), "text"),
        ("site_name", say("site name"), "text"),
        *((name, title, "whole") for name, title in _COLUMNS),
        ("open", say("still out"), "whole"),
        ("last_told", say("last told"), "date"),
    ]
    rows = [
        (
            each.site.code,
            "" if each.site.worded(desk.session.lang) == each.site.code else each.site,
            *_cells(each).values(),
            each.open_units,
            _day(desk, each.last_at),
        )
        for each in recall.holders
    ]
    yield rows_out("holders", say("Holders"), columns, rows, added_up=("had", "open"))
    became = [(_became(sort), units) for sort, units in recall.became.items()]
    titles = (("became", say("what became of it"), "text"), ("units", say("units"), "whole"))
    yield rows_out("became", say("What became of it"), titles, became, added_up=("units",))
