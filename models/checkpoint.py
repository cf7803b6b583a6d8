"""Signed tree heads: C2SP checkpoints (c2sp.org/tlog-checkpoint) in signed notes (c2sp.org/signed-note).

A checkpoint says whose tree it is, how many leaves it has and what its root is. The note carries it
with one line for each Ed25519 signature, so witnesses can add theirs, and any tool that reads
signed notes can check it. When it was signed stands in it too, as an extension line.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from allocator.sentence import Sentence, say

__all__ = [
    "COSIGNATURE",
    "ED25519",
    "BadNote",
    "Checkpoint",
    "Signer",
    "VerifierKey",
    "checkpoint_of",
    "key_name",
    "opened",
    "signature_line",
    "signed",
    "verified",
]

ED25519 = b"\x01"
COSIGNATURE = b"\x04"
"""What a key signs with: as a ledger its heads, or as a witness those of others (c2sp.org/tlog-cosignature)."""

_HASH_BYTES = 32
_KEY_ID_BYTES = 4
_DASH = "\u2014 "  # what a signature line begins with
_SIGNED_AT = "signed-at "
_WITNESSED = "witnessed "
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")
_NAME = re.compile(r"[^\s+]+")
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how such a key's text begins, not a key


class BadNote(ValueError):
    """A text is no signed checkpoint, or not one by the keys that were given; the sentence ends with why."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


def key_name(ledger_name: str) -> str:
    """Return a ledger's name as notes can carry it: without spaces and plus signs.

    >>> key_name("County stock"), key_name("某县物资"), key_name("")
    ('County_stock', '某县物资', 'ledger')
    """
    return re.sub(r"[\s+]+", "_", ledger_name.strip()) or "ledger"


@dataclass(frozen=True)
class VerifierKey:
    """A public key and the name it signs under. Its text is what auditors and witnesses keep.

    >>> key = VerifierKey.of("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    >>> key.name, key.id.hex()
    ('PeterNeumann', 'c74f20a3')
    """

    name: str
    public: bytes  # 32 bytes
    algorithm: bytes = ED25519

    @property
    def id(self) -> bytes:
        """The four bytes that point to this key in a signature line."""
        return hashlib.sha256(self.name.encode() + b"\n" + self.algorithm + self.public).digest()[:_KEY_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line."""
        return f"{self.name}+{self.id.hex()}+{_b64(self.algorithm + self.public)}"

    @classmethod
    def of(cls, text: str, algorithm: bytes = ED25519) -> VerifierKey:
        """Return the key that a line holds.

        Raises:
            BadNote: it holds none of this algorithm, or its parts do not belong together.

        """
        name, key_id, key = _parts(text, algorithm)
        made = cls(name, key, algorithm)
        if made.id.hex() != key_id:
            raise BadNote(say("the key's id is not that of the key"))
        return made

    def holds(self, text: str, signature: bytes) -> bool:
        """Say whether a signature over a text is by this key."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text.encode())
        except (InvalidSignature, ValueError):
            return False
        return True


class Signer:
    """A private key and the name it signs under. It never shows itself, not even to a debugger's repr."""

    def __init__(self, name: str, seed: bytes | None = None) -> None:
        if not _NAME.fullmatch(name):
            raise BadNote(say("{name} cannot be the name of a key", name=name))
        self._key = Ed25519PrivateKey.generate() if seed is None else Ed25519PrivateKey.from_private_bytes(seed)
        self.public = VerifierKey(name, self._key.public_key().public_bytes_raw())

    @classmethod
    def of(cls, text: str) -> Signer:
        """Return the signer whose private key a line holds.

        Raises:
            BadNote: it holds none, or its parts do not belong together. The line is not repeated.

        """
        if not text.startswith(_SECRET):
            raise BadNote(say("this is no private key of a signed note"))
        name, key_id, seed = _parts(text.removeprefix(_SECRET), ED25519)
        signer = cls(name, seed)
        if signer.public.id.hex() != key_id:
            raise BadNote(say("the private key's id is not that of the key"))
        return signer

    def secret_text(self) -> str:
        """Return the private key as one line, for its file and nothing else."""
        key = _b64(ED25519 + self._key.private_bytes_raw())
        return f"{_SECRET}{self.public.name}+{self.public.id.hex()}+{key}"

    def sign(self, text: str) -> str:
        """Return the signature line over a text that ends in a newline."""
        return signature_line(self.public, self.signature(text))

    def signature(self, text: str) -> bytes:
        """Return the bare signature over a text, 64 bytes."""
        return self._key.sign(text.encode())


@dataclass(frozen=True)
class Checkpoint:
    """Whose tree, how many leaves, which root (32 bytes); `signed_at`: UTC microseconds, None where it does not say.

    `witnessed`: how many signatures of witnesses were kept when it was signed, so that none can go unnoticed.

    >>> print(Checkpoint("county", 0, hashlib.sha256().digest()).text(), end="")
    county
    0
    47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=
    """

    origin: str
    size: int
    root: bytes
    signed_at: int | None = None
    witnessed: int = 0

    def text(self) -> str:
        """Return the text that is signed."""
        when = "" if self.signed_at is None else f"{_SIGNED_AT}{self.signed_at}\n"
        many = f"{_WITNESSED}{self.witnessed}\n" if self.witnessed else ""
        return f"{self.origin}\n{self.size}\n{_b64(self.root)}\n{when}{many}"


def signed(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the signed note of a checkpoint."""
    text = checkpoint.text()
    return f"{text}\n{signer.sign(text)}"


def verified(note: str, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, VerifierKey]:
    """Return the checkpoint of a note that one of the keys signed, and that key.

    Lines of signatures by anybody else (witnesses) are passed over.

    Raises:
        BadNote: no checkpoint, no signature by any of the keys, or one by a key that does not hold.

    """
    text, signatures = opened(note)
    by_id = {(key.name, key.id): key for key in keys}
    found: VerifierKey | None = None
    for name, key_id, signature in signatures:
        key = by_id.get((name, key_id))
        if key is None:
            continue
        if not key.holds(text, signature):
            raise BadNote(say("the signature does not hold"))
        found = found or key
    if found is None:
        raise BadNote(say("it is signed by none of the keys"))
    return checkpoint_of(text), found


def signature_line(key: VerifierKey, signature: bytes) -> str:
    """Return the line of a note that carries a signature by a key."""
    return f"{_DASH}{key.name} {_b64(key.id + signature)}\n"


def opened(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Return what a note's signatures are over, and each of them: whose name, which key's id, the signature.

    Raises:
        BadNote: it is no signed note.

    """
    head, blank, tail = note.rpartition("\n\n")
    if not blank or not tail.endswith("\n"):
        raise BadNote(say("it has no signature"))
    if any(ord(character) < ord(" ") and character != "\n" for character in note):
        raise BadNote(say("it holds control characters"))
    return f"{head}\n", [_signature(line) for line in tail[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes, bytes]:
    name, space, code = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH) or not space or not _NAME.fullmatch(name):
        raise BadNote(say("a signature line cannot be read"))
    blob = _unb64(code)
    if len(blob) <= _KEY_ID_BYTES:
        raise BadNote(say("a signature line cannot be read"))
    return name, blob[:_KEY_ID_BYTES], blob[_KEY_ID_BYTES:]


def checkpoint_of(text: str) -> Checkpoint:
    """Return the checkpoint of a text that a note's signatures are over.

    Raises:
        BadNote: it is none.

    """
    # Further lines are extensions of others; they are signed, and say nothing here.
    origin, size, root, *more = [*text.split("\n"), "", "", ""]
    if not origin or not _SIZE.fullmatch(size) or len(_unb64(root)) != _HASH_BYTES:
        raise BadNote(say("it is no checkpoint"))
    whens, many = (
        [line.removeprefix(name) for line in more if line.startswith(name)] for name in (_SIGNED_AT, _WITNESSED)
    )
    if len(whens) > 1 or not all(_SIZE.fullmatch(when) for when in whens):
        raise BadNote(say("it does not say when it was signed"))
    if len(many) > 1 or not all(_SIZE.fullmatch(each) for each in many):
        raise BadNote(say("it does not say how many signatures of witnesses there were"))
    return Checkpoint(origin, int(size), _unb64(root), int(whens[0]) if whens else None, int(many[0]) if many else 0)


def _parts(text: str, algorithm: bytes) -> tuple[str, str, bytes]:
    name, _, rest = text.partition("+")
    key_id, _, code = rest.partition("+")
    key = _unb64(code)
    if not _NAME.fullmatch(name) or key[:1] != algorithm or len(key) != 1 + _HASH_BYTES:
        if algorithm == COSIGNATURE:
            raise BadNote(say("this is no Ed25519 key of a witness"))
        raise BadNote(say("this is no Ed25519 key of a signed note"))
    return name, key_id, key[1:]


def _b64(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _unb64(text: str) -> bytes:
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise BadNote(say("it is not written in base64")) from None
    if _b64(content) != text:
        raise BadNote(say("its base64 is not the only way of writing it"))
    return content
