"""What every place holds, as the checker of an export adds it up, document after document.

It shares no code with what posted the documents: it is the second opinion about them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from typing import Any

from data.audit_heads import Wrong

__all__ = ["Stock"]

SOURCES = ("SUPPLIER", "DONOR", "UPPER_LEVEL", "OPENING", "COUNT_GAIN", "SURPLUS")


class Stock:
    """What every place holds, document after document."""

    def __init__(self, opening: Iterable[dict[str, Any]]) -> None:
        self.held = {(row["place"], *lot_of(row)): row["units"] for row in opening}
        self.opened, self.lines, self.reversed, self.unseen = len(self.held), 0, 0, 0
        self.first = 0  # the number of the first document
        self.sums: dict[int, bytes] = {}  # of the lines of each document that was not reversed

    def post(self, number: int, body: dict[str, Any]) -> None:
        """Add a document up."""
        self.first = self.first or number
        if body["approver"] is not None and body["approver"] == body["actor"]:
            raise Wrong(f"Document {number} was approved by its own author.", f"单据 {number} 由制单人自己批准。")
        touched = set()
        for line in body["lines"]:
            lot, units = lot_of(line), int(line["units"])
            for place, change in ((line["from"], -units), (line["to"], units)):
                account = (place, *lot)
                self.held[account] = self.held.get(account, 0) + change
                touched.add(account)
        self.lines += len(body["lines"])
        for account in touched:
            sign = -1 if account[0].partition(":")[0] in SOURCES else 1
            if self.held[account] * sign < 0:
                raise Wrong(
                    f"After document {number} {account[0]} stands at {self.held[account]} units of {account[1]}.",
                    f"单据 {number} 之后，{account[0]} 的 {account[1]} 为 {self.held[account]} 个单位。",
                )
        self.check_reversal(number, body)

    def check_reversal(self, number: int, body: dict[str, Any]) -> None:
        """A reversal takes back every line of its document, and no document is reversed twice."""
        if body["reverses"] is None:
            self.sums[number] = sum_of(body["lines"], "from", "to")
        elif body["reverses"] >= self.first:
            # What was reversed is taken away, so that a second reversal finds nothing to take back.
            if self.sums.pop(body["reverses"], None) != sum_of(body["lines"], "to", "from"):
                raise Wrong(
                    f"Document {number} does not take back what document {body['reverses']} did.",
                    f"单据 {number} 没有如数冲回单据 {body['reverses']}。",
                )
            self.reversed += 1
        else:
            self.unseen += 1


def sum_of(lines: list[dict[str, Any]], source: str, target: str) -> bytes:
    """Return a digest of lines without counter-lines, in whatever order they stand."""
    rows = sorted(
        [line[source], line[target], *lot_of(line), int(line["units"])] for line in lines if "counters" not in line
    )
    return hashlib.sha256(json.dumps(rows).encode()).digest()


def lot_of(row: dict[str, Any]) -> tuple[str, ...]:
    """Return what makes a lot this lot."""
    return tuple(row[name] for name in ("item", "lot", "expires", "fund", "earmark"))
