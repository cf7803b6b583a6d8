"""What a receipt's papers mean: standards checked against items, and quarantine without a certificate."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from data.policy_kept import certificate_due
from data.standards import is_for, remark_on, standards_in
from data.statement_items import kinds_of_item
from models.import_names import NamesKnown
from models.policies import newest_policy

__all__ = ["StandardRead", "standard_read", "waits_for_certificate"]


def waits_for_certificate(connection: sa.Connection, certificate: str) -> bool:
    """Say whether by the policy what comes without a certificate waits in quarantine."""
    if certificate:
        return False
    kept = newest_policy(connection)
    return certificate_due(None if kept is None else kept.toml)


@dataclass(frozen=True)
class StandardRead:
    """What there is to say of a standard on a box. `wrong`: it is of another kind of item; `remarks`: what to know."""

    wrong: tuple[Sentence, ...] = ()
    remarks: tuple[Sentence, ...] = ()


def standard_read(connection: sa.Connection, standard: str, items: Iterable[str]) -> StandardRead:
    """Return what there is to say of a standard that was named for some items."""
    if not standard:
        return StandardRead()
    found, items = standards_in(standard), list(dict.fromkeys(items))
    known = dict(NamesKnown(connection).items)
    wrong = [
        say(
            "{standard} is a standard of another kind of item than {item}. Check the standard on the box and the item; "
            "mend the one that is wrong.",
            standard=str(each),
            item=code,
        )
        for each in found
        for code in items
        if code in known and is_for(each, kinds_of_item(known[code])) is False
    ]
    none = [] if found else [say('"{found}" names no GB, YY or WS standard.', found=standard)]
    return StandardRead(tuple(wrong), (*none, *filter(None, map(remark_on, found))))
