"""`allocator plan --level-by-level`: depots above depots, each planned on its own once it was supplied from above."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from allocator.words import tier_named
from commands.folders import whole_folder
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.depot_tree import DepotTree
    from allocator.upper_levels import SentDown

__all__ = ["LEVEL_FILES", "plan_levels"]

LEVEL_FILES = frozenset({"down.csv", "down-lots.csv", "depots", "summary.json"})
"""What the folder of such a plan holds."""


def plan_levels(session: Session, case: Case, out: Path, *, case_path: Path) -> None:
    """Send stock down, plan every depot, write all of it or nothing, show it.

    Raises:
        Refused: the depots are no tree (2), or the folder cannot be written.

    """
    from allocator.depot_tree import NoTree, depot_tree_of
    from allocator.level_cases import level_cases, lots_down
    from allocator.need import needs_of
    from allocator.upper_levels import sent_down
    from data.level_files import write_down

    try:
        tree = depot_tree_of(case)
    except NoTree as none:
        session.refuse(none.sentence, status=2)
    with session.stage(say("Deciding what goes down")):
        problem = needs_of(case)
        sent, _ = sent_down(problem, tree)
        lots, shelves = lots_down(problem, tree, sent)
    with whole_folder(session, out, may_hold=LEVEL_FILES) as folder:
        write_down(folder, case, tree, sent, lots)
        parts = [(str(case.sites.code[tree.depot[depot]]), part) for depot, part in level_cases(case, tree, shelves)]
        with session.stage(say("Planning {count:,} depots", count=len(parts))):
            found = sorted(_planned(parts, folder), key=lambda each: each[0])
        summary = _summary(case, tree, sent, found)
        (folder / "summary.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    _show(session, summary, case_path=case_path, out=out)


_Found = tuple[str, list[dict[str, Any]] | None]


def _planned(parts: list[tuple[str, Case]], folder: Path) -> Iterator[_Found]:
    """Plan every part, on all cores where there are many."""
    cores = os.cpu_count() or 1
    if len(parts) < 2 * cores or cores == 1:
        yield from (_part(code, case, folder) for code, case in parts)
        return
    import joblib

    with joblib.parallel_config(backend="loky", n_jobs=cores, inner_max_num_threads=1):
        tasks = (joblib.delayed(_part)(code, case, folder) for code, case in parts)
        yield from joblib.Parallel(return_as="generator_unordered")(tasks)


def _part(code: str, case: Case, folder: Path) -> _Found:
    from allocator.plan_results import results_by_tier
    from data.level_files import planned_part

    _, plan = planned_part(code, case, folder)
    return code, None if plan is None else [vars(each) for each in results_by_tier(case, plan)]


def _summary(case: Case, tree: DepotTree, sent: SentDown, found: Iterable[_Found]) -> dict[str, Any]:
    levels = [
        {
            "level": level + 1,
            "depots": int((tree.depth == level).sum()),
            "packs_sent_down": int(sent.packs[tree.depth[sent.depot] == level].sum()),
        }
        for level in range(tree.levels)
    ]
    found = list(found)
    tiers: dict[str, dict[str, Any]] = {}
    for row in (row for _, rows in found if rows is not None for row in rows):
        total = tiers.setdefault(row["tier"], dict.fromkeys(("sites", "pairs", "met", "partly", "nothing"), 0))
        for key in total:
            total[key] += row[key]
    return {
        "schema": "allocator.levels/1",
        "date": case.policy.date.isoformat(),
        "levels": levels,
        "depots_planned": sum(rows is not None for _, rows in found),
        "depots_with_nothing_to_send": [code for code, rows in found if rows is None],
        "roads_left_out": tree.shared,
        "tiers": [{"tier": tier, **tiers[tier]} for tier in case.policy.tier_names if tier in tiers],
    }


def _show(session: Session, summary: dict[str, Any], *, case_path: Path, out: Path) -> None:
    session.show_json("allocator.levels/1", {key: value for key, value in summary.items() if key != "schema"})
    word = session.word
    titles = (word(say("level")), word(say("depots")), word(say("packs sent down")))
    rows = [(str(each["level"]), f"{each['depots']:,}", f"{each['packs_sent_down']:,}") for each in summary["levels"]]
    for line in table([titles, *rows]):
        session.show(line)
    session.show()
    keys = ("sites", "pairs", "met", "partly", "nothing")
    heads = (say("tier"), say("sites"), say("needs"), say("met"), say("partly met"), say("got nothing"))
    tiers = [
        (tier_named(each["tier"]).worded(session.lang), *(f"{each[key]:,}" for key in keys))
        for each in summary["tiers"]
    ]
    for line in table([tuple(map(word, heads)), *tiers]):
        session.show(line)
    nothing = summary["depots_with_nothing_to_send"]
    if nothing:
        session.tell(say("Depots that can send nothing: {count:,}; summary.json names them.", count=len(nothing)))
    if summary["roads_left_out"]:
        session.tell(
            say(
                "Roads that were left out, for a nearer depot serves their end: {count:,}. Level by level each place "
                "has one depot above it.",
                count=summary["roads_left_out"],
            )
        )
    check = shlex.join(["allocator", "verify", str(case_path), str(out)])
    session.show()
    session.show(word(say("To check it: {command}", command=check)))
