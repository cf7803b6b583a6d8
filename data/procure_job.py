"""The background job that works out what to order, and keeps what its page shows."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from allocator.planning import PlanningCase
from allocator.procurement_case import Budget
from allocator.procurement_demand import Wished
from allocator.sentence import Sentence, say
from data.kept_results import zipped
from data.order_lines import ToOrder
from data.procurement_tables import procurement_plain, procurement_tables
from data.procuring import Procured, items_wrong, prepared, procured, procured_facts
from data.snapshot_taken import planning_of, take_or_refuse
from data.tables_out import AboutOut, write_tables
from data.tables_paper import tables_pdf
from data.texts import LANGUAGES
from models.days import clock_of, day_of
from models.entry import Refusal
from models.job_work import Work
from models.jobs import Outcome
from models.order_asked import NewLine

__all__ = ["procure_day", "to_order_of"]

_TO_HEED = 20
_WHAT_IF = "what-if"
"""The name of the one budget where somebody asks what a sum of money would do."""


def procure_day(work: Work) -> Outcome:
    """Work out what to order from a day on.

    Arguments: `day` (ISO; today where none is said), `weeks`, `rule`, `months`, `critical` (items), `money` (yuan, ""
    for the budgets of the ledger).

    Raises:
        Refusal: the ledger cannot be planned, everything that is wrong at once; or nobody offers anything.

    """
    ledger, said = work.ledger, work.arguments
    day = dt.date.fromisoformat(said["day"]) if said.get("day") else day_of(work.now, ledger.zone)
    work.tell(0.0, say("Taking the snapshot of {day}", day=day.isoformat()))
    taken = take_or_refuse(ledger, day)
    planning = _with_money(planning_of(ledger, taken), str(said.get("money", "")))
    critical = tuple(said.get("critical", ()))
    wrong = list(items_wrong(planning, critical))
    if wrong:
        raise Refusal(*wrong)
    if not planning.offers:
        raise Refusal(say("Nobody offers anything: without offers there is nothing to order. Import offers first."))
    work.tell(0.1, say("Forecasting"))
    given = prepared(planning, Wished(weeks=int(said["weeks"]), critical=critical))
    least, most = said["months"]
    found = procured(
        planning, given, rule=said["rule"], months=(least, most), begins=lambda stage: work.tell(0.4, stage)
    )
    work.tell(0.9, say("Keeping what came of it"))
    facts = [
        (say("day"), day.isoformat()),
        (say("worked out at"), clock_of(work.now, ledger.zone)),
        (say("worked out by"), work.actor),
        (say("up to document"), f"{taken.document:,}"),
        *procured_facts(found, source=say("the ledger")),
    ]
    return Outcome(
        says=given.told[:_TO_HEED],
        result={
            "to": f"/purchase?job={work.job.id}",
            "document": taken.document,
            **procurement_plain(found.plan, found.outcome),
        },
        file_name="purchase.zip",
        file=_kept(found, facts),
    )


def _with_money(planning: PlanningCase, money: str) -> PlanningCase:
    """Return a case with one sum of money in place of its budgets, where somebody says one."""
    if not money:
        return planning
    return replace(planning, budgets=(Budget(bucket=_WHAT_IF, amount=Decimal(money)),))


def _kept(found: Procured, facts: list[tuple[Sentence, Sentence | str | int]]) -> bytes:
    tables, title, files = procurement_tables(found.plan), say("What to order"), dict[str, bytes]()
    about = AboutOut(title=title, day=found.plan.case.day, facts=facts)
    for lang in LANGUAGES:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "purchase.xlsx"
            write_tables(path, tables, about, lang=lang)
            files[f"purchase.{lang}.xlsx"] = path.read_bytes()
        files[f"purchase.{lang}.pdf"] = tables_pdf(tables, about, lang=lang)
    return zipped(tables, facts, [], files)


def to_order_of(result: Mapping[str, Any]) -> list[ToOrder]:
    """Return the lines that a job said are to be ordered, as `order place --from` reads them of its file."""
    return [
        ToOrder(
            supplier=line["supplier"],
            number="",
            order_by=dt.date.fromisoformat(line["order_by"]),
            line=NewLine(
                item=line["item"],
                units=line["units"],
                arrives=line["arrives"],
                price_micro=int(Decimal(line["price"]) * 1_000_000),
                budget="" if line["budget"] in (None, _WHAT_IF) else line["budget"],
            ),
        )
        for line in result["orders"]
    ]
