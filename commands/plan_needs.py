"""`allocator show PLAN --needs`: every need of a plan and where it comes from, who was raised, what is unusual."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.activity_words import driver_named, fact_named
from allocator.sentence import Sentence, say
from allocator.words import tier_named
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import check_table_file, save_tables
from data.csv_cells import named_rows

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = ["show_plan_needs"]

_ROWS_SHOWN = 30

_SOURCES = {
    "report": say("reported by the site"),
    "activity": say("worked out from activity"),
    "standard": say("a standard of the policy"),
}
_FLAGS = {"true": say("yes"), "false": ""}

Column = tuple[str, Sentence, str]
_PAIR: tuple[Column, ...] = (
    ("site", say("site"), "text"),
    ("site_name", say("site name"), "text"),
    ("item", say("item"), "text"),
    ("item_name", say("item name"), "text"),
)
_NEEDS: tuple[Column, ...] = (
    *_PAIR,
    ("daily_units", say("units a day"), "decimal"),
    ("source", say("where from"), "text"),
    ("since", say("since"), "date"),
    ("stale", say("old report"), "text"),
    ("norm_units", say("units by coefficients"), "decimal"),
    ("multiplier", say("recorded use, times coefficients"), "decimal"),
    ("use_days", say("days recorded"), "whole"),
    ("unusual", say("far from its kind"), "text"),
    ("low_units", say("at least"), "decimal"),
    ("high_units", say("at most"), "decimal"),
    ("confidence", say("confidence"), "text"),
)
_PARTS: tuple[Column, ...] = (
    *_PAIR,
    ("driver", say("activity"), "text"),
    ("daily_units", say("units a day"), "decimal"),
    ("value", say("coefficient"), "decimal"),
    ("confidence", say("confidence"), "text"),
    ("source", say("source"), "text"),
)
_UNUSUAL: tuple[Column, ...] = (
    *_PAIR,
    ("daily_units", say("units a day"), "decimal"),
    ("times", say("times its peers"), "decimal"),
    ("source", say("where from"), "text"),
)
_RAISED: tuple[Column, ...] = (
    ("site", say("site"), "text"),
    ("site_name", say("site name"), "text"),
    ("tier", say("tier"), "text"),
    ("before", say("tier before"), "text"),
    ("fact", say("local fact"), "text"),
    ("place", say("place"), "text"),
    ("value", say("value"), "decimal"),
    ("since", say("since"), "date"),
    ("reason", say("reason"), "text"),
    ("said_by", say("said by"), "text"),
)
_FILES = {
    "sources.csv": ("needs", say("Needs"), _NEEDS),
    "activity.csv": ("activity", say("From activity"), _PARTS),
    "unusual.csv": ("unusual", say("Far above peers"), _UNUSUAL),
    "raised.csv": ("raised", say("Raised by local facts"), _RAISED),
}
_TEXTS: Mapping[str, Callable[[str], Any]] = {
    "driver": driver_named,
    "fact": fact_named,
    "tier": tier_named,
    "before": tier_named,
}
_SHOWN = ("site", "item", "daily_units", "source", "since")


def show_plan_needs(desk: Desk, plan: str, out: Path | None) -> None:
    """Print the needs that a plan was made for, the first of them; `out`: save all, each with where it comes from."""
    from models.database import reading
    from models.known_names import all_names

    session, word = desk.session, desk.session.word
    check_table_file(session, out)
    with kept_plan(desk, plan, list(_FILES)) as kept:
        read = {name: _rows(kept.folder / name) for name in _FILES}
        stored = kept.plan
    if out is not None:
        with reading(desk.ledger.engine) as connection:
            names = all_names(connection)
        tables = [_table(name, rows, names) for name, rows in read.items() if rows or name == "sources.csv"]
        title, day = say("Needs of plan {plan}", plan=plan), dt.date.fromisoformat(stored.date)
        save_tables(session, out, tables, title=title, day=day, filters=[(say("plan"), plan)], desk=desk)
    needs = read["sources.csv"]
    session.show_json("allocator.plan_needs/1", {"plan": plan, "needs": needs, "raised": read["raised.csv"]})
    titles = {name: title for name, title, _ in _NEEDS}
    cells = [[str(_cell(name, row[name], word)) for name in _SHOWN] for row in needs[:_ROWS_SHOWN]]
    for line in table([[word(titles[name]) for name in _SHOWN], *cells], left=2):
        session.show(line)
    if len(needs) > _ROWS_SHOWN:
        more = len(needs) - _ROWS_SHOWN
        session.show(word(say("… and {more:,} more; --out FILE saves all, with where each comes from.", more=more)))


def _rows(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(named_rows(file))


def _table(name: str, rows: Sequence[Mapping[str, str]], names: Any) -> TableOut:
    from data.tables_out import rows_out

    sites, items = names
    own, title, columns = _FILES[name]

    def cell(row: Mapping[str, str], column: str, holds: str) -> Any:
        if column in ("site_name", "item_name"):
            return (sites if column == "site_name" else items).get(row[column.removesuffix("_name")])
        if holds in ("decimal", "whole"):
            number = row[column]
            return None if number in ("", "nan") else float(number)
        return _worded(column, row[column], name)

    return rows_out(own, title, columns, [[cell(row, each, holds) for each, _, holds in columns] for row in rows])


def _worded(column: str, text: str, file: str) -> Any:
    """Return what stands in a column for people: sources, activity, tiers and yes or no by their words."""
    if column == "source" and file != "activity.csv":
        return _SOURCES.get(text, text)
    if column in ("stale", "unusual"):
        return _FLAGS.get(text, text)
    return _TEXTS[column](text) if text and column in _TEXTS else text


def _cell(column: str, text: str, word: Callable[[Sentence], str]) -> str:
    shown = _worded(column, text, "sources.csv")
    return word(shown) if isinstance(shown, Sentence) else str(shown)
