"""Where a need comes from, told again from the files beside a plan: for one pair, or what a person should look at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.activity_words import driver_named
from allocator.need_sources import oddness_sentence
from allocator.sentence import Named, Sentence, say
from allocator.tier_rules import Fact, Raised
from data.csv_cells import named_rows
from data.reasons import rows_of_site

__all__ = ["Origin", "origin_of", "raised_in", "unusual_in"]


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where one need comes from: its row in sources.csv, what each coefficient adds, and what is to be said of it.

    `times`: how many times its peers' it is, "" where it is not far above them; `raised`: the site's row
    in raised.csv, if any.
    """

    row: Mapping[str, str]
    parts: tuple[Mapping[str, str], ...]
    times: str
    raised: Raised | None

    def sentences(self, item: Named) -> Iterator[Sentence]:
        """Say where the need comes from, what is odd about it, and why its site was raised."""
        yield from _SAID[self.row["source"]](self.row, self.parts)
        if self.times:
            yield oddness_sentence(item, float(self.times))
        if self.raised is not None:
            yield self.raised.sentence

    def facts(self) -> dict[str, Any]:
        """Return the same as plain JSON values."""
        about = {name: value for name, value in self.row.items() if name not in ("site", "item")}
        parts = [{name: value for name, value in part.items() if name not in ("site", "item")} for part in self.parts]
        return about | {"parts": parts, "times_peers": self.times or None}


def origin_of(folder: Path, site: str, item: str) -> Origin | None:
    """Return where a need comes from; None where a plan does not tell, as one of files alone."""
    rows = _of_pair(folder / "sources.csv", site, item)
    if not rows:
        return None
    odd = _of_pair(folder / "unusual.csv", site, item)
    return Origin(
        row=rows[0],
        parts=tuple(_of_pair(folder / "activity.csv", site, item)),
        times=odd[0]["times"] if odd else "",
        raised=next((each for each in raised_in(folder) if each.site == site), None),
    )


def _of_pair(path: Path, site: str, item: str) -> list[dict[str, str]]:
    return [row for row in rows_of_site(path, site) if row["item"] == item] if path.is_file() else []


def _reported(row: Mapping[str, str], _: object) -> Iterator[Sentence]:
    if not row["since"]:
        yield say("The need of {units} was reported by the site; no day is said.", units=row["daily_units"])
    elif row["stale"] == "true":
        yield say(
            "The need of {units} was reported by the site on {day}: an old report, and nothing newer is known.",
            units=row["daily_units"],
            day=row["since"],
        )
    else:
        yield say("The need of {units} was reported by the site on {day}.", units=row["daily_units"], day=row["since"])


def _from_activity(row: Mapping[str, str], parts: tuple[Mapping[str, str], ...]) -> Iterator[Sentence]:
    since = row["since"]
    if since:
        yield say("The need of {units} comes from activity, as it is since {day}.", units=row["daily_units"], day=since)
    else:
        yield say("The need of {units} comes from activity.", units=row["daily_units"])
    for part in parts:
        yield say(
            "By {driver}: {units}, at {value} each ({confidence}: {source}).",
            driver=driver_named(part["driver"]),
            units=_short(part["daily_units"]),
            value=part["value"],
            confidence=part["confidence"],
            source=part["source"],
        )
    if row["low_units"] == row["high_units"]:
        yield say("The weakest of these coefficients has confidence {confidence}.", confidence=row["confidence"])
    else:
        yield say(
            "With each coefficient at its end it would be {low} to {high}; the weakest has confidence {confidence}.",
            low=_short(row["low_units"]),
            high=_short(row["high_units"]),
            confidence=row["confidence"],
        )
    if row["multiplier"] != "1":
        yield say(
            "Recorded use, here and at sites of its kind, is {times} times what the coefficients say; days recorded "
            "here: {days}.",
            times=_short(row["multiplier"]),
            days=row["use_days"],
        )
    if row["unusual"] == "true":
        yield say(
            "That is far from what its kind uses: either the figures or the reports are wrong here. Ask the site."
        )


def _standard(row: Mapping[str, str], _: object) -> Iterator[Sentence]:
    yield say("The need of {units} is the policy's standard for a site of its kind.", units=row["daily_units"])


_SAID = {"report": _reported, "activity": _from_activity, "standard": _standard}


def _short(number: str) -> str:
    return f"{float(number):.2f}".rstrip("0").rstrip(".")


def raised_in(folder: Path) -> list[Raised]:
    """Return the sites that local facts raised, as the files beside a plan or a case tell it."""
    return [
        Raised(
            site=row["site"],
            tier=row["tier"],
            before=row["before"],
            at_least=float(row["at_least"]),
            fact=Fact(
                place=row["place"],
                fact=row["fact"],
                value=float(row["value"]),
                since=dt.date.fromisoformat(row["since"]),
                reason=row["reason"],
                said_by=row["said_by"],
            ),
        )
        for row in _few(folder / "raised.csv")
    ]


def unusual_in(folder: Path) -> list[dict[str, str]]:
    """Return the needs far above their peers', the furthest first: site, item, daily_units, times, source."""
    return sorted(_few(folder / "unusual.csv"), key=lambda row: (-float(row["times"]), row["site"], row["item"]))


def _few(path: Path) -> list[dict[str, str]]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(named_rows(file))
