"""docs/outputs.md says what the code writes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hand_made_plan import hand_made_case, hand_made_plan

from allocator.need import needs_of
from allocator.summary import summarise
from data.origin_files import ORIGIN_FILES, ORIGIN_WORDS
from data.plan_columns import PLAN_TABLES

PAGE = (Path(__file__).parents[2] / "docs" / "outputs.md").read_text(encoding="utf-8")


def test_every_column_stands_on_the_page_in_its_order() -> None:
    for table, columns in PLAN_TABLES.items():
        rows = "".join(f"| `{column.name}` | {column.zh} | {column.meaning} |\n" for column in columns)
        assert f"### {table}.csv\n\n| column | 中文 | meaning |\n|---|---|---|\n{rows}" in PAGE


def test_every_column_of_where_needs_come_from_stands_on_the_page_in_its_order() -> None:
    for file, columns in ORIGIN_FILES.items():
        section = PAGE.partition(f"### {file}\n")[2].partition("\n#")[0]
        found = [line.split(" | ")[:2] for line in section.splitlines() if line.startswith("| `")]
        assert found == [[f"| `{name}`", ORIGIN_WORDS[name]] for name in columns]


def _keys(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from _keys(inner)
    elif isinstance(value, list):
        for one in value:
            yield from _keys(one)


def test_every_key_of_the_summary_stands_on_the_page() -> None:
    case, plan = hand_made_case(), hand_made_plan()
    keys = set(_keys(summarise(case, plan.pairs, plan.lines, plan.stops, needs_of(case))))
    # These are columns of the tables above, or tables of their own.
    keys -= {"depot", "item", "tier", "site"}
    assert {key for key in keys if f"`{key}`" not in PAGE} == set()
