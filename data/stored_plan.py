"""A plan between a ledger and files: every file of it as bytes, and the folder they make again.

With the plan's own files goes the catalogue it was made from (`case/…`: items, sites, needs, roads,
policy). What lay where is told again by the ledger, from the plan's document.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.fleets import with_broken_set_aside
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from allocator.verify import PlanRead, verify
from data.case_digest import case_digest, other_case
from data.case_files import CaseUnreadable, read_case
from data.case_writing import write_case
from data.estimating import with_estimates, write_estimates
from data.origin_files import read_fleets, write_fleets, write_origins
from data.plan_files import write_plan
from data.plan_reading import read_plan
from data.policy_writing import policy_toml
from data.taking import TakenCase
from data.texts import translator
from models.plan_overrides import standing
from models.plans import FINAL, Decided, StoredPlan, altered_file, plan_files
from models.snapshot import with_stock

__all__ = [
    "CONFLICTS",
    "NOTES",
    "catalogue_of",
    "conflict_rows",
    "decided_of",
    "notes_json",
    "plan_folder",
    "stocked_again",
    "verify_stored",
]

_CASE = "case"
NOTES = "notes.json"
"""What was told beside the plan, in both languages."""

CONFLICTS = "conflicts.json"
"""Overrides that do not fit, beside the plan with those that do."""


def decided_of(plan: Plan, told: TakenCase, *, document: int, workbook: bool = True) -> Decided:
    """Return a plan made from a ledger's case, up to a document, as it is kept."""
    case = told.case
    with tempfile.TemporaryDirectory(prefix="allocator-") as place:
        folder = Path(place)
        write_plan(plan, case, folder, xlsx=workbook)
        (folder / NOTES).write_text(notes_json(plan), encoding="utf-8")
        write_origins(told.settled, folder)
        write_estimates(told.estimates, case, folder)
        write_case(_without_stock(case), folder / _CASE)
        write_fleets(case, told.fleets, folder / _CASE)
        files = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    return Decided(
        date=case.policy.date.isoformat(),
        document=document,
        snapshot_digest=case_digest(case),
        policy_digest=_policy_digest(case),
        versions={key: plan.summary[key] for key in ("engine", "solver", "versions")},
        files=files,
    )


def notes_json(plan: Plan) -> str:
    """Return what is told beside a plan, in both languages."""
    notes = [{lang: translator(lang)(note) for lang in ("en", "zh")} for note in plan.notes]
    return json.dumps(notes, ensure_ascii=False, indent=2) + "\n"


def _without_stock(case: Case) -> Case:
    none = np.empty(0, dtype=np.int64)
    return dataclasses.replace(case, stock=case.stock.take(none), in_transit=case.in_transit.take(none))


@contextlib.contextmanager
def plan_folder(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Give a temporary folder that holds a plan's files."""
    with tempfile.TemporaryDirectory(prefix="allocator-") as place:
        for name, content in files.items():
            path = Path(place) / name
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
        yield Path(place)


def catalogue_of(folder: Path) -> Case:
    """Return the case without stock that a kept plan was made from.

    Raises `CaseUnreadable` where its files were altered so that they cannot be read.
    """
    return read_case(folder / _CASE).case


def stocked_again(connection: sa.Connection, catalogue: Case, folder: Path, *, document: int, zone: ZoneInfo) -> Case:
    """Return the case that a kept plan was made from: its catalogue with the stock up to its document.

    `folder`: the plan's files, among them the fleets of durables by which some of the stock does not work.

    Raises LookupError or ValueError where these were altered so that they cannot be read.
    """
    case = with_stock(connection, catalogue, document=document, zone=zone)
    case = with_broken_set_aside(case, read_fleets(case, folder / _CASE))
    return with_estimates(connection, case, document=document, zone=zone)[0]


def verify_stored(connection: sa.Connection, stored: StoredPlan, zone: ZoneInfo) -> Sentence | None:
    """Return the first thing in a kept plan that does not hold, None where all holds.

    The snapshot is taken again from the plan's document; it must have the digest that the plan names, and
    the plan must be right for it: as it was proposed, and with its overrides where it has any.
    """
    files = plan_files(connection, stored.id)
    altered = altered_file(connection, stored, files)
    if altered is not None:
        return say(
            "{file} of plan {plan} is not the file that was kept: it was altered since.", file=altered, plan=stored.id
        )
    with plan_folder(files) as folder:
        try:
            catalogue = catalogue_of(folder)
        except CaseUnreadable as unreadable:
            return unreadable.problems[0].sentence
        case = stocked_again(connection, catalogue, folder, document=stored.document, zone=zone)
        other = _other_snapshot(stored, case)
        if other is not None:
            return other
        proposed = read_plan(folder, case)
        fault = verify(case, proposed) or other_case(proposed.summary, case)
        if fault is not None:
            return fault
        return _verify_final(connection, stored, folder, case, proposed)


def _other_snapshot(stored: StoredPlan, case: Case) -> Sentence | None:
    digest = case_digest(case)
    if digest != stored.snapshot_digest:
        return say(
            "Plan {plan} was made from a snapshot with the digest {said}; the ledger up to document {document} "
            "gives {found}: the plan's catalogue or the ledger was altered since.",
            plan=stored.id,
            said=stored.snapshot_digest,
            document=stored.document,
            found=digest,
        )
    if _policy_digest(case) != stored.policy_digest:
        return say("The policy of plan {plan} is not the one that it was made by.", plan=stored.id)
    return None


def _policy_digest(case: Case) -> str:
    return hashlib.sha256(policy_toml(case.policy).encode()).hexdigest()


def _verify_final(
    connection: sa.Connection, stored: StoredPlan, folder: Path, case: Case, proposed: PlanRead
) -> Sentence | None:
    """Check the plan with overrides: it has exactly those that people decided, but for those it says do not fit."""
    decided = {(each.site, each.item): each.units for each in standing(connection, stored.id)}
    final = folder / FINAL
    if not final.is_dir():
        return _refuse_decisions(stored, decided, {}) if decided else None
    read = read_plan(final, case)
    if read.fault is not None:
        return read.fault
    unfit = {(row["site"], row["item"]): int(row["units"]) for row in conflict_rows(folder)}
    rows = zip(
        read.overridden.site.tolist(), read.overridden.item.tolist(), read.overridden.units.tolist(), strict=True
    )
    stands = {(case.sites.code[site], case.items.code[item]): units for site, item, units in rows}
    if stands.keys() & unfit.keys() or stands | unfit != decided:
        return _refuse_decisions(stored, decided, stands | unfit)
    return verify(case, read, proposed=proposed) or other_case(read.summary, case)


def _refuse_decisions(
    stored: StoredPlan, decided: Mapping[tuple[str, str], int], told: Mapping[tuple[str, str], int]
) -> Sentence:
    """Name the first pair for which the plan with overrides tells another decision than was taken."""
    pair = min(
        (each for each in decided.keys() | told.keys() if decided.get(each) != told.get(each)),
        default=min(told, default=("", "")),
    )
    return say(
        "Plan {plan}, site {site}, item {item}: people decided {decided}, the plan with overrides tells {told}.",
        plan=stored.id,
        site=pair[0],
        item=pair[1],
        decided=decided.get(pair, say("nothing")),
        told=told.get(pair, say("nothing")),
    )


def conflict_rows(folder: Path) -> list[dict[str, Any]]:
    """Return what a kept plan says of overrides that do not fit: site, item, units, and why in both languages."""
    path = folder / FINAL / CONFLICTS
    return list(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else []
