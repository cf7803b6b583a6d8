"""From the tables of an upload to what the ledger takes in: every problem in them, then columns and documents."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from data import import_kinds as more_kinds
from data.cell_codes import Codes
from data.cell_text import date_in
from data.import_activity import report_strange_places
from data.import_catalogue import CATALOGUE_KINDS, catalogue_columns, codes_of
from data.import_documents import Origin, papers_of
from data.import_files import PolicyRead, Upload
from data.import_lines import DOCUMENT_KINDS, Asked, KnownCodes, read_lines
from data.planning_checks import check_budget_items
from data.planning_history import history_columns, history_of
from data.policy_kept import certificate_due, differences, kept_policy, policy_to_keep
from data.problems import ProblemList
from data.raw_table import RawTable
from data.whole_documents import DocumentRows, rows_by_document, rows_by_order
from models.days import day_of
from models.import_known import LedgerKnown
from models.imports import Incoming
from models.papers import Paper

__all__ = ["Hand", "documents_in", "incoming"]

_ORDER = {kind: place for place, kind in enumerate(DOCUMENT_KINDS)}


@dataclass(frozen=True, kw_only=True)
class Hand:
    """Who takes a file in, and when: `now` in UTC microseconds.

    `day`: what rows without a day happened on, None for today; the stock of a case lies there on its
    policy's day.
    """

    actor: str
    now: int
    zone: ZoneInfo
    day: dt.date | None = None


def incoming(upload: Upload, known: LedgerKnown, hand: Hand, problems: ProblemList) -> Incoming | None:
    """Return what an upload says, as the ledger takes it in; None after a problem."""
    tables = {kind: table for kind, table in upload.tables.items() if table is not None}
    codes = _codes(upload, known)
    catalogue: dict[str, dict[str, list[Any]]] = {}
    for kind in CATALOGUE_KINDS:
        if kind in tables:
            suppliers = _suppliers(upload, known, catalogue)
            catalogue[kind] = catalogue_columns(
                kind, tables[kind], codes.items, codes.sites, problems, suppliers=suppliers
            )
    if "history" in tables:
        history = history_of(tables["history"], codes.items, codes.sites, day_of(hand.now, hand.zone), problems)
        catalogue["history"] = {} if history is None else history_columns(history)
    if "budgets" in tables:
        check_budget_items(tables["budgets"], catalogue["budgets"], codes.items, problems)
    _notice_areas(tables.get("sites"), catalogue, known, problems)
    _check_places(tables.get("facts"), catalogue, known, problems)
    partners = {**known.partners, **_partners(catalogue)}
    codes = KnownCodes(items=codes.items, sites=codes.sites, partners=partners)
    policy = _policy(upload.policy, known, codes, problems)
    papers = _papers(upload, known, codes, hand, problems)
    if problems or None in upload.tables.values():
        return None
    return Incoming(catalogue=catalogue, policy=policy, papers=papers)


def _partners(catalogue: Mapping[str, Mapping[str, list[Any]]]) -> dict[str, str]:
    """Return the partners of an upload with their kinds; suppliers may come in a table of their own."""
    own, suppliers = catalogue.get("partners", {}), catalogue.get("suppliers", {}).get("code", ())
    named = zip(own.get("code", ()), own.get("kind", ()), strict=True)
    return {**dict(named), **dict.fromkeys(suppliers, "supplier")}


def _suppliers(upload: Upload, known: LedgerKnown, catalogue: Mapping[str, Mapping[str, list[Any]]]) -> Codes | None:
    """Return the codes of suppliers that rows may refer to; None where their table could not be read."""
    if any(kind in upload.tables and upload.tables[kind] is None for kind in ("partners", "suppliers")):
        return None
    partners = {**known.partners, **_partners(catalogue)}
    return Codes("suppliers", pa.array([code for code, kind in partners.items() if kind == "supplier"], pa.string()))


def _papers(upload: Upload, known: LedgerKnown, codes: KnownCodes, hand: Hand, problems: ProblemList) -> list[Paper]:
    """Return the documents of an upload, in the order in which they happened."""
    origin = Origin(
        file=upload.name,
        digest=upload.digest,
        actor=hand.actor,
        now=hand.now,
        zone=hand.zone,
        expiries=known.expiries,
    )
    papers: list[Paper] = []
    for kind in DOCUMENT_KINDS:
        table = upload.tables.get(kind)
        if table is not None:
            lines = read_lines(kind, table, codes, _asked(kind, upload, hand, known), problems)
            papers += papers_of(lines, origin, problems)
    return sorted(papers, key=lambda paper: (paper.draft.entry.occurred_at, _ORDER[paper.kind]))


def documents_in(upload: Upload, known: LedgerKnown, hand: Hand) -> dict[str, DocumentRows]:
    """Return of which document each row of an upload is, by kind, as far as it can be read."""
    scratch = ProblemList()
    codes = _codes(upload, known)
    found: dict[str, DocumentRows] = {}
    for kind, table in upload.tables.items():
        if table is not None and table.rows and kind in DOCUMENT_KINDS:
            found[kind] = rows_by_document(read_lines(kind, table, codes, _asked(kind, upload, hand, known), scratch))
        elif table is not None and table.rows and kind == "orders":
            found[kind] = rows_by_order(table)
    return found


def _asked(kind: str, upload: Upload, hand: Hand, known: LedgerKnown) -> Asked:
    day = hand.day or _day_of_case(kind, upload.policy)
    return Asked(today=day_of(hand.now, hand.zone), day=day, certificate_due=certificate_due(known.policy))


def _codes(upload: Upload, known: LedgerKnown) -> KnownCodes:
    tables = upload.tables
    return KnownCodes(
        items=codes_of(tables.get("items"), "items", known.items, given="items" in tables),
        sites=codes_of(tables.get("sites"), "sites", known.sites, given="sites" in tables),
        partners=known.partners,
    )


def _day_of_case(kind: str, policy: PolicyRead | None) -> dt.date | None:
    """Return the day on which a case's stock lay where it says: its policy's."""
    said = policy.values.get("date") if policy and kind in ("stock", "in_transit") else None
    read = date_in(said) if isinstance(said, str) else said  # a sheet's cell is a text
    return read if type(read) is dt.date else None


def _policy(read: PolicyRead | None, known: LedgerKnown, codes: KnownCodes, problems: ProblemList) -> str | None:
    """Return the text of a policy that says something else than the one in force."""
    if read is None:
        return None
    items = [] if codes.items is None else codes.items.values.to_pylist()
    text = policy_to_keep(read.values, read.places, read.file, items, problems)
    if text is None or known.policy is None:
        return text
    return text if differences(kept_policy(known.policy), kept_policy(text)) else None


def _notice_areas(
    table: RawTable | None, catalogue: dict[str, dict[str, list[Any]]], known: LedgerKnown, problems: ProblemList
) -> None:
    """Say where sites lie in areas that nobody has named, if any areas are named at all."""
    areas = {*known.areas, *catalogue.get("areas", {}).get("code", ())}
    strange = [area for area in _said(catalogue.get("sites", {}).get("area", ())) if area not in areas]
    if table is not None and areas and strange:
        problems.notice(more_kinds.AREAS_UNKNOWN, table.place(None, "area"), rows=len(strange), code=strange[0])


def _check_places(
    table: RawTable | None, catalogue: dict[str, dict[str, list[Any]]], known: LedgerKnown, problems: ProblemList
) -> None:
    """Report facts of places that are no site, no area and no beginning of a site's area."""
    if table is None:
        return
    sites = catalogue.get("sites", {})
    places = {*known.sites, *sites.get("code", ()), *known.areas, *catalogue.get("areas", {}).get("code", ())}
    report_strange_places(table, places, {*known.site_areas, *sites.get("area", ())}, problems)


def _said(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text]
