"""Passwords that are tried first: common words, runs of keys, a program's own words, with figures and signs around.

Of the lists of most used passwords only what has twelve characters or more could be typed here at all, and nearly all
of that is made in these few ways. They are told by how they are made, not by a list: `is_common` takes away what is
usually put around words, and asks whether words, runs or one repeated piece are all that is left.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["OWN_WORDS", "is_common"]

OWN_WORDS = (
    *("allocator", "supplies", "supply", "county", "township", "village", "depot", "warehouse", "store", "stock"),
    *("mask", "masks", "epidemic", "covid", "virus", "hospital", "clinic", "checkpoint", "logistics", "reporter"),
    *("auditor", "approver", "procurement", "administrator", "ledger", "kucun", "wuzi", "cangku", "fangyi", "kouzhao"),
)
"""Words of this program and of what it is for: what somebody who knows where a password is for tries first."""

_WORDS = (
    *(
        "password",
        "passwort",
        "passw",
        "pass",
        "word",
        "admin",
        "root",
        "user",
        "login",
        "welcome",
        "letmein",
        "secret",
    ),
    *("changeme", "default", "guest", "test", "temp", "master", "access", "system", "server", "computer", "internet"),
    *("iloveyou", "love", "you", "forever", "princess", "sunshine", "football", "baseball", "basketball", "superman"),
    *("batman", "dragon", "monkey", "shadow", "michael", "jordan", "jennifer", "charlie", "trustno", "starwars"),
    *("pokemon", "naruto", "freedom", "whatever", "hello", "world", "summer", "winter", "spring", "autumn", "monday"),
    *("january", "february", "october", "december", "china", "beijing", "wuhan", "hubei", "zhongguo", "nihao"),
    *("woaini", "woaiwojia", "wodemima", "mima", "aini", "woshi", "baobei", "dearbook", "china", "huawei", "taobao"),
)
_RUNS = (
    *("qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "01234567890"),
    *("qazwsxedcrfvtgbyhnujmikolp", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p"),
    *("147258369", "159357", "5201314", "1314520"),
)
_RUN_LEAST = 3
_AS_LETTERS = str.maketrans("@4301!$57", "aaeoiisst")


def is_common(password: str) -> bool:
    """Say whether a password is words that are tried first, runs of keys or one repeated piece, with figures around.

    >>> is_common("Password2020!"), is_common("qwertyuiop[]"), is_common("abc123abc123"), is_common("P@ssw0rd1234")
    (True, True, True, True)
    >>> is_common("a lorry of gloves at dawn"), is_common("correct horse battery staple")
    (False, False)
    """
    text = password.lower()
    if re.fullmatch(r"(.{1,6})\1+", text):
        return True
    # Signs are put in the place of letters within a word, and after it together with figures.
    spelt = re.sub(r"[\W\d_]+$", "", text).translate(_AS_LETTERS)
    return any(_is_made_of_parts(re.sub(r"[\W_]+", "", each)) for each in (text, spelt))


def _is_made_of_parts(text: str) -> bool:
    """Say whether words, runs and figures leave nothing of a text, and words or runs are most of it."""
    if not text or not text.isascii():
        return False
    left = _parts().sub("", text)
    figures = re.sub(r"[0-9]", "", left)
    return not figures and len(left) <= max(4, len(text) // 2 + 2)


@cache
def _parts() -> re.Pattern[str]:
    runs = {
        whole[start:end]
        for run in _RUNS
        for whole in (run, run[::-1])
        for start in range(len(whole))
        for end in range(start + _RUN_LEAST, len(whole) + 1)
    }
    every = sorted({*_WORDS, *OWN_WORDS, *runs}, key=len, reverse=True)
    return re.compile("|".join(map(re.escape, every)))
