"""What is to be remembered of a sender: which column each header of a table meant, and which code each name."""

from __future__ import annotations

from collections.abc import Mapping

from data.header_match import fingerprint_of
from data.header_words import folded
from data.import_files import Upload
from models.imports import Heard

__all__ = ["heard_of"]


def heard_of(
    upload: Upload, sender: str, told: Mapping[str, str], names: Mapping[tuple[str, str], str]
) -> Heard | None:
    """Return what is to be remembered; None where there is nothing.

    `told`: our columns by folded header, as said now. A table of which every header is a name of ours
    needs no memory; names are remembered for everybody where no sender is said.
    """
    headers: dict[str, dict[str, str]] = {}
    for kind, read in upload.reads.items() if sender else ():
        if not read.headers or not (read.guessed or any(match.how != "name" for match in read.columns)):
            continue
        said = {folded(header): told[folded(header)] for header in read.headers if folded(header) in told}
        meant = {folded(match.header): match.column.name for match in read.columns}
        headers[fingerprint_of(read.headers)] = {"": kind, **said, **meant}
    return Heard(sender=sender, headers=headers, names=names) if headers or names else None
