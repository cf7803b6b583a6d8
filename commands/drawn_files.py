"""`--out FILE` of commands whose tables are drawn too: a workbook with charts, one SVG, a PDF with the pictures."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import say
from commands.folders import whole_file
from commands.grammar import option
from commands.session import Session
from commands.table_files import TABLE_ENDINGS, check_table_file, save_tables

if TYPE_CHECKING:
    from allocator.pictured import DrawnOut
    from data.pictures_drawing import Drawing

__all__ = ["check_drawn_file", "drawn_file_option", "save_drawn"]

_ENDINGS = (".xlsx", ".svg", ".pdf", *(ending for ending in TABLE_ENDINGS if ending != ".xlsx"))


def drawn_file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare `--out FILE`."""
    says = say("Also save it to this file: .xlsx and .pdf with charts, .svg, .csv or .parquet.")
    return option("--out", type=click.Path(path_type=Path), metavar="FILE", says=says)(function)


def check_drawn_file(session: Session, out: Path | None) -> None:
    """Refuse a file whose ending says no form, as `check_table_file` does."""
    check_table_file(session, out, _ENDINGS)


def save_drawn(session: Session, out: Path, given: DrawnOut) -> None:
    """Write it in the form that the file's ending says, whole or not at all, and tell where it is.

    Raises:
        Refused: the file cannot be written, or its ending says no form.

    """
    ending = out.suffix.lower()
    if ending in (".csv", ".parquet"):
        save_tables(session, out, given.tables, title=given.title, day=given.day, filters=given.facts)
        return
    from data.charted_book import write_charted_book
    from data.tables_out import AboutOut

    about = AboutOut(title=given.title, day=given.day, facts=given.facts)
    with session.stage(say("Writing {out}", out=str(out))), whole_file(session, out) as begun:
        if ending == ".xlsx":
            write_charted_book(begun, given.tables, given.charts, about, lang=session.lang)
        else:
            begun.write_bytes(_drawn(session, given) if ending == ".svg" else _printed(session, given))
    session.tell(say("Saved: {file}", file=str(out)))


def _drawn(session: Session, given: DrawnOut) -> bytes:
    from data.pictures_drawing import below_each_other

    facts = [
        say("{name}: {fact}", name=name, fact=fact)
        for name, fact in ((say("day"), given.day.isoformat()), *given.facts)
    ]
    about = " · ".join(session.word(fact) for fact in facts)
    title = session.word(given.title)
    picture = below_each_other(_drawings(session, given), title=title, about=about, name="pictures", lang=session.lang)
    return (picture.svg() + "\n").encode()


def _printed(session: Session, given: DrawnOut) -> bytes:
    from data.tables_out import AboutOut
    from data.tables_paper import tables_pdf

    about = AboutOut(title=given.title, day=given.day, facts=given.facts)
    return tables_pdf(
        given.printed, about, lang=session.lang, pictures=[each.svg() for each in _drawings(session, given)]
    )


def _drawings(session: Session, given: DrawnOut) -> list[Drawing]:
    from data.pictured import drawing_of

    return [drawing_of(each, word=session.word, lang=session.lang) for each in given.pictures]
