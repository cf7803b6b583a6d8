"""Turns: how many requests a process works on at once, how many may wait, and for how long.

What cannot be done soon is refused at once. Were it let wait, whoever comes later would wait for all before them, long
after the crowd has gone, and be answered when they have given up.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import deque

__all__ = ["Turns"]


class Turns:
    """Gives turns, first come, first served; for one event loop.

    `at_once`: how many have one at a time; `waiting`: how many may wait for one; `seconds`: how long each of them.
    """

    def __init__(self, *, at_once: int, waiting: int, seconds: float) -> None:
        self._free, self._most, self._seconds = at_once, waiting, seconds
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def are_all_taken(self) -> bool:
        """Whether so many wait already that nobody else may."""
        return not self._free and len(self._waiting) >= self._most

    async def take(self) -> bool:
        """Take a turn, which `give_back` ends; False where too many wait already, or it did not come in time."""
        if self._free:
            self._free -= 1
            return True
        if len(self._waiting) >= self._most:
            return False
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            async with asyncio.timeout(self._seconds):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():
                # It came at the very moment at which nobody waited for it any more.
                self.give_back()
            else:
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            if isinstance(error, TimeoutError):
                return False
            raise
        return True

    def give_back(self) -> None:
        """End a turn: whoever waits longest has the next."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
