"""The group of commands `allocator report`: each of them is declared within it."""

from __future__ import annotations

from allocator.sentence import say
from commands.grammar import group

__all__ = ["run"]

run = group("report", say("Report a day to the level above, a donation to its donor, or what people decided."))
