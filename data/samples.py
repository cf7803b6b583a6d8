"""Invented samples: a county, a province, a nation, and awkward cases, at any size, from a seed.

>>> case = make_sample("ties", sites=5, items=2, depots=2, lanes=2)
>>> len(case.sites), len(case.needs)
(7, 10)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from allocator.case import Case, Lanes
from allocator.sentence import Sentence, say
from data.sample_awkward import AWKWARD, Sketch
from data.sample_county import county, cut_roads
from data.sample_network import Land, network

__all__ = ["MOST", "PLANNED", "SAMPLES", "SampleRefused", "make_sample"]

# A limit on everything: what the area codes and the memory of one machine hold.
MOST = {"sites": 3_000_000, "items": 200, "depots": 2_000, "lanes": 50}


class SampleRefused(Exception):
    """The sample that was asked for does not exist or is too large."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True)
class _Family:
    land: Land
    about: Sentence
    change: Callable[[Sketch], Case] | None = None


_COUNTY = Land(sites=500, items=12, depots=4, lanes=2, codes_by_role=True)
_PROVINCE = Land(sites=5_000, items=12, depots=20, lanes=3, counties=10, width_km=300, km_per_hour=50)
_NATION = Land(
    sites=50_000,
    items=12,
    depots=120,
    lanes=3,
    counties=120,
    width_km=1_400,
    km_per_hour=70,
    least_units=2.5,
    counted=0.3,
    moving=0.005,
)
_SMALL = Land(sites=60, items=4, depots=4, lanes=2, least_units=2.5, kg_limited=0.25)


def _snow(sketch: Sketch) -> Case:
    return replace(sketch.case, lanes=cut_roads(sketch.case.lanes, sketch.rng, share=0.01))


def _levels(sketch: Sketch) -> Case:
    """Let the first depot supply a few, these the others, and the others the places, each one place and its nearest."""
    case, lanes = sketch.case, sketch.case.lanes
    depots = np.unique(lanes.depot)
    middle = max(1, round(len(depots) ** 0.5))
    top, upper, lower = depots[0], depots[1 : 1 + middle], depots[1 + middle :]
    if not len(lower):
        return case
    own = np.flatnonzero(np.isin(lanes.depot, lower))
    nearest = own[np.lexsort((lanes.km[own], lanes.site[own]))]
    first = np.unique(lanes.site[nearest], return_index=True)[1]
    kept = lanes.take(np.sort(nearest[first]))
    above = [*((top, depot) for depot in upper), *((upper[n % len(upper)], depot) for n, depot in enumerate(lower))]
    depot, site = np.array(above, dtype=np.int32).T
    more = Lanes(
        depot=depot,
        site=site,
        open=np.ones(len(depot), dtype=bool),
        km=np.full(len(depot), 60.0),
        hours=np.full(len(depot), 1.5),
        max_kg=np.full(len(depot), np.nan),
    )
    both = {f.name: np.concatenate([getattr(kept, f.name), getattr(more, f.name)]) for f in fields(Lanes)}
    return replace(case, lanes=Lanes(**both))


_FAMILIES: Mapping[str, _Family] = {
    "county": _Family(
        _COUNTY,
        say("A county with ten road checkpoints, 220 village road posts, clinics, schools and too few masks."),
    ),
    "province": _Family(_PROVINCE, say("A province of ten counties with twenty depots, some short of lorries."), _snow),
    "nation": _Family(_NATION, say("A nation in which every place needs every item; made for any size."), _snow),
    "one-starving-depot": _Family(
        _SMALL, say("One depot has almost nothing, and the places near it have no other road.")
    ),
    "closed-roads": _Family(
        replace(_SMALL, lanes=3),
        say("Half of the roads are closed, and some of the rest take longer than a day."),
    ),
    "big-packs": _Family(
        replace(_SMALL, pack_factor=100, plenty=4.0),
        say("One pack is more than most places need in five days."),
    ),
    "heavy-tails": _Family(
        replace(_SMALL, sites=120, people="heavy"),
        say("A few places need more than all the others together."),
    ),
    "lane-limits": _Family(_SMALL, say("Every road carries only so much, each its own amount.")),
    "ties": _Family(replace(_SMALL, people="equal"), say("All places are equal, so only the fixed order decides.")),
    "plenty": _Family(replace(_SMALL, kg_limited=0.0), say("There is enough of everything for everybody.")),
    "nothing": _Family(_SMALL, say("Everything the depots hold is expired or in quarantine.")),
    "earmarks": _Family(_SMALL, say("A third of the stock is kept for one township, one county or one place.")),
    "substitutes": _Family(
        replace(_SMALL, items=10),
        say("Respirators may stand in for masks, gowns for suits, alcohol for disinfectant."),
    ),
    "transfers": _Family(_SMALL, say("One place in ten holds a month of everything and may give to its neighbours.")),
    "caps": _Family(_SMALL, say("Many places may receive no more than a given number of units.")),
    "truck-limits": _Family(_SMALL, say("Lorries carry about half of what the depots hold, by weight and by volume.")),
    "stop-limits": _Family(_SMALL, say("Depots make fewer stops than there are places, and no light ones.")),
    "levels": _Family(
        replace(_SMALL, sites=120, depots=10, lanes=10, kg_limited=0.0),
        say("Depots above depots, as of a nation, its provinces and counties: plan it --level-by-level."),
        _levels,
    ),
}

SAMPLES: Mapping[str, Sentence] = {name: family.about for name, family in _FAMILIES.items()}
"""What each sample is, in one sentence."""


PLANNED = ("county",)
"""The samples that have tables for forecasts and purchases beside them."""


def make_sample(
    name: str,
    *,
    sites: int | None = None,
    items: int | None = None,
    depots: int | None = None,
    lanes: int | None = None,
    seed: int = 0,
) -> Case:
    """Return an invented case of a family in `SAMPLES`, the same for the same arguments.

    `sites` counts the places with needs; `depots` come on top of them. `lanes` is the number of
    roads to each place (its nearest depots), at most the number of depots. Raises `SampleRefused`
    for an unknown name or a size beyond `MOST`.
    """
    family = _FAMILIES.get(name)
    if family is None:
        names = ", ".join(SAMPLES)
        raise SampleRefused(say("There is no sample {name}. Choose one of: {names}.", name=name, names=names))
    land = _sized(family.land, {"sites": sites, "items": items, "depots": depots, "lanes": lanes})
    # The family's place in the list is part of the seed, so that no two families share their noise.
    rng = np.random.default_rng([seed, list(_FAMILIES).index(name)])
    case = county(land, rng) if name == "county" else network(land, rng)
    change = family.change or AWKWARD.get(name)
    if change is not None:
        case = change(Sketch(case, land, rng))
    return Case.canonical(**{f.name: getattr(case, f.name) for f in fields(case)})


def _sized(land: Land, asked: Mapping[str, int | None]) -> Land:
    for what, count in asked.items():
        if count is not None and not 1 <= count <= MOST[what]:
            raise SampleRefused(
                say("{count} {what} cannot be made. Ask for 1 to {most}.", count=count, what=what, most=MOST[what])
            )
    sites, depots = asked["sites"] or land.sites, asked["depots"] or land.depots
    # A larger land has more counties, so that no county has more than some thousands of places.
    counties = max(land.counties, sites // 2_000) if land.counties > 1 else 1
    return replace(
        land,
        sites=sites,
        items=asked["items"] or land.items,
        depots=depots,
        lanes=min(asked["lanes"] or land.lanes, depots),
        counties=min(counties, max(1, sites // 15)),
    )
