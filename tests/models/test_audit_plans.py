"""The audit of plans: altered past the guards, each of their rows and files is named; left alone, all of it holds."""

from __future__ import annotations

import unicodedata

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at
from tampering import KEY, NOW, audited, past_the_guards, said, tamper

from models.database import writing
from models.ledger import Ledger
from models.people import LOCAL, Person, add_person
from models.plan_events import record_event
from models.plan_overrides import Decision, write_decisions
from models.plan_steps import review
from models.plan_tables import plan_event, plan_override
from models.plans import Decided, store_plan
from models.sealing import seal
from models.versions import Stamp

PLAN = "P2020-02-11-1"


@pytest.fixture
def ledger(each_database) -> Ledger:
    """A ledger with a plan that was drafted, overridden and reviewed; all of it is sealed."""
    ledger = a_ledger()
    decided = Decided(
        date="2020-02-11", document=0, snapshot_digest="s", policy_digest="p", versions={}, files={"lines.csv": b"a,b"}
    )
    assert store_plan(ledger.engine, decided, Stamp("A", at(1))) == PLAN
    decision = Decision(
        site="P1", item="I1", units=5, proposed_units=6, reason="ordered", note="", actor="B", recorded_at=at(1)
    )
    with writing(ledger.engine) as connection:
        write_decisions(connection, PLAN, [decision], Stamp("B", at(1)))
        record_event(connection, PLAN, "overridden", Stamp("B", at(1)))
    review(ledger, PLAN, Stamp("A", at(2)))
    seal(ledger, key=KEY, at=NOW)
    return ledger


def test_a_plan_that_nobody_touched_holds(ledger):
    report = audited(ledger)

    assert (said(report), report.plans) == (("", ""), 1)


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        (["UPDATE plan SET document = 7"], f"Plan {PLAN}: its row says another document than was sealed."),
        (["UPDATE plan SET policy_digest = 'q'"], f"Plan {PLAN}: its row says another policy_digest than was sealed."),
        (["UPDATE plan SET drafted_at = 7"], f"Plan {PLAN}: its row says another drafted_at than was sealed."),
        (["UPDATE plan SET drafted_by = 'C'"], f"Plan {PLAN}: its row says another drafted_by than was sealed."),
        (
            ["UPDATE plan SET status = 'approved'"],
            f"Plan {PLAN} is said to be approved, but its last step leaves it reviewed.",
        ),
        (["UPDATE plan_event SET actor = 'C' WHERE event = 'reviewed'"], "Plan {0}: row 2 of plan_event is not what"),
        (["UPDATE plan_override SET units = 50"], f"Plan {PLAN}: row 1 of plan_override is not what was sealed."),
        (["DELETE FROM plan_override"], "Row 1 of plan_override was sealed, and is not there any more."),
        (["DELETE FROM plan_event WHERE id = 2"], "Row 2 of plan_event was sealed, and is not there any more."),
        (["DELETE FROM plan_file"], f"lines.csv of plan {PLAN} is not the file that was kept: it was altered since."),
        (
            ["DELETE FROM plan_override", "DELETE FROM plan_event", "DELETE FROM plan_file", "DELETE FROM plan"],
            f"Plan {PLAN} was sealed, and is not there any more.",
        ),
    ],
)
def test_what_was_altered_past_the_guards_is_named(ledger, statements, sentence):
    tamper(ledger, *statements)
    check, found = said(audited(ledger))

    assert (check, sentence.format(PLAN) in found) == ("plans", True), found


def test_a_file_whose_content_was_exchanged_is_named(ledger):
    with writing(ledger.engine) as connection:
        connection.execute(sa.text("UPDATE plan_file SET content = :content"), {"content": b"a,c"})

    assert said(audited(ledger)) == (
        "plans",
        f"lines.csv of plan {PLAN} is not the file that was kept: it was altered since.",
    )


@pytest.mark.parametrize("note", ["e\u0301 ok", "\uf900 \u8c48"])
def test_a_note_that_is_not_composed_is_kept_composed_and_is_no_fault(ledger, note):
    """The text is one in NFC, in which everything is sealed; a row that an earlier program wrote as typed holds too."""
    decision = Decision(
        site="P2", item="I1", units=5, proposed_units=6, reason="other", note=note, actor="B", recorded_at=at(3)
    )
    with writing(ledger.engine) as connection:
        write_decisions(connection, PLAN, [decision], Stamp("B", at(3)))
        record_event(connection, PLAN, "reviewed", Stamp("A", at(3)), note=note)
        notes = [
            connection.execute(sa.select(table.c.note).where(table.c.note != "")).scalar()
            for table in (plan_event, plan_override)
        ]
    seal(ledger, key=KEY, at=NOW)

    assert (notes, said(audited(ledger))) == ([unicodedata.normalize("NFC", note)] * 2, ("", ""))
    tamper(ledger, f"UPDATE plan_event SET note = '{note}' WHERE note <> ''")  # noqa: S608
    assert said(audited(ledger)) == ("", "")


# --- Approved past the guard -------------------------------------------------------------------------


def approved_by(ledger: Ledger, who: str, plan: str = PLAN) -> tuple[str, str]:
    """Record an approval that no guard stops, seal it, and return what the audit finds."""
    with past_the_guards(ledger.engine) as connection:
        record_event(connection, plan, "approved", Stamp(who, at(3)))
    seal(ledger, key=KEY, at=NOW)
    return said(audited(ledger))


@pytest.mark.parametrize(
    ("who", "found"),
    [
        ("A", ("approver", f"Plan {PLAN} was approved by A, who drafted it.")),
        ("B", ("approver", f"Plan {PLAN} was approved by B, who overrode it.")),
        ("C", ("", "")),
    ],
)
def test_who_approved_what_they_drafted_or_overrode_is_named(ledger, who, found):
    assert approved_by(ledger, who) == found


@pytest.fixture
def own(ledger) -> str:
    """A plan that the local administrator drafted, beside the other one."""
    decided = Decided(
        date="2020-02-12", document=0, snapshot_digest="s", policy_digest="p", versions={}, files={"lines.csv": b""}
    )
    return store_plan(ledger.engine, decided, Stamp(LOCAL, at(1)))


def define_somebody(ledger: Ledger) -> None:
    with writing(ledger.engine) as connection:
        add_person(connection, Person(id="C", roles=(("administrator", ""),)), Stamp(LOCAL, at(3)))
    seal(ledger, key=KEY, at=NOW)


def test_where_nobody_is_defined_the_local_administrator_approves_alone_and_that_stays_right(ledger, own):
    assert approved_by(ledger, LOCAL, own) == ("", "")
    define_somebody(ledger)
    assert said(audited(ledger)) == ("", "")


def test_once_somebody_is_defined_the_local_administrator_does_not_approve_alone(ledger, own):
    define_somebody(ledger)

    assert approved_by(ledger, LOCAL, own) == ("approver", f"Plan {own} was approved by local, who drafted it.")
