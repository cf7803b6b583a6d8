"""Signed heads and the tree they stand for, as the checker of an export reads them.

Signed notes (c2sp.org/signed-note) hold checkpoints (c2sp.org/tlog-checkpoint) of a tree (RFC 9162, 2.1).
This shares no code with models/checkpoint.py and models/merkle.py: it is the second opinion about both.
"""

from __future__ import annotations

import base64
import binascii
import hashlib

from data.ed25519 import signature_holds

__all__ = [
    "Key",
    "Root",
    "Tree",
    "Wrong",
    "check_cosignature",
    "check_signature",
    "check_text",
    "head_of",
    "key_of",
    "signature_holds",
]

Key = tuple[str, bytes, bytes]
"""A name, four bytes that point to a key, and the key or a signature by it."""

Root = tuple[int, bytes]
"""A number of leaves, and the root over them."""

_CODED_KEY_BYTES = 33
_HEAD_LINES = 4


class Wrong(Exception):
    """Something does not hold: the sentence in English and in Chinese."""


def _unb64(text: str) -> bytes:
    """Return the bytes of a base64 text, which is the only way of writing them."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if base64.b64encode(content).decode() != text:
        raise Wrong("A part is not written in base64.", "有一部分不是 base64 编码。")
    return content


def key_of(line: str, algorithm: bytes = b"\x01") -> Key:
    """Return (name, id, public key) of a verifier key's line; a witness's is of algorithm 4."""
    name, key_id, code = ([*line.strip().split("+", 2), "", ""])[:3]
    key = _unb64(code)
    right = hashlib.sha256(name.encode() + b"\n" + key).digest()[:4]
    if not name or len(key) != _CODED_KEY_BYTES or key[:1] != algorithm or right.hex() != key_id:
        raise Wrong(f"{line.strip()!r} is no Ed25519 key.", f"{line.strip()!r} 不是 Ed25519 密钥。")
    return name, right, key[1:]


def head_of(note: str) -> tuple[str, list[Key], int, bytes]:
    """Return (text, [(name, id, signature)], size, root) of a signed checkpoint."""
    text, signatures = signed_text(note)
    body = text.split("\n")
    if len(body) < _HEAD_LINES or not body[1].isdigit() or not signatures:
        raise Wrong("A head is no signed checkpoint.", "有一个树头不是签名的检查点。")
    return text, signatures, int(body[1]), _unb64(body[2])


def signed_text(note: str) -> tuple[str, list[Key]]:
    """Return what a note's signatures are over, and them: (name, id, signature)."""
    text, _, lines = note.rpartition("\n\n")
    signatures = []
    for line in lines.split("\n")[:-1]:
        dash, name, code = ([*line.split(" ", 2), "", ""])[:3]
        if dash != "\u2014":
            raise Wrong("A line of signatures cannot be read.", "有一行签名无法读取。")
        signatures.append((name, _unb64(code)[:4], _unb64(code)[4:]))
    if not lines.endswith("\n"):
        raise Wrong("A head ends without a line of its own.", "有一个树头没有完整结束。")
    return f"{text}\n", signatures


def check_text(note: str, keys: list[Key]) -> str | None:
    """Return the text of a signed note, None where none of the keys signed it."""
    text, signatures = signed_text(note)
    for name, key_id, signature in signatures:
        for own_name, own_id, public in keys:
            if (name, key_id) == (own_name, own_id) and signature_holds(public, signature, text.encode()):
                return text
    return None


def check_cosignature(note: str, line: str, keys: list[Key]) -> int:
    """Check that one of a witness's keys cosigned a checkpoint (c2sp.org/tlog-cosignature); return when, in seconds."""
    text, _ = signed_text(note)
    _, signatures = signed_text(f"{text}\n{line}")
    for name, key_id, signature in signatures:
        seconds = int.from_bytes(signature[:8], "big")
        message = f"cosignature/v1\ntime {seconds}\n{text}".encode()
        for own_name, own_id, public in keys:
            if (name, key_id) == (own_name, own_id) and signature_holds(public, signature[8:], message):
                return seconds
    raise Wrong("A witness's signature does not hold.", "有一个见证方的签名不成立。")


def check_signature(note: str, keys: list[Key]) -> Root:
    """Check that one of the keys signed a checkpoint; return its size and root."""
    _, _, size, root = head_of(note)
    if check_text(note, keys) is not None:
        return size, root
    raise Wrong(f"The head over {size} leaves is not signed by a known key.", f"{size} 片叶子的树头不是已知密钥所签。")


class Tree:
    """Grows leaf by leaf; keeps the roots of the whole subtrees that make up its size."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """Add a leaf's hash."""
        node, size = leaf, self.size
        while size & 1:
            node, size = hashlib.sha256(b"\x01" + self.peaks.pop() + node).digest(), size >> 1
        self.peaks.append(node)
        self.size += 1

    def root(self) -> bytes:
        """Return the root."""
        root = self.peaks[-1] if self.peaks else hashlib.sha256().digest()
        for peak in self.peaks[-2::-1]:
            root = hashlib.sha256(b"\x01" + peak + root).digest()
        return root
