"""The group of commands `allocator audit`: each of them is declared within it."""

from __future__ import annotations

from allocator.sentence import say
from commands.grammar import group

__all__ = ["run"]

run = group("audit", say("Prove that nothing in the ledger was altered, and hand the proof to others."))
