"""The catalogue as tables that are shown and saved, in the columns of the files that `import` takes in."""

from __future__ import annotations

from collections.abc import Sequence

from allocator.sentence import say
from data.tables_out import TableOut, rows_out
from models.catalogue_read import ItemRead, LaneRead, NeedRead, PartnerRead, SiteRead

__all__ = ["items_table", "lanes_table", "needs_table", "partners_table", "sites_table"]

_NAMES = (("name", say("name"), "text"), ("name_zh", say("name in Chinese"), "text"))


def items_table(found: Sequence[ItemRead]) -> TableOut:
    """Return items."""
    columns = (
        ("item", say("item"), "text"),
        *_NAMES,
        ("unit", say("unit"), "text"),
        ("pack_units", say("units in a pack"), "whole"),
        ("pack_kg", say("kg of a pack"), "decimal"),
        ("pack_m3", say("m³ of a pack"), "decimal"),
        ("use", say("use"), "text"),
        ("gtins", say("barcodes"), "text"),
    )
    rows = [
        (
            *(each.code, each.name, each.name_zh, each.unit, each.pack_units, each.pack_kg, each.pack_m3, each.use),
            " ".join(gtin for gtin, _ in each.gtins),
        )
        for each in found
    ]
    return rows_out("items", say("Items"), columns, rows)


def sites_table(found: Sequence[SiteRead]) -> TableOut:
    """Return sites."""
    columns = (
        ("site", say("site"), "text"),
        *_NAMES,
        ("kind", say("kind"), "text"),
        ("area", say("area"), "text"),
        ("tier", say("tier"), "text"),
        ("lat", say("latitude"), "decimal"),
        ("lon", say("longitude"), "decimal"),
    )
    rows = [(each.code, each.name, each.name_zh, each.kind, each.area, each.tier, each.lat, each.lon) for each in found]
    return rows_out("sites", say("Sites"), columns, rows)


def partners_table(found: Sequence[PartnerRead]) -> TableOut:
    """Return partners."""
    columns = (("partner", say("partner"), "text"), *_NAMES, ("kind", say("kind"), "text"))
    rows = [(each.code, each.name, each.name_zh, each.kind) for each in found]
    return rows_out("partners", say("Partners"), columns, rows)


def lanes_table(found: Sequence[LaneRead]) -> TableOut:
    """Return roads."""
    columns = (
        ("depot", say("depot"), "text"),
        ("site", say("site"), "text"),
        ("open", say("open"), "text"),
        ("km", say("km"), "decimal"),
        ("hours", say("hours"), "decimal"),
        ("max_kg", say("most kg"), "decimal"),
    )
    rows = [
        (each.depot, each.site, say("yes") if each.open else say("no"), each.km, each.hours, each.max_kg)
        for each in found
    ]
    return rows_out("lanes", say("Roads"), columns, rows)


def needs_table(found: Sequence[NeedRead]) -> TableOut:
    """Return what a site needs a day."""
    columns = (
        ("item", say("item"), "text"),
        ("daily_units", say("units a day"), "decimal"),
        ("reported_on", say("reported on"), "date"),
    )
    return rows_out("needs", say("What it needs"), columns, [tuple(vars(each).values()) for each in found])
