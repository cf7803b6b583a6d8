"""The shortfall report in words: states, sources, flags, reasons, problems and what to do about them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from allocator.sentence import Named, Sentence, say
from allocator.shortfall_outlook import SOURCES
from allocator.shortfall_problems import PROBLEMS, Problems
from allocator.shortfall_tables import FLAGS, STATUSES, ShortfallReport
from allocator.shortfall_why import DRIVERS

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
        return [
            _WHY[DRIVERS[which]](float(rows.why_days[row, n]), float(rows.why_units[row, n]), self._arrival(row))
            for n, which in enumerate(rows.why[row])
            if which >= 0
        ]

    def _arrival(self, row: int) -> str:
        day = self.report.rows.next_arrival[row]
        return "" if np.isnat(day) else str(day)

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
        values: dict[str, Any] = {
            "site": self.site(problems.site[n]) if problems.site[n] >= 0 else "",
            "item": self.item(problems.item[n]) if problems.item[n] >= 0 else "",
            "other": self.site(problems.other[n]) if problems.other[n] >= 0 else "",
            "order": order.order if order else "",
            "supplier": order.supplier if order else "",
            "units": int(problems.units[n]),
            "count": int(problems.count[n]),
            "day": str(problems.day[n]),
            "days": self._days_late(problems.day[n]),
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


Why = Callable[[float, float, str], Sentence]

_WHY: dict[str, Why] = {
    "not_counted": lambda _, __, ___: say("nobody counted what is there"),
    "too_few": lambda _, units, __: say("{units:,} units are missing of what must be held", units=round(units)),
    "rose": lambda _, units, __: say("demand rose to {times} times what it was", times=f"{units:.1f}"),
    "nothing_coming": lambda days, units, _: (
        say("nothing is under way, though {units:,} units could be sent", units=round(units))
        if units > 0
        else say("nothing is under way for the {days} days after it runs out", days=f"{days:.0f}")
    ),
    "late_delivery": lambda days, units, day: say(
        "the next delivery ({units:,} units, {day}) comes {days} days after it runs out",
        units=round(units),
        day=day,
        days=f"{days:.0f}",
    ),
    "overdue": lambda days, units, _: say(
        "{units:,} units under way are overdue ({days} days of use)", units=round(units), days=f"{days:.1f}"
    ),
    "little_stock": lambda days, _, __: say("stock is {days} days below the plan", days=f"{days:.1f}"),
    "expires": lambda days, units, _: say(
        "{units:,} units expire before they are used ({days} days of use)", units=round(units), days=f"{days:.1f}"
    ),
    "set_aside": lambda days, units, _: say(
        "{units:,} units are in quarantine, damaged or expired ({days} days of use)",
        units=round(units),
        days=f"{days:.1f}",
    ),
    "reserved": lambda days, units, _: say(
        "{units:,} units are reserved for others ({days} days of use)", units=round(units), days=f"{days:.1f}"
    ),
    "long_lead": lambda days, _, __: say("what is ordered today comes {days} days too late", days=f"{days:.0f}"),
    "no_offer": lambda _, __, ___: say("nobody sells it today"),
    "uncertain": lambda days, _, __: say(
        "demand is uncertain: in a bad tenth it lasts {days} days less", days=f"{days:.1f}"
    ),
}

Told = Callable[[dict[str, Any]], tuple[Sentence, Sentence]]


def _order_due(told: dict[str, Any]) -> tuple[Sentence, Sentence]:
    if told["days"] > 0:
        what = say("{units:,} units of {item} should have been ordered by {day}, {days} days ago.", **told)
    else:
        what = say("{units:,} units of {item} must be ordered today.", **told)
    if told["cost_fen"] < 0:
        return what, say(
            "Nobody's offer is open: find a supplier, or ask the level above; spread what there is until then."
        )
    return what, say("Order today from whoever delivers soonest, and spread what there is by the ladder until then.")


def _several(told: dict[str, Any], one: Sentence, more: Sentence) -> Sentence:
    return one if told["count"] == 1 else more


_PROBLEM: dict[str, Told] = {
    "order_due": _order_due,
    "delivery_overdue": lambda told: (
        say("{units:,} units of {item} for {site} should have arrived on {day}, {days} days ago.", **told),
        say("Ask the driver and the site; confirm what arrived, or report the difference. It is not counted upon."),
    ),
    "order_overdue": lambda told: (
        say("Order {order} with {supplier}: {units:,} units of {item} were due on {day}, {days} days ago.", **told),
        say("Ask {supplier} for a new date and enter it; until then it is not counted upon.", **told),
    ),
    "order_undated": lambda told: (
        say("Order {order} with {supplier}: {units:,} units of {item}, and nobody said when they arrive.", **told),
        say("Ask {supplier} for a date and enter it; until then it is not counted upon.", **told),
    ),
    "uneven": lambda told: (
        say("{site} holds more {item} than it will use for long, while {other} nearby runs short.", **told),
        say("Send {units:,} units from {site} to {other}.", **told),
    ),
    "expiring": lambda told: (
        say("{units:,} units of {item} at {site} expire from {day} on before they are used.", **told),
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
