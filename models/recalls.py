"""A recall from its first minute to its end: who had how much, what became of it since, and what is still out.

    had + come since = returned + destroyed + lost + missing + released + open, for every holder
    came + returned = used before + what was gone before + what became of it since + open, for the whole lot

A holder has settled when nothing of the lot is left with it: neither in quarantine nor on its shelves, reserved or on
the way to it. The recall is closed when every holder has.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Named, say
from models.cuts import NOW, Cut, recalled_under
from models.entry import LotKey, Refusal
from models.locations import SIGNS, STORES, kind_of, owner_of
from models.reversal import was_reversed
from models.shipments import SENDS
from models.tables import balance, document, item, location, lot, lot_mark
from models.trace import Flow, LotTrace, flows_of, lots_numbered, trace
from models.trace_accounted import ends_of

__all__ = ["GONE", "Holder", "OpenRecall", "Recall", "open_recalls", "recall_of"]

GONE: Mapping[str, tuple[str, ...]] = {
    "returned": ("SUPPLIER", "DONOR", "UPPER_LEVEL"),
    "destroyed": ("DESTROYED", "DAMAGED"),
    "lost": ("LOST",),
    "missing": ("COUNT_SHORT", "COUNT_GAIN"),
    "used": ("CONSUMED",),
    "outside": ("OUTSIDE",),
}
"""What may become of recalled units, by the kinds of places they go to; missing less what is found on counting."""

_GONE_OF = {kind: what for what, kinds in GONE.items() for kind in kinds}


@dataclass(frozen=True, kw_only=True)
class Holder:
    """A site that has or had some of a recalled lot when it was recalled, or since.

    `had_units`: what it had then, come since included; `gone`: what became of that since, by `GONE`; then what is open:
    in quarantine, and elsewhere with it: on its shelves, reserved there, or on the way to it. `used_units`: what had
    been used there, all told; it is asked back. `last_at`: when the holder last gave an account, None where never.
    """

    site: Named
    had_units: int
    gone: Mapping[str, int]
    quarantined_units: int
    elsewhere_units: int
    used_units: int
    last_at: int | None

    @property
    def open_units(self) -> int:
        """Return what the holder still has to account for."""
        return self.quarantined_units + self.elsewhere_units


@dataclass(frozen=True, kw_only=True)
class Recall:
    """A recall of one lot number of an item. `documents`: those that recalled it; `ended_at`: None while it stands.

    `came_units`: of the lot, all told, with what went back since; `became`: what it became, by the sorts of
    `trace_accounted.SORTS` and "returned"; these sum up to what came.
    """

    item: Named
    unit: str
    lot: LotKey
    documents: tuple[int, ...]
    digest: str
    reason: str
    since_at: int
    ended_at: int | None
    came_units: int
    became: Mapping[str, int]
    holders: tuple[Holder, ...]

    @property
    def open_units(self) -> int:
        """Return what is not accounted for yet."""
        return sum(holder.open_units for holder in self.holders)

    @property
    def open_holders(self) -> int:
        """Return how many holders have not settled."""
        return sum(holder.open_units > 0 for holder in self.holders)


@dataclass(frozen=True, kw_only=True)
class OpenRecall:
    """A lot that is recalled and of which `held` units, by site, are still out. `document`: the last recall."""

    item: str
    lot_no: str
    document: int
    since_at: int
    held: Mapping[str, int]

    @property
    def units(self) -> int:
        """The units that are out."""
        return sum(self.held.values())

    @property
    def sites(self) -> int:
        """How many sites have some of them."""
        return len(self.held)


def open_recalls(connection: sa.Connection, *, until: int | None = None) -> list[OpenRecall]:
    """Return the recalls that happened `until` then (UTC microseconds), stand, and are not accounted for."""
    recalled = recalled_under(connection, Cut(at=until))
    if not recalled:
        return []
    query = (
        sa.select(item.c.code, lot.c.lot_no, lot.c.id, location.c.code.label("place"), balance.c.units)
        .join_from(balance, lot, lot.c.id == balance.c.lot)
        .join(item, item.c.id == lot.c.item)
        .join(location, location.c.id == balance.c.location)
        .where(balance.c.lot.in_(recalled), location.c.kind.in_(STORES), balance.c.units > 0)
    )
    units: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for code, lot_no, lot_id, place, held in connection.execute(query).all():
        units[code, lot_no][_holder_of(connection, place, lot_id)] += held
    found = []
    for (code, lot_no), by_site in units.items():
        rows = _marks(connection, lots_numbered(connection, lot_no, code), until)
        found.append(
            OpenRecall(
                item=code,
                lot_no=lot_no,
                document=rows[-1].document,
                since_at=rows[0].at,
                held=dict(by_site),
            )
        )
    return sorted(found, key=lambda each: (each.since_at, each.document, each.item))


def _holder_of(connection: sa.Connection, place: str, lot_id: int) -> str:
    if kind_of(place) in ("SITE", "QUARANTINE"):
        return owner_of(place)
    return _at_site(connection, place, trace(connection, [lot_id])[0])


def recall_of(connection: sa.Connection, lot_no: str, item_code: str | None = None, cut: Cut = NOW) -> Recall:
    """Return the recall of a lot number, the last one where there were several.

    Raises:
        Refusal: there is no such lot, several items have one of this number, or none of it was ever recalled.

    """
    lots = lots_numbered(connection, lot_no, item_code)
    traces = trace(connection, lots, cut)
    items = sorted({each.lot.item for each in traces})
    if not lots:
        raise Refusal(say("There is no lot {lot}. Check its number.", lot=lot_no or "-"))
    if len(items) > 1:
        raise Refusal(
            say("Several items have a lot {lot}: {items}. Say which one with --item.", lot=lot_no or "-", items=items)
        )
    marks = _marks(connection, lots, cut.at, cut.document)
    if not marks:
        raise Refusal(say("Lot {lot} of {item} was never recalled.", lot=lot_no or "-", item=items[0]))
    last = marks[-1]
    recalls = _standing(marks)
    first = recalls[0]
    row = connection.execute(sa.select(document).where(document.c.id == recalls[-1].document)).one()
    since = [flow for own in flows_of(connection, lots, cut, since=first.document).values() for flow in own]
    came_units, became = _whole(traces, since)
    named, unit = _item(connection, items[0])
    return Recall(
        item=named,
        unit=unit,
        lot=traces[0].lot,
        documents=tuple(dict.fromkeys(each.document for each in recalls)),
        digest=bytes(row.body_hash).hex(),
        reason=row.reason,
        since_at=first.at,
        ended_at=last.at if last.mark == "cleared" else None,
        came_units=came_units,
        became=became,
        holders=tuple(_holders(connection, traces, since)),
    )


@dataclass(frozen=True)
class _Mark:
    document: int
    at: int
    mark: str


def _marks(
    connection: sa.Connection, lots: Sequence[int], until: int | None = None, known: int | None = None
) -> list[_Mark]:
    """Return the marks of lots in the order in which they happened; those that a reversal undid are gone."""
    query = (
        sa.select(lot_mark.c.document, lot_mark.c.at, lot_mark.c.mark, document.c.reverses)
        .join(document, document.c.id == lot_mark.c.document)
        .where(lot_mark.c.lot.in_(lots))
        .where(~was_reversed(lot_mark.c.document, known=known), *Cut(until, known).within(lot_mark))
        .order_by(lot_mark.c.at, lot_mark.c.document)
        .distinct()
    )
    return [_Mark(*row[:3]) for row in connection.execute(query) if row.reverses is None]


def _standing(marks: Sequence[_Mark]) -> list[_Mark]:
    """Return the recalls of the last stretch: since it was last cleared, or up to that where it is cleared now."""
    own: list[_Mark] = []
    for each in marks:
        if each.mark == "recalled":
            own = [*own, each] if own and own[-1].mark == "recalled" else [each]
        elif own:
            own = [*own, each]
    return [each for each in own if each.mark == "recalled"]


def _item(connection: sa.Connection, code: str) -> tuple[Named, str]:
    columns = (item.c.code, item.c.name, item.c.name_zh, item.c.unit)
    row = connection.execute(sa.select(*columns).where(item.c.code == code)).one()
    return Named(row.code, row.name, row.name_zh), row.unit


def _whole(traces: Sequence[LotTrace], since: Iterable[Flow]) -> tuple[int, dict[str, int]]:
    """Return what came, with what went back since, and what it became."""
    returned = sum(units for (_, what), units in _gone(since).items() if what == "returned")
    became: dict[str, int] = defaultdict(int)
    for each in traces:
        for sort, units in ends_of(each).items():
            became[sort] += units
    if returned:
        became["returned"] = returned
    return sum(each.came_units for each in traces) + returned, dict(became)


def _gone(since: Iterable[Flow]) -> dict[tuple[str, str], int]:
    """Return what went out of the hands of each holder since, by what became of it, less what came back from there."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    for flow in since:
        start, end = kind_of(flow.from_place), kind_of(flow.to_place)
        if start in ("SITE", "QUARANTINE") and end in _GONE_OF:
            found[owner_of(flow.from_place), _GONE_OF[end]] += flow.units
        # What a reversal or a count brings back; what comes anew from outside is no return that was undone.
        elif end in ("SITE", "QUARANTINE") and start in _GONE_OF and (SIGNS[start] > 0 or start == "COUNT_GAIN"):
            found[owner_of(flow.to_place), _GONE_OF[start]] -= flow.units
    return found


def _holders(connection: sa.Connection, traces: Sequence[LotTrace], since: Sequence[Flow]) -> list[Holder]:
    gone = _gone(since)
    quarantined: dict[str, int] = defaultdict(int)
    elsewhere: dict[str, int] = defaultdict(int)
    used: dict[str, int] = defaultdict(int)
    for each in traces:
        for place, units in each.held.items():
            kind, owner = kind_of(place), owner_of(place)
            if kind == "QUARANTINE":
                quarantined[owner] += units
            elif kind == "CONSUMED":
                used[owner] += units
            elif kind in STORES:
                elsewhere[_at_site(connection, place, each)] += units
    last: dict[str, int] = {}
    for flow in since:
        if kind_of(flow.from_place) in ("QUARANTINE", "SITE") and kind_of(flow.to_place) in _GONE_OF:
            owner = owner_of(flow.from_place)
            last[owner] = max(last.get(owner, 0), flow.last_at)
    codes = {*quarantined, *elsewhere, *(site for site, _ in gone)}
    names = _names(connection, codes | set(used))
    found = [
        Holder(
            site=names[code],
            had_units=quarantined[code] + elsewhere[code] + sum(u for (site, _), u in gone.items() if site == code),
            gone={what: gone[code, what] for what in GONE if gone.get((code, what))},
            quarantined_units=quarantined[code],
            elsewhere_units=elsewhere[code],
            used_units=used[code] - gone.get((code, "used"), 0),
            last_at=last.get(code),
        )
        for code in sorted(codes | {site for site, units in used.items() if units})
    ]
    return sorted(found, key=lambda each: (-each.open_units, -each.had_units, each.site.code))


def _at_site(connection: sa.Connection, place: str, traced: LotTrace) -> str:
    """Return the site with which stock is that is reserved or under way: where it lies, or where it goes."""
    if kind_of(place) == "SITE":
        return place
    if kind_of(place) == "RESERVED":
        return next((flow.from_place for flow in traced.flows if flow.to_place == place), place)
    query = sa.select(document.c.body).where(document.c.shipment == owner_of(place), document.c.type.in_(SENDS))
    body = json.loads(connection.execute(query.order_by(document.c.id)).scalar() or "{}")
    return str(body.get("details", {}).get("to") or body.get("site") or place)


def _names(connection: sa.Connection, codes: Iterable[str]) -> dict[str, Named]:
    codes = list(codes)
    columns = (location.c.code, location.c.name, location.c.name_zh)
    found: dict[str, Named] = {code: Named(code) for code in codes}
    for start in range(0, len(codes), 500):
        rows = connection.execute(sa.select(*columns).where(location.c.code.in_(codes[start : start + 500])))
        found |= {row.code: Named(*row, with_code=True) for row in rows}
    return found
