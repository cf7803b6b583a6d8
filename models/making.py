"""Make a ledger where there is none, or carry an older one forward; harmless when run again."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.database import open_database, writing
from models.entry import Refusal
from models.ledger_file import make_file, place_of
from models.people import LOCAL
from models.policies import DEFAULT_POLICY, set_policy
from models.schema import HEAD, REVISIONS, make_schema, migrate, refuse_unfinished, refuse_unless_current, version_of
from models.tables import instance
from models.versions import Stamp

__all__ = ["DEFAULT_NAME", "DEFAULT_TIMEZONE", "Made", "carry_forward", "make_or_migrate", "zone_of"]

DEFAULT_TIMEZONE = "Asia/Shanghai"
"""Where days begin and end unless somebody says otherwise; a machine's own clock is often set to UTC."""

DEFAULT_NAME = "ledger"


@dataclass(frozen=True)
class Made:
    """What was done: `version_before` is None where the ledger is new, and `version` where nothing was due."""

    place: str
    name: str
    timezone: str
    version_before: str | None
    version: str


def zone_of(timezone: str) -> ZoneInfo:
    """Return a time zone by its name in the IANA database.

    Raises:
        Refusal: there is none of this name.

    """
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal(
            say('There is no time zone "{zone}". Write one such as Asia/Shanghai or UTC.', zone=timezone)
        ) from None


def make_or_migrate(url: str, *, made_at: int, name: str = "", timezone: str = "", lang: str = "") -> Made:
    """Make the ledger at an address, with a default policy, or carry it forward to this program's version.

    `made_at`: now, in UTC microseconds; `name`, `timezone`: "" for the default, or what the ledger has.

    Raises:
        Refusal: no such time zone; the database holds something else, or a newer ledger; the ledger has
            another name or time zone than was asked for.

    """
    zone_of(timezone or DEFAULT_TIMEZONE)
    make_file(url)
    engine = open_database(url, connections=1)
    try:
        with writing(engine) as connection:
            before = version_of(connection)
            if before is None:
                _refuse_anything_else(connection, place_of(url))
                make_schema(connection)
                connection.execute(instance.insert(), _instance(made_at, name, timezone, lang))
                set_policy(connection, DEFAULT_POLICY, Stamp(LOCAL, made_at))
            else:
                _carry_forward(connection, before, place_of(url))
            row = connection.execute(sa.select(instance.c.name, instance.c.timezone)).one()
            wrong = _other(row.name, name, say("name")) + _other(row.timezone, timezone, say("time zone"))
            if wrong:
                raise Refusal(*wrong)
    finally:
        engine.dispose()
    return Made(place_of(url), row.name, row.timezone, before, HEAD)


def carry_forward(url: str) -> str | None:
    """Carry the ledger at an address forward to this program's version; return which it had, None for no ledger.

    Raises:
        Refusal: it is of a newer program, or of an unfinished one.

    """
    engine = open_database(url, connections=1)
    try:
        with writing(engine) as connection:
            before = version_of(connection)
            if before is not None:
                _carry_forward(connection, before, place_of(url))
    finally:
        engine.dispose()
    return before


def _carry_forward(connection: sa.Connection, before: str, place: str) -> None:
    if before not in REVISIONS:
        refuse_unless_current(before, place)
    if before != HEAD:
        migrate(connection)
    # After it, so that the ledger of an unfinished program stays as it was: all of it is one transaction.
    refuse_unfinished(connection, place)


def _instance(made_at: int, name: str, timezone: str, lang: str) -> dict[str, object]:
    return {
        "id": 1,
        "name": name or DEFAULT_NAME,
        "made_at": made_at,
        "lang": lang,
        "timezone": timezone or DEFAULT_TIMEZONE,
    }


def _refuse_anything_else(connection: sa.Connection, place: str) -> None:
    others = sorted(sa.inspect(connection).get_table_names())
    if others:
        raise Refusal(
            say(
                "{place} holds something else than a ledger (a table {table}). Name another place with --db.",
                place=place,
                table=others[0],
            )
        )


def _other(held: str, asked: str, what: Sentence) -> list[Sentence]:
    """Return why what a ledger was made with stays: its documents' days rest on it."""
    if not asked or asked == held:
        return []
    return [
        say(
            "The ledger's {what} is {held}, and stays so. Make another ledger with --db for {asked}.",
            what=what,
            held=held,
            asked=asked,
        )
    ]
