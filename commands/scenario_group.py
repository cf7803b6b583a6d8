"""The group of commands `allocator scenario`: each of them is declared within it."""

from __future__ import annotations

from allocator.sentence import say
from commands.grammar import group

__all__ = ["run"]

run = group(
    "scenario", say("What if: named changes to stock, roads, activity, rules or prices, and what comes of them.")
)
