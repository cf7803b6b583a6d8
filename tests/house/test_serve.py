"""`allocator serve` as a process of its own: it answers, and shuts the door to what would travel in the clear."""

from __future__ import annotations

import socket
import subprocess
import sys
import time

import httpx
import psutil
import pytest
from browser import NO_TLS, free_port
from desk import Clerk


@pytest.fixture
def clerk(tmp_path, monkeypatch) -> Clerk:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    clerk = Clerk(tmp_path)
    clerk.begin()
    return clerk


@pytest.mark.parametrize("processes", ["1", "2"])
def test_it_serves_until_it_is_stopped_and_says_where(clerk, pytestconfig, processes):
    port = free_port()
    words = ("--port", str(port), "--processes", processes, "--log", "json")
    command = [sys.executable, "-m", "allocator", "--lang", "en", "serve", *words]
    with subprocess.Popen(command, cwd=pytestconfig.rootpath, stderr=subprocess.PIPE, text=True) as serving:
        try:
            answer = _until_ready(port)
            _send(port, b"\x16\x03\x01 this is no request\r\n\r\n")
        finally:
            serving.terminate()
        _, said = serving.communicate(timeout=30)

    assert (answer.status_code, answer.text) == (200, '{"ready":true,"why":[]}')
    assert '"route": "/readyz", "status": 200' in said
    assert '"level": "warning", "says": "Invalid HTTP request received."}' in said
    assert "Nobody can sign in yet." in said
    assert f"Serving http://127.0.0.1:{port}/" in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--host", "198.51.100.7"), "At 198.51.100.7 others could read passwords on their way."),
        (("--host", "192.0.2.1", "--behind-proxy"), "At 192.0.2.1 others could read passwords on their way."),
        (("--tls-cert", "ledger.sqlite"), "give both --tls-cert and --tls-key"),
    ],
)
def test_passwords_never_travel_in_the_clear(clerk, words, says):
    refused = clerk("serve", *words)

    assert (refused.exit_code, says in refused.stderr) == (2, True)


def test_a_process_that_gets_no_core_for_some_seconds_is_not_killed_for_it(clerk, pytestconfig):
    """By itself uvicorn kills who does not answer its supervisor within five seconds, and what it was at is lost."""
    port = free_port()
    command = [sys.executable, "-m", "allocator", "serve", "--port", str(port), "--processes", "2", "--no-worker"]
    with subprocess.Popen(command, cwd=pytestconfig.rootpath, stderr=subprocess.DEVNULL) as serving:
        try:
            _until_ready(port)
            before = _serving_processes(serving.pid)
            for process in before:
                process.suspend()
            time.sleep(6)
            for process in before:
                process.resume()
            _until_ready(port)
            after = _serving_processes(serving.pid)
        finally:
            serving.terminate()

    assert len(before) == 2
    assert after == before


def _until_ready(port: int) -> httpx.Response:
    for _ in range(300):
        try:
            return httpx.get(f"http://127.0.0.1:{port}/readyz", verify=NO_TLS)
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("nobody answers")


def _send(port: int, sent: bytes) -> None:
    """Send bytes, and wait until the server has closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(sent)
        while connection.recv(4096):
            pass


def _serving_processes(supervisor: int) -> list[psutil.Process]:
    """Return the processes that answer, without the one that looks after what they share."""
    children = psutil.Process(supervisor).children()
    return sorted((each for each in children if "spawn_main" in " ".join(each.cmdline())), key=lambda each: each.pid)
