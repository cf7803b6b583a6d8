"""`allocator template`: a workbook to fill in, which `allocator import` takes back."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file
from commands.grammar import Listing, argument, command, option
from commands.on_ledger import address_of
from commands.session import Session, session_of
from data.kinds_told import TEMPLATES

if TYPE_CHECKING:
    from data.template_lists import CodeLists

__all__ = ["lists_of", "run"]


def _kinds() -> dict[str, Sentence]:
    return TEMPLATES


@command(
    say(
        "Write a workbook to fill in: headers in both languages, drop-downs of the ledger's own codes, checks of dates "
        "and numbers, a worked example. allocator import takes it back without any further option. Where there is no "
        "ledger yet, its lists are empty."
    ),
    examples=(
        "allocator template counts --out counts.xlsx",
        "allocator template receipts --area 421127 --out receipts.xlsx",
    ),
    listing=Listing(say("Kinds"), _kinds),
)
@argument("kind", type=click.Choice(list(TEMPLATES)), metavar="KIND")
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", says=say("The .xlsx file to write."))
@option("--area", default="", metavar="CODE", says=say("Only sites in this area and all that lies in it."))
@click.pass_context
def run(context: click.Context, /, *, kind: str, out: Path, area: str) -> None:
    """Fetch the codes, write the workbook, say what is in it."""
    from data.import_columns import IMPORT_TABLES
    from data.template_writing import write_template

    session = session_of(context)
    if out.suffix.lower() != ".xlsx":
        session.refuse(say("{file} does not end with .xlsx. Name the file so.", file=str(out)), status=2)
    lists, ledger, today = lists_of(session, area)
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        write_template(IMPORT_TABLES[kind], begun, lists=lists, today=today, ledger=ledger)
    counts = {"sites": len(lists.sites), "items": len(lists.items), "partners": len(lists.partners)}
    session.show_json("allocator.template/1", {"out": str(out), "kind": kind, "ledger": ledger, **counts})
    session.show(
        session.word(
            say(
                "{out}: fill it in and take it back with: allocator import {out}. Its lists have {sites:,} sites, "
                "{items:,} items and {partners:,} partners.",
                out=str(out),
                **counts,
            )
        )
    )


def lists_of(session: Session, area: str) -> tuple[CodeLists, str, dt.date]:
    """Return the codes of the ledger, its name, and what day it is there; empty lists where there is no ledger yet."""
    from data.template_lists import CodeLists
    from data.template_of_ledger import lists_of_ledger
    from models.days import now_micros
    from models.entry import Refusal
    from models.ledger import open_ledger
    from models.ledger_file import file_is_there

    if not file_is_there(address_of(session)):
        session.tell(say("There is no ledger yet, so the lists are empty: codes are typed by hand."))
        return CodeLists(), "", dt.datetime.now().astimezone().date()
    try:
        ledger = open_ledger(address_of(session))
    except Refusal as refusal:
        session.refuse(*refusal.sentences)
    try:
        lists, name, today = lists_of_ledger(ledger, within=area, now=now_micros())
    finally:
        ledger.engine.dispose()
    if area and not lists.sites:
        session.refuse(say("No site lies in area {area}. Check its code, or leave out --area.", area=area), status=2)
    return lists, name, today
