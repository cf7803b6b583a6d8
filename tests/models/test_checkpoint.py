"""Signed heads: the published example, what is refused, and the key's file."""

from __future__ import annotations

import stat
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checkpoint import BadNote, Checkpoint, Signer, VerifierKey, key_name, signed, verified
from models.entry import Refusal
from models.merkle import EMPTY_ROOT
from models.signing_key import key_of

# The example of signed notes: its key and text are public, and made for being tried.
NEUMANN = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
NEUMANN_SECRET = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"  # noqa: S105
TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
LINE = (
    "\u2014 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
HEAD = Checkpoint("county", 300, EMPTY_ROOT)
SIGNER = Signer("county", seed=bytes(32))
NOTE = signed(HEAD, SIGNER)


def test_the_published_example_is_signed_and_read_byte_for_byte():
    signer = Signer.of(NEUMANN_SECRET)

    assert signer.sign(TEXT) == LINE
    assert (signer.public.text, signer.secret_text()) == (NEUMANN, NEUMANN_SECRET)
    assert VerifierKey.of(NEUMANN) == signer.public
    # It is a note, and no checkpoint.
    with pytest.raises(BadNote, match="no checkpoint"):
        verified(f"{TEXT}\n{LINE}", [signer.public])


def test_a_head_is_signed_and_read_back():
    assert NOTE.startswith("county\n300\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n\n\u2014 county ")
    assert verified(NOTE, [Signer("other").public, SIGNER.public]) == (HEAD, SIGNER.public)


def test_lines_of_witnesses_are_passed_over():
    assert verified(NOTE + Signer("witness").sign(HEAD.text()), [SIGNER.public])[0] == HEAD


@given(st.integers(0, len(NOTE) - 1), st.sampled_from("Ax1+/= \n\u2014"))
def test_no_character_of_a_head_can_be_another(place, character):
    changed = NOTE[:place] + character + NOTE[place + 1 :]

    if changed != NOTE:
        with pytest.raises(BadNote):
            verified(changed, [SIGNER.public])


@given(st.integers(0, len(NOTE) - 1))
def test_no_character_of_a_head_can_be_missing(place):
    with pytest.raises(BadNote):
        verified(NOTE[:place] + NOTE[place + 1 :], [SIGNER.public])


@pytest.mark.parametrize("text", ["", "county", "county+00000000+AQ==", NEUMANN.replace("c74f", "c74e"), NEUMANN[:-4]])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(BadNote):
        VerifierKey.of(text)
    with pytest.raises(BadNote):
        Signer.of("PRIVATE+KEY+" + text)


def test_a_name_that_notes_cannot_carry_is_made_one_that_they_can():
    with pytest.raises(BadNote, match="cannot be the name"):
        Signer("County stock")
    assert Signer(key_name("County  stock + reserve")).public.name == "County_stock_reserve"


def test_the_key_is_made_once_and_only_its_owner_may_read_it(tmp_path):
    path = tmp_path / "keys" / "county.key"
    made = key_of(path, name="county")

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert key_of(path, name="county").public == made.public
    assert [each.name for each in path.parent.iterdir()] == ["county.key"]


def test_two_that_make_the_key_at_once_get_the_same(tmp_path):
    found = []
    begin = threading.Barrier(8)

    def make() -> None:
        begin.wait()
        found.append(key_of(tmp_path / "key", name="county").public)

    threads = [threading.Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


def test_a_key_that_others_may_read_is_refused_with_the_remedy(tmp_path):
    path = tmp_path / "key"
    key_of(path, name="county")
    path.chmod(0o640)

    with pytest.raises(Refusal, match=r"Others may read the signing key .* chmod 600"):
        key_of(path, name="county")


def test_a_file_that_holds_no_key_is_refused_and_kept_and_not_shown(tmp_path):
    path = tmp_path / "key"
    path.write_text("PRIVATE+KEY+county+00000000+secret")
    path.chmod(0o600)

    with pytest.raises(Refusal, match="holds no signing key") as refused:
        key_of(path, name="county")
    assert "00000000" not in str(refused.value)
    assert path.read_text() == "PRIVATE+KEY+county+00000000+secret"


def test_a_key_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "file").write_text("")

    with pytest.raises(Refusal, match="cannot be read or made"):
        key_of(tmp_path / "file" / "key", name="county")


def test_a_link_in_the_place_of_the_key_is_refused(tmp_path):
    key_of(tmp_path / "key", name="county")
    (tmp_path / "link").symlink_to(tmp_path / "key")

    with pytest.raises(Refusal, match="cannot be read or made"):
        key_of(tmp_path / "link", name="county")


def test_a_signer_does_not_show_its_key():
    assert SIGNER.secret_text() not in f"{SIGNER!r} {vars(SIGNER)}"
