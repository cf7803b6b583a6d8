"""`allocator emergency-issue`: supplies that leave before any plan, countersigned by another person later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.grammar import command
from commands.paper import reasons_listing
from commands.sending import send, sending_options

if TYPE_CHECKING:
    from collections.abc import Callable

    import click

    from models.documents import Draft


@command(
    say(
        "Send supplies before any plan, with the reason. They are under way as those of a transfer are, and the next "
        "plan counts them. Another person countersigns it with `allocator approve DOC`; until then it is shown as "
        "open wherever plans are listed, in the day report and by audit check."
    ),
    examples=(
        "allocator emergency-issue D1 P07 MASK 500 --reason new-cases",
        "allocator emergency-issue D1 P07 --from load.csv --reason ordered --note 'by telephone from the county'",
    ),
    right="post-stock",
    listing=reasons_listing("emergency"),
)
@sending_options("emergency", reason_due=True)
def run(context: click.Context, /, **typed: Any) -> None:
    """Send."""
    send(context, _make, typed)


def _make() -> Callable[..., Draft]:
    from models.documents_out import emergency_issue

    return emergency_issue
