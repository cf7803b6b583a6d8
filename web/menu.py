"""The pages of the menu: an entry each, shown to whoever has its right."""

from __future__ import annotations

from dataclasses import dataclass

from allocator.sentence import Sentence, say

__all__ = ["MENU", "Entry"]


@dataclass(frozen=True)
class Entry:
    """A page of the menu. `path`: its address, and how those below it begin; `right`: what it takes to see it."""

    path: str
    title: Sentence
    right: str

    def holds(self, path: str) -> bool:
        """Say whether an address is of this entry.

        >>> stock = Entry("/stock", say("Stock"), "see-stock")
        >>> stock.holds("/stock"), stock.holds("/stock/new"), stock.holds("/stocks")
        (True, True, False)
        """
        return path == self.path or path.startswith(f"{self.path}/")


MENU = (
    Entry("/today", say("Today"), "see-stock"),
    Entry("/stock", say("Stock"), "see-stock"),
    Entry("/shipments", say("Shipments"), "see-shipments"),
    Entry("/reports", say("Reports in"), "report"),
    Entry("/plans", say("Plans"), "see-plans"),
    Entry("/shortfall", say("Shortfall"), "see-shortfall"),
    Entry("/orders", say("Orders"), "see-shortfall"),
    Entry("/scenarios", say("Scenarios"), "try-scenarios"),
    Entry("/audit", say("Records"), "see-records"),
    Entry("/catalogue", say("Catalogue"), "see-catalogue"),
    Entry("/policy", say("Policy"), "see-plans"),
    Entry("/jobs", say("Jobs"), "see-plans"),
    Entry("/people", say("People"), "see-people"),
)
"""What people look for, in the order of the day."""
