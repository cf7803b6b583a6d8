"""How the pages are served: which ledger, over TLS or not, under which names.

The command keeps them where the serving processes, which are started anew, find them: in their environment.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass

__all__ = ["LOOPBACK", "ServeSettings", "keep_settings", "kept_settings"]

LOOPBACK = ("127.0.0.1", "localhost", "::1")
"""Addresses of this machine itself."""

_VARIABLE = "ALLOCATOR_SERVE"


@dataclass(frozen=True, kw_only=True)
class ServeSettings:
    """`db`: the ledger's address; `secure`: pages travel over TLS.

    `names`: under which the server is asked, beside this machine's own; in lower case, an IPv6 address in brackets.
    `public`: anybody may read the ledger of donations; `donors`: codes of those who agreed to be named in it.
    """

    db: str
    secure: bool = False
    names: tuple[str, ...] = ()
    public: bool = False
    donors: tuple[str, ...] = ()

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
    return ServeSettings(**{**said, "names": tuple(said["names"]), "donors": tuple(said["donors"])})
