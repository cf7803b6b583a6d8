"""Read a plan folder back, for the checker.

Whatever is wrong with the files (missing, not readable, unknown codes, doubled rows, numbers that
are none) becomes the first thing that does not hold, `PlanRead.fault`, and never a traceback.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from allocator.case import Case
from allocator.sentence import Sentence, say
from allocator.verify_shapes import (
    DoesNotHold,
    PlanRead,
    ReadLines,
    ReadLots,
    ReadOverridden,
    ReadPairs,
    ReadProof,
    ReadStops,
    ReadSubstituted,
    refuse,
)
from data.csv_cells import meant
from data.problems import legible
from data.proof_reading import read_proof, read_summary

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

__all__ = ["columns_of_file", "read_plan"]

_COLUMN_LACKING = re.compile(r"Column '(\w+)' in include_columns does not exist")
_CELL_MISREAD = re.compile(r"In CSV column #(\d+): Row #(\d+): .*invalid value '(.*)'")
_CODE, _WHOLE, _DECIMAL = "code", "whole", "decimal"
_SIZE_MAX = 8 * 2**30  # bytes; a plan for 10,000,000 pairs has a pairs.csv of about 1.2 GB

# One row a table: its columns and what each holds. "site", "item" and "by" are codes of the case.
_TABLES: dict[str, dict[str, str]] = {
    "pairs.csv": {
        "site": _CODE,
        "item": _CODE,
        "tier": _CODE,
        "daily_units": _DECIMAL,
        "on_hand": _WHOLE,
        "in_transit": _WHOLE,
        "fair_units": _DECIMAL,
        "units": _DECIMAL,
        "cover_before": _DECIMAL,
        "cover_after": _DECIMAL,
        "rung": _WHOLE,
        "fill": _DECIMAL,
        "reason": _CODE,
    },
    "lines.csv": {"depot": _CODE, "site": _CODE, "item": _CODE, "packs": _WHOLE, "units": _WHOLE, "kg": _DECIMAL},
    "substitutes.csv": {"depot": _CODE, "site": _CODE, "item": _CODE, "by": _CODE, "packs": _WHOLE, "units": _WHOLE},
    "stops.csv": {"depot": _CODE, "site": _CODE, "kg": _DECIMAL, "m3": _DECIMAL},
    "lots.csv": {"depot": _CODE, "site": _CODE, "item": _CODE, "lot": _CODE, "units": _WHOLE},
    "reasons.csv": {"reason": _CODE},
    "overrides.csv": {"site": _CODE, "item": _CODE, "units": _WHOLE},
}


def read_plan(folder: Path, case: Case) -> PlanRead:
    """Read the plan in a folder, in positions of the case's codes.

    What is wrong with the files is the `fault` of an empty plan. Raises OSError where the system
    does not let them be read, which says nothing about the plan.
    """
    try:
        return _read(Path(folder), case)
    except DoesNotHold as found:
        return _nothing(found.sentence)


def _read(folder: Path, case: Case) -> PlanRead:
    if not folder.is_dir():
        refuse(say("{folder} is not a folder. Name the folder a plan was written to.", folder=str(folder)))
    tiers = {name: n for n, name in enumerate(case.policy.tier_names)}
    reasons = _table(folder, "reasons.csv").column("reason").combine_chunks().dictionary.to_pylist()
    codes = {
        "site": case.site_index,
        "depot": case.site_index,
        "item": case.item_index,
        "by": case.item_index,
        "tier": tiers,
        "reason": {key: n for n, key in enumerate(reasons)},
    }
    pairs = columns_of_file(folder, "pairs.csv", codes)
    pairs["reason_known"] = pairs.pop("reason") >= 0
    substituted = _empty("substitutes.csv")
    if (folder / "substitutes.csv").exists():
        substituted = columns_of_file(folder, "substitutes.csv", codes)
    overridden = _empty("overrides.csv")
    if (folder / "overrides.csv").exists():
        overridden = columns_of_file(folder, "overrides.csv", codes)
    has_lots = (folder / "lots.csv").exists()
    return PlanRead(
        pairs=ReadPairs(**pairs),
        lines=ReadLines(**columns_of_file(folder, "lines.csv", codes)),
        substituted=ReadSubstituted(**substituted),
        stops=ReadStops(**columns_of_file(folder, "stops.csv", codes)),
        lots=ReadLots(**columns_of_file(folder, "lots.csv", codes)) if has_lots else None,
        proof=read_proof(folder / "proof.json"),
        overridden=ReadOverridden(**overridden),
        summary=read_summary(folder / "summary.json"),
    )


def _nothing(fault: Sentence) -> PlanRead:
    pairs = _empty("pairs.csv")
    pairs["reason_known"] = pairs.pop("reason").astype(bool)
    return PlanRead(
        pairs=ReadPairs(**pairs),
        lines=ReadLines(**_empty("lines.csv")),
        substituted=ReadSubstituted(**_empty("substitutes.csv")),
        stops=ReadStops(**_empty("stops.csv")),
        lots=None,
        proof=ReadProof((), ()),
        fault=fault,
    )


def _empty(name: str) -> dict[str, Any]:
    kinds = {_CODE: np.int32, _WHOLE: np.int64, _DECIMAL: np.float64}
    return {column: np.empty(0, dtype=kinds[kind]) for column, kind in _TABLES[name].items()}


def _table(folder: Path, name: str) -> pa.Table:
    """Read one file as text and numbers, or refuse with what is wrong with it."""
    import pyarrow as pa
    from pyarrow import csv as pa_csv

    path = folder / name
    if not path.is_file():
        refuse(say("{file} is missing from the plan. Write the plan again.", file=name))
    if path.stat().st_size > _SIZE_MAX:
        refuse(
            say(
                "{file} is larger than {limit} bytes, more than any plan this checker reads.",
                file=name,
                limit=_SIZE_MAX,
            )
        )
    kinds = {_CODE: pa.dictionary(pa.int32(), pa.string()), _WHOLE: pa.int64(), _DECIMAL: pa.float64()}
    types = {column: kinds[kind] for column, kind in _TABLES[name].items()}
    blanks_allowed = ["kg", "m3", "lot"]
    try:
        table = pa_csv.read_csv(
            path,
            read_options=pa_csv.ReadOptions(use_threads=False),
            parse_options=pa_csv.ParseOptions(newlines_in_values=name == "reasons.csv"),
            convert_options=pa_csv.ConvertOptions(
                column_types=types, include_columns=list(types), strings_can_be_null=False, null_values=[""]
            ),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError, UnicodeDecodeError) as error:
        refuse(_unreadable(path, str(error).splitlines()[0]))
    for column, kind in _TABLES[name].items():
        if kind != _CODE and column not in blanks_allowed and table.column(column).null_count:
            refuse(say("{file}: column {column} has blanks where a number is due.", file=name, column=column))
    return table


def _unreadable(path: Path, error: str) -> Sentence:
    """Return what Arrow says of a file, with the place in the file's own words."""
    if not path.stat().st_size:
        return say("{file} is empty. Write the plan again.", file=path.name)
    lacking = _COLUMN_LACKING.search(error)
    if lacking:
        return say("{file} has no column {column}. Write the plan again.", file=path.name, column=lacking[1])
    misread = _CELL_MISREAD.search(error)
    if misread:
        with path.open(encoding="utf-8", errors="replace", newline="") as file:
            names = next(csv.reader(file), [])
        at = int(misread[1])
        return say(
            '{file}, row {row}, column {column}: "{found}" is not a number that may stand here.',
            file=path.name,
            row=int(misread[2]),
            column=names[at] if at < len(names) else at + 1,
            found=legible(misread[3]),
        )
    return say("{file} cannot be read: {error}. Write the plan again.", file=path.name, error=error)


def columns_of_file(folder: Path, name: str, codes: dict[str, dict[str, int]]) -> dict[str, Any]:
    """Return the columns of one file of a plan; `codes` gives positions by code for each column that holds codes.

    Raises `DoesNotHold` with what is wrong with the file.
    """
    table = _table(folder, name)
    found: dict[str, Any] = {}
    for column, kind in _TABLES[name].items():
        values = table.column(column)
        if column == "lot":
            found[column] = _texts(values)
        elif kind == _CODE:
            found[column] = _positions(name, column, values, codes[column])
        else:
            found[column] = _numbers(values, kind)
    if name == "pairs.csv":
        found["tier"], found["rung"] = found["tier"].astype(np.int8), _small(found["rung"])
    return found


def _numbers(values: pa.ChunkedArray, kind: str) -> NDArray[Any]:
    return np.asarray(values.to_numpy(), dtype=np.int64 if kind == _WHOLE else np.float64)


def _small(rung: NDArray[Any]) -> NDArray[np.int8]:
    # A rung that int8 cannot hold is on no ladder: -1 is refused as such later.
    return np.where((rung < 0) | (rung > np.iinfo(np.int8).max), -1, rung).astype(np.int8)


def _texts(values: pa.ChunkedArray) -> NDArray[np.object_]:
    parts = [
        np.array(list(map(meant, chunk.dictionary.to_pylist())) or [""], dtype=object)[chunk.indices.to_numpy()]
        for chunk in values.chunks
    ]
    return np.concatenate(parts) if parts else np.empty(0, dtype=object)


def _positions(name: str, column: str, values: pa.ChunkedArray, places: dict[str, int]) -> NDArray[np.int32]:
    """Return codes as positions; each distinct code is looked up once."""
    parts = []
    for chunk in values.chunks:
        known = np.array([places.get(meant(code), -1) for code in chunk.dictionary.to_pylist()] or [-1], dtype=np.int32)
        parts.append(known[chunk.indices.to_numpy()])
        unknown = parts[-1] < 0
        if column != "reason" and bool(unknown.any()):
            code = chunk[int(np.argmax(unknown))].as_py()
            refuse(say("{file}: {column} {code} is not in the case.", file=name, column=column, code=code))
    return np.concatenate(parts) if parts else np.empty(0, dtype=np.int32)
