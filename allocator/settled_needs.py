"""The needs of a case, from everything that is known: reports, activity, standards; and who is raised by local facts.

A case comes with the needs that sites reported. Here each pair gets the need of the source that the
rules believe first, and tells where it comes from; nothing is cut.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from allocator.activity import Coefficients, Parts
from allocator.calibration import Calibration
from allocator.case import Bools, Case, Dates, Floats, Indices, Needs, Sites, Table, Texts
from allocator.drivers import Drivers
from allocator.need import tiers_of_sites
from allocator.need_rules import NeedRules, with_changes
from allocator.need_sources import SOURCES, Oddness, SourcedNeeds, chosen_needs, numbered, odd_needs
from allocator.norms import Norms, found_among
from allocator.policy import Policy
from allocator.recorded_use import Records
from allocator.tier_rules import Fact, Raised, raised_tiers

__all__ = ["Known", "Origins", "Settled", "settled_needs", "tiers_in_order"]

_REPORT, _ACTIVITY = (SOURCES.index(source) for source in ("report", "activity"))


@dataclass(frozen=True, kw_only=True)
class Known:
    """What is known beside a case: activity, recorded use where there is any, local facts as they stand that day."""

    drivers: Drivers
    records: Records | None = None
    facts: tuple[Fact, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Origins(Table):
    """Where each need of a case comes from, in the order of its needs. `source`: position in `SOURCES`.

    `since`: the day of the report, or from which the newest figure behind it holds; NaT where nobody said.
    `stale`: an old report with nothing newer to use instead. Only of needs from activity: `norm`, the
    units a day by the coefficients alone; `multiplier`, by recorded use of `use_days` days, and whether it
    is `unusual`; `low` and `high`, with every coefficient at its end; `confidence`, position in
    `CONFIDENCES`. Of others these are nan, 0 or -1.
    """

    source: NDArray[np.int8]
    since: Dates
    stale: Bools
    norm: Floats
    multiplier: Floats
    use_days: Floats
    unusual: Bools
    low: Floats
    high: Floats
    confidence: NDArray[np.int8]


@dataclass(frozen=True, kw_only=True)
class Settled:
    """A case with its needs settled and its tiers raised, and why. `parts`: what each coefficient adds to the norms."""

    case: Case
    origins: Origins
    odd: tuple[Oddness, ...]
    raised: tuple[Raised, ...]
    parts: Parts
    coefficients: Coefficients

    def odd_rows(self) -> list[int]:
        """Return in which rows of the needs the odd ones stand."""
        needs, size = self.case.needs, len(self.case.items)
        asked = np.array([each.site * size + each.item for each in self.odd], dtype=np.int64)
        rows: list[int] = np.searchsorted(needs.site.astype(np.int64) * size + needs.item, asked).tolist()
        return rows


def settled_needs(case: Case, known: Known, rules: NeedRules, shipped: Coefficients) -> Settled:
    """Return a case whose needs are the ones its sites reported with its needs settled.

    `shipped`: the coefficients, to which the rules add their own.
    """
    coefficients = with_changes(shipped, rules.coefficients)
    norms = Norms(case, known.drivers, coefficients, rules.posture)
    needs, learned = norms.needs, norms.learned(known.records)
    tables = {
        "report": (case.needs.site, case.needs.item, case.needs.daily_units, case.needs.reported_on),
        "activity": (needs.site, needs.item, norms.units(learned), norms.since),
        "standard": _standards(case, rules),
    }
    chosen = chosen_needs(
        tables,
        today=np.datetime64(case.policy.date, "D"),
        stale_days=case.policy.stale_days,
        order=rules.sources,
    )
    raised = _raised(case, known.facts, rules)
    told = dataclasses.replace(case, needs=_needs(case, chosen), sites=_raised_sites(case, raised))
    return Settled(
        case=told,
        origins=_origins(case, chosen, norms, learned),
        odd=tuple(_odd(case, chosen, norms.counts)),
        raised=tuple(raised),
        parts=norms.parts,
        coefficients=coefficients,
    )


def _standards(case: Case, rules: NeedRules) -> tuple[Indices, Indices, Floats, Dates]:
    """Return the needs that standards give every site of a kind."""
    found: list[tuple[Indices, int, float]] = []
    for (kind, code), units in rules.standards.items():
        item = case.item_index.get(code)
        if item is not None:
            found.append((np.flatnonzero(case.sites.kind == kind).astype(np.int32), item, units))
    site = np.concatenate([where for where, *_ in found] or [np.zeros(0, np.int32)])
    item_at = np.concatenate([np.full(len(where), n, np.int32) for where, n, _ in found] or [np.zeros(0, np.int32)])
    units_of = np.concatenate([np.full(len(where), each) for where, _, each in found] or [np.zeros(0)])
    return site, item_at, units_of, np.full(len(site), np.datetime64("NaT", "D"))


def _needs(case: Case, chosen: SourcedNeeds) -> Needs:
    """Return the chosen needs, each with what its site may be sent at most."""
    size = max(1, len(case.items))
    said = case.needs
    place, there = found_among(
        said.site.astype(np.int64) * size + said.item, chosen.site.astype(np.int64) * size + chosen.item
    )
    most = np.full(len(chosen), -1, dtype=np.int64)
    most[there] = said.max_units[place[there]]
    reported = chosen.source == _REPORT
    return Needs(
        site=chosen.site,
        item=chosen.item,
        daily_units=chosen.daily_units,
        reported_on=np.where(reported, chosen.since, np.datetime64("NaT", "D")),
        max_units=most,
    )


def _origins(case: Case, chosen: SourcedNeeds, norms: Norms, learned: Calibration) -> Origins:
    size = max(1, len(case.items))
    place, there = found_among(norms.key, chosen.site.astype(np.int64) * size + chosen.item)
    rows = np.flatnonzero(there & (chosen.source == _ACTIVITY))
    place = place[rows]
    needs = norms.needs

    def filled(values: Floats, blank: float = np.nan) -> Floats:
        column = np.full(len(chosen), blank)
        column[rows] = values
        return column

    confidence = np.full(len(chosen), -1, dtype=np.int8)
    confidence[rows] = needs.confidence[place]
    return Origins(
        source=chosen.source,
        since=chosen.since,
        stale=chosen.stale,
        norm=filled(needs.daily_units[place]),
        multiplier=filled(learned.multiplier[place]),
        use_days=filled(learned.days[place], 0.0),
        unusual=filled(learned.unusual[place].astype(np.float64), 0.0) > 0,
        low=filled(needs.low[place] * learned.multiplier[place]),
        high=filled(needs.high[place] * learned.multiplier[place]),
        confidence=confidence,
    )


def _odd(case: Case, chosen: SourcedNeeds, counts: tuple[Floats, Texts]) -> list[Oddness]:
    """Return needs far above their peers': reports by the size of the site, others as they are.

    A need from activity grows with its figures, so that a zero too many among these only shows as it is.
    """
    size, driver = counts
    reported = chosen.source == _REPORT
    kind, by_driver = numbered(case.sites.kind), numbered(driver)
    both = kind * (int(by_driver.max(initial=0)) + 1) + by_driver
    found: list[Oddness] = []
    for some, by, peers in ((reported, size, both), (~reported, np.ones_like(size), kind)):
        rows = np.flatnonzero(some)
        site, item = chosen.site[rows], chosen.item[rows]
        found += odd_needs(site=site, item=item, daily_units=chosen.daily_units[rows], size=by[site], peers=peers)
    return sorted(found, key=lambda each: (-each.times, each.site, each.item))


def tiers_in_order(policy: Policy) -> list[str]:
    """Return every tier, the one that the ladder lifts first before the others."""
    laddered = [tier for rung in policy.ladder for tier in sorted(rung.tiers, key=policy.tier_names.index)]
    return list(dict.fromkeys([*laddered, *policy.tier_names]))


def _raised(case: Case, facts: tuple[Fact, ...], rules: NeedRules) -> list[Raised]:
    if not facts or not rules.tier_rules:
        return []
    names = (*case.policy.tier_names, "")  # position -1: no tier names it
    sites = case.sites
    own = [names[tier] for tier in tiers_of_sites(case).tolist()]
    rows = list(zip(sites.code.tolist(), sites.kind.tolist(), sites.area.tolist(), own, strict=True))
    return raised_tiers(rows, facts=facts, rules=rules.tier_rules, tiers=tiers_in_order(case.policy))


def _raised_sites(case: Case, raised: list[Raised]) -> Sites:
    if not raised:
        return case.sites
    tier = case.sites.tier.copy()
    for each in raised:
        tier[case.site_index[each.site]] = each.tier
    return dataclasses.replace(case.sites, tier=tier)
