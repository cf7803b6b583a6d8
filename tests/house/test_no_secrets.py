"""No file that git keeps holds a key, a token, a password or where packages come from; nor does any sentence.

`python tests/house/test_no_secrets.py` looks through the whole history too.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# PeterNeumann's is the example of the format's own documentation.
_FORMS = {
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE " + "KEY-----",
    "a key of a signed note": r"PRIVATE" + r"\+KEY\+(?!PeterNeumann\+)[\w.-]+\+[0-9a-f]{8}\+[A-Za-z0-9+/=]{40,}",
    "a token of this program": r"\ballocator_[A-Za-z0-9_-]{40,}",
    "a token of a service": r"\b(gh[pousr]_\w{36}|glpat-[\w-]{20}|xox[abprs]-[\w-]{10,}|sk-[A-Za-z0-9]{32})",
    "a cloud's key": r"\b(AKIA|ASIA)[0-9A-Z]{16}\b",
    "a signed web token": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{20,}",
    "a password in an address": r"\b(?:postgresql|https?|mysql)(?:\+\w+)?://[^\s/:@{}<>\"'`]+:(?P<said>[^\s/@{}<>\"'`]+)@",
    "a registry of one's own": r"(?:index-url|registry)\s*=?\s*https?://(?!pypi\.org|registry\.npmjs\.org)\S+",
}
KINDS = {kind: re.compile(form) for kind, form in _FORMS.items()}
"""What a secret looks like."""

INVENTED = {"***", "secret", "password", "pw", "PASSWORD", "geheim", "x", "wrong", "hunter2", "p", "stolen"}
"""Passwords in addresses of tests and examples, which open nothing."""


def secrets_in(text: str) -> Iterator[str]:
    """Give what looks like a secret, by kind; never the secret itself."""
    for kind, form in KINDS.items():
        for found in form.finditer(text):
            if found.groupdict().get("said") not in INVENTED:
                yield kind


def tracked() -> list[Path]:
    """Return every file that git keeps."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is no clone")
    return [ROOT / name for name in listed.stdout.split("\0") if name]


def test_no_file_holds_a_secret():
    found = []
    for path in tracked():
        if path.is_file() and not path.is_symlink():
            text = path.read_bytes().decode("utf-8", "replace")
            found += [f"{path.relative_to(ROOT)}: {kind}" for kind in secrets_in(text)]

    assert found == []


MADE = {
    "a private key": "-----BEGIN EC PRIVATE " + "KEY-----",
    "a key of a signed note": "PRIVATE" + "+KEY+county+0123abcd+" + "A" * 44,
    "a token of this program": "allocator_" + "a1" * 21,
    "a token of a service": "ghp_" + "a" * 36,
    "a cloud's key": "AKIA" + "ABCDEFGH12345678",
    "a signed web token": "eyJhbGciOiJIUzI1" + ".eyJzdWIiOiIxMjM0." + "a" * 30,
    "a password in an address": "postgresql://ann:" + "Wt7-31xq@db/county",
    "a registry of one's own": "index-url = " + "https://pypi.internal.example/simple",
}


@pytest.mark.parametrize("kind", KINDS)
def test_control_each_kind_is_seen_where_it_stands(kind):
    assert list(secrets_in(f"some text {MADE[kind]} and more")) == [kind]


def test_control_an_invented_password_is_none():
    assert list(secrets_in("postgresql://ann:secret@localhost/county")) == []


def _history() -> Iterator[str]:
    """Give what looks like a secret in any line that was ever added."""
    log = ["git", "log", "--all", "-p", "--unified=0", "--no-color", "--format=commit %h"]
    with subprocess.Popen(log, cwd=ROOT, stdout=subprocess.PIPE) as running:
        commit = ""
        for raw in running.stdout or ():
            line = raw.decode("utf-8", "replace")
            commit = line.split()[1] if line.startswith("commit ") else commit
            if line.startswith("+"):
                yield from (f"{commit}: {kind}" for kind in secrets_in(line))


if __name__ == "__main__":
    wrong = sorted(set(_history()))
    sys.stdout.write("\n".join(wrong or ["no secret in the history"]) + "\n")
    sys.exit(1 if wrong else 0)
