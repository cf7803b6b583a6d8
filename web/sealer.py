"""Seal what pages and programs recorded, once their answer is on its way: it neither delays an answer nor fails it.

One thread of each serving process seals for all its requests: the first at once, what comes while it seals or rests
afterwards together. Where hundreds record each second, sealing each by itself would cost more than recording it.
"""

from __future__ import annotations

import logging
import threading
import time

import sqlalchemy as sa
from fastapi import Request
from starlette.background import BackgroundTask

from data.sealed import seal_all
from models.database import reading
from models.entry import Refusal
from models.faults import Unavailable
from models.ledger import Ledger
from models.sealing import is_pending

__all__ = ["REST_SECONDS", "Sealer", "then_seal"]

_LOG = logging.getLogger(__name__)

REST_SECONDS = 0.25
"""How long the thread rests after it sealed: so long the next document waits for its seal at the most."""

_PAUSES = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Seconds after which it is looked again whether another process sealed what is pending."""

_ENDS_WITHIN = 10.0  # seconds


class Sealer:
    """Seals one ledger, for all requests of this process. `address`: the ledger's, beside which its key lies."""

    def __init__(self, ledger: Ledger, address: str) -> None:
        self._ledger, self._address = ledger, address
        self._starting = threading.Lock()
        self._wanted = threading.Event()
        self._ends = threading.Event()
        self._thread: threading.Thread | None = None

    async def wake(self) -> None:
        """Have it sealed soon: by the thread, which is started for the first document."""
        self._wanted.set()
        if self._thread is None:
            with self._starting:
                if self._thread is None:
                    self._thread = threading.Thread(target=self._go_on, name="sealer", daemon=True)
                    self._thread.start()

    def close(self) -> None:
        """Seal what still waits, and end the thread."""
        self._ends.set()
        self._wanted.set()
        if self._thread is not None:
            self._thread.join(_ENDS_WITHIN)

    def __call__(self) -> None:
        """Seal what is pending."""
        try:
            self._seal()
        except (Refusal, Unavailable, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            # It is recorded, and the next that writes, or any command, seals it too. What is said of it may
            # repeat what was typed, so only its kind is told.
            _LOG.warning("recorded, but not sealed yet: %s", type(error).__name__)

    def _go_on(self) -> None:
        ends = False
        while not ends:
            self._wanted.wait()
            # Looked at first: what is recorded before the end is sealed once more.
            ends = self._ends.is_set()
            self._wanted.clear()
            try:
                self()
            except Exception as error:  # noqa: BLE001 - the thread seals for all who come, whatever befell one of them
                _LOG.error("sealing failed: %s", type(error).__name__)
            self._ends.wait(REST_SECONDS)

    def _seal(self) -> None:
        """Seal until nothing is left: where another process seals at once, only one of the two appends a batch."""
        for pause in _PAUSES:
            seal_all(self._ledger, self._address)
            with reading(self._ledger.engine) as connection:
                if not is_pending(connection):
                    return
            if self._wanted.is_set():
                # Others recorded meanwhile: what is left is theirs, and sealed with theirs.
                return
            time.sleep(pause)


def then_seal(request: Request) -> BackgroundTask:
    """Return what an answer that recorded something does once it is sent."""
    return BackgroundTask(request.app.state.sealer.wake)
