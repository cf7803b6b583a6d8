"""How the pages are served: which ledger, over TLS or not, under which names.

The command keeps them where the serving processes, which are started anew, find them: in their environment.
"""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

__all__ = [
    "LOG_KINDS",
    "LOOPBACK",
    "TOGETHER",
    "LogKind",
    "OpenId",
    "ServeSettings",
    "keep_settings",
    "kept_settings",
    "numbers_together",
]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses of this machine itself."""

LogKind = Literal["json", "text", "none"]
LOG_KINDS: tuple[LogKind, ...] = ("json", "text", "none")
"""How each request is told of on standard error."""

TOGETHER = "PROMETHEUS_MULTIPROC_DIR"
"""Names the folder in which prometheus_client keeps the numbers of several processes."""

_VARIABLE = "ALLOCATOR_SERVE"


@dataclass(frozen=True, kw_only=True)
class OpenId:
    """A provider of sign-ins (OpenID Connect). `claim`: what it says of a person that is the person's id here.

    `secret_file`: where the client's secret stands; it is read when it is needed and is in no setting itself.
    """

    issuer: str
    client_id: str
    secret_file: str
    claim: str = "sub"

    @property
    def scope(self) -> str:
        """What is asked of the provider: no more than the claim takes."""
        return "openid" if self.claim == "sub" else "openid email" if self.claim == "email" else "openid profile"

    def secret(self) -> str:
        """Return the client's secret.

        Raises:
            OSError: its file cannot be read.

        """
        return Path(self.secret_file).read_text(encoding="utf-8").strip()


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """`db`: the ledger's address; `secure`: pages travel over TLS; `behind_proxy`: a proxy passes requests on.

    `names`: under which the server is asked, beside this machine's own; in lower case, an IPv6 address in brackets.
    `open_id`: a provider through which people sign in; `passwords`: they sign in with those kept here.
    `public`: anybody may read the ledger of donations; `donors`: codes of those who agreed to be named in it.
    `log`: how each request is told of.
    """

    db: str
    secure: bool = False
    names: tuple[str, ...] = ()
    public: bool = False
    donors: tuple[str, ...] = ()
    open_id: OpenId | None = None
    passwords: bool = True
    behind_proxy: bool = False
    log: LogKind = "none"

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every name that is answered to."""
        return ("127.0.0.1", "localhost", "[::1]", *self.names)


def keep_settings(settings: ServeSettings) -> None:
    """Keep settings for the processes that serve.

    >>> keep_settings(ServeSettings(db="sqlite:///county.sqlite", names=("stock.example",)))
    >>> kept_settings().hosts
    ('127.0.0.1', 'localhost', '[::1]', 'stock.example')
    """
    os.environ[_VARIABLE] = json.dumps(asdict(settings))


def kept_settings() -> ServeSettings:
    """Return the settings that were kept."""
    said = json.loads(os.environ[_VARIABLE])
    open_id = None if said["open_id"] is None else OpenId(**said["open_id"])
    texts = {"names": tuple(said["names"]), "donors": tuple(said["donors"])}
    return ServeSettings(**{**said, **texts, "open_id": open_id})


@contextlib.contextmanager
def numbers_together() -> Iterator[None]:
    """Let processes that serve together keep their numbers where each can read all of them, while the block runs."""
    with tempfile.TemporaryDirectory(prefix="allocator-numbers-") as folder:
        os.environ[TOGETHER] = folder
        try:
            yield
        finally:
            del os.environ[TOGETHER]
