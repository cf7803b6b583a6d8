"""A kept plan as it stands: with its overrides where it has any, for the commands that carry it through its life.

The files of the plan with its overrides lie beside the proposed ones, under `final/`.
"""

from __future__ import annotations

import datetime as dt
import json
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.overrides import Conflict, Override
from allocator.plan import Plan
from allocator.sentence import say
from allocator.shelf_life import days_needed
from data.case_digest import case_digest
from data.csv_cells import named_rows
from data.plan_files import write_plan
from data.stored_plan import CONFLICTS, NOTES, catalogue_of, conflict_rows, notes_json, stocked_again
from data.texts import translator
from models.entry import Refusal
from models.plan_overrides import Decision
from models.plan_reserving import Load
from models.plans import FINAL, StoredPlan

__all__ = [
    "PlannedLine",
    "case_again",
    "conflicts_of",
    "final_files",
    "lines_of",
    "loads_of",
    "overrides_of",
    "standing_folder",
]


def standing_folder(folder: Path) -> Path:
    """Return the folder of a kept plan's files as it stands: with its overrides where it has any."""
    final = folder / FINAL
    return final if final.is_dir() else folder


def case_again(connection: sa.Connection, stored: StoredPlan, folder: Path, zone: ZoneInfo) -> Case:
    """Return the case that a kept plan was made from: its catalogue, and the stock up to its document.

    Raises:
        Refusal: it is another than the plan says: the ledger or the plan was altered.

    """
    case = stocked_again(connection, catalogue_of(folder), folder, document=stored.document, zone=zone)
    if case_digest(case) != stored.snapshot_digest:
        raise Refusal(
            say(
                "The snapshot of plan {plan} cannot be made again: the ledger or the plan was altered since. "
                "See: allocator verify {plan}",
                plan=stored.id,
            )
        )
    return case


def overrides_of(decisions: Iterable[Decision]) -> list[Override]:
    """Return overrides as the engine takes them."""
    return [Override(each.site, each.item, each.units) for each in decisions]


def final_files(plan: Plan, case: Case, conflicts: Sequence[Conflict], *, workbook: bool = True) -> dict[str, bytes]:
    """Return the files of a plan with its overrides, and which of these do not fit."""
    with tempfile.TemporaryDirectory(prefix="allocator-") as place:
        folder = Path(place)
        write_plan(plan, case, folder, xlsx=workbook)
        (folder / NOTES).write_text(notes_json(plan), encoding="utf-8")
        rows = [
            {
                "site": each.override.site,
                "item": each.override.item,
                "units": each.override.units,
                **{lang: translator(lang)(each.sentence) for lang in ("en", "zh")},
            }
            for each in conflicts
        ]
        (folder / CONFLICTS).write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
        return {f"{FINAL}{path.name}": path.read_bytes() for path in folder.iterdir()}


def conflicts_of(folder: Path, lang: str) -> dict[tuple[str, str], str]:
    """Return why overrides of a kept plan do not fit, by site and item, in a language."""
    return {(row["site"], row["item"]): row[lang] for row in conflict_rows(folder)}


@dataclass(frozen=True, kw_only=True)
class PlannedLine:
    """What goes from a depot to a site, of one item as it is sent."""

    depot: str
    site: str
    item: str
    packs: int
    units: int


def lines_of(folder: Path) -> list[PlannedLine]:
    """Return the lines in a plan's folder."""
    with (folder / "lines.csv").open(encoding="utf-8", newline="") as file:
        return [
            PlannedLine(
                depot=row["depot"],
                site=row["site"],
                item=row["item"],
                packs=int(row["packs"]),
                units=int(row["units"]),
            )
            for row in named_rows(file)
        ]


def loads_of(folder: Path, case: Case) -> list[Load]:
    """Return what a kept plan sends, as it stands: `case` is its catalogue.

    It arrives on the plan's day, or as many days later as its road takes.
    """
    lanes, codes = case.lanes, case.sites.code
    hours = {
        (codes[depot], codes[site]): 0.0 if np.isnan(each) else float(each)
        for depot, site, each in zip(lanes.depot.tolist(), lanes.site.tolist(), lanes.hours.tolist(), strict=True)
    }
    depots = set(codes[case.sites.kind == "warehouse"].tolist())
    life_days = dict(zip(codes.tolist(), days_needed(case).tolist(), strict=True))
    return [
        Load(
            depot=line.depot,
            site=line.site,
            item=line.item,
            units=line.units,
            # A site that gives hands on what it holds for its own use: the shelf life is asked of depots' stock.
            life_days_min=life_days[line.site] if line.depot in depots else 0,
            arrives=(case.policy.date + dt.timedelta(hours=hours.get((line.depot, line.site), 0.0))).isoformat(),
        )
        for line in lines_of(standing_folder(folder))
    ]
