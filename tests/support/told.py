"""Columns for the rules about findings, told document by document: who did what where, on which day.

Days count from day 0, 2020-03-02, a Monday. Nothing is kept in a ledger: what a rule reads is made at once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from allocator import finding_columns as columns
from allocator.finding import Finding
from allocator.finding_columns import NONE, Books
from allocator.findings import findings_in
from allocator.sentence import Named

__all__ = ["DAY_0", "Told"]

DAY_0 = dt.date(2020, 3, 2).toordinal()


class Told:
    """A county that is told. `sites`: a kind for each; `items`: the units of a pack of each."""

    def __init__(
        self, sites: Mapping[str, str], items: Mapping[str, int], *, days: int = 180, durable: Sequence[str] = ()
    ) -> None:
        self.sites, self.items, self.days, self.durable = list(sites), list(items), days, durable
        self.kinds, self.packs = list(sites.values()), list(items.values())
        self.people: dict[str, int] = {}
        self.documents: list[dict[str, Any]] = []
        self.lines: list[dict[str, Any]] = []
        self.counts: list[dict[str, Any]] = []
        self.receipts: list[dict[str, Any]] = []
        self.levels: list[dict[str, Any]] = []
        self.reports: list[dict[str, Any]] = []
        self.approvals: list[dict[str, Any]] = []
        self.lots: list[tuple[int, str, int]] = []
        self.plan_days: list[int] = []
        self.near: list[tuple[str, str]] = []

    def post(
        self, type_: str, site: str, day: int, moved: Mapping[str, int], *, source: str, target: str, **more: Any
    ) -> int:
        """Post a document; `source`, `target`: a kind, or the kind and the site it belongs to ("SITE:P1")."""
        number = len(self.documents)
        minute = (day + more.get("late", 0)) * 1440 + more.get("minute", 10 * 60)
        actor = self._person(more.get("actor", f"keeper-{site}"))
        self.documents.append(
            {
                "number": number + 1,
                "type": type_,
                "site": self.sites.index(site),
                "to_site": self.sites.index(more["to"]) if "to" in more else NONE,
                "actor": actor,
                "approver": self._person(more["approver"]) if "approver" in more else NONE,
                "custodian": actor,
                "day": DAY_0 + day,
                "recorded_day": DAY_0 + day + more.get("late", 0),
                "recorded_minute": 26_000_000 // 1440 * 1440 + minute,
                "reason": more.get("reason", ""),
                "is_void": more.get("void", False),
                "paper": more.get("paper", ""),
            }
        )
        for item, units in moved.items():
            (from_kind, from_site), (to_kind, to_site) = self._place(source), self._place(target)
            self.lines.append(
                {
                    "document": number,
                    "from_kind": from_kind,
                    "from_site": from_site,
                    "to_kind": to_kind,
                    "to_site": to_site,
                    "lot": self._lot(item, more.get("lot", ""), more.get("expires", 0)),
                    "item": self.items.index(item),
                    "units": units,
                    "day": DAY_0 + day,
                    "counters": False,
                }
            )
        return number

    def use(self, site: str, day: int, moved: Mapping[str, int], **more: Any) -> None:
        self.post("issue", site, day, moved, source=f"SITE:{site}", target=f"CONSUMED:{site}", **more)

    def come(self, site: str, day: int, moved: Mapping[str, int], *, partner: str = "S1", **more: Any) -> None:
        kind = more.pop("source_kind", "SUPPLIER")
        papers = more.pop("papers", "reference certificate")
        number = self.post("receive", site, day, moved, source=kind, target=f"SITE:{site}", **more)
        self.receipts.append(
            {
                "document": number,
                "source": kind,
                "partner": partner,
                "has_reference": "reference" in papers,
                "has_certificate": "certificate" in papers,
                "has_order": "order" in papers,
                "amount_micro": more.get("amount_micro", NONE),
            }
        )

    def send(self, site: str, to: str, day: int, moved: Mapping[str, int], **more: Any) -> None:
        self.post("transfer", site, day, moved, source=f"SITE:{site}", target="IN_TRANSIT", to=to, **more)

    def count(self, site: str, day: int, found: Mapping[str, tuple[int, int]], **more: Any) -> None:
        """Count items: what was found and what the books said."""
        number = self.post("count", site, day, {}, source="SITE", target="SITE", **more)
        for item, (units, book) in found.items():
            self.counts.append(
                {
                    "document": number,
                    "site": self.sites.index(site),
                    "item": self.items.index(item),
                    "units": units,
                    "day": DAY_0 + day,
                }
            )
            if units != book:
                own, gap = ("SITE", self.sites.index(site)), ("COUNT_SHORT" if units < book else "COUNT_GAIN", NONE)
                (from_kind, from_site), (to_kind, to_site) = (own, gap) if units < book else (gap, own)
                self.lines.append(
                    {
                        "document": number,
                        "from_kind": from_kind,
                        "from_site": from_site,
                        "to_kind": to_kind,
                        "to_site": to_site,
                        "lot": self._lot(item, "", 0),
                        "item": self.items.index(item),
                        "units": abs(units - book),
                        "day": DAY_0 + day,
                        "counters": False,
                    }
                )

    def need(self, site: str, item: str, day: int, daily: float) -> None:
        self.levels.append(
            {
                "site": self.sites.index(site),
                "what": self.items.index(item),
                "day": DAY_0 + day,
                "minute": day * 1440,
                "value_micro": int(daily * 1_000_000),
                "actor": self._person(f"keeper-{site}"),
            }
        )

    def report(self, site: str, item: str, month: int, opening: int, closing: int) -> None:
        self.reports.append(
            {
                "site": self.sites.index(site),
                "item": self.items.index(item),
                "month": 2020 * 12 + month - 1,
                "opening": opening,
                "received": NONE,
                "distributed": NONE,
                "closing": closing,
            }
        )

    def approve(self, drafter: str, approver: str, day: int, seconds: int) -> None:
        self.approvals.append(
            {
                "document": NONE,
                "plan": f"P{len(self.approvals)}",
                "drafter": self._person(drafter),
                "approver": self._person(approver),
                "day": DAY_0 + day,
                "seconds": seconds,
            }
        )

    def found(self, rule: str, **limits: float) -> list[Finding]:
        """Return what one rule finds."""
        return list(findings_in(self.books(), rules=[rule], limits=limits))

    def books(self) -> Books:
        item, number, expires = zip(*self.lots, strict=True) if self.lots else ((), (), ())
        near = [(self.sites.index(one), self.sites.index(other)) for one, other in self.near]
        return Books(
            first_day=DAY_0,
            last_day=DAY_0 + self.days,
            sites=tuple(Named(code) for code in self.sites),
            site_kind=np.array(self.kinds, dtype=np.str_),
            items=tuple(Named(code) for code in self.items),
            pack_units=np.array(self.packs, dtype=np.int64),
            is_durable=np.array([code in self.durable for code in self.items], dtype=bool),
            people=tuple(self.people),
            lots=columns.Lots(
                item=np.array(item, dtype=np.int64),
                number=np.array(number, dtype=np.str_),
                expires_day=np.array(expires, dtype=np.int64),
            ),
            documents=_columns(columns.Documents, self.documents),
            lines=_columns(columns.Lines, sorted(self.lines, key=lambda row: row["document"])),
            counts=_columns(columns.Counts, self.counts),
            receipts=_columns(columns.Receipts, self.receipts),
            reports=_columns(columns.Reports, self.reports),
            levels=_columns(columns.Levels, self.levels),
            approvals=_columns(columns.Approvals, self.approvals),
            plan_days=np.array([DAY_0 + day for day in self.plan_days], dtype=np.int64),
            near=np.array(near, dtype=np.int64).reshape(-1, 2),
        )

    def _person(self, id_: str) -> int:
        return self.people.setdefault(id_, len(self.people))

    def _place(self, said: str) -> tuple[str, int]:
        kind, _, site = said.partition(":")
        return kind, self.sites.index(site) if site else NONE

    def _lot(self, item: str, number: str, expires: int) -> int:
        key = (self.items.index(item), number, DAY_0 + expires if expires else 0)
        if key not in self.lots:
            self.lots.append(key)
        return self.lots.index(key)


def _columns(of: Any, rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return columns of rows, each of the type that an empty one has."""
    if not rows:
        return of()
    empty = vars(of())
    return of(
        **{
            name: np.array(
                [row[name] for row in rows], dtype=np.str_ if empty[name].dtype.kind == "U" else empty[name].dtype
            )
            for name in empty
        }
    )
