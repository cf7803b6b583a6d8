"""Estimates of stale stock between the ledger and files: made again from the same documents, told beside the plan."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case
from allocator.estimates import NO_ESTIMATES, Estimates, estimated_forward
from allocator.sentence import Named, Sentence, say
from data.csv_cells import named_rows, write_rows
from data.origin_files import ESTIMATE_COLUMNS
from models.last_reports import last_reports

__all__ = ["ESTIMATES", "estimate_told", "silent_sites", "with_estimates", "write_estimates"]

ESTIMATES = "estimates.csv"


def with_estimates(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> tuple[Case, Estimates]:
    """Return a case with its stale stock estimated forward where its policy says so, and which stock that is."""
    if case.policy.stale_stock != "estimate":
        return case, NO_ESTIMATES
    return estimated_forward(case, last_reports(connection, case, document_up_to=document, zone=zone))


def silent_sites(connection: sa.Connection, case: Case, *, document: int, zone: ZoneInfo) -> list[str]:
    """Return the sites with needs that reported neither use nor a count for too long, those silent longest first."""
    reported = last_reports(connection, case, document_up_to=document, zone=zone)
    age = (np.datetime64(case.policy.date, "D") - reported).astype(np.int64)
    needing = np.zeros(len(case.sites), dtype=bool)
    needing[case.needs.site] = True
    rows = np.flatnonzero(needing & ~np.isnat(reported) & (age > case.policy.stale_days))
    return [str(case.sites.code[row]) for row in rows[np.argsort(-age[rows], kind="stable")].tolist()]


def write_estimates(estimates: Estimates, case: Case, folder: Path) -> None:
    """Write which stock is an estimate; no file where none is."""
    if not len(estimates):
        return
    with (folder / ESTIMATES).open("w", encoding="utf-8", newline="") as file:
        rows: list[tuple[str | int, ...]] = [ESTIMATE_COLUMNS]
        for row in range(len(estimates)):
            codes = case.sites.code[estimates.site[row]], case.items.code[estimates.item[row]]
            units = int(estimates.book_units[row]), int(estimates.units[row])
            rows.append((*codes, str(estimates.since[row]), *units))
        write_rows(file, rows)


def estimate_told(folder: Path, site: str, item: str) -> Sentence | None:
    """Return what the files of a plan say of a need whose stock was estimated, None where it was not."""
    path = folder / ESTIMATES
    if not path.is_file():
        return None
    with path.open(encoding="utf-8", newline="") as file:
        for row in named_rows(file):
            if (row["site"], row["item"]) == (site, item):
                return say(
                    "Its stock of {item} is an estimate: the books have {book}, but the site last reported on {since}; "
                    "with its use since then taken off, {units} were planned with.",
                    item=Named(item),
                    book=row["book_units"],
                    since=row["since"],
                    units=row["estimated_units"],
                )
    return None
