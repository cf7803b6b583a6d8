"""What a receipt's papers mean at the door: standards checked against items, and quarantine without a certificate."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.sentence import say
from commands.on_ledger import Desk

__all__ = ["check_standard", "waits_for_certificate"]


def waits_for_certificate(desk: Desk, certificate: str) -> bool:
    """Say whether by the policy what comes without a certificate waits in quarantine, and tell that it does."""
    from data.policy_kept import certificate_due
    from models.database import reading
    from models.policies import policies

    if certificate:
        return False
    with reading(desk.ledger.engine) as connection:
        kept = policies(connection)
    if not certificate_due(kept[-1].toml if kept else None):
        return False
    desk.session.tell(
        say(
            "It came without a certificate, so by the policy it waits in quarantine. When the certificate comes: "
            "allocator release SITE ITEM --reason certificate-came"
        )
    )
    return True


def check_standard(desk: Desk, standard: str, items: Iterable[str]) -> None:
    """Refuse a standard of another kind of item; tell what was replaced or is not known.

    Raises:
        Refused: the standard is of another kind of item, with status 1.

    """
    from data.standards import is_for, remark_on, standards_in
    from data.statement_items import kinds_of_item
    from models.database import reading
    from models.import_names import NamesKnown

    if not standard:
        return
    found = standards_in(standard)
    if not found:
        desk.session.tell(say('"{found}" names no GB, YY or WS standard.', found=standard))
    with reading(desk.ledger.engine) as connection:
        known = dict(NamesKnown(connection).items)
    wrong = [
        say(
            "{standard} is a standard of another kind of item than {item}. Check the standard on the box and the item; "
            "mend the one that is wrong.",
            standard=str(each),
            item=code,
        )
        for each in found
        for code in dict.fromkeys(items)
        if code in known and is_for(each, kinds_of_item(known[code])) is False
    ]
    if wrong:
        desk.session.refuse(*wrong)
    for remark in filter(None, map(remark_on, found)):
        desk.session.tell(remark)
