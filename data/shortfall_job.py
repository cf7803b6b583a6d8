"""The background job that works out what runs short, and keeps what its page shows.

Who sees some areas only gets rows and problems of their sites, and no picture, for sums over all sites would tell the
others.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from allocator.sentence import say
from allocator.shortfall_forecast import forecast_shortfall
from allocator.shortfall_rules import ShortfallRules
from data.coefficients import read_coefficients
from data.kept_results import zipped
from data.ledger_facts import Fact
from data.shortfall_book import write_shortfall_book
from data.shortfall_out import ShortfallOut
from data.shortfall_paper import pictures_of, shortfall_pdf
from data.snapshot_taken import planning_of, take_or_refuse
from data.tables_out import AboutOut, ColumnOut, TableOut, write_tables
from data.tables_paper import tables_pdf
from data.texts import LANGUAGES
from models.database import reading
from models.days import clock_of, day_of
from models.entry import Refusal
from models.job_work import Work
from models.jobs import Outcome
from models.ledger import Ledger
from models.people import people
from models.rights import Reach, reach_of

__all__ = ["shortfall_of_day"]

_SHOWN = frozenset(
    (
        *("kind", "what", "action", "site", "site_name", "item", "item_name", "unit", "status", "cover_days", "day"),
        *("p_before_delivery", "stock_out_early", "stock_out", "usable_units", "held_units", "daily_units", "rows"),
        *("unmet_units_high", "central_units", "lateral_units", "buy_units", "order_by", "supplier", "cost_yuan"),
        *("why_1", "bucket", "amount_yuan", "needed_yuan", "lacking_yuan"),
    )
)
"""Columns that the page shows."""


def shortfall_of_day(work: Work) -> Outcome:
    """Work out the shortfall report of a day. Arguments: `day` (ISO; today where none is said), `horizon_days`.

    Raises:
        Refusal: the ledger cannot be planned, everything that is wrong at once; or nothing is needed anywhere.

    """
    ledger, said = work.ledger, work.arguments.get("day")
    day = dt.date.fromisoformat(said) if said else day_of(work.now, ledger.zone)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    taken = take_or_refuse(ledger, day)
    planning, document = planning_of(ledger, taken), taken.document
    work.tell(0.2, say("Working out what runs short"))
    rules = ShortfallRules(horizon_days=int(work.arguments.get("horizon_days", 30)))
    report = forecast_shortfall(planning, rules, coefficients=read_coefficients())
    if not len(report.rows):
        raise Refusal(say("No site needs or used anything, so nothing can run short. Add needs, or a table `history`."))
    given, reach = ShortfallOut(report, planning), _reach(ledger, work.actor)
    work.tell(0.8, say("Keeping the report"))
    cut_off = report.cut_off.isoformat() if report.cut_off else say("no history: needs alone")
    facts: list[Fact] = [
        (say("day"), report.today.isoformat()),
        (say("worked out at"), clock_of(work.now, ledger.zone)),
        (say("up to document"), f"{document:,}"),
        (say("use known up to"), cut_off),
        (say("horizon, days"), rules.horizon_days),
        (say("safety, days"), rules.safety_days),
    ]
    content = _whole(given, facts) if reach.everywhere else _part(given, facts, reach)
    told = say("Shortfall of {day}, from documents up to {document}.", day=day.isoformat(), document=document)
    return Outcome(
        says=(told,),
        result={"document": document, "day": day.isoformat(), "to": f"/shortfall?job={work.job.id}"},
        file_name="shortfall.zip",
        file=content,
    )


def _reach(ledger: Ledger, actor: str) -> Reach:
    with reading(ledger.engine) as connection:
        everybody = people(connection)
        own = next((each for each in everybody if each.id == actor), None)
        return Reach(everywhere=not everybody) if own is None else reach_of(connection, own, "see-shortfall")


def _whole(given: ShortfallOut, facts: Sequence[Fact]) -> bytes:
    """Return everything: all tables, the pictures, the workbook and the PDF that the command writes."""
    title = say("Shortfall report")
    pictures = {lang: pictures_of(given, lang=lang) for lang in LANGUAGES}
    files: dict[str, bytes] = {}
    for lang, drawn in pictures.items():
        for name in ("matrix", "calendar", "budget"):
            if drawn[name]:
                files[f"{name}.{lang}.svg"] = drawn[name].encode()
        for n, each in enumerate(drawn["fans"]):
            files[f"fan-{n}.{lang}.svg"] = each.encode()
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shortfall.xlsx"
            write_shortfall_book(path, given, title=title, facts=facts, lang=lang)
            files[f"shortfall.{lang}.xlsx"] = path.read_bytes()
        files[f"shortfall.{lang}.pdf"] = shortfall_pdf(given, title=title, facts=facts, lang=lang)
    order = [given.problem_list(), given.groups("item"), given.rows()]
    if given.money:
        order.append(given.budget())
    drawn_names = [name for name in ("matrix", "calendar", "budget") if pictures["en"][name]]
    drawn_names += [f"fan-{n}" for n in range(len(pictures["en"]["fans"]))]
    return zipped(order, facts, drawn_names, files, columns=_SHOWN)


def _part(given: ShortfallOut, facts: Sequence[Fact], reach: Reach) -> bytes:
    """Return what concerns the sites within reach."""
    tables = [_within(each, reach) for each in (given.problem_list(), given.rows())]
    title, files = say("Shortfall report"), dict[str, bytes]()
    about = AboutOut(title=title, day=given.report.today, facts=facts)
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "shortfall.xlsx"
            write_tables(path, tables, about, lang=lang)
            files[f"shortfall.{lang}.xlsx"] = path.read_bytes()
        files[f"shortfall.{lang}.pdf"] = tables_pdf(tables, about, lang=lang)
    return zipped(tables, facts, [], files, columns=_SHOWN)


def _within(table: TableOut, reach: Reach) -> TableOut:
    site = next(column for column in table.columns if column.name == "site")
    kept = [n for n, code in enumerate(site.values) if reach.holds(str(code))]
    columns = (
        ColumnOut(name=each.name, title=each.title, holds=each.holds, values=_chosen(each.values, kept))
        for each in table.columns
    )
    return TableOut(name=table.name, title=table.title, columns=tuple(columns), added_up=table.added_up)


def _chosen(values: Any, kept: Sequence[int]) -> Any:
    return values[kept] if isinstance(values, np.ndarray) else [values[n] for n in kept]
