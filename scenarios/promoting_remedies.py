"""What a scenario supposes that no plan of a day can: for each such change where it stands, why, and what to type."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence

from allocator.case import Case
from allocator.sentence import Sentence, say
from scenarios.change_words import change_in_words
from scenarios.scenario import Change, Scenario

__all__ = ["not_of_a_plan"]

_SHOWN = 10
_WHAT_IF = "what-if"


def not_of_a_plan(scenario: Scenario, case: Case) -> Iterator[Sentence]:
    """Yield a sentence for each change that must be done in truth first, the commands that do it, and how to go on."""
    found = False
    for number, change in enumerate(scenario.changes, start=1):
        remedy = _remedy(scenario, change, case)
        if remedy is None:
            continue
        found = True
        why, commands = remedy
        place = say("Scenario {name}, change {number}", name=scenario.name, number=number)
        yield say(
            "{place} ({change}): a plan sends what is there, so this cannot be supposed. {why}",
            place=place, change=change_in_words(change), why=why,
        )  # fmt: skip
        for words in commands[:_SHOWN]:
            yield Sentence("  {command}", {"command": shlex.join(words)})
        if len(commands) > _SHOWN:
            yield say("  … and so on for {more:,} more.", more=len(commands) - _SHOWN)
    if found:
        copy = ("allocator", "scenario", "show", scenario.name, "--toml")
        yield say(
            "Then take those changes out of a copy ({copy} > mine.toml) and promote mine.toml; where none is left, "
            "allocator allocate plans the day.",
            copy=shlex.join(copy),
        )


_Remedy = tuple[Sentence, list[tuple[str, ...]]]


def _remedy(scenario: Scenario, change: Change, case: Case) -> _Remedy | None:
    """Return why and by which commands a change is done in truth; None where a plan may suppose it."""
    if change.table == "stock":
        return _of_stock(change, case)
    if change.table == "in_transit":
        return (
            say(
                "Confirm what arrived of the notes, with what was lost or never left (allocator plans and allocator "
                "show PLAN name them); a shipment that never was is reversed:"
            ),
            [
                ("allocator", "confirm", "NOTE", "ITEM", "SOUND", "--lost", "UNITS", "--reason", "CODE"),
                ("allocator", "reverse", "DOC", "--reason", "never-happened"),
            ],
        )
    if (change.table, change.do) == ("sites", "add"):
        files = [f"{_WHAT_IF}/case/{name}.csv" for name in ("sites", "lanes", "needs")]
        return (
            say(
                "Write them down, keep only the rows of NEW-… in these files, give them their true codes and names, "
                "and import them:"
            ),
            [
                ("allocator", "scenario", "run", scenario.name, "--out", _WHAT_IF),
                ("allocator", "import", *files),
            ],
        )
    if (change.table, change.do) == ("needs", "drop"):
        return (
            say("Import those needs with a daily_units of 0, from a file with the columns site, item, daily_units:"),
            [("allocator", "import", "needs.csv")],
        )
    return None


def _of_stock(change: Change, case: Case) -> _Remedy:
    """Return the documents that make of the stock that is there what a change supposes of it."""
    import numpy as np

    from scenarios.change_columns import TABLE_CHANGES
    from scenarios.choosing import chosen, stock_fields

    rows = np.flatnonzero(chosen(stock_fields(case), change.where, len(case.stock))).tolist()
    if change.do == "drop":
        return say("Write off what is lost:"), [_writeoff(case, row, "lost") for row in rows]
    if change.column == "status":
        everywhere = set(change.where) <= {"lot", "item", "use"}
        return _of_status(str(change.by), case, rows, everywhere=everywhere)
    units = TABLE_CHANGES["stock"](case, change, case.policy.date)[0].stock.units
    commands = [_posted(case, row, int(units[row])) for row in rows if units[row] != case.stock.units[row]]
    return say("Post what was truly counted, or came; as the scenario has it:"), commands


def _of_status(status: str, case: Case, rows: Sequence[int], *, everywhere: bool) -> _Remedy:
    if status == "quarantine":
        lots = sorted({(str(case.stock.lot[row]), _item(case, row)) for row in rows})
        if everywhere and lots and all(lot for lot, _ in lots):
            return (
                say("Recall the lots, which stops them everywhere at once:"),
                [("allocator", "recall", lot, "--item", item, "--reason", "counterfeit") for lot, item in lots],
            )
        aside = [("allocator", "quarantine", *_row(case, row), "--reason", "suspected-fake") for row in rows]
        return say("Set it aside where it lies:"), aside
    if status == "usable":
        return (
            say("Release what was set aside:"),
            [("allocator", "release", *_row(case, row), "--reason", "passed-test") for row in rows],
        )
    return say("Write off what cannot be used any more:"), [_writeoff(case, row, status) for row in rows]


def _item(case: Case, row: int) -> str:
    return str(case.items.code[case.stock.item[row]])


def _row(case: Case, row: int, *quantity: int) -> tuple[str, ...]:
    """Return site, item, a quantity where one is given, and the lot; - for stock without a lot number."""
    stock = case.stock
    return (
        str(case.sites.code[stock.site[row]]),
        _item(case, row),
        *map(str, quantity),
        "--lot",
        str(stock.lot[row]) or "-",
    )


def _writeoff(case: Case, row: int, reason: str) -> tuple[str, ...]:
    return ("allocator", "writeoff", *_row(case, row), "--reason", reason)


def _posted(case: Case, row: int, units: int) -> tuple[str, ...]:
    """Return the count of what is less, or the receipt of what came beyond what there was."""
    more = units - int(case.stock.units[row])
    if more < 0:
        return ("allocator", "count", *_row(case, row, units))
    return ("allocator", "receive", *_row(case, row, more), "--partner", "CODE")
