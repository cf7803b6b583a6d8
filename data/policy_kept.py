"""The policy of a ledger: a file checked before it is put in force, and two versions compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from allocator.need_rules import NeedRules
from allocator.policy import Policy
from data import problem_kinds as kinds
from data.case_checks import check_shelf_kinds
from data.case_csv import read_text
from data.columns import LADDER
from data.import_kinds import POLICY_DATE_UNUSED
from data.nearest import nearest_code
from data.need_rules import need_rules_from, report_unknown_items, said_of_needs
from data.policy_file import POLICY_BYTES_MAX, read_policy_toml
from data.policy_places import PolicyPlaces
from data.policy_values import policy_from
from data.policy_writing import ladder_rows, policy_rows, policy_toml
from data.problems import CaseUnreadable, Place, ProblemList
from models.sound_toml import loads

__all__ = [
    "KeptRules",
    "certificate_due",
    "differences",
    "kept_policy",
    "policy_to_keep",
    "read_policy_to_keep",
    "rules_of",
]

_NO_DAY = dt.date(1, 1, 1)


@dataclass(frozen=True)
class KeptRules:
    """All that a policy in the ledger says: how to ration, and what it says about needs."""

    policy: Policy
    needs: NeedRules


@lru_cache(8)
def certificate_due(text: str | None) -> bool:
    """Say whether, by a policy's text, what comes without a quality certificate waits in quarantine."""
    return text is not None and kept_policy(text).policy.uncertified == "quarantine"


def read_policy_to_keep(path: Path, items: Collection[str], problems: ProblemList) -> str | None:
    """Return the text of a policy.toml that may be put in force; None after a problem.

    `items`: as in `policy_to_keep`.
    """
    values, places = read_policy_toml(path, problems)
    return None if values is None else policy_to_keep(values, places, path, items, problems)


def policy_to_keep(
    values: Mapping[str, Any], places: PolicyPlaces, file: Path | None, items: Collection[str], problems: ProblemList
) -> str | None:
    """Return the text of a policy that may be put in force; None after a problem.

    `file`: the policy.toml it was read from, whose text is kept; None for a workbook's sheets. `items`:
    the codes the ledger knows; a reserve may only name one of them, where it knows any. A date in the
    policy gives way to the day of each allocation, which is said.
    """
    if "date" in values:
        problems.notice(POLICY_DATE_UNUSED, places.of("date"))
    read = policy_from({**values, "date": _NO_DAY}, places, problems)
    rules = need_rules_from(values, None if read is None else read[0].tier_names, places, problems)
    if read is None or rules is None:
        return None
    policy, unsaid = read
    report_unknown_items(rules, items, places, problems)
    check_shelf_kinds(policy, (), places, problems)
    unknown = sorted(set(policy.reserve) - set(items)) if items else []
    for item in unknown:
        near = nearest_code(item, sorted(items)) or ""
        problems.add(kinds.POLICY_ITEM_UNKNOWN, places.of(f"reserve.{item}"), found=item, near=near)
    if problems:
        return None
    if file is None:
        return _text_of(policy, rules, unsaid)
    text = read_text(file, ProblemList(), bytes_max=POLICY_BYTES_MAX)
    return None if text is None else text.decode()


def _text_of(policy: Policy, rules: NeedRules, unsaid: list[set[str]]) -> str:
    """Return a sheet's policy as policy.toml, without a date and without what its rungs do not say."""
    # Of the rules on needs a sheet can say these two; the others are tables.
    lines = [f'posture = "{rules.posture}"', f"need_sources = {list(rules.sources)}"] if rules != NeedRules() else []
    rung = -1
    for line in policy_toml(policy).splitlines():
        rung += line == "[[ladder]]"
        key = line.partition(" = ")[0]
        if key != "date" and not (rung >= 0 and key in unsaid[rung]):
            lines.append(line)
    return "\n".join(lines) + "\n"


def kept_policy(toml: str) -> KeptRules:
    """Return what a text in the ledger says as a policy of no day; it was read and found sound before."""
    problems, places = ProblemList(), PolicyPlaces(Place(file="policy"))
    values = loads(toml)
    read = policy_from({**values, "date": _NO_DAY}, places, problems)
    rules = need_rules_from(values, None, places, problems)
    if read is None or rules is None:
        raise CaseUnreadable(problems.problems)
    return KeptRules(read[0], rules)


def differences(before: KeptRules, after: KeptRules) -> list[tuple[str, str, str]]:
    r"""Return what two policies say differently: (rule, before, after), "" where one says nothing.

    >>> before = kept_policy('[[ladder]]\ntiers = ["a"]\ncover_days = 1')
    >>> after = kept_policy('stale_days = 5\n[[ladder]]\ntiers = ["a", "b"]\ncover_days = 1')
    >>> differences(before, after)
    [('stale_days', '3', '5'), ('ladder 1: tiers', 'a', 'a, b')]
    """
    one, other = dict(rules_of(before)), dict(rules_of(after))
    rules = list(dict.fromkeys([*one, *other]))
    return [
        (rule, one.get(rule, ""), other.get(rule, "")) for rule in rules if one.get(rule, "") != other.get(rule, "")
    ]


def rules_of(kept: KeptRules) -> list[tuple[str, str]]:
    """Return each rule of a policy with what it says."""
    rules = [(key, value) for key, value in policy_rows(kept.policy) if key != "date"]
    for number, rung in enumerate(ladder_rows(kept.policy), start=1):
        rules += [(f"ladder {number}: {column.name}", cell) for column, cell in zip(LADDER.columns, rung, strict=True)]
    return rules + said_of_needs(kept.needs)
