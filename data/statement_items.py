"""Which item of a ledger a statement's words mean: by the user's words, the items' own names, the shipped lexicon."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from data.statement_tokens import NOTHING, Lexicon, normalised, read_lexicon, tokens_of
from models.import_names import CalledItem

__all__ = ["ItemFinder", "finder_of", "kinds_of_item"]

_MASKS = ("MASK_ANY", "MEDICAL_MASK", "SURGICAL_MASK", "RESPIRATOR")
_LETTERS_LEAST = 2


@dataclass(frozen=True)
class ItemFinder:
    """A lexicon, and the items of the ledger that each of its items may be. `items`: empty without a ledger."""

    lexicon: Lexicon
    meant: Mapping[str, tuple[str, ...]]
    items: Mapping[str, CalledItem]

    def candidates(self, word: str) -> tuple[str, ...]:
        """Return the codes that an item of the lexicon may be: one where it is clear, none where there is none."""
        if word in self.items:
            return (word,)
        found = self.meant.get(word, ())
        if word == "MASK_ANY" and not found:
            found = tuple(code for mask in _MASKS for code in self.meant.get(mask, ()))
        return found


def finder_of(items: Mapping[str, CalledItem], more: Mapping[str, str]) -> ItemFinder:
    """Return what finds the items of a ledger. `more`: the user's own words, which win over all others.

    >>> finder = finder_of({"M1": CalledItem(("surgical mask", "医用外科口罩"), "piece", 10)}, {"蓝口罩": "M1"})
    >>> finder.candidates("SURGICAL_MASK"), finder.candidates("MASK_ANY"), finder.candidates("SUIT")
    (('M1',), ('M1',), ())
    """
    shipped = read_lexicon()
    words: dict[str, str] = {}
    meant: dict[str, list[str]] = defaultdict(list)
    for code, item in items.items():
        for kind in kinds_of_item(item):
            meant[kind].append(code)
        for name in (*item.names, code):
            plain = normalised(name).strip()
            if plain and plain not in shipped.words and len(plain) >= _LETTERS_LEAST and not plain.isdigit():
                # Two items of one name are told apart by a person.
                words[plain] = code if words.get(plain, code) == code else plain
    lexicon = shipped.with_words({word: code for word, code in words.items() if code in items})
    own = {word: item for word, item in more.items() if item}
    return ItemFinder(lexicon.with_words(own), {kind: tuple(codes) for kind, codes in meant.items()}, items)


def kinds_of_item(item: CalledItem) -> set[str]:
    """Return what the shipped lexicon calls an item by its names.

    >>> kinds_of_item(CalledItem(("N95 respirator", "N95防护口罩"), "piece", 10))
    {'RESPIRATOR'}
    """
    shipped = read_lexicon()
    return {kind for name in item.names for kind in _kinds(name, shipped)}


def _kinds(name: str, shipped: Lexicon) -> set[str]:
    """Return what the shipped lexicon calls an item of this name: the most special of its words."""
    found = [str(token.value) for token in tokens_of(name, shipped) if token.kind == "item" and token.value != NOTHING]
    special = {kind for kind in found if kind != "MASK_ANY"}
    return special or set(found)
