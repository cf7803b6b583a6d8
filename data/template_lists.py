"""What the cells of a template may be chosen from: codes with their names, fixed words in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from allocator.words import UNIT_WORDS
from data.columns import CHOICES_ZH, KINDS_ZH, Column
from data.workbook_looks import label

__all__ = ["CodeLists", "Listed", "list_for"]

Codes = Sequence[tuple[str, str, str]]
"""Codes with their names in English and Chinese."""

_FLAGS = (("yes", "是"), ("no", "否"))


@dataclass(frozen=True, kw_only=True)
class CodeLists:
    """The codes a ledger knows. `kinds`: the kind of each site, by code. Empty where there is no ledger."""

    sites: Codes = ()
    items: Codes = ()
    partners: Codes = ()
    areas: Codes = ()
    kinds: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Listed:
    """A list to choose from: `name`, what is shown, and what each shown text means.

    `fixed`: nothing else is accepted; a code may be newer than the template.
    """

    name: str
    means: dict[str, str]
    fixed: bool


def list_for(column: Column, lists: CodeLists) -> Listed | None:
    """Return what a column may be chosen from, None where anything may be written.

    >>> from data.import_columns import IMPORT_TABLES
    >>> found = list_for(IMPORT_TABLES["counts"].by_name["site"], CodeLists(sites=[("P1", "Gate", "卡口一")]))
    >>> found.name, found.means
    ('site', {'P1 Gate 卡口一': 'P1'})
    """
    if column.holds == "choice":
        return Listed(column.name, {label(word, _zh(word)): word for word in column.choices}, fixed=True)
    if column.holds == "flag":
        return Listed(column.name, {label(word, zh): word for word, zh in _FLAGS}, fixed=True)
    codes = _codes_for(column, lists)
    if codes:
        return Listed(column.name, _labelled(codes), fixed=False)
    if column.name in ("unit", "of"):
        return Listed(column.name, {label(word, zh): word for word, (zh, *_) in UNIT_WORDS.items()}, fixed=False)
    if column.name == "kind" and column.holds == "text":
        kinds = {english: zh for zh, english in reversed(KINDS_ZH.items())}
        return Listed(column.name, {label(word, zh): word for word, zh in kinds.items()}, fixed=False)
    return None


def _codes_for(column: Column, lists: CodeLists) -> Codes:
    if column.name == "depot":
        return [site for site in lists.sites if lists.kinds.get(site[0]) == "warehouse"] or lists.sites
    if column.holds == "site":
        return lists.sites
    if column.holds == "item":
        return lists.items
    by_name = {"partner": lists.partners, "area": lists.areas, "parent": lists.areas}
    return by_name.get(column.name, ()) if column.holds == "text" else ()


def _labelled(codes: Codes) -> dict[str, str]:
    """Return what is shown for each code; the code alone where the rest could be mistaken for another's."""
    known = {code for code, _, _ in codes}
    means: dict[str, str] = {}
    for code, *names in codes:
        # A cell shows no break, and what is read from it has no blanks at its ends.
        shown = " ".join(label(code, *names).split())
        if shown in means or (shown in known and shown != code):
            shown = code
        means[shown] = code
    return means


def _zh(word: str) -> str:
    return next((zh for zh, english in CHOICES_ZH.items() if english == word), "")
