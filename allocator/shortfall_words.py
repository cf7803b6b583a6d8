"""The shortfall report in words: states, sources, flags, reasons, problems and what to do about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from allocator.case import Dates
from allocator.sentence import Named, Sentence, say
from allocator.shortfall_outlook import SOURCES
from allocator.shortfall_pictures import MoneyNeeded, money_needed
from allocator.shortfall_problems import PROBLEMS, Problems
from allocator.shortfall_tables import FLAGS, STATUSES, ShortfallReport
from allocator.shortfall_why import DRIVERS
from allocator.words import amount_of, days_counted

__all__ = ["GROUPING_WORDS", "STATUS_LETTERS", "STATUS_WORDS", "ReportWords", "flag_words", "source_words"]

STATUS_WORDS: tuple[Sentence, ...] = (
    say("stocked out"),
    say("under plan"),
    say("to plan"),
    say("over-stocked"),
    say("no data"),
)
STATUS_LETTERS = "!−✓+?"
"""One sign for each state, so that no one has to tell colours apart."""

GROUPING_WORDS = {"depot": say("depot"), "area": say("area"), "item": say("item"), "tier": say("tier")}

_SOURCE_WORDS = {
    "none": say("nobody said"),
    "need": say("need of the site"),
    "activity": say("activity"),
    "forecast": say("forecast"),
    "shifted": say("forecast, raised or lowered to the last days"),
}
_FLAG_WORDS = {
    "stale": say("report is old"),
    "never_counted": say("never counted"),
    "broken_balance": say("opening balance does not hold"),
    "assumed_demand": say("spread of demand assumed"),
    "assumed_lead": say("lead time assumed"),
    "shifted": say("demand jumped in the last days"),
}
_KIND_WORDS = {
    "order_due": say("order due"),
    "budget_short": say("budget too small"),
    "over_capacity": say("more than the supplier can deliver"),
    "delivery_overdue": say("delivery overdue"),
    "order_overdue": say("order past its date"),
    "order_undated": say("order without a date"),
    "uneven": say("over-stocked beside a short neighbour"),
    "expiring": say("expires before it is used"),
    "missing_count": say("missing count"),
    "missing_report": say("missing report"),
    "broken_balance": say("broken opening balance"),
}


def source_words(source: int) -> Sentence:
    """Return where a daily use comes from, in words."""
    return _SOURCE_WORDS[SOURCES[source]]


def flag_words(flags: int) -> list[Sentence]:
    """Return what is doubtful, in words.

    >>> [str(each) for each in flag_words(3)]
    ['report is old', 'never counted']
    """
    return [_FLAG_WORDS[name] for bit, name in enumerate(FLAGS) if flags >> bit & 1]


@dataclass(frozen=True)
class ReportWords:
    """Words for one report: names of its sites and items, reasons of its rows, its problems."""

    report: ShortfallReport

    @cached_property
    def _items(self) -> list[Named]:
        items = self.report.case.items
        return [Named(*each) for each in zip(items.code, items.name, items.name_zh, strict=True)]

    def item(self, position: int) -> Named:
        """Return an item by name."""
        return self._items[position]

    def site(self, position: int) -> Named:
        """Return a site by name and code."""
        sites = self.report.case.sites
        code, name, name_zh = (str(column[position]) for column in (sites.code, sites.name, sites.name_zh))
        # A site that is called by its code is not called so twice.
        return Named(code, "" if name == code else name, "" if name_zh == code else name_zh, with_code=True)

    def why(self, row: int) -> list[Sentence]:
        """Return the drivers of a row, the largest first."""
        rows = self.report.rows
        unit = str(self.report.case.items.unit[rows.item[row]])
        return [
            _WHY[DRIVERS[which]](
                float(rows.why_days[row, n]), float(rows.why_units[row, n]), unit, self._arrival(row, DRIVERS[which])
            )
            for n, which in enumerate(rows.why[row])
            if which >= 0
        ]

    def _arrival(self, row: int, driver: str) -> str:
        """Return the day of the next delivery, or of the first order of which something is for a row."""
        day = self._first_order[row] if driver == "late_order" else self.report.rows.next_arrival[row]
        return "" if np.isnat(day) else str(day)

    @cached_property
    def _first_order(self) -> Dates:
        moves, found = self.report.netted.ordered, np.full(len(self.report.rows), np.datetime64("NaT", "D"))
        days = self.report.on_order.arrives[moves.giver]
        last_first = np.argsort(days, kind="stable")[::-1]
        found[moves.taker[last_first]] = days[last_first]
        return found

    @cached_property
    def _money(self) -> list[MoneyNeeded]:
        return money_needed(self.report, self.report.budgets)

    def supplier(self, row: int) -> str:
        """Return the code of the supplier a row would buy from, "" where there is none or nothing is bought."""
        rows = self.report.rows
        return self.report.offers[rows.offer[row]].supplier if rows.offer[row] >= 0 and rows.buy_units[row] else ""

    def kind(self, problems: Problems, n: int) -> Sentence:
        """Return the kind of a problem."""
        return _KIND_WORDS[PROBLEMS[problems.kind[n]]]

    def problem(self, problems: Problems, n: int) -> tuple[Sentence, Sentence]:
        """Return what is wrong, and what to do."""
        order = self.report.orders[problems.order[n]] if problems.order[n] >= 0 else None
        offer = self.report.offers[problems.offer[n]] if problems.offer[n] >= 0 else None
        unit = str(self.report.case.items.unit[problems.item[n]]) if problems.item[n] >= 0 else ""
        values: dict[str, Any] = {
            "money": self._money[problems.bucket[n]] if problems.bucket[n] >= 0 else None,
            "site": self.site(problems.site[n]) if problems.site[n] >= 0 else "",
            "item": self.item(problems.item[n]) if problems.item[n] >= 0 else "",
            "other": self.site(problems.other[n]) if problems.other[n] >= 0 else "",
            "order": order.order if order else "",
            "supplier": order.supplier if order else offer.supplier if offer else "",
            "amount": amount_of(int(problems.units[n]), unit),
            "most": amount_of(int(problems.most[n]), unit),
            "until": str(self.report.today + dt.timedelta(days=self.report.rules.horizon_days)),
            "count": int(problems.count[n]),
            "day": str(problems.day[n]),
            "days": days_counted(self._days_late(problems.day[n])),
            "late": self._days_late(problems.day[n]) > 0,
            "cost_fen": self._cost_fen(int(problems.item[n])),
        }
        what, action = _PROBLEM[PROBLEMS[problems.kind[n]]](values)
        return what, action

    def _cost_fen(self, item: int) -> int:
        """Return what buying an item costs, −1 where nobody offers all of it."""
        groups = self.report.groups["item"]
        costs = groups.cost_fen[groups.item == item]
        return int(costs[0]) if len(costs) else -1

    def _days_late(self, day: np.datetime64) -> int:
        if np.isnat(day):
            return 0
        since: dt.date = day.astype(object)
        return (self.report.today - since).days


Why = Callable[[float, float, str, str], Sentence]
"""Of days, units, what a unit is called, and the day on which something arrives."""


def _nothing_coming(days: float, units: float, unit: str, _: str) -> Sentence:
    if units > 0:
        return say("nothing is under way, though {amount} could be sent", amount=amount_of(round(units), unit))
    return say("nothing is under way for the {days} after it runs out", days=days_counted(round(days)))


_WHY: dict[str, Why] = {
    "not_counted": lambda *_: say("nobody counted what is there"),
    "too_few": lambda _, units, unit, __: say(
        "missing of what must be held: {amount}", amount=amount_of(round(units), unit)
    ),
    "rose": lambda _, units, __, ___: say("demand rose to {times} times what it was", times=f"{units:.1f}"),
    "nothing_coming": _nothing_coming,
    "late_order": lambda days, units, unit, day: say(
        "the order under way ({amount} of it, {day}) comes {days} after it runs out",
        amount=amount_of(round(units), unit),
        day=day,
        days=days_counted(round(days)),
    ),
    "late_delivery": lambda days, units, unit, day: say(
        "the next delivery ({amount}, {day}) comes {days} after it runs out",
        amount=amount_of(round(units), unit),
        day=day,
        days=days_counted(round(days)),
    ),
    "overdue": lambda days, units, unit, _: say(
        "overdue under way: {amount} ({days} days of use)", amount=amount_of(round(units), unit), days=f"{days:.1f}"
    ),
    "little_stock": lambda days, *_: say("stock is {days} days below the plan", days=f"{days:.1f}"),
    "expires": lambda days, units, unit, _: say(
        "expiring before it is used: {amount} ({days} days of use)",
        amount=amount_of(round(units), unit),
        days=f"{days:.1f}",
    ),
    "set_aside": lambda days, units, unit, _: say(
        "in quarantine, damaged or expired: {amount} ({days} days of use)",
        amount=amount_of(round(units), unit),
        days=f"{days:.1f}",
    ),
    "reserved": lambda days, units, unit, _: say(
        "reserved for others: {amount} ({days} days of use)", amount=amount_of(round(units), unit), days=f"{days:.1f}"
    ),
    "long_lead": lambda days, *_: say("what is ordered today comes {days} too late", days=days_counted(round(days))),
    "no_offer": lambda *_: say("nobody sells it today"),
    "uncertain": lambda days, *_: say(
        "demand is uncertain: in a bad tenth it lasts {days} days less", days=f"{days:.1f}"
    ),
}

_FEN = 100

Told = Callable[[dict[str, Any]], tuple[Sentence, Sentence]]


def _order_due(told: dict[str, Any]) -> tuple[Sentence, Sentence]:
    if told["late"]:
        what = say("{amount} of {item} should have been ordered by {day}, {days} ago.", **told)
    else:
        what = say("{amount} of {item} must be ordered today.", **told)
    if told["cost_fen"] < 0:
        return what, say(
            "Nobody's offer is open: find a supplier, or ask the level above; spread what there is until then."
        )
    return what, say("Order today from whoever delivers soonest, and spread what there is by the ladder until then.")


def _budget_short(told: dict[str, Any]) -> tuple[Sentence, Sentence]:
    money: MoneyNeeded = told["money"]
    needed, lacking = money.needed_fen / _FEN, (money.needed_fen - money.amount_fen) / _FEN
    if not money.bucket:
        return (
            say("No budget is there for {needed:,.0f} yuan of what must be bought.", needed=needed),
            say("Have money granted for it, or add these items to a budget."),
        )
    return (
        say(
            "The budget {bucket} holds {amount:,.0f} yuan and {needed:,.0f} yuan are needed: {lacking:,.0f} yuan lack.",
            bucket=money.bucket,
            amount=money.amount_fen / _FEN,
            needed=needed,
            lacking=lacking,
        ),
        say("Ask for more, or let `allocator procure` say what to buy first with the money there is."),
    )


def _several(told: dict[str, Any], one: Sentence, more: Sentence) -> Sentence:
    return one if told["count"] == 1 else more


_PROBLEM: dict[str, Told] = {
    "order_due": _order_due,
    "budget_short": _budget_short,
    "over_capacity": lambda told: (
        say("{amount} of {item} are to be bought from {supplier}, who can deliver {most} by {until}.", **told),
        say("Let `allocator procure` spread it over suppliers and weeks; what nobody can make will be short."),
    ),
    "delivery_overdue": lambda told: (
        say("{amount} of {item} for {site} should have arrived on {day}, {days} ago.", **told),
        say("Ask the driver and the site; confirm what arrived, or report the difference. It is not counted upon."),
    ),
    "order_overdue": lambda told: (
        say("Order {order} with {supplier}: {amount} of {item} due on {day}, {days} ago.", **told),
        say("Ask {supplier} for a new date and enter it; until then it is not counted upon.", **told),
    ),
    "order_undated": lambda told: (
        say("Order {order} with {supplier}: {amount} of {item}, and nobody said when they arrive.", **told),
        say("Ask {supplier} for a date and enter it; until then it is not counted upon.", **told),
    ),
    "uneven": lambda told: (
        say("{site} holds more {item} than it will use for long, while {other} nearby runs short.", **told),
        say("Send {amount} from {site} to {other}.", **told),
    ),
    "expiring": lambda told: (
        say("{amount} of {item} at {site} expire from {day} on before they are used.", **told),
        say("Issue these lots first, and send what is too much to where it is used sooner."),
    ),
    "missing_count": lambda told: (
        _several(
            told,
            say("{site} has never counted its {item}.", **told),
            say("{site} has never counted {count} of its items.", **told),
        ),
        say("Have it counted, by telephone if need be: until then it is taken as the policy says."),
    ),
    "missing_report": lambda told: (
        _several(
            told,
            say("{site} has not reported its {item} for too long.", **told),
            say("{site} has not reported {count} of its items for too long.", **told),
        ),
        say("Ask the site for its report; until then its old figures stand."),
    ),
    "broken_balance": lambda told: (
        _several(
            told,
            say("At {site} the opening balance of {item} does not hold.", **told),
            say("At {site} the opening balances of {count} items do not hold.", **told),
        ),
        say("Have it counted again, and post the missing document or the difference with its reason."),
    ),
}

if len(STATUS_WORDS) != len(STATUSES):
    raise ValueError("every state has its words")
