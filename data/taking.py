"""Take the ledger as a case: reports, activity and facts settled into needs, then what lies where."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from allocator.case import Case
from allocator.estimates import NO_ESTIMATES, Estimates
from allocator.fleets import Fleets, with_broken_set_aside
from allocator.settled_needs import Settled, settled_needs
from data.coefficients import read_coefficients
from data.cover_reached import with_memory
from data.estimating import with_estimates
from data.ledger_case import PolicyInForce
from models.activity_known import activity_known, fleets_known
from models.snapshot import with_stock
from models.snapshot_catalogue import catalogued

__all__ = ["TakenCase", "taken_case"]


@dataclass(frozen=True, kw_only=True)
class TakenCase:
    """A case from the ledger; how its needs were settled; the fleets and estimates by which stock is not the books'."""

    case: Case
    settled: Settled
    fleets: Fleets
    estimates: Estimates = NO_ESTIMATES


def taken_case(connection: sa.Connection, in_force: PolicyInForce, *, document: int, zone: ZoneInfo) -> TakenCase:
    """Return the ledger as a case for the policy's day, as the documents up to one of them say."""
    reported = catalogued(connection, in_force.policy)
    known = activity_known(connection, reported, document=document, zone=zone)
    settled = settled_needs(reported, known, in_force.needs, read_coefficients())
    fleets = fleets_known(connection, settled.case)
    remembering = with_memory(connection, settled.case, zone)
    case = with_stock(connection, remembering, document=document, zone=zone)
    case, estimates = with_estimates(connection, with_broken_set_aside(case, fleets), document=document, zone=zone)
    return TakenCase(case=case, settled=settled, fleets=fleets, estimates=estimates)
