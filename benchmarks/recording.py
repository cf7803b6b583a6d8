"""Somebody who records for ever, in a process of its own, and says through a pipe what was acknowledged.

Where the database cannot just now they send the same again under the same key, as people and programs are told to.
A line says "key K", "head SIZE ROOT", "wait" (it was unavailable, and that was said) or "fault …".
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx

from benchmarks.typed import typed
from models.checkpoint import Signer
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.faults import unavailable
from models.ledger import Ledger, open_ledger
from models.sealing import seal

__all__ = ["BATCH", "IMPORTED", "record", "record_by_imports", "record_over_http"]

BATCH, IMPORTED = 20, 60
_KEY = Signer("recording")
_AGAIN_SECONDS = 0.1
_LOT = LotKey("MASK", "A1", "2099-01-01")


def _say(pipe: int, *words: str) -> None:
    os.write(pipe, "".join(f"{word}\n" for word in words).encode())


def _entry(key: str) -> Entry:
    lines = (Line("D1", "CONSUMED:D1", _LOT, 1),)
    return Entry(key=key, type="issue", actor="ann", occurred_at=now_micros(), lines=lines)


def record(url: str, name: str, pipe: int, *, careless: bool = False) -> None:
    """Post documents and batches and seal, from a thread each. `careless`: acknowledge before it is posted."""
    ledger = open_ledger(url)
    acts = {"post": _post, "batch": _batch, "seal": _seal}
    threads = [
        threading.Thread(target=_for_ever, args=(act, ledger, f"{name}-{kind}", pipe, careless))
        for kind, act in acts.items()
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


_Act = Callable[[Ledger, str], list[str]]


def _for_ever(act: _Act, ledger: Ledger, name: str, pipe: int, careless: bool) -> None:  # noqa: FBT001
    turn = 0
    while True:
        key = f"{name}-{turn}"
        if careless and act is not _seal:
            _say(pipe, f"key {key}/0" if act is _batch else f"key {key}")
            turn += 1
        try:
            words = act(ledger, key)
        except Exception as error:  # noqa: BLE001 - what is not told as it should be is what this looks for
            _say(pipe, "wait" if unavailable(error) else f"fault {type(error).__name__}: {str(error)[:200]!r}")
            time.sleep(_AGAIN_SECONDS)
            continue
        _say(pipe, *words)
        turn += not careless


def _post(ledger: Ledger, key: str) -> list[str]:
    ledger.post(_entry(key), recorded_at=now_micros())
    return [f"key {key}"]


def _batch(ledger: Ledger, key: str) -> list[str]:
    keys = [f"{key}/{each}" for each in range(BATCH)]
    ledger.post_all([_entry(each) for each in keys], recorded_at=now_micros())
    return [f"key {each}" for each in keys]


def _seal(ledger: Ledger, _: str) -> list[str]:
    head = seal(ledger, key=_KEY, at=now_micros())
    time.sleep(0.02)
    return [] if head is None else [f"head {head.size} {head.root.hex()}"]


def record_by_imports(url: str, folder: Path, pipe: int) -> None:
    """Take in file after file by the command, each again until it is in."""
    for turn in range(1_000_000):
        file = folder / f"receipts-{turn}.csv"
        numbers = [f"f{turn}.{each}" for each in range(IMPORTED)]
        rows = "".join(f"{number},2020-02-02,S1,D1,MASK,B{turn},2099-01-01,5\n" for number in numbers)
        file.write_text(f"number,day,partner,site,item,lot,expires,units\n{rows}", encoding="utf-8")
        words = ("import", str(file), "--as", "receipts", "--actor", "ann")
        while (answer := typed(*words, db=url)).status != 0:
            _say(pipe, "wait" if answer.is_told else f"fault import: {answer.status} {answer.said!r}")
            time.sleep(_AGAIN_SECONDS)
        _say(pipe, *(f"key import/receipts/{number}/D1" for number in numbers))


def record_over_http(origin: str, token: str, name: str, pipe: int) -> None:
    """Post documents to a server, every third a second time under the same key, and look at stock and a page."""
    headers = {"authorization": f"Bearer {token}", "accept-language": random.choice(("en", "zh"))}
    client = httpx.Client(base_url=origin, headers=headers, timeout=60)
    for turn in range(1_000_000):
        key = f"{name}-{turn}"
        numbers = {_acknowledged(client, key, pipe) for _ in range(2 if turn % 3 == 0 else 1)}
        _say(pipe, f"key ann {key}" if len(numbers) == 1 else f"fault {key} was answered with {numbers}")
        for address in ("/api/v1/stock?limit=5", "/sign-in"):
            _asked(client, "GET", address, pipe)


def _acknowledged(client: httpx.Client, key: str, pipe: int) -> int:
    """Return the number of a document, sent under its key until that is told."""
    body = {"type": "issue", "site": "D1", "lines": [{"item": "MASK", "units": 1, "lot": "A1"}]}
    while True:
        answer = _asked(client, "POST", "/api/v1/documents", pipe, json=body, headers={"idempotency-key": key})
        if answer is not None and answer.status_code == 201:
            return int(answer.json()["number"])
        time.sleep(_AGAIN_SECONDS)


def _asked(client: httpx.Client, method: str, address: str, pipe: int, **sent: Any) -> httpx.Response | None:
    """Ask once; say what was not answered as it should be. None where the server was not there."""
    try:
        answer = client.request(method, address, **sent)
    except httpx.TransportError:
        _say(pipe, "gone")
        return None
    if answer.status_code == 503:
        is_told = "retry-after" in answer.headers and len(answer.text) > len(address)
        _say(pipe, "wait" if is_told else f"fault {address}: 503 without a word")
    elif answer.status_code not in (200, 201):
        _say(pipe, f"fault {method} {address}: {answer.status_code} {answer.text[:200]!r}")
    return answer
