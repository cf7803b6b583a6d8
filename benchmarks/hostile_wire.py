"""What is no request: halves of some, several at once, headers that disagree, names of other hosts, bytes of all sorts."""

from __future__ import annotations

import random
import socket
import time
from collections.abc import Iterator

from benchmarks.hostile_server import Served
from benchmarks.hostile_values import PATHS
from benchmarks.hostile_watch import MEBIBYTES_MAX, Came, forget_peak, peak_mebibytes

__all__ = ["still_answers", "wire_bytes"]

_HEADERS = (
    b"Content-Length: 5\r\nTransfer-Encoding: chunked", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", b"Content-Length: 1\r\nContent-Length: 2", b"Content-Length: -1",
    b"Content-Length: 99999999999999999999999999", b"Content-Length: 0x5", b"Content-Length: +5", b"Content-Length: " + b"9" * 5_000, b"Content-Length: 21000000", b"Transfer-Encoding : chunked",
    b"Transfer-Encoding: xchunked", b" Transfer-Encoding: chunked", b"Content-Length:\x0b5", b"X: y\r\n z", b"X\x00: y", b"X: \x00", b"X: \xff\xfe", b": empty", b"nocolon", b"X: " + b"y" * 100_000,
    b"\r\n".join(b"X%d: y" % n for n in range(3_000)), b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: x\r\nSec-WebSocket-Version: 13", b"Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings",
    b"Range: bytes=0-18446744073709551615", b"Range: bytes=" + b"0-1," * 9_000, b"If-Range: x\r\nRange: bytes=1-0", b"Expect: 200-ok", b"Connection: " + b"close, " * 5_000, b"TE: trailers",
)  # fmt: skip
_LINES = (
    b"GET / HTTP/1.1", b"GET  / HTTP/1.1", b"GET / HTTP/9.9", b"GET / HTTP/0.9", b"GET /", b"", b"GET http://127.0.0.1:1/ HTTP/1.1", b"CONNECT 127.0.0.1:1 HTTP/1.1", b"OPTIONS * HTTP/1.1", b"TRACE / HTTP/1.1",
    b"PRI * HTTP/2.0", b"get / http/1.1", b"X" * 70_000 + b" / HTTP/1.1", b"GET /" + b"a" * 70_000 + b" HTTP/1.1", b"GET /\x00 HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET /static/../../../../etc/passwd HTTP/1.1",
    b"GET /static/%2e%2e/%2e%2e/%2e%2e/etc/passwd HTTP/1.1", b"GET /static//etc/passwd HTTP/1.1", b"GET /static/..%5c..%5cx HTTP/1.1", b"POST /sign-in HTTP/1.1", b"HEAD /healthz HTTP/1.1", b"\x16\x03\x01\x02\x00\x01",
)  # fmt: skip
_HOSTS = (
    b"127.0.0.1",
    b"127.0.0.1",
    b"127.0.0.1",
    b"evil.example",
    b"",
    b"[::1",
    b"127.0.0.1:99999999",
    b"127.0.0.1@evil",
    b"a" * 9_000,
    b"\xff",
    b"127.0.0.1\r\nHost: evil.example",
    b"localhost.",
    b"127.0.0.1/..",
)


def wire_bytes(seeds: range) -> Iterator[tuple[str, bytes]]:
    """Give bytes for a connection, each by its seed."""
    for seed in seeds:
        rng = random.Random(seed)
        line = rng.choice(_LINES)
        if rng.random() < 0.2:
            line = b"GET /static/" + rng.choice(PATHS).encode("utf-8", "ignore").replace(b"\n", b"%0a") + b" HTTP/1.1"
        head = (
            line
            + b"\r\nHost: "
            + rng.choice(_HOSTS)
            + b"\r\n"
            + b"".join(rng.choice(_HEADERS) + b"\r\n" for _ in range(rng.choice((0, 1, 1, 2))))
        )
        whole = (
            head
            + b"\r\n"
            + rng.choice(
                (
                    b"",
                    b"",
                    b"0\r\n\r\n",
                    b"5\r\nhello\r\n0\r\n\r\n",
                    b"ffffffffffffffff\r\nx",
                    b"-1\r\n",
                    rng.randbytes(30),
                )
            )
        )
        way = rng.random()
        if way < 0.1:
            whole = whole[: rng.randrange(len(whole) + 1)]
        elif way < 0.2:
            whole = whole * rng.choice((2, 20))
        elif way < 0.3:
            whole = rng.randbytes(rng.choice((1, 20, 3_000)))
        yield f"{seed} bytes", whole + b"\r\n\r\n"


def still_answers(server: Served, *, connections: int = 300, seconds: float = 5) -> Came:
    """Hold many connections with halves of requests open, and return what came of it for others who ask meanwhile."""
    held: list[socket.socket] = []
    host = f"Host: 127.0.0.1:{server.port}\r\n"
    form = "Content-Type: application/x-www-form-urlencoded\r\n"
    slowest, fault = 0.0, ""
    forget_peak(server.process.pid)
    try:
        for n in range(connections):
            made = server.connect()
            # Of those that are posted every other one says no form's type: that is a whole sign-in, of nobody.
            body = f"POST /sign-in HTTP/1.1\r\n{host}{form if n % 8 else ''}Content-Length: 100\r\n\r\nid="
            made.sendall((f"GET / HTTP/1.1\r\n{host}X-Slow:" if n % 4 else body).encode())
            held.append(made)
        began = time.monotonic()
        while time.monotonic() < began + seconds and not fault:
            asked = time.monotonic()
            answer = server.ask(f"GET /sign-in HTTP/1.1\r\n{host}\r\n".encode())
            slowest = max(slowest, time.monotonic() - asked)
            if answer.status != 200 or slowest > seconds:
                fault = f"others are answered {answer.status} after {slowest:.1f} s"
            time.sleep(0.05)
    finally:
        for each in held:
            each.close()
    mebibytes = peak_mebibytes(server.process.pid)
    if mebibytes > MEBIBYTES_MAX:
        fault = fault or f"the server held {mebibytes:.0f} MiB"
    return Came(outcome=f"{connections} at once", fault=fault, seconds=slowest, mebibytes=mebibytes)
