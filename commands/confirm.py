"""`allocator confirm`: what arrived of a shipment, and what became of the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.paper import (
    file_alone,
    file_read,
    from_file_option,
    head_from,
    head_options,
    lot_options,
    packs_option,
    post_and_show,
    reasons_listing,
    refuse_usage,
)
from commands.paper_values import QUANTITY

if TYPE_CHECKING:
    from models.documents_confirm import Arrival


@command(
    say(
        "Confirm what arrived of a shipment: all of it, or item by item what is sound, damaged, lost, set aside or "
        "refused. What is not accounted for stays under way, and open, until a later receipt explains it; what came "
        "beyond the note, or in place of what it says, is taken in and stays open until it is explained with "
        "allocator settle. What is refused goes back as a shipment of its own."
    ),
    examples=(
        "allocator confirm T-FWT3ZWA --all",
        "allocator confirm T-FWT3ZWA MASK 6 --damaged 3 --reason wet",
        "allocator confirm T-FWT3ZWA MASK --lost 1 --reason lost-on-the-way",
        "allocator confirm T-FWT3ZWA MASK 10 --over 2 --reason miscounted-loading",
        "allocator confirm T-FWT3ZWA GLOVE 20 --lot L9 --instead-of MASK --reason wrong-loaded",
        "allocator confirm T-FWT3ZWA MASK 6 --refused 4 --reason expires-soon",
        "allocator confirm T-FWT3ZWA --from arrived.csv",
    ),
    right="report",
    listing=reasons_listing("confirm"),
)
@argument("shipment", metavar="SHIPMENT")
@argument("item", required=False, metavar="[ITEM]")
@argument("quantity", required=False, type=QUANTITY, metavar="[SOUND]")
@option("--all", "all_sound", is_flag=True, says=say("Everything that is still under way arrived sound."))
@option("--damaged", type=QUANTITY, default=0, metavar="N", says=say("So many arrived damaged."))
@option("--lost", type=QUANTITY, default=0, metavar="N", says=say("So many are lost."))
@option("--held", type=QUANTITY, default=0, metavar="N", says=say("So many arrived and are set aside in quarantine."))
@option("--over", type=QUANTITY, default=0, metavar="N", says=say("So many came beyond what the note says."))
@option("--over-held", type=QUANTITY, default=0, metavar="N", says=say("So many came beyond it and are set aside."))
@option("--refused", type=QUANTITY, default=0, metavar="N", says=say("So many the site does not take: they go back."))
@option("--stayed", type=QUANTITY, default=0, metavar="N", says=say("So many never left the depot, and lie there."))
@option("--instead-of", default="", metavar="ITEM", says=say("What came, came in place of this item of the note."))
@lot_options()
@packs_option
@from_file_option(
    "item, lot, expires, sound, damaged, lost, held, over, over_held, refused, stayed, instead_of, reason"
)
@head_options("confirm")
@click.pass_context
def run(context: click.Context, /, *, shipment: str, all_sound: bool, **typed: Any) -> None:
    """Confirm."""
    with on_ledger(context) as desk:
        from models.documents_confirm import confirm

        arrivals = [] if all_sound else _arrivals(desk, typed)
        if all_sound and (typed["item"] is not None or typed["file"] is not None):
            refuse_usage(desk.session, say("--all says it of every item; name no item and no file with it."))
        draft = confirm(head_from(desk, typed), shipment=shipment, arrivals=arrivals, all_sound=all_sound)
        post_and_show(desk, draft)


def _arrivals(desk: Desk, typed: dict[str, Any]) -> list[Arrival]:
    from data.document_lines import read_arrivals
    from models.documents_confirm import Arrival
    from models.requests import NO_LOT

    if typed["item"] is None and typed["file"] is None:
        refuse_usage(desk.session, say("Say what arrived: --all, or an item and how many, or --from FILE."))
    if file_alone(desk, typed):
        return file_read(desk.session, lambda: read_arrivals(typed["file"], in_packs=typed["packs"]))
    expires = typed["expires"]
    return [
        Arrival(
            item=typed["item"],
            sound=typed["quantity"] or 0,
            in_packs=typed["packs"],
            instead_of=typed["instead_of"],
            **{name: typed[name] for name in ("damaged", "lost", "held", "over", "over_held", "refused", "stayed")},
            lot_no="" if typed["lot"] == NO_LOT else typed["lot"],
            expires=None if expires is None else expires.isoformat(),
        )
    ]
