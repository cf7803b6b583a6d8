"""`allocator serve` as a process of its own: it answers, and shuts the door to what would travel in the clear."""

from __future__ import annotations

import subprocess
import sys
import time

import httpx
import pytest
from browser import free_port
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
            for _ in range(300):
                try:
                    answer = httpx.get(f"http://127.0.0.1:{port}/readyz")
                    break
                except httpx.TransportError:
                    time.sleep(0.1)
        finally:
            serving.terminate()
        _, said = serving.communicate(timeout=30)

    assert (answer.status_code, answer.text) == (200, '{"ready":true,"why":[]}')
    assert '"route": "/readyz", "status": 200' in said
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
