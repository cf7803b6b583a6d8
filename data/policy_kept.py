"""The policy of a ledger: a file checked before it is put in force, and two versions compared."""

from __future__ import annotations

import datetime as dt
import tomllib
from collections.abc import Collection, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.policy import Policy
from data import problem_kinds as kinds
from data.case_csv import read_text
from data.columns import LADDER
from data.import_kinds import POLICY_DATE_UNUSED
from data.nearest import nearest_code
from data.policy_file import POLICY_BYTES_MAX, read_policy_toml
from data.policy_places import PolicyPlaces
from data.policy_values import policy_from
from data.policy_writing import ladder_rows, policy_rows
from data.problems import CaseUnreadable, Place, ProblemList

__all__ = ["differences", "kept_policy", "read_policy_to_keep"]

_NO_DAY = dt.date(1, 1, 1)


def read_policy_to_keep(path: Path, items: Collection[str], problems: ProblemList) -> str | None:
    """Return the text of a policy.toml that may be put in force; None after a problem.

    `items`: the codes the ledger knows; a reserve may only name one of them, where it knows any. A
    date in the file gives way to the day of each allocation, which is said.
    """
    values, places = read_policy_toml(path, problems)
    if values is None:
        return None
    if "date" in values:
        problems.notice(POLICY_DATE_UNUSED, places.of("date"))
    read = _policy_from(values, places, problems)
    if read is None:
        return None
    unknown = sorted(set(read.reserve) - set(items)) if items else []
    for item in unknown:
        near = nearest_code(item, sorted(items)) or ""
        problems.add(kinds.POLICY_ITEM_UNKNOWN, places.of(f"reserve.{item}"), found=item, near=near)
    text = read_text(path, ProblemList(), bytes_max=POLICY_BYTES_MAX)
    return None if unknown or text is None else text.decode()


def kept_policy(toml: str) -> Policy:
    """Return the policy, of no day, that a text in the ledger says, which was read and found sound before."""
    problems = ProblemList()
    read = _policy_from(tomllib.loads(toml, parse_float=Decimal), PolicyPlaces(Place(file="policy")), problems)
    if read is None:
        raise CaseUnreadable(problems.problems)
    return read


def _policy_from(values: Mapping[str, Any], places: PolicyPlaces, problems: ProblemList) -> Policy | None:
    read = policy_from({**values, "date": _NO_DAY}, places, problems)
    return None if read is None else read[0]


def differences(before: Policy, after: Policy) -> list[tuple[str, str, str]]:
    r"""Return what two policies say differently: (rule, before, after), "" where one says nothing.

    >>> before = kept_policy('[[ladder]]\ntiers = ["a"]\ncover_days = 1')
    >>> after = kept_policy('stale_days = 5\n[[ladder]]\ntiers = ["a", "b"]\ncover_days = 1')
    >>> differences(before, after)
    [('stale_days', '3', '5'), ('ladder 1: tiers', 'a', 'a, b')]
    """
    one, other = dict(_said(before)), dict(_said(after))
    rules = list(dict.fromkeys([*one, *other]))
    return [
        (rule, one.get(rule, ""), other.get(rule, "")) for rule in rules if one.get(rule, "") != other.get(rule, "")
    ]


def _said(policy: Policy) -> list[tuple[str, str]]:
    rules = [(key, value) for key, value in policy_rows(policy) if key != "date"]
    for number, rung in enumerate(ladder_rows(policy), start=1):
        rules += [(f"ladder {number}: {column.name}", cell) for column, cell in zip(LADDER.columns, rung, strict=True)]
    return rules
