"""Ed25519 (RFC 8032, section 5.1), verification only, in plain Python.

A signature takes some milliseconds. It is here for the checker that goes with an export, which may use
nothing but the standard library.
"""

from __future__ import annotations

import hashlib

__all__ = ["signature_holds"]

# Points are (X, Y, Z, T) with x = X/Z, y = Y/Z and xy = T/Z.
_P = 2**255 - 19
_ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, _P - 2, _P) % _P
_ROOT_OF_MINUS_1 = pow(2, (_P - 1) // 4, _P)
_NEUTRAL = (0, 1, 1, 0)
_KEY_BYTES, _SIGNATURE_BYTES = 32, 64


def signature_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Say whether a signature of 64 bytes over a message is by a public key of 32 bytes."""
    if len(public) != _KEY_BYTES or len(signature) != _SIGNATURE_BYTES:
        return False
    key, nonce = _point_of(public), _point_of(signature[:_KEY_BYTES])
    scalar = int.from_bytes(signature[_KEY_BYTES:], "little")
    if key is None or nonce is None or scalar >= _ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:_KEY_BYTES] + public + message).digest(), "little") % _ORDER
    # scalar·B - challenge·A must be the nonce's point.
    total = _sum_of_products(scalar, _BASE, challenge, (_P - key[0], key[1], 1, _P - key[3]))
    same_x = (total[0] * nonce[2] - nonce[0] * total[2]) % _P == 0
    return same_x and (total[1] * nonce[2] - nonce[1] * total[2]) % _P == 0


def _sum_of_products(
    one: int, a: tuple[int, int, int, int], two: int, b: tuple[int, int, int, int]
) -> tuple[int, int, int, int]:
    """Return one·a + two·b: both products are built up together, bit by bit."""
    steps = {(0, 0): _NEUTRAL, (1, 0): a, (0, 1): b, (1, 1): _add(a, b)}
    total = _NEUTRAL
    for bit in range(max(one.bit_length(), two.bit_length()) - 1, -1, -1):
        total = _add(_add(total, total), steps[one >> bit & 1, two >> bit & 1])
    return total


def _add(a: tuple[int, int, int, int], b: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    one, two = (a[1] - a[0]) * (b[1] - b[0]) % _P, (a[1] + a[0]) * (b[1] + b[0]) % _P
    three, four = 2 * a[3] * b[3] * _D % _P, 2 * a[2] * b[2] % _P
    e, f, g, h = two - one, four - three, four + three, two + one
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _point_of(text: bytes) -> tuple[int, int, int, int] | None:
    """Return the point that 32 bytes stand for, None where they stand for none."""
    number = int.from_bytes(text, "little")
    sign, y = number >> 255, number & (2**255 - 1)
    if y >= _P:
        return None
    square = (y * y - 1) * pow(_D * y * y + 1, _P - 2, _P) % _P
    x = pow(square, (_P + 3) // 8, _P)
    if (x * x - square) % _P:
        x = x * _ROOT_OF_MINUS_1 % _P
    if (x * x - square) % _P or (x == 0 and sign):
        return None
    x = _P - x if x & 1 != sign else x
    return x, y, 1, x * y % _P


_BASE = _point_of((4 * pow(5, _P - 2, _P) % _P).to_bytes(_KEY_BYTES, "little")) or _NEUTRAL
