"""A browser without a window at the pages of a ledger: it keeps cookies, follows links, fills in forms."""

from __future__ import annotations

import contextlib
import functools
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import httpx
import uvicorn

from data.serve_settings import ServeSettings
from models.database import reading
from models.ledger import open_ledger
from models.sealing import is_pending
from web.app import make_app

__all__ = ["NO_TLS", "PASSWORD", "Browser", "browsers_at", "free_port", "is_sealed", "served_app", "served_at"]

PASSWORD = "five masks and a thermometer"  # noqa: S105 - of people who are nobody

NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For clients of http:// alone: reading what authorities there are takes each of them 30 ms."""

_FORM_TOKEN = re.compile(r'name="form" value="([0-9a-f]+)"')


class Browser:
    """Asks a server for pages. `origin`: its address."""

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.client = httpx.Client(base_url=origin, follow_redirects=True, timeout=60, verify=NO_TLS)

    def get(self, address: str, **headers: str) -> httpx.Response:
        """Ask for a page."""
        return self.client.get(address, headers=headers)

    def post(self, address: str, form: dict[str, str] | None = None, **headers: str) -> httpx.Response:
        """Send a form, as browsers do: with where it comes from."""
        return self.client.post(address, data=form or {}, headers={"origin": self.origin} | headers)

    def sign_in(self, id_: str, password: str = PASSWORD, to: str = "/stock") -> httpx.Response:
        """Fill in the page to sign in."""
        entered = self.post("/sign-in", {"id": id_, "password": password, "to": to})
        found = _FORM_TOKEN.search(entered.text)
        if found is not None:
            # As scripts of our pages do: what a session writes under /api carries its form token in a header.
            self.client.headers["x-form-token"] = found[1]
        return entered

    def form_token(self) -> str:
        """Return what the forms of this session carry."""
        found = _FORM_TOKEN.search(self.get("/stock").text)
        assert found is not None
        return found[1]


def browsers_at(origin: str) -> Callable[[str], Browser]:
    """Return what gives the browser in which somebody has signed in; each person's is kept."""

    @functools.cache
    def browser(id_: str) -> Browser:
        made = Browser(origin)
        assert made.sign_in(id_).status_code == 200
        return made

    return browser


def is_sealed(db: str, *, within: float = 5) -> bool:
    """Say whether all that a ledger holds is sealed, or is so within some seconds: answers are sent before that."""
    ledger, until = open_ledger(db), time.monotonic() + within
    try:
        while True:
            with reading(ledger.engine) as connection:
                if not is_pending(connection):
                    return True
            if time.monotonic() > until:
                return False
            time.sleep(0.02)
    finally:
        ledger.engine.dispose()


def free_port() -> int:
    """Return a port at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextlib.contextmanager
def served_at(db: str, *, port: int = 0, donors: Sequence[str] = (), **more: Any) -> Iterator[str]:
    """Serve the pages of a ledger from a thread; give their address.

    `port`: at which it listens, else a free one; `more`: further settings: `secure` as behind a proxy that does TLS,
    `public` with the ledger of donations for anybody, `donors` by name.
    """
    with served_app(make_app(ServeSettings(db=db, donors=tuple(donors), **more)), port=port) as origin:
        yield origin


@contextlib.contextmanager
def served_app(app: Any, *, port: int = 0) -> Iterator[str]:
    """Serve an application from a thread; give its address."""
    port = port or free_port()
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_level="critical"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            thread.join(0.01)
            assert thread.is_alive(), "the server did not start"
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join()
