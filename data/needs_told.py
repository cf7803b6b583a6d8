"""What there is to say about the needs of a whole case: how many come from where, who was raised, what is unusual."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from allocator.need_sources import SOURCES
from allocator.settled_needs import Settled
from allocator.tier_rules import Raised
from data.origin_reading import raised_in, unusual_in

__all__ = ["NeedsTold", "Unusual", "told_in", "told_of"]


@dataclass(frozen=True)
class Unusual:
    """A need far above its peers': `times` their middle. It was not cut."""

    site: str
    item: str
    daily_units: str
    times: float
    source: str


@dataclass(frozen=True, kw_only=True)
class NeedsTold:
    """How many needs come from each source, how many reports are old; the sites raised; the unusual needs.

    `far_from_kind`: needs from activity whose recorded use is far from that of their kind.
    """

    by_source: Mapping[str, int]
    stale: int
    far_from_kind: int
    raised: tuple[Raised, ...]
    unusual: tuple[Unusual, ...]


def told_of(settled: Settled) -> NeedsTold:
    """Return what there is to say of needs as they were settled."""
    case, origins = settled.case, settled.origins
    needed = case.needs.daily_units > 0  # a need of 0 has ended
    counts = np.bincount(origins.source[needed], minlength=len(SOURCES)).tolist()
    rows = settled.odd_rows()
    return NeedsTold(
        by_source=dict(zip(SOURCES, counts, strict=True)),
        stale=int((origins.stale & needed).sum()),
        far_from_kind=int(origins.unusual.sum()),
        raised=settled.raised,
        unusual=tuple(
            Unusual(
                case.sites.code[odd.site],
                case.items.code[odd.item],
                f"{case.needs.daily_units[row]:g}",
                odd.times,
                SOURCES[origins.source[row]],
            )
            for odd, row in zip(settled.odd, rows, strict=True)
        ),
    )


def told_in(folder: Path) -> NeedsTold | None:
    """Return the same as the files beside a plan tell it; None where there are none."""
    import pyarrow.compute as pc
    import pyarrow.csv as pa_csv

    path = folder / "sources.csv"
    if not path.is_file():
        return None
    columns = {"source": "string", "stale": "string", "unusual": "string", "daily_units": "double"}
    options = pa_csv.ConvertOptions(include_columns=list(columns), column_types=columns)
    table = pa_csv.read_csv(path, convert_options=options)
    table = table.filter(pc.greater(table.column("daily_units"), 0))
    counted = {each["values"]: each["counts"] for each in table.column("source").value_counts().to_pylist()}
    stale, far = (pc.sum(pc.equal(table.column(name), "true")).as_py() or 0 for name in ("stale", "unusual"))
    rows = unusual_in(folder)
    return NeedsTold(
        by_source={source: counted.get(source, 0) for source in SOURCES},
        stale=stale,
        far_from_kind=far,
        raised=tuple(raised_in(folder)),
        unusual=tuple(
            Unusual(row["site"], row["item"], row["daily_units"], float(row["times"]), row["source"]) for row in rows
        ),
    )
