"""Places as people write them, and the one place of a list that each of them is, or those it may be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from data.name_reading import Called, folded_name

__all__ = ["PlaceRead", "Places"]


@dataclass(frozen=True)
class PlaceRead:
    """What a text for a place is read as: a code, or None and the codes it may be meant for."""

    code: str | None
    candidates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Places:
    """A list of places: names by code. A code stands for its place in capitals or not, a name for the one that has it.

    >>> states = Places({"FL": ("Florida",), "MI": ("Michigan",), "OH": ("Ohio",)})
    >>> [states.read(text).code for text in ("Fl", "florida ", "FL", "Ｍｉ")]
    ['FL', 'FL', 'FL', 'MI']
    >>> states.read("Floridaa"), states.read("Honghong")
    (PlaceRead(code=None, candidates=('FL',)), PlaceRead(code=None, candidates=()))
    """

    names: Mapping[str, Sequence[str]]

    @cached_property
    def _called(self) -> Called:
        return Called({code: (*names, code) for code, names in self.names.items()})

    def read(self, text: str) -> PlaceRead:
        """Return the place that a text names; a name that several have, or none, only gives candidates."""
        asked = folded_name(text)
        exact = self._called.by_name.get(asked, [])
        if len(exact) == 1:
            return PlaceRead(exact[0])
        # Two letters are like too many others to say which place was meant by them.
        like = self._called.like(text) if len(asked) > len("XX") else []
        return PlaceRead(None, tuple(exact or like))
