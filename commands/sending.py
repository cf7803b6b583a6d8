"""What every command has that puts supplies under way: from where, to where, what, on which terms."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, option
from commands.moments import DAY
from commands.on_ledger import on_ledger
from commands.paper import (
    from_file_option,
    head_from,
    head_options,
    life_option,
    line_arguments,
    lot_options,
    packs_option,
    partial_option,
    post_and_show,
    rows_from,
)

if TYPE_CHECKING:
    from models.documents import Draft

__all__ = ["send", "sending_options"]

Function = Callable[..., Any]


def sending_options(type_: str, *, reason_due: bool = False) -> Callable[[Function], Function]:
    """Declare what a document of this type says that sends supplies from one site to another."""
    parts = (
        argument("site", metavar="FROM"),
        argument("to", metavar="TO"),
        line_arguments,
        lot_options(),
        packs_option,
        partial_option,
        life_option,
        option("--arrives", type=DAY, metavar="DATE", says=say("The day it is expected; default: the day it leaves.")),
        from_file_option("item, units, lot, expires, fund, earmark"),
        head_options(type_, reason_due=reason_due),
        click.pass_context,
    )

    def declare(function: Function) -> Function:
        for each in reversed(parts):
            function = each(function)
        return function

    return declare


def send(context: click.Context, make: Callable[[], Callable[..., Draft]], typed: dict[str, Any]) -> None:
    """Send what was typed, and show the document. `make`: gives the function that makes it, loaded only now."""
    with on_ledger(context) as desk:
        rows = rows_from(desk, typed, "out")
        arrives: dt.date | None = typed["arrives"]
        terms: dict[str, Any] = {
            "arrives": "" if arrives is None else arrives.isoformat(),
            "life_days_min": typed["life"],
            "partial": typed["partial"],
        }
        post_and_show(desk, make()(head_from(desk, typed), site=typed["site"], to=typed["to"], rows=rows, **terms))
