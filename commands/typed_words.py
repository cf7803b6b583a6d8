"""What is typed after a command, before the command sees it: texts in one form, no hidden characters, no devices."""

from __future__ import annotations

import errno
import re
import unicodedata
from pathlib import Path
from typing import Any

import click

from allocator.sentence import Sentence, say
from commands.session import session_of
from models.plain_files import refuse_devices

__all__ = ["TEXT", "Text", "hidden_in", "refuse_device"]

# Whoever types an argument types none of these; they come from a name that somebody else gave, and would be kept.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def hidden_in(word: str) -> Sentence | None:
    """Say which hidden character a typed word holds; None where it holds none."""
    found = _HIDDEN.search(word)
    if found is None:
        return None
    char = found[0]
    return say('"{word}" holds a hidden character ({code}). Type it without.', word=word, code=f"U+{ord(char):04X}")


def refuse_device(context: click.Context, param: click.Parameter, value: Any) -> None:
    """Refuse a path, or one of several, that leads to a device or a pipe.

    Raises:
        click.BadParameter: it does.

    """
    from data.os_reasons import reason_of

    for each in value if isinstance(value, tuple) else (value,):
        if not each or str(each) == "-":
            continue
        try:
            refuse_devices(Path(each))
        except OSError as fault:
            # What else is wrong with it the command itself says.
            if fault.errno == errno.ENODEV:
                said = say("{file} cannot be read: {why}.", file=str(each), why=reason_of(fault))
                raise click.BadParameter(session_of(context).word(said), context, param) from None


class Text(click.types.StringParamType):
    """A typed text in NFC, as files are read and documents hashed: an accented letter is written in one way."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Return the text with its composed letters."""
        return unicodedata.normalize("NFC", super().convert(value, param, ctx))


TEXT = Text()
