"""`allocator move`: the ledger in another database, proved there, and the former one closed for good."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.audit_outside import Evidence, evidence_of
from commands.backup import numbers_of
from commands.grammar import command, option
from commands.on_ledger import Desk, address_of, on_ledger, seal_now

if TYPE_CHECKING:
    from models.audit import Report
    from models.audit_tree import Outside
    from models.freezing import Move
    from models.ledger import Ledger

__all__ = ["run"]


@command(
    say(
        "Move the ledger that --db names to another database, SQLite or PostgreSQL, where nothing is yet. Nobody "
        "writes meanwhile; the copy is replayed, and only if all of it holds (else exit status 4) does work go on "
        "there. The former ledger can still be read and checked, and says where it went to whoever writes. A move that "
        "was cut off is given up with --cancel, or finished by typing it again, whichever it says."
    ),
    examples=(
        "allocator move --to postgresql://localhost/county --db sqlite:///county.sqlite --head kept/head.txt",
        "allocator move --cancel --db sqlite:///county.sqlite",
    ),
    right="keep-backups",
)
@option("--to", "target", default="", metavar="URL", says=say("The address of the new place."))
@option(
    "--head",
    "heads",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    says=say("A signed head that was kept elsewhere, which the copy must extend."),
)
@option("--cancel", is_flag=True, says=say("Give up a move that was cut off, and go on in this ledger."))
@click.pass_context
def run(context: click.Context, /, *, target: str, heads: tuple[Path, ...], cancel: bool) -> None:
    """Freeze, copy, replay, close the former, open the new; or give up."""
    with on_ledger(context, seals=False, alarms=False) as desk:
        if cancel == bool(target):
            desk.session.refuse(say("Say where with --to URL, or --cancel to give a move up."), status=2)
        if cancel:
            _cancel(desk)
            return
        holds = _move(desk, target, evidence_of(desk.session, heads))
    if not holds:
        context.exit(4)


def _cancel(desk: Desk) -> None:
    from models.moving import give_up

    move, session = give_up(desk.ledger), desk.session
    session.show_json("allocator.move/1", {"place": move.place, "cancelled": True})
    session.show(
        session.word(
            say(
                "Work goes on in this ledger. What may have been made at {place} is not the ledger: it lets nobody "
                "write, and is to be taken away before a move there is tried again.",
                place=move.place,
            )
        )
    )


def _move(desk: Desk, target: str, evidence: Evidence) -> bool:
    """Move, or finish a move; say whether it stands at the new place."""
    from models.ledger import open_ledger
    from models.moving import begin, cut_off, end, settled

    former, place = settled(address_of(desk.session)), settled(target)
    begun = cut_off(desk.ledger, place)
    if begun is not None:
        copied = open_ledger(place)
        end(copied, begun)
        copied.engine.dispose()
        _say_finished(desk, begun, place)
        return True
    seal_now(desk.session, desk.ledger)
    move = begin(desk.ledger, former=former, target=place, actor=desk.actor, at=desk.now)
    try:
        _tell_underway(desk)
        report, amiss = _copied(desk, move, place, evidence)
    except BaseException:
        _let_go_on(desk)
        raise
    if report.fault is not None or amiss:
        _let_go_on(desk)
    return _say(desk, move, place, report, amiss)


def _let_go_on(desk: Desk) -> None:
    """Let the former ledger be worked in again, where it has not said that it moved."""
    from models.entry import Refusal
    from models.faults import unavailable
    from models.moving import give_up

    try:
        give_up(desk.ledger)
    except Refusal:
        return
    except Exception as error:
        if unavailable(error) is None:
            raise
        desk.session.tell(say("The ledger could not be let go on. Type: allocator move --cancel"))


def _tell_underway(desk: Desk) -> None:
    from models.database import reading
    from models.moving import underway

    with reading(desk.ledger.engine) as connection:
        found = underway(connection)
    if found.jobs or found.drafts:
        desk.session.tell(
            say(
                "Under way: {jobs} jobs that wait or run, {drafts} reports or files that are begun. They come along.",
                jobs=found.jobs,
                drafts=found.drafts,
            )
        )


def _copied(desk: Desk, move: Move, place: str, evidence: Evidence) -> tuple[Report, list[str]]:
    """Copy, replay, and end the move where all of it holds; return what was seen, and tables that differ."""
    from models.audit import audit
    from models.days import now_micros
    from models.ledger import open_ledger
    from models.moving import copy, differing_tables, finish

    session = desk.session
    with session.stage(say("Writing the ledger")):
        copy(desk.ledger, place)
    copied = open_ledger(place)
    try:
        with session.stage(say("Replaying the ledger")):
            report = audit(copied, at=now_micros(), outside=[*evidence.heads, *_own_head(desk.ledger)])
            amiss = differing_tables(desk.ledger, copied)
        if report.fault is None and not amiss:
            finish(desk.ledger, copied, move, at=now_micros())
    finally:
        copied.engine.dispose()
    return report, amiss


def _own_head(ledger: Ledger) -> list[Outside]:
    """Return the newest head of the former ledger, which the copy must have too."""
    from models.audit_tree import Outside
    from models.database import reading
    from models.tree import newest_head

    with reading(ledger.engine) as connection:
        head = newest_head(connection)
    return [] if head is None else [Outside("former", head.checkpoint)]


def _say(desk: Desk, move: Move, place: str, report: Report, amiss: list[str]) -> bool:
    from data.sealed import key_file_of
    from models.moving import settled

    session, fault = desk.session, report.fault
    key, new_key = key_file_of(settled(address_of(session))), key_file_of(place)
    session.show_json(
        "allocator.move/1",
        {
            "place": move.place,
            "holds": fault is None and not amiss,
            "fault": fault and session.word(fault.sentence),
            "differing": amiss,
            "numbers": numbers_of(report),
            "key": str(key),
            "new_key": str(new_key),
        },
    )
    if fault is not None or amiss:
        why = (
            say("Does not hold: {fault}", fault=fault.sentence) if fault else say("Not whole: {tables}.", tables=amiss)
        )
        after = say("Work goes on in the former ledger. Do not use what was made at {place}.", place=move.place)
        session.show(f"{session.word(why)} {session.word(after)}")
        return False
    session.show(
        session.word(
            say(
                "The ledger has moved to {place}, replayed there. Documents: {documents}; lines: {lines}; changes of "
                "master data: {versions}; leaves: {leaves}; signed heads: {heads}. The former one can be read and "
                "checked, and nobody writes in it any more.",
                place=move.place,
                **numbers_of(report),
            )
        )
    )
    _say_next(desk, key, new_key)
    return True


def _say_finished(desk: Desk, move: Move, place: str) -> None:
    from data.sealed import key_file_of
    from models.moving import settled

    session = desk.session
    key, new_key = key_file_of(settled(address_of(session))), key_file_of(place)
    session.show_json("allocator.move/1", {"place": move.place, "holds": True, "finished": True})
    session.show(session.word(say("The move to {place} is finished: work goes on there.", place=move.place)))
    _say_next(desk, key, new_key)


def _say_next(desk: Desk, key: Path, new_key: Path) -> None:
    session = desk.session
    if key != new_key:
        session.show(
            session.word(
                say(
                    "Before anything is recorded there copy the key that signs, or a new one will sign: "
                    "cp -p {key} {new_key}",
                    key=str(key),
                    new_key=str(new_key),
                )
            )
        )
    session.show(
        session.word(
            say("Then name the new place in ALLOCATOR_DB and start serve and worker again; people sign in anew.")
        )
    )
