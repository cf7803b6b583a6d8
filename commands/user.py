"""`allocator user`: people, their roles and areas."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import Named, Sentence, say
from commands.grammar import argument, command, group, option
from commands.on_ledger import Desk, on_ledger
from commands.session import session_of
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    import sqlalchemy as sa

    from models.people import Person
    from models.versions import Stamp

# As models/people.py has them; that module would load the database for a mere --help.
ROLES = ("administrator", "logistics", "reporter", "procurement", "auditor", "approver")

run = group("user", say("People who act, their roles and areas. Without people there is one local administrator."))

_AREA = option("--area", default="", metavar="CODE", says=say("Only in this area and all that lies in it."))


def _change(context: click.Context, work: Callable[[sa.Connection, Stamp], Sentence]) -> None:
    """Change people in one transaction and say what was done."""
    from models.database import writing
    from models.versions import Stamp

    with on_ledger(context) as desk:
        with writing(desk.ledger.engine) as connection:
            done = work(connection, Stamp(desk.actor, desk.now))
        desk.session.show_json("allocator.user/1", {"done": desk.session.word(done)})
        if not desk.session.as_json:
            click.echo(desk.session.word(done))


@command(
    say("Add a person. The first must be an administrator everywhere; from then on every command needs --actor."),
    examples=(
        "allocator user add ann --role administrator --name-zh 安",
        "allocator user add ben --role reporter --area 421127 --actor ann",
    ),
    right="change-people",
    within=run,
    name="add",
)
@argument("id", metavar="ID")
@option("--role", type=click.Choice(ROLES), required=True, says=say("What the person does."))
@_AREA
@option("--name", default="", metavar="TEXT", says=say("The person's name; it is never sealed and can be corrected."))
@option("--name-zh", default="", metavar="TEXT", says=say("The person's name in Chinese."))
@click.pass_context
def add(context: click.Context, /, *, id: str, role: str, area: str, name: str, name_zh: str) -> None:  # noqa: A002 - the argument's name
    """Add."""

    def work(connection: sa.Connection, stamp: Stamp) -> Sentence:
        from models.people import Person, add_person

        add_person(connection, Person(id=id, name=name, name_zh=name_zh, roles=((role, area),)), stamp)
        return say("{id} is there, as {role}.", id=id, role=role)

    _change(context, work)


@command(
    say("Give a person a further role, or take one away."),
    examples=(
        "allocator user role ben logistics --actor ann",
        "allocator user role ben reporter --area 421127 --remove --actor ann",
    ),
    right="change-people",
    within=run,
    name="role",
)
@argument("id", metavar="ID")
@argument("role", type=click.Choice(ROLES), metavar="ROLE")
@_AREA
@option("--remove", is_flag=True, says=say("Take the role away."))
@click.pass_context
def role_(context: click.Context, /, *, id: str, role: str, area: str, remove: bool) -> None:  # noqa: A002 - the argument's name
    """Give or take."""

    def work(connection: sa.Connection, stamp: Stamp) -> Sentence:
        from models.people import give_role, take_role

        values = {"id": id, "role": role, "where": area or say("everywhere")}
        if remove and take_role(connection, id, role, area, stamp):
            return say("{id} is no longer {role} ({where}).", **values)
        if not remove and give_role(connection, id, role, area, stamp):
            return say("{id} is now {role} ({where}).", **values)
        return say("That was so already; nothing changed.")

    _change(context, work)


@command(
    say("Let a person act no more, or again with --enable. What they did stays in the ledger as theirs."),
    examples=("allocator user disable ben --actor ann", "allocator user disable ben --enable --actor ann"),
    right="change-people",
    within=run,
    name="disable",
)
@argument("id", metavar="ID")
@option("--enable", is_flag=True, says=say("Let the person act again."))
@click.pass_context
def disable(context: click.Context, /, *, id: str, enable: bool) -> None:  # noqa: A002 - the argument's name
    """Disable or enable."""

    def work(connection: sa.Connection, stamp: Stamp) -> Sentence:
        from models.people import disable_person

        changed = disable_person(connection, id, stamp, active=enable)
        if not changed:
            return say("That was so already; nothing changed.")
        return say("{id} can act again.", id=id) if enable else say("{id} can act no more.", id=id)

    _change(context, work)


@command(
    say(
        "Set a person's password for the pages: an administrator anybody's, everybody their own. It is asked for, or "
        "read from standard input, never taken from the command line, where others could read it."
    ),
    examples=("allocator user password ben --actor ann", "allocator user password ben --actor ben < password.txt"),
    within=run,
    name="password",
)
@argument("id", metavar="ID")
@click.pass_context
def password(context: click.Context, /, *, id: str) -> None:  # noqa: A002 - the argument's name
    """Ask, keep."""
    word = session_of(context).word
    if sys.stdin.isatty():
        typed = click.prompt(word(say("New password")), hide_input=True, confirmation_prompt=True, err=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")

    def work(connection: sa.Connection, stamp: Stamp) -> Sentence:
        from models.passwords import set_password

        set_password(connection, id, typed, stamp)
        return say("{id} can sign in with the new password; sessions that were open have ended.", id=id)

    _change(context, work)


@command(
    say(
        "Make a token with which a program asks the API for a person, for some of the person's rights and days: it is "
        "shown once. An administrator makes anybody's, everybody their own; without --name the tokens there are."
    ),
    examples=(
        "allocator user token ben --name warehouse --scope see-stock --days 90 --actor ann",
        "allocator user token ben --name warehouse --revoke --actor ann",
        "allocator user token ben --actor ben",
    ),
    within=run,
    name="token",
)
@argument("id", metavar="ID")
@option("--name", default="", metavar="TEXT", says=say("What the token is for, in a word."))
@option("--scope", "scopes", multiple=True, metavar="RIGHT", says=say("A right it is for; may be given several times."))
@option("--days", type=int, default=90, show_default=True, metavar="N", says=say("How many days it lasts."))
@option("--revoke", is_flag=True, says=say("Let it open nothing any more."))
@click.pass_context
def token(
    context: click.Context,
    /,
    *,
    id: str,  # noqa: A002 - the argument's name
    name: str,
    scopes: tuple[str, ...],
    days: int,
    revoke: bool,
) -> None:
    """Make, revoke or list."""
    if not name:
        _list_tokens(context, id)
        return
    made: list[str] = []

    def work(connection: sa.Connection, stamp: Stamp) -> Sentence:
        from models.api_tokens import make_token, revoke_token

        if revoke:
            revoke_token(connection, id, name, stamp)
            return say("The token {name} of {id} opens nothing any more.", name=name, id=id)
        made[:] = [make_token(connection, id, stamp, name=name, scopes=scopes, days=days)]
        return Sentence("{token}", {"token": made[0]})

    _change(context, work)
    if made:
        session_of(context).tell(
            say("Keep it where only the program reads it: it is shown this once. Send it as Authorization: Bearer …")
        )


def _list_tokens(context: click.Context, id_: str) -> None:
    """List a person's tokens: their own, or as an administrator."""
    from models.api_tokens import tokens_of
    from models.database import reading
    from models.days import iso_of
    from models.rights import refuse_without

    with on_ledger(context, seals=False) as desk:
        with reading(desk.ledger.engine) as connection:
            if desk.actor != id_:
                refuse_without(connection, desk.actor, "change-people")
            tokens = tokens_of(connection, id_)
        session, zone = desk.session, desk.ledger.zone
        session.show_json(
            "allocator.tokens/1",
            {"tokens": [{**dataclasses.asdict(each), "holds": each.holds(desk.now)} for each in tokens]},
        )
        for each in tokens:
            state = say("holds") if each.holds(desk.now) else say("ended")
            until = iso_of(each.expires_at, zone)[:10]
            session.show("  ".join((each.name, " ".join(each.scopes), until, session.word(state))))


@command(
    say("List people with their roles and areas."),
    examples=("allocator user list --actor ann", "allocator user list --out people.xlsx"),
    within=run,
    name="list",
)
@table_file_option
@click.pass_context
def list_(context: click.Context, /, *, out: Path | None) -> None:
    """List. Anybody may look, for one must know one's id to act."""
    from models.database import reading
    from models.people import people

    with on_ledger(context, reads=True) as desk:
        session = desk.session
        check_table_file(session, out)
        with reading(desk.ledger.engine) as connection:
            everybody = people(connection)
        if out is not None:
            _save(desk, everybody, out)
        session.show_json("allocator.people/1", {"people": [dataclasses.asdict(each) for each in everybody]})
        if session.as_json:
            return
        if not everybody:
            click.echo(session.word(say("No people are defined; there is one local administrator.")))
        for each in everybody:
            name = Named(each.id, each.name, each.name_zh, with_code=True).worded(session.lang)
            roles = ", ".join(f"{role} {area}".strip() for role, area in each.roles)
            state = "" if each.active else session.word(say("disabled"))
            click.echo("  ".join(word for word in (name, roles, state) if word))


def _save(desk: Desk, everybody: Sequence[Person], out: Path) -> None:
    """Save people, a row for each of their roles."""
    from data.people_tables import people_tables
    from models.days import day_of

    today = day_of(desk.now, desk.ledger.zone)
    save_tables(desk.session, out, people_tables(everybody), title=say("People"), day=today, desk=desk)
