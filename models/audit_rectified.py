"""What was decided on findings stands as it was sealed, and nobody closed what they opened or were to mend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import sqlalchemy as sa

from allocator.sentence import say
from models.audit_findings import Fault
from models.audit_reading import Reader
from models.finding_tables import finding_event

__all__ = ["check_rectified", "decisions"]

_Row = tuple[str, dict[str, Any]]


def check_rectified(reader: Reader) -> Fault | None:
    """Nobody closed a finding that they had opened or were to mend.

    The guard that refuses it may have been away for a moment, so its being there proves nothing.
    """
    c = finding_event.c
    query = sa.select(c.finding, c.event, c.actor, c.owner).order_by(c.id)
    opened: dict[str, tuple[str, str]] = {}
    for number, event, actor, owner in reader.rows(query):
        if event == "opened":
            opened[number] = (actor, owner)
        if event == "closed" and actor in opened.get(number, ()):
            sentence = say("Finding {finding} was closed by {who}, who opened it or was to mend it.",
                           finding=number, who=actor)  # fmt: skip
            return Fault("approver", sentence)
    return None


def decisions(reader: Reader) -> list[tuple[str, tuple[str, ...], Iterable[_Row]]]:
    """Return what was sealed of decisions on findings: subject, what makes a row that row, and the rows by key."""
    return [(finding_event.name, ("id",), _rows(reader))]


def _rows(reader: Reader) -> Iterator[_Row]:
    names = [column.name for column in finding_event.c]
    for values in reader.rows(sa.select(finding_event).order_by(finding_event.c.id)):
        yield str(values[0]), dict(zip(names, values, strict=True))
