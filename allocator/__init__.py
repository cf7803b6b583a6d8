"""Decide who gets which supplies when there are not enough, and prove it.

This package is thought only: numbers in, plan out. It opens no file, reads no clock and formats no
text for people.

    from allocator.allocate import allocate   # a case in, a plan out
    from allocator.verify import verify       # a plan checked, with no engine

The values those two speak of are at hand here too; each is loaded when it is first asked for, so
that the command line can start without numpy.

>>> import allocator
>>> allocator.say("Nothing to send.").message
'Nothing to send.'
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from allocator.case import Case
    from allocator.plan import NothingToSend, Plan
    from allocator.policy import Policy, Rung
    from allocator.sentence import Sentence, say

__all__ = ["Case", "NothingToSend", "Plan", "Policy", "Rung", "Sentence", "__version__", "say"]

__version__ = "0.1.0"

_HOME = {
    "Case": "case",
    "NothingToSend": "plan",
    "Plan": "plan",
    "Policy": "policy",
    "Rung": "policy",
    "Sentence": "sentence",
    "say": "sentence",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'allocator' has no attribute {name!r}")
    return getattr(importlib.import_module(f"allocator.{_HOME[name]}"), name)
