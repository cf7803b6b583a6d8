"""The day on which each site last said what it holds or used: a report of use, or a count."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import numpy as np
import sqlalchemy as sa

from allocator.case import Case, Dates
from models.days import day_of, end_of_day
from models.tables import document, location

__all__ = ["last_reports"]

_REPORTS = ("issue", "count", "opening")


def last_reports(connection: sa.Connection, case: Case, *, document_up_to: int, zone: ZoneInfo) -> Dates:
    """Return each site's day of the last report by its position in a case, NaT for none, as known up to a document."""
    query = (
        sa.select(location.c.code, sa.func.max(document.c.occurred_at))
        .join_from(document, location, location.c.id == document.c.site)
        .where(document.c.type.in_(_REPORTS), document.c.id <= document_up_to)
        .where(document.c.occurred_at <= end_of_day(case.policy.date, zone))
        .group_by(location.c.code)
    )
    found = np.full(len(case.sites), np.datetime64("NaT"), dtype="datetime64[D]")
    for code, at in connection.execute(query):
        if code in case.site_index:
            found[case.site_index[code]] = np.datetime64(day_of(at, zone), "D")
    return found
