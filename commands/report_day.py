"""`allocator report day`: the day in one sheet for the level above."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Named, Sentence, say
from commands.cut_options import known_at_option
from commands.folders import whole_file
from commands.grammar import command, option
from commands.moments import DAY
from commands.on_ledger import Desk, on_ledger
from commands.plan_view import table
from commands.report_group import run
from commands.table_files import check_table_file, save_tables
from models.cut_words import Known, clock_said, known_document

if TYPE_CHECKING:
    from data.day_sheet import DaySheet, OpenRow
    from data.open_table import Waiting
    from data.tables_out import TableOut
    from models.open_matters import OpenMatters

__all__ = ["report_day"]

_OPEN_SHOWN = 24


@command(
    say(
        "Report a day in one sheet for the level above: for every item what there was, what came, was used, written "
        "off and is left, and where; what was sent; what is short by the day's plan, by tier; and what is not settled: "
        "emergency issues nobody countersigned, late notes, differences and exceptions nobody explained. The sum is "
        "checked. The same day told up to the same document is the same report. With --known-at it is told by what had "
        "been recorded then, without what is short and what is open, which are told as known now only."
    ),
    examples=(
        "allocator report day",
        "allocator report day --date 2020-02-10 --out day.pdf --lang zh",
        "allocator report day --date 2020-02-10 --out day.xlsx",
        "allocator report day --date 2020-02-10 --known-at 2020-02-11T08:00",
    ),
    right="see-records",
    within=run,
    name="day",
)
@option("--date", "day", type=DAY, metavar="DATE", says=say("The day to report; default: today."))
@known_at_option
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also write it to this file: .pdf, .xlsx or .csv."),
)
@click.pass_context
def report_day(context: click.Context, /, *, day: dt.date | None, known_at: Known | None, out: Path | None) -> None:
    """Gather the day, write it where asked, show it."""
    with on_ledger(context, reads=True) as desk:
        from models.days import day_of

        session = desk.session
        kind = "" if out is None else out.suffix.lower()
        check_table_file(session, out, (".pdf", ".xlsx", ".csv"))
        today = day_of(desk.now, desk.ledger.zone)
        if day is not None and day > today:
            session.refuse(say("{day} is yet to come. Report it when it is over.", day=day.isoformat()))
        sheet, matters = _gathered(desk, day or today) if known_at is None else _known(desk, day or today, known_at)
        if out is not None:
            _write(desk, sheet, out, kind)
        _show(desk, sheet, matters, out)
    if any(each.unexplained for each in sheet.items):
        context.exit(4)


def _gathered(desk: Desk, day: dt.date) -> tuple[DaySheet, OpenMatters]:
    import sqlalchemy as sa

    from commands.day_shortages import day_shortages
    from commands.open_view import find_open
    from data.day_sheet import DaySheet
    from models.day_report import day_report
    from models.days import clock_of
    from models.plan_events import status_word
    from models.snapshot import settled
    from models.tables import instance
    from models.tree import newest_head

    with desk.session.stage(say("Adding up the day")), settled(desk.ledger.engine) as (connection, known):
        items = day_report(connection, day, known=known, zone=desk.ledger.zone)
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
        head = newest_head(connection)
    short = day_shortages(desk, day)
    matters = find_open(desk, day)
    planned: dict[str, Any] = {}
    if short is not None:
        status = status_word(short.plan.status)
        planned = {"plan": short.plan.id, "plan_status": status, "tiers": short.tiers, "shortages": short.rows}
    sheet = DaySheet(
        ledger=name,
        day=day,
        known=known,
        known_at=clock_of(desk.now, desk.ledger.zone),
        items=items,
        open=_open(desk, matters),
        seal=head.checkpoint if head else "",
        **planned,
    )
    return sheet, matters


def _known(desk: Desk, day: dt.date, known_at: Known) -> tuple[DaySheet, OpenMatters]:
    """Return a day by what was known at a time. Plans go on and matters are settled: those are told as known now."""
    import sqlalchemy as sa

    from data.day_sheet import DaySheet
    from models.database import reading
    from models.day_report import day_report
    from models.open_matters import OpenMatters
    from models.tables import instance

    with reading(desk.ledger.engine) as connection:
        known = known_document(connection, desk.ledger.zone, known_at)
        items = day_report(connection, day, known=known, zone=desk.ledger.zone)
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
    why = say("plans and open matters are told as known now only; leave out --known-at")
    sheet = DaySheet(ledger=name, day=day, known=known, known_at=clock_said(known_at), items=items, why_not_short=why)
    return sheet, OpenMatters()


def _open(desk: Desk, matters: OpenMatters) -> tuple[OpenRow, ...]:
    from data.day_sheet import OpenRow
    from data.open_table import waiting

    found = list(waiting(matters, desk.ledger.zone))
    names = _places(desk, found)
    rows = [
        OpenRow(
            matter=each.matter,
            number=each.number,
            where=_where(each, names),
            since=each.since,
            units=each.units,
            days=each.days,
        )
        for each in found
    ]
    if len(rows) <= _OPEN_SHOWN:
        return tuple(rows)
    more = say("… and {more} more", more=len(rows) - _OPEN_SHOWN)
    last = OpenRow(matter=more, number="", where=Sentence(""), since=min(row.since for row in rows[_OPEN_SHOWN:]))
    return (*rows[:_OPEN_SHOWN], last)


def _where(each: Waiting, names: Mapping[str, Named]) -> Sentence:
    if each.about is not None:
        return each.about
    site, to = names.get(each.site, each.site), names.get(each.to, each.to)
    return Sentence("{site} → {to}", {"site": site, "to": to}) if each.to else Sentence("{site}", {"site": site})


def _places(desk: Desk, found: Sequence[Waiting]) -> dict[str, Named]:
    """Return the names of the places of which something is open; where it goes, or lies, is told by its code too."""
    import sqlalchemy as sa

    from models.database import reading
    from models.tables import location

    ends = {each.to or each.site for each in found}
    columns = (location.c.code, location.c.name, location.c.name_zh)
    query = sa.select(*columns).where(location.c.code.in_(ends | {each.site for each in found}))
    with reading(desk.ledger.engine) as connection:
        return {row.code: Named(*row, with_code=row.code in ends) for row in connection.execute(query)}


def _write(desk: Desk, sheet: DaySheet, out: Path, kind: str) -> None:
    from data.day_book import write_day_book
    from data.day_sheet import sheet_pdf

    session = desk.session
    if kind == ".csv":
        save_tables(session, out, _tables(sheet, session.lang), title=say("Day report of supplies"), day=sheet.day)
        return
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        if kind == ".pdf":
            begun.write_bytes(sheet_pdf(sheet, lang=session.lang))
        else:
            write_day_book(sheet, begun, lang=session.lang)


def _tables(sheet: DaySheet, lang: str) -> list[TableOut]:
    """Return what the sheet shows as tables, those that have rows."""
    from data.day_sheet import day_rows, open_rows, short_rows
    from data.tables_out import rows_out

    shown = {"day": day_rows, "short": short_rows, "open": open_rows}
    tables = []
    for name, told in shown.items():
        headings, rows = told(sheet, lang)
        if rows or name == "day":
            names, _ = told(sheet, "en")
            holds = ["text" if any(isinstance(row[n], str) for row in rows) else "whole" for n in range(len(headings))]
            titles = (Sentence("{title}", {"title": title}) for title in headings)
            tables.append(rows_out(name, say("Day report"), list(zip(names, titles, holds, strict=True)), rows))
    return tables


# --- On the terminal -----------------------------------------------------------------------------


def _show(desk: Desk, sheet: DaySheet, matters: OpenMatters, out: Path | None) -> None:
    from data.day_sheet import day_rows, open_rows, short_rows, sum_sentence

    session, word = desk.session, desk.session.word
    session.show_json("allocator.day-report/1", _as_json(desk, sheet, matters))
    session.show(
        word(
            say(
                "{day}, as known at {time} up to document {number}:",
                day=sheet.day.isoformat(),
                time=sheet.known_at,
                number=sheet.known,
            )
        )
    )
    if not sheet.items:
        session.show(word(say("Nothing was held and nothing moved.")))
    for rows in (day_rows(sheet, session.lang), short_rows(sheet, session.lang), open_rows(sheet, session.lang)):
        if rows[1]:
            session.show()
            _show_table(desk, *rows)
    session.show()
    session.show(word(sum_sentence(sheet)))
    if sheet.plan_status is not None:
        session.show(word(say("Short by plan {plan} ({status}).", plan=sheet.plan, status=sheet.plan_status)))
    else:
        session.show(word(say("What is short is not said: {why}.", why=sheet.why_not_short)))
    if out is not None:
        session.show(word(say("To read and print: {file}", file=str(out))))


def _show_table(desk: Desk, headings: list[str], rows: list[list[Any]]) -> None:
    """Print a table without the columns in which there is nothing."""
    from data.day_sheet import cell_text

    texts = sum(isinstance(cell, str) for cell in rows[0])
    kept = [n for n in range(len(headings)) if n < texts or any(row[n] for row in rows)]
    cells = [[cell_text(row[n], signed=headings[n].startswith("±")) for n in kept] for row in rows]
    for line in table([[headings[n] for n in kept], *cells], left=texts):
        desk.session.show(f"  {line}")


def _as_json(desk: Desk, sheet: DaySheet, matters: OpenMatters) -> dict[str, Any]:
    from data.day_sheet import FLOWS, HELD, SENT
    from data.open_said import open_plain

    names = [name for name, _ in (*FLOWS, *HELD, SENT)]
    return {
        "day": sheet.day.isoformat(),
        "document": sheet.known,
        "plan": sheet.plan or None,
        "items": [
            {
                "item": each.item.code,
                "unit": each.unit,
                **{name: getattr(each, name) for name in names},
                "short": sheet.short_of(each.item.code),
                "unexplained": each.unexplained,
            }
            for each in sheet.items
        ],
        "short": [
            {
                "item": each.item.code,
                "units": each.units,
                "sites": each.sites,
                "by_tier": {tier.code: units for tier, units in zip(sheet.tiers, each.by_tier, strict=True)},
            }
            for each in sheet.shortages
        ],
        "open": None if sheet.is_of_then else open_plain(matters, desk.ledger.zone),
    }
