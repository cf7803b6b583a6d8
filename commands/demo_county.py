"""The county of the demonstration: opened in a ledger, and lived through day by day."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from allocator.case import Case
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.planning import PLAN_FILES, decide
from commands.session import Refused, Session
from commands.snapshotting import take_snapshot
from data.case_writing import write_case
from data.import_files import read_upload
from data.import_reading import Hand, incoming
from data.problems import ProblemList
from data.sample_days import PARTNERS, Day, arrivals, counts, receipts, reported, sent, used
from data.stored_plan import decided_of
from models.database import reading
from models.days import now_micros
from models.entry import Entry, Refusal
from models.import_known import ledger_known
from models.imports import Incoming, take_in
from models.ledger import Ledger, open_ledger
from models.making import make_or_migrate
from models.people import LOCAL
from models.plans import Decided, store_plan
from models.shipments import Shipment, open_shipments
from models.stock import StockRow, stock
from models.tables import document, location
from models.versions import Stamp

__all__ = ["County", "Lived", "open_county"]

_NOTHING_FEASIBLE = 3


@dataclass(frozen=True)
class Lived:
    """One day as it went: its plan under its name (None where nothing could be sent), and how many documents."""

    date: dt.date
    name: str
    plan: Plan | None
    case: Case
    decided: Decided | None
    documents: Counter[str]
    differing: int

    @property
    def sentence(self) -> Sentence:
        """Return the day in a sentence."""
        counts = {type_: f"{self.documents[type_]:,}" for type_ in ("receive", "transfer", "confirm", "issue", "count")}
        return say(
            "{date}: {receive} receipts overnight, plan {plan}, {transfer} shipments sent, {confirm} confirmed "
            "({differing} with differences), {issue} reports of use, {count} counts.",
            date=self.date.isoformat(),
            plan=self.name or say("none"),
            differing=self.differing,
            **counts,
        )

    @property
    def facts(self) -> dict[str, Any]:
        """Return the day as plain JSON values."""
        about = {"date": self.date.isoformat(), "plan": self.name or None, "confirmed_with_differences": self.differing}
        return about | {"documents": dict(sorted(self.documents.items()))}

    def write(self, folder: Path) -> None:
        """Write the case and the plan of the day into a folder."""
        write_case(self.case, folder / "case")
        (folder / "plan").mkdir()
        for name, content in self.decided.files.items() if self.decided else ():
            if name in PLAN_FILES:
                (folder / "plan" / name).write_bytes(content)


def open_county(session: Session, case: Case) -> Ledger:
    """Make a ledger and take an invented case into it, through the same door as everybody's own tables.

    Raises:
        Refusal: the ledger holds documents already.

    """
    make_or_migrate(session.db, made_at=now_micros(), lang=session.lang)
    ledger = open_ledger(session.db)
    _refuse_used(ledger)
    eve = Day(case.policy.date - dt.timedelta(days=1), ledger.zone, LOCAL)
    problems = ProblemList()
    with tempfile.TemporaryDirectory(prefix="allocator-") as folder:
        write_case(case, Path(folder))
        upload = read_upload(Path(folder), None, problems)
    with reading(ledger.engine) as connection:
        known = ledger_known(connection)
    hand = Hand(actor=LOCAL, now=eve.at(20), zone=ledger.zone, day=eve.date)
    found = None if upload is None else incoming(upload, known, hand, problems)
    if found is None:
        raise AssertionError([str(problem) for problem in problems.problems])
    take_in(ledger, found, Stamp(LOCAL, eve.at(20)))
    take_in(ledger, Incoming(catalogue={"partners": PARTNERS}), Stamp(LOCAL, eve.at(20)))
    return ledger


def _refuse_used(ledger: Ledger) -> None:

    with reading(ledger.engine) as connection:
        used = [connection.execute(sa.select(table.c.id).limit(1)).first() for table in (document, location)]
    if any(used):
        raise Refusal(say("This ledger is in use. Name a new one with --db, or none for a new folder."))


@dataclass
class County:
    """A ledger while it is lived in; `case`: as it was known last."""

    session: Session
    ledger: Ledger
    case: Case

    def live(self, date: dt.date, *, first: bool, workbook: bool) -> Lived:
        """Live through one day; on the `first` the needs are as they were. `workbook`: keep the plan's too."""
        day = Day(date, self.ledger.zone, LOCAL)
        documents: Counter[str] = Counter()
        desk = Desk(self.session, self.ledger, LOCAL, day.at(8))
        if not first:
            self._report(day)
        self._post(receipts(day, self.case), day.at(7), documents)
        taken = take_snapshot(desk, date)
        self.case = taken.case
        plan, name, decided = self._decide(taken.case), "", None
        if plan is not None:
            decided = decided_of(plan, taken.case, document=taken.document, workbook=workbook)
            name = store_plan(self.ledger.engine, decided, Stamp(LOCAL, day.at(8)))
            self._post(sent(day, plan, taken.case, self._stock(date), name=name), day.at(10), documents)
        confirmed = arrivals(day, self._moving(date))
        self._post(confirmed, day.at(19), documents)
        self._post(used(day, taken.case, self._stock(date)), day.at(21), documents)
        self._post(counts(day, self._stock(date)), day.at(22), documents)
        differing = sum(1 for entry in confirmed if entry.reason)
        return Lived(date, name, plan, taken.case, decided, documents, differing)

    def _report(self, day: Day) -> None:

        take_in(self.ledger, Incoming(catalogue={"needs": reported(day, self.case)}), Stamp(LOCAL, day.at(6)))

    def _decide(self, case: Case) -> Plan | None:
        try:
            return decide(self.session, case)
        except Refused as refused:
            if refused.exit_code != _NOTHING_FEASIBLE:
                raise
            return None

    def _post(self, entries: Sequence[Entry], recorded_at: int, documents: Counter[str]) -> None:
        self.ledger.post_all(entries, recorded_at=recorded_at)
        documents.update(entry.type for entry in entries)

    def _stock(self, date: dt.date) -> list[StockRow]:

        with reading(self.ledger.engine) as connection:
            return stock(connection, day=date)

    def _moving(self, date: dt.date) -> list[tuple[Shipment, list[StockRow]]]:
        """Return what is under way: each shipment with its lots."""
        rows: dict[str, list[StockRow]] = defaultdict(list)
        for row in self._stock(date):
            if row.state == "in_transit":
                rows[row.place].append(row)
        with reading(self.ledger.engine) as connection:
            found = open_shipments(connection, self.ledger.zone)
        return [(shipment, rows[place]) for place, shipment in sorted(found.items())]
