"""What jobs of scenarios need of the doors for files, which stand beside them: handed in where both are known."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from allocator.pictured import DrawnOut
from allocator.planned_day import PlannedDay, SupposedDay
from allocator.sentence import Sentence
from models.job_work import Work
from models.jobs import Outcome
from models.ledger import Ledger

__all__ = ["Doors", "Keep", "Word"]

Word = Callable[[Sentence], str]


class Keep(Protocol):
    """Returns drawn results as they are kept, in both languages; `make` gives them in one."""

    def __call__(  # noqa: D102 - the class says it
        self,
        make: Callable[[Word, str], DrawnOut],
        *,
        stem: str,
        shown: Collection[str] = ...,
        without: tuple[str, ...] = ...,
        rows: int = ...,
    ) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Doors:
    """`take`: a day of the ledger, or a Refusal; `keep`: results as one file; `allocate`: a day by a scenario."""

    take: Callable[[Ledger, dt.date], PlannedDay]
    keep: Keep
    allocate: Callable[[Work, Callable[[PlannedDay], SupposedDay]], Outcome]
