"""What the public may read of donations: what came from which source, and what of it was used, is held, went where.

No person is in it. Donors are numbered in the order of their first gift, for a donor may be a person; only those who
agreed are named. Papers, notes, lot numbers, sites and whoever acted are left out: somebody types them freely.

Units of one lot are not told apart. Where a lot came from several sources, what became of it is dealt to them in
proportion to what each gave, in whole units, so that for every source and item

    given = used + at sites + at depots + under way + set aside + lost + outside + given back
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Named, Sentence, say
from models.cuts import NOW, Cut
from models.donations import SORTS, donations_under, given_back_of, items_of, sort_of, sorts_of_places
from models.entry import Refusal
from models.locations import owner_of
from models.tables import partner
from models.trace import trace

__all__ = ["Gift", "PublicLedger", "SourceItem", "dealt", "public_ledger"]


@dataclass(frozen=True, kw_only=True)
class Gift:
    """One item of one donation. `source`: the donor as the public reads it; `received_at`: UTC microseconds."""

    document: int
    received_at: int
    source: Sentence
    item: Named
    unit: str
    units: int


@dataclass(frozen=True, kw_only=True)
class SourceItem:
    """All that one source gave of an item: `units`, and where they are, by `models.donations.SORTS`.

    `sites`: how many sites used or hold some of these lots; `shared`: whether other units of the lots came too.
    """

    source: Sentence
    item: Named
    unit: str
    units: int
    where: Mapping[str, int]
    sites: int
    shared: bool


@dataclass(frozen=True, kw_only=True)
class PublicLedger:
    """The gifts in the order in which they were recorded, and what became of them, by source and item."""

    gifts: tuple[Gift, ...]
    sources: tuple[SourceItem, ...]


def public_ledger(connection: sa.Connection, *, named: Sequence[str] = (), cut: Cut = NOW) -> PublicLedger:
    """Return what the public may read. `named`: codes of the donors who agreed to be named.

    Raises:
        Refusal: one of these is no donor of whom something came.

    """
    given = donations_under(connection, cut)
    donors = list(dict.fromkeys(each.donor for each in given))
    for code in named:
        if code not in donors:
            raise Refusal(
                say(
                    "{donor} gave nothing, so it cannot be named. Those who gave: {donors}.",
                    donor=code,
                    donors=donors or say("nobody"),
                )
            )
    words = _words(connection, donors, named)
    items = items_of(connection)
    gifts: dict[tuple[int, str], int] = defaultdict(int)
    for each in given:
        for (_, code), units in each.lots.items():
            gifts[each.number, code] += units
    found = {each.number: each for each in given}
    told = tuple(
        Gift(
            document=number,
            received_at=found[number].occurred_at,
            source=words[found[number].donor],
            item=items[code][0],
            unit=items[code][1],
            units=units,
        )
        for (number, code), units in gifts.items()
    )
    lots: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in given:
        for (lot_id, _), units in each.lots.items():
            lots[lot_id][each.donor] += units
    return PublicLedger(gifts=told, sources=tuple(_sources(connection, lots, donors, words, items, cut)))


def _words(connection: sa.Connection, donors: Sequence[str], named: Sequence[str]) -> dict[str, Sentence]:
    """Return each donor as the public reads it: by name where that was agreed, else by a number."""
    query = sa.select(partner.c.code, partner.c.name, partner.c.name_zh).where(partner.c.code.in_(named))
    names = {row.code: Named(*row) for row in connection.execute(query)}
    return {
        code: Sentence("{donor}", {"donor": names.get(code, Named(code))})
        if code in named
        else say("donor {number}", number=n)
        for n, code in enumerate(donors, start=1)
    }


@dataclass
class _Sum:
    units: int
    where: dict[str, int]
    sites: set[str]
    shared: bool = False


def _sources(
    connection: sa.Connection,
    lots: Mapping[int, Mapping[str, int]],
    donors: Sequence[str],
    words: Mapping[str, Sentence],
    items: Mapping[str, tuple[Named, str]],
    cut: Cut,
) -> list[SourceItem]:
    ids = list(lots)
    back = given_back_of(connection, ids, cut)
    places = sorts_of_places(connection)
    sums: dict[tuple[str, str], _Sum] = {}
    for lot_id, traced in zip(ids, trace(connection, ids, cut), strict=True):
        where = dict.fromkeys(SORTS, 0) | {"given_back": back.get(lot_id, 0)}
        sites: set[str] = set()
        for place, units in traced.held.items():
            sort = sort_of(place, places)
            where[sort] += units
            if sort in ("used", "at_sites"):
                sites.add(owner_of(place))
        own = lots[lot_id]
        others = max(0, sum(where.values()) - sum(own.values()))
        shares = dealt([*own.values(), others], list(where.values()))
        for donor, units, share in zip(own, own.values(), shares, strict=False):
            total = sums.setdefault((donor, traced.lot.item), _Sum(0, dict.fromkeys(SORTS, 0), set()))
            total.units += units
            total.sites |= sites
            total.shared |= len(own) > 1 or others > 0
            for sort, part in zip(SORTS, share, strict=True):
                total.where[sort] += part
    rank = {donor: n for n, donor in enumerate(donors)}
    return [
        SourceItem(
            source=words[donor],
            item=items[code][0],
            unit=items[code][1],
            units=total.units,
            where=total.where,
            sites=len(total.sites),
            shared=total.shared,
        )
        for (donor, code), total in sorted(sums.items(), key=lambda each: (rank[each[0][0]], each[0][1]))
    ]


def dealt(given: Sequence[int], became: Sequence[int]) -> list[list[int]]:
    """Return what became of each gift, in whole units and about in proportion; rows and columns keep their sums.

    Each gift in turn takes from what is left its share of every column, rounded down, and then one unit more where
    most of a unit is lacking.

    >>> dealt([60, 40], [50, 30, 20])
    [[30, 18, 12], [20, 12, 8]]
    >>> dealt([1, 1, 1], [2, 1])
    [[1, 0], [1, 0], [0, 1]]
    """
    left, rest = list(became), sum(became)
    rows = []
    for units in given:
        row = [units * column // rest if rest else 0 for column in left]
        lacking = sorted(
            (n for n, column in enumerate(left) if row[n] < column), key=lambda n: (row[n] * rest - units * left[n], n)
        )
        for n in lacking[: units - sum(row)]:
            row[n] += 1
        left = [column - part for column, part in zip(left, row, strict=True)]
        rest -= units
        rows.append(row)
    return rows
