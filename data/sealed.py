"""Seal what was recorded, and have it witnessed: what every door does after it wrote to a ledger."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.database import reading
from models.days import now_micros
from models.ledger import Ledger
from models.sealing import SEALER, is_pending, origin_of, seal
from models.signing_key import key_of
from models.versions import Stamp
from models.witnesses import due_heads

if TYPE_CHECKING:
    from data.witness_sending import Sent
    from models.checkpoint import Signer

__all__ = ["file_of", "key_file_of", "seal_all", "signer_of"]


def file_of(address: str) -> Path | None:
    """Return the file of an SQLite address, None for a server.

    >>> file_of("sqlite:///county.sqlite"), file_of("postgresql://localhost/county")
    (PosixPath('county.sqlite'), None)
    """
    scheme, _, rest = address.partition(":///")
    return Path(rest) if scheme.startswith("sqlite") and rest else None


def key_file_of(address: str) -> Path:
    """Return the file of the key that signs a ledger's heads: beside an SQLite file, else with the user's data.

    >>> key_file_of("sqlite:///county.sqlite")
    PosixPath('county.sqlite.key')
    """
    file = file_of(address)
    if file is not None:
        return file.with_name(f"{file.name}.key")
    from platformdirs import user_data_path
    from sqlalchemy import make_url

    url = make_url(address)
    name = "-".join(str(part) for part in (url.host, url.port, url.database) if part)
    safe = "".join(each if each.isalnum() or each in ".-_" else "_" for each in name)
    return user_data_path("allocator", appauthor=False) / "keys" / f"{safe or 'ledger'}.key"


def signer_of(ledger: Ledger, address: str) -> Signer:
    """Return what signs the heads of the ledger at an address.

    Raises:
        Refusal: its key cannot be read or made.

    """
    with reading(ledger.engine) as connection:
        name = origin_of(connection)
    return key_of(key_file_of(address), name=name)


def seal_all(ledger: Ledger, address: str, *, anyway: bool = False) -> list[Sent]:
    """Seal what is pending, and have it witnessed; return what witnesses said. `anyway`: also those that just failed.

    What was recorded stays so even where it cannot be sealed now, and sealed where no witness answers.

    Raises:
        Refusal: the key cannot be read or made, or another seals.
        DBAPIError: the ledger cannot be written to.

    """
    _seal(ledger, address)
    sent = _send(ledger, address, anyway=anyway)
    if any(each.refused for each in sent):
        # That a witness refused is recorded, and so to be sealed too.
        _seal(ledger, address)
    return sent


def _seal(ledger: Ledger, address: str) -> None:
    with reading(ledger.engine) as connection:
        pending = is_pending(connection)
    if pending:
        seal(ledger, key=signer_of(ledger, address), at=now_micros())


def _send(ledger: Ledger, address: str, *, anyway: bool) -> list[Sent]:
    with reading(ledger.engine) as connection:
        # Before what sends is loaded: most doors have nobody to ask.
        if not due_heads(connection, at=now_micros(), anyway=anyway):
            return []
    from data.witness_sending import send_heads

    return send_heads(ledger, lambda: signer_of(ledger, address), Stamp(SEALER, now_micros()), anyway=anyway)
