"""`--out FILE` of commands whose tables are saved or printed: .xlsx, .csv, .parquet or .pdf."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file
from commands.grammar import option
from commands.session import Session
from commands.table_files import TABLE_ENDINGS, Fact, check_table_file, save_tables

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = ["check_paper_file", "paper_file_option", "save_or_print"]

_PAPER = ".pdf"


def paper_file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare `--out FILE`."""
    says = say("Also save it to this file: .xlsx, .csv, .parquet or .pdf.")
    return option("--out", type=click.Path(path_type=Path), metavar="FILE", says=says)(function)


def check_paper_file(session: Session, out: Path | None) -> None:
    """Refuse a file whose ending says no form, as `check_table_file` does."""
    check_table_file(session, out, (*TABLE_ENDINGS, _PAPER))


def save_or_print(
    session: Session,
    out: Path,
    tables: Sequence[TableOut],
    *,
    title: Sentence,
    day: dt.date,
    facts: Sequence[Fact] = (),
) -> None:
    """Write tables to a file, whole or not at all, and tell where they are. `facts`: where they come from.

    Raises:
        Refused: the file cannot be written, or its ending says no form.

    """
    if out.suffix.lower() != _PAPER:
        save_tables(session, out, tables, title=title, day=day, filters=facts)
        return
    from data.tables_out import AboutOut
    from data.tables_paper import tables_pdf

    with session.stage(say("Setting the pages")):
        pdf = tables_pdf(tables, AboutOut(title=title, day=day, facts=facts), lang=session.lang)
    with whole_file(session, out) as begun:
        begun.write_bytes(pdf)
    session.tell(say("Saved: {file}", file=str(out)))
