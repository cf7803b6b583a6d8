"""A file encrypted with a secret that people keep: AES-256-GCM in parts, its key by scrypt from the secret.

The first line says what it is; then 16 bytes that the key is made with, and 7 that every part's number follows. Each
part is authenticated with its place and whether it is the last, so none can be changed, moved, dropped or added unseen.
Source: STREAM, Hoang, Reyhanitabar, Rogaway, Vizar: Online Authenticated-Encryption and its Nonce-Reuse
Misuse-Resistance, 2015.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from allocator.sentence import say
from models.entry import Refusal

__all__ = ["LETTERS_LEAST", "decrypt", "encrypt", "is_encrypted", "secret_in"]

LETTERS_LEAST = 12
"""A secret may not be shorter: whoever has the file can try as many as they like."""

_LETTERS_MAX = 1024
_MAGIC = b"allocator encrypted file 1\n"
_SALT_BYTES, _BEGIN_BYTES, _TAG_BYTES = 16, 7, 16
_PART_BYTES = 2**20
_PARTS_MAX = 2**32
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1


def secret_in(file: Path) -> bytes:
    """Return the secret that the first line of a file holds.

    Raises:
        OSError: it cannot be read.
        Refusal: it is too short.

    """
    with file.open("rb") as opened:
        secret = opened.readline(_LETTERS_MAX).strip()
    if len(secret.decode(errors="replace")) < LETTERS_LEAST:
        raise Refusal(
            say(
                "The first line of {file} is no secret of {least} letters or more. Write a longer one there.",
                file=str(file),
                least=LETTERS_LEAST,
            )
        )
    return secret


def is_encrypted(file: Path) -> bool:
    """Say whether a file is one that `encrypt` wrote."""
    with file.open("rb") as opened:
        return opened.read(len(_MAGIC)) == _MAGIC


def encrypt(plain: BinaryIO, out: BinaryIO, secret: bytes) -> None:
    """Write what `plain` holds, encrypted."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    salt, begin = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_BEGIN_BYTES)
    out.write(_MAGIC + salt + begin)
    cipher = AESGCM(_key(secret, salt))
    out.writelines(
        cipher.encrypt(_nonce(begin, number, is_last=is_last), part, _MAGIC)
        for number, part, is_last in _parts(plain, _PART_BYTES)
    )


def decrypt(sealed: BinaryIO, out: BinaryIO, secret: bytes) -> None:
    """Write what `sealed`, an encrypted file, holds. What is written is of no use where this ends in a refusal.

    Raises:
        Refusal: another secret, or the file was altered or cut short.

    """
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if sealed.read(len(_MAGIC)) != _MAGIC:
        raise _wrong()
    salt, begin = sealed.read(_SALT_BYTES), sealed.read(_BEGIN_BYTES)
    cipher = AESGCM(_key(secret, salt))
    try:
        out.writelines(
            cipher.decrypt(_nonce(begin, number, is_last=is_last), part, _MAGIC)
            for number, part, is_last in _parts(sealed, _PART_BYTES + _TAG_BYTES)
        )
    except (InvalidTag, ValueError) as error:
        raise _wrong() from error


def _wrong() -> Refusal:
    return Refusal(say("It cannot be decrypted: the secret is another one, or the file was altered or cut short."))


def _key(secret: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=32, n=_COST, r=_BLOCK, p=_PARALLEL).derive(secret)


def _parts(file: BinaryIO, size: int) -> Iterator[tuple[int, bytes, bool]]:
    """Give each part with its number and whether it is the last; of an empty file, one empty part."""
    number, part = 0, file.read(size)
    while True:
        after = file.read(size) if len(part) == size else b""
        yield number, part, not after
        if not after:
            return
        number, part = number + 1, after


def _nonce(begin: bytes, number: int, *, is_last: bool) -> bytes:
    if number >= _PARTS_MAX:
        raise ValueError("a file of more than four petabytes")
    return begin + number.to_bytes(4, "big") + bytes([is_last])
