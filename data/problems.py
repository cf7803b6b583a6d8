"""What is wrong with the files of a case: where, what was found, how to mend it.

Problems are values, collected from every table and shown together. A kind of problem that fills a
whole column is shown for its first rows, and the rest are counted, so that a million bad rows stay
readable.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from allocator.sentence import Sentence, say

__all__ = ["SHOWN_PER_KIND", "CaseUnreadable", "Kind", "Notice", "Place", "Problem", "ProblemList", "legible"]

SHOWN_PER_KIND = 20
"""Problems of one kind in one column that are spelt out; the rest are counted."""
_ALL = 1_000_000
_LETTERS_SHOWN = 80


_HIDDEN = ("C", "Zl", "Zp")  # categories of letters that are not seen, or break the line


def legible(found: str) -> str:
    r"""Return what stood in a file as one may print it: shortened, and nothing hidden in it.

    A cell may hold 32,767 letters, or the marks by which a terminal is told to clear itself.

    >>> legible("mask\x1b[2J"), legible("口罩　２０"), len(legible("x" * 32_767))
    ('mask\\x1b[2J', '口罩\u3000２０', 81)
    """
    shown = found if len(found) <= _LETTERS_SHOWN else f"{found[:_LETTERS_SHOWN]}…"
    if shown.isprintable():
        return shown
    return "".join(
        letter.encode("unicode_escape").decode() if unicodedata.category(letter).startswith(_HIDDEN) else letter
        for letter in shown
    )


def _legible(values: dict[str, Any]) -> dict[str, Any]:
    return {name: legible(value) if isinstance(value, str) else value for name, value in values.items()}


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where: a file; in a workbook a sheet; a row as a spreadsheet numbers it (1 is the header).

    >>> str(Place(file="needs.csv", row=14, column="daily_units").sentence)
    'needs.csv, row 14, column daily_units'
    >>> str(Place(file="county.xlsx", sheet="库存", row=14, letter="D").sentence)
    'county.xlsx, sheet 库存, cell D14'
    """

    file: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    letter: str = ""

    @property
    def sentence(self) -> Sentence:
        """The place in words."""
        where = Sentence("{file}", {"file": self.file})
        if self.sheet:
            where = say("{file}, sheet {sheet}", file=self.file, sheet=self.sheet)
        if self.row and self.letter:
            return say("{where}, cell {cell}", where=where, cell=f"{self.letter}{self.row}")
        if self.row and self.column:
            return say("{where}, row {row}, column {column}", where=where, row=self.row, column=self.column)
        if self.row:
            return say("{where}, row {row}", where=where, row=self.row)
        if self.column:
            return say("{where}, column {column}", where=where, column=self.column)
        return where


@dataclass(frozen=True)
class Kind:
    """A kind of problem or notice: a stable code, what was found, and (for a problem) how to mend it."""

    code: str
    found: Sentence
    mend: Sentence | None = None


@dataclass(frozen=True)
class Problem:
    """One thing that keeps a case from being read. `more` further rows have the same problem."""

    kind: Kind
    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    more: int = 0

    @property
    def shown_values(self) -> dict[str, Any]:
        """The values as one may print them."""
        return _legible(self.values)

    @property
    def sentence(self) -> Sentence:
        """Place, fault and remedy in one sentence, for a translator."""
        mend = self.kind.mend or Sentence("")
        parts = {
            "place": self.place.sentence,
            "found": Sentence(self.kind.found.message, self.shown_values),
            "mend": Sentence(mend.message, self.shown_values),
        }
        if self.more == 1:
            return say("{place} (and one more row): {found} {mend}", **parts)
        if self.more:
            return say("{place} (and {more} more rows): {found} {mend}", more=self.more, **parts)
        return say("{place}: {found} {mend}", **parts)

    def __str__(self) -> str:
        return str(self.sentence)


@dataclass(frozen=True)
class Notice:
    """Something a reader of the case should know that does not stop the plan.

    `warns` is false where it only says how a file was read.
    """

    kind: Kind
    place: Place
    values: dict[str, Any] = field(default_factory=dict)
    warns: bool = True

    @property
    def sentence(self) -> Sentence:
        """Place and finding in one sentence, for a translator."""
        found = Sentence(self.kind.found.message, _legible(self.values))
        return say("{place}: {found}", place=self.place.sentence, found=found)

    def __str__(self) -> str:
        return str(self.sentence)


class CaseUnreadable(ValueError):  # named for the fact the caller reports
    """The case has problems; `problems` lists them all, in the order of the tables."""

    def __init__(self, problems: Iterable[Problem], notices: Iterable[Notice] = ()) -> None:
        self.problems = tuple(problems)
        self.notices = tuple(notices)
        super().__init__("\n".join(str(problem) for problem in self.problems))


MANY_MORE = Kind("more-like-these", say("More rows have the same problem: {count}."), say("Mend them in the same way."))


class ProblemList:
    """Collects problems and notices; truthy while there are problems.

    `every`: each row at fault is a problem of its own, however many there are, for one who marks them all.
    """

    def __init__(self, *, every: bool = False) -> None:
        self._problems: list[Problem] = []
        self.notices: list[Notice] = []
        self.every = every

    @property
    def shown(self) -> int:
        """How many problems of one kind in one column are spelt out."""
        return _ALL if self.every else SHOWN_PER_KIND

    def __bool__(self) -> bool:
        return bool(self._problems)

    def copy(self) -> ProblemList:
        """Return a list that begins with the same problems and notices."""
        other = ProblemList(every=self.every)
        other._problems, other.notices = list(self._problems), list(self.notices)
        return other

    def extend(self, other: ProblemList) -> None:
        """Add all that another list holds."""
        self._problems += other._problems
        self.notices += other.notices

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Every problem so far."""
        return tuple(self._problems)

    def add(self, kind: Kind, place: Place, *, more: int = 0, **values: Any) -> None:
        """Add one problem."""
        self._problems.append(Problem(kind, place, values, more))

    def add_each(self, kind: Kind, count: int, describe: Callable[[int], tuple[Place, dict[str, Any]]]) -> None:
        """Add `count` problems of one kind; only the first few are described, the rest counted."""
        for n in range(min(count, self.shown)):
            place, values = describe(n)
            self._problems.append(Problem(kind, place, values))
        if count > self.shown:
            last = self._problems[-1].place
            place = Place(file=last.file, sheet=last.sheet, column=last.column)
            self._problems.append(Problem(MANY_MORE, place, {"count": count - self.shown}))

    def notice(self, kind: Kind, place: Place, *, warns: bool = True, **values: Any) -> None:
        """Add one notice."""
        self.notices.append(Notice(kind, place, values, warns))
