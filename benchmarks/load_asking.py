"""Who reports in the measurement of load: one process, an open loop, as little work of its own as can be.

python -m benchmarks.load_asking PLAN.json OUT.json

Every document has a time at which it is meant to be sent, whatever became of those before it, and what it waited is
counted from that time on: who cannot be sent because all connections wait, waits too. It sends plain bytes that were
made before the first was sent, and reads of an answer its status, when to come again, and the document's number.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import re
import sys
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

__all__ = ["Plan", "Sent", "sent_of"]

CONNECTIONS = 400
"""Connections at most; beyond that who wants to send waits here, and that counts."""

GIVES_UP_SECONDS = 60.0

_SEPARATOR = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_AGAIN = re.compile(rb"retry-after: *(\d+)", re.IGNORECASE)
_NUMBER = re.compile(rb'"number":(\d+)')


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is sent. `phases`: (documents a second, seconds) one after the other; `lines`: least and most of a document.

    `again`: who is told to come again does so then, under the same key, as does who lost the connection; `origins`:
    where servers answer, in turn.
    """

    origins: Sequence[str]
    tokens: dict[str, str]
    items: Sequence[str]
    lot: str
    partner: str
    phases: Sequence[tuple[float, float]]
    seed: int = 0
    lines: tuple[int, int] = (2, 6)
    again: bool = False
    mark: str = "load"


@dataclass(frozen=True)
class Sent:
    """One document and what became of it. `at`, `seconds`: when it was meant to be sent, and how long it took since.

    `status`: 0 where nothing was answered; `again`: after how many seconds to come again, None where it was not said.
    """

    at: float
    seconds: float
    key: str
    status: int
    number: int | None
    again: int | None
    tries: int


def sent_of(told: Any) -> list[Sent]:
    """Return what a file of this process tells."""
    return [Sent(*row) for row in told["sent"]]


class _Line(asyncio.Protocol):
    """One connection: a request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._got = bytearray()
        self._answer: asyncio.Future[tuple[bytes, bytes]] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - it is TCP
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._got += data
        ends = self._got.find(_SEPARATOR)
        if ends < 0:
            return
        found = _LENGTH.search(self._got, 0, ends)
        whole = ends + len(_SEPARATOR) + (int(found[1]) if found else 0)
        if len(self._got) < whole or self._answer is None or self._answer.done():
            return
        got, self._got = bytes(self._got), bytearray()
        self._answer.set_result((got[:ends], got[ends:whole]))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(exc or ConnectionResetError("closed"))

    async def ask(self, sent: bytes) -> tuple[bytes, bytes]:
        if self.transport is None or self.transport.is_closing():
            raise ConnectionResetError("closed")
        self._answer = asyncio.get_running_loop().create_future()
        self.transport.write(sent)
        async with asyncio.timeout(GIVES_UP_SECONDS):
            return await self._answer


class _Lines:
    """Connections to servers: what was used longest ago is used next, so that all serving processes are asked."""

    def __init__(self, origins: Sequence[str]) -> None:
        self._places = [each.partition("//")[2].partition(":")[::2] for each in origins]
        self._idle: deque[_Line] = deque()
        self._free = asyncio.Semaphore(CONNECTIONS)
        self._made = 0

    async def ask(self, sent: bytes) -> tuple[bytes, bytes]:
        async with self._free:
            line = await self._line()
            answer = await line.ask(sent)
            self._idle.append(line)
            return answer

    async def _line(self) -> _Line:
        while self._idle:
            line = self._idle.popleft()
            if line.transport is not None and not line.transport.is_closing():
                return line
        host, port = self._places[self._made % len(self._places)]
        self._made += 1
        _, made = await asyncio.get_running_loop().create_connection(_Line, host, int(port))
        return made


def _times(phases: Sequence[tuple[float, float]], rng: random.Random) -> Iterator[float]:
    """Yield when each is sent: by chance, so many a second."""
    begins = 0.0
    for rate, seconds in phases:
        at = begins + rng.expovariate(rate)
        while at < begins + seconds:
            yield at
            at += rng.expovariate(rate)
        begins += seconds


def _documents(plan: Plan) -> list[tuple[float, str, bytes]]:
    """Return all that is sent: when, the key, the bytes."""
    rng, sites = random.Random(plan.seed), sorted(plan.tokens)
    rng.shuffle(sites)
    host = plan.origins[0].partition("//")[2]
    made = []
    for n, at in enumerate(_times(plan.phases, rng)):
        site, key = sites[n % len(sites)], f"{plan.mark}-{plan.seed}-{n}"
        body = json.dumps(_body(plan, site, rng)).encode()
        head = (
            f"POST /api/v1/documents HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {plan.tokens[site]}\r\n"
            f"content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        made.append((at, key, head.encode() + body))
    return made


_KINDS = ("issue", "issue", "issue", "count", "receive")


def _body(plan: Plan, site: str, rng: random.Random) -> dict[str, Any]:
    """Return what a site reports: mostly use, now and then a count or what came."""
    kind = rng.choice(_KINDS)
    items = rng.sample(list(plan.items), rng.randint(*plan.lines))
    # Counts say what lies there but for a few: about what was laid down to begin with.
    least, most = (999_000, 1_000_000) if kind == "count" else (1, 20)
    lines = [{"item": item, "lot": plan.lot, "units": rng.randint(least, most)} for item in items]
    body: dict[str, Any] = {"type": kind, "site": site, "lines": lines}
    return body | {"partner": plan.partner} if kind == "receive" else body


async def _sent(plan: Plan, documents: Sequence[tuple[float, str, bytes]], rows: list[Sent]) -> None:
    lines, loop = _Lines(plan.origins), asyncio.get_running_loop()
    began = loop.time() + 0.1
    waiting = set()
    for at, key, sent in documents:
        wait = began + at - loop.time()
        if wait > 0:
            await asyncio.sleep(wait)
        task = loop.create_task(_one(plan, lines, began, (at, key, sent), rows))
        waiting.add(task)
        task.add_done_callback(waiting.discard)
    if waiting:
        await asyncio.wait(waiting)


async def _one(plan: Plan, lines: _Lines, began: float, one: tuple[float, str, bytes], rows: list[Sent]) -> None:
    """Send one document; where it is told to come again or hears nothing, again if the plan says so."""
    (at, key, sent), loop = one, asyncio.get_running_loop()
    status, number, again, tries = 0, None, None, 0
    while True:
        tries += 1
        try:
            head, body = await lines.ask(sent)
        except (OSError, TimeoutError):
            status, number, again = 0, None, 1
        else:
            status = int(head[9:12])
            number, again = _int(_NUMBER.search(body)), _int(_AGAIN.search(head))
        seconds = loop.time() - began - at
        if status not in (0, 503) or not plan.again or seconds > GIVES_UP_SECONDS:
            break
        await asyncio.sleep((again or 1) * random.uniform(1, 1.5))
    rows.append(Sent(at, seconds, key, status, number, again, tries))


def _int(found: re.Match[bytes] | None) -> int | None:
    return None if found is None else int(found[1])


def main() -> None:
    """Send all of a plan; write what became of each, and what the sending itself took."""
    plan = Plan(**json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    documents = _documents(plan)
    # What was made is kept to the end: looking through it again and again would cost more than sending it.
    gc.collect()
    gc.freeze()
    rows: list[Sent] = []
    cpu, began = time.process_time(), time.monotonic()
    asyncio.run(_sent(plan, documents, rows))
    told = {
        "sent": [tuple(asdict(each).values()) for each in sorted(rows, key=lambda row: row.at)],
        "cpu_seconds": time.process_time() - cpu,
        "seconds": time.monotonic() - began,
    }
    Path(sys.argv[2]).write_text(json.dumps(told), encoding="utf-8")


if __name__ == "__main__":
    main()
