"""A ledger that people and programs use: a small catalogue, stock of one lot, somebody with a token; and its server."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx

from benchmarks.typed import typed

__all__ = ["Serving", "begun"]

_FILES = {
    "items.csv": "item,name,unit,pack_units,use\nMASK,mask,piece,1,consumable\n",
    "sites.csv": "site,kind,area\nD1,warehouse,\nP1,checkpoint,\n",
    "partners.csv": "partner,kind\nS1,supplier\n",
    "receipts.csv": "number,day,partner,site,item,lot,expires,units\n1,2020-02-01,S1,D1,MASK,A1,2099-01-01,900000000\n",
}
_STARTS_SECONDS = 90.0


def begun(url: str, folder: Path) -> str:
    """Make such a ledger, with its files in `folder`; return a token of ann, who may do everything there."""
    for name, text in _FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    ann = ("--actor", "ann")
    for words in (
        ("init",),
        *(("import", str(folder / name)) for name in _FILES),
        ("user", "add", "ann", "--role", "administrator"),
        *(("user", "role", "ann", role, *ann) for role in ("reporter", "logistics")),
    ):
        _done(url, *words)
    scopes = ("--scope", "report", "--scope", "see-stock", "--scope", "post-stock")
    return _done(url, "user", "token", "ann", "--name", "faults", *scopes, *ann).split()[-1]


def _done(url: str, *words: str) -> str:
    answer = typed(*words, db=url)
    if answer.status:
        raise RuntimeError(f"{' '.join(words)}: {answer.said}")
    return answer.out


class Serving:
    """`allocator serve` at one port, which may die and be started again; what it says goes to a file."""

    def __init__(self, url: str, log: Path) -> None:
        with socket.socket() as found:
            found.bind(("127.0.0.1", 0))
            self.port = int(found.getsockname()[1])
        self._url, self._log = url, log
        self.origin = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> float:
        """Start it; return after how many seconds it answered."""
        began = time.monotonic()
        words = ("--db", self._url, "--lang", "en", "serve", "--port", str(self.port), "--no-worker", "--log", "none")
        with self._log.open("ab") as told:
            self._process = subprocess.Popen([sys.executable, "-m", "allocator", *words], stderr=told, stdout=told)
        while time.monotonic() < began + _STARTS_SECONDS and self._process.poll() is None:
            with contextlib.suppress(httpx.HTTPError):
                if httpx.get(f"{self.origin}/healthz", timeout=1).status_code == 200:
                    return time.monotonic() - began
            time.sleep(0.05)
        raise RuntimeError(f"the server did not start: {self.said[-500:]}")

    def kill(self) -> None:
        """Kill -9."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    @property
    def said(self) -> str:
        """All that it said."""
        return self._log.read_text(encoding="utf-8", errors="replace") if self._log.exists() else ""
