"""Whether what the rules say is so: findings held against what was planted.

The judge knows a finding only by what it names: its rule, sites, items, persons, documents, days and subject.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from benchmarks.wrongdoing_truth import Wrong
from benchmarks.wrongdoing_world import FIRST_DAY

__all__ = ["SUITS", "Judged", "Said", "describes", "judge"]

SUITS: dict[str, tuple[str, ...]] = {
    "skimming": ("shrinkage", "count_variance"),
    "theft": ("count_variance", "shrinkage"),
    "counts-copied": ("count_variance", "shrinkage"),
    "diversion": ("use_far",),
    "pasted": ("copied_reports",),
    "rounded": ("round_numbers",),
    "back-dated": ("typed_afterwards",),
    "needs-inflated": ("needs_jump",),
    "thermometers": ("never_used",),
    "left-to-expire": ("expired_beside_short",),
    "ghost-receipts": ("receipt_without_source",),
    "donations-kept": ("donation_not_distributed",),
    "split-transfers": ("split_transfers",),
    "approving-pair": ("approval_pair",),
    "night-postings": ("night_postings",),
    "openings-broken": ("broken_opening",),
    "number-gaps": ("number_gaps",),
    "invented-amounts": ("benford",),
}
"""The rules that may find each kind."""

ALSO_TRUE: dict[str, tuple[str, ...]] = {
    # What was invented does not agree with what is counted, and tens of a thing used in units repeat themselves.
    "pasted": ("count_variance", "shrinkage"),
    "rounded": ("count_variance", "shrinkage", "copied_reports"),
}
"""Further rules whose findings are true of a kind: they describe its traces without naming the wrong itself."""

_BEFORE_DAYS, _AFTER_DAYS, _COUNTED_AFTER_DAYS = 3, 10, 40
_COUNTED = ("count_variance", "shrinkage")
"""Rules that see what happened only at the next count, which is up to four weeks away, and more where one is missed."""


class Said(Protocol):
    """What the judge reads of a finding."""

    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> Any: ...  # noqa: D102
    @property
    def sites(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def items(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def persons(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def documents(self) -> Sequence[int]: ...  # noqa: D102
    @property
    def first_day(self) -> dt.date: ...  # noqa: D102
    @property
    def last_day(self) -> dt.date: ...  # noqa: D102


@dataclass
class Judged:
    """One half year. `true`: the wrongs that each finding describes, none where it is false; `found`: those found."""

    wrongs: list[Wrong]
    findings: list[Said]
    true: list[list[int]] = field(default_factory=list)
    found: set[int] = field(default_factory=set)

    @property
    def false(self) -> list[Said]:
        """Findings of what was not planted."""
        return [finding for finding, own in zip(self.findings, self.true, strict=True) if not own]

    @property
    def missed(self) -> list[Wrong]:
        """Wrongs that no finding of a suitable rule names."""
        return [wrong for n, wrong in enumerate(self.wrongs) if n not in self.found]

    @property
    def distinct(self) -> int:
        """True findings, those of one rule about one wrong counted once."""
        return len({(finding.rule, own[0]) for finding, own in zip(self.findings, self.true, strict=True) if own})

    def by_rule(self) -> dict[str, tuple[int, int]]:
        """Return how many findings each rule has, and how many are true."""
        all_, true = Counter(each.rule for each in self.findings), Counter[str]()
        true.update(each.rule for each, own in zip(self.findings, self.true, strict=True) if own)
        return {rule: (count, true[rule]) for rule, count in sorted(all_.items())}


def judge(wrongs: Sequence[Wrong], findings: Sequence[Said]) -> Judged:
    """Hold findings against what was planted."""
    judged = Judged(list(wrongs), list(findings))
    for finding in findings:
        own = []
        for n, wrong in enumerate(wrongs):
            suits = finding.rule in SUITS[wrong.kind]
            if (suits or finding.rule in ALSO_TRUE.get(wrong.kind, ())) and describes(finding, wrong):
                own.append(n)
                if suits:
                    judged.found.add(n)
        judged.true.append(own)
    return judged


def describes(finding: Said, wrong: Wrong) -> bool:
    """Say whether a finding of a rule that may describe a kind names this wrong: its days, its things, its doer.

    Its days overlap, some days of grace allowed, for traces show later. Where both name items, one is in both. At
    least half of the sites that it names are the wrong's, or half of its documents, or it names those who did it.
    """
    return _in_its_days(finding, wrong) and _of_its_items(finding, wrong) and _named(finding, wrong)


def _in_its_days(finding: Said, wrong: Wrong) -> bool:
    first = FIRST_DAY + dt.timedelta(days=wrong.first_day - _BEFORE_DAYS)
    after_days = _COUNTED_AFTER_DAYS if finding.rule in _COUNTED else _AFTER_DAYS
    last = FIRST_DAY + dt.timedelta(days=wrong.last_day + after_days)
    return finding.first_day <= last and finding.last_day >= first


def _of_its_items(finding: Said, wrong: Wrong) -> bool:
    return not (wrong.items and finding.items) or bool(set(wrong.items) & set(finding.items))


def _named(finding: Said, wrong: Wrong) -> bool:
    if wrong.kind == "approving-pair":
        return set(wrong.persons) <= set(finding.persons) and len(finding.persons) <= 3
    if wrong.kind == "number-gaps":
        return f"{wrong.sites[0]}{wrong.more['book']}" in f"{finding.subject}"
    if wrong.documents and finding.documents:
        return _mostly(finding.documents, wrong.documents)
    if wrong.partners:
        return any(partner in f"{finding.subject}" for partner in wrong.partners)
    if finding.sites:
        return _mostly(finding.sites, wrong.sites) and wrong.more.get("site", finding.sites[0]) in finding.sites
    return bool(finding.persons) and _mostly(finding.persons, wrong.persons)


def _mostly(named: Sequence[Any], planted: Sequence[Any]) -> bool:
    return 2 * sum(each in planted for each in named) >= len(named) > 0
