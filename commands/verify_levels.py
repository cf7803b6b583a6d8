"""Check a plan that was made level by level: what went down, and the plan of every depot."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from allocator.sentence import Sentence, say
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case

__all__ = ["fault_of_levels", "is_by_levels"]


def is_by_levels(plan: Path) -> bool:
    """Say whether a folder holds a plan that was made level by level."""
    from data.level_files import DOWN

    return (plan / DOWN).is_file()


def fault_of_levels(session: Session, case: Case, plan: Path) -> Sentence | None:
    """Return the first thing that does not hold, None where all holds."""
    from allocator.depot_tree import NoTree, depot_tree_of
    from allocator.level_cases import level_cases, lots_down
    from allocator.need import needs_of
    from allocator.verify_down import ReadDown, verify_down
    from data.level_files import DOWN_LOTS, down_lots_text, read_down

    try:
        tree = depot_tree_of(case)
    except NoTree as none:
        return none.sentence
    with session.stage(say("Checking what went down")):
        sent = read_down(plan, case, tree)
        if isinstance(sent, Sentence):
            return sent
        down = ReadDown(depot=tree.depot[sent.depot], to=tree.depot[sent.to], item=sent.item, packs=sent.packs)
        fault = verify_down(case, down)
        if fault is not None:
            return fault
        lots, shelves = lots_down(needs_of(case), tree, sent)
        path = plan / DOWN_LOTS
        if not path.is_file() or path.read_text(encoding="utf-8") != down_lots_text(case, tree, lots):
            return say("{file} does not name the lots that expire first.", file=DOWN_LOTS)
    parts = [(str(case.sites.code[tree.depot[depot]]), part) for depot, part in level_cases(case, tree, shelves)]
    with session.stage(say("Checking {count:,} depots", count=len(parts))):
        # Workers that are kept from an earlier call may stand in another folder.
        faults = sorted(_faults(parts, plan.resolve()), key=lambda each: each[0])
    return None if not faults else say("{depot}: {fault}", depot=faults[0][0], fault=faults[0][1])


def _faults(parts: list[tuple[str, Case]], plan: Path) -> Iterator[tuple[str, Sentence]]:
    import joblib

    with joblib.parallel_config(backend="loky", n_jobs=os.cpu_count() or 1, inner_max_num_threads=1):
        tasks = (joblib.delayed(_fault)(code, case, plan) for code, case in parts)
        for code, fault in joblib.Parallel(return_as="generator_unordered")(tasks):
            if fault is not None:
                yield code, fault


def _fault(code: str, case: Case, plan: Path) -> tuple[str, Sentence | None]:
    from allocator.allocate import allocate
    from allocator.plan import NothingToSend
    from allocator.verify import verify
    from data.case_digest import other_case
    from data.level_files import folder_of
    from data.plan_reading import read_plan

    place = folder_of(plan, code)
    if not place.is_dir():
        try:
            allocate(case, explained=False)
        except NothingToSend:
            return code, None
        return code, say("its plan is missing.")
    read = read_plan(place, case)
    return code, verify(case, read) or other_case(read.summary, case)
