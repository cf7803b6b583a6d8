"""What was said on the command line about a file's sender, headers and names, checked before anything is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.grammar import option

if TYPE_CHECKING:
    from commands.session import Session
    from data.sheet_header import Readers

__all__ = ["CHOOSE", "SENDER", "chosen_of", "folded_name_of", "readers_of", "sender_of"]


SENDER_LETTERS_MAX = 100

CHOOSE = option(
    "--choose",
    "choices",
    multiple=True,
    metavar="'NAME=CODE'",
    says=say("Which of ours a name of theirs means, kept for later files; NAME|AREA=CODE for one area only."),
)
SENDER = option(
    "--sender",
    metavar="CODE",
    says=say("Whose files these are: an office or a post. What their headers and names mean is kept for them."),
)


def folded_name_of(parts: Sequence[str]) -> list[str]:
    """Return the parts of a name, and of its area, as they are compared."""
    from data.name_reading import folded_name

    return [folded_name(part) for part in parts]


def sender_of(session: Session, sender: str | None) -> str:
    """Return whose file it is, "" where nobody said.

    Raises:
        Refused: a sender that is blank, too long, or has hidden letters in it.

    """
    if sender is None:
        return ""
    said = sender.strip()
    if not said or len(said) > SENDER_LETTERS_MAX or not said.isprintable():
        session.refuse(
            say("A sender is a short code or name of an office, of at most {most} letters.", most=SENDER_LETTERS_MAX),
            status=2,
        )
    return said


def chosen_of(session: Session, choices: Sequence[str], connection: Any) -> dict[tuple[str, str], str]:
    """Return codes that names were said to mean, by what they are about and what was said.

    Raises:
        Refused: a `--choose` that is none, or names no code.

    """
    from data.name_reading import folded_name
    from data.nearest import nearest_code
    from models.import_names import NamesKnown

    known = NamesKnown(connection)
    codes: dict[str, Any] = {"item": known.items, "site": known.sites, "partner": known.partners} if choices else {}
    wrong: list[Sentence] = []
    found: dict[tuple[str, str], str] = {}
    for text in choices:
        name, mark, code = (part.strip() for part in text.rpartition("="))
        said = "|".join(folded_name(part) for part in name.split("|"))
        about = [each for each, there in codes.items() if code in there]
        if not mark or not name or not code:
            wrong.append(say('"{found}" chooses nothing. Write it as: --choose "their name=our code"', found=text))
        elif not about:
            near = nearest_code(code, sorted({each for there in codes.values() for each in there}))
            wrong.append(
                say("There is no item, site or partner {code}; the nearest is {near}.", code=code, near=near)
                if near
                else say("There is no item, site or partner {code}, nor one like it.", code=code)
            )
        found |= dict.fromkeys(((each, said) for each in about), code)
    if wrong:
        session.refuse(*wrong, status=2)
    return found


def readers_of(
    session: Session, told: Sequence[str], words: Path | None, remembered: Mapping[str, Mapping[str, str]]
) -> Readers:
    """Return what headers are read with. `remembered`: what was said of the sender's headers before.

    Raises:
        Refused: a `--map` that is none, or names no column of ours; a file of words that cannot be read.

    """
    from data.header_match import ToldHeaders
    from data.header_words import read_header_words
    from data.sheet_header import Readers

    wrong: list[Sentence] = []
    said = _told(told, wrong)
    known = read_header_words()
    if words is not None:
        try:
            known = read_header_words(words)
        except (OSError, UnicodeDecodeError) as fault:
            from data.os_reasons import reason_of

            reason = reason_of(fault) if isinstance(fault, OSError) else say("it is not UTF-8")
            wrong.append(say("{file} cannot be opened: {reason}.", file=str(words), reason=reason))
        except ValueError as fault:
            wrong.append(say("{file} is no list of words: {reason}.", file=str(words), reason=str(fault)))
    if wrong:
        session.refuse(*wrong, status=2)
    return Readers(known, ToldHeaders(said, remembered))


def _told(told: Sequence[str], wrong: list[Sentence]) -> dict[str, str]:
    from data.aside_columns import ASIDE
    from data.header_match import NOT_READ
    from data.header_words import folded
    from data.import_columns import IMPORT_TABLES
    from data.nearest import nearest

    tables = IMPORT_TABLES.values()
    columns = {header: column.name for table in tables for header, column in table.by_header.items()}
    columns |= {header: column.name for column in ASIDE for header in (column.name, column.zh)}
    said: dict[str, str] = {}
    for text in told:
        header, mark, column = (part.strip() for part in text.rpartition("="))
        if not mark or not header or not column:
            wrong.append(say('"{found}" is no mapping. Write it as: --map "their header=our column"', found=text))
        elif column == NOT_READ:
            said[folded(header)] = NOT_READ
        elif column in columns:
            said[folded(header)] = columns[column]
        else:
            near = nearest(column, list(columns)) or "units"
            wrong.append(say('No table has a column "{found}". Is {near} meant?', found=column, near=near))
    return said
