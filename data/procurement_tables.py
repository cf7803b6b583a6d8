"""A procurement plan as tables: the orders to place, what stays unmet, what each budget pays, what binds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import numpy as np

from allocator.procurement import Outcome
from allocator.procurement_plan import OrderLine, ProcurementPlan
from allocator.procurement_words import named_item, named_supplier
from allocator.sentence import Named, Sentence, say
from allocator.words import unit_named
from data.tables_out import TableOut, rows_out

__all__ = [
    "ORDER_TITLES",
    "RULE_WORDS",
    "WITHOUT_BUDGET",
    "procurement_plain",
    "procurement_tables",
    "ratio_sentences",
    "result_sentences",
    "unmet_rows",
]

RULE_WORDS: dict[str, Sentence] = {
    "lp": say("least shortage, then least cost"),
    "openlmis": say("OpenLMIS: order up to the most"),
    "msupply": say("open-mSupply: months of stock"),
    "qat": say("QAT: least and most months of stock"),
}
_SHORT_MIN = 0.5
_NEAR_ONE = 1.0005


ORDER_TITLES = (
    ("supplier", say("supplier"), "text"),
    ("supplier_name", say("name of the supplier"), "text"),
    ("item", say("item"), "text"),
    ("item_name", say("name of the item"), "text"),
    ("units", say("units"), "whole"),
    ("unit", say("unit"), "text"),
    ("packs", say("packs"), "whole"),
    ("order_by", say("order by"), "date"),
    ("arrives", say("arrives"), "date"),
    ("price", say("price, yuan a unit"), "decimal"),
    ("cost", say("cost with freight, yuan"), "decimal"),
    ("budget", say("budget"), "text"),
)
"""Columns of the orders: name, heading, what they hold."""


def procurement_tables(plan: ProcurementPlan) -> tuple[TableOut, ...]:
    """Return the orders first: a file of them is what `order place --from` reads."""
    return (_orders(plan), _unmet(plan), _budgets(plan), _binding(plan))


WITHOUT_BUDGET = say("none stands on the day of the order")
"""What stands where a budget's name would, for orders that none pays."""


def _orders(plan: ProcurementPlan) -> TableOut:
    case = plan.case
    rows: list[list[Any]] = []
    for line in plan.lines:
        number = case.item_index[line.item]
        supplier, item = named_supplier(case, line.supplier), named_item(case, number)
        rows.append(
            [line.supplier, supplier, line.item, item, line.units, unit_named(case.items[number].unit), line.packs,
             line.order_by, line.arrives, float(line.price), line.cost_fen / 100, line.budget]
        )  # fmt: skip
    return rows_out("orders", say("Orders to place"), ORDER_TITLES, rows)


def unmet_rows(plan: ProcurementPlan) -> Iterator[tuple[Named, Named, float, float, float, dt.date | None, float]]:
    """Yield of each item: name, unit, expected demand, unmet, its share, since when, expired; the shortest first.

    Since when: the first week in which any scenario goes short by half a unit on average.
    """
    case = plan.case
    demand, unmet = case.expected_units.sum(axis=1), plan.unmet_units.sum(axis=1)
    share = unmet / demand
    for n in np.lexsort((np.arange(len(share)), -share)).tolist():
        short = np.flatnonzero(plan.unmet_units[n] >= _SHORT_MIN)
        since = case.first_day_of(int(short[0])) if len(short) else None
        unit = unit_named(case.items[n].unit)
        expired = float(plan.expired_units[n].sum())
        yield named_item(case, n), unit, float(demand[n]), float(unmet[n]), float(share[n]), since, expired


def _unmet(plan: ProcurementPlan) -> TableOut:
    titles = [
        ("item", say("item"), "text"),
        ("item_name", say("name of the item"), "text"),
        ("unit", say("unit"), "text"),
        ("demand", say("expected demand"), "whole"),
        ("unmet", say("stays unmet"), "whole"),
        ("share", say("share unmet"), "share"),
        ("since", say("short from the week of"), "date"),
        ("expired", say("expires unused"), "whole"),
    ]
    rows = [
        [name.code, name, unit, round(demand), round(unmet), share, since, round(expired)]
        for name, unit, demand, unmet, share, since, expired in unmet_rows(plan)
    ]
    return rows_out("unmet", say("What stays unmet"), titles, rows)


def _budgets(plan: ProcurementPlan) -> TableOut:
    titles = [
        ("budget", say("budget"), "text"),
        ("amount", say("may be spent, yuan"), "decimal"),
        ("spent", say("these orders, yuan"), "decimal"),
        ("left", say("left, yuan"), "decimal"),
        ("share", say("share used"), "share"),
    ]
    rows: list[list[Any]] = [
        [each.bucket, each.amount_fen / 100, each.spent_fen / 100, (each.amount_fen - each.spent_fen) / 100,
         each.spent_fen / each.amount_fen if each.amount_fen else None]
        for each in plan.budgets
    ]  # fmt: skip
    if plan.without_budget_fen:
        rows.append([WITHOUT_BUDGET, None, plan.without_budget_fen / 100, None, None])
    return rows_out("budgets", say("Use of the budgets"), titles, rows)


def _binding(plan: ProcurementPlan) -> TableOut:
    rows = [[number, each] for number, each in enumerate(plan.said, start=1)]
    titles = [("number", say("number"), "whole"), ("binds", say("what stands in the way"), "text")]
    return rows_out("binding", say("What stands in the way"), titles, rows)


def result_sentences(plan: ProcurementPlan, outcome: Outcome) -> Iterator[Sentence]:
    """Say what is ordered, what stays unmet, and how the plan did on demand it was not made for."""
    case = plan.case
    yield say(
        "{orders:,} orders for {yuan:,.2f} yuan in {weeks} weeks from {day}; holding and disposal about {other:,.0f}.",
        orders=len(plan.lines),
        yuan=plan.purchase_fen / 100,
        weeks=case.weeks,
        day=case.day.isoformat(),
        other=plan.holding_yuan + plan.disposal_yuan,
    )
    demand = case.expected_units.sum(axis=1)
    inside = float(np.mean(plan.unmet_units.sum(axis=1) / demand))
    yield say(
        "{share:.1%} of the demand stays unmet on average over the items, in the scenarios the plan is made for.",
        share=inside,
    )
    if outcome.paths:
        outside = float(np.mean(outcome.unmet_units / np.maximum(outcome.demand_units, 1e-9)))
        yield say("On {paths:,} other demand paths it is {share:.1%}.", paths=outcome.paths, share=outside)


def ratio_sentences(plan: ProcurementPlan) -> Iterator[Sentence]:
    """Say how near the plan is to what no plan can beat."""
    ratios = plan.ratios
    if ratios is None:
        return
    critical, shortage, cost = ratios
    if any(each.critical for each in plan.case.items):
        yield _beside_bound(say("Critical shortage"), critical)
    yield _beside_bound(say("Shortage"), shortage)
    yield _beside_bound(say("Cost"), cost)


def _beside_bound(what: Sentence, ratio: float) -> Sentence:
    if ratio < _NEAR_ONE:
        return say("{what}: as low as any plan can have it.", what=what)
    if np.isinf(ratio):
        return say("{what}: there is some, where fractions of a pack and of a least order would leave none.", what=what)
    return say("{what}: {ratio:.3f} times what no plan can beat.", what=what, ratio=ratio)


def procurement_plain(plan: ProcurementPlan, outcome: Outcome) -> dict[str, Any]:
    """Return the plan as JSON."""
    case = plan.case
    return {
        "day": case.day.isoformat(),
        "weeks": case.weeks,
        "rule": plan.rule,
        "scenarios": len(case.probability),
        "orders": [_order_plain(line) for line in plan.lines],
        "unmet": list(_unmet_plain(plan)),
        "without_budget_fen": plan.without_budget_fen,
        "budgets": [
            {"budget": each.bucket, "amount_fen": each.amount_fen, "spent_fen": each.spent_fen} for each in plan.budgets
        ],
        "critical_shortage": plan.critical,
        "shortage": plan.shortage,
        "purchase_fen": plan.purchase_fen,
        "holding_yuan": round(plan.holding_yuan, 2),
        "disposal_yuan": round(plan.disposal_yuan, 2),
        "ratios_to_bound": _ratios_plain(plan),
        "outside": {"paths": outcome.paths, "unmet_units": [round(each, 3) for each in outcome.unmet_units.tolist()]},
        "binds": [str(each) for each in plan.said],
    }


def _order_plain(line: OrderLine) -> dict[str, Any]:
    return {
        "supplier": line.supplier,
        "item": line.item,
        "units": line.units,
        "packs": line.packs,
        "order_by": line.order_by.isoformat(),
        "arrives": line.arrives.isoformat(),
        "price": str(line.price),
        "cost_fen": line.cost_fen,
        "budget": line.budget or None,
    }


def _unmet_plain(plan: ProcurementPlan) -> Iterator[dict[str, Any]]:
    for name, _, demand, unmet, _, since, expired in unmet_rows(plan):
        yield {
            "item": name.code,
            "demand_units": round(demand, 3),
            "unmet_units": round(unmet, 3),
            "short_from": None if since is None else since.isoformat(),
            "expired_units": round(expired, 3),
        }


def _ratios_plain(plan: ProcurementPlan) -> dict[str, float | None] | None:
    """Return how near the plan is to what no plan can beat; a ratio is null where the bound is nothing."""
    if plan.ratios is None:
        return None
    named = zip(("critical", "shortage", "cost"), plan.ratios, strict=True)
    return {name: None if np.isinf(ratio) else round(ratio, 6) for name, ratio in named}
