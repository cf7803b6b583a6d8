"""`allocator init`: make the ledger, or carry it forward to this program's version."""

from __future__ import annotations

import dataclasses

import click

from allocator.sentence import say
from commands.grammar import command, option
from commands.on_ledger import address_of
from commands.session import session_of


@command(
    say(
        "Make the ledger that --db names (by default a file of your own), or carry an older one forward to this "
        "program's version. Running it again changes nothing."
    ),
    examples=(
        "allocator init",
        'allocator init --name "River county" --timezone Asia/Shanghai',
        "allocator init --db postgresql://localhost/county",
    ),
)
@option("--name", default="", metavar="TEXT", says=say("What the ledger is called; default: ledger."))
@option(
    "--timezone",
    default="",
    metavar="ZONE",
    says=say("Where its days begin and end, for good; default: Asia/Shanghai."),
)
@click.pass_context
def run(context: click.Context, /, *, name: str, timezone: str) -> None:
    """Make or migrate, and say where it is."""
    from models.days import now_micros
    from models.entry import Refusal
    from models.making import make_or_migrate

    session = session_of(context)
    try:
        made = make_or_migrate(
            address_of(session), made_at=now_micros(), name=name, timezone=timezone, lang=session.lang
        )
    except Refusal as refusal:
        session.refuse(*refusal.sentences)
    session.show_json("allocator.init/1", dataclasses.asdict(made))
    if session.as_json:
        return
    place = dataclasses.asdict(made)
    if made.version_before is None:
        text = say(
            "Made a ledger called {name} at {place}. Its days begin and end in {timezone}; "
            "another --timezone must be chosen when it is made.",
            **place,
        )
    elif made.version_before != made.version:
        text = say(
            "Carried the ledger {name} at {place} forward from version {version_before} to {version}.",
            **place,
        )
    else:
        text = say("The ledger {name} is at {place}, of this program's version; nothing to do.", **place)
    click.echo(session.word(text))
