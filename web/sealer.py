"""Seal what pages and programs recorded, once their answer is on its way: it neither delays an answer nor fails it."""

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

__all__ = ["Sealer", "then_seal"]

_LOG = logging.getLogger(__name__)

_PAUSES = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Seconds after which it is looked again whether another process sealed what is pending."""


class Sealer:
    """Seals one ledger, for all requests of this process. `address`: the ledger's, beside which its key lies."""

    def __init__(self, ledger: Ledger, address: str) -> None:
        self._ledger, self._address = ledger, address
        self._busy = threading.Lock()
        self._wanted = False

    def __call__(self) -> None:
        """Seal what is pending. Who comes while another seals leaves it to them: they look again before they end."""
        self._wanted = True
        while self._wanted and self._busy.acquire(blocking=False):
            try:
                self._wanted = False
                self._seal()
            except (Refusal, Unavailable, sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                # It is recorded, and the next that writes, or any command, seals it too. What is said of it may
                # repeat what was typed, so only its kind is told.
                _LOG.warning("recorded, but not sealed yet: %s", type(error).__name__)
            finally:
                self._busy.release()

    def _seal(self) -> None:
        """Seal until nothing is left: where another process seals at once, only one of the two appends a batch."""
        for pause in _PAUSES:
            seal_all(self._ledger, self._address)
            with reading(self._ledger.engine) as connection:
                if not is_pending(connection):
                    return
            time.sleep(pause)


def then_seal(request: Request) -> BackgroundTask:
    """Return what an answer that recorded something does once it is sent."""
    return BackgroundTask(request.app.state.sealer)
