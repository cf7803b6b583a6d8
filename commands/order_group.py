"""The group of commands `allocator order`: each of them is declared within it."""

from __future__ import annotations

from allocator.sentence import say
from commands.grammar import group

__all__ = ["run"]

run = group("order", say("Orders placed with suppliers: place, list, follow them. A receipt with --order closes one."))
