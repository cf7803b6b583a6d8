"""`allocator stock`: what is where, now, as it was on a day, as it was known at a time."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.cut_options import cut_options
from commands.grammar import command, option
from commands.on_ledger import Desk, on_ledger
from commands.plan_view import table
from commands.table_files import Fact, check_table_file, save_tables, table_file_option
from data.stock_tables import STATE_WORDS, packs_said, stock_tables
from models.cut_words import Known, clock_said, cut_said

if TYPE_CHECKING:
    from models.cuts import Asked, Cut
    from models.rights import Reach
    from models.stock import ItemTotal, StockRow


@command(
    say(
        "Show what is where: units of every lot, usable or not, reserved and in transit. Without dates: as it is "
        "known now. --as-of asks for the end of a day, --known-at for what had been recorded by a time; both together "
        "for what was then known about that day."
    ),
    examples=(
        "allocator stock --site P07",
        "allocator stock --item MASK --as-of 2020-02-10",
        "allocator stock --site P07 --out stock.xlsx",
        "allocator stock --lot A1 --as-of 2020-02-10 --known-at 2020-02-12T08:00",
        "allocator stock --site P07 --known-at P2020-02-10-1",
    ),
    right="see-stock",
)
@option("--site", metavar="CODE", says=say("Only at this site, with its quarantine and what is on its way there."))
@option("--item", metavar="CODE", says=say("Only this item."))
@option("--lot", metavar="NUMBER", says=say("Only this lot; - for stock without a lot number."))
@cut_options
@table_file_option
@click.pass_context
def run(
    context: click.Context,
    /,
    *,
    site: str | None,
    item: str | None,
    lot: str | None,
    as_of: dt.date | None,
    known_at: Known | None,
    out: Path | None,
) -> None:
    """Read the balances, show them."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out)
        from models.cuts import Asked
        from models.database import reading
        from models.days import day_of
        from models.known_names import all_names
        from models.requests import NO_LOT
        from models.stock import stock, totals

        asked = Asked(site, item, "" if lot == NO_LOT else lot)
        with reading(desk.ledger.engine) as connection:
            reach = desk.reach(connection)
            _refuse_unknown(connection, desk, asked, reach)
            cut = cut_said(connection, desk.ledger.zone, as_of, known_at)
            day = as_of or day_of(desk.now, desk.ledger.zone)
            rows = [row for row in stock(connection, day=day, asked=asked, cut=cut) if reach.holds(row.site)]
            names = None if out is None else all_names(connection)
        found = totals(rows)
        if out is not None and names is not None:
            filters = _filters(site, item, lot, known_at)
            tables = stock_tables(rows, found, names)
            title = _headline(as_of, known_at)
            save_tables(desk.session, out, tables, title=title, day=day, filters=filters, desk=desk)
        desk.session.show_json("allocator.stock/1", _as_json(rows, found, as_of, known_at, cut))
        _show(desk, rows, found, as_of, known_at)


def _filters(site: str | None, item: str | None, lot: str | None, known_at: Known | None) -> list[Fact]:
    """Return what was asked for, as an About sheet tells it."""
    everything = say("not limited")
    told: list[Fact] = [
        (say("site"), site or everything),
        (say("item"), item or everything),
        (say("lot"), lot or everything),
    ]
    return told if known_at is None else [*told, (say("as known at"), clock_said(known_at))]


def _refuse_unknown(connection: Any, desk: Desk, asked: Asked, reach: Reach) -> None:
    """Refuse codes that the ledger does not have: nothing there is not the same as no such place."""
    from data.nearest import nearest_code
    from models.requests import NO_LOT
    from models.stock import codes_of

    for what, code in (("site", asked.place), ("item", asked.item), ("lot", asked.lot_no)):
        if code is None:
            continue
        codes = [each for each in codes_of(connection, what) if what != "site" or reach.holds(each)]
        if code not in codes:
            near = nearest_code(code, codes)
            meant = say("Is {near} meant?", near=near) if near else Sentence("")
            unknown = {
                "site": say("There is no site {code}. {meant}", code=code, meant=meant),
                "item": say("There is no item {code}. {meant}", code=code, meant=meant),
                "lot": say("There is no lot {code}. {meant}", code=code or NO_LOT, meant=meant),
            }
            desk.session.refuse(unknown[what], status=2)


def _as_json(
    rows: list[StockRow], found: list[ItemTotal], as_of: dt.date | None, known_at: Known | None, cut: Cut
) -> dict[str, Any]:
    return {
        "as_of": None if as_of is None else as_of.isoformat(),
        "known_at": None if known_at is None else known_at if isinstance(known_at, str) else known_at.isoformat(),
        "document": cut.document,
        "rows": [vars(row) for row in rows],
        "totals": [vars(total) | {"all_units": total.all_units} for total in found],
    }


def _show(
    desk: Desk, rows: list[StockRow], found: list[ItemTotal], as_of: dt.date | None, known_at: Known | None
) -> None:
    session, word = desk.session, desk.session.word
    session.show(word(_headline(as_of, known_at)))
    if not rows:
        session.show(word(say("Nothing is held, and nothing was counted.")))
        return
    session.show()
    for line in table([_titles(word), *(_row(row, word) for row in rows)], left=_ROW_LEFT):
        session.show(line)
    session.show()
    for line in table([_total_titles(word), *(_total(total) for total in found)], left=2):
        session.show(line)


def _headline(as_of: dt.date | None, known_at: Known | None) -> Sentence:
    day = None if as_of is None else as_of.isoformat()
    time = None if known_at is None else clock_said(known_at)
    if day and time:
        return say("Stock at the end of {day}, as it was known at {time}", day=day, time=time)
    if day:
        return say("Stock at the end of {day}", day=day)
    if time:
        return say("Stock as it was known at {time}", time=time)
    return say("Stock as it is known now")


_ROW_LEFT = 6


def _titles(word: Any) -> tuple[str, ...]:
    titles = (say("site"), say("item"), say("lot"), say("expires"), say("state"), say("place"))
    return (*(word(title) for title in titles), word(say("units")), word(say("packs")))


def _row(row: StockRow, word: Any) -> tuple[str, ...]:
    from models.words import place_word

    place = "" if row.place == row.site else word(place_word(row.place))
    state = word(STATE_WORDS[row.state])
    return (
        row.site,
        row.item,
        row.lot,
        row.expires,
        state,
        place,
        f"{row.units:,}",
        packs_said(row.units, row.pack_units),
    )


def _total_titles(word: Any) -> tuple[str, ...]:
    titles = (say("item"), say("unit"), say("usable"), say("set aside"), say("reserved"), say("in transit"), say("all"))
    return tuple(word(title) for title in titles)


def _total(total: ItemTotal) -> tuple[str, ...]:
    units = total.units
    aside = units["quarantine"] + units["expired"] + units["recalled"]
    columns = (units["usable"], aside, units["reserved"], units["in_transit"], total.all_units)
    return (total.item, total.unit, *(f"{number:,}" for number in columns))
