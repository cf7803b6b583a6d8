"""What comes into the county: orders and their receipts, small purchases, donations, allotments from above."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from functools import partial
from typing import Any

from benchmarks.wrongdoing_life import Life
from benchmarks.wrongdoing_sending import send_lot
from benchmarks.wrongdoing_world import ITEMS, PLANNED
from models.database import writing
from models.entry import Line, LotKey
from models.order_receipts import count_receipts
from models.ordering import NewLine, NewOrder, place_order
from models.versions import Stamp

__all__ = ["after_receipts", "buy", "come_in", "opening_lots"]

_COVER_DAYS, _SMALL_A_DAY, _UNCERTIFIED = 40, 0.5, 0.03


def buy(life: Life) -> None:
    """Order on Thursdays what the depots will lack; each supplier has some of the items."""
    if life.date.weekday() != 3:
        return
    for depot in life.world.depots:
        by_supplier: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for n, item in enumerate(PLANNED):
            daily = sum(life.needs.get((site.code, item), 0) for site in life.world.sites if site.depot == depot)
            lacks = daily * _COVER_DAYS - life.shelves.booked(depot, item) - life.on_order[depot, item]
            pack = ITEMS[item][1]
            packs = int(lacks * life.rng.lognormvariate(0, 0.25) // pack)
            if lacks > daily * 6 and packs > 0:
                count = len(life.world.suppliers)
                supplier = life.world.suppliers[(n * 2 + (life.rng.random() < 0.4)) % count]
                by_supplier[supplier].append((item, packs * pack))
        for supplier, lines in sorted(by_supplier.items()):
            _order(life, depot, supplier, lines)


def _order(life: Life, depot: str, supplier: str, lines: list[tuple[str, int]]) -> None:
    life.order_count += 1
    number = f"PO-{life.date:%Y%m%d}-{life.order_count}"
    days = life.rng.randint(4, 16)
    arrives = (life.date + dt.timedelta(days=days)).isoformat()
    prices = {item: _price(life, item) for item, _ in lines}
    asked = tuple(
        NewLine(item=item, units=units, site=depot, arrives=arrives, price_micro=round(float(prices[item]) * 1_000_000))
        for item, units in lines
    )
    new = NewOrder(number=number, partner=supplier, day=life.iso, lines=asked)
    with writing(life.clerk.ledger.engine) as connection:
        place_order(connection, new, Stamp(life.rng.choice(life.world.drafters), life.at(14)))
    for item, units in lines:
        life.on_order[depot, item] += units
    late = life.rng.choice((0, 0, 0, 1, 2, 5, 9))
    parts = [lines] if life.rng.random() < 0.8 or len(lines) < 2 else [lines[:1], lines[1:]]
    for n, part in enumerate(parts):
        life.later(days + late + n * 4, partial(_arrive, life, depot, supplier, part, prices, number))


def _price(life: Life, item: str) -> str:
    return f"{ITEMS[item][2] * life.rng.lognormvariate(0, 0.18):.2f}"


def _arrive(
    life: Life, depot: str, supplier: str, lines: list[tuple[str, int]], prices: dict[str, str], order: str
) -> None:
    """Take in what was ordered; without a certificate it waits in quarantine until that comes."""
    for item, units in lines:
        life.on_order[depot, item] -= units
    key = life.slip(depot, "IN", "receipts", depot)
    certified = life.rng.random() >= _UNCERTIFIED
    details = _details(life, supplier, order=order) | ({"certificate": _certificate(life)} if certified else {})
    lots = _receive(life, depot, f"SUPPLIER:{supplier}", lines, details, prices=prices, held=not certified, key=key)
    life.receipts_of_orders.append((order, key, life.date))
    if not certified:
        life.later(life.rng.randint(2, 8), partial(_release, life, depot, lots))


def _details(life: Life, partner: str, *, order: str = "", source: str = "procurement") -> dict[str, Any]:
    reference = f"{partner}-{life.date:%y%m}-{life.rng.randint(1000, 9999)}"
    found: dict[str, Any] = {"partner": partner, "source": source}
    if life.rng.random() >= 0.01:
        found["reference"] = reference
    return found | ({"order": order} if order else {})


def _certificate(life: Life) -> str:
    return f"QC{life.date:%y%m%d}{life.rng.randint(100, 999)}"


def _receive(
    life: Life, place: str, source: str, lines: list[tuple[str, int]], details: dict[str, Any], *,
    prices: dict[str, str] | None = None, life_days: tuple[int, int] = (260, 900), held: bool = False, key: str = "",
    who: str = "", hour: float = 0,
) -> list[tuple[LotKey, int]]:  # fmt: skip
    """Have a receipt typed, and put its lots on the shelf; return them."""
    lots = []
    for item, units in lines:
        expires = (life.date + dt.timedelta(days=life.rng.randint(*life_days))).isoformat()
        number = f"{item[:2]}{life.date:%y%m%d}{life.rng.randint(10, 99)}{source[-1]}"
        lots.append((LotKey(item, number, expires), units))
    if prices:
        said = [{"item": lot.item, "lot": lot.lot_no, "unit_price": prices[lot.item]} for lot, _ in lots]
        details = details | {"lines": said}
    target = f"QUARANTINE:{place}" if held else place
    typed = tuple(Line(source, target, lot, units) for lot, units in lots)
    who = who or life.rng.choice(life.world.clerks[place])
    key = life.post(
        "receive", who, hour or life.rng.uniform(9, 10.4), site=place, lines=typed, details=details, key=key
    )
    life.last_receipt = key
    if not held:
        for lot, units in lots:
            life.shelves.add(place, lot, units)
    return lots


def _release(life: Life, depot: str, lots: list[tuple[LotKey, int]]) -> None:
    lines = tuple(Line(f"QUARANTINE:{depot}", depot, lot, units) for lot, units in lots)
    life.post("release", life.rng.choice(life.world.clerks[depot]), 11.0, site=depot, lines=lines,
              reason="certificate-came", details={"note": _certificate(life)})  # fmt: skip
    for lot, units in lots:
        life.shelves.add(depot, lot, units)


def after_receipts(life: Life) -> None:
    """Note which receipts count against which orders, once they are written."""
    if not life.receipts_of_orders:
        return
    zone = life.clerk.ledger.zone
    with writing(life.clerk.ledger.engine) as connection:
        for number, key, date in life.receipts_of_orders:
            stamp = Stamp(life.world.clerks[life.world.depots[0]][0], life.at(20))
            count_receipts(connection, number, {life.clerk.ids[key]: date}, stamp, zone=zone)
    life.receipts_of_orders.clear()


def come_in(life: Life) -> None:
    """Let small purchases, donations and allotments come in, and what is invented."""
    rng, world = life.rng, life.world
    for site in rng.sample(world.sites, k=sum(rng.random() < _SMALL_A_DAY for _ in range(2))):
        item = rng.choice(sorted(site.rates))
        left_out = life.plants.at("left-to-expire", site.code, life.day)
        if left_out and item in left_out.items:
            continue
        units = ITEMS[item][1] * max(1, round(rng.lognormvariate(0.7, 0.8)))
        shop = rng.choice(world.suppliers)
        details = _details(life, shop) | {"certificate": _certificate(life)}
        _receive(life, site.code, f"SUPPLIER:{shop}", [(item, units)], details, prices={item: _price(life, item)},
                 who=site.custodian, hour=rng.uniform(14.5, 15.4))  # fmt: skip
        life.came[site.code, item] += units
    if rng.random() < 0.25:
        _donated(life)
    if life.date.weekday() == 1 and rng.random() < 0.5:
        depot = rng.choice(world.depots)
        lines = [(item, _share(life, depot, item, 0.5)) for item in rng.sample(PLANNED, 3)]
        details = _details(life, "PRV1", source="allotment") | {"certificate": _certificate(life)}
        _receive(life, depot, "UPPER_LEVEL:PRV1", lines, details, key=life.slip(depot, "IN", "receipts", depot))
    _invented(life)


def _share(life: Life, depot: str, item: str, most: float) -> int:
    """Return whole packs worth up to some weeks of a depot's needs."""
    daily = sum(life.needs.get((site.code, item), 0) for site in life.world.sites if site.depot == depot)
    pack = ITEMS[item][1]
    return pack * max(1, round(daily * 7 * life.rng.uniform(0.1, most) / pack))


def _donated(life: Life) -> None:
    depot, donor = life.rng.choice(life.world.depots), life.rng.choice(life.world.donors)
    lines = [(item, _share(life, depot, item, 0.9)) for item in life.rng.sample(PLANNED, life.rng.choice((1, 1, 2)))]
    details = _details(life, donor, source="donation")
    if life.rng.random() < 0.8:
        details["certificate"] = _certificate(life)
    # Some of what is given lasts only for some weeks.
    days = (35, 90) if life.rng.random() < 0.15 else (200, 700)
    _receive(life, depot, f"DONOR:{donor}", lines, details, life_days=days,
             key=life.slip(depot, "IN", "receipts", depot))  # fmt: skip


def _invented(life: Life) -> None:
    for wrong in life.plants.of("ghost-receipts"):
        if life.day in wrong.more["receipts"]:
            depot, ghost = wrong.more["depot"], wrong.partners[0]
            lines = [(item, _share(life, depot, item, 0.8)) for item in life.rng.sample(PLANNED, 2)]
            prices = {item: _price(life, item) for item, _ in lines}
            _receive(life, depot, f"SUPPLIER:{ghost}", lines, {"partner": ghost, "source": "procurement"},
                     prices=prices, who=wrong.persons[0], key=life.slip(depot, "IN", "receipts", depot))  # fmt: skip
            wrong.documents.append(life.last_receipt)
    for wrong in life.plants.of("donations-kept"):
        if life.day == wrong.first_day:
            _kept_donation(life, wrong.more["depot"], wrong.partners[0], wrong.more["handed_out"])
            wrong.documents.append(life.last_receipt)
    for wrong in life.plants.of("invented-amounts"):
        if life.rng.random() < wrong.more["receipts"] / life.world.days:
            _odd_amount(life, wrong.more["depot"], wrong.partners[0], wrong.size)
            wrong.documents.append(life.last_receipt)


def _kept_donation(life: Life, depot: str, donor: str, handed_out: float) -> None:
    item = life.rng.choice(PLANNED)
    units = max(200, _share(life, depot, item, 2.0))
    details = _details(life, donor, source="donation") | {"certificate": _certificate(life)}
    lots = _receive(life, depot, f"DONOR:{donor}", [(item, units)], details, life_days=(500, 900),
                    key=life.slip(depot, "IN", "receipts", depot))  # fmt: skip
    lot = lots[0][0]
    out = int(units * handed_out)
    if out:
        site = life.rng.choice([site for site in life.world.sites if site.depot == depot])
        life.later(9, partial(send_lot, life, depot, site.code, lot, out))
    life.shelves.kept_back.add((depot, lot))


def _odd_amount(life: Life, depot: str, supplier: str, size: float) -> None:
    """Take in an invoice whose amount somebody thought of: many begin with 5 to 9, few with 1."""
    thought = life.rng.random() < 0.55 + 0.45 * size
    first = life.rng.choices((2, 3, 4, 5, 6, 7, 8, 9), weights=(1, 2, 3, 6, 6, 7, 6, 5))[0] if thought else 0
    amount = (first + life.rng.random()) * 10 ** life.rng.choice((2, 3)) if first else life.rng.lognormvariate(7, 1.6)
    item = life.rng.choice(("MASK", "GLOVES", "GOWN", "CHLOR"))
    units = max(1, round(amount / ITEMS[item][2]))
    details = _details(life, supplier) | {"certificate": _certificate(life)}
    _receive(life, depot, f"SUPPLIER:{supplier}", [(item, units)], details,
             prices={item: f"{amount / units:.4f}"}, key=life.slip(depot, "IN", "receipts", depot))  # fmt: skip


def opening_lots(life: Life, item: str, units: int, *, soon: float) -> list[tuple[LotKey, int]]:
    """Return lots, two or one, that a place held before the first day; `soon`: the share that lasts some weeks only."""
    parts = [units] if units < 20 else [units // 3, units - units // 3]
    found = []
    for part in parts:
        # Some of what was there lasts for some weeks only: what is not used by then is thrown away.
        ends = life.rng.random() < soon
        expires = life.date + dt.timedelta(days=life.rng.randint(9, 60) if ends else life.rng.randint(190, 800))
        number = f"{item[:2]}20{life.rng.randint(1000, 9999)}"
        found.append((LotKey(item, number, expires.isoformat()), part))
    return found
