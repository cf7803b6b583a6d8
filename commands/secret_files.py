"""The option that names the file of a secret, and what it holds: a secret on the command line is seen by everybody."""

from __future__ import annotations

from pathlib import Path

import click

from allocator.sentence import say
from commands.grammar import option
from commands.session import Session

__all__ = ["SECRET_OPTION", "secret_of"]

SECRET_OPTION = option(
    "--secret-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say(
        "Encrypt or decrypt with the first line of this file, of 12 letters or more. Without it nobody can read it."
    ),
)


def secret_of(session: Session, file: Path | None) -> bytes | None:
    """Return the secret in a file, None where none is named.

    Raises:
        Refused: it cannot be read.
        Refusal: it is too short.

    """
    if file is None:
        return None
    from data.encrypted_file import secret_in
    from data.os_reasons import reason_of

    try:
        return secret_in(file)
    except OSError as error:
        session.refuse(say("{file} cannot be read: {why}.", file=str(file), why=reason_of(error)), status=2)
