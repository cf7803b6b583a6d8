"""plan.xlsx: the plan for people, to read, to print and to hand to a driver."""

from __future__ import annotations

from pathlib import Path

from allocator.case import Case
from allocator.plan import Plan
from allocator.summary import Standing
from data.pick_lists import write_pick_lists
from data.workbook_about import write_about, write_summary
from data.workbook_looks import Looks, PlanBook
from data.workbook_out import open_book
from data.workbook_shortfalls import write_shortfalls

__all__ = ["write_workbook"]


def write_workbook(plan: Plan, case: Case, path: Path) -> None:
    """Write the workbook: summary, a pick list for each depot, shortfalls, and where it all came from."""
    title = f"Allocation plan 物资分配方案 {case.policy.date.isoformat()}"
    with open_book(path, date=case.policy.date, title=title) as book:
        out = PlanBook(book, Looks(book), plan, case, Standing(case, plan.pairs), set())
        write_summary(out)
        write_pick_lists(out)
        write_shortfalls(out)
        write_about(out)
