"""The county of the demonstration: opened in a ledger, and lived through day by day."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from allocator.case import Case
from allocator.plan import Plan
from allocator.sentence import Sentence, say
from commands.demo_plan import Sent, close_all, print_notes, send_by_plan
from commands.kept_plan import kept_plan
from commands.on_ledger import Desk
from commands.planning import PLAN_FILES, decide
from commands.session import Refused, Session
from commands.snapshotting import take_snapshot
from data.case_writing import write_case
from data.import_files import read_upload
from data.import_reading import Hand, incoming
from data.policy_file import POLICY_FILE
from data.problems import ProblemList
from data.sample_activity import local_facts, recounted, silent_reports, thermometers, what_is_counted
from data.sample_days import PARTNERS, Day, arrivals, counts, destroyed, losses, receipts, reported, used
from data.sample_planning import planning_sample
from models.database import reading
from models.days import now_micros
from models.documents import Draft
from models.entry import Entry, LotKey, Refusal
from models.import_known import ledger_known
from models.imports import Incoming, Paper, take_in
from models.ledger import Ledger, open_ledger
from models.making import make_or_migrate
from models.people import LOCAL
from models.policies import TIER_RULES
from models.shipments import Shipment, open_shipments
from models.stock import StockRow, stock
from models.tables import document, location
from models.versions import Stamp

__all__ = ["NOTES_FILE", "County", "Lived", "open_county"]

NOTES_FILE = "notes.pdf"

_NOTHING_FEASIBLE = 3

_COUNTED_BEFORE = 5
"""Days before the first on which activity was counted."""

_RECALLED_ON = 1
"""The day, from 0, on which a lot is recalled; a day later it is destroyed."""


@dataclass(frozen=True)
class Lived:
    """One day as it went. `sent`, `plan`: None where nothing could be sent; `late`: notes that did not come in time."""

    date: dt.date
    sent: Sent | None
    plan: Plan | None
    case: Case
    documents: Counter[str]
    differing: int
    late: int
    closed: int

    @property
    def sentences(self) -> list[Sentence]:
        """Return the day in a sentence or two."""
        types = ("receive", "dispatch", "confirm", "issue", "count", "writeoff")
        counts = {type_: f"{self.documents[type_]:,}" for type_ in types}
        day = say(
            "{date}: {receive} receipts overnight, plan {plan}, {dispatch} notes sent, {confirm} receipts of notes "
            "({differing} with differences, {late} notes late), {issue} reports of use, {writeoff} written off, "
            "{count} counts.",
            date=self.date.isoformat(),
            plan=self.sent.name if self.sent else say("none"),
            differing=self.differing,
            late=self.late,
            **counts,
        )
        recalled = self.sent.recalled if self.sent else None
        if recalled is None:
            return [day]
        stayed = len(self.sent.dispatched.stayed) if self.sent else 0
        return [
            day,
            say(
                "{date}: lot {lot} of {item} was recalled after approval; {stayed} of the lines with it stayed behind.",
                date=self.date.isoformat(),
                lot=recalled.lot_no,
                item=recalled.item,
                stayed=stayed,
            ),
        ]

    @property
    def facts(self) -> dict[str, Any]:
        """Return the day as plain JSON values."""
        sent = self.sent
        return {
            "date": self.date.isoformat(),
            "plan": sent.name if sent else None,
            "overridden": int(sent is not None and sent.overridden is not None),
            "recalled": sent.recalled.lot_no if sent and sent.recalled else None,
            "confirmed_with_differences": self.differing,
            "late": self.late,
            "plans_closed": self.closed,
            "documents": dict(sorted(self.documents.items())),
        }


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
        write_case(silent_reports(case), Path(folder), planning=planning_sample(case, counted=False))
        with (Path(folder) / POLICY_FILE).open("a", encoding="utf-8") as policy:
            policy.write(TIER_RULES)
        upload = read_upload(Path(folder), None, problems)
    with reading(ledger.engine) as connection:
        known = ledger_known(connection)
    hand = Hand(actor=LOCAL, now=eve.at(20), zone=ledger.zone, day=eve.date)
    found = None if upload is None else incoming(upload, known, hand, problems)
    if found is None:
        raise AssertionError([str(problem) for problem in problems.problems])
    take_in(ledger, found, Stamp(LOCAL, eve.at(20)))
    known_otherwise = {
        "partners": PARTNERS,
        "drivers": what_is_counted(case, eve.date - dt.timedelta(days=_COUNTED_BEFORE)),
        "facts": local_facts(case, eve.date),
        "fleets": thermometers(case, eve.date),
    }
    take_in(ledger, Incoming(catalogue=known_otherwise), Stamp(LOCAL, eve.at(20)))
    return ledger


def _refuse_used(ledger: Ledger) -> None:

    with reading(ledger.engine) as connection:
        used = [connection.execute(sa.select(table.c.id).limit(1)).first() for table in (document, location)]
    if any(used):
        raise Refusal(say("This ledger is in use. Name a new one with --db, or none for a new folder."))


@dataclass
class County:
    """A ledger while it is lived in; `case`: as it was known last, `opened`: as the sample has it.

    `open`: plans that are on their way.
    """

    session: Session
    ledger: Ledger
    case: Case
    open: list[str] = field(default_factory=list)
    recalled: LotKey | None = None
    opened: Case = field(init=False)

    def __post_init__(self) -> None:
        self.opened = self.case

    def live(self, date: dt.date, *, number: int, workbook: bool) -> Lived:
        """Live through one day, the `number`th from 0; on the first the needs are as they were.

        `workbook`: keep the plan's too.
        """
        day = Day(date, self.ledger.zone, LOCAL)
        documents: Counter[str] = Counter()
        desk = Desk(self.session, self.ledger, LOCAL, day.at(8))
        if number:
            self._report(day)
        self._post(receipts(day, self.case), day.at(7), documents)
        taken = take_snapshot(desk, date)
        self.case = taken.case
        plan, sent = self._decide(taken.case), None
        if plan is not None:
            sent = send_by_plan(desk, day, taken, plan, workbook=workbook, recalls=number == _RECALLED_ON)
            documents["dispatch"] += len(sent.dispatched.notes)
            self.open.append(sent.name)
            self.recalled = sent.recalled or self.recalled
        confirmed, late = arrivals(day, self._moving(date))
        self._take(confirmed, day.at(18), documents)
        self._take(losses(day, self._stock(date)), day.at(19), documents)
        if self.recalled is not None and number > _RECALLED_ON:
            self._take(destroyed(day, self._stock(date), self.recalled), day.at(19), documents)
        still = close_all(desk, day, self.open)
        closed, self.open = len(self.open) - len(still), still
        self._post(used(day, taken.case, self._stock(date)), day.at(21), documents)
        self._post(counts(day, self._stock(date)), day.at(22), documents)
        differing = sum(1 for draft in confirmed if draft.entry.reason)
        return Lived(date, sent, plan, taken.case, documents, differing, len(late), closed)

    def _report(self, day: Day) -> None:

        told = {"needs": reported(day, self.case), "drivers": recounted(day, self.opened)}
        take_in(self.ledger, Incoming(catalogue=told), Stamp(LOCAL, day.at(6)))

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

    def _take(self, drafts: Sequence[Draft], recorded_at: int, documents: Counter[str]) -> None:
        """Post documents that work out their own lines, in one transaction, as a file of them is taken in."""
        place = say("the day's papers")
        papers = [Paper(draft, place, draft.entry.type, 1) for draft in drafts]
        if papers:
            take_in(self.ledger, Incoming(papers=papers), Stamp(LOCAL, recorded_at))
            documents.update(draft.entry.type for draft in drafts)

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

    def write(self, lived: Lived, folder: Path) -> None:
        """Write the case of a day, the plan as it was proposed, and its notes, into a folder."""
        write_case(lived.case, folder / "case")
        (folder / "plan").mkdir()
        if lived.sent is None:
            return
        desk = Desk(self.session, self.ledger, LOCAL, 0)
        with kept_plan(desk, lived.sent.name) as kept:
            for path in sorted(kept.folder.iterdir()):
                if path.name in PLAN_FILES:
                    shutil.copyfile(path, folder / "plan" / path.name)
        print_notes(desk, lived.sent.name, folder / NOTES_FILE)
