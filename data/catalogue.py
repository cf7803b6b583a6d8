"""Make the catalogue of texts: extract, update, compile, and say what is not translated."""

from __future__ import annotations

import datetime as dt
import io
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from data.texts import DOMAIN, LOCALE_FOLDER

__all__ = ["compiled", "extracted", "main", "read_catalogue", "untranslated"]

_ROOT = Path(__file__).parent.parent
_SOURCES = ("allocator", "data", "models", "scenarios", "commands", "web", "cli.py")
_PO = LOCALE_FOLDER / "zh_CN" / "LC_MESSAGES" / f"{DOMAIN}.po"
# The catalogue must not change when nothing in it has; so its header carries no clock.
_HEADER_TIME = dt.datetime(2020, 2, 10, tzinfo=dt.UTC)
_READERS = {".py": "python", ".html": "jinja2.ext:babel_extract"}
"""Which of Babel's readers finds the texts of a file, by its ending."""
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")


def _source_files(root: Path) -> Iterator[Path]:
    for name in _SOURCES:
        path = root / name
        yield from [path] if path.is_file() else sorted(file for file in path.rglob("*") if file.suffix in _READERS)


def extracted(root: Path = _ROOT) -> dict[str, list[str]]:
    """Return every message that a `say("...")` in the sources makes, and the files it stands in.

    >>> "{where}, row {row}" in extracted()
    True
    """
    found: dict[str, list[str]] = {}
    for path in _source_files(root):
        name = path.relative_to(root).as_posix()
        keywords = {"say": None, "counted": (1, 2)}
        for _, message, _, _ in extract_from_file(_READERS[path.suffix], str(path), keywords=keywords):
            places = found.setdefault(_first(message), [])
            if name not in places:
                places.append(name)
    # Doctests and docstrings are no code, so nothing of theirs is in here.
    return found


def _plurals(root: Path = _ROOT) -> dict[str, str]:
    """Return the plural of every message that a `counted("...", "...")` in the sources makes."""
    counted = {"counted": (1, 2)}
    return {
        message[0]: message[1]
        for path in _source_files(root)
        for _, message, _, _ in extract_from_file(_READERS[path.suffix], str(path), keywords=counted)
    }


def read_catalogue(path: Path = _PO) -> dict[str, str]:
    """Return the translations of a .po file by English message."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        return {_first(entry.id): _first(entry.string) for entry in read_po(file) if entry.id}


def _first(texts: str | Sequence[str] | None) -> str:
    # Chinese counts without plurals: the first form of a message is the only one.
    return texts if isinstance(texts, str) else (texts or ("",))[0]


def untranslated(root: Path = _ROOT, path: Path = _PO) -> list[str]:
    """Return the messages without a translation, or whose translation names other values."""
    chinese = read_catalogue(path)
    return [
        message
        for message in extracted(root)
        if not chinese.get(message) or set(_PLACEHOLDER.findall(chinese[message])) - set(_PLACEHOLDER.findall(message))
    ]


def _merged() -> Catalog:
    chinese, plurals = read_catalogue(), _plurals()
    catalogue = Catalog(
        locale="zh_CN",
        domain=DOMAIN,
        project="allocator",
        creation_date=_HEADER_TIME,
        revision_date=_HEADER_TIME,
        fuzzy=False,
        header_comment="# Texts of allocator in Simplified Chinese. Made by `python -m data.texts`.",
        language_team="",
    )
    for message, places in sorted(extracted().items()):
        worded = chinese.get(message, "")
        ids, strings = ((message, plurals[message]), (worded,)) if message in plurals else (message, worded)
        catalogue.add(ids, strings, locations=[(place, 0) for place in sorted(places)])
    return catalogue


def compiled(path: Path = _PO) -> bytes:
    """Return the .mo file that a .po file compiles to."""
    out = io.BytesIO()
    with path.open("rb") as file:
        write_mo(out, read_po(file, locale="zh_CN"))
    return out.getvalue()


def main(arguments: list[str]) -> int:
    """Update and compile the catalogue, or only check it; 1 while something is not translated."""
    if "--check" not in arguments:
        _PO.parent.mkdir(parents=True, exist_ok=True)
        # Merged before the file is opened: opening it to write empties it.
        merged = _merged()
        with _PO.open("wb") as file:
            write_po(file, merged, width=100, include_lineno=False)
        _PO.with_suffix(".mo").write_bytes(compiled())
    missing = untranslated()
    for message in missing:
        sys.stderr.write(f"not translated: {message}\n")
    return 1 if missing else 0
