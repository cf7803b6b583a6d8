"""One text for one content: canonical JSON (RFC 8785) of whole numbers and NFC texts.

RFC 8785 is hard where floating-point numbers are; the ledger has none, so only the order of keys
(by UTF-16 code units) and the escaping of texts remain.
"""

from __future__ import annotations

import functools
import hashlib
import json
import unicodedata
from typing import Any

__all__ = ["canonical", "digest_of", "normal"]

_WHOLE_MAX = 2**53 - 1
"""The largest whole number every reader of JSON keeps exactly; larger ones are written as texts."""


def normal(text: str) -> str:
    """Return a text in NFC, the one way of writing an accented or composed character."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def canonical(content: Any) -> str:
    """Return the canonical JSON of mappings, lists, texts, whole numbers, true, false and null.

    >>> canonical({"b": 1, "a": ["é", 10**18]})
    '{"a":["é","1000000000000000000"],"b":1}'

    Raises:
        TypeError: a float or anything else that has more than one way of being written.

    """
    return json.dumps(_checked(content), ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> bytes:
    """Return the SHA-256 of a text in UTF-8, 32 bytes."""
    return hashlib.sha256(text.encode()).digest()


def _checked(content: Any) -> Any:
    kind = type(content)
    if kind is str:
        return normal(content)
    if kind is int:
        return content if -_WHOLE_MAX <= content <= _WHOLE_MAX else str(content)
    if kind is dict:
        pairs = {normal(key): _checked(value) for key, value in content.items()}
        return {key: pairs[key] for key in _in_order(tuple(pairs))}
    if kind is list or kind is tuple:
        return [_checked(part) for part in content]
    if content is None or kind is bool:
        return content
    bases: tuple[type[Any], ...] = (str, int, dict, list)
    for base in bases:
        if isinstance(content, base):
            return _checked(base(content))
    raise TypeError(f"{kind.__name__} has no canonical form: {content!r}")


@functools.lru_cache(maxsize=1024)  # documents have few sets of keys, and many lines of each
def _in_order(keys: tuple[str, ...]) -> list[str]:
    return sorted(keys, key=lambda key: key.encode("utf-16-be"))
