"""What witnesses sign: cosignatures of checkpoints (c2sp.org/tlog-cosignature, Ed25519), and how they are asked.

A cosignature says that the head was, at a time, the largest one the witness had seen of that ledger, and that it
extends every one it had signed before. A request (c2sp.org/tlog-witness) carries the size that the witness knows,
the proof that the new head extends it, and the head.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from allocator.sentence import say
from models.checkpoint import COSIGNATURE, BadNote, Signer, VerifierKey, opened, signature_line

__all__ = ["Cosigned", "Submission", "cosign", "cosigned_by", "cosigner_key", "submission_of"]

_TIME_BYTES = 8
_TIME_MAX = 2**63 - 1
_SIGNATURE_BYTES = 64
_PROOF_MOST = 63
_HASH_BYTES = 32
_OLD = re.compile(r"old (0|[1-9][0-9]{0,18})")


def cosigner_key(public: VerifierKey, name: str = "") -> VerifierKey:
    """Return the key that a signer's key is as a witness, under its own name or another."""
    return VerifierKey(name or public.name, public.public, COSIGNATURE)


@dataclass(frozen=True)
class Cosigned:
    """A cosignature that holds: its line, and when it was made, in UTC seconds."""

    line: str
    seconds: int


def cosign(note: str, signer: Signer, *, seconds: int, name: str = "") -> str:
    """Return the line by which a witness signs a note's checkpoint; `name`: another than the signer's own.

    >>> from models.checkpoint import Checkpoint, signed
    >>> head = signed(Checkpoint("county", 0, bytes(32)), Signer("county", seed=bytes(32)))
    >>> witness = Signer("bureau", seed=bytes(31) + b"1")
    >>> line = cosign(head, witness, seconds=1679315147)
    >>> cosigned_by(head, line, [cosigner_key(witness.public)]).seconds
    1679315147
    """
    text, _ = opened(note)
    signature = seconds.to_bytes(_TIME_BYTES, "big") + signer.signature(_message(text, seconds))
    return signature_line(cosigner_key(signer.public, name), signature)


def cosigned_by(note: str, lines: str, keys: Sequence[VerifierKey]) -> Cosigned:
    """Return the first of some lines that is a cosignature of a note by one of the keys; others are passed over.

    Raises:
        BadNote: none is, or one by a key does not hold.

    """
    text, _ = opened(note)
    _, signatures = opened(f"{text}\n{lines}")
    by_id = {(key.name, key.id): key for key in keys}
    own = lines.splitlines()
    if len(own) != len(signatures):  # a note of its own, not lines under one
        raise BadNote(say("it is signed by none of the keys"))
    for line, (name, key_id, signature) in zip(own, signatures, strict=True):
        key = by_id.get((name, key_id))
        if key is None:
            continue
        seconds = int.from_bytes(signature[:_TIME_BYTES], "big")
        right = len(signature) == _TIME_BYTES + _SIGNATURE_BYTES and seconds <= _TIME_MAX
        if not right or not key.holds(_message(text, seconds), signature[_TIME_BYTES:]):
            raise BadNote(say("the signature does not hold"))
        return Cosigned(f"{line}\n", seconds)
    raise BadNote(say("it is signed by none of the keys"))


def _message(text: str, seconds: int) -> str:
    return f"cosignature/v1\ntime {seconds}\n{text}"


@dataclass(frozen=True)
class Submission:
    r"""What a witness is asked to sign: `old`, the size it knows (0: none); the proof from there; the signed note.

    >>> print(Submission(1, (bytes(32),), "county\n2\n").text(), end="")
    old 1
    AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=
    <BLANKLINE>
    county
    2
    """

    old: int
    proof: tuple[bytes, ...]
    note: str

    def text(self) -> str:
        """Return it as it is sent."""
        lines = "".join(f"{base64.b64encode(each).decode()}\n" for each in self.proof)
        return f"old {self.old}\n{lines}\n{self.note}"


def submission_of(text: str) -> Submission:
    """Return what was sent.

    Raises:
        BadNote: it is not of the form that `Submission.text` gives.

    """
    head, _, note = text.partition("\n\n")
    first, *lines = head.split("\n")
    old = _OLD.fullmatch(first)
    if old is None or not note or len(lines) > _PROOF_MOST:
        raise BadNote(say("it is no request to sign a head"))
    try:
        proof = tuple(base64.b64decode(line, validate=True) for line in lines)
    except (binascii.Error, ValueError):
        raise BadNote(say("it is not written in base64")) from None
    if any(len(each) != _HASH_BYTES for each in proof):
        raise BadNote(say("it is no request to sign a head"))
    return Submission(int(old[1]), proof, note)
