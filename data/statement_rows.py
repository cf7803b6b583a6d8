"""What statements say, in codes and base units of the ledger; and, where nobody can say, why a person must look."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from allocator.measures import base_unit, ratios
from allocator.sentence import Sentence, say
from data.statement_files import SiteNames, Statement
from data.statement_items import ItemFinder
from data.statement_tokens import Quantity, normalised, tokens_of
from data.statements import Said, read_statement
from data.unit_reading import equations_of

__all__ = ["PLACEHOLDERS", "SaidRow", "rows_of"]

PLACEHOLDERS = frozenset(
    ("", "0", "1", "/", "-", "—", "无", "若干", "大量", "不限", "不详", "待定", "未知", "n/a", "na", "?", "？", "x")
)
"""What people write into a column of quantities that must not stay empty: nobody asks for one mask."""


@dataclass(frozen=True, kw_only=True)
class SaidRow:
    """One thing that was said of one item at one site. `site`, `item`: codes, "" where a person must choose.

    `low`, `high`: base units, None where no number was written or its unit says nothing. `asks`: why a
    person must look; empty where nothing stands in the way.
    """

    statement: Statement
    said: Said
    site: str
    item: str
    low: Fraction | None
    high: Fraction | None
    asks: tuple[Sentence, ...]

    @property
    def confidence(self) -> str:
        """How sure the row is: never more than its reading, and low where a person is needed."""
        return "low" if self.asks else self.said.confidence


def rows_of(
    statements: Iterable[Statement],
    finder: ItemFinder,
    sites: SiteNames,
    *,
    site: str = "",
    asked_for: str = "",
    today: dt.date | None = None,
) -> Iterator[SaidRow]:
    """Give what statements say. `site`: whose those are that name none; `asked_for`: what unmarked numbers mean."""
    for statement in statements:
        codes = sites.codes(statement.site) if statement.site else [site] if site else []
        if statement.quantity is None:
            said = read_statement(statement.text, lexicon=finder.lexicon, today=today, asked_for=asked_for)
        else:
            said = list(_of_cell(statement, finder, asked_for or "need"))
        for each in said:
            yield _row(statement, each, codes, finder)


def _of_cell(statement: Statement, finder: ItemFinder, meaning: str) -> Iterator[Said]:
    """Give what a row of a table says: its items by their words, its quantity only if it is one."""
    found = (token.value for token in tokens_of(statement.text, finder.lexicon) if token.kind == "item")
    items = list(dict.fromkeys(map(str, found)))
    special = [item for item in items if item != "MASK_ANY"] or items
    quantity = _quantity(statement.quantity or "", finder)
    words = f"{statement.text} {statement.quantity}".strip()
    for item in special:
        if quantity is None or len(special) > 1:
            yield Said(item=item, meaning=meaning, person=True, confidence="low", words=words)
        else:
            sure = "medium" if quantity.about or item == "MASK_ANY" else "high"
            low, high = quantity.low, quantity.high
            yield Said(item=item, meaning=meaning, low=low, high=high, unit=quantity.unit, confidence=sure, words=words)


def _quantity(cell: str, finder: ItemFinder) -> Quantity | None:
    """Return the quantity of a cell, None where it holds a placeholder, several numbers or none."""
    if normalised(cell).strip() in PLACEHOLDERS:
        return None
    found = [token.value for token in tokens_of(cell, finder.lexicon) if token.kind in ("quantity", "list number")]
    return found[0] if len(found) == 1 and isinstance(found[0], Quantity) else None


def _row(statement: Statement, said: Said, codes: Sequence[str], finder: ItemFinder) -> SaidRow:
    asks: list[Sentence] = []
    if len(codes) != 1:
        asks.append(_which_site(statement, codes))
    items = finder.candidates(said.item) if said.item else ()
    if finder.items and said.item and len(items) != 1:
        asks.append(_which_item(said, items))
    if not said.item:
        asks.append(say("which item is meant was not said"))
    if said.person and said.meaning != "enough":
        asks.append(say("no number was written"))
    item = items[0] if len(items) == 1 else "" if finder.items else said.item
    low, high = _in_base_units(said, item, finder)
    if said.low is not None and low is None:
        asks.append(say("how many {base} one {unit} has is not known", unit=said.unit, base=finder.items[item].unit))
    site = codes[0] if len(codes) == 1 else ""
    return SaidRow(statement=statement, said=said, site=site, item=item, low=low, high=high, asks=tuple(asks))


def _which_site(statement: Statement, codes: Sequence[str]) -> Sentence:
    if codes:
        return say('"{name}" may be {codes}', name=statement.site, codes=list(codes))
    if statement.site:
        return say('"{name}" is no site of the ledger', name=statement.site)
    return say("which site it is was not said")


def _which_item(said: Said, items: Sequence[str]) -> Sentence:
    if items:
        return say('"{words}" may be {codes}', words=said.words, codes=list(items))
    return say('no item of the ledger is "{words}"', words=said.words)


def _in_base_units(said: Said, code: str, finder: ItemFinder) -> tuple[Fraction | None, Fraction | None]:
    """Return a quantity in base units of its item, as its name says what a unit holds; None where nobody does."""
    if said.low is None or said.high is None:
        return None, None
    item = finder.items.get(code)
    factor = Fraction(1)
    if item is not None and said.unit and not _is_same(base_unit(said.unit), base_unit(item.unit), said.item):
        found = ratios(base_unit(said.unit), base_unit(item.unit), list(equations_of((), item.names)))
        if len(found) != 1:
            return None, None
        factor = next(iter(found))
    return said.low * factor, said.high * factor


_PAIRS_THAT_ARE_ONE = ("GOGGLES", "FACE_SHIELD")


def _is_same(said: str, own: str, word: str) -> bool:
    """Say whether two units count the same things one by one.

    A suit is a set, a piece or a unit; gloves are two to a pair, but a pair of goggles is one.
    """
    alike = {"piece", "set", "unit", *(["pair", base_unit("副")] if word in _PAIRS_THAT_ARE_ONE else [])}
    return said == own or {said, own} <= alike
