"""Sentences as values: a message and what it speaks of, worded later in the reader's language.

The engine never formats text for people. It returns a `Sentence`; the door that shows it looks
the message up in the gettext catalogue and fills in the parameters.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from allocator.plurals import formatted

__all__ = ["Named", "Sentence", "say"]


@dataclass(frozen=True)
class Sentence:
    """One message in English, the catalogue's source language, and the values it names.

    >>> str(say("{depot} holds {packs} packs.", depot="D1", packs=3))
    'D1 holds 3 packs.'
    """

    message: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return formatted(self.message, self.values)


@dataclass(frozen=True)
class Named:
    """Something with a code and a name in each language; the reader sees the name, else the code.

    `with_code`: show the code too, where the name alone does not tell it from others.

    >>> str(Named("D1", "Store", "仓库", with_code=True)), Named("D1", "Store", "").worded("zh")
    ('Store (D1)', 'Store')
    """

    code: str
    name: str = ""
    name_zh: str = ""
    with_code: bool = False

    def __str__(self) -> str:
        return self.worded("en")

    def worded(self, lang: str) -> str:
        """Return the name in a language ("en" or "zh"), else in the other one, else the code."""
        own, other = (self.name_zh, self.name) if lang == "zh" else (self.name, self.name_zh)
        name = own or other
        if not name:
            return self.code
        return f"{name} ({self.code})" if self.with_code else name


def say(message: str, /, **values: Any) -> Sentence:
    """Make a `Sentence`; the name is what the catalogue's extraction looks for.

    >>> say("Nothing to send.").message
    'Nothing to send.'
    """
    return Sentence(message, values)
