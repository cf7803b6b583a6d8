"""Who does wrong, drawn from a seed: eighteen kinds, each several times, from blatant to modest.

No site has two wrongs of its own, so that each trace has one cause. What a wrong does is lived in the other modules.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from benchmarks.wrongdoing_truth import Plants, Wrong
from benchmarks.wrongdoing_world import Site, World

__all__ = ["KINDS", "plants_of"]

KINDS = {
    "skimming": "a custodian takes a share of what the sites he keeps use",
    "theft": "much of what lies at a site is gone at once; the next count shows it",
    "counts-copied": "counts are copied from the books while stock goes missing; an inspector's count shows it",
    "diversion": "use is reported far above what is used, and the rest goes elsewhere",
    "pasted": "the same figures are reported day after day, or another site's",
    "rounded": "reports are invented in tens",
    "back-dated": "weeks of reports are typed in one sitting, each with its own day",
    "needs-inflated": "needs jump just before plans and fall after them",
    "thermometers": "thermometers are reported held and working, and never counted, moved or broken",
    "left-to-expire": "a site sits on a lot until it expires while its neighbour has none",
    "ghost-receipts": "receipts from a supplier without order, certificate or invoice",
    "donations-kept": "a donation stays where it was received",
    "split-transfers": "a transfer is split so that no part needs an approver",
    "approving-pair": "two people approve whatever the other does, within seconds",
    "night-postings": "a day-office person writes off stock at night",
    "openings-broken": "a month's report opens with less than the month before closed with",
    "number-gaps": "slips are torn out of a depot's numbered book",
    "invented-amounts": "the amounts of a supplier's invoices are invented",
}
"""What each kind is."""

_EACH = 4.5
_MOST_USED = 3


def plants_of(world: World) -> Plants:
    """Draw the wrongs of a county; a smaller county or a shorter time has fewer."""
    drawing = _Drawing(world)
    share = len(world.sites) / 300 * min(1.0, world.days / 182)
    wrongs: list[Wrong] = []
    for kind in KINDS:
        rng = world.rng("plants", kind)
        count = max(1, round(rng.uniform(_EACH - 1, _EACH + 1) * share))
        sizes = [1 - n / max(1, count - 1) for n in range(count)]
        wrongs += getattr(drawing, kind.replace("-", "_"))(rng, sizes)
    return Plants(wrongs)


class _Drawing:
    """Draws wrongs kind by kind and remembers which sites are taken."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._free = {site.code: site for site in world.sites}

    def _site(self, rng: random.Random, *kinds: str) -> Site:
        free = [site for site in self._free.values() if not kinds or site.kind in kinds]
        site = rng.choice(free or list(self._free.values()))
        del self._free[site.code]
        return site

    def _span(self, rng: random.Random, days: float, *, first: int = 14) -> tuple[int, int]:
        last = self.world.days - 5
        length = max(5, min(round(days), last - first - 1))
        begin = rng.randint(first, last - length)
        return begin, begin + length

    def _items(self, rng: random.Random, site: Site, most: int = _MOST_USED) -> list[str]:
        used = sorted(site.rates, key=lambda item: -site.rates[item])[:most]
        return sorted(rng.sample(used, k=min(len(used), rng.randint(1, most))))

    def skimming(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Every site of a custodian, over months."""
        for size in sizes:
            whole = [
                (who, sites)
                for who, sites in self.world.custodians.items()
                if len(sites) >= 3 and all(site.code in self._free for site in sites)
            ]
            who, sites = rng.choice(whole)
            for site in sites:
                del self._free[site.code]
            items = sorted({item for site in sites for item in list(site.rates)[:_MOST_USED]})
            yield Wrong(kind="skimming", first_day=10, last_day=self.world.days, size=size, persons=[who], items=items,
                        sites=[site.code for site in sites], more={"share": 0.05 + 0.1 * size})  # fmt: skip

    def theft(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Gone on the first day; the last is when the next count must have shown it."""
        for size in sizes:
            site = self._site(rng)
            first, _ = self._span(rng, 35)
            yield Wrong(kind="theft", first_day=first, last_day=first + 35, size=size, sites=[site.code],
                        persons=[site.custodian], items=self._items(rng, site),
                        more={"share": 0.25 + 0.4 * size})  # fmt: skip

    def counts_copied(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """All the time; `inspected`: the day of the count that shows it."""
        for size in sizes:
            site = self._site(rng)
            inspected = rng.randint(self.world.days * 2 // 3, self.world.days - 8)
            yield Wrong(kind="counts-copied", first_day=10, last_day=self.world.days, size=size, sites=[site.code],
                        persons=[site.custodian], items=sorted(site.rates),
                        more={"share": 0.06 + 0.1 * size, "inspected": inspected})  # fmt: skip

    def diversion(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Weeks to months; `factor`: reported use to real use."""
        for size in sizes:
            site = self._site(rng)
            first, last = self._span(rng, 35 + 45 * size)
            yield Wrong(kind="diversion", first_day=first, last_day=last, size=size, sites=[site.code],
                        persons=[site.custodian], items=self._items(rng, site),
                        more={"factor": 1.7 + 1.8 * size})  # fmt: skip

    def pasted(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Own figures again and again, or those of a neighbour of the same kind."""
        for n, size in enumerate(sizes):
            site = self._site(rng, "clinic", "checkpoint", "enterprise")
            first, last = self._span(rng, 10 + 32 * size)
            others = [each for each in self.world.sites if each.kind == site.kind and each.code != site.code]
            near = [each for each in others if each.area == site.area] or others
            other = rng.choice(near).code if n % 2 and near else ""
            sites = [site.code, *([other] if other else [])]
            yield Wrong(kind="pasted", first_day=first, last_day=last, size=size, sites=sites,
                        persons=[site.custodian], items=sorted(site.rates),
                        more={"site": site.code, "other": other})  # fmt: skip

    def rounded(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """All figures in tens for weeks."""
        for size in sizes:
            site = self._site(rng, "clinic", "community", "checkpoint")
            first, last = self._span(rng, 30 + 90 * size)
            yield Wrong(kind="rounded", first_day=first, last_day=last, size=size, sites=[site.code],
                        persons=[site.custodian], items=sorted(site.rates))  # fmt: skip

    def back_dated(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Sittings: each the first and the last day that are typed the day after."""
        for size in sizes:
            site = self._site(rng)
            days, times = round(9 + 14 * size), round(2 + 2 * size)
            begin = rng.randint(12, max(13, self.world.days - 6 - times * (days + 4)))
            sittings = [(begin + n * (days + 4), begin + n * (days + 4) + days - 1) for n in range(times)]
            sittings = [each for each in sittings if each[1] < self.world.days - 3] or [(12, 12 + days)]
            yield Wrong(kind="back-dated", first_day=sittings[0][0], last_day=sittings[-1][1] + 1, size=size,
                        sites=[site.code], persons=[site.custodian], more={"sittings": sittings})  # fmt: skip

    def needs_inflated(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`weeks`: the plans before which needs are raised; a site has a plan every second week."""
        for size in sizes:
            site = self._site(rng)
            parity = self.world.sites.index(site) % 2
            weeks = [week for week in range(2, self.world.days // 7 - 1) if week % 2 == parity]
            times = min(len(weeks), round(3 + 4 * size))
            begin = rng.randint(0, len(weeks) - times)
            chosen = weeks[begin : begin + times]
            yield Wrong(kind="needs-inflated", first_day=chosen[0] * 7 - 3, last_day=chosen[-1] * 7 + 5, size=size,
                        sites=[site.code], persons=[site.custodian], items=self._items(rng, site),
                        more={"weeks": chosen, "factor": 1.8 + 2.2 * size})  # fmt: skip

    def thermometers(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """The whole half year."""
        for size in sizes:
            enough = [code for code, site in self._free.items() if site.thermometers >= 4]
            site = self._free.pop(rng.choice(sorted(enough)))
            yield Wrong(kind="thermometers", first_day=0, last_day=self.world.days, size=size, sites=[site.code],
                        persons=[site.custodian], items=["SPRAYER", "THERMO"])  # fmt: skip

    def left_to_expire(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`expires`: the day; `cover`: days of the neighbour's use that lie there."""
        for size in sizes:
            pairs = [
                (site, other, item)
                for code, site in sorted(self._free.items())
                for other in (self.world.by_code[site.neighbours[0]],)
                for item in ("MASK", "GLOVES", "GEL", "CHLOR", "WIPES", "ALC75")
                if other.code in self._free and item in site.rates and item in other.rates and code != other.code
            ]
            site, other, item = rng.choice(pairs)
            del self._free[site.code], self._free[other.code]
            expires = rng.randint(min(48, self.world.days - 12), self.world.days - 12)
            yield Wrong(kind="left-to-expire", first_day=max(0, expires - 45), last_day=expires + 10, size=size,
                        sites=[site.code, other.code], items=[item], persons=[site.custodian],
                        more={"site": site.code, "short": other.code, "expires": expires,
                              "cover": 12 + 40 * size})  # fmt: skip

    def ghost_receipts(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`receipts`: the days on which something is taken in."""
        for n, size in enumerate(sizes):
            depot = rng.choice(self.world.depots)
            days = sorted(rng.sample(range(10, self.world.days - 5), round(1 + 4 * size)))
            yield Wrong(kind="ghost-receipts", first_day=days[0], last_day=days[-1], size=size,
                        persons=[rng.choice(self.world.clerks[depot])], partners=[f"SUPX{n + 1}"],
                        more={"receipts": days, "depot": depot})  # fmt: skip

    def donations_kept(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`handed_out`: the share that is given out all the same."""
        for size in sizes:
            day = rng.randint(8, max(9, self.world.days // 2))
            depot = rng.choice(self.world.depots)
            yield Wrong(kind="donations-kept", first_day=day, last_day=self.world.days, size=size,
                        partners=[rng.choice(self.world.donors)],
                        more={"depot": depot, "handed_out": 0.0 if size > 0.4 else 0.15})  # fmt: skip

    def split_transfers(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`times`: days and parts of each."""
        for size in sizes:
            depot, site = rng.choice(self.world.depots), self._site(rng)
            days = sorted(rng.sample(range(15, self.world.days - 8), round(1 + 4 * size)))
            yield Wrong(kind="split-transfers", first_day=days[0], last_day=days[-1] + 2, size=size,
                        sites=[site.code], persons=[self.world.clerks[depot][0]],
                        more={"depot": depot, "days": days, "parts": 2 + round(2 * size)})  # fmt: skip

    def approving_pair(self, _: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """Of plans, of transfers, of emergency issues in turn."""
        for n, size in enumerate(sizes[:3]):
            depot = self.world.depots[(n * 2 + 1) % len(self.world.depots)]
            by = ("plans", "transfers", "emergencies")[n]
            who = (self.world.drafters[0], self.world.approvers[0]) if by == "plans" else self.world.clerks[depot]
            yield Wrong(kind="approving-pair", first_day=0, last_day=self.world.days, size=size, persons=list(who),
                        more={"of": by})  # fmt: skip

    def night_postings(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`nights`: the days whose nights they are."""
        for size in sizes:
            site = self._site(rng, "school", "community", "enterprise")
            first, last = self._span(rng, 30 + 60 * size)
            nights = sorted(rng.sample(range(first, last), min(last - first, round(3 + 6 * size))))
            yield Wrong(kind="night-postings", first_day=nights[0], last_day=nights[-1] + 1, size=size,
                        sites=[site.code], persons=[site.custodian], more={"nights": nights})  # fmt: skip

    def openings_broken(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`months`: those, from 0, whose report opens with less."""
        for size in sizes:
            site = self._site(rng)
            there = list(range(1, max(2, self.world.days // 31)))
            months = sorted(rng.sample(there, min(len(there), 1 + round(2 * size))))
            last = min(self.world.days + 5, months[-1] * 31 + 40)
            yield Wrong(kind="openings-broken", first_day=months[0] * 30, last_day=last, size=size,
                        sites=[site.code], persons=[site.custodian], items=self._items(rng, site),
                        more={"months": months, "share": 0.1 + 0.4 * size})  # fmt: skip

    def number_gaps(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`torn`: how many slips at once."""
        books = [(depot, book) for depot in self.world.depots for book in ("IN", "OUT")]
        for size, (depot, book) in zip(sizes, rng.sample(books, min(len(books), len(sizes))), strict=False):
            day = rng.randint(15, self.world.days - 15)
            yield Wrong(kind="number-gaps", first_day=day - 7, last_day=day + 7, size=size, sites=[depot],
                        more={"book": book, "day": day, "torn": 3 + round(6 * size)})  # fmt: skip

    def invented_amounts(self, rng: random.Random, sizes: list[float]) -> Iterator[Wrong]:
        """`receipts`: how many invoices of a supplier of its own."""
        for n, size in enumerate(sizes[:2]):
            depot = rng.choice(self.world.depots)
            yield Wrong(kind="invented-amounts", first_day=5, last_day=self.world.days, size=size,
                        partners=[f"SUPB{n + 1}"],
                        more={"depot": depot, "receipts": 60 + round(60 * size)})  # fmt: skip
