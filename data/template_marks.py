"""What a template is known by when it comes back: a hidden sheet that says its kind, its columns and its example."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from allocator.sentence import Sentence, say
from data.columns import Column, TableSpec

__all__ = [
    "BESIDE_COLUMNS",
    "EXAMPLE_COLUMN",
    "EXAMPLE_MARK",
    "FORM",
    "HELP_SHEET",
    "LISTS_SHEET",
    "MARK_SHEET",
    "Mark",
    "changes_since",
    "header_of",
    "mark_of",
    "signature_of",
]

FORM = "1"
"""How templates are laid out; another number means that this program cannot read it."""

MARK_SHEET = "_allocator"
LISTS_SHEET = "_lists"
HELP_SHEET = "Help 说明"

EXAMPLE_MARK = "例 example"
"""What stands in the first column of the worked example, which is not taken in."""

EXAMPLE_COLUMN = Column(
    name="example",
    zh="示例",
    holds="text",
    required=True,
    meaning=say("marks the worked example, which is not taken in"),
)


def _beside(name: str, zh: str, meaning: Sentence) -> Column:
    return Column(name=name, zh=zh, holds="text", meaning=meaning)


BESIDE_COLUMNS = (
    _beside("said_need", "说需要", say("how many were said to be needed")),
    _beside("said_have", "说现有", say("how many were said to be there")),
    _beside("said_daily", "说日用", say("how many were said to be used a day")),
    _beside("said_lasts", "说可用天数", say("how many days what is there was said to last")),
    _beside("said_got", "说收到", say("how many were said to have come")),
    _beside("confidence", "把握", say("how sure the reading is")),
    _beside("to_ask", "待核实", say("why a person must look")),
    _beside("words", "原文", say("what was said")),
    _beside("from_row", "来源行", say("the row of the file it was read from")),
)
"""Columns to the right of a template that are there to be read, and are not taken in."""


@dataclass(frozen=True)
class Mark:
    """The mark of a template: its kind of table, and its columns as `signature_of` tells them."""

    kind: str
    form: str
    columns: str


def mark_of(values: Mapping[str, str]) -> Mark:
    """Return the mark that a hidden sheet's rows say."""
    return Mark(values.get("template", ""), values.get("form", ""), values.get("columns", ""))


def header_of(column: Column) -> str:
    r"""Return a column's header in both languages, one below the other.

    >>> from data.import_columns import IMPORT_TABLES
    >>> header_of(IMPORT_TABLES["counts"].by_name["site"])
    'site\n点位编码'
    """
    return f"{column.name}\n{column.zh}"


def signature_of(spec: TableSpec) -> str:
    """Return what the columns of a table are, as one text: name, what each holds, and ! where it is required.

    >>> from data.import_columns import IMPORT_TABLES
    >>> signature_of(IMPORT_TABLES["areas"])
    'area:code! name:text name_zh:text parent:text'
    """
    return " ".join(f"{column.name}:{column.holds}{'!' if column.required else ''}" for column in spec.columns)


def changes_since(signature: str, spec: TableSpec) -> list[Sentence]:
    """Return what keeps a template with these columns from being read as the table is now.

    A further column that may be left empty does not: whoever filled the template in could not know of it.
    """
    before, now = (_parts(each.split()) for each in (signature, signature_of(spec)))
    changes = [say("{column} is not a column any more", column=name) for name in before if name not in now]
    for name, (holds, required) in now.items():
        if name not in before and required:
            changes.append(say("{column} is due now", column=name))
        elif name in before and before[name][0] != holds:
            changes.append(say("{column} holds something else now", column=name))
    return changes


def _parts(words: Iterable[str]) -> dict[str, tuple[str, bool]]:
    pairs = (word.partition(":") for word in words)
    return {name: (holds.rstrip("!"), holds.endswith("!")) for name, _, holds in pairs}
