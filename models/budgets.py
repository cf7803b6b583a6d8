"""What budgets may spend, what orders take of them, and which budget pays an order.

A budget's amount is what may be spent in its days in all. An order that names it takes units × price of each line, from
the day it is planned on; where it is cancelled only what had arrived. Freight is in the price, or nowhere.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from allocator.planning import items_of_budget, money
from allocator.procurement_case import Budget
from allocator.sentence import Sentence, say
from models.canonical import normal
from models.entry import Refusal
from models.order_asked import NO_BUDGET, NewLine
from models.orders import KnownOrder
from models.tables import budget

__all__ = [
    "BudgetUsed",
    "budgets_used",
    "charged_micro",
    "other_days",
    "paid_by",
    "refuse_no_budgets",
    "said_of_budgets",
]


@dataclass(frozen=True, kw_only=True)
class BudgetUsed:
    """A budget, what orders take of it, and how many of their lines have no price and so take nothing.

    `budget.amount`: what may be spent in all. Money is in millionths of a yuan.
    """

    budget: Budget
    amount_micro: int
    ordered_micro: int
    unpriced_lines: int = 0

    @property
    def left_micro(self) -> int:
        """What may still be spent, below 0 where more was ordered than there is."""
        return self.amount_micro - self.ordered_micro

    @property
    def left(self) -> Budget:
        """The budget with what may still be spent, 0 at least."""
        return replace(self.budget, amount=money(max(0, self.left_micro)))


def charged_micro(orders: Iterable[KnownOrder]) -> dict[str, tuple[int, int]]:
    """Return what orders take of each budget that they name, and how many of their lines have no price."""
    found: dict[str, tuple[int, int]] = {}
    for order in orders:
        for line in order.lines:
            if line.budget:
                units = line.arrived_units if order.status == "cancelled" else line.units
                spent, unpriced = found.get(line.budget, (0, 0))
                no_price = line.price_micro is None and units > 0
                found[line.budget] = (spent + units * (line.price_micro or 0), unpriced + no_price)
    return found


def budgets_used(connection: sa.Connection, orders: Iterable[KnownOrder]) -> tuple[BudgetUsed, ...]:
    """Return every budget with what these orders take of it, by its name."""
    charged = charged_micro(orders)
    found = []
    for row in connection.execute(sa.select(budget).order_by(budget.c.bucket)):
        spent, unpriced = charged.get(row.bucket, (0, 0))
        known = Budget(
            bucket=row.bucket,
            amount=money(row.amount_micro),
            from_day=_day(row.since),
            to_day=_day(row.until),
            items=items_of_budget(row.items),
        )
        found.append(
            BudgetUsed(budget=known, amount_micro=row.amount_micro, ordered_micro=spent, unpriced_lines=unpriced)
        )
    return tuple(found)


def paid_by(connection: sa.Connection, lines: Sequence[NewLine], day: str) -> tuple[NewLine, ...]:
    """Return lines with the budget that pays each: the one it names, or the only one for its item on an ISO day.

    A budget that is named may be for other days: an order may be placed early.

    Raises:
        Refusal: a line names no budget and several are for it; or one that is not there, or not for its item.

    """
    budgets = [each.budget for each in budgets_used(connection, ())]
    wrong: list[Sentence] = []
    found = []
    for line in lines:
        try:
            found.append(replace(line, budget=_payer(budgets, line, day)))
        except Refusal as refusal:
            wrong += refusal.sentences
    if wrong:
        raise Refusal(*wrong)
    return tuple(found)


def _payer(budgets: Sequence[Budget], line: NewLine, day: str) -> str:
    named, on = normal(line.budget.strip()), dt.date.fromisoformat(day)
    fit = [each.bucket for each in budgets if each.pays(line.item, on)]
    if named == NO_BUDGET:
        return ""
    if not named and len(fit) > 1:
        raise Refusal(
            say(
                "Several budgets are for {item} on {day}: {budgets}. Say which of them pays: --budget, or the column "
                "`budget`; - for none.",
                item=line.item,
                day=day,
                budgets=fit,
            )
        )
    if not named:
        return fit[0] if fit else ""
    if named not in {each.bucket for each in budgets}:
        raise Refusal(_no_budget(named, [each.bucket for each in budgets]))
    if named not in {each.bucket for each in budgets if not each.items or line.item in each.items}:
        raise Refusal(
            say(
                "Budget {bucket} is not for {item}. For it on {day}: {budgets}.",
                bucket=named,
                item=line.item,
                day=day,
                budgets=fit or say("none"),
            )
        )
    return named


def other_days(connection: sa.Connection, lines: Iterable[tuple[NewLine, dt.date]]) -> list[Sentence]:
    """Say which budgets that lines name are for orders of other days than each line's, once for each day."""
    named = sorted({(day, normal(line.budget.strip())) for line, day in lines})
    known = {each.budget.bucket: each.budget for each in budgets_used(connection, ())}
    return [
        say(
            "Budget {bucket} is for orders from {since} to {until}; this one is of {day}.",
            bucket=each.bucket,
            since=each.from_day.isoformat() if each.from_day else say("any day"),
            until=each.to_day.isoformat() if each.to_day else say("any day"),
            day=day.isoformat(),
        )
        for day, bucket in named
        if (each := known.get(bucket)) is not None and not each.holds(day)
    ]


def refuse_no_budgets(connection: sa.Connection, names: Iterable[str]) -> None:
    """Refuse budgets that are not there, all of them.

    Raises:
        Refusal: with each.

    """
    known = connection.execute(sa.select(budget.c.bucket).order_by(budget.c.bucket)).scalars().all()
    wrong = [_no_budget(name, known) for name in sorted({normal(name) for name in names} - {"", *known})]
    if wrong:
        raise Refusal(*wrong)


def _no_budget(name: str, known: Sequence[str]) -> Sentence:
    return say(
        "There is no budget {bucket}. There is: {budgets}. Check the name, or import the budget first.",
        bucket=name,
        budgets=list(known) or say("none"),
    )


def said_of_budgets(used: Iterable[BudgetUsed], names: Iterable[str]) -> list[Sentence]:
    """Say what is left of these budgets, or by how much they are overdrawn, and which lines take nothing."""
    wanted, found = set(names), []
    for each in used:
        if each.budget.bucket not in wanted:
            continue
        values = {"bucket": each.budget.bucket, "amount": money(each.amount_micro)}
        if each.left_micro < 0:
            over = money(-each.left_micro)
            found.append(
                say("Budget {bucket} is overdrawn by {over:,.2f} yuan: it has {amount:,.2f}.", over=over, **values)
            )
        else:
            left = money(each.left_micro)
            found.append(say("Budget {bucket} has {left:,.2f} yuan left of {amount:,.2f}.", left=left, **values))
        if each.unpriced_lines:
            found.append(
                say(
                    "Order lines that budget {bucket} pays and that have no price: {count}. They take nothing of it.",
                    bucket=each.budget.bucket,
                    count=each.unpriced_lines,
                )
            )
    return found


def _day(text: str) -> dt.date | None:
    return dt.date.fromisoformat(text) if text else None
