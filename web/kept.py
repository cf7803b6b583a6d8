"""What the pages work out once until something is recorded, each kind apart: none waits for another."""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlalchemy as sa
from fastapi import Request

from allocator.sentence import Named
from models.known_names import all_names
from models.until_recorded import UntilRecorded

__all__ = ["Kept", "kept_of", "names_kept"]

Names = tuple[dict[str, Named], dict[str, Named]]


@dataclass(frozen=True)
class Kept:
    """Answers of one application."""

    names: UntilRecorded = field(default_factory=lambda: UntilRecorded(1))
    stock: UntilRecorded = field(default_factory=lambda: UntilRecorded(8))
    plan_lines: UntilRecorded = field(default_factory=lambda: UntilRecorded(8))
    findings: UntilRecorded = field(default_factory=lambda: UntilRecorded(2))
    donations: UntilRecorded = field(default_factory=lambda: UntilRecorded(1))


def kept_of(request: Request) -> Kept:
    """Return what the application keeps."""
    kept = request.app.state.kept
    assert isinstance(kept, Kept)  # noqa: S101 - the application was made with it
    return kept


def names_kept(request: Request, connection: sa.Connection) -> Names:
    """Return the names of all sites and items, as `all_names` does."""
    return kept_of(request).names.answer(connection, "names", lambda: all_names(connection))
