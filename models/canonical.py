"""One text for one content: canonical JSON (RFC 8785) of whole numbers and NFC texts.

RFC 8785 is hard where floating-point numbers are; the ledger has none, so only the order of keys
(by UTF-16 code units) and the escaping of texts remain.
"""

from __future__ import annotations

import functools
import hashlib
import unicodedata
from json.encoder import encode_basestring
from typing import Any

__all__ = ["canonical", "digest_of", "normal", "quoted", "says_the_same"]

_WHOLE_MAX = 2**53 - 1
"""The largest whole number every reader of JSON keeps exactly; larger ones are written as texts."""


def normal(text: str) -> str:
    """Return a text in NFC, the one way of writing an accented or composed character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def quoted(text: str) -> str:
    """Return a text in NFC as JSON writes it.

    >>> quoted("masks")
    '"masks"'
    """
    return encode_basestring(text if text.isascii() else unicodedata.normalize("NFC", text))


def canonical(content: Any) -> str:
    """Return the canonical JSON of mappings, lists, texts, whole numbers, true, false and null.

    >>> canonical({"b": 1, "a": ["é", 10**18]})
    '{"a":["é","1000000000000000000"],"b":1}'

    Raises:
        TypeError: a float or anything else that has more than one way of being written.

    """
    kind = type(content)
    if kind is str:
        return quoted(content)
    if kind is int:
        return str(content) if -_WHOLE_MAX <= content <= _WHOLE_MAX else f'"{content}"'
    if kind is dict:
        return _object(content)
    if content is None:
        return "null"
    if kind is list or kind is tuple:
        return f"[{','.join([canonical(part) for part in content])}]"
    return _rare(content)


def says_the_same(one: Any, other: Any) -> bool:
    """Say whether two contents have one canonical form, however their texts are composed.

    >>> says_the_same({"note": "e\u0301"}, {"note": "\u00e9"})
    True
    """
    return canonical(one) == canonical(other)


def digest_of(text: str) -> bytes:
    """Return the SHA-256 of a text in UTF-8, 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


def _object(content: dict[str, Any]) -> str:
    labels = _labels(tuple(content))
    return f"{{{','.join([label + canonical(content[key]) for key, label in labels])}}}"


@functools.lru_cache(maxsize=1024)  # documents have few sets of keys, and many lines of each
def _labels(keys: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return keys in order, each with its text before a value; of two that are one in NFC the last."""
    by_text = {normal(key): key for key in keys}
    ordered = sorted(by_text, key=lambda text: text.encode("utf-16-be"))
    return [(by_text[text], f"{quoted(text)}:") for text in ordered]


def _rare(content: Any) -> str:
    """Return what is seldom met: true and false, and what is a text, a number or the like in disguise."""
    if isinstance(content, bool):
        return "true" if content else "false"
    bases: tuple[type[Any], ...] = (str, int, dict, list)
    for base in bases:
        if isinstance(content, base):
            return canonical(base(content))
    raise TypeError(f"{type(content).__name__} has no canonical form: {content!r}")
