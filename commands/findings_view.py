"""Findings as they are shown: lines of a list, one told at length, JSON, and tables of a file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from allocator.sentence import Sentence, say
from commands.on_ledger import Desk
from commands.plan_view import table
from commands.session import Session

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.finding_events import FindingEvent
    from models.finding_states import Standing

__all__ = ["detailed_json", "explain_finding", "finding_tables", "rule_listing", "shown_json", "shown_lines"]

_Word = Callable[[Any], str]

_DOCUMENTS_SHOWN = 10


def rule_listing() -> dict[str, Sentence]:
    """Return what each rule looks for, by its name."""
    from allocator.findings import RULES

    return {name: rule.says for name, rule in RULES.items()}


def _rule_word(name: str) -> Sentence:
    return rule_listing().get(name, Sentence("{rule}", {"rule": name}))


def _state_word(state: str) -> Sentence:
    from models.finding_states import STATES

    return STATES[state]


def shown_lines(rows: Sequence[Standing], session: Session, *, most: int) -> Iterator[str]:
    """Give the lines of a list of findings."""
    word = session.word
    if not rows:
        yield word(say("Nothing was found that does not add up."))
        return
    titles = tuple(word(each) for each in (say("finding"), say("state"), say("strength"), say("from"), say("to")))
    cells = [
        (
            each.id,
            word(_state_word(each.state)),
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
        yield f"    {word(_headline(each))}"
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


def _headline(each: Standing) -> Sentence:
    if each.finding is None:
        last = each.events[-1]
        return say("{rule} ({subject}): not found any more", rule=_rule_word(last.rule), subject=last.subject)
    return say("{rule} – {sentence}", rule=_rule_word(each.finding.rule), sentence=each.finding.sentence)


def shown_json(each: Standing, word: _Word) -> dict[str, Any]:
    """Return one finding of a list."""
    found = each.finding
    facts: dict[str, Any] = {"id": each.id, "state": each.state, "waits": each.waits}
    if found is None:
        last = each.events[-1]
        return facts | {"rule": last.rule, "subject": last.subject, "found": False}
    return facts | {
        "rule": found.rule,
        "subject": found.subject,
        "found": True,
        "sites": list(found.sites),
        "items": list(found.items),
        "persons": list(found.persons),
        "documents": list(found.documents),
        "first_day": found.first_day.isoformat(),
        "last_day": found.last_day.isoformat(),
        "strength": found.strength,
        "sentence": word(found.sentence),
    }


def detailed_json(each: Standing, word: _Word) -> dict[str, Any]:
    """Return one finding with its evidence and what was decided."""
    from allocator.findings import RULES

    found = each.finding
    evidence = [
        {
            "day": row.day.isoformat(),
            "document": row.document,
            "site": row.site,
            "item": row.item,
            "person": row.person,
            "said": word(row.said),
        }
        for row in (() if found is None else found.evidence)
    ]
    rule = RULES.get(each.events[-1].rule if found is None else found.rule)
    return shown_json(each, word) | {
        "evidence": evidence,
        "innocent": [] if rule is None else [word(cause) for cause in rule.innocent],
        "decided": [vars(event) for event in each.events],
    }


def explain_finding(each: Standing, desk: Desk, *, settings: Mapping[str, float], most: int | None) -> Iterator[str]:
    """Give the lines that tell a finding at length. `settings`: limits that are not as usual."""
    word = desk.session.word
    found = each.finding
    yield word(say("Finding {finding}: {state}", finding=each.id, state=_state_word(each.state)))
    if found is None:
        yield word(_headline(each))
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
        yield f"  {clock_of(event.recorded_at, desk.ledger.zone)}  {word(_event_word(event))}"


def _event_word(event: FindingEvent) -> Sentence:
    from models.finding_events import ACCEPTED, FINDING_REASONS, OPENED

    note = say(" ({note})", note=event.note) if event.note else ""
    if event.event == ACCEPTED:
        reasons = {each.code: each.says for each in FINDING_REASONS}
        reason = reasons.get(event.reason, event.reason)
        return say(
            "{actor} accepted it on {rows} pieces of evidence: {reason}{note}",
            actor=event.actor, rows=event.evidence_rows, reason=reason, note=note,
        )  # fmt: skip
    if event.event == OPENED:
        return say("{actor} opened it: {person} is to mend it by {due}{note}",
                   actor=event.actor, person=event.owner, due=event.due, note=note)  # fmt: skip
    proof = f"{event.proof} (SHA-256 {event.proof_sha256})" if event.proof_sha256 else event.proof
    return say("{actor} closed it: {proof}{note}", actor=event.actor, proof=proof, note=note)


_COLUMNS = (
    ("finding", say("finding"), "text"),
    ("rule", say("rule"), "text"),
    ("state", say("state"), "text"),
    ("strength", say("strength"), "decimal"),
    ("from", say("from"), "date"),
    ("to", say("to"), "date"),
    ("sites", say("sites"), "text"),
    ("items", say("items"), "text"),
    ("persons", say("persons"), "text"),
    ("documents", say("documents"), "whole"),
    ("sentence", say("what does not add up"), "text"),
    ("owner", say("to be mended by"), "text"),
    ("due", say("due"), "date"),
)

_EVIDENCE_COLUMNS = (
    ("finding", say("finding"), "text"),
    ("day", say("day"), "date"),
    ("document", say("document"), "whole"),
    ("site", say("site"), "text"),
    ("item", say("item"), "text"),
    ("person", say("person"), "text"),
    ("said", say("what was seen"), "text"),
)


def finding_tables(rows: Sequence[Standing]) -> list[TableOut]:
    """Return findings and their evidence as tables of a file."""
    from data.tables_out import rows_out

    evidence = [
        (each.id, row.day, row.document, row.site, row.item, row.person, row.said)
        for each in rows
        if each.finding is not None
        for row in each.finding.evidence
    ]
    return [
        rows_out("findings", say("Findings"), _COLUMNS, [_finding_cells(each) for each in rows]),
        rows_out("evidence", say("Evidence"), _EVIDENCE_COLUMNS, evidence),
    ]


def _finding_cells(each: Standing) -> tuple[Any, ...]:
    """Return the row of one finding; of one that is not found any more, what was decided on."""
    found, state = each.finding, _state_word(each.state)
    opened = each.events[-1] if each.state in ("open", "late") else None
    owner = (None, None) if opened is None else (opened.owner, opened.due)
    if found is None:
        last = each.events[-1]
        return (each.id, _rule_word(last.rule), state, None, last.first_day, last.last_day,
                None, None, None, None, _headline(each), *owner)  # fmt: skip
    return (each.id, _rule_word(found.rule), state, found.strength, found.first_day, found.last_day,
            " ".join(found.sites), " ".join(found.items), " ".join(found.persons), len(found.documents),
            found.sentence, *owner)  # fmt: skip
