"""The ledger as a case: what lies where, as the documents up to one of them say.

The catalogue gives a case without stock (`models/snapshot_catalogue.py`); `with_stock` fills it in. So
what a plan was made from can be made again, from its catalogue and the id of its last document.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from allocator.case import STATUSES, Bools, Case, Indices, InTransit, Stock, Units
from allocator.policy import Policy
from allocator.sentence import say
from models.columns import Positions, columns_of, days, texts, wholes
from models.cuts import Cut, counted_whole, held_under, is_anything_beyond, recalled_under, was_there
from models.database import reading
from models.days import end_of_day
from models.entry import Refusal
from models.promised import promised
from models.shipments import shipments
from models.snapshot_catalogue import catalogued
from models.tables import balance, document, item, location, lot
from models.unfinished import WRITERS_WAIT_SECONDS, writers_finished

_NEVER = 2**62
_AT_ONCE = 500  # sites in one statement

__all__ = ["held_columns", "settled", "snapshot", "with_stock"]

_USABLE, _QUARANTINE, _EXPIRED = (STATUSES.index(status) for status in ("usable", "quarantine", "expired"))


@contextmanager
def settled(engine: sa.Engine) -> Iterator[tuple[sa.Connection, int]]:
    """Give a connection that sees one state of the ledger, and the last document of it that is settled, 0 for none.

    No document with a lower id is still to come: what was known up to it can be told again from its id.

    Raises:
        Refusal: somebody has been writing for too long to be waited for.

    """
    with reading(engine) as connection:
        last = connection.execute(sa.select(sa.func.max(document.c.id))).scalar() or 0
    if not writers_finished(engine):
        raise Refusal(
            say(
                "Somebody has been writing to the ledger for more than {seconds} seconds. Run this again afterwards.",
                seconds=f"{WRITERS_WAIT_SECONDS:.0f}",
            )
        )
    with reading(engine) as connection:
        yield connection, last


def snapshot(connection: sa.Connection, policy: Policy, *, document: int, zone: ZoneInfo) -> Case:
    """Return the ledger as a case for the policy's day, as the documents up to one of them say."""
    return with_stock(connection, catalogued(connection, policy), document=document, zone=zone)


def with_stock(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> Case:
    """Return a case with what lay where at the end of its policy's day, as documents up to one of them say.

    Usable is what is neither in quarantine, recalled nor expired on that day. What an approved plan keeps
    for a site is no depot's any more: it counts as under way to the site. A site that had an item it needs,
    or counted it, and has none left holds 0 of it; a site that never did has no row.
    """
    cut = Cut(at=end_of_day(case.policy.date, zone), document=document)
    lots = _Lots(connection, case, cut)
    accounts = _accounts(connection, case, lots, cut)
    return Case.canonical(
        **{field.name: getattr(case, field.name) for field in dataclasses.fields(case)}
        | {
            "stock": _stock(connection, case, lots, accounts, cut),
            "in_transit": _in_transit(connection, case, lots, cut, zone),
        }
    )


class _Lots:
    """What is known of every lot, by its position, which `at` gives for its id.

    `same`: the first lot that a case cannot tell from it.
    """

    def __init__(self, connection: sa.Connection, case: Case, cut: Cut) -> None:
        query = sa.select(lot.c.id, item.c.code, lot.c.lot_no, lot.c.expires, lot.c.earmark).join(item)
        ids, code, number, expires, earmark = columns_of(connection, query)
        order = np.arange(len(ids))
        self.at = Positions(ids, order)
        self.item = np.array([case.item_index.get(each, -1) for each in code], dtype=np.int32)
        self.number = texts(number)
        self.expires = days(expires)
        self.earmark = texts(earmark)
        self.recalled = np.isin(wholes(ids), list(recalled_under(connection, cut)))
        self.expired = self.expires < np.datetime64(case.policy.date, "D")
        first: dict[tuple[object, ...], int] = {}
        keys = zip(code, number, expires, earmark, strict=True)
        self.same = np.array([first.setdefault(key, n) for n, key in enumerate(keys)], dtype=np.int32)


@dataclass(frozen=True)
class _Accounts:
    """What sites hold of lots: positions of the site and the lot, units, and whether it is in quarantine."""

    site: Indices
    lot: Indices
    units: Units
    aside: Bools


def _accounts(connection: sa.Connection, case: Case, lots: _Lots, cut: Cut) -> _Accounts:
    place, lot_id, units = held_columns(connection, ("SITE", "QUARANTINE"), cut)
    site_at, aside_at = _places(connection, case)
    at_site, beside = site_at.of(place), aside_at.of(place)
    site, lot_at = np.maximum(at_site, beside), lots.at.of(lot_id)
    known = np.flatnonzero((site >= 0) & (lots.item[lot_at] >= 0))
    return _Accounts(site[known], lot_at[known], wholes(units)[known], beside[known] >= 0)


def held_columns(connection: sa.Connection, kinds: tuple[str, ...], cut: Cut) -> list[tuple[Any, ...]]:
    """Return the columns location, lot and units of all accounts with something on them under a cut."""
    day_ends = cut.at if cut.at is not None else _NEVER
    if not is_anything_beyond(connection, Cut(document=cut.document)):
        # One look at every account tells what is held and whether anything happened after the day.
        now = held_under(connection, kinds=kinds)
        some = sa.or_(balance.c.units != 0, balance.c.last_at > day_ends)
        place, lot_id, units, last_at = columns_of(connection, now.add_columns(balance.c.last_at).where(some))
        if max(last_at, default=day_ends) <= day_ends:
            return [place, lot_id, units]
    return columns_of(connection, held_under(connection, cut, kinds=kinds, empty=False))


def _places(connection: sa.Connection, case: Case) -> tuple[Positions, Positions]:
    """Return the positions of sites by their own ids, and by those of their quarantines."""
    owner = sa.func.coalesce(location.c.parent, location.c.id)
    query = sa.select(location.c.id, location.c.kind, owner).where(location.c.kind.in_(["SITE", "QUARANTINE"]))
    ids, kind, owners = columns_of(connection, query)
    codes = sa.select(location.c.id, location.c.code).where(location.c.kind == "SITE")
    site_ids, site_codes = columns_of(connection, codes)
    of_site = Positions.by_code(site_ids, texts(site_codes), case.sites.code)
    is_site = texts(kind) == "SITE"
    at = of_site.of(owners)
    return Positions(ids, np.where(is_site, at, -1)), Positions(ids, np.where(is_site, -1, at))


def _stock(connection: sa.Connection, case: Case, lots: _Lots, accounts: _Accounts, cut: Cut) -> Stock:
    held = np.flatnonzero(accounts.units)
    lot_at = accounts.lot[held]
    aside = accounts.aside[held] | lots.recalled[lot_at]
    status = np.where(aside, _QUARANTINE, np.where(lots.expired[lot_at], _EXPIRED, _USABLE)).astype(np.int8)
    site, lot_at, status, units = _added_up(accounts.site[held], lots.same[lot_at], status, accounts.units[held])
    none_site, none_item = _with_none(connection, case, lots, accounts, cut)
    none = len(none_site)
    return Stock(
        site=np.concatenate([site, none_site]),
        item=np.concatenate([lots.item[lot_at], none_item]),
        units=np.concatenate([units, np.zeros(none, dtype=np.int64)]),
        lot=np.concatenate([lots.number[lot_at], np.full(none, "", dtype=object)]),
        expires=np.concatenate([lots.expires[lot_at], np.full(none, "NaT", dtype="datetime64[D]")]),
        status=np.concatenate([status, np.full(none, _USABLE, dtype=np.int8)]),
        earmark=np.concatenate([lots.earmark[lot_at], np.full(none, "", dtype=object)]),
    )


def _added_up(
    site: Indices, lot_at: Indices, status: NDArray[np.int8], units: Units
) -> tuple[Indices, Indices, NDArray[np.int8], Units]:
    """Return rows of one site, lot and status as one: a case does not know from whose fund they are."""
    order = np.lexsort((status, lot_at, site))
    site, lot_at, status, units = site[order], lot_at[order], status[order], units[order]
    again = (site[1:] == site[:-1]) & (lot_at[1:] == lot_at[:-1]) & (status[1:] == status[:-1])
    first = np.flatnonzero(np.concatenate([np.ones(min(len(site), 1), dtype=bool), ~again]))
    return site[first], lot_at[first], status[first], np.add.reduceat(units, first)


def _with_none(
    connection: sa.Connection, case: Case, lots: _Lots, accounts: _Accounts, cut: Cut
) -> tuple[Indices, Indices]:
    """Return the needed sites and items of which something was there or counted once and nothing is left."""
    size = len(case.items)
    held = accounts.site.astype(np.int64) * size + lots.item[accounts.lot]
    lacking = np.setdiff1d(case.needs.site.astype(np.int64) * size + case.needs.item, held)
    once = [_once_at(connection, case, np.unique(lacking // max(size, 1)), cut), _counted_whole(connection, case, cut)]
    site, item_at = (np.concatenate(column) for column in zip(*once, strict=True))
    none = np.intersect1d(site.astype(np.int64) * size + item_at, lacking)
    return (none // max(size, 1)).astype(np.int32), (none % max(size, 1)).astype(np.int32)


def _once_at(connection: sa.Connection, case: Case, sites: Units, cut: Cut) -> tuple[Indices, Indices]:
    """Return sites, of some, and items of which there is an account under a cut, whatever it holds."""
    codes = case.sites.code[sites].tolist()
    query = sa.select(location.c.code, item.c.code).select_from(balance).distinct()
    query = query.join(location, location.c.id == balance.c.location)
    query = query.join(lot, lot.c.id == balance.c.lot).join(item, item.c.id == lot.c.item)
    if is_anything_beyond(connection, cut):
        query = query.where(was_there(cut))
    found: list[tuple[str, str]] = []
    for start in range(0, len(codes), _AT_ONCE):
        some = sa.select(location.c.id).where(location.c.code.in_(codes[start : start + _AT_ONCE]))
        found += [(site, code) for site, code in connection.execute(query.where(balance.c.location.in_(some)))]
    return _positions(case, found)


def _positions(case: Case, pairs: list[tuple[str, str]]) -> tuple[Indices, Indices]:
    """Return pairs of a site's and an item's code as positions, those that the case has."""
    site = np.array([case.site_index.get(code, -1) for code, _ in pairs], dtype=np.int32)
    item_at = np.array([case.item_index.get(code, -1) for _, code in pairs], dtype=np.int32)
    known = np.flatnonzero((site >= 0) & (item_at >= 0))
    return site[known], item_at[known]


def _counted_whole(connection: sa.Connection, case: Case, cut: Cut) -> tuple[Indices, Indices]:
    """Return sites and items that were counted as a whole: that leaves no account where no lot was there."""
    found = connection.execute(counted_whole(cut))
    return _positions(case, [(row.site, row.item) for row in found])


@dataclass(frozen=True)
class _Coming:
    """What comes to sites: the site's code, "" where nobody said; the position of the lot; units; the ISO day."""

    to: list[str]
    lot: Indices
    units: Units
    arrives: list[str]


def _in_transit(connection: sa.Connection, case: Case, lots: _Lots, cut: Cut, zone: ZoneInfo) -> InTransit:
    """Return what is under way to sites, or kept for them by approved plans, and can be used when it arrives."""
    parts = (_under_way(connection, lots, cut, zone), _kept_for_sites(connection, lots, cut))
    to = [code for part in parts for code in part.to]
    site = np.array([case.site_index.get(code, -1) for code in to], dtype=np.int32)
    lot_at = np.concatenate([part.lot for part in parts])
    units = np.concatenate([part.units for part in parts])
    arrives = days(tuple(day for part in parts for day in part.arrives))
    good = (site >= 0) & (lots.item[lot_at] >= 0) & ~lots.recalled[lot_at] & ~lots.expired[lot_at]
    rows = np.flatnonzero(good)
    return InTransit(site=site[rows], item=lots.item[lot_at[rows]], units=units[rows], arrives=arrives[rows])


def _under_way(connection: sa.Connection, lots: _Lots, cut: Cut, zone: ZoneInfo) -> _Coming:
    place, lot_id, units = held_columns(connection, ("IN_TRANSIT",), cut)
    sent = shipments(connection, sorted(set(place)), zone)
    bound = [sent.get(each) for each in place]
    return _Coming(
        [each.to if each else "" for each in bound],
        lots.at.of(lot_id),
        wholes(units),
        [each.arrives if each else "" for each in bound],
    )


def _kept_for_sites(connection: sa.Connection, lots: _Lots, cut: Cut) -> _Coming:
    rows = zip(*held_columns(connection, ("RESERVED",), cut), strict=True)
    kept = promised(connection, {(place, lot_id): units for place, lot_id, units in rows}, cut)
    return _Coming(
        [each.site for each in kept],
        lots.at.of(tuple(each.lot for each in kept)),
        wholes(tuple(each.units for each in kept)),
        [each.arrives for each in kept],
    )
