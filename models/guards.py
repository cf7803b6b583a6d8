"""What the database itself sees to: nobody changes or deletes a fact in any way it knows; PostgreSQL posts.

SQLite's REPLACE deletes without a word unless `recursive_triggers` is on, so inserting over a row
that is there, by any of its keys, is refused too; PostgreSQL's row triggers do not see TRUNCATE, so it has its own.

A plan is approved by a person who neither drafted nor overrode it. Where nobody is defined there is no
such person, and the local administrator may; who drafted it is then as unchangeable as a fact. An emergency
issue is countersigned by another person than who posted it, always. A finding that was opened to be mended is closed
by another person than who opened it and who was to mend it; nor do these accept it while it is open.
"""

from __future__ import annotations

import re

import sqlalchemy as sa

from models.routine import routine_statements
from models.tables import FACTS, metadata

__all__ = ["add_guards", "guards_of", "renew_guards"]

_SAYS = "the ledger is written once: reverse the document instead"
_ANOTHER = "a plan is approved by a person who neither drafted nor overrode it"
_OTHER_HAND = "an emergency issue is countersigned by a person who did not post it"
_THIRD_HAND = "a finding is closed by a person who neither opened it nor was to mend it"
_DRAFTED = "id, date, drafted_by, drafted_at, document, snapshot_digest, policy_digest, versions"
"""Columns of `plan` that say what was drafted, by whom; only its status changes."""

_OWN_APPROVAL = """
    NEW.event = 'approved'
    AND (NEW.actor <> 'local' OR EXISTS (SELECT 1 FROM {0}person))
    AND (
        EXISTS (SELECT 1 FROM {0}plan WHERE id = NEW.plan AND drafted_by = NEW.actor)
        OR EXISTS (SELECT 1 FROM {0}plan_override WHERE plan = NEW.plan AND actor = NEW.actor)
    )
"""

_OWN_SIGNATURE = """
    NOT EXISTS (
        SELECT 1 FROM {0}document WHERE id = NEW.document AND type = 'emergency' AND actor <> NEW.actor
    )
"""

_OWN_CLOSING = """
    NEW.event IN ('accepted', 'closed')
    AND EXISTS (
        SELECT 1 FROM {0}finding_event AS opened
        WHERE opened.id = (SELECT MAX(id) FROM {0}finding_event WHERE finding = NEW.finding AND event = 'opened')
        AND (opened.actor = NEW.actor OR opened.owner = NEW.actor)
        AND (
            NEW.event = 'closed'
            OR opened.id = (SELECT MAX(id) FROM {0}finding_event WHERE finding = NEW.finding)
        )
    )
"""


def guards_of(dialect: str) -> list[str]:
    """Return the statements that make the guards, and PostgreSQL's routine, for "sqlite" or "postgresql"."""
    return _sqlite() if dialect == "sqlite" else _postgres()


def add_guards(connection: sa.Connection) -> None:
    """Make the guards in a new database."""
    for statement in guards_of(connection.dialect.name):
        connection.exec_driver_sql(statement)


def renew_guards(connection: sa.Connection) -> None:
    """Make the guards of this version in a database that has those of another."""
    for statement in guards_of(connection.dialect.name):
        trigger = re.match(r"CREATE TRIGGER (\w+) BEFORE .*? ON (\w+)", statement)
        if trigger is not None:
            on = "" if connection.dialect.name == "sqlite" else f" ON {trigger[2]}"
            connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {trigger[1]}{on}")
        # Replaced and not made anew, a routine keeps whom it was granted to.
        connection.exec_driver_sql(re.sub("^CREATE FUNCTION", "CREATE OR REPLACE FUNCTION", statement))


def _sqlite() -> list[str]:
    forbidden = f"BEGIN SELECT RAISE(ABORT, '{_SAYS}'); END"
    statements: list[str] = []
    for name in FACTS:
        there = " OR ".join(_is_there(name, key) for key in _keys_of(metadata.tables[name]))
        statements += [
            f"CREATE TRIGGER never_update_{name} BEFORE UPDATE ON {name} {forbidden}",
            f"CREATE TRIGGER never_delete_{name} BEFORE DELETE ON {name} {forbidden}",
            f"CREATE TRIGGER never_replace_{name} BEFORE INSERT ON {name} WHEN {there} {forbidden}",
        ]
    owns = (_OWN_APPROVAL, _OWN_SIGNATURE, _OWN_CLOSING)
    approval, signature, closing = (" ".join(each.format("").split()) for each in owns)
    refusals = (_ANOTHER, _OTHER_HAND, _THIRD_HAND)
    another, other_hand, third_hand = (f"BEGIN SELECT RAISE(ABORT, '{says}'); END" for says in refusals)
    return [
        *statements,
        f"CREATE TRIGGER approved_by_another BEFORE INSERT ON plan_event WHEN {approval} {another}",
        f"CREATE TRIGGER signed_by_another BEFORE INSERT ON countersignature WHEN {signature} {other_hand}",
        f"CREATE TRIGGER closed_by_another BEFORE INSERT ON finding_event WHEN {closing} {third_hand}",
        f"CREATE TRIGGER never_redraft_plan BEFORE UPDATE OF {_DRAFTED} ON plan {forbidden}",
    ]


def _keys_of(table: sa.Table) -> list[list[str]]:
    """Return the columns of every key of a table, its primary key first."""
    others = [each.columns for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
    others += [index.columns for index in table.indexes if index.unique]
    # A set has no order, and the guards are compared word by word.
    rest = sorted([column.name for column in columns] for columns in others)
    return [[column.name for column in table.primary_key], *rest]


def _is_there(name: str, key: list[str]) -> str:
    """Return whether a row has the new row's key; where a part of the key is NULL none has, as in the key itself."""
    same = " AND ".join(f"{column} = NEW.{column}" for column in key)
    return f"EXISTS (SELECT 1 FROM {name} WHERE {same})"  # noqa: S608 - names of our own tables


def _postgres() -> list[str]:
    refuses = f"$$ BEGIN RAISE EXCEPTION '{_SAYS}'; END $$"
    settings = "RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp"
    statements = [f"CREATE FUNCTION refuse_change() {settings} AS {refuses}"]
    for name in FACTS:
        calls = "EXECUTE FUNCTION refuse_change()"
        statements += [
            f"CREATE TRIGGER never_change_{name} BEFORE UPDATE OR DELETE ON {name} FOR EACH ROW {calls}",
            f"CREATE TRIGGER never_truncate_{name} BEFORE TRUNCATE ON {name} FOR EACH STATEMENT {calls}",
        ]
    owns = ((_OWN_APPROVAL, _ANOTHER), (_OWN_SIGNATURE, _OTHER_HAND), (_OWN_CLOSING, _THIRD_HAND))
    another, other_hand, third_hand = (
        f"$$ BEGIN IF {own} THEN RAISE EXCEPTION '{says}'; END IF; RETURN NEW; END $$"
        for own, says in ((" ".join(own.format("public.").split()), says) for own, says in owns)
    )
    each = "FOR EACH ROW EXECUTE FUNCTION"
    statements += [
        f"CREATE FUNCTION refuse_own_approval() {settings} AS {another}",
        f"CREATE TRIGGER approved_by_another BEFORE INSERT ON plan_event {each} refuse_own_approval()",
        f"CREATE FUNCTION refuse_own_signature() {settings} AS {other_hand}",
        f"CREATE TRIGGER signed_by_another BEFORE INSERT ON countersignature {each} refuse_own_signature()",
        f"CREATE FUNCTION refuse_own_closing() {settings} AS {third_hand}",
        f"CREATE TRIGGER closed_by_another BEFORE INSERT ON finding_event {each} refuse_own_closing()",
        f"CREATE TRIGGER never_redraft_plan BEFORE UPDATE OF {_DRAFTED} ON plan {each} refuse_change()",
    ]
    return statements + routine_statements()
