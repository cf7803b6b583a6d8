"""A plan as its folder tells it, to be shown again: who gets what and why, without the proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from allocator.case import Case
from allocator.plan import Lines, Lots, Plan, PlanPairs, Reason, Stops, Substituted
from allocator.proof import Proof
from allocator.sentence import Sentence
from data.csv_cells import named_rows
from data.plan_reading import columns_of_file
from data.proof_reading import read_summary
from data.stored_plan import NOTES

__all__ = ["read_shown_plan"]


def read_shown_plan(folder: Path, case: Case, lang: str) -> Plan:
    """Return the plan in a folder with its reasons and notes as they are worded in a language ("en" or "zh").

    Raises `DoesNotHold` where a file cannot be read.
    """
    reasons = _reasons(folder, lang)
    sites, items = case.site_index, case.item_index
    codes = {
        "site": sites,
        "depot": sites,
        "item": items,
        "by": items,
        "tier": {name: n for n, name in enumerate(case.policy.tier_names)},
        "reason": {key: n for n, key in enumerate(reasons)},
    }
    pairs = columns_of_file(folder, "pairs.csv", codes)
    del pairs["cover_before"], pairs["cover_after"]  # worked out anew from what they were made of
    none: Any = np.empty(0, dtype=np.int64)
    nothing: dict[str, Any] = {"depot": none, "site": none, "item": none, "units": none}
    return Plan(
        pairs=PlanPairs(**pairs, counted=np.ones(len(pairs["site"]), dtype=bool)),
        lines=Lines(**columns_of_file(folder, "lines.csv", codes)),
        substituted=Substituted(**nothing, by=none, packs=none),
        stops=Stops(**columns_of_file(folder, "stops.csv", codes)),
        lots=Lots(**nothing, lot=none),
        reasons=tuple(reasons.values()),
        proof=Proof((), ()),
        summary=read_summary(folder / "summary.json"),
        notes=_notes(folder, lang),
    )


def _reasons(folder: Path, lang: str) -> dict[str, Reason]:
    """Return the reasons by key; their sentences are worded already."""
    with (folder / "reasons.csv").open(encoding="utf-8", newline="") as file:
        return {row["reason"]: Reason(row["code"], _worded(row[lang])) for row in named_rows(file)}


def _worded(text: str) -> Sentence:
    return Sentence("{text}", {"text": text})


def _notes(folder: Path, lang: str) -> tuple[Sentence, ...]:
    path = folder / NOTES
    notes = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else []
    return tuple(_worded(note[lang]) for note in notes)
