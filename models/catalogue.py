"""Master data of the ledger: items, sites, depots, lanes, substitutes, partners and needs.

Everything comes as columns, named as in `models/tables.py`, except that what refers to a site or an
item says its code. What documents already rest on does not change silently.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.catalogue_rows import Columns, Kept, Saved, lock_catalogue, rows_by_key, save
from models.entry import Refusal
from models.locations import SIGNS, code_of, kind_of
from models.tables import counted, depot, item, lane, location, lot, move, need, partner, substitute
from models.versions import Stamp

__all__ = [
    "CATALOGUE",
    "item_ids",
    "save_by_ids",
    "save_depots",
    "save_items",
    "save_lanes",
    "save_needs",
    "save_partners",
    "save_sites",
    "save_substitutes",
    "site_ids",
]

_Ids = Callable[[sa.Connection], dict[str, int]]

_NAMES = {"name": "", "name_zh": ""}

_ITEMS = Kept(
    table=item,
    subject="item",
    key=("code",),
    values={**_NAMES, "unit": "", "pack_units": 1, "pack_kg_micro": None, "pack_m3_micro": None, "use": "consumable"},
)
_SITES = Kept(
    table=location,
    subject="site",
    key=("code",),
    values={**_NAMES, "site_kind": "", "area": "", "lat_micro": None, "lon_micro": None, "tier": ""},
    constants={"kind": "SITE", "sign": SIGNS["SITE"]},
)
_PARTNERS = Kept(table=partner, subject="partner", key=("code",), values={"kind": None, **_NAMES})
_LANES = Kept(
    table=lane,
    subject="lane",
    key=("depot", "site"),
    values={"open": 1, "km_micro": None, "hours_micro": None, "max_kg_micro": None},
)
_DEPOTS = Kept(
    table=depot,
    subject="depot",
    key=("location",),
    values=dict.fromkeys(column.name for column in depot.columns if column.name != "location"),
)
_SUBSTITUTES = Kept(
    table=substitute, subject="substitute", key=("item", "by"), values={"units_per_unit_micro": 1_000_000}
)
_NEEDS = Kept(
    table=need,
    subject="need",
    key=("site", "item"),
    values={"daily_units_micro": 0, "reported_on": "", "max_units": None},
)

CATALOGUE = (_ITEMS, _SITES, _PARTNERS, _LANES, _DEPOTS, _SUBSTITUTES, _NEEDS)
"""How each table here is kept."""


def site_ids(connection: sa.Connection) -> dict[str, int]:
    """Return the id of every site by its code."""
    query = sa.select(location.c.code, location.c.id).where(location.c.kind == "SITE")
    return dict(connection.execute(query).all())


def item_ids(connection: sa.Connection) -> dict[str, int]:
    """Return the id of every item by its code."""
    return dict(connection.execute(sa.select(item.c.code, item.c.id)).all())


def save_items(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save items.

    Raises:
        Refusal: an item that documents already counted would get another unit.

    """
    lock_catalogue(connection)
    _refuse_new_units(connection, columns)
    return save(connection, _ITEMS, columns, stamp)


def _refuse_new_units(connection: sa.Connection, columns: Columns) -> None:
    if "unit" not in columns:
        return
    keys = [(code,) for code in columns["code"]]
    held = {key[0]: values[2] for key, values in rows_by_key(connection, _ITEMS, keys).items()}
    asked = dict(zip(columns["code"], columns["unit"], strict=True))
    other = sorted(code for code, unit in asked.items() if held.get(code, unit) != unit)
    in_use = sa.or_(
        sa.exists().where(lot.c.item == item.c.id, move.c.lot == lot.c.id),
        sa.exists().where(counted.c.item == item.c.id),
    )
    query = sa.select(item.c.code).where(item.c.code.in_(other), in_use).order_by(item.c.code)
    wrong = [
        say(
            "{item} is counted in {held} by documents that are in the ledger, so its unit cannot become {asked}. "
            "Make a new item for it.",
            item=code,
            held=held[code],
            asked=asked[code],
        )
        for code in connection.execute(query).scalars()
    ]
    if wrong:
        raise Refusal(*wrong)


def save_sites(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save sites, depots among them.

    Raises:
        Refusal: a code that the ledger keeps for itself, such as LOST.

    """
    wrong = [
        say("{code} is a code that the ledger keeps for itself. Choose another code for the site.", code=code)
        for code in columns["code"]
        if kind_of(code) != "SITE"
    ]
    if wrong:
        raise Refusal(*wrong)
    lock_catalogue(connection)
    return save(connection, _SITES, columns, stamp)


def save_partners(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save partners.

    Raises:
        Refusal: a partner that documents already name as a supplier would become a donor, or the like.

    """
    lock_catalogue(connection)
    held = rows_by_key(connection, _PARTNERS, [(code,) for code in columns["code"]])
    wrong: list[Sentence] = []
    for code, kind in zip(columns["code"], columns.get("kind", ()), strict=False):
        before = held.get((code,), (kind,))[0]
        if before != kind and _is_named(connection, code_of(before.upper(), code)):
            wrong.append(
                say(
                    "Documents in the ledger name {code} as a {held}, so it cannot become a {asked}. "
                    "Make a new partner for it.",
                    code=code,
                    held=before,
                    asked=kind,
                )
            )
    if wrong:
        raise Refusal(*wrong)
    return save(connection, _PARTNERS, columns, stamp)


def _is_named(connection: sa.Connection, place: str) -> bool:
    return connection.execute(sa.select(location.c.id).where(location.c.code == place)).first() is not None


def save_lanes(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save lanes; a road that is closed is a lane with `open` 0."""
    return save_by_ids(connection, _LANES, columns, stamp, {"depot": site_ids, "site": site_ids})


def save_depots(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what depots can do in a day; `location`: the depot's site code."""
    return save_by_ids(connection, _DEPOTS, columns, stamp, {"location": site_ids})


def save_substitutes(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what may be used instead of what."""
    return save_by_ids(connection, _SUBSTITUTES, columns, stamp, {"item": item_ids, "by": item_ids})


def save_needs(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save what sites need; a need that has ended is one of 0 a day."""
    return save_by_ids(connection, _NEEDS, columns, stamp, {"site": site_ids, "item": item_ids})


def save_by_ids(
    connection: sa.Connection, kept: Kept, columns: Columns, stamp: Stamp, refers: Mapping[str, _Ids]
) -> Saved:
    """Save rows whose keys are codes of sites and items.

    Raises:
        Refusal: codes that do not exist, all of them.

    """
    lock_catalogue(connection)
    ids = {lookup: lookup(connection) for lookup in set(refers.values())}
    wrong: list[Sentence] = []
    for lookup, known in ids.items():
        asked = {code for name, other in refers.items() if other is lookup for code in columns[name]}
        wrong += _missing(lookup, sorted(asked - known.keys()))
    if wrong:
        raise Refusal(*wrong)
    codes = {name: columns[name] for name in refers}
    by_id = {name: [ids[lookup][code] for code in columns[name]] for name, lookup in refers.items()}
    return save(connection, kept, {**columns, **by_id}, stamp, codes=codes)


def _missing(lookup: _Ids, codes: Iterable[str]) -> list[Sentence]:
    if lookup is site_ids:
        return [say("There is no site {code}. Check the code, or import the site first.", code=code) for code in codes]
    return [say("There is no item {code}. Check the code, or import the item first.", code=code) for code in codes]
