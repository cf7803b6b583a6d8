"""Where each rule of a policy stands, so that what is wrong with it can be found."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from data.problems import Place
from data.raw_table import RawTable

__all__ = ["PolicyPlaces", "places_in_sheets", "places_in_toml"]

_SECTION = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]")
_KEY = re.compile(r"""^\s*([\w.-]+|"[^"]*"|'[^']*')\s*=""")


@dataclass(frozen=True)
class PolicyPlaces:
    """The place of the whole policy, and of each key in it: `date`, `reserve.I3`, `ladder 2: cover_days`."""

    whole: Place
    by_key: Mapping[str, Place] = field(default_factory=dict)

    def of(self, key: str) -> Place:
        r"""Return the place of a key, else of its rung or section, else of the whole policy.

        >>> places = places_in_toml("date = 2020-02-10\n[[ladder]]\ncover_days = 1", Place(file="policy.toml"))
        >>> [places.of(key).row for key in ("date", "ladder 1: cover_days", "ladder 1: tiers", "max_hours")]
        [1, 3, 2, 0]
        """
        for name in (key, key.partition(": ")[0], key.partition(".")[0]):
            if name in self.by_key:
                return self.by_key[name]
        return self.whole


def places_in_toml(text: str, whole: Place) -> PolicyPlaces:
    """Return where the keys of a policy.toml stand; a file that is TOML is taken for granted."""
    rows: dict[str, int] = {}
    prefix = ""
    counts: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if section := _SECTION.match(line):
            name = section[2].replace('"', "").replace("'", "")
            if section[1] == "[[":
                counts[name] = counts.get(name, 0) + 1
                name = f"{name} {counts[name]}"
            rows.setdefault(name, number)
            prefix = f"{name}: " if section[1] == "[[" else f"{name}."
        elif key := _KEY.match(line):
            rows.setdefault(prefix + key[1].strip("\"'"), number)
    return PolicyPlaces(whole, {key: replace(whole, row=row) for key, row in rows.items()})


def places_in_sheets(keys: Iterable[tuple[str, int]], whole: Place, ladder: RawTable | None) -> PolicyPlaces:
    """Return where the keys of a sheet `policy` stand (each with its row), and the rungs of a sheet `ladder`."""
    places = {key: replace(whole, row=row) for key, row in keys}
    if ladder is not None:
        places["ladder"] = ladder.place()
        for row in range(ladder.rows):
            places[f"ladder {row + 1}"] = ladder.place(row)
            places |= {f"ladder {row + 1}: {name}": ladder.place(row, name) for name in ladder.columns}
    return PolicyPlaces(whole, places)
