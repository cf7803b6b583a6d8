"""Which backups of a folder are kept, and that nothing else in it is touched."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data.kept_backups import KeptBackup, going, keep_of, listed, noted, take_away
from models.days import micros
from models.entry import Refusal

ZONE = ZoneInfo("Asia/Shanghai")
START = dt.datetime(2020, 1, 1, 18, 30, tzinfo=dt.UTC)  # half past two in the morning of the 2nd there


def taken(day: float, *, holds: bool = True) -> KeptBackup:
    at = micros(START + dt.timedelta(days=day))
    return KeptBackup(file=f"b{day}", ledger="county 1", taken_at=at, sha256="", holds=holds)


def nightly(nights: int, keep: str) -> list[float]:
    """Return which are left after as many nights, each of which wrote one and took away what was not to be kept."""
    left: list[KeptBackup] = []
    for night in range(nights):
        left.append(taken(night))
        gone = going(left, keep_of(keep), ZONE)
        left = [each for each in left if each not in gone]
    return [float(each.file[1:]) for each in left]


def test_after_a_year_of_nights_there_are_the_last_days_weeks_and_months():
    """The nights end on Saturday 5 December 2020; Sundays and last days of months stay before it."""
    left = nightly(339, "7 daily, 4 weekly, 3 monthly")
    days = [(START.astimezone(ZONE) + dt.timedelta(days=each)).date().isoformat() for each in left]

    assert days == [
        *("2020-10-31", "2020-11-15", "2020-11-22", "2020-11-29", "2020-11-30"),
        *("2020-12-01", "2020-12-02", "2020-12-03", "2020-12-04", "2020-12-05"),
    ]


def test_days_are_the_ledgers_own():
    """A backup at 18:30 in London is of the next day in Shanghai, as is one four hours later."""
    evening, night, earlier = taken(1), taken(1 + 4 / 24), taken(1 - 4 / 24)

    assert going([earlier, evening, night], {"daily": 1}, ZONE) == [earlier, evening]
    assert going([earlier, evening, night], {"daily": 2}, ZONE) == [evening]


drawn = st.lists(
    st.tuples(st.integers(0, 2000).map(lambda quarter: quarter / 4), st.booleans()),
    unique_by=lambda row: row[0],
    max_size=40,
)
rules = st.dictionaries(
    st.sampled_from(["daily", "weekly", "monthly", "yearly"]), st.integers(1, 9), min_size=1, max_size=4
)


@settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])
@given(drawn, rules)
def test_the_newest_that_held_stays_and_what_did_not_hold_is_never_judged(rows, keep):
    backups = [taken(day, holds=holds) for day, holds in rows]
    gone = going(backups, keep, ZONE)
    held = [each for each in backups if each.holds]

    assert all(each.holds for each in gone)
    assert len(held) - len(gone) <= sum(keep.values())
    if held:
        assert max(held, key=lambda each: each.taken_at) not in gone
    # Once more takes nothing away: what stays does not hang on what went.
    assert going([each for each in backups if each not in gone], keep, ZONE) == []


@pytest.mark.parametrize(
    "text", ["", "7", "daily", "7 daily, 3 daily", "0 daily", "7 daily; 4 weekly", "7 hourly", "-1 daily"]
)
def test_what_says_no_rule_is_refused_with_an_example(text):
    with pytest.raises(Refusal, match=r'such as "7 daily, 4 weekly, 12 monthly"'):
        keep_of(text)


ELSEWHERE = KeptBackup(file="../a", ledger="county 1", taken_at=1, sha256="", holds=True)


def written(folder: Path, name: str, content: bytes) -> KeptBackup:
    (folder / name).write_bytes(content)
    sum_ = hashlib.sha256(content).hexdigest()
    return KeptBackup(file=name, ledger="county 1", taken_at=1, sha256=sum_, holds=True)


def test_only_what_is_still_what_was_written_is_taken_away(tmp_path):
    same, changed, linked = (written(tmp_path, name, b"backup") for name in ("same", "changed", "linked"))
    (tmp_path / "changed").write_bytes(b"a letter")
    (tmp_path / "linked").unlink()
    (tmp_path / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere").write_bytes(b"backup")
    gone, stays = take_away(tmp_path, [same, changed, linked])

    assert (gone, stays) == (["same"], ["changed", "linked"])
    assert sorted(each.name for each in tmp_path.iterdir()) == ["changed", "elsewhere", "linked"]


@pytest.mark.parametrize(
    "content",
    [
        "no list",
        "{}",
        '{"schema": "allocator.backups/2", "backups": []}',
        '{"schema": "allocator.backups/1", "backups": [{"file": "a"}]}',
        json.dumps({"schema": "allocator.backups/1", "backups": [dataclasses.asdict(ELSEWHERE)]}),
    ],
)
def test_a_list_that_is_none_or_names_something_elsewhere_is_refused(tmp_path, content):
    (tmp_path / "backups.json").write_text(content, encoding="utf-8")

    with pytest.raises(Refusal, match=r"is no list of backups, so nothing is taken away"):
        listed(tmp_path)


def test_what_is_noted_is_listed(tmp_path):
    some = [taken(1), taken(2, holds=False)]
    noted(tmp_path, some)
    noted(tmp_path, some)

    assert listed(tmp_path) == some
    assert [each.name for each in tmp_path.iterdir()] == ["backups.json"]
