"""Findings as they are shown: lines of a list, and one told at length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from models.finding_states import Standing

__all__ = ["explain_finding", "shown_lines"]

_Word = Callable[[Any], str]

_DOCUMENTS_SHOWN = 10


def shown_lines(rows: Sequence[Standing], session: Session, *, most: int) -> Iterator[str]:
    """Give the lines of a list of findings."""
    from data.finding_tables import headline
    from models.finding_states import STATES

    word = session.word
    if not rows:
        yield word(say("Nothing was found that does not add up."))
        return
    titles = tuple(word(each) for each in (say("finding"), say("state"), say("strength"), say("from"), say("to")))
    cells = [
        (
            each.id,
            word(STATES[each.state]),
            "-" if each.finding is None else f"{each.finding.strength:.1f}",
            each.events[-1].first_day if each.finding is None else each.finding.first_day.isoformat(),
            each.events[-1].last_day if each.finding is None else each.finding.last_day.isoformat(),
        )
        for each in rows[:most]
    ]
    lines = list(table([titles, *cells], left=2))
    yield lines[0]
    for each, line in zip(rows, lines[1:], strict=False):
        yield line
        yield f"    {word(headline(each))}"
    if len(rows) > most:
        yield word(say("… and {more} more; --json lists all.", more=len(rows) - most))
    yield ""
    waiting = sum(each.waits for each in rows)
    yield word(
        say(
            "Findings: {all}; waiting for somebody: {waiting}. A finding is a question, not a verdict: allocator audit "
            "findings explain {first}",
            all=len(rows),
            waiting=waiting,
            first=rows[0].id,
        )
    )


def explain_finding(each: Standing, desk: Desk, *, settings: Mapping[str, float], most: int | None) -> Iterator[str]:
    """Give the lines that tell a finding at length. `settings`: limits that are not as usual."""
    from data.finding_tables import headline
    from models.finding_states import STATES

    word = desk.session.word
    found = each.finding
    yield word(say("Finding {finding}: {state}", finding=each.id, state=STATES[each.state]))
    if found is None:
        yield word(headline(each))
    else:
        yield word(found.sentence)
        yield ""
        yield from _rule_lines(found.rule, settings, word)
        yield ""
        yield word(say("Evidence ({rows}):", rows=len(found.evidence)))
        yield from _evidence(each, word, most)
        yield ""
        yield word(say("To look at the documents:"))
        for number in found.documents[:_DOCUMENTS_SHOWN]:
            yield f"  allocator audit trace {number}"
        if len(found.documents) > _DOCUMENTS_SHOWN:
            more = len(found.documents) - _DOCUMENTS_SHOWN
            yield "  " + word(say("… and {more} more; --json lists all.", more=more))
    yield ""
    yield from _decided(each, desk)


def _rule_lines(name: str, settings: Mapping[str, float], word: _Word) -> Iterator[str]:
    from allocator.finding_limits import LIMITS
    from allocator.findings import RULES

    rule = RULES[name]
    yield word(say("The rule {name} ({says}) compares {compares}.", name=name, says=rule.says, compares=rule.compares))
    yield word(say("Its limits, which --set changes for once:"))
    for limit in rule.limits:
        known = LIMITS[limit]
        value = settings.get(limit, known.value)
        line = say("{limit} = {value:g} {unit}: {why}", limit=limit, value=value, unit=known.unit, why=known.why)
        yield f"  {word(line)}"
    yield word(say("It would be innocent, and papers or a look at the place would show it, if:"))
    for cause in rule.innocent:
        yield f"  {word(cause)}"


def _evidence(each: Standing, word: _Word, most: int | None) -> Iterator[str]:
    rows = () if each.finding is None else each.finding.evidence
    titles = (say("day"), say("document"), say("site"), say("item"), say("person"), say("what was seen"))
    cells = [
        (
            row.day.isoformat(),
            "-" if row.document is None else str(row.document),
            row.site or "-",
            row.item or "-",
            row.person or "-",
            word(row.said),
        )
        for row in rows[:most]
    ]
    for line in table([tuple(word(title) for title in titles), *cells], left=6):
        yield f"  {line}"
    if most is not None and len(rows) > most:
        yield "  " + word(say("… and {more} more; --all shows them.", more=len(rows) - most))


def _decided(each: Standing, desk: Desk) -> Iterator[str]:
    from data.finding_tables import event_word
    from models.days import clock_of

    word = desk.session.word
    if not each.events:
        yield word(
            say(
                "Nobody has decided on it. Accept it: allocator audit findings accept {finding} --reason …; or have it "
                "mended: allocator audit findings open {finding} --owner PERSON --due DATE",
                finding=each.id,
            )
        )
        return
    yield word(say("What was decided:"))
    for event in each.events:
        yield f"  {clock_of(event.recorded_at, desk.ledger.zone)}  {word(event_word(event))}"
