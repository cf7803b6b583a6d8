"""`allocator audit findings`: what does not add up, rule by rule, and what became of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from allocator.sentence import Sentence, say
from commands.audit_group import run as audit
from commands.findings_view import explain_finding, shown_lines
from commands.grammar import Listing, argument, command, group, option
from commands.moments import DAY, wrong_value
from commands.on_ledger import Desk, on_ledger
from commands.table_files import check_table_file, save_tables, table_file_option

if TYPE_CHECKING:
    from models.finding_states import Standing

__all__ = ["FINDING", "one_found", "run"]

FINDING = "F-…"
"""How a finding is named on the command line."""

_SHOWN = 40

run = group(
    "findings",
    say(
        "What does not add up in the ledger: rules that compare what was recorded with what others record and what "
        "chance would do. A finding is a question, not a verdict: each tells its evidence and the honest causes it "
        "knows. Each is explained, accepted with a reason, or opened for somebody to mend and closed by another."
    ),
    within=audit,
)


class _Setting(click.ParamType[tuple[str, float]]):
    """A limit and its value: night_from_hour=22."""

    name = "limit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read a typed setting; one that is read already stays."""
        if not isinstance(value, str):
            return value
        from allocator.finding_limits import LIMITS

        name, _, number = value.partition("=")
        if name not in LIMITS:
            raise wrong_value(
                say('"{found}" is no limit of a rule. Give one of: {limits}.', found=name, limits=list(LIMITS)),
                param,
                ctx,
            )
        try:
            return name, float(number)
        except ValueError:
            raise wrong_value(
                say('"{found}" is no number. Write it as {name}=3.', found=number, name=name), param, ctx
            ) from None


_as_of_option = option(
    "--as-of",
    "as_of",
    type=DAY,
    metavar="DATE",
    says=say("As far as it had been recorded by the end of this day; default: today."),
)
_settings_option = option(
    "--set",
    "settings",
    type=_Setting(),
    multiple=True,
    metavar="LIMIT=VALUE",
    says=say("Another limit of a rule for this once; docs/findings.md lists them all with the reason for each."),
)


def _found(desk: Desk, as_of: dt.date | None, settings: Any = (), rules: tuple[str, ...] = ()) -> list[Standing]:
    """Return the findings of a ledger and how each stands, the strongest first."""
    from models.database import reading
    from models.findings import findings_standing

    with desk.session.stage(say("Asking the rules")), reading(desk.ledger.engine) as connection:
        return findings_standing(
            connection, desk.ledger.zone, now=desk.now, as_of=as_of, limits=dict(settings), rules=rules
        )


def one_found(desk: Desk, number: str, as_of: dt.date | None = None, settings: Any = ()) -> Standing:
    """Return one finding and how it stands.

    Raises:
        Refused: there is none of this number, with status 2.

    """
    one = next((each for each in _found(desk, as_of, settings) if each.id == number.upper()), None)
    if one is None:
        desk.session.refuse(
            say("There is no finding {finding}. See: allocator audit findings list", finding=number), status=2
        )
    return one


def _rules() -> Mapping[str, Sentence]:
    from data.finding_tables import rule_listing

    return rule_listing()


@command(
    say(
        "List what does not add up, the strongest first: what was found where, and whether anybody has decided on it. "
        "Exit status: 0 nothing waits for anybody, 4 something does."
    ),
    examples=(
        "allocator audit findings list",
        "allocator audit findings list --rule shrinkage --since 2020-02-01",
        "allocator audit findings list --state open --state late --out findings.xlsx",
    ),
    right="see-findings",
    listing=Listing(say("Rules"), _rules),
    within=run,
    name="list",
)
@option("--rule", "rules", multiple=True, metavar="RULE", says=say("Only findings of this rule; may be repeated."))
@option("--site", "sites", multiple=True, metavar="CODE", says=say("Only findings about this site; may be repeated."))
@option("--since", type=DAY, metavar="DATE", says=say("Only findings with evidence of this day or later."))
@option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice(("new", "again", "open", "late", "accepted", "closed")),
    says=say("Only findings that stand so; may be repeated. Default: all that are found."),
)
@_as_of_option
@_settings_option
@table_file_option
@click.pass_context
def findings_list(
    context: click.Context,
    /,
    *,
    rules: tuple[str, ...],
    sites: tuple[str, ...],
    since: dt.date | None,
    states: tuple[str, ...],
    as_of: dt.date | None,
    settings: Any,
    out: Path | None,
) -> None:
    """Ask the rules, choose, show."""
    with on_ledger(context, reads=True) as desk:
        from data.finding_tables import finding_tables, shown_json

        session, word = desk.session, desk.session.word
        check_table_file(session, out)
        _check_rules(desk, rules)
        rows = [
            each
            for each in _found(desk, as_of, settings, rules)
            if (not states or each.state in states) and _is_meant(each, sites, since)
        ]
        if out is not None:
            from models.days import day_of

            day = as_of or day_of(desk.now, desk.ledger.zone)
            save_tables(session, out, finding_tables(rows), title=say("Findings"), day=day, desk=desk)
        session.show_json("allocator.findings/1", {"findings": [shown_json(each, word) for each in rows]})
        for line in shown_lines(rows, session, most=_SHOWN):
            session.show(line)
    if any(each.waits for each in rows):
        context.exit(4)


def _check_rules(desk: Desk, rules: tuple[str, ...]) -> None:
    from allocator.findings import RULES

    wrong = [name for name in rules if name not in RULES]
    if wrong:
        desk.session.refuse(
            say("There is no rule {rule}. Give one of: {rules}.", rule=wrong[0], rules=list(RULES)), status=2
        )


def _is_meant(each: Standing, sites: tuple[str, ...], since: dt.date | None) -> bool:
    if each.finding is None:
        return not sites and since is None
    return (not sites or bool(set(sites) & set(each.finding.sites))) and (
        since is None or each.finding.last_day >= since
    )


@command(
    say(
        "Explain a finding: every piece of its evidence, the limits of its rule, which honest causes are thinkable and "
        "what would show them, what was decided so far, and which documents to look at."
    ),
    examples=("allocator audit findings explain F-1A2B3C4",),
    right="see-findings",
    within=run,
    name="explain",
)
@argument("number", metavar=FINDING)
@option("--all", "everything", is_flag=True, says=say("Every piece of evidence; else the first twenty."))
@_as_of_option
@_settings_option
@click.pass_context
def findings_explain(
    context: click.Context, /, *, number: str, everything: bool, as_of: dt.date | None, settings: Any
) -> None:
    """Find it, tell all."""
    with on_ledger(context, reads=True) as desk:
        from data.finding_tables import detailed_json

        one = one_found(desk, number, as_of, settings)
        desk.session.show_json("allocator.finding/1", detailed_json(one, desk.session.word))
        for line in explain_finding(one, desk, settings=dict(settings), most=None if everything else 20):
            desk.session.show(line)
