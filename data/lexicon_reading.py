"""Words of one's own for items: a CSV file with the columns item and word, every fault in it told at once."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from allocator.sentence import say
from data.case_csv import read_csv_table
from data.columns import Column, TableSpec
from data.nearest import nearest_code
from data.problems import Kind, ProblemList
from data.statement_tokens import NOTHING, normalised, read_lexicon

__all__ = ["LEXICON", "read_own_words"]

LEXICON = TableSpec(
    name="lexicon",
    zh="词表",
    columns=(
        Column(name="item", zh="物资编码", holds="text", required=True, meaning=say("the item's code; - for none")),
        Column(name="word", zh="词", holds="text", required=True, meaning=say("a word that means it")),
    ),
)

WORD_ITEM = Kind(
    "word-item",
    say('"{found}" is neither an item of the ledger nor one that the shipped words name.'),
    say('If "{near}" is meant, write that; write - for words that name no item.'),
)
WORD_BLANK = Kind(
    "word-blank",
    say("A word without its item, or an item without its word, says nothing."),
    say("Fill in both, or delete the row."),
)
WORD_TWICE = Kind(
    "word-twice",
    say('The word "{found}" stands for {first} and for {second}.'),
    say("Keep one of the two rows."),
)


def read_own_words(path: Path, items: Collection[str], problems: ProblemList) -> dict[str, str]:
    """Return word → item; what is wrong with the file is added to the problems. `items`: the ledger's codes."""
    table = read_csv_table(path, LEXICON, problems)
    if table is None or problems:
        return {}
    known = {*items, *read_lexicon().words.values(), NOTHING}
    words: dict[str, str] = {}
    for row in range(table.rows):
        item, word = table.columns["item"].text_at(row), normalised(table.columns["word"].text_at(row)).strip()
        if not item or not word:
            problems.add(WORD_BLANK, table.place(row, "word" if item else "item"))
        elif item not in known:
            near = nearest_code(item, sorted(known)) or NOTHING
            problems.add(WORD_ITEM, table.place(row, "item"), found=item, near=near)
        elif words.get(word, item) != item:
            problems.add(WORD_TWICE, table.place(row, "word"), found=word, first=words[word], second=item)
        words[word] = item
    return words
