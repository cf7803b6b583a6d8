"""What does not add up: every rule with what it compares, the honest causes it knows, and its limits.

>>> from allocator.finding_columns import Books
>>> findings_in(Books(first_day=737465, last_day=737650))
()
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

from allocator.finding import Finding, Rule
from allocator.finding_columns import Books
from allocator.finding_limits import limits_with
from allocator.findings_copies import copied_reports
from allocator.findings_counts import count_variance, shrinkage
from allocator.findings_hands import approval_pair, night_postings, split_transfers
from allocator.findings_needs import expired_beside_short, needs_jump
from allocator.findings_openings import broken_opening, number_gaps
from allocator.findings_receipts import donation_not_distributed, receipt_without_source
from allocator.findings_reports import benford, round_numbers, typed_afterwards
from allocator.findings_use import never_used, use_far
from allocator.sentence import say

__all__ = ["RULES", "findings_in"]

_RULES = (
    Rule(
        name="count_variance",
        says=say("counts far from the books"),
        compares=say("each count's difference with how far counts of the same item usually are off"),
        innocent=(
            say("Lots or a second store-room were not counted."),
            say("A receipt or an issue was on paper and not entered yet."),
            say("It was counted in packs and entered as pieces, or the other way round."),
        ),
        limits=(
            *("variance_scatters", "variance_share", "variance_units", "variance_packs"),
            *("variance_items", "variance_some_scatters", "variance_back_share"),
        ),
        find=count_variance,
    ),
    Rule(
        name="shrinkage",
        says=say("stock that keeps going missing where one person keeps it"),
        compares=say("how often counts fall short, and the share that is lost, with other keepers"),
        innocent=(
            say("Use is handed out and not written down, as in a busy ward."),
            say("The store is open to others than its keeper."),
            say("Packs hold less than they say."),
        ),
        limits=("shrinkage_scores", "shrinkage_rate_floor", "peers_least", "doubt"),
        find=shrinkage,
    ),
    Rule(
        name="use_far",
        says=say("use far above need and peers"),
        compares=say(
            "a site's weekly use with its own quiet weeks, its activity, and sites of its kind in the same weeks"
        ),
        innocent=(
            say("A cluster, a camp or a ward that nobody entered as a need."),
            say("The site serves others, who draw from it."),
            say("Several months of use were written down in one."),
        ),
        limits=("use_scores", "use_times", "use_weeks", "use_scatter_floor", "peers_least"),
        find=use_far,
    ),
    Rule(
        name="round_numbers",
        says=say("quantities that are nearly all round"),
        compares=say("how many quantities ten divides with the same share elsewhere, item by item"),
        innocent=(
            say("The site hands out whole packs or bundles of ten."),
            say("What is poured or weighed is told in round measures."),
        ),
        limits=("round_units", "round_least", "round_share", "doubt"),
        find=round_numbers,
    ),
    Rule(
        name="copied_reports",
        says=say("reports that repeat themselves or another site's"),
        compares=say("reports of use that agree in every item with how often they would by chance"),
        innocent=(
            say("A fixed crew uses a fixed set every day."),
            say("One store serves two posts, and its figures were entered for both."),
        ),
        limits=("copied_items", "copies_least", "copied_doubt", "doubt"),
        find=copied_reports,
    ),
    Rule(
        name="typed_afterwards",
        says=say("many days typed at once, long after they happened"),
        compares=say("the days recorded in one sitting with what others catch up at once"),
        innocent=(
            say("The line or the power was down, and it was kept on paper until then."),
            say("A clerk was ill, and another caught up from paper."),
        ),
        limits=("sitting_minutes", "sitting_days", "sitting_times", "sitting_late_days"),
        find=typed_afterwards,
    ),
    Rule(
        name="needs_jump",
        says=say("needs that rise before a plan and fall after it"),
        compares=say("jumps that a plan ends with how many changes of needs elsewhere are such jumps"),
        innocent=(
            say("A market day, a school term or a round of tests fell on the days of plans."),
            say("The need was corrected when the plan showed that it was wrong."),
        ),
        limits=("jump_times", "jump_before_days", "jump_after_days", "jump_days", "jump_use_times", "jumps_least"),
        find=needs_jump,
    ),
    Rule(
        name="never_used",
        says=say("durables held and never used, moved or counted"),
        compares=say("days on which a site held a durable untouched with how often others touch theirs"),
        innocent=(
            say("A reserve that is meant to lie."),
            say("They are used every day, and nobody enters the use of what is not used up."),
        ),
        limits=("unused_days", "unused_touches", "unused_share", "peers_least"),
        find=never_used,
    ),
    Rule(
        name="expired_beside_short",
        says=say("stock that expired beside a site that had none"),
        compares=say("what expired at a site with days on which a site near by stood without the item"),
        innocent=(
            say("The road between them was closed, or nobody was told."),
            say("What expired was set aside for a fund or a place, or failed the standard."),
        ),
        limits=("expiry_window_days", "expiry_short_days", "expiry_need_days", "expiry_own_days"),
        find=expired_beside_short,
    ),
    Rule(
        name="receipt_without_source",
        says=say("receipts without order, reference or certificate"),
        compares=say("the papers of a partner's receipts at a site with those of all others of their kind"),
        innocent=(
            say("The papers came later and were filed, not entered."),
            say("Bought on the market in an emergency, with a receipt in the cash box."),
        ),
        limits=("papers_usual_share", "papers_again", "receipts_least", "papers_doubt"),
        find=receipt_without_source,
    ),
    Rule(
        name="donation_not_distributed",
        says=say("donations that were not handed on"),
        compares=say("what left of a donation with what left of the same item, and with sites that had none"),
        innocent=(
            say("The donor named a purpose that has not come about yet."),
            say("It awaits a test, or fails the standard."),
            say("It keeps longest, and what expires sooner goes first."),
        ),
        limits=("donation_days", "donation_units", "donation_share", "donation_gone_share", "donation_doubt"),
        find=donation_not_distributed,
    ),
    Rule(
        name="split_transfers",
        says=say("one shipment split into several"),
        compares=say("shipments of one item between two places on a day with other places and days"),
        innocent=(
            say("A small vehicle drove several times."),
            say("The second was asked for after the first had left."),
        ),
        limits=("split_least", "split_near_share", "split_from_units", "split_days", "split_doubt"),
        find=split_transfers,
    ),
    Rule(
        name="approval_pair",
        says=say("two who approve each other"),
        compares=say("whose drafts somebody approves, and how fast, with what others do"),
        innocent=(
            say("Only the two are on duty at these hours."),
            say("They talked it over before it was drafted."),
        ),
        limits=(
            "approvals_least",
            "approvals_share",
            "approvals_house_share",
            "approval_seconds",
            "quick_least",
            "doubt",
        ),
        find=approval_pair,
    ),
    Rule(
        name="night_postings",
        says=say("postings at night by who works by day"),
        compares=say("nights on which somebody recorded something with those of others who work by day"),
        innocent=(
            say("A delivery or an alarm at night."),
            say("They stood in for the night shift, or caught up at home."),
        ),
        limits=("night_from_hour", "night_to_hour", "night_days_least", "night_worker_share", "nights_least", "doubt"),
        find=night_postings,
    ),
    Rule(
        name="broken_opening",
        says=say("months that do not open with the closing before"),
        compares=say("each month's opening with the closing before, and how often books break elsewhere"),
        innocent=(
            say("It was counted between the two months, and the correction stands in neither."),
            say("The earlier month was mended after the later one was sent."),
        ),
        limits=("opening_units", "opening_share", "opening_doubt"),
        find=broken_opening,
    ),
    Rule(
        name="number_gaps",
        says=say("numbers of papers that are missing"),
        compares=say("numbers in a row that are missing with how often single ones are"),
        innocent=(
            say("Spoilt forms that were thrown away."),
            say("Papers that were taken to another site, or not entered yet."),
        ),
        limits=("series_least", "series_share", "gap_least", "doubt"),
        find=number_gaps,
    ),
    Rule(
        name="benford",
        says=say("first digits that amounts do not have"),
        compares=say("first digits of what a partner was paid with Benford's law, where those of others follow it"),
        innocent=(
            say("They sell one item in one size of pack."),
            say("A standing order of the same amount."),
        ),
        limits=("benford_least", "benford_magnitudes", "benford_others", "benford_deviation", "benford_doubt"),
        find=benford,
    ),
)

RULES: Mapping[str, Rule] = {rule.name: rule for rule in _RULES}
"""Every rule by its name."""


def findings_in(
    books: Books, *, limits: Mapping[str, float] | None = None, rules: Collection[str] = ()
) -> tuple[Finding, ...]:
    """Return what the rules find, the strongest first. `limits`: those that are not as usual; `rules`: all, if none.

    Raises:
        UnknownLimit: a limit of a name that no rule has.

    """
    values = limits_with(limits)
    chosen = [rule for name, rule in RULES.items() if not rules or name in rules]
    is_empty = not (len(books.documents) or len(books.reports) or len(books.approvals))
    found = [] if is_empty else [each for rule in chosen for each in rule.find(books, values)]
    return tuple(sorted(found, key=lambda each: (-each.strength, each.rule, each.subject)))
