"""Sentences as values: a message and what it speaks of, worded later in the reader's language.

The engine never formats text for people. It returns a `Sentence`; the door that shows it looks
the message up in the gettext catalogue and fills in the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Sentence", "say"]


@dataclass(frozen=True)
class Sentence:
    """One message in English, the catalogue's source language, and the values it names.

    >>> str(say("{depot} holds {packs} packs.", depot="D1", packs=3))
    'D1 holds 3 packs.'
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message.format(**self.values)


def say(message: str, /, **values: Any) -> Sentence:
    """Make a `Sentence`; the name is what the catalogue's extraction looks for.

    >>> say("Nothing to send.").message
    'Nothing to send.'
    """
    return Sentence(message, values)
