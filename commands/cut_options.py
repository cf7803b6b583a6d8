"""`--as-of` and `--known-at`: which part of the ledger a report looks at, declared and read in one place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import click

from allocator.sentence import say
from commands.grammar import option
from commands.moments import DAY, TIME
from models.cut_words import is_name

__all__ = ["cut_options", "known_at_option"]

Function = Callable[..., Any]


class _Known(click.ParamType[Any]):
    """A time, or the name of a plan."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the name of a plan as it is, else the time."""
        return value if isinstance(value, str) and is_name(value) else TIME.convert(value, param, ctx)


as_of_option = option("--as-of", type=DAY, metavar="DATE", says=say("As it was at the end of this day."))
known_at_option = option(
    "--known-at",
    type=_Known(),
    metavar="TIME|PLAN",
    says=say("By what had been recorded at this time, or what the author of this plan could know."),
)


def cut_options(function: Function) -> Function:
    """Declare `--as-of` and `--known-at`."""
    return as_of_option(known_at_option(function))
