"""A server as people start it, watched from outside; requests go to it byte by byte, as no library would send them."""

from __future__ import annotations

import contextlib
import json
import os
import re
import select
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from pathlib import Path

from click.testing import CliRunner

from benchmarks.hostile_said import fault_in_text
from benchmarks.hostile_watch import MEBIBYTES_MAX, SECONDS_MAX, Came, forget_peak, peak_mebibytes
from benchmarks.hostile_world import PASSWORD, World
from cli import root
from models.people import ROLES
from models.rights import RIGHTS

__all__ = ["Answer", "Served", "served"]

_FAULT = re.compile(rb"Traceback \(most recent call last\)|File &#34;/|sqlalchemy\.exc|object at 0x[0-9a-f]{6}")
_PATIENCE_SECONDS = 2.0
"""How long a server that waits for the rest of what is no whole request is left waiting, before no more is said to come."""
_ALWAYS = ("content-security-policy", "x-content-type-options", "x-request-id")


@dataclass(frozen=True)
class Answer:
    """A status (0: the connection was closed without one), headers by lower name, and a body."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Served:
    """The server at a port. `cookie`: of who has signed in; `form`: the token of their forms; `token`: a program's."""

    def __init__(self, process: subprocess.Popen[bytes], port: int, log: Path) -> None:
        self.process, self.port, self.log = process, port, log
        self.cookie = self.form = self.token = ""
        self._socket: socket.socket | None = None
        self.baseline = 0.0

    def connect(self) -> socket.socket:
        """Return a new connection."""
        made = socket.create_connection(("127.0.0.1", self.port), timeout=SECONDS_MAX + 5)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def ask(self, request: bytes, *, is_whole: bool = True) -> Answer:
        """Send the bytes of a request and read what is answered; `is_whole`: False where the server may wait for more."""
        for again in (False, True):
            kept = self._socket
            mine = self._socket or self.connect()
            try:
                answer = answered(mine, request, is_whole=is_whole)
            except OSError:
                answer = Answer(0, {}, b"")
            self._socket = mine if answer.status and answer.headers.get("connection") != "close" else None
            if self._socket is None:
                mine.close()
            if answer.status or kept is None or again:
                return answer
        return answer

    def close(self) -> None:
        """Close the connection; the next request opens another."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def came(self, request: bytes, *, may_close: bool = False) -> Came:
        """Send a request and judge what came of it."""
        forget_peak(self.process.pid)
        began = time.perf_counter()
        answer = self.ask(request, is_whole=not may_close)
        seconds = time.perf_counter() - began
        fault = judged(answer, may_close=may_close)
        if self.process.poll() is not None:
            fault = f"the server ended with {self.process.returncode}"
        if not fault and seconds > SECONDS_MAX:
            fault = f"took {seconds:.0f} s"
        mebibytes = peak_mebibytes(self.process.pid) if not fault or "server" not in fault else 0
        if not fault and mebibytes > MEBIBYTES_MAX:
            fault = f"the server held {mebibytes:.0f} MiB"
        return Came(outcome=str(answer.status), fault=fault, seconds=seconds, mebibytes=mebibytes)

    def stay_signed_in(self) -> None:
        """Sign in again where that ended meanwhile."""
        asked = f"GET /me HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {self.cookie}\r\n\r\n"
        if self.ask(asked.encode()).status != 200:
            _sign_in(self)

    def log_faults(self) -> list[str]:
        """Return lines of the log that are not one JSON object each, hold what is loud, or tell of a fault of ours."""
        found = []
        for line in self.log.read_bytes().splitlines():
            try:
                said = json.loads(line)
                if "error" in said:
                    found.append(f"{said['error']} at {said.get('route')}: {said['at'][-3:]}")
            except ValueError:
                found.append(f"no line of the log's: {line[:200]!r}")
            found += [fault] if (fault := fault_in_text(line.decode(errors="surrogateescape"))) else []
        return found


def judged(answer: Answer, *, may_close: bool) -> str:
    """Return what is wrong with an answer."""
    if not answer.status:
        return "" if may_close else "the connection was closed without an answer"
    if answer.status >= 500 and not (answer.status == 503 and "retry-after" in answer.headers):
        return f"answered {answer.status}: {answer.body[:200]!r}"
    found = _FAULT.search(answer.body)
    if found is not None:
        return f"shows a fault: {answer.body[max(0, found.start() - 100) : found.start() + 300]!r}"
    missing = [name for name in _ALWAYS if name not in answer.headers]
    # What is no HTTP at all is answered before the program sees it.
    return f"lacks {missing}" if missing and answer.status not in (400, 413, 431) else ""


def answered(mine: socket.socket, request: bytes, *, is_whole: bool = True) -> Answer:
    """Send bytes and read one answer; what is not whole is ended once nothing is answered for a while."""
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        mine.sendall(request)
    if not is_whole and not select.select([mine], [], [], _PATIENCE_SECONDS)[0]:
        mine.shutdown(socket.SHUT_WR)
    read = HTTPResponse(mine, method="HEAD" if request.startswith(b"HEAD") else "GET")
    try:
        read.begin()
        body = read.read()
    except (HTTPException, ConnectionResetError, ValueError):
        return Answer(0, {}, b"")
    return Answer(read.status, {name.lower(): value for name, value in read.getheaders()}, body)


@contextlib.contextmanager
def served(made: World, *arguments: str) -> Iterator[Served]:
    """Serve the ledger of a world with `lin` signed in, who may everything, and a token for all of it."""
    env = {**os.environ, "ALLOCATOR_DB": f"sqlite:///{made.here / 'ledger.sqlite'}"}
    env.pop("ALLOCATOR_ACTOR", None)
    token = _with_rights(env["ALLOCATOR_DB"])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = made.folder / "log"
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--log", "json", "--no-worker", "-q"]
    with log.open("wb") as errors:
        process = subprocess.Popen([*command, *arguments], env=env, stdout=errors, stderr=errors)
    server = Served(process, port, log)
    server.token = token
    try:
        _sign_in(server)
        server.baseline = peak_mebibytes(process.pid)
        yield server
    finally:
        process.terminate()
        process.wait(30)


def _with_rights(db: str) -> str:
    def type_(*words: str, given: str = "") -> str:
        done = CliRunner().invoke(root, ["--db", db, *words, "--actor", "lin"], input=given, prog_name="allocator")
        if done.exit_code:
            raise ValueError(done.output)
        return done.stdout.strip()

    for role in ROLES:
        if role != "administrator":
            with contextlib.suppress(ValueError):
                type_("user", "role", "lin", role)
    type_("user", "password", "lin", given=f"{PASSWORD}\n")
    return type_("user", "token", "lin", "--name", "all", *[word for name in RIGHTS for word in ("--scope", name)])


def _sign_in(server: Served) -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until:
        with contextlib.suppress(OSError):
            if server.ask(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n").status == 200:
                break
        time.sleep(0.2)
    host = f"127.0.0.1:{server.port}"
    body = f"id=lin&password={PASSWORD.replace(' ', '+')}&to=/today"
    head = f"POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n"
    entered = server.ask(f"{head}Origin: http://{host}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
    server.cookie = entered.headers.get("set-cookie", "").partition(";")[0]
    page = server.ask(f"GET /stock HTTP/1.1\r\nHost: {host}\r\nCookie: {server.cookie}\r\n\r\n".encode())
    found = re.search(rb'name="form" value="([0-9a-f]+)"', page.body)
    if found is None:
        raise ValueError(f"nobody signed in: {entered.status} {page.status} {page.body[:300]!r}")
    server.form = found[1].decode()
