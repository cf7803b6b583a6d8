"""A ledger that has grown for a year: 10 depots, sites that receive, use and receive again, in columns.

Every fortnight each site is sent four of ten items (one shipment, one receipt), and uses each lot up on
three days; what was sent last stays on hand. 5,000,000 lines are 10,000 sites, 1,255,000 documents, 5,000
lots, and 100,000 sites and items with stock. The same size gives the same ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from models.canonical import digest_of

__all__ = ["DEPOTS", "ITEMS", "TYPES", "Grown", "grown"]

DEPOTS, ITEMS, ROUNDS, LINES, VARIANTS = 10, 10, 25, 4, 50
PERIODS = ROUNDS * LINES // ITEMS
LOTS = ITEMS * PERIODS * VARIANTS
LINES_OF_A_SITE = ROUNDS * 5 * LINES
TYPES = ("opening", "transfer", "confirm", "issue")
_LEFT_UNITS = 12
_BEGINS = 1_546_300_800_000_000  # 2019-01-01 in UTC microseconds
_DAY = 86_400_000_000
_LATE = 3_600_000_000  # recorded an hour after it happened

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Grown:
    """The columns of `document`, `move` and `balance`; ids of locations follow `place_codes`."""

    sites: int
    type: Ints
    site: Ints  # of each document: its number among sites, -1 for an opening
    shipment: Ints  # of each document, -1 for none
    at: Ints
    document: Ints  # of each line, from 1
    line: Ints
    from_id: Ints
    to_id: Ints
    lot: Ints
    units: Ints

    @cached_property
    def line_at(self) -> Ints:
        """When each line happened."""
        return self.at[self.document - 1]

    @cached_property
    def after(self) -> tuple[Ints, Ints]:
        """Running balances of both ends after each line."""
        return self._running[0], self._running[1]

    @cached_property
    def balance(self) -> tuple[Ints, Ints, Ints, Ints]:
        """Location, lot, units and last time of each account, in the order of its key."""
        return self._running[2]

    @cached_property
    def _running(self) -> tuple[Ints, Ints, tuple[Ints, Ints, Ints, Ints]]:
        place = np.concatenate([self.from_id, self.to_id])
        account = place * (LOTS + 1) + np.tile(self.lot, 2)
        signed = np.concatenate([-self.units, self.units])
        row = np.tile(np.arange(len(self.lot)), 2)
        order = np.lexsort((row, account))
        account, summed = account[order], np.cumsum(signed[order])
        first = np.flatnonzero(np.concatenate([[True], account[1:] != account[:-1]]))
        last = np.append(first[1:], len(account)) - 1
        before = np.repeat(summed[first] - signed[order][first], last - first + 1)
        running = np.empty(len(account), dtype=np.int64)
        running[order] = summed - before
        half = len(self.lot)
        at = np.maximum.reduceat(np.tile(self.line_at, 2)[order], first)
        keys = account[first]
        return running[:half], running[half:], (keys // (LOTS + 1), keys % (LOTS + 1), (summed - before)[last], at)

    def place_codes(self) -> Iterator[tuple[int, str, str, int, int | None]]:
        """Return id, code, kind, sign and parent of every location."""
        yield 1, "OPENING", "OPENING", -1, None
        for n in range(DEPOTS):
            yield 2 + n, depot_code(n), "SITE", 1, None
        for n in range(self.sites):
            yield site_id(n), site_code(n), "SITE", 1, None
        for n in range(self.sites):
            yield used_id(self.sites, n), f"CONSUMED:{site_code(n)}", "CONSUMED", 1, site_id(n)
        for n in range(self.sites * ROUNDS):
            yield shipment_id(self.sites, n), f"IN_TRANSIT:T{n}", "IN_TRANSIT", 1, site_id(n // ROUNDS)

    def lots(self) -> Iterator[tuple[int, int, str, str]]:
        """Return id, item, number and expiry of every lot."""
        return ((n, lot_item(n) + 1, f"L{n}", f"2021-{1 + n % 12:02d}-28") for n in range(1, LOTS + 1))

    def bodies(self, first: int, last: int) -> Iterator[tuple[str, bytes]]:
        """Return the canonical body and its digest of documents from `first` up to, not including, `last`."""
        start, end = np.searchsorted(self.document, [first, last])
        lines = list(self._line_texts(slice(int(start), int(end))))
        counts = np.bincount(self.document[start:end] - first, minlength=last - first)
        ends = np.cumsum(counts).tolist()
        begins = [0, *ends[:-1]]
        heads = zip(*(column[first - 1 : last - 1].tolist() for column in self._heads), strict=True)
        for number, (type_, site, shipment, at), begin, stop in zip(
            range(first, last), heads, begins, ends, strict=True
        ):
            body = _body(number, TYPES[type_], site, shipment, at, lines[begin:stop])
            yield body, digest_of(body)

    @property
    def _heads(self) -> tuple[Ints, Ints, Ints, Ints]:
        return self.type, self.site, self.shipment, self.at

    def _line_texts(self, rows: slice) -> Iterator[str]:
        code = self._codes
        columns = (self.line_at, self.from_id, self.to_id, self.lot, self.units)
        for at, source, target, lot, units in zip(*(column[rows].tolist() for column in columns), strict=True):
            yield (
                f'{{"at":{at},"earmark":"","expires":"2021-{1 + lot % 12:02d}-28","from":"{code[source]}","fund":"",'
                f'"item":"I{lot_item(lot):02d}","lot":"L{lot}","to":"{code[target]}","units":{units}}}'
            )

    @cached_property
    def _codes(self) -> dict[int, str]:
        return {id_: code for id_, code, *_ in self.place_codes()}


def _body(number: int, type_: str, site: int, shipment: int, at: int, lines: list[str]) -> str:
    """Return what `models.entry.Entry.body` gives, some fifty times as fast; the benchmark compares the two."""
    sent = f'"T{shipment}"' if shipment >= 0 else "null"
    details = f'{{"arrives":"2019-12-31","to":"{site_code(site)}"}}' if type_ == "transfer" else "{}"
    where = f'"{site_code(site)}"' if site >= 0 else "null"
    return (
        f'{{"actor":"A","allocation":null,"approver":null,"counted":[],"details":{details},"exception":false,'
        f'"key":"k{number:08d}","lines":[{",".join(lines)}],"marks":[],"occurred_at":{at},"reason":"",'
        f'"refers_to":null,"reverses":null,"shipment":{sent},"site":{where},"type":"{type_}"}}'
    )


def depot_code(number: int) -> str:
    """Return the code of a depot."""
    return f"D{number:02d}"


def site_code(number: int) -> str:
    """Return the code of a site."""
    return f"P{number:06d}"


def site_id(number: int) -> int:
    """Return the id of a site."""
    return 2 + DEPOTS + number


def used_id(sites: int, number: int) -> int:
    """Return the id of what a site used."""
    return 2 + DEPOTS + sites + number


def shipment_id(sites: int, number: int) -> int:
    """Return the id of a shipment."""
    return 2 + DEPOTS + 2 * sites + number


def lot_item(lot: int) -> int:
    """Return the item of a lot, from 0."""
    return (lot - 1) // (PERIODS * VARIANTS)


def grown(lines: int) -> Grown:
    """Return a ledger of about so many lines: whole sites of 500 lines each, and one line for each lot."""
    sites = max(VARIANTS, lines // LINES_OF_A_SITE)
    rng = np.random.default_rng(7)
    site, round_ = (part.ravel() for part in np.meshgrid(np.arange(sites), np.arange(ROUNDS), indexing="ij"))
    slot = round_[:, None] * LINES + np.arange(LINES)
    lot = 1 + (slot % ITEMS * PERIODS + slot // ITEMS) * VARIANTS + site[:, None] % VARIANTS
    used = rng.integers(1, 10, size=slot.shape)
    sent = 3 * used + np.where(slot >= (PERIODS - 1) * ITEMS, _LEFT_UNITS, 0)
    opened = np.bincount(lot.ravel(), weights=sent.ravel(), minlength=LOTS + 1).astype(np.int64)
    shipment = site * ROUNDS + round_
    begins = _BEGINS + round_ * 14 * _DAY + site * 1_000_000
    depot, transit = 2 + site % DEPOTS, shipment_id(sites, 0) + shipment
    here, gone = site_id(0) + site, used_id(sites, 0) + site
    parts = [
        _Part(1, site, shipment, begins, depot, transit, lot, sent),
        _Part(2, site, shipment, begins + _DAY, transit, here, lot, sent),
        *(_Part(3, site, None, begins + days * _DAY, here, gone, lot, used) for days in (3, 6, 9)),
    ]
    lots = np.flatnonzero(opened)
    first = _Part(0, None, None, np.full(len(lots), _BEGINS - _DAY), np.ones(len(lots), dtype=np.int64),
                  2 + (lots - 1) % VARIANTS % DEPOTS, lots[:, None], opened[lots][:, None])  # fmt: skip
    return _sorted(sites, [first, *parts])


@dataclass(frozen=True)
class _Part:
    """Documents of one type; `lot` and `units` have one row for each document, one column for each line."""

    type: int
    site: Ints | None
    shipment: Ints | None
    at: Ints
    from_id: Ints
    to_id: Ints
    lot: Ints
    units: Ints


def _sorted(sites: int, parts: list[_Part]) -> Grown:
    """Return the documents in the order in which they happened, and their lines."""
    none = [np.full(len(part.at), -1) for part in parts]
    at = np.concatenate([part.at for part in parts])
    order = np.argsort(at, kind="stable")
    number = np.empty(len(at), dtype=np.int64)
    number[order] = np.arange(1, len(at) + 1)
    widths = [part.lot.shape[1] for part in parts]
    starts = np.cumsum([0, *(len(part.at) for part in parts)])
    document = np.concatenate(
        [np.repeat(number[a:b], width) for a, b, width in zip(starts, starts[1:], widths, strict=False)]
    )
    line = np.concatenate([np.tile(np.arange(width), len(part.at)) for part, width in zip(parts, widths, strict=True)])
    rows = np.lexsort((line, document))

    def ends(name: str) -> Ints:
        each = [np.repeat(getattr(p, name), width) for p, width in zip(parts, widths, strict=True)]
        return np.concatenate(each)[rows]

    def of_documents(name: str) -> Ints:
        columns = [n if getattr(p, name) is None else getattr(p, name) for p, n in zip(parts, none, strict=True)]
        return np.concatenate(columns)[order]

    return Grown(
        sites=sites,
        type=np.concatenate([np.full(len(part.at), part.type) for part in parts])[order],
        site=of_documents("site"),
        shipment=of_documents("shipment"),
        at=at[order],
        document=document[rows],
        line=line[rows],
        from_id=ends("from_id"),
        to_id=ends("to_id"),
        lot=np.concatenate([part.lot.ravel() for part in parts])[rows],
        units=np.concatenate([part.units.ravel() for part in parts])[rows],
    )
