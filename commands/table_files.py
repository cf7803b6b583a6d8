"""`--out FILE` of commands that show tables: .xlsx, .csv or .parquet, with where the tables come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_file
from commands.grammar import option
from commands.on_ledger import Desk
from commands.session import Session

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = [
    "TABLE_ENDINGS",
    "Fact",
    "check_table_file",
    "ledger_facts",
    "one_text",
    "save_tables",
    "table_file_option",
]

Fact = tuple[Sentence, Sentence | str | int]

TABLE_ENDINGS = (".xlsx", ".csv", ".parquet")
"""What a saved table may be, by the ending of its name."""


def table_file_option(function: Callable[..., Any]) -> Callable[..., Any]:
    """Declare `--out FILE`."""
    says = say("Also save it to this file: .xlsx, .csv or .parquet.")
    return option("--out", type=click.Path(path_type=Path), metavar="FILE", says=says)(function)


def check_table_file(session: Session, out: Path | None, endings: tuple[str, ...] = TABLE_ENDINGS) -> None:
    """Refuse a file whose ending says no form; called before any work is done.

    Raises:
        Refused: the ending is none of `endings`, with status 2.

    """
    if out is not None and out.suffix.lower() not in endings:
        session.refuse(
            say("{file} is none of these: {endings}. Name the file so.", file=str(out), endings=list(endings)),
            status=2,
        )


def ledger_facts(desk: Desk) -> list[Fact]:
    """Return when, by whom and from which state of which ledger something is told."""
    from data.ledger_facts import ledger_facts as facts_of

    return facts_of(desk.ledger, actor=desk.actor or say("nobody said (--actor)"), now=desk.now)


def one_text(sentences: Sequence[Sentence]) -> Sentence | str:
    """Return sentences as the text of one cell, in the reader's language.

    >>> str(one_text([say("late"), say("short")])), one_text([])
    ('late; short', '')
    """
    named = {f"said_{n}": each for n, each in enumerate(sentences)}
    return Sentence("; ".join(f"{{{name}}}" for name in named), named) if named else ""


def save_tables(
    session: Session,
    out: Path,
    tables: Sequence[TableOut],
    *,
    title: Sentence,
    day: dt.date,
    filters: Sequence[Fact] = (),
    desk: Desk | None = None,
) -> None:
    """Write tables to a file, whole or not at all, and tell where they are.

    `filters`: what was asked for; `desk`: where the tables come from a ledger, which then says its state.

    Raises:
        Refused: as `check_table_file`, or where the file cannot be written.

    """
    from data.tables_out import AboutOut, files_of, write_tables

    check_table_file(session, out)
    facts = [*filters, *(ledger_facts(desk) if desk is not None else [])]
    about = AboutOut(title=title, day=day, facts=facts)
    for path, part in files_of(out, tables):
        with whole_file(session, path) as begun:
            write_tables(begun, part, about, lang=session.lang)
        session.tell(say("Saved: {file}", file=str(path)))
