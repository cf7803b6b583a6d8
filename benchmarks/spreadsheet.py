"""The pro-rata spreadsheet, as a careful analyst would write it with pandas: `spreadsheet CASE OUT ROUNDS`.

Reads the same CSV files as `allocator plan` and writes the same kinds of file: lines.csv, pairs.csv
and stops.csv. Each depot's whole packs go to the places it is nearest to, in proportion to what
they lack of the ladder's top; what is left over is offered, in ROUNDS - 1 further rounds, to places
for which the depot is second nearest, and so on. Loads are scaled down to the depot's weight limit.
It knows tiers only as a column: pro rata gives a clinic and a warehouse office the same share.
"""

from __future__ import annotations

import sys
import tomllib
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def main(case_folder: str, out_folder: str, rounds: str = "3") -> None:
    """Read, allot round by round, write."""
    case, out = Path(case_folder), Path(out_folder)
    out.mkdir(parents=True, exist_ok=True)
    policy = tomllib.loads((case / "policy.toml").read_text(encoding="utf-8"))
    items = pd.read_csv(case / "items.csv", dtype={"item": str}).set_index("item")
    pairs, packs = read_needs(case, items, policy)
    lanes = read_lanes(case, policy)
    limits = read_limits(case)
    lines = allot(pairs, packs, lanes, limits, items, rounds=int(rounds))
    write(out, pairs, lines, items)


def read_needs(case: Path, items: pd.DataFrame, policy: dict[str, Any]) -> tuple[pd.DataFrame, pd.Series]:
    """Return one row a pair with what it lacks, and the packs each depot may send."""
    codes = {"site": str, "item": str}
    sites = pd.read_csv(case / "sites.csv", usecols=["site", "kind", "tier"], dtype=str).set_index("site")
    pairs = pd.read_csv(case / "needs.csv", usecols=["site", "item", "daily_units"], dtype=codes)
    pairs = pairs[pairs["daily_units"] > 0].sort_values(["site", "item"], ignore_index=True)
    stock = pd.read_csv(
        case / "stock.csv", usecols=["site", "item", "units", "expires", "status"], dtype=codes | {"status": str}
    )
    today = pd.Timestamp(policy["date"])
    fresh = stock["expires"].isna() | (pd.to_datetime(stock["expires"]) >= today)
    stock = stock[fresh & stock["status"].fillna("usable").eq("usable")]
    held = stock.groupby(["site", "item"])["units"].sum()
    pairs = pairs.merge(held.rename("on_hand").reset_index(), on=["site", "item"], how="left")
    moving = pd.read_csv(case / "in_transit.csv", dtype=codes)
    last_day = today + timedelta(hours=float(policy.get("max_hours", 24)))
    moving = moving[pd.to_datetime(moving["arrives"]) <= last_day]
    moving = moving.groupby(["site", "item"])["units"].sum().rename("in_transit").reset_index()
    pairs = pairs.merge(moving, on=["site", "item"], how="left").fillna({"on_hand": 0, "in_transit": 0})
    kind_tier = {kind: tier for tier, kinds in policy["tiers"].items() for kind in kinds}
    tier = sites["tier"].fillna(sites["kind"].map(kind_tier))
    pairs["tier"] = pairs["site"].map(tier)
    pairs["lacking_units"] = (pairs["daily_units"] * _cover(pairs, items, policy) - _held(pairs)).clip(lower=0)
    return pairs, _sendable_packs(held, items, policy)


def _cover(pairs: pd.DataFrame, items: pd.DataFrame, policy: dict[str, Any]) -> pd.Series:
    """Return the ladder's top for each pair: days of use, or a share of the holding."""
    days: dict[str, float] = {}
    shares: dict[str, float] = {}
    for rung in policy["ladder"]:
        for tier in rung["tiers"]:
            days[tier] = max(days.get(tier, 0), rung["cover_days"])
            shares[tier] = max(shares.get(tier, 0), rung["holding_share"])
    durable = pairs["item"].map(items["use"]).eq("durable")
    return pairs["tier"].map(shares).where(durable, pairs["tier"].map(days))


def _held(pairs: pd.DataFrame) -> pd.Series:
    return pairs["on_hand"] + pairs["in_transit"]


def _sendable_packs(held: pd.Series, items: pd.DataFrame, policy: dict[str, Any]) -> pd.Series:
    item = held.index.get_level_values("item")
    keep = pd.Series(policy.get("reserve", {}), dtype=float).reindex(item).fillna(policy.get("reserve_share", 0))
    units = held.to_numpy() * (1 - keep.to_numpy())
    packs = np.floor(units / items["pack_units"].reindex(item).to_numpy() + 1e-9)
    return pd.Series(packs.astype("int64"), index=held.index)


def read_lanes(case: Path, policy: dict[str, Any]) -> pd.DataFrame:
    """Return open, quick lanes with `place`: 0 for a site's nearest depot, 1 for the next."""
    lanes = pd.read_csv(case / "lanes.csv", dtype={"depot": str, "site": str})
    is_open = lanes["open"].astype(str).str.lower().ne("false")
    quick = lanes["hours"].fillna(0) <= policy.get("max_hours", 24)
    lanes = lanes[is_open & quick].sort_values(["site", "km", "depot"])
    lanes["place"] = lanes.groupby("site").cumcount()
    return lanes[["site", "depot", "place"]]


def read_limits(case: Path) -> dict[str, float]:
    """Return each depot's weight limit for the day in kg, where it has one."""
    path = case / "depots.csv"
    if not path.exists():
        return {}
    depots = pd.read_csv(path, dtype={"depot": str}).set_index("depot")
    limit = depots[["max_kg"]].assign(lorries=depots["vehicles"] * depots["vehicle_kg"]).min(axis=1)
    return dict(limit.dropna())


def allot(
    pairs: pd.DataFrame,
    packs: pd.Series,
    lanes: pd.DataFrame,
    limits: dict[str, float],
    items: pd.DataFrame,
    *,
    rounds: int,
) -> pd.DataFrame:
    """Return lines (depot, site, item, packs), pro rata to what is lacking, depot by depot."""
    pack_units = pairs["item"].map(items["pack_units"])
    wanted = np.ceil(pairs["lacking_units"] / pack_units - 1e-9).astype("int64")
    left = packs.rename("left").rename_axis(["depot", "item"])
    left_kg = dict(limits)
    lines = []
    for place in range(min(rounds, int(lanes["place"].max()) + 1)):
        depot_of = lanes[lanes["place"] == place].set_index("site")["depot"]
        asks = pairs.loc[wanted > 0, ["site", "item"]].assign(wanted=wanted)
        asks["depot"] = asks["site"].map(depot_of)
        asks = asks.dropna(subset=["depot"])
        sent = _pro_rata(asks, left)
        sent = _within_weight(sent, left_kg, items)
        wanted = wanted.sub(sent["packs"], fill_value=0).astype("int64")
        left = left.sub(sent.groupby(["depot", "item"])["packs"].sum(), fill_value=0).rename("left")
        lines.append(sent[["depot", "site", "item", "packs"]])
    return pd.concat(lines).sort_values(["depot", "site", "item"], ignore_index=True)


def _pro_rata(asks: pd.DataFrame, left: pd.Series) -> pd.DataFrame:
    """Return whole packs in proportion to `wanted`, the last ones to the largest remainders."""
    asks = asks.join(left, on=["depot", "item"]).fillna({"left": 0})
    group = asks.groupby(["depot", "item"], sort=False)
    exact = asks["wanted"] * (asks["left"] / group["wanted"].transform("sum")).clip(upper=1)
    asks["packs"] = np.floor(exact + 1e-9).astype("int64")
    asks["remainder"] = exact - asks["packs"]
    over = (asks["left"] - group["packs"].transform("sum")).clip(lower=0)
    asks = asks.assign(over=over).sort_values("remainder", ascending=False, kind="stable")
    turn = asks.groupby(["depot", "item"], sort=False).cumcount()
    asks["packs"] += ((turn < asks["over"]) & (asks["packs"] < asks["wanted"])).astype("int64")
    return asks[asks["packs"] > 0]


def _within_weight(sent: pd.DataFrame, left_kg: dict[str, float], items: pd.DataFrame) -> pd.DataFrame:
    """Scale a depot's packs down to what its lorries still carry."""
    kg = sent["packs"] * sent["item"].map(items["pack_kg"])
    load = kg.groupby(sent["depot"]).sum()
    scale = {depot: min(1.0, left_kg[depot] / load[depot]) for depot in load.index if depot in left_kg}
    share = sent["depot"].map(scale).fillna(1.0)
    sent = sent.assign(packs=np.where(share < 1, np.floor(sent["packs"] * share), sent["packs"]).astype("int64"))
    used = (sent["packs"] * sent["item"].map(items["pack_kg"])).groupby(sent["depot"]).sum()
    for depot in scale:
        left_kg[depot] -= used[depot]
    return sent[sent["packs"] > 0]


def write(out: Path, pairs: pd.DataFrame, lines: pd.DataFrame, items: pd.DataFrame) -> None:
    """Write lines.csv, pairs.csv and stops.csv."""
    item = lines["item"]
    lines["units"] = lines["packs"] * item.map(items["pack_units"])
    lines["kg"] = (lines["packs"] * item.map(items["pack_kg"])).round(6)
    lines["m3"] = (lines["packs"] * item.map(items["pack_m3"])).round(6)
    given = lines.groupby(["site", "item"], as_index=False)["units"].sum()
    pairs = pairs.merge(given, on=["site", "item"], how="left").fillna({"units": 0})
    pairs["units"] = pairs["units"].astype("int64")
    pairs["cover_before"] = _held(pairs) / pairs["daily_units"]
    pairs["cover_after"] = (_held(pairs) + pairs["units"]) / pairs["daily_units"]
    stops = lines.groupby(["depot", "site"], as_index=False)[["kg", "m3"]].sum()
    whole = {"on_hand": "int64", "in_transit": "int64"}
    lines.drop(columns="m3").to_csv(out / "lines.csv", index=False)
    pairs.drop(columns="lacking_units").astype(whole).to_csv(out / "pairs.csv", index=False)
    stops.to_csv(out / "stops.csv", index=False)


if __name__ == "__main__":
    main(*sys.argv[1:])
