"""`allocator report donation`: the receipt that a donor gets."""

from __future__ import annotations

import dataclasses
import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.cut_options import cut_options
from commands.folders import whole_file
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.plan_view import table
from commands.report_group import run
from commands.report_public import report_public
from models.cut_words import Known, cut_said, cut_word

if TYPE_CHECKING:
    from data.donation_sheet import Table
    from models.donations import Donation

__all__ = ["report_donation"]


@command(
    say(
        "Report to a donor what was received, with lots, and where it is by now: used, held, under way, and which "
        "sites have the most of it. DOC is the number of the document, or the one on the receipt or gift letter, or a "
        "donor's code. The PDF carries the document's hash as a code, by which the document in the ledger can be told "
        "to be the same. With --public instead: all donations for everybody to read, by source, without any person in "
        "them, as a page in both languages (.html) or as tables."
    ),
    examples=(
        "allocator report donation 17",
        "allocator report donation R-1",
        "allocator report donation 17 --out receipt.pdf --lang zh",
        "allocator report donation --public --out donations.html",
        "allocator report donation --public --named RC --out donations.xlsx",
    ),
    right="see-records",
    within=run,
    name="donation",
)
@argument("document", metavar="[DOC]", required=False)
@option("--public", is_flag=True, says=say("Instead: all donations, for the public, without any person in them."))
@option(
    "--named",
    multiple=True,
    metavar="CODE",
    says=say("With --public: a donor who agreed to be named; others are numbered. May be given several times."),
)
@cut_options
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also write the receipt to this PDF; with --public: .html, .xlsx, .csv or .parquet."),
)
@click.pass_context
def report_donation(
    context: click.Context,
    /,
    *,
    document: str | None,
    public: bool,
    named: tuple[str, ...],
    as_of: dt.date | None,
    known_at: Known | None,
    out: Path | None,
) -> None:
    """Gather it, write it where asked, show it."""
    with on_ledger(context, reads=True) as desk:
        if public and document is None:
            report_public(desk, named=named, out=out, as_of=as_of, known_at=known_at)
            return
        if document is None or public or named:
            desk.session.refuse(say("Name one donation, or ask for all of them with --public."), status=2)
        _report_one(desk, document, out, as_of=as_of, known_at=known_at)


def _report_one(desk: Desk, document: str, out: Path | None, *, as_of: dt.date | None, known_at: Known | None) -> None:
    from models.database import reading
    from models.days import clock_of
    from models.donations import donation, donation_number

    if out is not None and out.suffix.lower() != ".pdf":
        desk.session.refuse(say("{file} is no .pdf. Name the file so.", file=str(out)), status=2)
    with reading(desk.ledger.engine) as connection:
        cut = cut_said(connection, desk.ledger.zone, as_of, known_at)
        given = donation(connection, donation_number(connection, document, cut), cut)
    under = cut_word(as_of, known_at)
    told = under or say("Where it is, as known at {time}", time=clock_of(desk.now, desk.ledger.zone))
    if out is not None:
        _write(desk, given, out, told)
    _show(desk, given, out, under)


def _write(desk: Desk, given: Donation, out: Path, told: Sentence) -> None:
    import sqlalchemy as sa

    from data.donation_sheet import donation_pdf
    from models.database import reading
    from models.days import day_of
    from models.tables import instance

    session, zone = desk.session, desk.ledger.zone
    with reading(desk.ledger.engine) as connection:
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        day = day_of(given.occurred_at, zone)
        begun.write_bytes(donation_pdf(given, ledger=name, day=day, told=told, lang=session.lang))


def _show(desk: Desk, given: Donation, out: Path | None, under: Sentence | None) -> None:
    from data.donation_sheet import given_rows, mixed_sentence, reached_rows, where_rows
    from models.days import day_of

    session, word = desk.session, desk.session.word
    session.show_json("allocator.donation/1", _as_json(desk, given))
    day = day_of(given.occurred_at, desk.ledger.zone).isoformat()
    if under is not None:
        session.show(word(under))
    session.show(
        word(
            say("Document {number}: received from {donor} at {site} on {day}", number=given.document,
                donor=given.donor, site=given.site, day=day)
        )
    )  # fmt: skip
    tables = (given_rows(given, session.lang), where_rows(given, session.lang), reached_rows(given, session.lang))
    for rows in tables:
        _show_table(desk, rows)
    mixed = mixed_sentence(given)
    for sentence in (mixed, say("To read and print: {file}", file=str(out)) if out else None):
        if sentence is not None:
            session.show()
            session.show(word(sentence))


def _show_table(desk: Desk, rows: Table) -> None:
    headings, cells = rows
    if not cells:
        return
    desk.session.show()
    left = sum(isinstance(cell, str) for cell in cells[0])
    texts = [[cell if isinstance(cell, str) else f"{cell:,}" for cell in row] for row in cells]
    for line in table([headings, *texts], left=left):
        desk.session.show(f"  {line}")


def _as_json(desk: Desk, given: Donation) -> dict[str, Any]:
    from models.days import iso_of

    return {
        "document": given.document,
        "donor": given.donor.code,
        "site": given.site.code,
        "occurred_at": iso_of(given.occurred_at, desk.ledger.zone),
        "reference": given.reference,
        "sha256": given.digest,
        "lots": [
            {
                "item": each.item.code,
                "lot": each.lot.lot_no,
                "units": each.units,
                "came_units": each.came_units,
                "where": dict(each.where),
            }
            for each in given.lots
        ],
        "reached": [
            {**dataclasses.asdict(each), "site": each.site.code, "item": each.item.code} for each in given.reached
        ],
    }
