"""`allocator notes`: what is printed of an approved plan and how its stops are driven, or the note of one shipment."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.folders import whole_file
from commands.grammar import argument, command, option
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk, on_ledger
from commands.paper import refuse_usage
from commands.session import session_of
from models.cut_words import is_name

__all__ = ["PAGES", "run"]

PAGES = "http://127.0.0.1:8000"
"""Where the pages are, unless somebody says."""


@command(
    say(
        "Print an approved plan: for each depot a pick list with its vehicles and their stops, then a delivery note "
        "for each stop, with lots, their last day of use and a code that opens its confirmation. Where stops cannot be "
        "routed it says why. The number of a shipment instead of a plan prints its note alone, whatever sent it."
    ),
    examples=(
        "allocator notes P2020-02-10-1 --out notes.pdf",
        "allocator notes P2020-02-10-1 --out notes.pdf --depot D1 --routes routes.csv --lang zh",
        "allocator notes T-FWT3ZWA --out note.pdf",
    ),
    right="see-shipments",
)
@argument("plan", metavar="PLAN|SHIPMENT")
@option("--out", required=True, type=click.Path(path_type=Path), metavar="FILE", says=say("The PDF to write."))
@option("--depot", default="", metavar="DEPOT", says=say("Only the notes of this depot."))
@option(
    "--url",
    default=PAGES,
    show_default=True,
    metavar="URL",
    says=say("Where the pages are, for the code on each note."),
)
@option(
    "--routes",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also write each vehicle's stops to this CSV file."),
)
@click.pass_context
def run(context: click.Context, /, plan: str, *, out: Path, depot: str, url: str, routes: Path | None) -> None:
    """Print a plan or a shipment."""
    session = session_of(context)
    if routes is not None and routes.suffix.lower() != ".csv":
        session.refuse(say("{file} does not end with .csv. Name the file so.", file=str(routes)), status=2)
    with on_ledger(context, reads=True) as desk:
        if is_name(plan):
            _print_plan(desk, plan, out, depot, url, routes)
        elif depot or routes is not None:
            refuse_usage(desk.session, say("--depot and --routes belong to a plan; {note} is a shipment.", note=plan))
        else:
            _print_shipment(desk, plan, out, url)


def _print_shipment(desk: Desk, number: str, out: Path, url: str) -> None:
    """Print the note of one shipment."""
    from data.notes import notes_pdf
    from data.shipment_printing import note_of
    from models.database import reading
    from models.paper_proof import proofs_of
    from models.shipment_paper import shipment_paper

    session = desk.session
    with reading(desk.ledger.engine) as connection:
        paper = shipment_paper(connection, number)
        proof = proofs_of(connection, [paper.document])[paper.document]
        note = note_of(paper, desk.ledger.zone, url=url, proof=proof.text())
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        begun.write_bytes(notes_pdf([note], lang=session.lang, title=number))
    session.show_json("allocator.notes/1", {"plan": note.plan or None, "out": str(out), "notes": [number]})
    session.show(session.word(say("The note of shipment {shipment} is in {out}.", shipment=number, out=str(out))))


def _print_plan(desk: Desk, plan: str, out: Path, depot: str, url: str, routes: Path | None) -> None:
    """Route, print, say what is not driven."""
    from data.notes import notes_pdf
    from data.plan_printing import printed_of, sheets_of, write_routes

    session = desk.session
    with kept_plan(desk, plan) as kept:
        with session.stage(say("Laying the stops on vehicles")):
            printed = printed_of(desk.ledger.engine, kept, depot=depot, url=url)
        with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
            begun.write_bytes(notes_pdf(sheets_of(printed), lang=session.lang, title=plan))
        if routes is not None:
            with whole_file(session, routes) as begun:
                write_routes(printed, begun, session.word)
        for reason in dict.fromkeys(session.word(each) for each in printed.routes.reasons):
            session.show(reason)
        told = {"plan": plan, "out": str(out), "notes": [note.number for note in printed.notes]}
        session.show_json("allocator.notes/1", told)
        session.show(session.word(say("{count:,} notes are in {out}.", count=len(printed.notes), out=str(out))))
