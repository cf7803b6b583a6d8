"""Rules of a policy that speak of needs: what they are called, and what they mean. docs/need.md tells of them."""

from __future__ import annotations

from allocator.sentence import Sentence, say

__all__ = ["NEED_KEYS"]

NEED_KEYS: dict[str, tuple[str, Sentence]] = {
    "posture": ("态势", say("by which coefficients needs are worked out: standard, contingency or crisis")),
    "need_sources": ("需求来源", say("whom to believe first: report, activity, standard; one left out is not used")),
    "standards": ("标准用量", say("units a day that one site of a kind needs, where nothing else says it")),
    "tier_rules": ("升级规则", say("local facts that raise the tier of sites")),
    "coefficients": ("用量系数", say("coefficients decided for here, each with its reason")),
}
"""Keys of policy.toml; the allocation itself does not read them."""
