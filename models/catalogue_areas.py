"""Areas: hierarchical codes, in which who lies in whom shows in the code itself.

An area lies in the known area whose code is the longest beginning of its own. National codes are
filled up with zeros (421100 is the city in which the county 421127 lies), so zeros that only fill
are not looked at. A parent that was said wins over what the code shows.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import sqlalchemy as sa

from allocator.sentence import Sentence, say
from models.catalogue_rows import Columns, Kept, Saved, lock_catalogue, save
from models.entry import Refusal
from models.tables import area
from models.versions import Stamp

__all__ = ["AREAS", "parent_in", "save_areas", "stem"]

AREAS = Kept(table=area, subject="area", key=("code",), values={"name": "", "name_zh": "", "parent": None})

_LEVEL_ENDS = (2, 4, 6, 9, 12)
"""Digits of province, city, county, town and village in national area codes."""

_NATIONAL_LENGTHS = (6, 9, 12)


def stem(code: str) -> str:
    """Return a code without the zeros that only fill it up.

    >>> stem("421100"), stem("421127101000"), stem("421127101001"), stem("north-3")
    ('4211', '421127101', '421127101001', 'north-3')
    """
    if len(code) not in _NATIONAL_LENGTHS or not (code.isascii() and code.isdigit()):
        return code
    return next(code[:end] for end in (*_LEVEL_ENDS, len(code)) if not code[end:].strip("0"))


def parent_in(code: str, by_stem: Mapping[str, str]) -> str | None:
    """Return the area a code lies in by its own digits, of those known by their stems.

    >>> parent_in("421127101", {"42": "420000", "421127": "421127"})
    '421127'
    """
    own = stem(code)
    return next((by_stem[own[:end]] for end in range(len(own) - 1, 0, -1) if own[:end] in by_stem), None)


def save_areas(connection: sa.Connection, columns: Columns, stamp: Stamp) -> Saved:
    """Save areas. `parent`: a code, or None for the one the code shows.

    Areas that are there move under a new one that lies between them and their parent, unless their
    parent was said.

    Raises:
        Refusal: a parent that does not exist, or areas that lie in one another.

    """
    lock_catalogue(connection)
    held = {row.code: row.parent for row in connection.execute(sa.select(area.c.code, area.c.parent))}
    codes = list(columns["code"])
    said = {
        code: parent for code, parent in zip(codes, columns.get("parent", [None] * len(codes)), strict=True) if parent
    }
    known = held.keys() | set(codes)
    before, after = _by_stem(held.keys()), _by_stem(known)
    parents = {code: said.get(code) or parent_in(code, after) for code in codes}
    moved = {
        code: parent_in(code, after)
        for code, parent in held.items()
        if code not in parents and parent == parent_in(code, before) != parent_in(code, after)
    }
    _refuse_unknown(known, said)
    depth = _depths({**held, **parents, **moved})
    # A foreign key wants the parent first, and one row of a file may lie in another.
    order = sorted(range(len(codes)), key=lambda row: depth[codes[row]])
    sorted_columns = {name: [values[row] for row in order] for name, values in columns.items()}
    saved = save(connection, AREAS, {**sorted_columns, "parent": [parents[codes[row]] for row in order]}, stamp)
    return saved + save(connection, AREAS, {"code": list(moved), "parent": list(moved.values())}, stamp)


def _by_stem(codes: Collection[str]) -> dict[str, str]:
    """Return areas by their stems; of two with one stem, such as 42 and 420000, the longer."""
    return {stem(code): code for code in sorted(codes, key=lambda code: (len(code), code))}


def _refuse_unknown(known: Collection[str], said: Mapping[str, str]) -> None:
    wrong: list[Sentence] = [
        say(
            "The area {code} is said to lie in {parent}, which is not an area. Check the code, or add that area too.",
            code=code,
            parent=parent,
        )
        for code, parent in sorted(said.items())
        if parent not in known
    ]
    if wrong:
        raise Refusal(*wrong)


def _depths(parents: Mapping[str, str | None]) -> dict[str, int]:
    """Return how many areas each area lies in.

    Raises:
        Refusal: areas that lie in one another.

    """
    depths: dict[str, int] = {}
    for code in parents:
        way: list[str] = []
        at: str | None = code
        while at is not None and at not in depths:
            if at in way:
                ring = [*way[way.index(at) :], at]
                raise Refusal(
                    say("These areas lie in one another: {ring}. Give one of them another parent.", ring=ring)
                )
            way.append(at)
            at = parents[at]
        base = -1 if at is None else depths[at]
        for n, each in enumerate(reversed(way), start=1):
            depths[each] = base + n
    return depths
