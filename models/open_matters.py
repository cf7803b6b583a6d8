"""What waits for somebody: emergency issues to countersign, notes to chase, differences and exceptions to explain."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from models.beyond import Surplus, open_surplus
from models.countersigning import Emergency, not_countersigned
from models.days import end_of_day
from models.open_notes import OpenNote, days_late, open_notes
from models.recalls import OpenRecall, open_recalls
from models.tables import document, location, open_exception

__all__ = ["OpenException", "OpenMatters", "open_matters"]


@dataclass(frozen=True, kw_only=True)
class OpenException:
    """A document posted although an earlier day fell short, at a site. `occurred_at`: UTC microseconds."""

    document: int
    site: str
    occurred_at: int


@dataclass(frozen=True, kw_only=True)
class OpenMatters:
    """What is open: each part the oldest first.

    `late`: shipments that nobody has confirmed in time, with the days they are late; `differing`: those
    that were confirmed in part, the rest unexplained; `surplus`: what came beyond shipments, unexplained;
    `exceptions`: documents posted although an earlier day fell short, not explained yet; `recalls`: recalled lots
    of which some is still out.
    """

    emergencies: tuple[Emergency, ...] = ()
    late: tuple[tuple[OpenNote, int], ...] = ()
    differing: tuple[OpenNote, ...] = ()
    surplus: tuple[Surplus, ...] = ()
    exceptions: tuple[OpenException, ...] = ()
    recalls: tuple[OpenRecall, ...] = ()

    def __len__(self) -> int:
        """Return how many matters are open."""
        parts = (self.emergencies, self.late, self.differing, self.surplus, self.exceptions, self.recalls)
        return sum(len(part) for part in parts)

    def of_plan(self, plan: str) -> OpenMatters:
        """Return what is open of one plan's notes, and the emergency issues, which concern every plan."""
        return OpenMatters(
            emergencies=self.emergencies,
            late=tuple(each for each in self.late if each[0].plan == plan),
            differing=tuple(note for note in self.differing if note.plan == plan),
            surplus=tuple(each for each in self.surplus if each.plan == plan),
        )

    def within(self, holds: Callable[[str], bool]) -> OpenMatters:
        """Return what is open at sites that `holds` says yes to, or goes there; of a recall what is out there."""
        recalls = (
            replace(each, held={site: units for site, units in each.held.items() if holds(site)})
            for each in self.recalls
        )
        return OpenMatters(
            emergencies=tuple(each for each in self.emergencies if holds(each.site) or holds(each.to)),
            late=tuple(each for each in self.late if holds(each[0].site) or holds(each[0].to)),
            differing=tuple(note for note in self.differing if holds(note.site) or holds(note.to)),
            surplus=tuple(each for each in self.surplus if holds(each.site) or holds(each.to)),
            exceptions=tuple(each for each in self.exceptions if holds(each.site)),
            recalls=tuple(each for each in recalls if each.held),
        )


def open_matters(connection: sa.Connection, zone: ZoneInfo, *, day: dt.date, confirm_days: int) -> OpenMatters:
    """Return what had happened by the end of a day and is still open, as is known now.

    A shipment confirmed in part after the day neither differs on it, as nobody had seen it, nor is it late.

    `confirm_days`: days after it is expected by which a shipment must be confirmed.
    """
    until = end_of_day(day, zone)
    notes = open_notes(connection, zone, until=until)
    late = ((note, days_late(note, day, confirm_days)) for note in notes)
    unexplained = (
        sa.select(
            document.c.id.label("document"), sa.func.coalesce(location.c.code, "").label("site"), document.c.occurred_at
        )
        .join_from(open_exception, document, document.c.id == open_exception.c.document)
        .outerjoin(location, location.c.id == document.c.site)
        .where(open_exception.c.explained_by.is_(None), document.c.occurred_at <= until)
        .order_by(open_exception.c.document)
    )
    return OpenMatters(
        emergencies=tuple(not_countersigned(connection, until=until)),
        late=tuple((note, days) for note, days in late if days),
        differing=tuple(note for note in notes if note.differs_since is not None and note.differs_since <= day),
        surplus=tuple(open_surplus(connection, zone, until=until)),
        exceptions=tuple(OpenException(**row) for row in connection.execute(unexplained).mappings()),
        recalls=tuple(open_recalls(connection, until=until)),
    )
