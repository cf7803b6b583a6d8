"""`allocator transfer`: supplies sent from one site to another, under way until the other confirms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.grammar import command
from commands.sending import send, sending_options

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from models.documents import Draft


@command(
    say(
        "Send supplies from one site to another. They are under way, as a shipment with a number, until the other "
        "site confirms what arrived."
    ),
    examples=(
        "allocator transfer D1 P07 MASK 500",
        "allocator transfer D1 P07 MASK 10 --packs --life 30 --arrives 2020-02-12",
        "allocator transfer D1 P07 --from load.csv",
    ),
    right="post-stock",
)
@sending_options("transfer")
def run(context: click.Context, /, **typed: Any) -> None:
    """Send."""
    send(context, _make, typed)


def _make() -> Callable[..., Draft]:
    from models.documents_out import transfer

    return transfer
