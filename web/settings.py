"""How the pages are served: which ledger, over TLS or not, under which names."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

__all__ = ["LOOPBACK", "Settings", "kept", "read"]

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
"""Names of this machine itself."""

_VARIABLE = "ALLOCATOR_SERVE"


@dataclass(frozen=True, kw_only=True)
class Settings:
    """`db`: the ledger's address; `secure`: pages travel over TLS; `hosts`: names under which they are asked for."""

    db: str
    secure: bool = False
    hosts: tuple[str, ...] = LOOPBACK


def kept(settings: Settings) -> None:
    """Keep settings for the processes that serve, which are started anew.

    >>> kept(Settings(db="sqlite:///county.sqlite")); read().db
    'sqlite:///county.sqlite'
    """
    os.environ[_VARIABLE] = json.dumps(asdict(settings))


def read() -> Settings:
    """Return the settings that were kept."""
    said = json.loads(os.environ[_VARIABLE])
    return Settings(db=said["db"], secure=said["secure"], hosts=tuple(said["hosts"]))
