"""What only several rows or several tables together can show to be wrong."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from allocator.case import STATUSES, Bools, Indices
from allocator.policy import Policy
from data import problem_kinds as kinds
from data.case_tables import CaseTables
from data.cell_values import report_rows
from data.columns import KINDS_ZH, LADDER
from data.nearest import nearest, nearest_code
from data.policy_places import PolicyPlaces
from data.problems import ProblemList
from data.raw_table import RawTable

__all__ = [
    "check_policy",
    "check_repeats",
    "check_rungs_say",
    "check_shelf_kinds",
    "check_tiers",
    "check_weights",
    "notice_doubts",
]

Raw = Mapping[str, RawTable]
_EXPIRED = STATUSES.index("expired")


def check_repeats(tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    """Two rows for one pair, lane, depot or substitute: nobody knows which one holds."""
    pairs: tuple[tuple[str, str, Indices, Indices | None], ...] = (
        ("needs", "item", tables.needs.site, tables.needs.item),
        ("lanes", "site", tables.lanes.depot, tables.lanes.site),
        ("depots", "depot", tables.depots.depot, None),
        ("substitutes", "by", tables.substitutes.item, tables.substitutes.by),
    )
    for name, column, first, second in pairs:
        if name in raw:
            report_repeats(raw[name], column, first, second, problems)
    own = np.flatnonzero((tables.substitutes.item == tables.substitutes.by) & (tables.substitutes.item >= 0))
    if len(own):
        table = raw["substitutes"]
        report_rows(
            table, "by", problems, kinds.OWN_SUBSTITUTE, own, lambda row: {"item": table.columns["by"].text_at(row)}
        )


def report_repeats(table: RawTable, column: str, first: Indices, second: Indices | None, problems: ProblemList) -> None:
    key = first.astype(np.int64)
    valid = first >= 0
    if second is not None:
        key = (key << 32) | second
        valid = valid & (second >= 0)
    if valid.all() and bool(np.all(key[:-1] < key[1:])):
        return
    rows = np.flatnonzero(valid)
    order = rows[np.argsort(key[rows], kind="stable")]
    ordered = key[order]
    again = np.flatnonzero(ordered[1:] == ordered[:-1]) + 1
    if not len(again):
        return
    starts = np.searchsorted(ordered, ordered[again])
    repeats = sorted(zip(order[again].tolist(), order[starts].tolist(), strict=True))
    earlier = dict(repeats)

    def values(row: int) -> dict[str, Any]:
        spelt = [table.columns[name].text_at(row) for name in table.spec.key]
        return {"key": " + ".join(spelt), "first": table.row_number(earlier[row])}

    report_rows(table, column, problems, kinds.ROW_TWICE, np.asarray(list(earlier)), values)


def check_policy(policy: Policy, tables: CaseTables, places: PolicyPlaces, problems: ProblemList) -> None:
    """A reserve for an item that is not there, a rung for a tier nobody is in, a ladder that never rises."""
    items = sorted(tables.items.code.tolist())
    for item in policy.reserve:
        if item not in items:
            near = nearest_code(item, items) or next(iter(items), "")
            problems.add(kinds.POLICY_ITEM_UNKNOWN, places.of(f"reserve.{item}"), found=item, near=near)
    check_shelf_kinds(policy, np.unique(tables.sites.kind).tolist(), places, problems)
    own = set(np.unique(tables.sites.tier).tolist()) - {""}
    known = [*policy.tiers, *sorted(own - set(policy.tiers))]
    for number, rung in enumerate(policy.ladder, start=1):
        for tier in rung.tiers:
            if tier not in known:
                near = nearest(tier, known, alike=0.0) or ""
                place = places.of(f"ladder {number}: tiers")
                problems.add(kinds.LADDER_TIER_UNKNOWN, place, rung=number, found=tier, near=near)
    rising = {
        step.rung
        for tier in policy.tier_names
        for durable in (False, True)
        for step in policy.tier_steps(tier, durable=durable)
    }
    for number in range(1, len(policy.ladder) + 1):
        if number not in rising:
            problems.add(kinds.RUNG_NEVER_RISES, places.of(f"ladder {number}"), rung=number)


def check_shelf_kinds(policy: Policy, of_sites: Iterable[str], places: PolicyPlaces, problems: ProblemList) -> None:
    """A shelf life for a kind of site that is not there: a misspelt one would send short lots in silence."""
    known = sorted({*of_sites, *policy.tier_of_kind(), *KINDS_ZH.values()})
    for kind in policy.shelf_days:
        if kind not in known:
            near = nearest(kind, known, alike=0.0) or known[0]
            problems.add(kinds.SHELF_KIND_UNKNOWN, places.of(f"shelf_days.{kind}"), found=kind, near=near)


def check_rungs_say(unsaid: list[set[str]], tables: CaseTables, places: PolicyPlaces, problems: ProblemList) -> None:
    """A rung may leave out the cover of a sort of item that the case does not have, and only then."""
    has = {"cover_days": bool((~tables.items.durable).any()), "holding_share": bool(tables.items.durable.any())}
    for number, keys in enumerate(unsaid, start=1):
        for key in sorted(keys):
            if has[key]:
                meaning = LADDER.by_name[key].meaning
                place = places.of(f"ladder {number}")
                problems.add(kinds.RUNG_SAYS_NOTHING, place, rung=number, key=key, meaning=meaning)


def _site_tiers(policy: Policy, tables: CaseTables) -> NDArray[np.object_]:
    """Return every site's tier, "" where neither it nor its kind has one."""
    distinct, which = np.unique(tables.sites.kind, return_inverse=True)
    of_kind = policy.tier_of_kind()
    by_kind = np.asarray([of_kind.get(kind, "") for kind in distinct.tolist()], dtype=object)
    return np.where(tables.sites.tier == "", by_kind[which] if len(distinct) else "", tables.sites.tier)


def _needy(tables: CaseTables) -> Bools:
    """Return which sites need anything."""
    needy = np.zeros(len(tables.sites) + 1, dtype=bool)  # the last one takes the codes that failed
    needy[tables.needs.site[tables.needs.daily_units > 0]] = True
    return needy[:-1]


def check_tiers(policy: Policy, tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    """Tiers that the policy does not have, and kinds of sites with needs that no tier names."""
    sites, table = tables.sites, raw.get("sites")
    if table is None:
        return
    known = list(policy.tier_names)
    unknown = np.flatnonzero((sites.tier != "") & ~np.isin(sites.tier, np.asarray(known, dtype=object)))
    if len(unknown):
        report_rows(
            table,
            "tier",
            problems,
            kinds.TIER_UNKNOWN,
            unknown,
            lambda row: {"near": nearest(str(sites.tier[row]), known, alike=0.0) or ""},
        )
    tiers, needy = _site_tiers(policy, tables), _needy(tables)
    without = np.flatnonzero(needy & (tiers == "") & (sites.kind != ""))
    names, first, counts = np.unique(sites.kind[without], return_index=True, return_counts=True)
    for name, at, count in zip(names.tolist(), first.tolist(), counts.tolist(), strict=True):
        place = table.place(int(without[at]), "kind")
        near = nearest(name, list(policy.tier_of_kind()))
        if near:
            problems.add(kinds.KIND_WITHOUT_TIER_NEAR, place, found=name, sites=count, near=near)
        else:
            problems.add(kinds.KIND_WITHOUT_TIER, place, found=name, sites=count)
    promised = {tier for rung in policy.ladder for tier in rung.tiers}
    for tier in known:
        held = int((needy & (tiers == tier)).sum())
        if tier not in promised and held:
            problems.notice(kinds.TIER_NOT_PROMISED, table.place(), tier=tier, sites=held)


def check_weights(policy: Policy, tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    """An item without pack_kg cannot be held to a weight limit; nor without pack_m3 to one of volume."""
    table = raw.get("items")
    if table is None:
        return
    depots, lanes, sites = tables.depots, tables.lanes, len(tables.sites) + 1
    kg, m3 = np.zeros(sites, dtype=bool), np.zeros(sites, dtype=bool)
    fleet = (depots.vehicles >= 0) & ~np.isnan(depots.vehicle_kg)
    kg[depots.depot[~np.isnan(depots.max_kg) | fleet]] = True
    kg[lanes.depot[~np.isnan(lanes.max_kg)]] = True
    if policy.min_drop_kg > 0:
        kg[lanes.depot] = True
    m3[depots.depot[~np.isnan(depots.max_m3)]] = True
    wanted = _wanted_items(tables)
    for column, limited in (("pack_kg", kg), ("pack_m3", m3)):
        limited[-1] = False
        at = _stock_without(getattr(tables.items, column), wanted, limited, tables)
        for item, site in at:
            place = table.place(item, column)
            limit = tables.sites.code[site]
            problems.add(kinds.PACK_WEIGHT_MISSING, place, item=tables.items.code[item], column=column, limit=limit)


def _wanted_items(tables: CaseTables) -> Bools:
    wanted = np.zeros(len(tables.items) + 1, dtype=bool)
    wanted[tables.needs.item[tables.needs.daily_units > 0]] = True
    instead = tables.substitutes
    wanted[instead.by[wanted[instead.item]]] = True
    wanted[-1] = False
    return wanted


def _stock_without(
    weight: NDArray[np.float64], wanted: Bools, limited: Bools, tables: CaseTables
) -> list[tuple[int, int]]:
    """Return each wanted item without a weight, and a limited depot that has it in stock."""
    lacking = np.append(np.isnan(weight), False) & wanted
    stock = tables.stock
    rows = np.flatnonzero(lacking[stock.item] & limited[stock.site] & (stock.units > 0))
    items, first = np.unique(stock.item[rows], return_index=True)
    return list(zip(items.tolist(), stock.site[rows[first]].tolist(), strict=True))


def notice_doubts(policy: Policy, tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    """Say what is allowed and still looks like a mistake."""
    day = np.datetime64(policy.date, "D")
    stock = tables.stock
    past = np.flatnonzero((stock.expires < day) & (stock.status == 0) & (stock.units > 0))
    if len(past):
        code = tables.items.code[stock.item[past[0]]]
        place = raw["stock"].place(int(past[0]), "expires")
        problems.notice(kinds.STOCK_EXPIRED, place, rows=len(past), code=code, date=policy.date.isoformat())
    doubtful = np.flatnonzero((stock.expires >= day) & (stock.status == _EXPIRED))
    if len(doubtful):
        place = raw["stock"].place(int(doubtful[0]), "status")
        problems.notice(kinds.STATUS_DOUBTFUL, place, rows=len(doubtful))
    ahead = np.flatnonzero(tables.needs.reported_on > day)
    if len(ahead):
        place = raw["needs"].place(int(ahead[0]), "reported_on")
        problems.notice(kinds.REPORT_AHEAD, place, rows=len(ahead), date=policy.date.isoformat())
    unweighed = np.flatnonzero((tables.depots.vehicles >= 0) & np.isnan(tables.depots.vehicle_kg))
    if len(unweighed):
        code = tables.sites.code[tables.depots.depot[unweighed[0]]]
        place = raw["depots"].place(int(unweighed[0]), "vehicle_kg")
        problems.notice(kinds.FLEET_UNWEIGHED, place, rows=len(unweighed), code=code)
    _notice_lanes(policy, tables, raw, problems)
    _notice_repeated_lots(tables, raw, problems)


def _notice_lanes(policy: Policy, tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    if policy.transfer_above_days > 0 or not len(tables.sites):
        return
    stray = np.flatnonzero((tables.sites.kind != "warehouse")[tables.lanes.depot])
    if len(stray):
        code = tables.sites.code[tables.lanes.depot[stray[0]]]
        place = raw["lanes"].place(int(stray[0]), "depot")
        problems.notice(kinds.LANE_NOT_OF_DEPOT, place, rows=len(stray), code=code)


def _notice_repeated_lots(tables: CaseTables, raw: Raw, problems: ProblemList) -> None:
    stock = tables.stock
    with_lot = np.flatnonzero(stock.lot != "")
    if not len(with_lot):
        return
    lots = np.unique(stock.lot[with_lot], return_inverse=True)[1]
    earmarks = np.unique(stock.earmark[with_lot], return_inverse=True)[1]
    days = stock.expires[with_lot].astype(np.int64)
    columns: list[NDArray[Any]] = [
        stock.units[with_lot],
        stock.status[with_lot],
        earmarks,
        days,
        lots,
        stock.item[with_lot],
        stock.site[with_lot],
    ]
    order = np.lexsort(columns)
    same = np.ones(len(order) - 1, dtype=bool)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    again = np.sort(with_lot[order[1:][same]])
    if len(again):
        row = int(again[0])
        problems.notice(kinds.STOCK_REPEATED, raw["stock"].place(row, "lot"), rows=len(again), code=stock.lot[row])
