"""Cosignatures as c2sp.org/tlog-cosignature has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.checkpoint import COSIGNATURE, BadNote, Checkpoint, Signer, VerifierKey, signed
from models.cosigning import Submission, cosign, cosigned_by, cosigner_key, submission_of

# The example of the specification; its key is not told there, so only its form can be read.
EXAMPLE = """\
example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

\u2014 example.com/behind-the-sofa \
Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
"""
COUNTY, BUREAU = Signer("county", seed=bytes(32)), Signer("bureau", seed=bytes([1]) * 32)
HEAD = signed(Checkpoint("county", 3, bytes(32), 1_581_336_000_000_000), COUNTY)
KEYS = [cosigner_key(BUREAU.public)]


def test_a_cosignature_holds_for_its_head_its_key_and_its_time_only():
    line = cosign(HEAD, BUREAU, seconds=1679315147)
    other = signed(Checkpoint("county", 4, bytes(32)), COUNTY)

    assert cosigned_by(HEAD, line, KEYS).seconds == 1679315147
    with pytest.raises(BadNote, match="does not hold"):
        cosigned_by(other, line, KEYS)
    with pytest.raises(BadNote, match="signed by none"):
        cosigned_by(HEAD, line, [cosigner_key(Signer("bureau", seed=bytes([2]) * 32).public)])
    with pytest.raises(BadNote, match="signed by none"):
        cosigned_by(HEAD, f"a note of its own\n\n{line}", KEYS)


def test_the_key_of_a_witness_is_of_a_kind_of_its_own():
    """So that a ledger's signature of a head never passes for a witness's, nor the other way round."""
    key = cosigner_key(BUREAU.public)

    assert VerifierKey.of(key.text, COSIGNATURE) == key
    assert key.id != BUREAU.public.id
    with pytest.raises(BadNote, match="no Ed25519 key of a signed note"):
        VerifierKey.of(key.text)
    with pytest.raises(BadNote, match="no Ed25519 key of a witness"):
        VerifierKey.of(BUREAU.public.text, COSIGNATURE)


@given(place=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_no_changed_bit_of_the_line_passes(place, bit):
    line = cosign(HEAD, BUREAU, seconds=1679315147)
    content = bytearray(line.encode())
    content[place % len(content)] ^= 1 << bit
    changed = content.decode("utf-8", "replace")

    with pytest.raises(BadNote):
        cosigned_by(HEAD, changed, KEYS)


def test_lines_of_others_are_passed_over():
    other = Signer("other", seed=bytes([9]) * 32)
    lines = cosign(HEAD, other, seconds=1) + cosign(HEAD, BUREAU, seconds=2)

    assert cosigned_by(HEAD, lines, KEYS).seconds == 2


def test_a_request_is_read_as_it_was_written():
    for proof in ((), (bytes(32), bytes([7]) * 32)):
        asked = Submission(7 if proof else 0, proof, EXAMPLE)
        assert submission_of(asked.text()) == asked
    assert Submission(20852014, (bytes(32),), EXAMPLE).text().startswith("old 20852014\nAAAA")


@pytest.mark.parametrize(
    "text", ["", "old 1\n\n", "old 01\n\nx\n", "old -1\n\nx\n", "new 1\n\nx\n", "old 1\nAAAA\n\nx\n", "old 1\n!\n\nx\n"]
)
def test_what_is_no_request_is_refused(text):
    with pytest.raises(BadNote):
        submission_of(text)
