"""Which lots the lines of a file speak of: each distinct one once, its expiry as the ledger knows it where unsaid."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np

from data import import_kinds as more_kinds
from data.cell_values import report_rows
from data.import_lines import Lines, numbered
from data.problems import ProblemList
from models.entry import LotKey
from models.requests import NO_LOT
from models.tables import NO_EXPIRY

__all__ = ["Expiries", "lots_of"]

Expiries = Mapping[tuple[str, str], Sequence[str]]
"""The expiry dates that lots are known with, by item and lot number."""


def lots_of(lines: Lines, known: Expiries, problems: ProblemList) -> list[LotKey]:
    """Return the lot of every row; rows of one lot share it. `-` is stock without a lot number.

    A lot number without a date is the lot of that number which the ledger or the file dates; where
    there are several, nobody can say which, and that is a problem.
    """
    fund, earmark = lines.more["fund"], lines.more["earmark"]
    which = numbered(lines.item, lines.lot, lines.expires, fund, earmark)
    first = np.unique(which, return_index=True)[1].tolist()
    dated: dict[tuple[str, str], set[str]] = defaultdict(set)
    for row in first:
        if lines.lot[row] and lines.expires[row]:
            dated[lines.item[row], lines.lot[row]].add(lines.expires[row])
    keys: list[LotKey] = []
    unclear: dict[int, list[str]] = {}
    for number, row in enumerate(first):
        item, expires = lines.item[row], lines.expires[row]
        lot = "" if lines.lot[row] == NO_LOT else lines.lot[row]
        if lot and not expires:
            days = sorted({*known.get((item, lot), ()), *dated.get((item, lot), ())})
            if len(days) > 1:
                unclear[number] = days
            expires = days[0] if len(days) == 1 else ""
        keys.append(LotKey(item, lot, expires or NO_EXPIRY, fund[row], earmark[row]))
    _report(lines, which, unclear, problems)
    return [keys[number] for number in which.tolist()]


def _report(lines: Lines, which: np.ndarray, unclear: Mapping[int, list[str]], problems: ProblemList) -> None:
    rows = np.flatnonzero(np.isin(which, list(unclear)))
    report_rows(
        lines.table,
        "lot",
        problems,
        more_kinds.LOT_SEVERAL,
        rows,
        lambda row: {"lot": lines.lot[row], "item": lines.item[row], "days": unclear[int(which[row])]},
    )
