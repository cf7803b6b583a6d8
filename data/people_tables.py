"""People as a table that is saved, a row for each of their roles; and what roles and rights are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from allocator.sentence import Named, say

if TYPE_CHECKING:
    from data.tables_out import TableOut
    from models.people import Person

__all__ = ["ROLE_WORDS", "people_tables"]

ROLE_WORDS = {
    "administrator": say("administrator"),
    "logistics": say("logistics officer"),
    "reporter": say("site reporter"),
    "procurement": say("procurement staff"),
    "auditor": say("auditor"),
    "approver": say("approver"),
}
"""What each role is called."""

_COLUMNS = (
    ("id", say("id"), "text"),
    ("name", say("name"), "text"),
    ("role", say("role"), "text"),
    ("area", say("area"), "text"),
    ("state", say("state"), "text"),
)


def people_tables(everybody: Sequence[Person]) -> list[TableOut]:
    """Return people as they are saved; who has no role has one row."""
    from data.tables_out import rows_out

    rows = [
        (each.id, Named(each.id, each.name, each.name_zh), *role, say("active") if each.active else say("disabled"))
        for each in everybody
        for role in each.roles or (("", ""),)
    ]
    return [rows_out("people", say("People"), _COLUMNS, rows)]
