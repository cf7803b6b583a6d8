"""A ledger moves to another database, whole, and nobody goes on in the former one.

First nobody may write any more; then it is copied, and the copy replayed; then the former says for good that it has
moved; last the copy becomes the ledger. In between neither is written, and in no moment both are. Whatever is cut off
before the former says so is given up with `give_up`, or ends by itself; what is cut off after it is finished by asking
for the same move again.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import socket
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import say
from models.backing_up import copy_whole, refuse_unless_empty
from models.database import reading
from models.draft_tables import kept_upload, report_draft
from models.entry import Refusal
from models.freezing import Move, freeze, freeze_copy, mark_moved, move_of, move_said, refuse_powerless, thaw
from models.job_tables import job
from models.ledger import Ledger, open_ledger
from models.ledger_file import file_is_there, place_of
from models.move_tables import ledger_move
from models.sign_in_tables import sign_in_failure, web_session
from models.tables import metadata

__all__ = [
    "Underway",
    "begin",
    "copy",
    "cut_off",
    "differing_tables",
    "end",
    "finish",
    "give_up",
    "settled",
    "underway",
]

_LEFT_BEHIND = {table.name for table in (web_session, sign_in_failure, ledger_move)}
"""Tables that may differ: sessions do not come along, and people sign in at the former ledger too."""


@dataclass(frozen=True, kw_only=True)
class Underway:
    """What is begun and not recorded: `jobs` that wait or run, reports and files that are typed half (`drafts`)."""

    jobs: int
    drafts: int


def underway(connection: sa.Connection) -> Underway:
    """Return what is begun in a ledger; all of it comes along."""
    jobs = sa.select(sa.func.count()).select_from(job).where(job.c.ended_at.is_(None))
    drafts = (sa.select(sa.func.count()).select_from(each) for each in (report_draft, kept_upload))
    return Underway(
        jobs=connection.execute(jobs).scalar_one(),
        drafts=sum(connection.execute(each).scalar_one() for each in drafts),
    )


def settled(url: str) -> str:
    """Return an address as it is known from everywhere: a file by its whole path.

    >>> settled("postgresql+psycopg://localhost/county")
    'postgresql://localhost/county'

    Raises:
        Refusal: it is no address.

    """
    try:
        address = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise Refusal(
            say("{url} is no database address. Write sqlite:///FILE or postgresql://HOST/NAME.", url=url)
        ) from None
    kind = address.get_backend_name()
    if kind == "sqlite" and address.database:
        address = address.set(database=os.path.realpath(address.database))
    return address.set(drivername=kind).render_as_string(hide_password=False)


def begin(ledger: Ledger, *, former: str, target: str, actor: str, at: int) -> Move:
    """Let nobody write in a ledger any more, for it moves; from here on it is `finish` or `give_up`.

    `former`, `target`: settled addresses; `at`: now, in UTC microseconds.

    Raises:
        Refusal: it is the same place, something is there, the ledger moves already, or its tables are not the actor's.

    """
    if target == former:
        raise Refusal(say("The ledger is at {place} already. Name another place with --to.", place=place_of(target)))
    with reading(ledger.engine) as connection:
        standing = move_said(connection)
    if standing is not None:
        raise Refusal(standing)
    refuse_unless_empty(target)
    worker = f"{socket.gethostname()}, process {os.getpid()}"
    token = secrets.token_hex(16)
    move = Move(token=token, place=place_of(target), actor=actor, worker=worker, began_at=at)
    freeze(ledger.engine, move)
    return move


def copy(ledger: Ledger, target: str) -> None:
    """Copy a frozen ledger, all of it or nothing; the copy is frozen too.

    Raises:
        Refusal: something came there in the meantime, or the place cannot be written.

    """

    def last(connection: sa.Connection) -> None:
        freeze_copy(connection)
        connection.execute(sa.delete(web_session))

    with refuse_powerless():
        copy_whole(ledger.engine, target, last)


def differing_tables(former: Ledger, copied: Ledger) -> list[str]:
    """Return the tables that do not have as many rows in both: what is not sealed the audit cannot miss."""
    counted: list[dict[str, int]] = []
    for each in (former, copied):
        with reading(each.engine) as connection:
            counted.append(
                {
                    table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
                    for table in metadata.sorted_tables
                    if table.name not in _LEFT_BEHIND
                }
            )
    return [name for name, rows in counted[0].items() if counted[1][name] != rows]


def finish(ledger: Ledger, copied: Ledger, move: Move, *, at: int) -> None:
    """Say in the former ledger that it has moved, then let the copy be the ledger.

    Raises:
        Refusal: somebody gave the move up meanwhile.

    """
    if not mark_moved(ledger.engine, move, at=at):
        raise Refusal(
            say("Somebody gave this move up meanwhile. The copy at {place} is not the ledger.", place=move.place)
        )
    end(copied, move)


def end(copied: Ledger, move: Move) -> None:
    """Let the copy be the ledger, once the former says that it has moved."""
    thaw(copied.engine, only=dataclasses.replace(move, is_copy=True, moved_at=None))


def cut_off(ledger: Ledger, target: str) -> Move | None:
    """Return a move to an address that was cut off after the former ledger said so, and only wants its end.

    `target`: settled.
    """
    with reading(ledger.engine) as connection:
        move = move_of(connection)
    if move is None or move.moved_at is None or move.place != place_of(target) or not file_is_there(target):
        return None
    copied = open_ledger(target)
    try:
        with reading(copied.engine) as connection:
            there = move_of(connection)
    finally:
        copied.engine.dispose()
    return move if there is not None and there.token == move.token else None


def give_up(ledger: Ledger) -> Move:
    """Let the former ledger be worked in again, as long as it has not said that it moved; return the move it was in.

    Raises:
        Refusal: it is in none, it has moved, or it is what is being made.

    """
    with reading(ledger.engine) as connection:
        move, standing = move_of(connection), move_said(connection)
    if move is None:
        raise Refusal(say("This ledger is in no move: there is nothing to give up."))
    if standing is not None and (move.is_copy or move.moved_at is not None):
        raise Refusal(standing)
    if thaw(ledger.engine, only=move) is None:
        raise Refusal(say("The move ended meanwhile. Type the command again to see how."))
    return move
