"""What was planted: who did which wrong where, when and how much. Rules never see it; the judge does."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

__all__ = ["Plants", "Wrong", "read_truth", "write_truth"]


@dataclass(kw_only=True)
class Wrong:
    """One planted wrong. Days count from the first, both inclusive; `size`: 1 blatant … 0 modest.

    `more`: what living it needs; `documents`: keys, and later numbers, of the documents that are the wrong itself.
    """

    kind: str
    first_day: int
    last_day: int
    size: float
    sites: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    persons: list[str] = field(default_factory=list)
    partners: list[str] = field(default_factory=list)
    documents: list[Any] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def holds(self, day: int) -> bool:
        """Say whether it is done on a day."""
        return self.first_day <= day <= self.last_day


class Plants:
    """All wrongs of a half year; none in an honest one."""

    def __init__(self, wrongs: Iterable[Wrong] = ()) -> None:
        self.all = list(wrongs)
        self._at: dict[tuple[str, str], list[Wrong]] = defaultdict(list)
        for each in self.all:
            for site in each.sites:
                self._at[each.kind, site].append(each)

    def of(self, kind: str) -> list[Wrong]:
        """Return the wrongs of a kind."""
        return [each for each in self.all if each.kind == kind]

    def at(self, kind: str, site: str, day: int | None = None) -> Wrong | None:
        """Return the wrong of a kind at a site, that holds on a day where one is given."""
        found = self._at.get((kind, site), ())
        return next((each for each in found if day is None or each.holds(day)), None)


def write_truth(path: Path, plants: Plants, ids: dict[str, int]) -> None:
    """Write the table of what was planted, with the numbers that its documents got."""
    rows = [{**asdict(each), "documents": sorted(ids[key] for key in each.documents if key in ids)}
            for each in plants.all]  # fmt: skip
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_truth(path: Path) -> list[Wrong]:
    """Read the table of what was planted."""
    return [Wrong(**row) for row in json.loads(path.read_text(encoding="utf-8"))]
