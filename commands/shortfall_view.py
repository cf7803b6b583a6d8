"""The shortfall report on the terminal, the most urgent first, and as JSON."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.sentence import Named, Sentence, say
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from data.shortfall_out import ShortfallOut
    from data.tables_out import TableOut

__all__ = ["show_shortfall"]

_ROWS_SHOWN, _GROUPS_SHOWN, _PROBLEMS_SHOWN = 20, 20, 10
_ROW_COLUMNS = (
    "site", "item", "status", "p_before_delivery", "cover_days", "stock_out_early", "stock_out", "central_units",
    "lateral_units", "buy_units", "order_by", "supplier", "why_1",
)  # fmt: skip
_GROUP_COLUMNS = (
    "depot", "area", "tier", "item", "rows", "stocked_out", "under", "cover_days", "stock_out_early", "stock_out",
    "unmet_units_high", "buy_units", "cost_yuan", "order_by",
)  # fmt: skip


def show_shortfall(
    session: Session,
    given: ShortfallOut,
    *,
    grouping: str,
    site: str | None,
    item: str | None,
    scenario: dict[str, Any] | None = None,
) -> None:
    """Print the report, or what it says of one site or item. `scenario`: what is supposed, as JSON."""
    from data.shortfall_paper import headline

    word, report = session.word, given.report
    case, rows = report.case, report.rows
    chosen = np.ones(len(rows), dtype=bool)
    if site is not None:
        chosen &= rows.site == case.site_index[site]
    if item is not None:
        chosen &= rows.item == case.item_index[item]
    kept = np.flatnonzero(chosen)
    everything = site is None and item is None
    problems = _problems(given, site, item)
    if session.as_json:
        told_of = _as_json(given, grouping, kept, problems)
        session.show_json("allocator.shortfall/1", {"scenario": scenario, **told_of})
        return
    day, days = report.today.isoformat(), report.rules.horizon_days
    if report.cut_off:
        told = say(
            "Shortfall on {day}, {days} days ahead; use known up to {cut_off}.",
            day=day,
            days=days,
            cut_off=report.cut_off.isoformat(),
        )
    else:
        told = say("Shortfall on {day}, {days} days ahead, by needs alone: nobody reported use.", day=day, days=days)
    session.show(word(told))
    if everything:
        for sentence in headline(given):
            session.show(word(sentence))
    _show_table(session, given.rows(), _ROW_COLUMNS, kept[:_ROWS_SHOWN], more=len(kept) - _ROWS_SHOWN)
    if everything:
        groups = given.groups(grouping)
        shown = np.arange(min(groups.rows, _GROUPS_SHOWN))
        _show_table(session, groups, _GROUP_COLUMNS, shown, more=groups.rows - _GROUPS_SHOWN)
    _show_problems(session, given, problems)


def _problems(given: ShortfallOut, site: str | None, item: str | None) -> Any:
    """Return which problems concern what was asked for."""
    found, case = given.problems, given.report.case
    chosen = np.ones(len(found), dtype=bool)
    if site is not None:
        chosen &= (found.site == case.site_index[site]) | (found.other == case.site_index[site])
    if item is not None:
        chosen &= found.item == case.item_index[item]
    return np.flatnonzero(chosen)


def _show_table(session: Session, shown: TableOut, names: tuple[str, ...], rows: Any, *, more: int) -> None:
    """Print some columns, without those in which there is nothing."""
    from data.shortfall_out import SHORT_TITLES, shown_cell

    word = session.word
    columns = [column for column in shown.columns if column.name in names]
    columns.sort(key=lambda column: names.index(column.name))
    cells = [[shown_cell(column.values[n], column.holds, word, session.lang) for n in rows] for column in columns]
    kept = [n for n, column in enumerate(cells) if any(text not in ("", "–") for text in column)]
    if not len(rows) or not kept:
        return
    titles = [SHORT_TITLES.get(columns[n].name, columns[n].title) for n in kept]
    # Texts come first, except the reason: it is long, and closes the line.
    lines = [[word(title) for title in titles], *zip(*(cells[n] for n in kept), strict=True)]
    texts = next((n for n, place in enumerate(kept) if columns[place].holds != "text"), len(kept))
    last_is_text = columns[kept[-1]].name == "why_1"
    session.show()
    whole = [[*line[:-1], ""] if last_is_text else list(line) for line in lines]
    for laid, line in zip(table(whole, left=texts), lines, strict=True):
        session.show(f"{_padded(laid, whole, texts)}  {line[-1]}".rstrip() if last_is_text else laid)
    if more > 0:
        session.show(word(say("… and {more} more; --out FILE.xlsx or --json has all.", more=more)))


def _padded(laid: str, whole: list[list[str]], texts: int) -> str:
    """Give every line the width of the longest, so that what follows stands in one column."""
    from commands.plan_view import text_width

    widest = max(text_width(line) for line in table(whole, left=texts))
    return laid + " " * (widest - text_width(laid))


def _show_problems(session: Session, given: ShortfallOut, chosen: Any) -> None:
    """Count the problems by kind, and say the most urgent with what to do: no kind takes all the room."""
    word, found = session.word, given.problems
    if not len(chosen):
        session.show()
        session.show(word(say("No problems.")))
        return
    kinds, counts = np.unique(found.kind[chosen], return_counts=True)
    session.show()
    first = {int(kind): int(chosen[np.argmax(found.kind[chosen] == kind)]) for kind in kinds}
    session.show(
        word(
            say(
                "Problems: {kinds}.",
                kinds=[
                    say("{kind} {count:,}", kind=given.words.kind(found, first[int(kind)]), count=int(count))
                    for kind, count in zip(kinds, counts, strict=True)
                ],
            )
        )
    )
    each = max(1, _PROBLEMS_SHOWN // len(kinds))
    for kind in kinds:
        mine = chosen[found.kind[chosen] == kind][:each]
        told = [given.words.problem(found, int(n)) for n in mine]
        for place, (what, action) in enumerate(told):
            session.show(f"- {word(what)}")
            # What is to be done is said once where it is the same for several.
            if place + 1 == len(told) or word(told[place + 1][1]) != word(action):
                session.show(f"  → {word(action)}")


def _as_json(given: ShortfallOut, grouping: str, rows: Any, problems: Any) -> dict[str, Any]:
    report = given.report
    return {
        "date": report.today.isoformat(),
        "horizon_days": report.rules.horizon_days,
        "use_known_up_to": report.cut_off.isoformat() if report.cut_off else None,
        "rows": _objects(given.rows(), rows),
        "by": grouping,
        "groups": _objects(given.groups(grouping), np.arange(given.groups(grouping).rows)),
        "problems": _objects(given.problem_list(), problems),
    }


def _objects(shown: TableOut, rows: Any) -> list[dict[str, Any]]:
    columns = {column.name: [_plain(column.values[n], column.holds) for n in rows] for column in shown.columns}
    return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _plain(value: Any, holds: str) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (Sentence, Named)):
        return str(value) or None
    if value is None or value == "" or value != value:  # noqa: PLR0124 - nan alone is not itself
        return None
    if isinstance(value, str):
        return value
    return round(float(value)) if holds == "whole" else round(float(value), 6)
