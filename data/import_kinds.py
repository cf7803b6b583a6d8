"""Every further kind of problem and notice of files that go into the ledger, with its remedy.

The kinds of data/problem_kinds.py hold for them too.
"""

from __future__ import annotations

from allocator.sentence import say
from data.problems import Kind

__all__ = ["IMPORT_NOTICES", "IMPORT_PROBLEMS"]

IMPORT_PROBLEMS = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and kind.mend)
"""Every kind of problem, in the order above."""

# Notices: said, and no obstacle.
POLICY_DATE_UNUSED = Kind(
    "policy-date-unused", say("The date in the policy is not kept: its day is that of each allocation.")
)

IMPORT_NOTICES = tuple(kind for kind in list(globals().values()) if isinstance(kind, Kind) and not kind.mend)
"""Every kind of notice."""
