"""A server as people start it, and a program that asks it: what faults are tried on while it runs."""

from __future__ import annotations

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from benchmarks.typed import child, typed

__all__ = ["Program", "is_told", "joined", "served"]

PASSWORD = "five masks and a thermometer"  # noqa: S105 - of people who are nobody
_STARTS_SECONDS = 60
_RIGHTS = ("see-stock", "report", "post-stock", "see-catalogue", "plan", "try-scenarios")


@contextlib.contextmanager
def served(db: str, log: Path, *words: str, before: str = "") -> Iterator[str]:
    """Serve a ledger as `allocator serve` does, what it says in a file; give its address.

    `before`: Python that is run in the server's process before it begins.
    """
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    begins = ("-c", f"{before}; from cli import start; start()") if before else ("-m", "allocator")
    said = (sys.executable, *begins, "--db", db, "--lang", "en", "serve", "--port", str(port), *words)
    with log.open("ab") as told, subprocess.Popen(said, stderr=told, stdout=told) as server:
        try:
            origin = f"http://127.0.0.1:{port}"
            until = time.monotonic() + _STARTS_SECONDS
            while not _answers(origin):
                if time.monotonic() > until or server.poll() is not None:
                    raise SystemExit(f"the server did not start: {log.read_text(encoding='utf-8')[-500:]}")
                time.sleep(0.05)
            yield origin
        finally:
            server.terminate()


def _answers(origin: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{origin}/healthz", timeout=1).status_code == 200
    return False


def joined(db: str, rights: Sequence[str] = _RIGHTS) -> str:
    """Add an administrator, Ann, who may do everything, to a ledger; return a token of hers."""
    for words in (
        ("user", "add", "ann", "--role", "administrator"),
        *(("user", "role", "ann", role, "--actor", "ann") for role in ("logistics", "reporter", "procurement")),
    ):
        _typed(db, *words)
    child(lambda: _set_password(db))
    scopes = [word for right in rights for word in ("--scope", right)]
    return _typed(db, "user", "token", "ann", "--name", "faults", *scopes, "--actor", "ann").split()[-1]


def _set_password(db: str) -> int:
    from models.database import writing
    from models.ledger import open_ledger
    from models.passwords import set_password
    from models.versions import Stamp

    with writing(open_ledger(db).engine) as connection:
        set_password(connection, "ann", PASSWORD, Stamp("ann", 0))
    return 0


def _typed(db: str, *words: str) -> str:
    answer = typed(*words, db=db)
    if answer.status:
        raise SystemExit(f"{' '.join(words)}: {answer.said}")
    return answer.out


@dataclass
class Program:
    """Asks a server under a token, in English or Chinese. `waits`: how long each answer took, in seconds."""

    origin: str
    token: str
    lang: str = "en"
    waits: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Connect."""
        headers = {"authorization": f"Bearer {self.token}", "accept-language": self.lang}
        self._client = httpx.Client(base_url=self.origin, headers=headers, timeout=120)

    def sign_in(self) -> bool:
        """Sign in at the pages too; say whether that was possible."""
        return self.enter().status_code == 303

    def enter(self) -> httpx.Response:
        """Send the form to sign in, which writes a session."""
        form = {"id": "ann", "password": PASSWORD, "to": "/stock"}
        return self._client.post("/sign-in", data=form, headers={"origin": self.origin})

    def get(self, address: str) -> httpx.Response:
        """Read."""
        return self._timed("GET", address)

    def post(self, address: str, key: str, **sent: Any) -> httpx.Response:
        """Ask for a change, once."""
        return self._timed("POST", address, headers={"idempotency-key": key}, **sent)

    def receive(self, key: str, *, lines: int = 1) -> httpx.Response:
        """Post a receipt of so many lots, each of its own."""
        rows = [{"item": "MASK", "units": 10, "lot": f"{key}-{each}"} for each in range(lines)]
        asked = {"type": "receive", "site": "DEP01", "partner": "ABROAD", "lines": rows}
        return self.post("/api/v1/documents", key, json=asked)

    def _timed(self, method: str, address: str, **more: Any) -> httpx.Response:
        began = time.monotonic()
        try:
            return self._client.request(method, address, **more)
        finally:
            self.waits.append(time.monotonic() - began)


def is_told(answer: httpx.Response) -> bool:
    """Say whether a refusal of the machine came as it should: 503, when to ask again, and a sentence."""
    if answer.status_code != 503 or not re.fullmatch(r"\d+", answer.headers.get("retry-after", "")):
        return False
    if answer.headers["content-type"] != "application/problem+json":
        return "Traceback" not in answer.text
    errors = answer.json()["errors"]
    return bool(errors) and all(len(each) > 20 for each in errors)
