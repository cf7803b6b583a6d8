"""Rules about hands: two who approve each other, documents at night, shipments split to stay small."""

from __future__ import annotations

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped, poisson_tail
from allocator.finding_columns import NONE, Approvals, Books, Truths, Wholes
from allocator.sentence import say

__all__ = ["approval_pair", "night_postings", "split_transfers"]

_DAY_MINUTES = 1440


def approval_pair(books: Books, limits: Limits) -> list[Finding]:
    """Find two people of whom one approves what the other drafts far more often, or far faster, than others do.

    A drafter's approvals by one person are compared with that person's share of everybody else's (binomial tail), and
    how many of them came faster than the fastest twentieth of the others' (the same). Where most drafters have one
    approver, that is how the house works, and only speed is looked at.
    """
    seen = books.approvals.where((books.approvals.drafter != NONE) & (books.approvals.approver != NONE))
    people = len(books.people)
    if not len(seen) or not people:
        return []
    table = np.zeros((people, people), dtype=np.int64)
    np.add.at(table, (seen.drafter, seen.approver), 1)
    own = table.sum(axis=1)
    drafters = np.flatnonzero(own >= limits["approvals_least"])
    top = table.max(axis=1)[drafters] / own[drafters] if len(drafters) else np.zeros(0)
    each_has_one = len(top) > 2 and float(np.median(top)) >= limits["approvals_house_share"]  # noqa: PLR2004
    pairs = np.argwhere(np.triu(table + table.T, 1) > 0)
    results = []
    for one, other in pairs.tolist():
        rows = ((seen.drafter == one) & (seen.approver == other)) | ((seen.drafter == other) & (seen.approver == one))
        fast, known, by_speed = _speed(seen, rows, limits)
        ways = ((one, other), (other, one))
        by_share = 0.0 if each_has_one else sum(_one_way(table, a, b, limits) for a, b in ways)
        strength = corrected(max(by_speed, by_share), len(pairs))
        if strength < limits["doubt"]:
            continue
        names = (books.people[one], books.people[other])
        sentence = say(
            "{one} and {other}: {there} of {drafted} approvals of what {one} drafted are by {other}, {back} of "
            "{drafted_back} the other way round; {fast} of {known} of which the time is known came faster than nearly "
            "all others.",
            one=names[0],
            other=names[1],
            there=int(table[one, other]),
            drafted=int(own[one]),
            back=int(table[other, one]),
            drafted_back=int(own[other]),
            fast=int(np.count_nonzero(fast)),
            known=known,
        )
        chosen = np.flatnonzero(rows if by_share >= by_speed else fast)
        evidence = [each for row in chosen for each in _approved(books, seen, int(row))]
        subject = "+".join(sorted(names))
        results.append(finding_of("approval_pair", subject, evidence, strength=strength, sentence=sentence))
    return results


def _speed(seen: Approvals, rows: Truths, limits: Limits) -> tuple[Truths, int, float]:
    """Return which of a pair's approvals were fast, of how many the time is known, and how unlikely that is."""
    timed = seen.seconds != NONE
    fast = np.zeros(len(seen), dtype=bool)
    for sort in (seen.plan != "", seen.plan == ""):
        others = seen.seconds[sort & timed & ~rows]
        usual = float(np.quantile(others, 0.05)) if len(others) else 0.0
        fast |= rows & sort & timed & (seen.seconds <= min(usual, limits["approval_seconds"]))
    known, hits = int(np.count_nonzero(rows & timed)), int(np.count_nonzero(fast))
    return fast, known, binomial_tail(hits, known, 0.05) if hits >= limits["quick_least"] else 0.0


def _one_way(table: Wholes, drafter: int, approver: int, limits: Limits) -> float:
    """Return how unlikely it is that one of many approvers approved so much of what one person drafted."""
    mine, all_mine = int(table[drafter, approver]), int(table[drafter].sum())
    if mine < limits["approvals_least"] or mine < limits["approvals_share"] * all_mine:
        return 0.0
    others = np.arange(len(table)) != drafter
    # An approver cannot approve what they drafted themselves: that is no choice of anybody.
    rest = table[others & (np.arange(len(table)) != approver)]
    usual = (int(rest[:, approver].sum()) + 1) / (int(rest.sum()) + 2)
    return binomial_tail(mine, all_mine, min(usual, 0.999))


def _approved(books: Books, approvals: Approvals, row: int) -> list[Evidence]:
    document, plan = int(approvals.document[row]), str(approvals.plan[row])
    seconds = int(approvals.seconds[row])
    drafter, approver = int(approvals.drafter[row]), int(approvals.approver[row])
    values = {"drafter": books.people[drafter], "approver": books.people[approver], "plan": plan, "seconds": seconds}
    if seconds == NONE:
        said = say("drafted by {drafter}, approved by {approver}", **values)
    elif plan:
        said = say("plan {plan}: drafted by {drafter}, approved by {approver} {seconds:,} seconds later", **values)
    else:
        said = say("drafted by {drafter}, countersigned by {approver} {seconds:,} seconds later", **values)
    day = int(approvals.day[row])
    return [seen_in(books, said, row=document, day=day, person=who) for who in (drafter, approver)]


def night_postings(books: Books, limits: Limits) -> list[Finding]:
    """Find people who do not work at night, and posted at night all the same.

    Nights on which somebody recorded something of a site, of the days on which they did, against the same of the
    others who work by day (binomial tail); and once more for what takes stock away without use: write-offs,
    corrections, transfers. Whoever does so on many days works there at night, and is left out.
    """
    documents = books.documents
    minute = documents.recorded_minute % _DAY_MINUTES
    at_night = (minute >= 60 * limits["night_from_hour"]) | (minute < 60 * limits["night_to_hour"])
    everything = np.ones(len(documents), dtype=bool)
    takes = np.isin(documents.type, ("writeoff", "adjust", "transfer"))
    hands = _hands(books)
    nights, days = (_days(books, hands, rows, limits) for rows in (at_night, everything))
    rate = nights / np.maximum(days, 1)
    by_day = (days >= limits["night_days_least"]) & (rate < limits["night_worker_share"])
    taken = (_days(books, hands, at_night & takes, limits), _days(books, hands, takes, limits))
    found: dict[int, list[tuple[float, Truths, int]]] = {}
    for hand in np.flatnonzero(by_day & (nights >= limits["nights_least"])).tolist():
        others = by_day & (np.arange(len(nights)) != hand)
        # Who takes stock away at night is rare: those who do it again and again do not say what is usual.
        rare = others & (taken[0] < limits["nights_least"])
        strengths = (_nightly(nights, days, others, hand), _nightly(*taken, rare, hand))
        strength = corrected(max(strengths), 2 * int(np.count_nonzero(by_day)))
        if strength >= limits["doubt"]:
            rows = (hands == hand) & (at_night & takes if strengths[1] > strengths[0] else at_night)
            found.setdefault(int(documents.actor[rows][0]), []).append((strength, rows, int(days[hand])))
    usual = round(100 * float(nights[by_day].sum() / max(days[by_day].sum(), 1)), 1)
    return [_by_night(books, who, own, minute, usual) for who, own in found.items()]


def _by_night(books: Books, who: int, own: list[tuple[float, Truths, int]], minute: Wholes, usual: float) -> Finding:
    rows = np.flatnonzero(np.any([each for _, each, _ in own], axis=0))
    sentence = say(
        "{person} recorded {documents} documents on {nights} nights at places where they else work by day ({days} "
        "days); others do so on {usual}% of their days.",
        person=books.people[who],
        documents=len(rows),
        nights=len(np.unique(books.documents.recorded_day[rows])),
        days=max(days for *_, days in own),
        usual=usual,
    )
    evidence = [_at_night(books, int(row), int(minute[row])) for row in rows]
    strength = max(each for each, *_ in own)
    return finding_of("night_postings", books.people[who], evidence, strength=strength, sentence=sentence)


def _hands(books: Books) -> Wholes:
    """Return a number for each person at each site: whoever keeps two may work at one of them by night."""
    both = np.stack([books.documents.actor, books.documents.site])
    return np.unique(both, axis=1, return_inverse=True)[1].reshape(-1)


def _days(books: Books, hands: Wholes, rows: Truths, limits: Limits) -> Wholes:
    """Return on how many days each hand recorded some of these documents; a night belongs to the day it began."""
    shift = (books.documents.recorded_minute[rows] - int(60 * limits["night_to_hour"])) // _DAY_MINUTES
    both = np.unique(np.stack([hands[rows], shift]), axis=1)
    return np.bincount(both[0], minlength=int(hands.max(initial=-1)) + 1)


def _nightly(nights: Wholes, days: Wholes, others: Truths, hand: int) -> float:
    """Return how unlikely somebody's nights are; others may differ among themselves, so their upper quarter counts."""
    if not others.any() or not nights[hand]:
        return 0.0
    rate = nights[others] / np.maximum(days[others], 1)
    usual = max((nights[others].sum() + 0.5) / (days[others].sum() + 1), float(np.quantile(rate, 0.75)))
    return binomial_tail(int(nights[hand]), int(days[hand]), min(float(usual), 0.999))


def _at_night(books: Books, row: int, minute: int) -> Evidence:
    said = say("recorded at {clock}", clock=f"{minute // 60:02}:{minute % 60:02}")
    day = int(books.documents.recorded_day[row])
    return seen_in(books, said, row=row, day=day, person=int(books.documents.actor[row]))


def split_transfers(books: Books, limits: Limits) -> list[Finding]:
    """Find pairs of places between which one item went in several shipments on one day, as hardly anywhere else.

    An event is a day on which an item went in at least so many shipments, or in several that each stay below the size
    from which on a second person approves, and together do not; where all are just below it, it counts twice. Events
    of a pair are compared with those of all other pairs in as many days (Poisson tail).
    """
    lines = books.lines
    type_ = books.documents.type[lines.document]
    rows = np.isin(type_, ["transfer", "emergency"]) & (lines.to_kind == "IN_TRANSIT") & ~lines.counters
    rows &= ~books.documents.is_void[lines.document] & (books.documents.to_site[lines.document] != NONE)
    keys, units = _sent(books, np.flatnonzero(rows))
    if not len(keys):
        return []
    size = limits["split_from_units"] or _approved_from(books, keys, units)
    day = books.documents.day[keys[:, 3]]
    groups = list(grouped(keys[:, 0], keys[:, 1], keys[:, 2], day))
    pair = np.array([int(keys[group[0], 0]) * len(books.sites) + int(keys[group[0], 1]) for group in groups])
    weight = np.array([_event(units[group], size, limits) for group in groups])
    is_event = weight > 0
    suspects = np.unique(pair[is_event])
    results = []
    for one in suspects.tolist():
        own = pair == one
        events = np.flatnonzero(own & is_event)
        usual = (np.count_nonzero(is_event & ~own) + 0.5) / (np.count_nonzero(~own) + 1) * np.count_nonzero(own)
        weighs = int(weight[events].sum())
        strength = corrected(poisson_tail(weighs, float(usual)), len(suspects))
        if strength < limits["split_doubt"] or weighs < limits["split_days"]:
            continue
        source, target = (books.sites[at] for at in divmod(one, len(books.sites)))
        chosen = np.concatenate([groups[at] for at in events])
        sentence = say(
            "{source} sent {target} the same item in up to {most} shipments on one day, {days} times: {documents} "
            "shipments, {units:,} units together, {largest:,} in the largest (a second person approves from {size}).",
            source=source,
            target=target,
            most=max(len(groups[at]) for at in events),
            days=len(events),
            documents=len(chosen),
            units=int(units[chosen].sum()),
            largest=int(units[chosen].max()),
            size=f"{size:,.0f}" if size else "?",
        )
        evidence = [each for row in chosen for each in _part(books, keys[row], int(units[row]))]
        subject = f"{source.code}>{target.code}"
        results.append(finding_of("split_transfers", subject, evidence, strength=strength, sentence=sentence))
    return results


def _sent(books: Books, rows: Wholes) -> tuple[Wholes, Wholes]:
    """Return from, to, item and document of what each shipment carries, and the units."""
    lines, documents = books.lines, books.documents
    own = lines.document[rows]
    said = np.stack([lines.from_site[rows], documents.to_site[own], lines.item[rows], own], axis=1)
    if not len(said):
        return said, np.zeros(0, dtype=np.int64)
    keys, back = np.unique(said, axis=0, return_inverse=True)
    units = np.zeros(len(keys), dtype=np.int64)
    np.add.at(units, back.reshape(-1), lines.units[rows])
    return keys, units


def _approved_from(books: Books, keys: Wholes, units: Wholes) -> int:
    """Return the size from which on shipments are approved by a second person; 0 where none shows.

    It is where what was approved and what was not part best: at most a fifth of what is as large went without, and at
    most a third of what is smaller was approved.
    """
    approved = books.documents.approver[keys[:, 3]] != NONE
    best, best_right = 0, 0
    for size in np.unique(units[approved]).tolist():
        above = units >= size
        right = int(np.count_nonzero(above == approved))
        sound = (
            np.count_nonzero(above & approved) >= 0.8 * np.count_nonzero(above)  # a fifth
            and np.count_nonzero(~above & approved) <= np.count_nonzero(~above) / 3
        )
        if sound and right > best_right:
            best, best_right = size, right
    return best


def _event(units: Wholes, size: float, limits: Limits) -> int:
    """Return what a day's shipments of an item weigh: 0 nothing, 1 an event, 2 one that keeps just below the size."""
    below = size > 0 and len(units) > 1 and int(units.max()) < size <= int(units.sum())
    if below and int(units.min()) >= limits["split_near_share"] * size:
        return 2
    return int(below or len(units) >= limits["split_least"])


def _part(books: Books, key: Wholes, units: int) -> list[Evidence]:
    source, target, item, document = (int(each) for each in key)
    said = say("{units:,} sent to {site}", units=units, site=books.sites[target])
    actor = int(books.documents.actor[document])
    ends = (seen_in(books, said, row=document, site=site, item=item, person=actor) for site in (source, target))
    return list(ends)
