"""The shortfall report on paper: what runs out, pictures of weeks, items, orders and money, and what to do."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.sentence import Sentence, say
from allocator.shortfall_pictures import item_history, items_by_need, items_by_week
from allocator.shortfall_problems import PROBLEMS
from allocator.shortfall_tables import STATUSES
from allocator.words import days_counted, items_counted, needs_counted, unit_named
from data.pictures_budget import BudgetBar, budget_bars
from data.pictures_calendar import CalendarRow, order_calendar
from data.pictures_fan import Fan, fan_chart
from data.pictures_matrix import status_matrix
from data.shortfall_out import SHORT_TITLES, ShortfallOut, days_of, shown_cell
from data.tables_out import TableOut
from data.texts import translator
from data.typesetting import pdf_of

__all__ = ["headline", "pictures_of", "shortfall_pdf"]

_TEMPLATE = Path(__file__).with_name("shortfall_paper.typ")
_ROWS_MOST, _PROBLEMS_MOST, _FANS_MOST, _ITEMS_MOST = 40, 40, 6, 30
_HISTORY_DAYS = 60
_FEN = 100

_ROW_COLUMNS = (
    "site_name", "item_name", "status", "p_before_delivery", "stock_out_early", "stock_out", "cover_days",
    "usable_units", "next_arrival", "unmet_units_high", "central_units", "lateral_units", "buy_units", "order_by",
    "supplier", "why_1",
)  # fmt: skip
_ITEM_COLUMNS = (
    "item_name", "unit", "rows", "stocked_out", "under", "held_units", "central_units", "coming_units", "daily_units",
    "cover_days", "stock_out_early", "stock_out", "unmet_units_high", "buy_units", "cost_yuan", "order_by",
)  # fmt: skip


def headline(given: ShortfallOut) -> list[Sentence]:
    """Return the report in a few sentences."""
    report = given.report
    rows = report.rows
    states = np.bincount(rows.status, minlength=len(STATUSES))
    found = [
        say(
            "Of {needs} of sites, stocked out: {out:,}; under plan: {under:,}; likely to run out before what is "
            "ordered now could come: {alarm:,}.",
            needs=needs_counted(len(rows)),
            out=int(states[0]),
            under=int(states[1]),
            alarm=int(rows.alarm.sum()),
        )
    ]
    groups = report.groups["item"]
    buys, cost = int((groups.buy_units > 0).sum()), int(np.maximum(0, groups.cost_fen).sum())
    if buys:
        unpriced = int(((groups.buy_units > 0) & (groups.cost_fen < 0)).sum())
        if cost:
            bought = say(
                "{items} must be bought to last for {days}, for {yuan:,.0f} yuan.",
                items=items_counted(buys),
                days=days_counted(report.rules.horizon_days),
                yuan=cost / _FEN,
            )
        else:
            bought = say(
                "{items} must be bought to last for {days}.",
                items=items_counted(buys),
                days=days_counted(report.rules.horizon_days),
            )
        found.append(bought)
        found.extend(_means(given))
        if unpriced:
            found.append(say("For {items} of them nobody's offer is open today.", items=unpriced))
    sent = int(((rows.central_units + rows.lateral_units) > 0).sum())
    if sent:
        found.append(say("{needs} can be helped from depots or neighbours first.", needs=needs_counted(sent)))
    return found


def _means(given: ShortfallOut) -> Iterator[Sentence]:
    """Say whether money and suppliers are enough for what must be bought."""
    lacking = sum(max(0, each.needed_fen - each.amount_fen) for each in given.money)
    if given.planning.budgets and lacking:
        yield say(
            "The budgets do not cover it: there are {amount:,.0f} yuan, and where they are needed {lacking:,.0f} lack.",
            amount=sum(each.amount_fen for each in given.money) / _FEN,
            lacking=lacking / _FEN,
        )
    beyond = given.problems.item[given.problems.kind == PROBLEMS.index("over_capacity")]
    if len(beyond):
        yield say(
            "More than the supplier named can deliver in time is to be bought of {items}: `allocator procure` spreads "
            "it over suppliers and weeks.",
            items=[given.report.case.items.code[n] for n in dict.fromkeys(beyond.tolist())],
        )


def pictures_of(given: ShortfallOut, *, lang: str) -> dict[str, Any]:
    """Return the pictures as SVG: "matrix", "calendar", "budget" ("" without budgets) and "fans", the worst first."""
    report, word = given.report, translator(lang)
    items = items_by_need(report)
    labels = [given.words.item(n) for n in items[:_ITEMS_MOST]]
    matrix = status_matrix(labels, items_by_week(report)[:_ITEMS_MOST], first_day=report.today, word=word, lang=lang)
    money = [
        BudgetBar(
            bucket=each.bucket or word(say("no budget is for it")),
            amount=each.amount_fen / _FEN,
            needed=each.needed_fen / _FEN,
        )
        for each in given.money
    ]
    return {
        "matrix": matrix,
        "calendar": _calendar(given, word, lang),
        "budget": budget_bars(money, word=word, lang=lang) if money else "",
        "fans": _fans(given, word, lang),
    }


def _calendar(given: ShortfallOut, word: Callable[[Sentence], str], lang: str) -> str:
    report = given.report
    groups, orders = report.groups["item"], report.on_order
    rows = [
        CalendarRow(
            item=given.words.item(item),
            order_by=by if buy > 0 else None,
            arrives=[day for day in days_of(orders.arrives[(orders.item == item) & ~orders.overdue]) if day],
            out=out,
        )
        for item, by, buy, out in zip(
            groups.item, days_of(groups.order_by), groups.buy_units, days_of(groups.stock_out_early), strict=True
        )
    ]
    shown = [row for row in rows if row.order_by or row.arrives or row.out][:_ITEMS_MOST]
    return order_calendar(shown, today=report.today, days=report.days, word=word, lang=lang)


def _fans(given: ShortfallOut, word: Callable[[Sentence], str], lang: str) -> list[str]:
    """Draw the items that run out first, durables left out."""
    report, history = given.report, given.planning.history
    fans, groups = report.fans, report.groups["item"]
    found: list[str] = []
    for item, out in zip(groups.item.tolist(), days_of(groups.stock_out), strict=True):
        if report.case.items.durable[item] or len(found) == _FANS_MOST:
            continue
        place = int(np.searchsorted(fans.item, item))
        used = item_history(history, report.case, item)
        kept = max(1, _HISTORY_DAYS // history.period_days)
        skipped = max(0, len(used) - kept)
        found.append(
            fan_chart(
                Fan(
                    item=given.words.item(item),
                    unit=unit_named(report.case.items.unit[item]),
                    used=used[skipped:],
                    used_from=history.first_day + dt.timedelta(days=skipped * history.period_days),
                    period_days=history.period_days,
                    today=report.today,
                    demand=fans.demand[place],
                    stock=fans.stock[place],
                    stock_low=fans.stock_low[place],
                    out=out,
                ),
                word=word,
                lang=lang,
                name=f"fan{len(found)}",
            )
        )
    return found


def shortfall_pdf(
    given: ShortfallOut, *, title: Sentence, facts: Sequence[tuple[Sentence, Sentence | str | int]], lang: str = "en"
) -> bytes:
    """Return the report as a PDF: A4 across, the most urgent rows and problems; a workbook has all of them."""
    lang = "zh" if lang.startswith("zh") else "en"
    word = translator(lang)
    problems = given.problem_list()
    parts = {
        "items": _printed(given.groups("item"), _ITEM_COLUMNS, lang, most=_ITEMS_MOST),
        "rows": _printed(given.rows(), _ROW_COLUMNS, lang, most=_ROWS_MOST),
        "problems": _printed(problems, ("kind", "what", "action"), lang, most=_PROBLEMS_MOST),
    }
    texts = {
        "items": say("By item, all sites and depots together"),
        "rows": say("Sites that run out first"),
        "problems": say("What somebody must see to"),
        "fans": say("Items that run out first"),
    }
    return pdf_of(
        _TEMPLATE,
        {
            "lang": lang,
            "title": word(title),
            "day": report_day(given),
            "headline": [word(each) for each in headline(given)],
            "facts": [
                [word(name), word(value) if isinstance(value, Sentence) else str(value)] for name, value in facts
            ],
            "titles": {name: word(text) for name, text in texts.items()},
            "more": {name: _more(part, word) for name, part in parts.items()},
            "parts": parts,
            "pictures": {name: _sized(each) for name, each in pictures_of(given, lang=lang).items()},
        },
    )


def _sized(picture: Any) -> Any:
    """Return pictures with their own widths, so that letters are as large in each."""
    if isinstance(picture, list):
        return [_sized(each) for each in picture]
    width = re.search(r'viewBox="0 0 ([0-9.]+)', picture)
    return {"svg": picture, "width": float(width[1]) if width else 0.0}


def report_day(given: ShortfallOut) -> str:
    """Return the day of the report."""
    return given.report.today.isoformat()


def _more(part: dict[str, Any], word: Callable[[Sentence], str]) -> str:
    left = part["all"] - len(part["rows"])
    return word(say("… and {more} more; a workbook (--out FILE.xlsx) has all of them.", more=left)) if left > 0 else ""


def _printed(table: TableOut, names: Sequence[str], lang: str, *, most: int) -> dict[str, Any]:
    """Return some columns of a table as the template takes them; columns in which there is nothing are left out."""
    word = translator(lang)
    chosen = [next(column for column in table.columns if column.name == name) for name in names
              if any(column.name == name for column in table.columns)]  # fmt: skip
    cells = [[shown_cell(value, column.holds, word, lang) for value in column.values[:most]] for column in chosen]
    kept = [n for n, column in enumerate(cells) if any(text not in ("", "–") for text in column)]
    rows = [list(row) for row in zip(*(cells[n] for n in kept), strict=True)] if kept else []
    return {
        "headings": [word(SHORT_TITLES.get(chosen[n].name, chosen[n].title)) for n in kept],
        "rows": rows,
        "left": [chosen[n].holds == "text" for n in kept],
        "all": table.rows,
    }
