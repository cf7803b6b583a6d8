"""What the ledger refused, as a person reads it: names beside codes, and which code may have been meant."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.nearest import nearest_code
from models.entry import Refusal
from models.names_beside import with_names
from models.rights import Reach
from models.stock import codes_of
from models.stockroom import UnknownCodes

__all__ = ["refusal_told"]


def refusal_told(connection: sa.Connection, refusal: Refusal, reach: Reach) -> list[Sentence]:
    """Return the sentences of a refusal. `reach`: the sites that are there for whoever reads them."""
    said = with_names(connection, refusal.sentences)
    return said + (_meant(connection, refusal.codes, reach) if isinstance(refusal, UnknownCodes) else [])


def _meant(connection: sa.Connection, codes: Iterable[tuple[str, str]], reach: Reach) -> list[Sentence]:
    """Return which known code within reach may have been meant by one that is not known."""
    near = {
        code: nearest_code(code, [each for each in codes_of(connection, what) if what != "site" or reach.holds(each)])
        for what, code in codes
        if what in ("site", "item")
    }
    return [say("Is {near} meant by {code}?", near=known, code=code) for code, known in near.items() if known]
