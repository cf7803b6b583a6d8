"""What lies where while half a year is lived: by the books, lot by lot, and how much less there really is."""

from __future__ import annotations

from collections import defaultdict

from models.entry import LotKey

__all__ = ["Picks", "Shelves"]

Picks = list[tuple[LotKey, int]]


class Shelves:
    """Stock by place and item. `missing`: units that the books have and the shelf has not (below zero: the other way).

    `kept_back`: lots at a place that somebody sits on, so that nothing of them is taken.
    """

    def __init__(self) -> None:
        self._lots: dict[tuple[str, str], list[tuple[LotKey, int]]] = {}
        self.missing: dict[tuple[str, str], int] = defaultdict(int)
        self.kept_back: set[tuple[str, LotKey]] = set()

    def lots(self, place: str, item: str) -> Picks:
        """Return every lot of an item at a place, first expiring first."""
        return list(self._lots.get((place, item), ()))

    def items(self, place: str) -> list[str]:
        """Return the items that a place has by the books."""
        return sorted(item for at, item in self._lots if at == place and self._lots[at, item])

    def add(self, place: str, lot: LotKey, units: int) -> None:
        """Put units of a lot on a shelf."""
        held = dict(self._lots.get((place, lot.item), ()))
        held[lot] = held.get(lot, 0) + units
        self._lots[place, lot.item] = sorted(held.items(), key=lambda each: (each[0].expires, each[0]))

    def put(self, place: str, item: str, lots: Picks) -> None:
        """Let the books say what was counted."""
        self._lots[place, item] = [each for each in lots if each[1]]

    def booked(self, place: str, item: str) -> int:
        """Return the units that the books have, expired ones among them."""
        return sum(units for _, units in self._lots.get((place, item), ()))

    def usable(self, place: str, item: str, day: str) -> int:
        """Return the units that may be taken on a day (ISO)."""
        lots = self._lots.get((place, item), ())
        return sum(units for lot, units in lots if lot.expires >= day and (place, lot) not in self.kept_back)

    def there(self, place: str, item: str) -> int:
        """Return the units that really lie there."""
        return max(0, self.booked(place, item) - self.missing[place, item])

    def take(self, place: str, item: str, units: int, day: str) -> Picks:
        """Take up to so many units, first expiring first, and return the lots."""
        taken: Picks = []
        left: Picks = []
        for lot, held in self._lots.get((place, item), ()):
            part = min(units, held) if lot.expires >= day and (place, lot) not in self.kept_back else 0
            if part:
                taken.append((lot, part))
                units -= part
            if held > part:
                left.append((lot, held - part))
        if taken:
            self._lots[place, item] = left
        return taken

    def take_lot(self, place: str, lot: LotKey, units: int) -> None:
        """Take units of one lot."""
        held = dict(self._lots[place, lot.item])
        held[lot] -= units
        self.put(place, lot.item, list(held.items()))
