"""`allocator demo`: an invented county in a ledger of its own, some days of it, and where every unit went."""

from __future__ import annotations

import datetime as dt
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.folders import whole_folder
from commands.grammar import command, option
from commands.needs_view import needs_facts, show_needs
from commands.on_ledger import seal_now
from commands.planning import plan_facts, show_and_explain
from commands.session import Session, session_of

if TYPE_CHECKING:
    from commands.demo_county import Lived
    from models.whereabouts import Whereabouts

DAYS_MAX = 60
_FILES = ("ledger.sqlite", "ledger.sqlite.key", "ledger.sqlite-wal", "ledger.sqlite-shm")


@command(
    say(
        "Live through some days of an invented county in a new ledger: supplies come in overnight and are planned; the "
        "plan is overridden, reviewed, approved, dispatched, confirmed with its differences and closed; supplies are "
        "used, lost and counted, and a lot is recalled. The case, the plan and the notes of the last day are written "
        "to a folder, what was short is shown, and where every unit went."
    ),
    examples=("allocator demo", "allocator demo --days 14 --out somewhere --lang zh"),
)
@option(
    "--days",
    type=click.IntRange(1, DAYS_MAX),
    default=1,
    show_default=True,
    metavar="N",
    says=say("How many days to live through."),
)
@option(
    "--out",
    type=click.Path(path_type=Path),
    default=Path("demo"),
    show_default=True,
    metavar="DIR",
    says=say("Folder for the ledger (unless --db names one), the case and the plan; a former demo in it is replaced."),
)
@click.pass_context
def run(context: click.Context, /, days: int, out: Path) -> None:
    """Invent, open, live, write, show."""
    session = session_of(context)
    own = not session.db
    with whole_folder(session, out, may_hold=("case", "plan", "notes.pdf", *(_FILES if own else ()))) as folder:
        if own:
            session.db = f"sqlite:///{folder / _FILES[0]}"
        lived, found = _live(session, days, folder)
        if own:
            session.db = f"sqlite:///{out / _FILES[0]}"
    _show(session, lived, found, out)


def _live(session: Session, days: int, folder: Path) -> tuple[list[Lived], Whereabouts]:
    from commands.demo_county import County, open_county
    from data.samples import make_sample
    from models.database import reading
    from models.entry import Refusal
    from models.whereabouts import whereabouts

    case = make_sample("county")
    dates = [case.policy.date + dt.timedelta(days=n) for n in range(days)]
    try:
        ledger = open_county(session, case)
        try:
            county = County(session, ledger, case)
            lived = [county.live(date, number=n, workbook=date == dates[-1]) for n, date in enumerate(dates)]
            county.write(_last_planned(lived), folder)
            seal_now(session, ledger)
            with reading(ledger.engine) as connection:
                return lived, whereabouts(connection)
        finally:
            ledger.engine.dispose()
    except Refusal as refusal:
        session.refuse(*refusal.sentences)


def _last_planned(lived: list[Lived]) -> Lived:
    return next((each for each in reversed(lived) if each.plan is not None), lived[-1])


def _show(session: Session, lived: list[Lived], found: Whereabouts, out: Path) -> None:
    from data.needs_told import told_in

    word = session.word
    shown = _last_planned(lived)
    if shown.plan is None:
        session.refuse(say("Nothing can be sent in this county any more."), status=3)
    if session.as_json:
        facts: dict[str, Any] = {"ledger": session.db, "out": str(out), "days": [each.facts for each in lived]}
        where = {"where": found.units, "lots": found.lots, "unexplained_units": found.unexplained_units}
        facts |= where | needs_facts(session, told_in(out / "plan"))
        session.show_json("allocator.demo/1", facts | plan_facts(session, shown.plan, shown.case))
        return
    session.show(word(say("An invented county, in a ledger of its own: {ledger}", ledger=session.db)))
    for each in lived:
        for sentence in each.sentences:
            session.show(word(sentence))
    session.show()
    if show_needs(session, told_in(out / "plan"), shown.case):
        session.show()
    show_and_explain(session, shown.plan, shown.case, case_path=out / "case", out=out / "plan")
    session.show()
    name = shown.sent.name if shown.sent else ""
    db = shlex.join(["--db", session.db])
    told = say("To see what a person decided: {command}", command=f"allocator {db} show {name} --lines")
    session.show(word(told))
    session.show(word(say("To print its notes: {out}", out=str(out / "notes.pdf"))))
    look = shlex.join(["allocator", "stock", "--db", session.db, "--item", "MASK"])
    session.show(word(say("To look into the ledger: {command}", command=look)))
    session.show(word(_where(found)))
    session.show(word(say("Unexplained: {units} units.", units=f"{found.unexplained_units:,}")))


def _where(found: Whereabouts) -> Sentence:
    return say(
        "Of {received} units received and {found} found, by replaying every line of {lots} lots: {used} were used, "
        "{written_off} written off, {missing} are missing by count, {held} are on hand, {set_aside} set aside, "
        "{in_transit} in transit.",
        lots=found.lots,
        **{sort: f"{units:,}" for sort, units in found.units.items()},
    )
