"""A ledger and its witnesses: folders, and other people's states that are asked as a URL would be."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from tampering import KEY, NOW

from data.witness_app import witness_app
from data.witness_sending import Sent, send_heads
from data.witness_state import WitnessState
from models.checkpoint import Signer
from models.database import writing
from models.ledger import Ledger
from models.sealing import seal
from models.versions import Stamp
from models.witnesses import Witness, save_witness

__all__ = ["a_state", "answering", "named", "sealed_and_sent"]


def a_state(folder: Path, name: str, number: int, *, trusts: bool = True) -> WitnessState:
    """Make a witness that signs as `name`; it trusts the tests' ledger key."""
    state = WitnessState(folder / name, Signer(name, seed=bytes([number]) * 32))
    if trusts:
        state.trust(KEY.public.text)
    return state


def named(ledger: Ledger, *some: Witness, at: int = NOW) -> None:
    """Name witnesses in a ledger."""
    for each in some:
        with writing(ledger.engine) as connection:
            save_witness(connection, each, Stamp("A", at))


def sealed_and_sent(ledger: Ledger, *, at: int = NOW, anyway: bool = True, seconds: float = 20.0) -> list[Sent]:
    """Seal what is pending and ask every witness; then seal what that recorded."""
    seal(ledger, key=KEY, at=at)
    sent = send_heads(ledger, lambda: KEY, Stamp("sealer", at), anyway=anyway, seconds=seconds)
    if any(each.refused for each in sent):
        seal(ledger, key=KEY, at=at)
    return sent


@contextlib.contextmanager
def answering(state: WitnessState, *, seconds: int = NOW // 1_000_000) -> Iterator[str]:
    """Let a witness answer at a free port of this machine while the block runs; give its address."""
    config = uvicorn.Config(witness_app(state, lambda: seconds), host="127.0.0.1", port=0, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
