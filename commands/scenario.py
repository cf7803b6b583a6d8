"""`allocator scenario`: the scenarios there are, and what each of them says; the others are declared beside it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands import scenario_compare, scenario_promote, scenario_run, scenario_stress, scenario_worker
from commands.grammar import argument, command, option
from commands.plan_view import table
from commands.scenario_group import run
from commands.scenario_source import scenario_named
from commands.session import Session, session_of
from commands.table_files import check_table_file, save_tables, table_file_option
from scenarios.change_words import change_in_words

if TYPE_CHECKING:
    from scenarios.scenario import Scenario

__all__ = ["run"]

_ORDER = ("list", "show", "run", "compare", "stress", "worker", "promote")
_PARTS = (scenario_run, scenario_compare, scenario_stress, scenario_worker, scenario_promote)


@command(
    say("List the scenarios that come with the program. Another is a file: copy one of these and change it."),
    examples=("allocator scenario list", "allocator scenario list --lang zh --out scenarios.xlsx"),
    within=run,
    name="list",
)
@table_file_option
@click.pass_context
def list_(context: click.Context, /, *, out: Path | None) -> None:
    """Show name, title and sentence of each."""
    from scenarios.known import library

    session = session_of(context)
    check_table_file(session, out)
    found = library()
    if out is not None:
        _save(session, found.values(), out)
    session.show_json(
        "allocator.scenarios/1",
        {
            "scenarios": [
                {
                    "name": each.name,
                    "title": each.title,
                    "title_zh": each.title_zh,
                    "says": each.says,
                    "says_zh": each.says_zh,
                }
                for each in found.values()
            ]
        },
    )
    if session.as_json:
        return
    titles = [session.word(title) for title in (say("scenario"), say("what happens"))]
    rows = [(each.name, each.told.worded(session.lang)) for each in found.values()]
    for line in table([tuple(titles), *rows], left=2):
        session.show(line)


def _save(session: Session, found: Iterable[Scenario], out: Path) -> None:
    from data.tables_out import rows_out

    columns = (
        ("scenario", say("scenario"), "text"),
        ("title", say("title"), "text"),
        ("says", say("what happens"), "text"),
    )
    tables = [rows_out("scenarios", say("Scenarios"), columns, [(each.name, each.named, each.told) for each in found])]
    # The list changes with the program alone, so the same list is the same file.
    save_tables(session, out, tables, title=say("Scenarios"), day=dt.date(2020, 1, 1))


@command(
    say("Show one scenario: its changes in words, and with --toml the file to copy."),
    examples=("allocator scenario show holiday-return", "allocator scenario show holiday-return --toml > mine.toml"),
    within=run,
    name="show",
)
@argument("name", metavar="NAME|FILE")
@option("--toml", "as_toml", is_flag=True, says=say("Print the file itself."))
@click.pass_context
def show(context: click.Context, /, *, name: str, as_toml: bool) -> None:
    """Show it in words, or as it is written."""
    session = session_of(context)
    scenario = scenario_named(session, name)
    if as_toml:
        from scenarios.writing import toml_of

        click.echo(toml_of(scenario), nl=False)
        return
    words = [session.word(change_in_words(change)) for change in scenario.changes]
    session.show_json(
        "allocator.scenario/1",
        {"name": scenario.name, "title": scenario.title, "says": scenario.says, "changes": words},
    )
    session.show(f"{scenario.named.worded(session.lang)}: {scenario.told.worded(session.lang)}")
    for number, words_of in enumerate(words, start=1):
        session.show(f"{number}. {words_of}")


# As one reads them: what there is, what it says, what comes of it. Modules declare theirs when they are loaded.
run.commands = {name: run.commands[name] for name in _ORDER}
