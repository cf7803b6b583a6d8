"""Invented stock and documents for measuring: 200 sites with 60 lots each, and one depot with all of them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from dataclasses import dataclass

from models.database import writing
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.ledger import Ledger, create
from models.tables import item, location

__all__ = ["Story", "stocked"]

SITES, ITEMS, LOTS, LOTS_HELD = 200, 30, 600, 60


@dataclass(frozen=True)
class Story:
    """`held`: the lots of each site."""

    held: dict[str, list[LotKey]]
    lots: list[LotKey]

    def imports(self, lines: int, lines_each: int) -> list[Entry]:
        """Return receipts of past deliveries, each for one site."""
        rng = random.Random(3)
        sites, at = list(self.held), now_micros()
        return [
            Entry(
                key=f"import-{lines_each}-{number}",
                type="receive",
                actor="importer",
                site=site,
                occurred_at=at + number,
                reason="delivery",
                lines=tuple(Line("UPPER_LEVEL:U1", site, lot, 20) for lot in rng.sample(self.lots, lines_each)),
            )
            for number in range(lines // lines_each)
            for site in (rng.choice(sites),)
        ]

    def singles(self, kind: str, writer: int, lines_each: int) -> Iterator[Entry]:
        """Give documents as a writer makes them: of any site ("spread"), or of the one depot ("hot")."""
        rng = random.Random(writer)
        sites = list(self.held)
        for number in itertools.count():
            site = rng.choice(sites) if kind == "spread" else "D1"
            lots = rng.sample(self.held[site] if kind == "spread" else self.lots, lines_each)
            yield Entry(
                key=f"{kind}-{writer}-{number}",
                type="issue",
                actor=f"clerk {writer}",
                site=site,
                occurred_at=now_micros(),
                lines=tuple(Line(site, f"CONSUMED:{site}", lot, 1) for lot in lots),
            )


def stocked(url: str) -> tuple[Ledger, Story]:
    """Make a ledger of the story's stock."""
    rng = random.Random(1)
    lots = [LotKey(f"I{number % ITEMS}", f"L{number:04}", "2031-12-31") for number in range(LOTS)]
    story = Story({f"S{number:03}": rng.sample(lots, LOTS_HELD) for number in range(SITES)}, lots)
    ledger = create(url, name="writing")
    with writing(ledger.engine) as connection:
        sites = ["D1", *story.held]
        connection.execute(location.insert(), [{"code": code, "kind": "SITE", "sign": 1} for code in sites])
        connection.execute(location.insert(), {"code": "UPPER_LEVEL:U1", "kind": "UPPER_LEVEL", "sign": -1})
        items = [
            {"code": f"I{number}", "unit": "piece", "pack_units": 1, "use": "consumable"} for number in range(ITEMS)
        ]
        connection.execute(item.insert(), items)
    ledger.post_all([_opening(site, held) for site, held in {"D1": lots, **story.held}.items()], recorded_at=0)
    return ledger, story


def _opening(site: str, lots: list[LotKey]) -> Entry:
    lines = tuple(Line("OPENING", site, lot, 10**9) for lot in lots)
    return Entry(key=f"opening {site}", type="opening", actor="A", site=site, occurred_at=0, lines=lines)
