"""`allocator policy`: the rationing rule in force, put in force, compared."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from allocator.sentence import say
from commands.grammar import argument, command, group, option
from commands.on_ledger import Desk, on_ledger
from commands.policy_files import save_changes, save_policies
from commands.reading import tell_notices
from commands.table_files import check_table_file, table_file_option
from models.cut_words import is_number

if TYPE_CHECKING:
    import sqlalchemy as sa

    from data.policy_kept import KeptRules
    from models.policies import KeptPolicy

run = group("policy", say("The rationing rule: who comes first, how far each promise goes, what is kept back."))

_FILE = click.Path(path_type=Path, dir_okay=False)


@command(
    say("Show the policy in force, or an earlier one by its number."),
    examples=(
        "allocator policy show > policy.toml",
        "allocator policy show 3 --out policy.xlsx",
        "allocator policy show --all",
    ),
    right="see-plans",
    within=run,
    name="show",
)
@argument("number", type=int, required=False, metavar="NUMBER")
@option("--all", "everything", is_flag=True, says=say("List every version: number, time, who put it in force."))
@table_file_option
@click.pass_context
def show(context: click.Context, /, *, number: int | None, everything: bool, out: Path | None) -> None:
    """Show the text on stdout, and which version it is on stderr."""
    from models.database import reading
    from models.days import clock_of
    from models.policies import policies, policy_of

    with on_ledger(context, reads=True) as desk:
        session = desk.session
        check_table_file(session, out)
        with reading(desk.ledger.engine) as connection:
            found = policies(connection) if everything else [policy_of(connection, number)]
        if out is not None:
            save_policies(desk, found, out, every=everything)
        session.show_json("allocator.policy/1", {"policies": [dataclasses.asdict(each) for each in found]})
        for each in () if session.as_json else found:
            when = clock_of(each.recorded_at, desk.ledger.zone)
            about = say(
                "Policy {number}, put in force by {actor}, {when}.", number=each.number, actor=each.actor, when=when
            )
            if everything:
                click.echo(session.word(about))
            else:
                session.tell(about)
                click.echo(each.toml, nl=not each.toml.endswith("\n"))


@command(
    say("Put the policy of a file in force. One that says the same as the policy in force changes nothing."),
    examples=("allocator policy set policy.toml", 'allocator policy set policy.toml --reason "county order 12"'),
    right="change-policy",
    within=run,
    name="set",
)
@argument("file", type=_FILE, metavar="FILE")
@option("--reason", default="", metavar="TEXT", says=say("Why it is changed; recorded with it."))
@click.pass_context
def set_(context: click.Context, /, *, file: Path, reason: str) -> None:
    """Check, compare, keep."""
    from data.policy_kept import differences, kept_policy
    from models.catalogue import item_ids
    from models.database import reading, writing
    from models.policies import newest_policy, set_policy
    from models.versions import Stamp

    with on_ledger(context) as desk:
        session = desk.session
        with reading(desk.ledger.engine) as connection:
            text = _read_or_refuse(desk, file, item_ids(connection))
            before = newest_policy(connection)
        if before is not None and not differences(_sound(before), kept_policy(text)):
            done = say(
                "That is what the policy in force says (number {number}); nothing changed.", number=before.number
            )
        else:
            with writing(desk.ledger.engine) as connection:
                number = set_policy(connection, text, Stamp(desk.actor, desk.now), reason=reason.strip())
            done = say("Policy {number} is in force.", number=number)
        session.show_json("allocator.policy.set/1", {"done": session.word(done)})
        if not session.as_json:
            click.echo(session.word(done))


@command(
    say(
        "Show what two policies say differently: the one in force and the one before it; the one in force and a "
        "file; or two versions by number."
    ),
    examples=(
        "allocator policy diff",
        "allocator policy diff policy.toml",
        "allocator policy diff 2 5 --out changes.xlsx",
    ),
    right="see-plans",
    within=run,
    name="diff",
)
@argument("what", nargs=-1, metavar="[FILE | NUMBER NUMBER]")
@table_file_option
@click.pass_context
def diff(context: click.Context, /, *, what: tuple[str, ...], out: Path | None) -> None:
    """Compare rule by rule."""
    from data.policy_kept import differences
    from models.database import reading

    with on_ledger(context, reads=True) as desk:
        session = desk.session
        check_table_file(session, out)
        with reading(desk.ledger.engine) as connection:
            before, after = _compared(desk, connection, what)
        rows = differences(before, after)
        if out is not None:
            save_changes(desk, rows, what, out)
        changes = [{"rule": rule, "before": one, "after": other} for rule, one, other in rows]
        session.show_json("allocator.policy.diff/1", {"changes": changes})
        if session.as_json:
            return
        for rule, one, other in rows:
            click.echo(f"{rule}: {one or '-'} → {other or '-'}")
        if not rows:
            click.echo(session.word(say("Both policies say the same.")))


def _compared(desk: Desk, connection: sa.Connection, what: tuple[str, ...]) -> tuple[KeptRules, KeptRules]:
    from models.policies import policies, policy_of

    if len(what) == 2 and all(map(is_number, what)):  # noqa: PLR2004 - two are compared
        return _sound(policy_of(connection, int(what[0]))), _sound(policy_of(connection, int(what[1])))
    if len(what) == 1 and not what[0].isdecimal():
        from data.policy_kept import kept_policy
        from models.catalogue import item_ids

        text = _read_or_refuse(desk, Path(what[0]), item_ids(connection))
        return _sound(policy_of(connection)), kept_policy(text)
    if what:
        desk.session.refuse(say("Give nothing, one file, or the numbers of two policies."), status=2)
    kept = policies(connection)
    in_force = policy_of(connection)
    return _sound(kept[-2] if len(kept) > 1 else in_force), _sound(in_force)


def _read_or_refuse(desk: Desk, file: Path, items: dict[str, int]) -> str:
    from data.policy_kept import read_policy_to_keep
    from data.problems import ProblemList

    problems = ProblemList()
    text = read_policy_to_keep(file, items, problems)
    tell_notices(desk.session, problems.notices)
    if text is None:
        desk.session.refuse(*(problem.sentence for problem in problems.problems), status=2)
    return text


def _sound(kept: KeptPolicy) -> KeptRules:
    from data.policy_kept import kept_policy

    return kept_policy(kept.toml)
