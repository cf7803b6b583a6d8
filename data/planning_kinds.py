"""Every further kind of problem and notice of the tables for forecasts and purchases, with its remedy.

The kinds of data/problem_kinds.py hold for them too. docs/errors.md is generated from here as well.
"""

from __future__ import annotations

from allocator.sentence import say
from data.problems import Kind

__all__ = ["PERIOD_WORDS", "PLANNING_NOTICES", "PLANNING_PROBLEMS"]

PERIOD_WORDS = {1: say("a day"), 7: say("a week"), 30: say("a month")}
"""What a period of a history is called, by its days."""

HISTORY_TOO_LONG = Kind(
    "history-too-long",
    say("From {first} to {last} it would be {cells} periods of sites and items; at most {limit} are read."),
    say("Check its dates for a wrong year, or leave out what is too old to matter."),
)
HISTORY_OLD = Kind(
    "history-old",
    say("{found} is before 1990, so its year can hardly be right."),
    say("Mend the year, or leave the row out: what was used so long ago says nothing of today."),
)
HISTORY_SPANS = Kind(
    "history-spans",
    say("The history begins on {first} here and ends on {last}: that is more than {years} years."),
    say("Mend the year if it is wrong, or leave out what is too old to matter."),
)
OFFER_ENDS_BEFORE = Kind(
    "offer-ends-before",
    say("It ends on {found}, before it begins on {begins}."),
    say("Mend one of the two days."),
)
OFFER_NEVER = Kind(
    "offer-never",
    say("The least order is {found} units, and only {most} come in a week."),
    say("Mend one of the two numbers."),
)
ORDER_SUPPLIERS = Kind(
    "order-suppliers",
    say("Order {order} is of supplier {found} here and of {other} in row {first}."),
    say("Give each supplier an order of its own, or mend the row."),
)
ORDER_STATUSES = Kind(
    "order-statuses",
    say("Order {order} is {found} here and {other} in row {first}."),
    say("An order stands as a whole: write what has arrived of each line into arrived_units."),
)
ORDER_UNDATED = Kind(
    "order-undated",
    say("Nothing says when this arrives: {supplier} has no offer for {item} whose lead days would tell."),
    say("Write the day on which it is expected."),
)

PLANNING_PROBLEMS = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and kind.mend)
"""Every kind of problem, in the order above."""

# Notices: said, and no obstacle.
HISTORY_READ = Kind(
    "history-read",
    say("Each row is of {period}, as the dates say, from {first} to {last}: {series} sites and items."),
)
HISTORY_AHEAD = Kind(
    "history-ahead",
    say("Rows of days after the plan's date {date}, which are left out: {rows}."),
)
HISTORY_UNFINISHED = Kind(
    "history-unfinished",
    say("Rows of {period} that is not over on the plan's date {date}, which are left out: {rows}."),
)
ORDERS_LATE = Kind(
    "orders-late",
    say("Orders that were to arrive before {date} and have not: {rows}, first {code}."),
)

PLANNING_NOTICES = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and not kind.mend)
"""Every kind of notice."""
