"""What an ensemble was made from: enough to make it again, to the last byte, and to see when that is impossible."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.sentence import Sentence, say
from models.plain_files import read_within
from scenarios.ensemble import Result
from scenarios.stress import SAMPLERS

__all__ = ["MANIFEST", "Manifest", "ManifestUnreadable", "digest_of", "read_manifest"]

MANIFEST = "manifest.json"
_SCHEMA = "allocator.stress-manifest/1"
_BYTES_MAX = 1_000_000


class ManifestUnreadable(Exception):
    """A file is no manifest; the sentence says why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """`stress`: the file's text; `ground`: the digest of what it was applied to; `results`: that of what came.

    `outcomes`: of which results are made, in their order; empty in manifests from before they were written down.
    """

    name: str
    stress: str
    sampler: str
    seed: int
    draws: int
    ground: str
    versions: Mapping[str, str]
    outcomes: tuple[str, ...] = ()
    results: str = ""

    def text(self) -> str:
        """Return it as JSON, the same for the same content."""
        return json.dumps({"schema": _SCHEMA, **vars(self)}, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def digest_of(results: Sequence[Result]) -> str:
    """Return SHA-256 of results in their order, in hexadecimal."""
    return hashlib.sha256(json.dumps(list(results), sort_keys=True).encode()).hexdigest()


def read_manifest(path: Path) -> Manifest:
    """Return a manifest from its file.

    Raises:
        ManifestUnreadable: it is none, or of another version of the program.

    """
    try:
        content: dict[str, Any] = json.loads(read_within(path, _BYTES_MAX))
        known = content.pop("schema") == _SCHEMA
        outcomes = tuple(map(str, content.pop("outcomes", ())))
        manifest = Manifest(**content, outcomes=outcomes)
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ManifestUnreadable(
            say("{file} is no manifest of a stress. Give the manifest.json of one, or its .toml file.", file=str(path))
        ) from None
    sound = all(isinstance(each, int) and each >= 0 for each in (manifest.seed, manifest.draws))
    if not known or not sound or manifest.sampler not in SAMPLERS or not isinstance(manifest.stress, str):
        raise ManifestUnreadable(say("{file} was altered: seed, draws or sampler cannot be.", file=str(path)))
    return manifest
