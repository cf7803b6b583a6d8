"""What everybody shares who lives half a year: the county, the wrongs, the shelves, the clerk, and the day."""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from benchmarks.wrongdoing_clerk import MINUTE, Clerk
from benchmarks.wrongdoing_shelves import Shelves
from benchmarks.wrongdoing_truth import Plants
from benchmarks.wrongdoing_world import Site, World
from models.entry import Entry

__all__ = ["Life", "weekday_factor"]

_WEEK = {
    "checkpoint": (0.95, 0.95, 0.95, 0.95, 1.15, 1.3, 1.2),
    "clinic": (1.2, 1.05, 1.0, 1.0, 1.0, 0.85, 0.8),
    "community": (1.05, 1.0, 1.0, 1.0, 1.05, 0.9, 0.85),
    "school": (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0),
    "enterprise": (1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0),
}
_HOLIDAYS_FROM = dt.date(2021, 7, 10)


def weekday_factor(kind: str, date: dt.date) -> float:
    """Return how much of its usual a kind of site uses on a day; closed schools use a little."""
    if kind == "school" and date >= _HOLIDAYS_FROM:
        return 0.0
    return _WEEK[kind][date.weekday()]


@dataclass
class Life:
    """Half a year while it is lived.

    `tasks`: what is to be done on a later day; `late_until`: up to when reports of a site are still untyped;
    `ill`: the day on which a site's keeper is back.

    `activity`: the driver of each site as it is, `needs`: use a day as its keeper says it; `used`: what was reported
    of each site and item, day by day; `books`: the next slip of each numbered book.
    """

    world: World
    plants: Plants
    clerk: Clerk
    shelves: Shelves = field(default_factory=Shelves)
    tasks: dict[int, list[Callable[[], None]]] = field(default_factory=lambda: defaultdict(list))
    late_until: dict[str, int] = field(default_factory=dict)
    ill: dict[str, int] = field(default_factory=dict)
    activity: dict[str, float] = field(default_factory=dict)
    needs: dict[tuple[str, str], float] = field(default_factory=dict)
    used: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(list))
    came: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    on_order: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    receipts_of_orders: list[tuple[str, str, dt.date]] = field(default_factory=list)
    order_count: int = 0
    to_sign: list[tuple[int, str, str, int]] = field(default_factory=list)
    opened: dict[tuple[str, str], int] = field(default_factory=dict)
    closed: dict[tuple[str, str], int] = field(default_factory=dict)
    used_until: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    last_receipt: str = ""
    books: dict[str, int] = field(default_factory=lambda: defaultdict(lambda: 100))
    day: int = 0
    date: dt.date = dt.date(2021, 3, 1)
    rng: random.Random = field(default_factory=random.Random)

    def begin(self, day: int) -> None:
        """Let a day begin."""
        self.day, self.date = day, self.world.date(day)
        self.rng = self.world.rng("day", day)

    @property
    def iso(self) -> str:
        """The day as documents say it."""
        return self.date.isoformat()

    def at(self, hour: float) -> int:
        """Return a time of today in UTC microseconds."""
        return self.clerk.at(self.date, hour)

    def post(self, type_: str, actor: str, hour: float, **content: Any) -> str:
        """Have a document typed some minutes after what it is about; return its key."""
        recorded_at = self.at(hour) + self.rng.randint(0, 59_999_999)
        occurred_at = content.pop("occurred_at", recorded_at - 2 * MINUTE)
        key = content.pop("key", "") or self.clerk.key(self.world.seed, self.day, type_, actor, hour, content)
        return self.clerk.type(Entry(key=key, type=type_, actor=actor, occurred_at=occurred_at, **content), recorded_at)

    def later(self, days: int, task: Callable[[], None]) -> None:
        """Have something done on a later day."""
        self.tasks[self.day + days].append(task)

    def slip(self, depot: str, book: str, kind: str, site: str) -> str:
        """Return the key of a document that was typed from the next slip of a depot's book."""
        name = f"{depot}{book}"
        torn = [w for w in self.plants.of("number-gaps") if w.sites[0] == depot and w.more["book"] == book]
        for wrong in torn:
            if wrong.holds(self.day) and not wrong.more.get("done") and self.day >= wrong.more["day"]:
                wrong.more["done"] = True
                wrong.first_day = self.day - 7
                self.books[name] += wrong.more["torn"]
        # A slip is spoilt now and then.
        self.books[name] += 2 if self.rng.random() < 0.006 else 1
        return f"import/{kind}/{name}-{self.books[name]:05}/{site}"

    def outbreak(self, site: Site, day: int) -> float:
        """Return how much more is used than usual."""
        grown = 1.0
        for area, first, last, more in self.world.outbreaks:
            if site.area == area and first <= day <= last and site.kind in ("clinic", "checkpoint", "community"):
                grown *= 1 + (more - 1) * min(1.0, (day - first + 1) / 5)
        return grown

    def keeper_hour(self, site: Site) -> float:
        """Return when a custodian types in the evening, or in the night that follows."""
        return self.rng.uniform(*site.typed_at)
