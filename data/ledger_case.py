"""A case that comes from the ledger: its policy read from the text in force, and the same checks as for files.

A place in it is named by table and code, for there are no rows to look up.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import pyarrow as pa

from allocator.case import Case, Texts
from allocator.need_rules import NeedRules
from allocator.policy import Policy
from data import problem_kinds as kinds
from data.case_checks import check_policy, check_rungs_say, check_tiers, check_weights, notice_doubts
from data.case_tables import CaseTables
from data.columns import TABLES
from data.need_rules import need_rules_from
from data.policy_file import read_policy_text
from data.policy_places import PolicyPlaces
from data.policy_values import policy_from
from data.problems import CaseUnreadable, Notice, Place, ProblemList
from data.raw_table import RawColumn, RawTable

__all__ = ["PolicyInForce", "check_ledger_case", "policy_in_force"]

_POLICY = "policy"


@dataclass(frozen=True)
class PolicyInForce:
    """A policy of one day; `unsaid`: for each rung the covers that it does not say; `places`: of its keys."""

    policy: Policy
    unsaid: list[set[str]]
    needs: NeedRules
    places: PolicyPlaces


def policy_in_force(text: str, day: dt.date) -> PolicyInForce:
    """Return the policy of a day from the text of a policy.toml, whose own date gives way.

    Raises `CaseUnreadable` with everything that is wrong in it.
    """
    problems = ProblemList()
    values, places = read_policy_text(text, _POLICY, problems)
    read = None if values is None else policy_from(values | {"date": day}, places, problems)
    tiers = None if read is None else read[0].tier_names
    rules = None if values is None else need_rules_from(values, tiers, places, problems)
    if read is None or rules is None:
        raise CaseUnreadable(problems.problems)
    return PolicyInForce(*read, rules, places)


def check_ledger_case(case: Case, in_force: PolicyInForce) -> tuple[Notice, ...]:
    """Return what a reader of a case from the ledger should know.

    Raises `CaseUnreadable` with everything that keeps it from being planned.
    """
    problems = ProblemList()
    tables = CaseTables(**{field.name: getattr(case, field.name) for field in fields(CaseTables)})
    raw: dict[str, RawTable] = {name: _named(case, name) for name in ("items", "sites", "needs", "lanes")}
    if not len(case.items) or not len(case.sites):
        for name in ("items", "sites"):
            if not raw[name].rows:
                problems.add(kinds.TABLE_EMPTY, raw[name].place(), table=name)
        raise CaseUnreadable(problems.problems)
    check_rungs_say(in_force.unsaid, tables, in_force.places, problems)
    check_policy(case.policy, tables, in_force.places, problems)
    check_tiers(case.policy, tables, raw, problems)
    check_weights(case.policy, tables, raw, problems)
    if problems:
        raise CaseUnreadable(problems.problems, problems.notices)
    notice_doubts(case.policy, _without_stock(tables), raw, problems)
    return tuple(problems.notices)


def _without_stock(tables: CaseTables) -> CaseTables:
    # A snapshot says itself what has expired, and names no lot twice: there is nothing to doubt.
    columns: dict[str, Any] = {field.name: getattr(tables, field.name) for field in fields(tables)}
    return CaseTables(**columns | {"stock": tables.stock.take(np.empty(0, dtype=np.int64))})


@dataclass(frozen=True, eq=False)
class _NamedTable(RawTable):
    """A table whose rows are named by their codes."""

    codes: tuple[Texts, ...]

    def place(self, row: int | None = None, column: str = "") -> Place:
        """Return the place of a row as its table, its codes and the column."""
        named = [] if row is None else [str(each[row]) for each in self.codes]
        return Place(file=" ".join([self.file, *named]), column=column)


def _named(case: Case, name: str) -> RawTable:
    sites, items = case.sites.code, case.items.code
    codes = {
        "items": (items,),
        "sites": (sites,),
        "needs": (sites[case.needs.site], items[case.needs.item]),
        "lanes": (sites[case.lanes.depot], sites[case.lanes.site]),
    }
    columns = {}
    if name == "sites":
        values, index = np.unique(case.sites.tier, return_inverse=True)
        spec = TABLES["sites"].by_name["tier"]
        columns["tier"] = RawColumn(spec, "tier", "", index.astype(np.int32), pa.array(values.tolist(), pa.string()))
    return _NamedTable(TABLES[name], name, "", columns, len(codes[name][0]), lambda row: row, codes[name])
