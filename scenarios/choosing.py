"""Which rows of a table a change speaks of: for every key of `where` one of its patterns must fit."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterable, Mapping

import numpy as np

from allocator.case import STATUSES, Bools, Case, Indices, Texts
from allocator.need import tiers_of_sites
from scenarios.scenario import Change

__all__ = ["chosen", "chosen_of_records", "chosen_words", "item_fields", "site_fields", "stock_fields"]

Fields = Mapping[str, tuple[Texts, Indices | None]]
"""For each key the distinct texts and, for each row, which of them it has; None: the texts are the rows' own."""


def chosen(fields: Fields, where: Mapping[str, tuple[str, ...]], rows: int) -> Bools:
    """Return which of `rows` rows fit; all of them where nothing is asked.

    >>> kinds = np.array(["clinic", "checkpoint"], dtype=object)
    >>> chosen({"kind": (kinds, np.array([0, 1, 1]))}, {"kind": ("check*",)}, 3).tolist()
    [False, True, True]
    """
    fit = np.ones(rows, dtype=bool)
    for key, patterns in where.items():
        texts, position = fields[key]
        matches = _matches(texts.tolist(), patterns)
        fit &= matches if position is None else matches[position]
    return fit


def chosen_of_records(records: Iterable[object], change: Change) -> list[bool]:
    """Return which of some records fit, by their attributes named as the keys."""
    tests = {key: _matching(patterns) for key, patterns in change.where.items()}
    return [all(test(str(getattr(record, key))) is not None for key, test in tests.items()) for record in records]


def chosen_words(words: list[str], patterns: tuple[str, ...]) -> list[bool]:
    """Return which of some words fit one of the patterns."""
    return _matches(words, patterns).tolist()


def site_fields(case: Case, position: Indices | None) -> Fields:
    """Return the keys of a table's sites: code, kind, area and tier."""
    sites = case.sites
    names = np.array([*case.policy.tier_names, ""], dtype=object)
    tier = names[tiers_of_sites(case)]
    return {
        "site": (sites.code, position),
        "kind": (sites.kind, position),
        "area": (sites.area, position),
        "tier": (tier, position),
    }


def item_fields(case: Case, position: Indices) -> Fields:
    """Return the keys of a table's items: code, and consumable or durable."""
    use = np.where(case.items.durable, "durable", "consumable").astype(object)
    return {"item": (case.items.code, position), "use": (use, position)}


def stock_fields(case: Case) -> Fields:
    """Return the keys by which stock is chosen."""
    stock = case.stock
    statuses = np.array(STATUSES, dtype=object)
    return {
        **site_fields(case, stock.site),
        **item_fields(case, stock.item),
        "lot": (stock.lot, None),
        "status": (statuses, stock.status.astype(np.int32)),
        "earmark": (stock.earmark, None),
    }


def _matching(patterns: tuple[str, ...]) -> Callable[[str], re.Match[str] | None]:
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns)).match


def _matches(texts: list[str], patterns: tuple[str, ...]) -> Bools:
    exact = {pattern for pattern in patterns if not any(sign in pattern for sign in "*?[")}
    wild = tuple(pattern for pattern in patterns if pattern not in exact)
    if not wild:
        return np.array([text in exact for text in texts], dtype=bool)
    test = _matching(wild)
    return np.array([text in exact or test(text) is not None for text in texts], dtype=bool)
