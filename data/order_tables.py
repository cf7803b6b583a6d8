"""Orders and budgets as they are told: plain values for programs, tables to save, what became of an order."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any

from allocator.planning import money
from allocator.sentence import Sentence, say
from data.tables_out import TableOut, rows_out
from models.budgets import BudgetUsed
from models.orders import KnownLine, KnownOrder, order_status_word

__all__ = [
    "BUDGET_COLUMNS",
    "LINE_TITLES",
    "budget_facts",
    "budgets_table",
    "order_facts",
    "order_story",
    "order_tables",
    "pipeline_rows",
    "pipeline_table",
    "price_of",
    "standing",
]


def price_of(micro: int | None) -> str:
    """Return a price as people write it, "" where nobody said one.

    >>> price_of(1_200_000), price_of(None)
    ('1.2', '')
    """
    return "" if micro is None else f"{money(micro):f}"


def order_facts(order: KnownOrder, day: dt.date) -> dict[str, Any]:
    """Return an order as plain values; `day`: today, by which it may be late."""
    return {
        "order": order.number,
        "supplier": order.partner,
        "status": order.status,
        "ordered_on": order.ordered_on or None,
        "arrives": order.arrives or None,
        "late": order.is_late(day),
        "lines": [
            {
                "item": line.item,
                "site": line.site,
                "units": line.units,
                "arrived_units": line.arrived_units,
                "to_come_units": order.outstanding_units(line),
                "arrives": line.arrives,
                "price": price_of(line.price_micro) or None,
                "budget": line.budget or None,
            }
            for line in order.lines
        ],
        "over_units": order.over_units,
        "steps": [{name: value for name, value in vars(step).items() if name != "recorded_at"} for step in order.steps],
        "receipts": [{"document": number, "day": came.isoformat()} for number, came in order.receipts],
    }


def pipeline_rows(orders: list[KnownOrder], day: dt.date, *, ended: bool) -> list[tuple[KnownOrder, KnownLine]]:
    """Return the lines of which something is still to come, late ones first, then by day; `ended`: the others last."""
    lines = [(order, line) for order in orders for line in order.lines if ended or order.outstanding_units(line)]

    def rank(row: tuple[KnownOrder, KnownLine]) -> tuple[bool, bool, str, str, str, str]:
        order, line = row
        comes = bool(order.outstanding_units(line))
        late = comes and order.status != "planned" and line.arrives < day.isoformat()
        return not comes, not late, line.arrives, order.number, line.item, line.site

    return sorted(lines, key=rank)


def standing(order: KnownOrder, line: KnownLine, day: dt.date) -> Sentence:
    """Return how a line stands on a day, in words."""
    word = order_status_word(order.status)
    late = (day - dt.date.fromisoformat(line.arrives)).days
    if order.outstanding_units(line) and order.status != "planned" and late > 0:
        return say("{status}, {days} days late", status=word, days=late)
    return word


def pipeline_table(rows: list[tuple[KnownOrder, KnownLine]], day: dt.date) -> TableOut:
    """Return the lines of `pipeline_rows` as a table to save."""
    columns = (
        ("order", say("order"), "text"),
        ("supplier", say("supplier"), "text"),
        ("item", say("item"), "text"),
        ("site", say("to site"), "text"),
        ("units", say("units ordered"), "whole"),
        ("arrived_units", say("units arrived"), "whole"),
        ("to_come_units", say("units to come"), "whole"),
        ("arrives", say("expected"), "date"),
        ("status", say("status"), "text"),
        ("late_days", say("days late"), "whole"),
        ("ordered_on", say("ordered on"), "text"),
        ("price", say("price"), "text"),
        ("budget", say("budget"), "text"),
    )
    cells = []
    for order, line in rows:
        late = (day - dt.date.fromisoformat(line.arrives)).days
        comes = order.outstanding_units(line)
        cells.append(
            (
                *(order.number, order.partner, line.item, line.site, line.units, line.arrived_units, comes),
                *(line.arrives, order_status_word(order.status)),
                max(0, late) if comes and order.status != "planned" else 0,
                *(order.ordered_on, price_of(line.price_micro), line.budget),
            )
        )
    return rows_out("orders", say("Orders"), columns, cells)


LINE_TITLES = (
    say("item"),
    say("to site"),
    say("units ordered"),
    say("units arrived"),
    say("units to come"),
    say("expected"),
    say("price"),
    say("budget"),
)


def order_tables(order: KnownOrder) -> list[TableOut]:
    """Return an order's lines and its steps as tables to save."""
    names = ("item", "site", "units", "arrived_units", "to_come_units", "arrives", "price", "budget")
    holds = ("text", "text", "whole", "whole", "whole", "date", "text", "text")
    lines = [
        (
            *(line.item, line.site, line.units, line.arrived_units, order.outstanding_units(line)),
            *(line.arrives, price_of(line.price_micro), line.budget),
        )
        for line in order.lines
    ]
    steps = [(step.day, order_status_word(step.status), step.arrives, step.actor, step.note) for step in order.steps]
    columns = (
        ("day", say("day"), "date"),
        ("status", say("status"), "text"),
        ("arrives", say("expected"), "date"),
        ("actor", say("recorded by"), "text"),
        ("note", say("note"), "text"),
    )
    return [
        rows_out("lines", say("Lines"), list(zip(names, LINE_TITLES, holds, strict=True)), lines),
        rows_out("steps", say("Steps"), columns, steps),
    ]


def order_story(order: KnownOrder) -> Iterator[Sentence]:
    """Yield what became of an order, step by step, and how it differs from what was ordered."""
    for step in order.steps:
        yield say(
            "{day}: {status}{expected}, recorded by {actor}. {note}",
            day=step.day or say("no day said"),
            status=order_status_word(step.status),
            expected=say(", expected on {day}", day=step.arrives) if step.arrives else Sentence(""),
            actor=step.actor,
            note=step.note,
        )
    for number, came in order.receipts:
        yield say("{day}: document {number} brought part of it.", day=came.isoformat(), number=number)
    for line in order.lines if order.status == "arrived" else ():
        if line.arrived_units < line.units:
            left = line.units - line.arrived_units
            yield say("{units:,} units of {item} never came and are awaited no more.", units=left, item=line.item)
    for item, units in order.over_units.items():
        yield say("Beyond the order came {units:,} units of {item}.", units=units, item=item)


BUDGET_COLUMNS = (
    ("budget", say("budget"), "text"),
    ("from", say("from"), "date"),
    ("to", say("to"), "date"),
    ("items", say("items"), "text"),
    ("amount", say("amount, yuan"), "decimal"),
    ("ordered", say("ordered, yuan"), "decimal"),
    ("left", say("left, yuan"), "decimal"),
    ("unpriced", say("lines without a price"), "whole"),
)


def budget_facts(each: BudgetUsed) -> dict[str, Any]:
    """Return a budget as plain values."""
    known = each.budget
    return {
        "budget": known.bucket,
        "from": known.from_day.isoformat() if known.from_day else None,
        "to": known.to_day.isoformat() if known.to_day else None,
        "items": list(known.items),
        "amount": price_of(each.amount_micro),
        "ordered": price_of(each.ordered_micro),
        "left": price_of(each.left_micro),
        "unpriced_lines": each.unpriced_lines,
    }


def _yuan(micro: int) -> float:
    return micro / 1_000_000


def budgets_table(used: Sequence[BudgetUsed]) -> TableOut:
    """Return what may be spent, what orders take of it and what is left as a table to save."""
    rows = [
        (
            *(each.budget.bucket, each.budget.from_day, each.budget.to_day, " ".join(each.budget.items)),
            *map(_yuan, (each.amount_micro, each.ordered_micro, each.left_micro)),
            each.unpriced_lines,
        )
        for each in used
    ]
    return rows_out("budgets", say("Budgets"), BUDGET_COLUMNS, rows)
