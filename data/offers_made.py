"""Offers of donations as donors typed them: quantities that cannot be meant are flagged, places made one spelling.

Nothing is corrected: a flagged quantity is none, for a person to ask about, and a place that is no known one
stays as it was written, with what may have been meant.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.measures import written_quantity
from allocator.sentence import Sentence, say
from data.place_names import Places
from data.problems import Kind, Place, ProblemList
from data.sheet_cells import cells_of_csv, text_of
from data.statement_items import ItemFinder
from data.statement_tokens import normalised, tokens_of

__all__ = ["LIKELY_MAX", "OfferMade", "OfferRow", "read_offer", "read_offers"]

LIKELY_MAX = 10_000_000
"""Units above which an offer is taken for a typing error: a city's need for a week is far below it."""

_COLUMNS = {
    "donor": ("donor", "donorkey", "捐赠方", "捐赠人", "捐赠单位", "联系人"),
    "item": ("item", "equipmentenum", "equipment", "item_name", "物资", "物资名称", "品名"),
    "quantity": ("quantity", "qty", "units", "数量", "捐赠数量"),
    "place": ("place", "stateprovince", "state", "province", "area", "地区", "区划", "所在地", "省份"),
}
"""What the columns of a table of offers may be called."""

OFFERS_COLUMNS = Kind(
    "offers-columns",
    say("No column of it is called {missing}."),
    say("Call one so, or like one of these: {words}."),
)


@dataclass(frozen=True, kw_only=True)
class OfferMade:
    """One offer. `units`: None where the quantity is flagged; `place`: None where it is no known one."""

    item: str
    units: int | None
    written: str
    place: str | None
    place_written: str
    flags: tuple[Sentence, ...] = ()


def read_offer(item: str, quantity: str, place: str, places: Places) -> OfferMade:
    """Return an offer as it may be used, with what is doubtful of it.

    >>> states = Places({"FL": ("Florida",)})
    >>> read_offer("n95", "40", "Fl", states).place
    'FL'
    >>> [str(flag) for flag in read_offer("n95", "-18", "Florida", states).flags]
    ['"-18" is no number of units above zero. Ask the donor.']
    """
    flags: list[Sentence] = []
    units = _units(quantity, flags)
    read = places.read(place)
    if read.code is None and place.strip() and places.names:
        if read.candidates:
            may_be = list(read.candidates)
            flags.append(say('"{found}" is no known place; it may be: {candidates}.', found=place, candidates=may_be))
        else:
            flags.append(say('"{found}" is no known place.', found=place))
    return OfferMade(item=item, units=units, written=quantity, place=read.code, place_written=place, flags=tuple(flags))


def _units(quantity: str, flags: list[Sentence]) -> int | None:
    parts = written_quantity(quantity)
    number = sum(part.number * part.power for part in parts) if parts and not any(p.unit for p in parts) else None
    if number is None or number <= 0 or number.denominator != 1:
        flags.append(say('"{found}" is no number of units above zero. Ask the donor.', found=quantity))
        return None
    if number > LIKELY_MAX:
        most = f"{LIKELY_MAX:,}"
        flags.append(
            say('"{found}" is more than {most}, likely a typing error. Ask the donor.', found=quantity, most=most)
        )
        return None
    return int(number)


@dataclass(frozen=True, kw_only=True)
class OfferRow:
    """One row of a table of offers: `row` of the file, who offers, and the offer as it was read.

    `items`: codes that the words may mean, one where it is clear; without a ledger what the shipped words call it.
    """

    row: int
    donor: str
    items: tuple[str, ...]
    offer: OfferMade

    @property
    def flags(self) -> tuple[Sentence, ...]:
        """What a person must ask or choose."""
        flags = self.offer.flags
        if len(self.items) == 1:
            return flags
        if self.items:
            return (say('"{found}" may be {codes}.', found=self.offer.item, codes=list(self.items)), *flags)
        return (say('"{found}" is no known item.', found=self.offer.item), *flags)


def read_offers(path: Path, finder: ItemFinder, places: Places, problems: ProblemList) -> list[OfferRow]:
    """Return every row of a CSV file of offers; none after a problem. Columns go by any of the names of `_COLUMNS`."""
    cells = cells_of_csv(path, problems)
    if cells is None or not cells.rows:
        return []
    header = [normalised(text_of(cell)).strip() for cell in cells.rows[0]]
    at = {what: next((n for n, name in enumerate(header) if name in names), -1) for what, names in _COLUMNS.items()}
    for what in ("item", "quantity"):
        if at[what] < 0:
            problems.add(OFFERS_COLUMNS, Place(file=path.name, row=1), missing=what, words=list(_COLUMNS[what]))
    if problems:
        return []
    meant = _Meant(finder)
    found: list[OfferRow] = []
    for number, row in enumerate(cells.rows[1:], start=2):
        texts = {what: text_of(row[n]).strip() if n >= 0 else "" for what, n in at.items()}
        if any(texts.values()):
            offer = read_offer(texts["item"], texts["quantity"], texts["place"], places)
            found.append(OfferRow(row=number, donor=texts["donor"], items=meant.codes(texts["item"]), offer=offer))
    return found


class _Meant:
    """What words for items mean, each looked for once."""

    def __init__(self, finder: ItemFinder) -> None:
        self._finder = finder
        self._known: dict[str, tuple[str, ...]] = {}

    def codes(self, words: str) -> tuple[str, ...]:
        if words not in self._known:
            self._known[words] = self._looked_up(words)
        return self._known[words]

    def _looked_up(self, words: str) -> tuple[str, ...]:
        if words in self._finder.items:
            return (words,)
        exact = self._finder.lexicon.words.get(normalised(words).strip())
        if exact in self._finder.items:
            return (str(exact),)
        tokens = tokens_of(words.replace("_", " "), self._finder.lexicon)
        said = list(dict.fromkeys(str(token.value) for token in tokens if token.kind == "item"))
        said = [item for item in said if item != "MASK_ANY"] or said
        if not self._finder.items:
            return tuple(said)
        return tuple(dict.fromkeys(code for item in said for code in self._finder.candidates(item)))
