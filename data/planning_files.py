"""The door in for forecasts and purchases: a case folder or workbook with its planning tables."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from allocator.planning import PlanningCase
from data.activity_columns import DRIVERS
from data.case_files import CaseUnreadable, case_of, find_files
from data.columns import TABLES_OF_PLAN
from data.planning_columns import PLANNING_TABLES
from data.planning_tables import planning_of
from data.problems import Notice, ProblemList

__all__ = ["ReadPlanning", "read_planning"]


@dataclass(frozen=True)
class ReadPlanning:
    """A case with its planning tables as read, and what a reader of it should know."""

    planning: PlanningCase
    notices: tuple[Notice, ...]


def read_planning(path: Path) -> ReadPlanning:
    """Read a case folder or workbook with history, drivers, suppliers, offers, orders and budgets.

    Each of these may be missing. Raises `CaseUnreadable` with everything that is wrong in every table.
    """
    problems = ProblemList()
    files = find_files(path, (*TABLES_OF_PLAN, DRIVERS, *PLANNING_TABLES), problems)
    planning = None
    if files is not None:
        case = case_of(files, problems)
        planning = planning_of(files.raw, case, problems)
    if planning is None:
        raise CaseUnreadable(problems.problems, problems.notices)
    return ReadPlanning(planning, tuple(problems.notices))
