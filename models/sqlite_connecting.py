"""Connect to an SQLite ledger; where nothing can be written beside it, read it as it lies, and miss nothing.

SQLite makes two files beside a ledger (`-wal`, `-shm`) before it reads it. On a disk that is full or read-only it
cannot. It can be told instead that nobody changes the file, which holds as long as there is nothing in its log.
Such a connection is used once: nobody knows when the disk has room again.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from sqlalchemy import event

from allocator.sentence import say
from models.entry import Refusal
from models.machine_faults import BROKEN, is_of_disk

__all__ = ["JOURNAL", "connecting", "reads_only", "used_once"]

JOURNAL = "wal"

_ROOM_BYTES = 65_536
"""What SQLite wants beside a file before it reads it, and a little more: with less the disk is said to be full."""

_USED = "was used"


def connecting(driver: ModuleType, file: Path) -> Callable[[], Any]:
    """Return what makes connections to a file.

    Raises (when called):
        Refusal: nothing can be written, and what was recorded last lies in the log.

    """

    class AsItLies(driver.Connection):  # type: ignore[misc, name-defined] # what the driver lets one give attributes
        why: Exception

    def connect() -> Any:
        connection = driver.connect(str(file), check_same_thread=False)
        try:
            connection.execute(f"PRAGMA journal_mode = {JOURNAL}")
        except driver.Error as error:
            connection.close()
            if not is_of_disk(error) or not _holds_all(file):
                raise
            address = f"file:{quote(str(file.absolute()))}?mode=ro&immutable=1"
            instead = driver.connect(address, uri=True, check_same_thread=False, factory=AsItLies)
            instead.why = _why(file, error)
            return instead
        except UnicodeDecodeError as error:
            # What SQLite says of a table that was spoilt repeats what stands there, which need be no text.
            connection.close()
            raise driver.DatabaseError(BROKEN) from error
        return connection

    return connect


def _holds_all(file: Path) -> bool:
    """Say whether a file holds all that was recorded; not where there is none, or its log can be read with its index.

    Raises:
        Refusal: what was recorded last lies in its log.

    """
    log, index = (file.with_name(file.name + ending) for ending in ("-wal", "-shm"))
    if not log.exists() or not log.stat().st_size:
        return file.exists() and file.stat().st_size > 0
    if index.exists() and index.stat().st_size:
        return False
    raise Refusal(
        say(
            "Nothing can be written beside {place}, and what was recorded last stands in {log}, which cannot be "
            "taken in there. Make room, or copy both files to a place that can be written and name that with --db.",
            place=str(file),
            log=str(log),
        )
    )


def _why(file: Path, error: Exception) -> Exception:
    if shutil.disk_usage(file.parent).free < _ROOM_BYTES:
        return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(file))
    if not os.access(file.parent, os.W_OK) and not os.access(file, os.W_OK):
        return OSError(errno.EROFS, os.strerror(errno.EROFS), str(file))
    return error


def reads_only(connection: sa.Connection) -> Exception | None:
    """Return why a connection can only read its file as it lies; None where it can write."""
    return getattr(connection.connection.driver_connection, "why", None)


def used_once(engine: sa.Engine) -> None:
    """Let connections that read a file as it lies be made anew each time they are asked for."""

    @event.listens_for(engine, "checkout")
    def look(connection: Any, record: Any, _proxy: Any) -> None:
        if getattr(connection, "why", None) is None:
            return
        if record.info.get(_USED):
            raise sa.exc.DisconnectionError
        record.info[_USED] = True
