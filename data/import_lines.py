"""From a raw table to the lines of documents: columns of what was said, with every problem in them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from allocator.case import STATUSES, Bools, Dates, Texts, Units
from allocator.sentence import Sentence
from data import import_kinds as more_kinds
from data import problem_kinds as kinds
from data.cell_codes import Codes, references, texts
from data.cell_values import choices, dates, decimals, report_rows, whole
from data.csv_text import plain_numbers
from data.problems import ProblemList
from data.raw_table import RawTable
from data.texts import translator
from models.report_words import FUNCTIONS, WAYS

__all__ = ["DOCUMENT_KINDS", "Asked", "KnownCodes", "Lines", "Rows", "group_rows", "numbered", "read_lines"]

DOCUMENT_KINDS = ("opening", "stock", "in_transit", "receipts", "issues", "counts")
"""The kinds whose rows become documents."""

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False, kw_only=True)
class KnownCodes:
    """What lines may refer to; None where a table of the upload could not be read, so nobody can say.

    `partners`: supplier, donor or upper_level, by code.
    """

    items: Codes | None
    sites: Codes | None
    partners: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What holds for every row that does not say it. `day`: None where nobody said one, which means today.

    `certificate_due`: what is received without a quality certificate waits in quarantine.
    """

    today: dt.date
    day: dt.date | None = None
    certificate_due: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Lines:
    """Rows that become documents. Texts are "" where nobody said; `units` -1; `day` an ISO day, "" for today.

    `more`: the other texts, by column; `aside`: into quarantine, as was said; `waits`: by the policy, until
    its certificate comes; `reported_by`, `by`: who told it, and how.
    """

    kind: str
    table: RawTable
    number: Texts
    day: Texts
    site: Texts
    item: Texts
    units: Units
    lot: Texts
    expires: Texts
    aside: Bools
    waits: Bools
    more: dict[str, Texts]
    reported_by: Texts
    by: Texts

    @property
    def set_aside(self) -> Bools:
        """Which rows go into quarantine, because they said so or because the policy does."""
        both: Bools = self.aside | self.waits
        return both


def read_lines(kind: str, table: RawTable, codes: KnownCodes, asked: Asked, problems: ProblemList) -> Lines:
    """Return the lines of one table. In `stock`, what has expired or is damaged lies aside as quarantine does."""
    if "partner" in table.columns:
        references(table, "partner", Codes("partners", pa.array(list(codes.partners), pa.string())), problems)
    days = _days(kind, table, asked, problems)
    if "units" not in table.columns and not table.spec.by_name["units"].required:
        # A blank is not counted; but where the column is not there, nothing was meant to be a count.
        column = table.spec.by_name["units"]
        problems.add(kinds.COLUMN_MISSING, table.place(), column=column.name, column_zh=column.zh)
    expires = _iso(dates(table, "expires", problems))
    price = decimals(table, "unit_price", problems)
    more = {name: texts(table, name, problems) for name in ("partner", "fund", "earmark", *_PAPERS)}
    more["unit_price"] = np.array(plain_numbers(price).to_pylist(), dtype=object)
    more["partner_kind"] = np.array([codes.partners.get(code, "") for code in more["partner"]], dtype=object)
    more["arrives"] = _iso(dates(table, "arrives", problems))
    return Lines(
        kind=kind,
        table=table,
        number=texts(table, "number", problems),
        day=days,
        site=_codes(codes.sites, table, "site", problems),
        item=_codes(codes.items, table, "item", problems),
        units=whole(table, "units", problems),
        lot=texts(table, "lot", problems),
        expires=expires,
        aside=_aside(choices(table, "status", problems), expires, days, asked),
        waits=_waits(kind, table, more["certificate"], asked, problems),
        more=more,
        reported_by=_coded(texts(table, "reported_by", problems), FUNCTIONS),
        by=_ways(table, problems),
    )


def _coded(said: Texts, words: Mapping[str, Sentence]) -> Texts:
    """Return texts with the words of a list, in either language, as their codes."""
    codes = {translator(lang)(says): code for code, says in words.items() for lang in ("en", "zh")}
    return np.array([codes.get(each, each) for each in said], dtype=object)


def _ways(table: RawTable, problems: ProblemList) -> Texts:
    ways = _coded(texts(table, "by", problems), WAYS)
    wrong = np.flatnonzero([bool(each) and each not in WAYS for each in ways])
    report_rows(table, "by", problems, more_kinds.WAY_UNKNOWN, wrong, lambda _: {"ways": list(WAYS)})
    return ways


_PAPERS = ("reference", "certificate", "standard", "purpose")


def _aside(status: NDArray[np.int8], expires: Texts, days: Texts, asked: Asked) -> Bools:
    """Return which rows lie in quarantine; what says expired and is past its date lies on the shelf, unusable."""
    past = (expires != "") & (expires < np.where(days == "", asked.today.isoformat(), days))
    aside: Bools = (status > 0) & ~((status == STATUSES.index("expired")) & past)
    return aside


def _waits(kind: str, table: RawTable, certificate: Texts, asked: Asked, problems: ProblemList) -> Bools:
    """Return which rows of receipts wait for their certificate, and say how many do."""
    waits: Bools = np.full(table.rows, kind == "receipts" and asked.certificate_due) & (certificate == "")
    rows = int(np.count_nonzero(waits))
    if rows:
        problems.notice(more_kinds.UNCERTIFIED, table.place(), rows=rows)
    return waits


def _codes(codes: Codes | None, table: RawTable, name: str, problems: ProblemList) -> Texts:
    positions = references(table, name, codes, problems)
    known: Texts = np.array([*([] if codes is None else codes.values.to_pylist()), ""], dtype=object)
    return known[positions]


def _days(kind: str, table: RawTable, asked: Asked, problems: ProblemList) -> Texts:
    said = dates(table, "day", problems)
    ahead = np.flatnonzero(said > np.datetime64(asked.today, "D"))
    today = asked.today.isoformat()
    report_rows(table, "day", problems, more_kinds.DAY_AHEAD, ahead, lambda _: {"today": today})
    days = _iso(said)
    # Whoever says no day, here or on the command line, may say it again tomorrow: it stays unsaid.
    if asked.day is not None or kind in ("stock", "in_transit"):
        days[days == ""] = "" if asked.day is None else asked.day.isoformat()
    return days


def _iso(days: Dates) -> Texts:
    iso: Texts = np.datetime_as_string(days, unit="D").astype(object)
    iso[np.isnat(days)] = ""
    return iso


def numbered(*columns: Texts) -> NDArray[np.int64]:
    """Return for every row a number that rows share which agree in all columns.

    >>> numbered(np.array(["b", "a", "b"], dtype=object), np.array(["", "", ""], dtype=object)).tolist()
    [0, 1, 0]
    """
    group = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:
        codes = pa.array(column, pa.string()).dictionary_encode().indices.to_numpy().astype(np.int64)
        group = np.unique(group * (int(codes.max(initial=0)) + 1) + codes, return_inverse=True)[1]
    return group


def group_rows(*columns: Texts) -> list[Rows]:
    """Return the rows that agree in all columns, group by group, in the order in which groups and rows begin.

    >>> group_rows(np.array(["b", "a", "b"], dtype=object), np.array(["", "", ""], dtype=object))
    [array([0, 2]), array([1])]
    """
    group = numbered(*columns)
    order = np.argsort(group, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(group[order])) + 1)
    return sorted((part for part in parts if len(part)), key=lambda rows: int(rows[0]))
