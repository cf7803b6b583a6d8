"""A file under a secret: it comes back as it was, or not at all."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data import encrypted_file
from data.encrypted_file import decrypt, encrypt, is_encrypted, secret_in
from models.entry import Refusal

SECRET = b"a secret of a county"


@pytest.fixture(autouse=True, scope="module")
def _small_and_quick():
    """Parts of 64 bytes, and a key that is made at once: the way is the same, and many files fit into a second."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encrypted_file, "_PART_BYTES", 64)
        patch.setattr(encrypted_file, "_COST", 2)
        yield


def encrypted(content: bytes) -> bytes:
    out = io.BytesIO()
    encrypt(io.BytesIO(content), out, SECRET)
    return out.getvalue()


def decrypted(content: bytes, secret: bytes = SECRET) -> bytes:
    out = io.BytesIO()
    decrypt(io.BytesIO(content), out, secret)
    return out.getvalue()


@given(content=st.binary(max_size=300))
def test_what_was_encrypted_comes_back(content):
    assert decrypted(encrypted(content)) == content


@pytest.mark.parametrize("length", [0, 63, 64, 65, 128, 129])
def test_parts_that_are_just_full_come_back_and_cannot_be_cut_off(length):
    content = bytes(range(256))[:length]
    sealed = encrypted(content)

    assert decrypted(sealed) == content
    for cut in range(len(sealed)):
        with pytest.raises(Refusal):
            decrypted(sealed[:cut])


@settings(max_examples=300)
@given(content=st.binary(min_size=1, max_size=200), data=st.data())
def test_no_byte_can_be_changed_unseen(content, data):
    sealed = bytearray(encrypted(content))
    place = data.draw(st.integers(0, len(sealed) - 1))
    sealed[place] ^= data.draw(st.integers(1, 255))

    with pytest.raises(Refusal, match="cannot be decrypted"):
        decrypted(bytes(sealed))


def test_parts_cannot_change_places_nor_a_byte_follow():
    sealed, part = encrypted(bytes(192)), 64 + 16
    begin = len(sealed) - 3 * part
    first, second, third = (sealed[begin + n * part : begin + (n + 1) * part] for n in range(3))

    for other in (second + first + third, first + third, first + second + third + b"x", first + second + second):
        with pytest.raises(Refusal):
            decrypted(sealed[:begin] + other)


def test_another_secret_opens_nothing():
    with pytest.raises(Refusal, match="the secret is another one"):
        decrypted(encrypted(b"masks"), b"a secret of a bureau")


def test_the_same_content_is_never_encrypted_alike():
    assert encrypted(b"masks") != encrypted(b"masks")
    assert b"masks" not in encrypted(b"masks" * 40)


def test_a_secret_is_the_first_line_of_a_file_and_long_enough(tmp_path):
    file = tmp_path / "secret"
    file.write_bytes("密码要足够长才行不然不安全\nsecond line".encode())
    assert secret_in(file) == "密码要足够长才行不然不安全".encode()

    file.write_bytes(b"short\n")
    with pytest.raises(Refusal, match="12 letters or more"):
        secret_in(file)
    assert not is_encrypted(file)
