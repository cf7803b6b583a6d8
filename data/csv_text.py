r"""Write CSV quickly and always alike: UTF-8, a header, `\n` line ends, plain decimal numbers.

Rows are joined as texts by pyarrow, chunk by chunk, so that ten million rows need neither a Python
loop nor memory of their own, and every byte is ours: a field is quoted only where it has to be,
a number never carries an exponent or a needless `.0`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

import data.arrow_alone  # noqa: F401 - so that pyarrow does not import pandas
from data.csv_cells import BEGINS_A_FORMULA

__all__ = ["CHUNK_ROWS", "bytes_of", "meant_texts", "plain_numbers", "quoted", "rounded_12", "taken", "write_csv"]

CHUNK_ROWS = 1 << 18
_DIGITS = 12
# 10**22 is the largest power of ten a float64 holds exactly; beyond it the quotient is not the nearest.
_EXACT_POWER = 22
_QUOTED_FORMULA = BEGINS_A_FORMULA.replace("'*", "'+")
_QUOTE_WHERE = r'[",\r\n]'
# Outside this range arrow's shortest text has an exponent.
_PLAIN_LEAST, _PLAIN_MOST = 1e-5, 1e10


def rounded_12(values: Any) -> NDArray[np.float64]:
    """Return the values rounded to 12 significant digits, as the nearest float64.

    >>> rounded_12(np.array([2 / 3, 1234567.8912345678, 0.0])).tolist()
    [0.666666666667, 1234567.89123, 0.0]
    """
    numbers = np.asarray(values, dtype=np.float64)
    size = np.abs(numbers)
    logs = np.log10(size, out=np.zeros_like(size), where=(size > 0) & np.isfinite(size))
    power = np.minimum(_DIGITS - 1 - np.floor(logs).astype(np.int64), _EXACT_POWER)
    # An integer below 10**12 over an exact power of ten is the float64 nearest to that decimal.
    scale = _TENS[np.abs(power)]
    return np.where(power >= 0, np.rint(numbers * scale) / scale, np.rint(numbers / scale) * scale)


_TENS = np.array([float(10**power) for power in range(309)])


def plain_numbers(values: Any) -> Any:
    """Return numbers as texts: whole ones without a point, others in their shortest decimal form.

    Absent numbers (nan) are empty. No exponents; minus zero is 0.

    >>> plain_numbers(np.array([20.0, 0.1, 1.5e11, 2.5e-7, np.nan, -0.0])).to_pylist()
    ['20', '0.1', '150000000000', '0.00000025', '', '0']
    """
    numbers = np.asarray(values)
    if numbers.dtype.kind in "iu":
        return pa.array(numbers).cast(pa.string())
    numbers = numbers + 0.0  # minus zero becomes zero
    if len(numbers) > CHUNK_ROWS // 64 and _repeats(numbers):
        encoded = pc.dictionary_encode(pa.array(numbers))
        return plain_numbers(encoded.dictionary.to_numpy(zero_copy_only=False)).take(encoded.indices)
    size = np.abs(numbers)
    odd = ~((size >= _PLAIN_LEAST) & (size < _PLAIN_MOST)) & (size != 0)
    texts = pa.array(np.where(odd, 0.0, numbers)).cast(pa.string())
    if not odd.any():
        return texts
    distinct, which = np.unique(numbers[odd], return_inverse=True)
    spelled = pa.array(["" if np.isnan(x) else np.format_float_positional(x, trim="-") for x in distinct], pa.string())
    return pc.replace_with_mask(texts, pa.array(odd), spelled.take(pa.array(which)))


def _repeats(numbers: NDArray[np.float64]) -> bool:
    # Numbers that repeat are spelled once each: a catchment's pairs share one fill.
    seen = numbers[:: max(1, len(numbers) // 2048)]
    return len(np.unique(seen)) * 4 < len(seen)


def quoted(texts: Sequence[str] | NDArray[np.object_]) -> Any:
    """Return texts as CSV fields that no spreadsheet works out, in quotes only where a sign inside asks for it.

    >>> quoted(["mask", 'say "mask", loudly', "=1+1", "-"]).to_pylist()
    ['mask', '"say ""mask"", loudly"', "'=1+1", '-']
    """
    fields = _safe(pa.array(texts, pa.string()))
    must = pc.match_substring_regex(fields, _QUOTE_WHERE)
    if not pc.any(must).as_py():
        return fields
    inside = pc.replace_substring(fields, '"', '""')
    return pc.if_else(must, pc.binary_join_element_wise('"', inside, '"', ""), fields)


def _safe(texts: Any) -> Any:
    """Do for many texts what `data.csv_cells.safe` does for one."""
    begins = pc.match_substring_regex(texts, f"(?s){BEGINS_A_FORMULA}")
    if not pc.any(begins).as_py():
        return texts
    return pc.if_else(begins, pc.binary_join_element_wise("'", texts, ""), texts)


def meant_texts(cells: Any) -> Any:
    """Do for many cells what `data.csv_cells.meant` does for one.

    >>> meant_texts(pa.array(["'=1+1", "-", "'tis", None])).to_pylist()
    ['=1+1', '-', "'tis", None]
    """
    begins = pc.match_substring_regex(cells, f"(?s){_QUOTED_FORMULA}")
    if not pc.any(begins).as_py():
        return cells
    return pc.if_else(begins, pc.utf8_slice_codeunits(cells, 1), cells)


def taken(fields: Any, positions: NDArray[np.integer]) -> Any:
    """Return the fields at these positions (-1 and the like are no positions)."""
    return fields.take(pa.array(positions))


def write_csv(
    path: Path,
    header: Sequence[str],
    rows: int,
    columns: Callable[[slice], Sequence[Any]],
    *,
    chunk_rows: int = CHUNK_ROWS,
) -> None:
    """Write a table whose columns are asked for in chunks, as equally long arrays of finished fields."""
    with path.open("wb") as file:
        file.write((",".join(quoted(list(header)).to_pylist()) + "\n").encode())
        for start in range(0, rows, chunk_rows):
            *fields, last = columns(slice(start, min(rows, start + chunk_rows)))
            ending = pc.binary_join_element_wise(last, "", "\n")
            file.write(bytes_of(pc.binary_join_element_wise(*fields, ending, ",")))


def bytes_of(lines: Any) -> memoryview:
    """Return the bytes of all lines, which lie behind one another in memory."""
    _, offsets, content = lines.buffers()
    width = 8 if pa.types.is_large_string(lines.type) else 4
    ends = np.frombuffer(offsets, dtype=f"<i{width}")
    return memoryview(content)[int(ends[lines.offset]) : int(ends[lines.offset + len(lines)])]
