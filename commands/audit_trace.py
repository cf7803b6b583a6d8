"""`allocator audit trace`: a lot, a document, a shipment, an item at a site or a person; upstream and downstream."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from allocator.sentence import Sentence, say
from commands.audit_group import run
from commands.cut_options import cut_options
from commands.grammar import argument, command, option
from commands.on_ledger import Desk, on_ledger
from commands.table_files import TABLE_ENDINGS, check_table_file, save_tables
from commands.trace_person_view import person_json, person_tables, show_person
from commands.trace_view import show_account, show_traced
from data.trace_tables import account_table, trace_json, trace_tables
from models.cut_words import Known, cut_facts, cut_said, cut_word

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.cuts import Cut
    from models.trace_account import AccountLine
    from models.trace_asked import Traced

ENDINGS = (*TABLE_ENDINGS, ".svg", ".pdf")


@command(
    say(
        "Trace a lot, a document (by its number), a shipment, an item at a site, or a person: where units came from, "
        "with which papers, through whose hands they went, where they are now, and what of them nobody can account "
        "for. --out also saves it as tables, or as a picture of the flow. Exit status: 4 where the ledger's lines and "
        "balances do not agree."
    ),
    examples=(
        "allocator audit trace MASK-A",
        "allocator audit trace 1042",
        "allocator audit trace T-FWT3ZWA --out trace.xlsx",
        "allocator audit trace MASK-A --out flow.svg --lang zh",
        "allocator audit trace --site P07 --item MASK --known-at 2020-02-12T08:00",
        "allocator audit trace --person ben --out ben.xlsx",
    ),
    right="see-records",
    within=run,
    name="trace",
)
@argument("what", metavar="[LOT|DOC|NOTE]", required=False)
@option("--site", metavar="CODE", says=say("Instead: an item at this site, line by line; say which with --item."))
@option("--item", metavar="CODE", says=say("Of which item."))
@option("--person", metavar="ID", says=say("Instead: what this person did, and what became of what the person sent."))
@cut_options
@option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("Also save it to this file: .xlsx, .csv or .parquet for tables, .svg or .pdf for a picture of the flow."),
)
@click.pass_context
def trace_what(
    context: click.Context,
    /,
    *,
    what: str | None,
    site: str | None,
    item: str | None,
    person: str | None,
    as_of: dt.date | None,
    known_at: Known | None,
    out: Path | None,
) -> None:
    """Find what is meant, trace it, show it."""
    with on_ledger(context, reads=True) as desk:
        check_table_file(desk.session, out, ENDINGS)
        if sum(each is not None for each in (what, site, person)) != 1:
            desk.session.refuse(
                say("Name a lot, a document or a shipment, or a site with --site, or a person with --person."), status=2
            )
        if site is not None and item is None:
            desk.session.refuse(say("Say which item at {site} with --item.", site=site), status=2)
        if person is not None:
            _trace_person(desk, person, out, as_of=as_of, known_at=known_at)
            return
        gap_units = _trace_goods(desk, what, site, item, out, as_of=as_of, known_at=known_at)
    if gap_units:
        context.exit(4)


def _trace_goods(
    desk: Desk,
    what: str | None,
    site: str | None,
    item: str | None,
    out: Path | None,
    *,
    as_of: dt.date | None,
    known_at: Known | None,
) -> int:
    """Trace, save, show; return how many units the ledger's lines and balances differ by."""
    from models.database import reading

    with reading(desk.ledger.engine) as connection:
        cut = cut_said(connection, desk.ledger.zone, as_of, known_at)
        account: list[AccountLine] = []
        if what is not None:
            traced = _found(connection, desk, what, item, cut)
        else:
            traced, account = _at_site(connection, desk, site or "", item or "", cut)
    if out is not None:
        _save(desk, traced, account, out, as_of=as_of, known_at=known_at)
    _show(desk, traced, account, cut_word(as_of, known_at))
    return traced.gap_units


def _trace_person(desk: Desk, person: str, out: Path | None, *, as_of: dt.date | None, known_at: Known | None) -> None:
    from models.database import reading
    from models.days import day_of
    from models.trace_person import is_known, traced_person

    session = desk.session
    check_table_file(session, out)
    with reading(desk.ledger.engine) as connection:
        if not is_known(connection, person):
            session.refuse(
                say("There is no person {person}, and none has acted. See: allocator user list", person=person),
                status=2,
            )
        found = traced_person(connection, person, cut_said(connection, desk.ledger.zone, as_of, known_at))
    if out is not None:
        zone = desk.ledger.zone
        title, filters = say("Trace of {what}", what=person), cut_facts(as_of, known_at)
        tables = person_tables(found, zone)
        save_tables(session, out, tables, title=title, day=day_of(desk.now, zone), filters=filters, desk=desk)
    session.show_json("allocator.trace/2", person_json(found))
    under = cut_word(as_of, known_at)
    if under is not None:
        session.show(session.word(under))
    show_person(desk, found)


def _found(connection: sa.Connection, desk: Desk, what: str, item: str | None, cut: Cut) -> Traced:
    from models.requests import NO_LOT
    from models.trace_asked import traced_what

    traced = traced_what(connection, "" if what == NO_LOT else what, item, cut)
    if traced is None:
        nothing = say(
            "There is no lot, document or shipment {what}. Check it, or look with: allocator stock", what=what
        )
        desk.session.refuse(nothing, status=2)
    return traced


def _at_site(connection: sa.Connection, desk: Desk, site: str, item: str, cut: Cut) -> tuple[Traced, list[AccountLine]]:
    from models.stock import codes_of
    from models.trace_account import account_of
    from models.trace_asked import traced_site

    reach = desk.reach(connection)
    for what, code in (("site", site), ("item", item)):
        codes = [each for each in codes_of(connection, what) if what != "site" or reach.holds(each)]
        if code not in codes:
            _refuse_unknown(desk, what, code, codes)
    return traced_site(connection, site, item, cut), account_of(connection, site, item, cut)


def _refuse_unknown(desk: Desk, what: str, code: str, codes: Any) -> NoReturn:
    from data.nearest import nearest_code

    near = nearest_code(code, codes)
    meant = say("Is {near} meant?", near=near) if near else Sentence("")
    unknown = {
        "site": say("There is no site {code}. {meant}", code=code, meant=meant),
        "item": say("There is no item {code}. {meant}", code=code, meant=meant),
    }
    desk.session.refuse(unknown[what], status=2)


def _save(
    desk: Desk,
    traced: Traced,
    account: list[AccountLine],
    out: Path,
    *,
    as_of: dt.date | None,
    known_at: Known | None,
) -> None:
    from models.days import day_of

    title = say("Trace of {what}", what=traced.name)
    if out.suffix.lower() not in TABLE_ENDINGS:
        _draw(desk, traced, out, title, cut_word(as_of, known_at))
        return
    zone = desk.ledger.zone
    tables = trace_tables(traced, zone)
    if account:
        tables = [account_table(account, zone), *tables]
    filters = cut_facts(as_of, known_at)
    save_tables(desk.session, out, tables, title=title, day=day_of(desk.now, zone), filters=filters, desk=desk)


def _draw(desk: Desk, traced: Traced, out: Path, title: Sentence, under: Sentence | None) -> None:
    """Write the picture of the flow, or put it on paper."""
    from commands.folders import whole_file
    from commands.table_files import ledger_facts
    from data.trace_sheet import trace_pdf, trace_svg
    from models.database import reading
    from models.known_names import all_names
    from models.trace_asked import depots_of

    session = desk.session
    with reading(desk.ledger.engine) as connection:
        sites, items = all_names(connection)
        depots = depots_of(connection)
    facts = [] if under is None else [under]
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        if out.suffix.lower() == ".svg":
            svg = trace_svg(
                traced, title=title, under=facts, depots=depots, sites=sites, items=items, lang=session.lang
            )
            begun.write_text(svg, encoding="utf-8")
        else:
            told = [(session.word(name), _text(session, value)) for name, value in ledger_facts(desk)]
            begun.write_bytes(
                trace_pdf(
                    traced,
                    title=title,
                    under=facts,
                    facts=told,
                    depots=depots,
                    sites=sites,
                    items=items,
                    lang=session.lang,
                )
            )
    session.tell(say("Saved: {file}", file=str(out)))


def _text(session: Any, value: Sentence | str | int) -> str:
    return session.word(value) if isinstance(value, Sentence) else str(value)


def _show(desk: Desk, traced: Traced, account: list[AccountLine], under: Sentence | None) -> None:
    session = desk.session
    session.show_json("allocator.trace/2", trace_json(traced, account))
    if under is not None:
        session.show(session.word(under))
    if account:
        show_account(desk, account)
    elif traced.kind == "site":
        session.show(session.word(say("Nothing of this item was ever at this site.")))
    show_traced(desk, traced)
