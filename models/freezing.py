"""Let nobody write in a ledger while it moves to another database, and after it has; let them again.

Triggers refuse it, made when they are needed: they hold against every program, also against one that has the ledger
open, and cost nothing before. Making them waits for whoever writes. Sessions stay open to change, so that people can
sign in and read.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.database import is_sqlite, writing
from models.entry import Refusal
from models.faults import code_of, is_met
from models.move_tables import ledger_move
from models.moved_words import copy_words, moved_sentence, moving_words
from models.sign_in_tables import sign_in_failure, web_session
from models.tables import metadata

__all__ = ["Move", "freeze", "freeze_copy", "mark_moved", "move_of", "move_said", "refuse_powerless", "thaw"]

_OPEN = {table.name for table in (web_session, sign_in_failure, ledger_move)}
_EVENTS = ("INSERT", "UPDATE", "DELETE")
_TRIES = 5
_POWERLESS = "42501"


@dataclass(frozen=True, kw_only=True)
class Move:
    """A move as a ledger tells it. `place`: where it goes; times in UTC microseconds; `moved_at`: None before its end.

    `token`: a random name of it; `is_copy`: this is what is being made; `worker`: the machine and process moving it.
    """

    token: str
    place: str
    actor: str
    worker: str
    began_at: int
    moved_at: int | None = None
    is_copy: bool = False

    @property
    def words(self) -> str:
        """What the database says to whoever writes."""
        return copy_words() if self.is_copy else moving_words(self.place, is_done=self.moved_at is not None)


def move_of(connection: sa.Connection, *, hold: bool = False) -> Move | None:
    """Return the move that a ledger is in, or has made; None for one that is worked in.

    `hold`: let nobody else end it until the transaction ends.
    """
    query = sa.select(ledger_move)
    row = connection.execute(query.with_for_update() if hold else query).mappings().first()
    if row is None:
        return None
    values = {each.name: row[each.name] for each in dataclasses.fields(Move)}
    return Move(**values | {"is_copy": bool(row["is_copy"])})


def move_said(connection: sa.Connection) -> Sentence | None:
    """Return what people are told of a ledger that moves or has moved; None for one that is worked in."""
    move = move_of(connection)
    return None if move is None else moved_sentence(move.words, told=True)


def freeze(engine: sa.Engine, move: Move) -> None:
    """Let nobody write any more, once those who write now are done.

    Raises:
        Refusal: it is in a move already, or has moved; who asks does not own its tables.

    """
    for attempt in range(_TRIES):
        try:
            with refuse_powerless(), writing(engine) as connection:
                standing = move_said(connection)
                if standing is not None:
                    raise Refusal(standing)
                _freeze(connection, move)
        except sa.exc.DBAPIError as error:
            # Somebody who posts took the tables in another order.
            if not is_met(error) or attempt == _TRIES - 1:
                raise
        else:
            return


def freeze_copy(connection: sa.Connection) -> None:
    """Let nobody write in a copy of a ledger that moves, within the transaction that makes it; its mark came along."""
    move = move_of(connection)
    if move is None:
        raise AssertionError("only what is frozen is copied")
    _drop(connection)
    connection.execute(sa.delete(ledger_move))
    _freeze(connection, dataclasses.replace(move, is_copy=True))


def mark_moved(engine: sa.Engine, move: Move, *, at: int) -> bool:
    """Say that a ledger has moved, for good; False where the move was given up meanwhile."""
    with writing(engine) as connection:
        if move_of(connection, hold=True) != move:
            return False
        _drop(connection)
        connection.execute(sa.delete(ledger_move))
        _freeze(connection, dataclasses.replace(move, moved_at=at))
        return True


def thaw(engine: sa.Engine, *, only: Move | None = None) -> Move | None:
    """Let a ledger be written again; return the move that it was in. `only`: nothing is done where it is in another."""
    with refuse_powerless(), writing(engine) as connection:
        move = move_of(connection, hold=True)
        if move is None or only not in (None, move):
            return None
        _drop(connection)
        connection.execute(sa.delete(ledger_move))
        return move


class refuse_powerless:  # noqa: N801 - read as a word of a `with` statement
    """Say in a sentence that only who owns tables makes triggers.

    Raises:
        Refusal: PostgreSQL refused it to this role.

    """

    def __enter__(self) -> None:
        """Begin."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Word what was refused."""
        if isinstance(error, sa.exc.DBAPIError) and code_of(error) == _POWERLESS:
            raise Refusal(
                say(
                    "This role of PostgreSQL may not do that: only who owns the tables of a ledger moves it. Sign in "
                    "as their owner, as for allocator init."
                )
            ) from error


def _freeze(connection: sa.Connection, move: Move) -> None:
    connection.execute(sa.insert(ledger_move), {"id": 1, **dataclasses.asdict(move), "is_copy": int(move.is_copy)})
    said = move.words.replace("'", "''")
    names = [table.name for table in metadata.sorted_tables if table.name not in _OPEN]
    if is_sqlite(connection):
        for name in names:
            for event in _EVENTS:
                connection.exec_driver_sql(
                    f"CREATE TRIGGER moved_{event.lower()}_{name} BEFORE {event} ON {name} "
                    f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
                )
        return
    body = said.replace("%", "%%")  # the driver takes one of them for its own
    connection.exec_driver_sql(
        "CREATE FUNCTION refuse_moved() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp "
        f"AS $moved$ BEGIN RAISE EXCEPTION USING MESSAGE = '{body}'; END $moved$"
    )
    for name in names:
        connection.exec_driver_sql(
            f"CREATE TRIGGER moved_{name} BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON {name} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_moved()"
        )


def _drop(connection: sa.Connection) -> None:
    if not is_sqlite(connection):
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS refuse_moved CASCADE")
        return
    found = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
    for name in found:
        if re.match("moved_(insert|update|delete)_", name):
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
