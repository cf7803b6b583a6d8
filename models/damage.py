"""Is a ledger's file damaged? Asked where a command met what cannot be, before that is called a fault of its own."""

from __future__ import annotations

import sqlalchemy as sa

from models.database import open_database
from models.entry import Refusal
from models.faults import Unavailable, unavailable
from models.ledger_file import file_is_there, place_of
from models.machine_faults import broken

__all__ = ["damage_of"]


def damage_of(url: str) -> Unavailable | None:
    """Return what is said of an SQLite ledger whose file is damaged; None where it is whole, or kept by a server."""
    if not file_is_there(url) or sa.make_url(url).get_backend_name() != "sqlite":
        return None
    try:
        engine = open_database(url, connections=1)
    except (Refusal, Unavailable):
        return None
    try:
        with engine.connect() as connection:
            told = str(connection.exec_driver_sql("PRAGMA integrity_check(1)").scalar())
    except Exception as error:  # noqa: BLE001 - what cannot be read at all is told as such
        return unavailable(error, place_of(url))
    finally:
        engine.dispose()
    return None if told == "ok" else Unavailable(broken(place_of(url), told))
