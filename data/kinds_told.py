"""What files may hold, in words; and of which kinds there are workbooks to fill in."""

from __future__ import annotations

from allocator.sentence import say

__all__ = ["KINDS", "TEMPLATES"]

KINDS = {
    "areas": say("areas by their hierarchical codes"),
    "items": say("items with units and packs"),
    "sites": say("sites, depots among them"),
    "depots": say("what depots can do in a day"),
    "lanes": say("open roads from depots to sites"),
    "substitutes": say("what may be used instead of what"),
    "partners": say("suppliers, donors, levels above"),
    "suppliers": say("suppliers alone, as in a case"),
    "needs": say("what sites use a day"),
    "drivers": say("activity at sites, from which needs are worked out"),
    "facts": say("local facts that raise a tier: confirmed cases, a cluster"),
    "fleets": say("how many of a durable item work at sites"),
    "measures": say("what a box, a bottle, a litre of an item holds"),
    "gtins": say("barcodes of items, and how many units their packs hold"),
    "reports": say("monthly stock reports: opening, received, distributed, closing"),
    "history": say("what was used before the ledger: by day, week or month"),
    "offers": say("what suppliers offer: price, lead days, units a week"),
    "budgets": say("what may be spent, on what, until when"),
    "policy": say("the rationing rule (policy.toml)"),
    "opening": say("what lay where when the ledger was opened"),
    "stock": say("the same, as the stock of a case"),
    "in_transit": say("what was under way then, as in a case"),
    "orders": say("orders placed with suppliers, and how they stand"),
    "receipts": say("supplies that came from partners"),
    "issues": say("supplies that were used at sites"),
    "counts": say("what was counted at sites"),
}
"""Every kind of table, in the order in which they are taken in."""

_FILLED_IN = (
    *("counts", "receipts", "issues", "needs", "drivers", "sites", "items", "lanes", "depots", "areas", "partners"),
    *("substitutes", "measures", "gtins", "facts", "fleets", "opening"),
)
"""Kinds that people fill in; others come from programs, or are files of their own."""

TEMPLATES = {kind: KINDS[kind] for kind in _FILLED_IN}
