"""The papers that came with supplies: the order or letter, the quality certificate, what one unit cost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["papers_said", "prices_of"]


def papers_said(details: Mapping[str, Any]) -> list[Sentence]:
    """Return what a document says of the papers that came with it, each in a sentence."""
    reference, certificate = details.get("reference"), details.get("certificate")
    said = [say("Order {order}", order=details["order"])] if details.get("order") else []
    said += [say("Reference {reference}", reference=reference)] if reference else []
    said += [say("Certificate {certificate}", certificate=certificate)] if certificate else []
    return [*said, *([say("Standard {standard}", standard=details["standard"])] if details.get("standard") else [])]


def prices_of(details: Mapping[str, Any]) -> dict[tuple[str, str], str]:
    """Return what one unit cost, as it was said, by item and lot number; lots with several prices have none."""
    prices: dict[tuple[str, str], set[str]] = {}
    for row in details.get("lines", ()):
        if row.get("unit_price"):
            prices.setdefault((row["item"], row["lot"]), set()).add(row["unit_price"])
    return {lot: next(iter(each)) for lot, each in prices.items() if len(each) == 1}
