"""Findings as data: each in words, as plain JSON values, and as tables of a file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from allocator.findings import RULES
from allocator.sentence import Sentence, say
from models.finding_events import ACCEPTED, FINDING_REASONS, OPENED, FindingEvent
from models.finding_states import STATES, Standing

if TYPE_CHECKING:
    from data.tables_out import TableOut

__all__ = [
    "detailed_json",
    "event_word",
    "evidence_table",
    "finding_tables",
    "headline",
    "rule_listing",
    "rule_word",
    "shown_json",
]

_Word = Callable[[Any], str]


def rule_listing() -> dict[str, Sentence]:
    """Return what each rule looks for, by its name."""
    return {name: rule.says for name, rule in RULES.items()}


def rule_word(name: str) -> Sentence:
    """Return what a rule looks for, its name where there is no such rule any more."""
    return rule_listing().get(name, Sentence("{rule}", {"rule": name}))


def headline(each: Standing) -> Sentence:
    """Say what a rule found."""
    if each.finding is None:
        last = each.events[-1]
        return say("{rule} ({subject}): not found any more", rule=rule_word(last.rule), subject=last.subject)
    return say("{rule} – {sentence}", rule=rule_word(each.finding.rule), sentence=each.finding.sentence)


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


def event_word(event: FindingEvent) -> Sentence:
    """Say what somebody decided on a finding."""
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

    cells = [_finding_cells(each) for each in rows]
    return [rows_out("findings", say("Findings"), _COLUMNS, cells), evidence_table(rows)]


def evidence_table(rows: Sequence[Standing]) -> TableOut:
    """Return every piece of evidence of some findings as a table."""
    from data.tables_out import rows_out

    evidence = [
        (each.id, row.day, row.document, row.site, row.item, row.person, row.said)
        for each in rows
        if each.finding is not None
        for row in each.finding.evidence
    ]
    return rows_out("evidence", say("Evidence"), _EVIDENCE_COLUMNS, evidence)


def _finding_cells(each: Standing) -> tuple[Any, ...]:
    """Return the row of one finding; of one that is not found any more, what was decided on."""
    found, state = each.finding, STATES[each.state]
    opened = each.events[-1] if each.state in ("open", "late") else None
    owner = (None, None) if opened is None else (opened.owner, opened.due)
    if found is None:
        last = each.events[-1]
        return (each.id, rule_word(last.rule), state, None, last.first_day, last.last_day,
                None, None, None, None, headline(each), *owner)  # fmt: skip
    return (each.id, rule_word(found.rule), state, found.strength, found.first_day, found.last_day,
            " ".join(found.sites), " ".join(found.items), " ".join(found.persons), len(found.documents),
            found.sentence, *owner)  # fmt: skip
