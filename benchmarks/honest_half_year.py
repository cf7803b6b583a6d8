"""Half a year of a county in a ledger of its own, honest or with wrongs planted by a seed.

python -m benchmarks.honest_half_year /tmp/honest.db --seed 1
python -m benchmarks.honest_half_year /tmp/planted.db --seed 1 --planted /tmp/planted.json

Everything goes through the ledger as the program writes it: documents are posted, master data is saved with its
versions, plans are stored with their steps, and all of it is sealed. The same seed gives the same ledger.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from benchmarks.wrongdoing_clerk import Clerk
from benchmarks.wrongdoing_life import Life
from benchmarks.wrongdoing_papers import say_activity, say_fleets, say_month, say_needs
from benchmarks.wrongdoing_plans import plan_week
from benchmarks.wrongdoing_plants import plants_of
from benchmarks.wrongdoing_sending import countersign_due, move_some
from benchmarks.wrongdoing_sites import count_day, lose_some, throw_away, use_day
from benchmarks.wrongdoing_supply import after_receipts, buy, come_in, opening_lots
from benchmarks.wrongdoing_truth import Plants, write_truth
from benchmarks.wrongdoing_world import DURABLES, ITEMS, PLANNED, World, world_of
from models.catalogue import save_depots, save_items, save_lanes, save_needs, save_partners, save_sites
from models.catalogue_areas import save_areas
from models.database import reading, writing
from models.entry import Line, LotKey
from models.ledger import Ledger, create
from models.people import Person, add_person
from models.sealing import origin_of, seal
from models.signing_key import key_of
from models.versions import Stamp

__all__ = ["ZONE", "lived"]

ZONE = "Asia/Shanghai"


def lived(url: str, world: World, plants: Plants | None = None, *, key: Path | None = None) -> tuple[Ledger, Life]:
    """Make a ledger, live all days of a county in it, and seal it; `key`: the file of its signing key."""
    ledger = create(url, name="half a year", timezone=ZONE)
    life = Life(world=world, plants=plants or Plants(), clerk=Clerk(ledger))
    _found(life)
    _open(life)
    for day in range(world.days):
        _live(life, day)
    life.clerk.write_until(life.at(24 * 40))
    if key is not None:
        with reading(ledger.engine) as connection:
            signer = key_of(key, name=origin_of(connection))
        seal(ledger, key=signer, at=life.at(24 * 40))
    return ledger, life


def _live(life: Life, day: int) -> None:
    """Live one day; what is done in which order is the order in which it is typed."""
    life.begin(day)
    say_activity(life)
    say_fleets(life)
    count_day(life)
    buy(life)
    come_in(life)
    for task in life.tasks.pop(day, ()):
        task()
    move_some(life)
    lose_some(life)
    plan_week(life)
    throw_away(life)
    say_needs(life)
    use_day(life)
    say_month(life)
    life.clerk.write_until(life.at(24))
    after_receipts(life)
    countersign_due(life)


def _found(life: Life) -> None:
    """Save people, areas, places, things and partners on the day before the first."""
    world, stamp = life.world, Stamp("chief", life.clerk.at(life.world.date(-1), 9))
    with writing(life.clerk.ledger.engine) as connection:
        codes = list(world.areas)
        save_areas(connection, {"code": codes, "name": list(world.areas.values())}, stamp)
        for who, role in world.people().items():
            add_person(connection, Person(id=who, roles=((role, ""),)), stamp)
        units, packs, _ = zip(*ITEMS.values(), strict=True)
        use = ["durable" if code in DURABLES else "consumable" for code in ITEMS]
        save_items(connection, {"code": list(ITEMS), "unit": list(units), "pack_units": list(packs), "use": use}, stamp)
        depots, sites = world.depots, world.sites
        save_sites(connection, {
            "code": [*depots, *(site.code for site in sites)],
            "site_kind": ["warehouse"] * len(depots) + [site.kind for site in sites],
            "area": [codes[n * len(codes) // len(depots)] for n in range(len(depots))] + [site.area for site in sites],
            "lat_micro": [30_000_000] * len(depots) + [round(site.lat * 1e6) for site in sites],
            "lon_micro": [115_000_000] * len(depots) + [round(site.lon * 1e6) for site in sites],
        }, stamp)  # fmt: skip
        save_depots(connection, {"location": list(depots), "vehicles": [4] * len(depots)}, stamp)
        km = [round(abs(site.lat - 30) * 111e6) + 4_000_000 for site in sites]
        save_lanes(connection, {"depot": [site.depot for site in sites], "site": [site.code for site in sites],
                                "km_micro": km}, stamp)  # fmt: skip
        kinds = dict.fromkeys(world.suppliers, "supplier") | dict.fromkeys(world.donors, "donor")
        bought = [each for wrong in life.plants.all for each in wrong.partners if each not in kinds]
        kinds |= dict.fromkeys(bought, "supplier") | {"PRV1": "upper_level"}
        save_partners(connection, {"code": list(kinds), "kind": list(kinds.values())}, stamp)


def _open(life: Life) -> None:
    """Say what every place holds and needs before the first day."""
    world = life.world
    life.begin(-1)
    say_activity(life, first=True)
    for site in world.sites:
        for item, rate in site.rates.items():
            life.needs[site.code, item] = max(0.3, round(rate * site.driver_value * life.rng.uniform(0.85, 1.1), 1))
            row = {"site": site.code, "item": item, "reported_on": life.iso,
                   "daily_units_micro": round(life.needs[site.code, item] * 1_000_000)}  # fmt: skip
            life.clerk.save(save_needs, site.custodian, life.at(11 + int(site.code[1:]) / 300), row)
        held = {item: round(life.needs[site.code, item] * life.rng.uniform(12, 24)) for item in site.rates}
        _opening(life, site.code, held | {"THERMO": site.thermometers, "SPRAYER": 1 + site.thermometers // 8})
    for depot in world.depots:
        daily = dict.fromkeys(PLANNED, 0.0)
        for site in world.sites:
            for item in site.rates if site.depot == depot else ():
                daily[item] += life.needs[site.code, item]
        held = {item: max(40, round(daily[item] * life.rng.uniform(20, 32))) for item in PLANNED}
        _opening(life, depot, held | {"THERMO": 60, "SPRAYER": 10})
    say_fleets(life, first=True)
    life.clerk.write_until(life.at(24))


def _opening(life: Life, place: str, held: dict[str, int]) -> None:
    lines = []
    for item, units in held.items():
        for lot, part in opening_lots(life, item, units, soon=0 if place in life.world.depots else 0.06):
            lot = lot if item not in DURABLES else LotKey(item, lot.lot_no)  # noqa: PLW2901
            life.shelves.add(place, lot, part)
            lines.append(Line("OPENING", place, lot, part))
        life.opened[place, item] = units
    wrong = life.plants.at("left-to-expire", place)
    if wrong is not None and wrong.more["site"] == place:
        units = round(life.needs[place, wrong.items[0]] * wrong.more["cover"]) + 20
        lot = LotKey(wrong.items[0], f"X{place}", life.world.date(wrong.more["expires"]).isoformat())
        life.shelves.add(place, lot, units)
        life.shelves.kept_back.add((place, lot))
        lines.append(Line("OPENING", place, lot, units))
        life.opened[place, wrong.items[0]] += units
    life.post("opening", "chief", 12.0, site=place, lines=tuple(lines))


def main() -> None:
    """Live half a year and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.honest_half_year", description=__doc__.splitlines()[0])
    parser.add_argument("path", type=Path, help="the new ledger")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sites", type=int, default=300)
    parser.add_argument("--days", type=int, default=182)
    parser.add_argument("--planted", type=Path, help="plant wrongs, and write what they are here")
    asked = parser.parse_args()
    world = world_of(asked.seed, sites=asked.sites, days=asked.days)
    plants = plants_of(world) if asked.planted else Plants()
    began = time.process_time()
    ledger, life = lived(f"sqlite:///{asked.path}", world, plants, key=asked.path.with_suffix(".key"))
    if asked.planted:
        write_truth(asked.planted, plants, life.clerk.ids)
    print(f"{len(life.clerk.ids):,} documents, {len(plants.all)} wrongs, {time.process_time() - began:.0f} CPU seconds")
    ledger.engine.dispose()


if __name__ == "__main__":
    main()
