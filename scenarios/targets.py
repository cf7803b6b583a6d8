"""What a scenario may change: the tables, their columns, what can be done with each, and by what rows are chosen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["DEEDS", "TARGETS", "Target"]

DEEDS = ("scale", "set", "add", "close", "drop")
"""Multiply a column; set it; add to it (or add copies of rows); close a road, depot or supplier; drop rows."""

_SITE_KEYS = ("site", "kind", "area", "tier")
_ITEM_KEYS = ("item", "use")


@dataclass(frozen=True, kw_only=True)
class Target:
    """One table: `columns` with what may be done to each; `deeds` that speak of whole rows; `keys` that choose rows."""

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    deeds: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()


_NUMBER = ("scale", "set")

TARGETS: Mapping[str, Target] = {
    "drivers": Target(columns={"value": _NUMBER}, keys=(*_SITE_KEYS, "driver")),
    "needs": Target(
        columns={"daily_units": _NUMBER, "max_units": _NUMBER}, deeds=("drop",), keys=(*_SITE_KEYS, *_ITEM_KEYS)
    ),
    "stock": Target(
        columns={"units": _NUMBER, "status": ("set",)},
        deeds=("add", "drop"),
        keys=(*_SITE_KEYS, *_ITEM_KEYS, "lot", "status", "earmark"),
    ),
    "in_transit": Target(
        columns={"units": ("scale",), "arrives": ("add",)}, deeds=("drop",), keys=(*_SITE_KEYS, *_ITEM_KEYS)
    ),
    "sites": Target(columns={"tier": ("set",)}, deeds=("add",), keys=_SITE_KEYS),
    "lanes": Target(
        columns={"km": _NUMBER, "hours": _NUMBER, "max_kg": _NUMBER}, deeds=("close",), keys=("depot", *_SITE_KEYS)
    ),
    "depots": Target(
        columns={
            "max_kg": _NUMBER,
            "max_m3": _NUMBER,
            "max_stops": _NUMBER,
            "vehicles": _NUMBER,
            "vehicle_kg": _NUMBER,
            "shift_hours": _NUMBER,
        },
        deeds=("close",),
        keys=("depot", "area"),
    ),
    "offers": Target(
        columns={
            "price": _NUMBER,
            "units_per_week": _NUMBER,
            "min_units": _NUMBER,
            "lead_days": ("scale", "set", "add"),
        },
        deeds=("close",),
        keys=("supplier", "item"),
    ),
    "orders": Target(
        columns={"units": ("scale",), "arrives": ("add",)},
        deeds=("drop",),
        keys=("supplier", "item", "order", "status"),
    ),
    "budgets": Target(columns={"amount": _NUMBER}, keys=("bucket",)),
    "policy": Target(
        columns={
            "reserve_share": _NUMBER,
            "max_hours": _NUMBER,
            "min_drop_kg": _NUMBER,
            "transfer_above_days": _NUMBER,
            "shelf_days_min": _NUMBER,
            "stop_tolerance_packs": _NUMBER,
            "cover_days": _NUMBER,
            "holding_share": _NUMBER,
        },
        keys=("rung", "tier"),
    ),
    "forecast": Target(columns={"daily_units": ("scale",)}, keys=(*_SITE_KEYS, *_ITEM_KEYS)),
}
"""Every table that a scenario may change."""
