"""Who was short day after day: the cover that sites really reached on the days of the last plans."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.plan_view import table

if TYPE_CHECKING:
    from data.cover_reached import ShortPair

__all__ = ["show_short"]

_SHOWN = 30
_DAYS_SHOWN = 7


def show_short(desk: Desk) -> None:
    """Print the needs that were short on the day of the last plan, those for longest first."""
    from data.cover_reached import days_reached, short_in_a_row
    from models.database import reading

    session, word = desk.session, desk.session.word
    with reading(desk.ledger.engine) as connection:
        days = list(days_reached(connection, desk.ledger.zone))
    found = sorted(short_in_a_row(iter(days)).values(), key=lambda each: (-each.days, each.covers[0], each.site))
    session.show_json(
        "allocator.short/1",
        {
            "days": [{"day": each.day.isoformat(), "plan": each.plan, "needs": len(each.cover)} for each in days],
            "short": [_plain(each) for each in found],
        },
    )
    if not days:
        session.show(word(say("No plan was approved yet, so nothing is known of what was reached.")))
        return
    if not found:
        said = say("On {day} every need had at least its first promise.", day=days[0].day.isoformat())
        session.show(word(said))
        return
    session.show(
        word(
            say(
                "Short of the first promise on {day}, by what sites really had: {short:,} of {needs:,} needs; on two "
                "days of plans in a row or more: {again:,}.",
                day=days[0].day.isoformat(),
                short=len(found),
                needs=len(days[0].cover),
                again=sum(1 for each in found if each.days > 1),
            )
        )
    )
    session.show()
    shown_days = [each.day.strftime("%m-%d") for each in days[:_DAYS_SHOWN]]
    titles = [word(say("site")), word(say("item")), word(say("days in a row")), *shown_days]
    for line in table([titles, *(_cells(each, len(shown_days)) for each in found[:_SHOWN])], left=2):
        session.show(line)
    if len(found) > _SHOWN:
        session.show(word(say("… and {more} more; --json lists all.", more=len(found) - _SHOWN)))


def _plain(each: ShortPair) -> dict[str, Any]:
    return {"site": each.site, "item": each.item, "days": each.days, "covers": each.covers}


def _cells(each: ShortPair, days: int) -> list[str]:
    covers = [f"{cover:.2f}" for cover in each.covers[:days]]
    return [each.site, each.item, f"{each.days}", *covers, *[""] * (days - len(covers))]
