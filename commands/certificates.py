"""What a receipt's papers mean at the door: standards checked against items, and quarantine without a certificate."""

from __future__ import annotations

from collections.abc import Iterable

from allocator.sentence import say
from commands.on_ledger import Desk

__all__ = ["check_standard", "waits_for_certificate"]


def waits_for_certificate(desk: Desk, certificate: str) -> bool:
    """Say whether by the policy what comes without a certificate waits in quarantine, and tell that it does."""
    from data.certificates import waits_for_certificate as waits
    from models.database import reading

    with reading(desk.ledger.engine) as connection:
        if not waits(connection, certificate):
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
    from data.certificates import standard_read
    from models.database import reading

    with reading(desk.ledger.engine) as connection:
        read = standard_read(connection, standard, items)
    if read.wrong:
        desk.session.refuse(*read.wrong)
    for remark in read.remarks:
        desk.session.tell(remark)
