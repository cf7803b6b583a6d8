"""Rules about hands: two who approve each other, documents at night, shipments split to stay small."""

from __future__ import annotations

import math

import numpy as np

from allocator.finding import Evidence, Finding, Limits, finding_of, seen_in
from allocator.finding_chances import binomial_tail, corrected, grouped
from allocator.finding_columns import NONE, Approvals, Books, Truths, Wholes
from allocator.sentence import say

__all__ = ["approval_pair", "night_postings", "split_transfers"]

_DAY_MINUTES = 1440


def approval_pair(books: Books, limits: Limits) -> list[Finding]:
    """Find two people who approve each other nearly always, or one who approves the other within seconds.

    A drafter's approvals by one person are compared with that person's share of everybody else's (binomial tail);
    it takes both directions. Where most drafters have one approver, that is how the house works, and nothing is said.
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
    each_has_one = len(top) > 2 and float(np.median(top)) >= limits["approvals_share"]  # noqa: PLR2004 - more than the two
    quick = (seen.seconds != NONE) & (seen.seconds <= limits["approval_seconds"])
    timed = seen.seconds != NONE
    results = []
    pairs = np.argwhere(np.triu(table + table.T, 1) > 0)
    for one, other in pairs.tolist():
        rows = _between(seen.drafter, seen.approver, one, other)
        fast, known = int(np.count_nonzero(rows & quick)), int(np.count_nonzero(rows & timed))
        usual = (np.count_nonzero(quick) - fast + 1) / (np.count_nonzero(timed) - known + 2)
        by_speed = binomial_tail(fast, known, usual) if fast >= limits["quick_least"] else 0.0
        mutual = 0.0 if each_has_one else min(_one_way(table, a, b, limits) for a, b in ((one, other), (other, one)))
        strength = corrected(max(by_speed, mutual), len(pairs))
        if strength < limits["doubt"]:
            continue
        names = (books.people[one], books.people[other])
        sentence = say(
            "{one} and {other}: {there} of {drafted} approvals of what {one} drafted are by {other}, {back} of "
            "{drafted_back} the other way round; {fast} of {known} of which the time is known came within {seconds} "
            "seconds.",
            one=names[0],
            other=names[1],
            there=int(table[one, other]),
            drafted=int(own[one]),
            back=int(table[other, one]),
            drafted_back=int(own[other]),
            fast=fast,
            known=known,
            seconds=int(limits["approval_seconds"]),
        )
        chosen = np.flatnonzero(rows if mutual >= by_speed else rows & quick)
        evidence = [each for row in chosen for each in _approved(books, seen, int(row))]
        subject = "+".join(sorted(names))
        results.append(finding_of("approval_pair", subject, evidence, strength=strength, sentence=sentence))
    return results


def _between(drafter: Wholes, approver: Wholes, one: int, other: int) -> Truths:
    return ((drafter == one) & (approver == other)) | ((drafter == other) & (approver == one))


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

    Nights on which somebody recorded something, of the days on which they did, against the same of the others who
    work by day (binomial tail). Whoever does so on many days works at night, and is left out.
    """
    documents = books.documents
    minute = documents.recorded_minute % _DAY_MINUTES
    at_night = (minute >= 60 * limits["night_from_hour"]) | (minute < 60 * limits["night_to_hour"])
    # The night belongs to the day on which it began.
    shift = (documents.recorded_minute - int(60 * limits["night_to_hour"])) // _DAY_MINUTES
    people = len(books.people)
    nights, days = np.zeros(people, dtype=np.int64), np.zeros(people, dtype=np.int64)
    for counted, rows in ((nights, at_night), (days, np.ones(len(documents), dtype=bool))):
        both = np.unique(np.stack([documents.actor[rows], shift[rows]]), axis=1)
        np.add.at(counted, both[0], 1)
    rate = nights / np.maximum(days, 1)
    by_day = (days >= limits["night_days_least"]) & (rate < limits["night_worker_share"])
    results = []
    for who in np.flatnonzero(by_day & (nights >= limits["nights_least"])).tolist():
        others = by_day & (np.arange(people) != who)
        if not others.any():
            continue
        pooled = (nights[others].sum() + 0.5) / (days[others].sum() + 1)
        usual = max(float(pooled), float(np.quantile(rate[others], 0.75)))
        strength = corrected(binomial_tail(int(nights[who]), int(days[who]), usual), int(np.count_nonzero(by_day)))
        if strength < limits["doubt"]:
            continue
        rows = np.flatnonzero(at_night & (documents.actor == who))
        sentence = say(
            "{person} recorded {documents} documents on {nights} nights, and else works by day ({days} days); others "
            "do so on {usual}% of their days.",
            person=books.people[who],
            documents=len(rows),
            nights=int(nights[who]),
            days=int(days[who]),
            usual=round(100 * usual, 1),
        )
        evidence = [_at_night(books, int(row), int(minute[row])) for row in rows]
        results.append(finding_of("night_postings", books.people[who], evidence, strength=strength, sentence=sentence))
    return results


def _at_night(books: Books, row: int, minute: int) -> Evidence:
    said = say("recorded at {clock}", clock=f"{minute // 60:02}:{minute % 60:02}")
    day = int(books.documents.recorded_day[row])
    return seen_in(books, said, row=row, day=day, person=int(books.documents.actor[row]))


def split_transfers(books: Books, limits: Limits) -> list[Finding]:
    """Find pairs of places between which one item went in several shipments on one day, as hardly anywhere else.

    Where approvals tell from which size on shipments of the item are approved by a second person, it counts more that
    each of them stays below it and all together do not.
    """
    lines = books.lines
    type_ = books.documents.type[lines.document]
    rows = np.isin(type_, ["transfer", "emergency"]) & (lines.to_kind == "IN_TRANSIT") & ~lines.counters
    rows &= ~books.documents.is_void[lines.document] & (books.documents.to_site[lines.document] != NONE)
    keys, units = _sent(books, np.flatnonzero(rows))
    if not len(keys):
        return []
    sizes = _approved_from(books, keys, units)
    day = books.documents.day[keys[:, 3]]
    groups = list(grouped(keys[:, 0], keys[:, 1], keys[:, 2], day))
    many = np.array([len(group) for group in groups])
    pair_of = [(int(keys[group[0], 0]), int(keys[group[0], 1])) for group in groups]
    by_pair: dict[tuple[int, int], list[int]] = {}
    for at, (group, pair) in enumerate(zip(groups, pair_of, strict=True)):
        if len(group) >= limits["split_least"] or _stays_below(units[group], sizes[int(keys[group[0], 2])]):
            by_pair.setdefault(pair, []).append(at)
    results = []
    for (source, target), own in by_pair.items():
        days = np.array([pair == (source, target) for pair in pair_of])
        strength = 0.0
        for at in own:
            usual = (np.count_nonzero(many[~days] >= many[at]) + 0.5) / (np.count_nonzero(~days) + 1)
            below = _stays_below(units[groups[at]], sizes[int(keys[groups[at][0], 2])])
            strength += -math.log10(min(usual, 1.0)) + (1.0 if below else 0.0)
        strength = corrected(strength, len(set(pair_of)))
        if strength < limits["doubt"]:
            continue
        chosen = np.concatenate([groups[at] for at in own])
        sentence = say(
            "{source} sent {target} the same item in {most} shipments on one day, {days} times: {documents} "
            "shipments, {units:,} units together, {largest:,} in the largest.",
            source=books.sites[source],
            target=books.sites[target],
            most=int(many[own].max()),
            days=len(own),
            documents=len(chosen),
            units=int(units[chosen].sum()),
            largest=int(units[chosen].max()),
        )
        evidence = [each for row in chosen for each in _part(books, keys[row], int(units[row]))]
        subject = f"{books.sites[source].code}>{books.sites[target].code}"
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


def _approved_from(books: Books, keys: Wholes, units: Wholes) -> list[int]:
    """Return for each item the size from which on shipments are approved by a second person; 0 where none shows."""
    approved = books.documents.approver[keys[:, 3]] != NONE
    sizes = []
    for item in range(len(books.items)):
        own = keys[:, 2] == item
        signed, alone = units[own & approved], units[own & ~approved]
        size = int(np.quantile(signed, 0.05)) if len(signed) >= 5 else 0  # noqa: PLR2004 - fewer show no rule
        sizes.append(size if size and len(alone) and np.mean(alone < size) >= 0.9 else 0)  # noqa: PLR2004
    return sizes


def _stays_below(units: Wholes, size: int) -> bool:
    return size > 0 and len(units) > 1 and int(units.max()) < size <= int(units.sum())


def _part(books: Books, key: Wholes, units: int) -> list[Evidence]:
    source, target, item, document = (int(each) for each in key)
    said = say("{units:,} sent to {site}", units=units, site=books.sites[target])
    actor = int(books.documents.actor[document])
    ends = (seen_in(books, said, row=document, site=site, item=item, person=actor) for site in (source, target))
    return list(ends)
