"""What waits for somebody, as whoever looks at plans should see it first."""

from __future__ import annotations

from typing import Any

from allocator.sentence import Sentence, say
from commands.named import with_names
from commands.on_ledger import Desk

__all__ = ["open_matters"]


def open_matters(desk: Desk) -> tuple[list[Sentence], dict[str, Any]]:
    """Return what waits for somebody, in sentences with names, and as JSON holds it."""
    from models.countersigning import not_countersigned
    from models.database import reading
    from models.days import day_of

    zone = desk.ledger.zone
    with reading(desk.ledger.engine) as connection:
        emergencies = not_countersigned(connection)
        sentences = [
            say(
                "Emergency issue {number} ({units:,} units from {site} to {to}, {day}, by {actor}) is not "
                "countersigned: allocator approve {number}",
                number=each.document,
                units=each.units,
                site=each.site,
                to=Sentence("{site}", {"site": each.to}),
                day=day_of(each.occurred_at, zone).isoformat(),
                actor=each.actor,
            )
            for each in emergencies
        ]
        return with_names(connection, sentences), {"emergencies": [vars(each) for each in emergencies]}
