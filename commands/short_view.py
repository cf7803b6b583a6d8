"""Who was short day after day: the cover that sites really reached on the days of the last plans."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.table_files import save_tables

if TYPE_CHECKING:
    from data.cover_reached import Reached, ShortPair

__all__ = ["show_short"]

_SHOWN = 30
_DAYS_SHOWN = 7


def show_short(desk: Desk, out: Path | None = None) -> None:
    """Print the needs that were short on the day of the last plan, those for longest first; `out`: save all of them."""
    from data.cover_reached import days_reached, short_in_a_row
    from models.database import reading

    session, word = desk.session, desk.session.word
    with reading(desk.ledger.engine) as connection:
        days = list(days_reached(connection, desk.ledger.zone))
    found = sorted(short_in_a_row(iter(days)).values(), key=lambda each: (-each.days, each.covers[0], each.site))
    if out is not None:
        _save(desk, out, days, found)
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


def _save(desk: Desk, out: Path, days: Sequence[Reached], found: Sequence[ShortPair]) -> None:
    """Save every need that was short, a column for each day of plans that any of them was short on."""
    from data.tables_out import rows_out
    from models.database import reading
    from models.days import day_of
    from models.known_names import all_names

    with reading(desk.ledger.engine) as connection:
        sites, items = all_names(connection)
    most = max((each.days for each in found), default=0)
    columns = [
        ("site", say("site"), "text"),
        ("site_name", say("site name"), "text"),
        ("item", say("item"), "text"),
        ("item_name", say("item name"), "text"),
        ("days", say("days in a row"), "whole"),
        *(
            (f"cover_{each.day.isoformat()}", say("cover on {day}", day=each.day.isoformat()), "decimal")
            for each in days[:most]
        ),
    ]
    rows = [
        (
            each.site,
            sites.get(each.site),
            each.item,
            items.get(each.item),
            each.days,
            *each.covers[:most],
            *[None] * (most - len(each.covers)),
        )
        for each in found
    ]
    tables = [rows_out("short", say("Short needs"), columns, rows)]
    today = days[0].day if days else day_of(desk.now, desk.ledger.zone)
    save_tables(desk.session, out, tables, title=say("Needs short on days of plans in a row"), day=today, desk=desk)


def _plain(each: ShortPair) -> dict[str, Any]:
    return {"site": each.site, "item": each.item, "days": each.days, "covers": each.covers}


def _cells(each: ShortPair, days: int) -> list[str]:
    covers = [f"{cover:.2f}" for cover in each.covers[:days]]
    return [each.site, each.item, f"{each.days}", *covers, *[""] * (days - len(covers))]
