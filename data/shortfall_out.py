"""The shortfall report as tables for files: rows, problems, groups, weeks, items over time, orders, money."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from allocator.planning import PlanningCase
from allocator.sentence import Named, Sentence, say
from allocator.shortfall_pictures import MoneyNeeded, items_by_week, money_needed
from allocator.shortfall_problems import Problems, problems_of
from allocator.shortfall_tables import GROUPINGS, STATUSES, Groups, ShortfallReport
from allocator.shortfall_words import (
    GROUPING_WORDS,
    STATUS_LETTERS,
    STATUS_WORDS,
    ReportWords,
    flag_words,
    source_words,
)
from allocator.words import tier_named, unit_named
from data.day_sheet import cell_text
from data.tables_out import ColumnOut, TableOut

__all__ = ["GROUP_TITLES", "SHORT_TITLES", "ShortfallOut", "days_of", "shown_cell", "yuan_of"]

GROUP_TITLES = {"depot": say("By depot"), "area": say("By area"), "item": say("By item"), "tier": say("By tier")}

SHORT_TITLES: dict[str, Sentence] = {
    "p_before_delivery": say("P(out)"),
    "cover_days": say("days"),
    "stock_out_early": say("early"),
    "stock_out": say("runs out"),
    "central_units": say("from depots"),
    "lateral_units": say("from neighbours"),
    "buy_units": say("buy"),
    "supplier": say("supplier"),
    "unmet_units_high": say("unmet (P90)"),
    "stocked_out": say("out"),
    "under": say("under"),
    "cost_yuan": say("yuan"),
    "why_1": say("why"),
    "usable_units": say("usable"),
    "next_arrival": say("next"),
    "held_units": say("at sites"),
    "coming_units": say("coming"),
    "daily_units": say("a day"),
    "site_name": say("site"),
    "item_name": say("item"),
}
"""Titles for where room is short."""

_FEN, _WEEK = 100, 7


def days_of(column: Any) -> list[dt.date | None]:
    """Return a column of days as dates, None where there is none.

    >>> days_of(np.array(["2020-02-10", "NaT"], dtype="datetime64[D]"))
    [datetime.date(2020, 2, 10), None]
    """
    return list(column.astype("datetime64[D]").astype(object))


def yuan_of(fen: Any) -> Any:
    """Return fen as yuan, nan where nobody said.

    >>> yuan_of(np.array([1250, -1])).tolist()
    [12.5, nan]
    """
    return np.where(fen < 0, np.nan, fen / _FEN)


def shown_cell(value: Any, holds: str, word: Callable[[Sentence], str], lang: str) -> str:
    """Return a cell as a person reads it in print: days without the year, shares as per cent, few decimals.

    >>> [shown_cell(value, holds, str, "en") for value, holds in ((0.5, "share"), (2.25, "decimal"), (1200, "whole"))]
    ['50%', '2.2', '1,200']
    """
    if isinstance(value, (Sentence, Named)):
        return word(value) if isinstance(value, Sentence) else value.worded(lang)
    if value is None or isinstance(value, str) or value != value:  # noqa: PLR0124 - nan alone is not itself
        return value or "" if isinstance(value, str) else ""
    if isinstance(value, dt.date):
        return f"{value:%m-%d}"
    if holds == "share":
        return f"{100 * float(value):.0f}%"
    # Two digits before the point leave room for one behind it.
    return f"{float(value):,.1f}" if holds == "decimal" and float(value) < 100 else cell_text(round(float(value)))  # noqa: PLR2004


def _known(units: Any) -> Any:
    return np.where(units < 0, np.nan, units)


@dataclass(frozen=True)
class ShortfallOut:
    """One report being put into tables; `planning`: what it was made of."""

    report: ShortfallReport
    planning: PlanningCase

    @cached_property
    def words(self) -> ReportWords:
        """The report in words."""
        return ReportWords(self.report)

    @cached_property
    def problems(self) -> Problems:
        """The problem list."""
        return problems_of(self.report)

    @cached_property
    def money(self) -> list[MoneyNeeded]:
        """What is needed of each bucket of money."""
        return money_needed(self.report, self.planning.budgets)

    def tables(self) -> list[TableOut]:
        """Return every table of the report, in the order in which a workbook has them."""
        groups = [self.groups(name) for name in GROUPINGS if name in self.report.groups]
        found = [
            self.rows(),
            self.problem_list(),
            *groups,
            self.matrix(),
            self.site_matrix(),
            self.days(),
            self.calendar(),
        ]
        return [*found, self.budget()] if self.money else found

    def tables_for_programs(self) -> list[TableOut]:
        """Return the tables that are files of their own: rows, problems, groups."""
        return [self.rows(), self.problem_list(), *(self.groups(name) for name in self.report.groups)]

    def _tier(self, tier: int) -> Named:
        names = self.report.case.policy.tier_names
        return tier_named(names[tier]) if tier >= 0 else Named("")

    def rows(self) -> TableOut:
        """Return one row for each site and item."""
        rows, case, words = self.report.rows, self.report.case, self.words
        size = range(len(rows))
        why = [words.why(n) for n in size]
        columns = [
            ("site", say("site"), "text", list(case.sites.code[rows.site])),
            ("site_name", say("site name"), "text", [words.site(n) for n in rows.site]),
            ("item", say("item"), "text", list(case.items.code[rows.item])),
            ("item_name", say("item name"), "text", [words.item(n) for n in rows.item]),
            ("unit", say("unit"), "text", [unit_named(case.items.unit[n]) for n in rows.item]),
            ("tier", say("tier"), "text", [self._tier(int(n)) for n in rows.tier]),
            ("status", say("status"), "text", [STATUS_WORDS[n] for n in rows.status]),
            ("alarm", say("alarm"), "text", [say("yes") if alarm else "" for alarm in rows.alarm]),
            ("p_before_delivery", say("P(stock-out before the next delivery)"), "share", rows.p_before_delivery),
            ("p_horizon", say("P(stock-out by the horizon)"), "share", rows.p_horizon),
            ("p_after", say("P(stock-out though all transfers are sent)"), "share", rows.p_after),
            ("stock_out_early", say("early stock-out (P90 demand)"), "date", days_of(rows.stock_out_early)),
            ("stock_out", say("stock-out (P50 demand)"), "date", days_of(rows.stock_out)),
            ("cover_days", say("days of supply (P50)"), "decimal", rows.cover_days),
            ("cover_days_low", say("days of supply (P90)"), "decimal", rows.cover_days_low),
            ("daily_units", say("daily use (P50)"), "decimal", rows.daily_units),
            ("daily_units_high", say("daily use (P90)"), "decimal", rows.daily_units_high),
            ("holding_units", say("must be held"), "whole", rows.holding_units),
            ("source", say("daily use is from"), "text", [source_words(n) for n in rows.source]),
            ("usable_units", say("usable"), "whole", _known(rows.usable_units)),
            ("reserved_units", say("reserved for others"), "whole", rows.reserved_units),
            ("set_aside_units", say("set aside"), "whole", rows.set_aside_units),
            ("moving_units", say("in transit"), "whole", rows.moving_units),
            ("next_arrival", say("next delivery"), "date", days_of(rows.next_arrival)),
            ("overdue_units", say("in transit, not counted upon"), "whole", rows.overdue_units),
            ("unmet_units", say("unmet at the horizon (P50)"), "whole", np.rint(rows.unmet_units)),
            ("unmet_units_high", say("unmet at the horizon (P90)"), "whole", np.rint(rows.unmet_units_high)),
            ("expired_units", say("expires before use"), "whole", np.rint(rows.expired_units)),
            ("expired_yuan", say("expires before use, yuan"), "decimal", yuan_of(rows.expired_fen)),
            ("central_units", say("from depots"), "whole", rows.central_units),
            ("lateral_units", say("from neighbours"), "whole", rows.lateral_units),
            ("ordered_units", say("of orders on the way"), "whole", rows.ordered_units),
            ("buy_units", say("to buy"), "whole", rows.buy_units),
            ("order_by", say("order by"), "date", days_of(rows.order_by)),
            ("supplier", say("best supplier"), "text", [words.supplier(n) for n in size]),
            ("lead_days", say("lead time, days"), "whole", rows.lead_days),
            ("cost_yuan", say("cost, yuan"), "decimal", yuan_of(np.where(rows.buy_units > 0, rows.cost_fen, 0))),
            *(
                (f"why_{n + 1}", title, "text", [each[n] if n < len(each) else "" for each in why])
                for n, title in enumerate((say("why"), say("why (2)"), say("why (3)")))
            ),
            ("doubts", say("doubtful"), "text", [say("{flags}", flags=flag_words(int(each))) for each in rows.flags]),
        ]
        return _table("shortfall", say("Shortfall"), columns)

    def problem_list(self) -> TableOut:
        """Return the problem list with what to do."""
        found, words, case = self.problems, self.words, self.report.case
        told = [words.problem(found, n) for n in range(len(found))]
        columns = [
            ("kind", say("problem"), "text", [words.kind(found, n) for n in range(len(found))]),
            ("what", say("what is wrong"), "text", [what for what, _ in told]),
            ("action", say("what to do"), "text", [action for _, action in told]),
            ("site", say("site"), "text", [case.sites.code[n] if n >= 0 else "" for n in found.site]),
            ("item", say("item"), "text", [case.items.code[n] if n >= 0 else "" for n in found.item]),
            ("units", say("units"), "whole", _known(found.units)),
            ("day", say("day"), "date", days_of(found.day)),
        ]
        return _table("problems", say("Problems"), columns)

    def label(self, grouping: str, label: str) -> Named | Sentence | str:
        """Return what a group is called."""
        case = self.report.case
        if grouping == "tier":
            return tier_named(label) if label else say("no tier")
        if grouping == "depot":
            return self.words.site(case.site_index[label]) if label else say("no depot reaches them")
        return label or say("no area")

    def groups(self, grouping: str) -> TableOut:
        """Return one grouping."""
        groups: Groups = self.report.groups[grouping]
        case = self.report.case
        first = [] if grouping == "item" else [
            (grouping, GROUPING_WORDS[grouping], "text", [self.label(grouping, each) for each in groups.label])
        ]  # fmt: skip
        central = grouping in ("item", "depot")
        columns = [
            *first,
            ("item", say("item"), "text", list(case.items.code[groups.item])),
            ("item_name", say("item name"), "text", [self.words.item(n) for n in groups.item]),
            ("unit", say("unit"), "text", [unit_named(case.items.unit[n]) for n in groups.item]),
            ("rows", say("sites"), "whole", groups.rows),
            *((name, STATUS_WORDS[n], "whole", groups.counts[:, n]) for n, name in enumerate(STATUSES)),
            ("held_units", say("usable at the sites"), "whole", groups.held_units),
            *([("central_units", say("usable at depots"), "whole", groups.central_units)] if central else []),
            ("coming_units", say("in transit and on order"), "whole", groups.coming_units),
            ("daily_units", say("daily use (P50)"), "decimal", groups.daily_units),
            ("daily_units_high", say("daily use (P90)"), "decimal", groups.daily_units_high),
            ("cover_days", say("days of supply (P50)"), "decimal", groups.cover_days),
            ("p_horizon", say("P(stock-out by the horizon, were all shared)"), "share", groups.p_horizon),
            ("stock_out_early", say("early stock-out (P90 demand)"), "date", days_of(groups.stock_out_early)),
            ("stock_out", say("stock-out (P50 demand)"), "date", days_of(groups.stock_out)),
            ("unmet_units", say("unmet at the horizon (P50)"), "whole", np.rint(groups.unmet_units)),
            ("unmet_units_high", say("unmet at the horizon (P90)"), "whole", np.rint(groups.unmet_units_high)),
            ("expired_units", say("expires before use"), "whole", np.rint(groups.expired_units)),
            ("expired_yuan", say("expires before use, yuan"), "decimal", yuan_of(groups.expired_fen)),
            ("buy_units", say("to buy"), "whole", groups.buy_units),
            ("cost_yuan", say("cost, yuan"), "decimal", yuan_of(groups.cost_fen)),
            ("order_by", say("order by"), "date", days_of(groups.order_by)),
        ]
        return _table(f"by-{grouping}", GROUP_TITLES[grouping], columns)

    def _weeks(self) -> list[str]:
        return [f"{self.report.today + dt.timedelta(days=_WEEK * n):%m-%d}" for n in range(self.report.weeks)]

    def matrix(self) -> TableOut:
        """Return the status of items by week, as signs."""
        weekly, items = items_by_week(self.report), self.report.groups["item"].item
        first = [("item", say("item"), "text", [self.words.item(n) for n in items])]
        return _table("items-by-week", say("Items by week"), [*first, *self._signs(weekly)])

    def site_matrix(self) -> TableOut:
        """Return the status of sites by week, as signs."""
        rows, words = self.report.rows, self.words
        first = [
            ("site", say("site"), "text", [words.site(n) for n in rows.site]),
            ("item", say("item"), "text", [words.item(n) for n in rows.item]),
        ]
        return _table("sites-by-week", say("Sites by week"), [*first, *self._signs(rows.weekly)])

    def _signs(self, weekly: Any) -> list[tuple[str, Sentence, str, Any]]:
        signs = np.array(list(STATUS_LETTERS), dtype=object)
        return [
            (f"week_{n + 1}", Sentence("{day}", {"day": day}), "text", list(signs[weekly[:, n]]))
            for n, day in enumerate(self._weeks())
        ]

    def days(self) -> TableOut:
        """Return items by day: quantiles of use, and stock."""
        fans, case = self.report.fans, self.report.case
        durable = case.items.durable[fans.item]
        kept = np.flatnonzero(~durable)
        days = [self.report.today + dt.timedelta(days=n) for n in range(fans.days)]
        quantiles = ((say("use of the day, P10"), 0), (say("P50"), 1), (say("P90"), 3), (say("P95"), 4))
        columns = [
            ("item", say("item"), "text", [self.words.item(fans.item[n]) for n in kept for _ in days]),
            ("day", say("day"), "date", days * len(kept)),
            *(
                (f"use_{level}", title, "decimal", fans.demand[kept, :, level].ravel().round(2))
                for title, level in quantiles
            ),
            ("stock", say("stock in the evening (P50)"), "whole", np.rint(fans.stock[kept].ravel())),
            ("stock_low", say("stock in the evening (worst tenth)"), "whole", np.rint(fans.stock_low[kept].ravel())),
        ]
        return _table("items-by-day", say("Items by day"), columns)

    def calendar(self) -> TableOut:
        """Return by when each item must be ordered and when orders arrive."""
        groups, orders, case = self.report.groups["item"], self.report.on_order, self.report.case
        arrives = [
            [str(day) for day in np.sort(orders.arrives[(orders.item == n) & ~np.isnat(orders.arrives)])]
            for n in groups.item
        ]
        columns = [
            ("item", say("item"), "text", [self.words.item(n) for n in groups.item]),
            ("unit", say("unit"), "text", [unit_named(case.items.unit[n]) for n in groups.item]),
            ("order_by", say("order by"), "date", days_of(groups.order_by)),
            ("buy_units", say("to buy"), "whole", groups.buy_units),
            ("cost_yuan", say("cost, yuan"), "decimal", yuan_of(groups.cost_fen)),
            ("arrives", say("orders arrive"), "text", [say("{days}", days=each) for each in arrives]),
            ("stock_out_early", say("early stock-out (P90 demand)"), "date", days_of(groups.stock_out_early)),
        ]
        return _table("order-calendar", say("Order calendar"), columns)

    def budget(self) -> TableOut:
        """Return what is needed of each bucket of money."""
        money: Sequence[MoneyNeeded] = self.money
        columns = [
            ("bucket", say("budget"), "text", [each.bucket or say("no budget is for it") for each in money]),
            ("amount_yuan", say("amount, yuan"), "decimal", [each.amount_fen / _FEN for each in money]),
            ("needed_yuan", say("needed, yuan"), "decimal", [each.needed_fen / _FEN for each in money]),
            ("lacking_yuan", say("lacking, yuan"), "decimal",
             [max(0, each.needed_fen - each.amount_fen) / _FEN for each in money]),
        ]  # fmt: skip
        return _table("budget-use", say("Budget use"), columns)


def _table(name: str, title: Sentence, columns: Sequence[tuple[str, Sentence, str, Any]]) -> TableOut:
    made = (ColumnOut(name=own, title=said, holds=holds, values=values) for own, said, holds, values in columns)
    return TableOut(name=name, title=title, columns=tuple(made))
