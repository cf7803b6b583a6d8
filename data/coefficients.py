"""The coefficient catalogue: a CSV table of what one of each driver uses, shipped with sources, open to users' own.

Columns: item, driver, kind (blank: every kind), posture, value, low, high, wear_hours_max, reuse, and for
`area_m2` instead of a value dose_ml_m2, target_mg_l, strength_mg_l, unit_ml; confidence (A, B, C), source.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np

from allocator.activity import CONFIDENCES, DRIVERS, POSTURES, Coefficients, units_per_m2
from allocator.sentence import Sentence, say

__all__ = ["COLUMNS", "SHIPPED", "CoefficientsUnreadable", "read_coefficients"]

SHIPPED = Path(__file__).with_name("coefficients.csv")

COLUMNS = (
    "item", "driver", "kind", "posture", "value", "low", "high", "wear_hours_max", "reuse",
    "dose_ml_m2", "target_mg_l", "strength_mg_l", "unit_ml", "confidence", "source",
)  # fmt: skip
_NUMBERS = COLUMNS[4:13]
_DOSE = ("dose_ml_m2", "target_mg_l", "strength_mg_l", "unit_ml")
BYTES_MAX = 5_000_000


class CoefficientsUnreadable(Exception):
    """The table cannot be used: every sentence names a row, what was found and what to do."""

    def __init__(self, sentences: Iterable[Sentence]) -> None:
        self.sentences = tuple(sentences)
        super().__init__(" ".join(str(sentence) for sentence in self.sentences))


def read_coefficients(path: Path = SHIPPED) -> Coefficients:
    """Return the coefficients of a CSV file (UTF-8, with or without a byte-order mark).

    Raises:
        CoefficientsUnreadable: with everything wrong at once.

    """
    content = path.read_bytes()
    if len(content) > BYTES_MAX:
        raise CoefficientsUnreadable([say("{file} has more than {most} bytes.", file=path.name, most=BYTES_MAX)])
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except (UnicodeDecodeError, csv.Error) as fault:
        why = str(fault)
        raise CoefficientsUnreadable(
            [say("{file} is no CSV table in UTF-8: {why}. Save it so.", file=path.name, why=why)]
        ) from fault
    wrong = [sentence for n, row in enumerate(rows, start=2) for sentence in _wrong(n, row, path.name)]
    wrong += _twice(rows, path.name)
    if wrong or not rows:
        raise CoefficientsUnreadable(wrong or [say("{file} has no rows.", file=path.name)])
    return _columns(rows)


def _wrong(number: int, row: Mapping[str, str | None], file: str) -> Iterable[Sentence]:
    def said(name: str) -> str:
        return (row.get(name) or "").strip()

    for name, known in (("driver", tuple(DRIVERS)), ("posture", POSTURES), ("confidence", CONFIDENCES)):
        if said(name) not in known:
            yield say(
                '{file}, row {row}, {column}: "{found}" is not one of: {known}.',
                file=file,
                row=number,
                column=name,
                found=said(name),
                known=list(known),
            )
    for name in ("item", "source"):
        if not said(name):
            yield say("{file}, row {row}, {column}: nothing is there. Fill it in.", file=file, row=number, column=name)
    needed = _DOSE if said("driver") == "area_m2" else ("value",)
    for name in _NUMBERS:
        if (said(name) or name in needed) and not _number(said(name)) > 0:
            yield say(
                '{file}, row {row}, {column}: "{found}" is not a number above 0.',
                file=file,
                row=number,
                column=name,
                found=said(name),
            )
    low, value, high = (_number(said(name)) for name in ("low", "value", "high"))
    if (low > value) or (high < value):
        yield say("{file}, row {row}: the value lies outside low and high. Correct one of them.", file=file, row=number)


def _twice(rows: Iterable[Mapping[str, str | None]], file: str) -> list[Sentence]:
    seen: dict[tuple[str, ...], int] = {}
    wrong: list[Sentence] = []
    for number, row in enumerate(rows, start=2):
        key = tuple((row.get(name) or "").strip() for name in COLUMNS[:4])
        if key in seen:
            first = seen[key]
            wrong.append(
                say(
                    "{file}, row {row}: says again what row {first} says. Keep one of them.",
                    file=file,
                    row=number,
                    first=first,
                )
            )
        seen.setdefault(key, number)
    return wrong


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan


def _columns(rows: list[dict[str, str]]) -> Coefficients:
    texts = {
        name: np.array([(row.get(name) or "").strip() for row in rows], dtype=np.object_)
        for name in ("item", "driver", "kind", "posture", "source", "confidence")
    }
    numbers = {name: np.array([_number((row.get(name) or "").strip()) for row in rows]) for name in _NUMBERS}
    by_area = texts["driver"] == "area_m2"
    doses = [numbers[name] for name in _DOSE]
    derived = np.array(
        [
            units_per_m2(dose_ml_m2=dose, target_mg_l=target, strength_mg_l=strength, unit_ml=unit)
            for dose, target, strength, unit in zip(*doses, strict=True)
        ]
    )
    value = np.where(by_area, derived, numbers["value"])
    return Coefficients(
        **texts,
        value=value,
        low=np.where(np.isnan(numbers["low"]), value, numbers["low"]),
        high=np.where(np.isnan(numbers["high"]), value, numbers["high"]),
        wear_hours_max=numbers["wear_hours_max"],
        reuse=np.where(np.isnan(numbers["reuse"]), 1.0, numbers["reuse"]),
    )
