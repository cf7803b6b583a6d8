"""Decide on findings: accept one with a reason, open it to be mended by somebody until a day, close it as another.

Whoever a finding names may neither accept nor close it; who opened it and who was to mend it may not close it, and
the database itself refuses them that (`models/guards.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from allocator.finding import Finding
from allocator.sentence import Sentence, say
from models.canonical import normal
from models.database import reading, writing
from models.entry import Refusal
from models.finding_tables import finding_event
from models.ledger import Ledger
from models.reasons import OTHER, Reason
from models.tables import person
from models.versions import Stamp, record_versions

__all__ = [
    "ACCEPTED",
    "CLOSED",
    "FINDING_REASONS",
    "OPENED",
    "FindingEvent",
    "accept",
    "close",
    "events_by",
    "open_item",
    "to_mend",
]

ACCEPTED, OPENED, CLOSED = "accepted", "opened", "closed"

FINDING_REASONS = (
    Reason("papers-seen", say("papers were seen that explain it")),
    Reason("counted-again", say("it was counted again, and is in order")),
    Reason("honest-mistake", say("an honest mistake, corrected since")),
    Reason("way-of-working", say("how the place works, as agreed")),
    Reason("emergency", say("an emergency, as ordered")),
    Reason("reserve", say("a reserve that is meant to lie")),
    Reason(OTHER, say("another reason: say it in the note")),
)
"""Why a finding may be accepted as it is."""


@dataclass(frozen=True, kw_only=True)
class FindingEvent:
    """What was decided on a finding, and on which evidence. `recorded_at`: UTC microseconds; days are ISO texts."""

    id: int
    finding: str
    rule: str
    subject: str
    first_day: str
    last_day: str
    evidence_rows: int
    event: str
    reason: str
    owner: str
    due: str
    proof: str
    proof_sha256: str
    note: str
    actor: str
    recorded_at: int


def events_by(connection: sa.Connection, *, until: int | None = None) -> dict[str, list[FindingEvent]]:
    """Return what was decided by a time (UTC microseconds; None: ever), by finding, in order."""
    query = sa.select(finding_event).order_by(finding_event.c.id)
    if until is not None:
        query = query.where(finding_event.c.recorded_at <= until)
    found: dict[str, list[FindingEvent]] = {}
    for row in connection.execute(query).mappings():
        found.setdefault(row["finding"], []).append(FindingEvent(**row))
    return found


def to_mend(connection: sa.Connection) -> list[FindingEvent]:
    """Return what opened each finding that somebody is to mend and nobody has closed, the first that is due first."""
    last = (events[-1] for events in events_by(connection).values())
    return sorted((each for each in last if each.event == OPENED), key=lambda each: (each.due, each.finding))


def accept(ledger: Ledger, finding: Finding, stamp: Stamp, *, reason: str, note: str = "") -> None:
    """Accept a finding as explained.

    Raises:
        Refusal: the reason is none of `FINDING_REASONS`, or "other" without a note; who accepts it is named in it; or
            it is open, and then ends by being closed.

    """
    codes = [each.code for each in FINDING_REASONS]
    if reason not in codes:
        raise Refusal(
            say('"{reason}" is no reason to accept a finding. Give one of: {reasons}.', reason=reason, reasons=codes)
        )
    if reason == OTHER and not note:
        raise Refusal(say('The reason "other" needs a note. Say with --note what the reason is.'))
    _refuse_named(finding, stamp.actor)
    last = _last(ledger, finding.id)
    if last is not None and last.event == OPENED:
        raise Refusal(
            say(
                "Finding {finding} is open: {owner} is to mend it by {due}. It ends when another person closes it: "
                "allocator audit findings close {finding} --evidence TEXT",
                finding=finding.id,
                owner=last.owner,
                due=last.due,
            )
        )
    _record(ledger, finding, stamp, {"event": ACCEPTED, "reason": reason, "note": note})


def open_item(ledger: Ledger, finding: Finding, stamp: Stamp, *, owner: str, due: dt.date, note: str = "") -> None:
    """Open a finding: somebody is to mend it by a day.

    Raises:
        Refusal: the owner is no active person, the day is past, or it is open already.

    """
    with ledger.engine.connect() as connection:
        active = connection.execute(sa.select(person.c.active).where(person.c.id == owner)).scalar()
    if not active:
        raise Refusal(
            say(
                "{owner} cannot mend it: there is no active person of this id. Name one that `allocator user list` "
                "shows with --owner.",
                owner=owner,
            )
        )
    today = dt.datetime.fromtimestamp(stamp.recorded_at // 1_000_000, ledger.zone).date()
    if due < today:
        raise Refusal(say("{due} is past. Name a day on which it can still be mended with --due.", due=due.isoformat()))
    last = _last(ledger, finding.id)
    if last is not None and last.event == OPENED:
        raise Refusal(
            say(
                "Finding {finding} is open already: {owner} is to mend it by {due}.",
                finding=finding.id,
                owner=last.owner,
                due=last.due,
            )
        )
    _record(ledger, finding, stamp, {"event": OPENED, "owner": owner, "due": due.isoformat(), "note": note})


def close(
    ledger: Ledger, finding: Finding | str, stamp: Stamp, *, proof: str, proof_sha256: str = "", note: str = ""
) -> None:
    """Close an open finding, with what shows that it is mended; its number suffices where it is not found any more.

    Raises:
        Refusal: it is not open, nothing shows that it is mended, or who closes it opened it, was to mend it, or is
            named in it.

    """
    number = finding if isinstance(finding, str) else finding.id
    last = _last(ledger, number)
    if last is None or last.event != OPENED:
        raise Refusal(
            say("Finding {finding} is not open, so it cannot be closed. See: allocator audit findings list",
                finding=number)
        )  # fmt: skip
    if not proof.strip():
        raise Refusal(say("Say with --evidence what shows that finding {finding} is mended.", finding=number))
    if stamp.actor in (last.actor, last.owner):
        raise Refusal(
            say(
                "{actor} cannot close finding {finding}: {opener} opened it and {owner} was to mend it. Have another "
                "person look and close it.",
                actor=stamp.actor,
                finding=number,
                opener=last.actor,
                owner=last.owner,
            )
        )
    values = {"event": CLOSED, "proof": proof, "proof_sha256": proof_sha256, "note": note}
    if isinstance(finding, Finding):
        _refuse_named(finding, stamp.actor)
        _record(ledger, finding, stamp, values)
    else:
        same = ("finding", "rule", "subject", "first_day", "last_day", "evidence_rows")
        _write(ledger, {name: asdict(last)[name] for name in same}, stamp, values)


def _last(ledger: Ledger, number: str) -> FindingEvent | None:
    """Return the last decision on a finding."""
    c = finding_event.c
    query = sa.select(finding_event).where(c.finding == number).order_by(c.id.desc()).limit(1)
    with reading(ledger.engine) as connection:
        row = connection.execute(query).mappings().first()
    return None if row is None else FindingEvent(**row)


def _refuse_named(finding: Finding, actor: str) -> None:
    if actor in finding.persons:
        raise Refusal(
            say(
                "Finding {finding} names {actor}, who therefore cannot decide on it. Have another person do it.",
                finding=finding.id,
                actor=actor,
            )
        )


def _record(ledger: Ledger, finding: Finding, stamp: Stamp, values: Mapping[str, str]) -> None:
    about = {
        "finding": finding.id,
        "rule": finding.rule,
        "subject": finding.subject,
        "first_day": finding.first_day.isoformat(),
        "last_day": finding.last_day.isoformat(),
        "evidence_rows": len(finding.evidence),
    }
    _write(ledger, about, stamp, values)


def _write(ledger: Ledger, about: Mapping[str, Any], stamp: Stamp, values: Mapping[str, str]) -> None:
    blank = dict.fromkeys(("reason", "owner", "due", "proof", "proof_sha256", "note"), "")
    row = {**about, **blank, **{name: normal(value) for name, value in values.items()}, **asdict(stamp)}
    try:
        with writing(ledger.engine) as connection:
            id_ = connection.execute(sa.insert(finding_event).values(row).returning(finding_event.c.id)).scalar_one()
            record_versions(connection, finding_event.name, [(str(id_), {"id": id_, **row})], stamp)
    except sa.exc.DBAPIError as error:
        if "closed by a person" not in str(error):
            raise
        raise Refusal(_other_hand(about["finding"])) from None


def _other_hand(number: str) -> Sentence:
    return say(
        "Finding {finding} was opened or was to be mended by the same person. Have another person close it.",
        finding=number,
    )
