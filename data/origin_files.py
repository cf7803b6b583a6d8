"""Where each need of a ledger's case comes from, as files beside the case or the plan that it went into.

| file | a row for each |
|---|---|
| `sources.csv` | need: its source, since when, what activity and recorded use say |
| `activity.csv` | coefficient that adds to a need from activity |
| `unusual.csv` | need far above its peers', which was not cut |
| `raised.csv` | site that a local fact raised to another tier |
| `estimates.csv` | need whose stock was estimated forward, for its site had not reported for too long |
| `fleets.csv` | fleet of durables, from which it follows how many of them work |

A file without rows is left out, but for `sources.csv`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.activity import CONFIDENCES
from allocator.case import Case
from allocator.fleets import Fleets
from allocator.need_sources import SOURCES
from allocator.settled_needs import Settled
from data.csv_cells import named_rows, write_rows
from data.csv_text import plain_numbers, quoted, taken, write_csv

__all__ = ["ESTIMATE_COLUMNS", "FLEETS", "ORIGIN_FILES", "ORIGIN_WORDS", "read_fleets", "write_fleets", "write_origins"]

FLEETS = "fleets.csv"

_SOURCES = (
    *("site", "item", "daily_units", "source", "since", "stale", "norm_units", "multiplier", "use_days"),
    *("unusual", "low_units", "high_units", "confidence"),
)
_PARTS = (
    *("site", "item", "driver", "daily_units", "value", "kind", "posture", "wear_hours_max", "reuse"),
    *("confidence", "source"),
)
_UNUSUAL = ("site", "item", "daily_units", "times", "source")
_RAISED = ("site", "tier", "before", "fact", "place", "value", "since", "at_least", "reason", "said_by")
_FLEET = ("site", "item", "held", "working", "counted_on", "attrition")
_FLAGS = ("false", "true")

ESTIMATE_COLUMNS = ("site", "item", "since", "book_units", "estimated_units")

ORIGIN_FILES = {
    "sources.csv": _SOURCES,
    "activity.csv": _PARTS,
    "unusual.csv": _UNUSUAL,
    "raised.csv": _RAISED,
    "estimates.csv": ESTIMATE_COLUMNS,
}
"""The files of `write_origins`, and that of stock which was estimated, with their columns."""

ORIGIN_WORDS = {
    "site": "点位编码",
    "item": "物资编码",
    "daily_units": "日用量",
    "source": "来源",
    "since": "起始日期",
    "stale": "过时",
    "norm_units": "系数测算量",
    "multiplier": "用量修正倍数",
    "use_days": "有记录天数",
    "unusual": "修正异常",
    "low_units": "下限",
    "high_units": "上限",
    "confidence": "可信度",
    "driver": "活动指标",
    "value": "数值",
    "kind": "类型",
    "posture": "态势",
    "wear_hours_max": "最长佩戴小时",
    "reuse": "重复使用次数",
    "times": "为同类的倍数",
    "tier": "级别",
    "before": "原级别",
    "fact": "信息类别",
    "place": "地点编码",
    "at_least": "规则下限",
    "book_units": "账面数量",
    "estimated_units": "推算数量",
    "reason": "依据",
    "said_by": "填报单位",
}
"""What the columns of these files are called in a Chinese workbook."""


def write_origins(settled: Settled, folder: Path) -> None:
    """Write where the needs of a settled case come from."""
    _write_sources(settled, folder / "sources.csv")
    if len(settled.parts):
        _write_parts(settled, folder / "activity.csv")
    case, needs = settled.case, settled.case.needs
    unusual = [
        (
            *(case.sites.code[each.site], case.items.code[each.item]),
            *(f"{needs.daily_units[row]:g}", f"{each.times:.1f}", SOURCES[settled.origins.source[row]]),
        )
        for each, row in zip(settled.odd, settled.odd_rows(), strict=True)
    ]
    unusual.sort()
    _write_few(folder / "unusual.csv", _UNUSUAL, unusual)
    raised = []
    for site in settled.raised:
        fact = site.fact
        known = (fact.fact, fact.place, f"{fact.value:g}", fact.since.isoformat(), f"{site.at_least:g}")
        raised.append((site.site, site.tier, site.before, *known, fact.reason, fact.said_by))
    _write_few(folder / "raised.csv", _RAISED, raised)


def _write_sources(settled: Settled, path: Path) -> None:
    case, needs, origins = settled.case, settled.case.needs, settled.origins
    sites, items = quoted(case.sites.code), quoted(case.items.code)
    sources, flags, confidences = quoted(SOURCES), quoted(_FLAGS), quoted([*CONFIDENCES, ""])

    def columns(rows: slice) -> list[Any]:
        return [
            taken(sites, needs.site[rows]),
            taken(items, needs.item[rows]),
            plain_numbers(needs.daily_units[rows]),
            taken(sources, origins.source[rows]),
            _days(origins.since[rows]),
            taken(flags, origins.stale[rows].astype(np.int8)),
            plain_numbers(origins.norm[rows]),
            plain_numbers(_short(origins.multiplier[rows])),
            plain_numbers(np.where(np.isnan(origins.norm[rows]), np.nan, origins.use_days[rows])),
            taken(flags, origins.unusual[rows].astype(np.int8)),
            plain_numbers(_short(origins.low[rows])),
            plain_numbers(_short(origins.high[rows])),
            taken(confidences, origins.confidence[rows] % (len(CONFIDENCES) + 1)),
        ]

    write_csv(path, _SOURCES, len(needs), columns)


def _write_parts(settled: Settled, path: Path) -> None:
    case, parts, by = settled.case, settled.parts, settled.coefficients
    sites, items = quoted(case.sites.code), quoted(case.items.code)
    texts = {name: quoted(getattr(by, name)) for name in ("driver", "kind", "posture", "confidence", "source")}
    numbers = {name: plain_numbers(getattr(by, name)) for name in ("value", "wear_hours_max", "reuse")}
    of_row = texts | numbers

    def columns(rows: slice) -> list[Any]:
        own = {
            "site": taken(sites, parts.site[rows]),
            "item": taken(items, parts.item[rows]),
            "daily_units": plain_numbers(_short(parts.daily_units[rows])),
        }
        return [own[name] if name in own else taken(of_row[name], parts.coefficient[rows]) for name in _PARTS]

    write_csv(path, _PARTS, len(parts), columns)


def _short(numbers: Any) -> Any:
    return np.rint(numbers * 1e4) / 1e4


def _days(days: Any) -> Any:
    distinct, which = np.unique(days, return_inverse=True)
    return taken(quoted(["" if np.isnat(day) else str(day) for day in distinct]), which)


def _write_few(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table of few rows, or none where there are none."""
    rows = list(rows)
    if not rows:
        path.unlink(missing_ok=True)
        return
    with path.open("w", encoding="utf-8", newline="") as file:
        write_rows(file, [header, *rows])


def write_fleets(case: Case, fleets: Fleets, folder: Path) -> None:
    """Write the fleets by which the stock of a case was told, where there are any."""
    sites, items = case.sites.code[fleets.site].tolist(), case.items.code[fleets.item].tolist()
    numbers = (fleets.held.tolist(), fleets.working.tolist(), fleets.counted_on.astype(str).tolist())
    shares = ["" if np.isnan(share) else f"{share:g}" for share in fleets.attrition.tolist()]
    _write_few(folder / FLEETS, _FLEET, zip(sites, items, *numbers, shares, strict=True))


def read_fleets(case: Case, folder: Path) -> Fleets:
    """Return the fleets that were written beside a case; none where there is no such file.

    Raises LookupError or ValueError where the file was altered so that it cannot be read.
    """
    path = folder / FLEETS
    rows: list[dict[str, str]] = []
    if path.is_file():
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(named_rows(file))
    return Fleets(
        site=np.array([case.site_index[row["site"]] for row in rows], dtype=np.int32),
        item=np.array([case.item_index[row["item"]] for row in rows], dtype=np.int32),
        held=np.array([int(row["held"]) for row in rows], dtype=np.int64),
        working=np.array([int(row["working"]) for row in rows], dtype=np.int64),
        counted_on=np.array([row["counted_on"] for row in rows], dtype="datetime64[D]"),
        attrition=np.array([float(row["attrition"] or "nan") for row in rows], dtype=np.float64),
    )
