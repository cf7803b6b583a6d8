"""What invented samples are made of: twelve items, and the kinds of places that use them.

Everything here is made up, in the proportions that reports from epidemic posts describe: staff by
shift, packs as they are sold, more of everything where patients are.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np

from allocator.case import Floats, Items, Texts

__all__ = ["ITEM_LINES", "ROLES", "Level", "Role", "catalogue", "held_shares", "use_per_person"]


CONSUMABLE, DURABLE = "consumable", "durable"


@dataclass(frozen=True)
class ItemLine:
    """One item of the catalogue; `held_share`: what depots hold, as a share of what is lacking."""

    code: str
    name: str
    name_zh: str
    unit: str
    pack_units: int
    pack_kg: float
    pack_m3: float
    use: str
    held_share: float


# In order of how often reports name them, so that a sample of few items still has the scarce ones.
ITEM_LINES = (
    ItemLine("MASK", "surgical mask", "医用外科口罩", "piece", 10, 0.05, 0.0004, CONSUMABLE, 0.05),
    ItemLine("SUIT", "protective suit", "防护服", "piece", 1, 0.3, 0.004, CONSUMABLE, 0.06),
    ItemLine("GOGGLES", "goggles", "护目镜", "piece", 1, 0.12, 0.0012, DURABLE, 0.3),
    ItemLine("GLOVES", "medical gloves", "医用手套", "pair", 10, 0.12, 0.0005, CONSUMABLE, 0.55),
    ItemLine("THERMO", "infrared thermometer", "红外测温仪", "piece", 1, 0.3, 0.002, DURABLE, 0.25),
    ItemLine("DISINF", "84 disinfectant, 500 ml", "84消毒液（500毫升）", "bottle", 6, 3.3, 0.0055, CONSUMABLE, 0.7),
    ItemLine("N95", "N95 respirator", "N95防护口罩", "piece", 5, 0.08, 0.0012, CONSUMABLE, 0.09),
    ItemLine("ALCOHOL", "75% alcohol, 500 ml", "75%酒精（500毫升）", "bottle", 6, 2.7, 0.0055, CONSUMABLE, 0.45),
    ItemLine("GOWN", "isolation gown", "隔离衣", "piece", 5, 0.9, 0.009, CONSUMABLE, 0.3),
    ItemLine("SHIELD", "face shield", "防护面罩", "piece", 5, 0.35, 0.007, DURABLE, 0.6),
    ItemLine("CAP", "medical cap", "医用帽", "piece", 20, 0.1, 0.0012, CONSUMABLE, 1.4),
    ItemLine("SHOE", "shoe cover", "鞋套", "pair", 20, 0.2, 0.002, CONSUMABLE, 1.1),
)


class Level:
    """How many digits the area code of a place has."""

    COUNTY = 6
    TOWN = 9
    VILLAGE = 12


@dataclass(frozen=True)
class Role:
    """One sort of place. `people`: the typical number on duty or present in a day.

    `count`: how many of them a county of 500 places has. `spread`: sigma of the logarithm of
    `people`. `rates`: units used per person and day (durable items: units held per person), in
    the order of `ITEM_LINES`; 0 where such a place does not need the item.
    """

    prefix: str
    kind: str
    name: str
    name_zh: str
    level: int
    count: int
    people: float
    spread: float
    rates: tuple[float, ...]


# A checkpoint has four crews in three shifts: three crews of about seven are on duty in a day.
ROLES = (
    Role("CHK", "checkpoint", "road checkpoint", "公路检查站", Level.COUNTY, 10, 21, 0.3,
         (2, 0.3, 0.3, 1, 0.15, 0.3, 0.4, 0.15, 0.2, 0.3, 0.5, 0.5)),
    Role("POST", "checkpoint", "road post", "路口卡点", Level.VILLAGE, 220, 6, 0.35,
         (1.5, 0, 0, 0.5, 0.2, 0.15, 0, 0.1, 0, 0, 0, 0)),
    Role("VIL", "community", "village committee", "村委会", Level.VILLAGE, 34, 14, 0.5,
         (1.5, 0, 0, 0.4, 0.25, 1.2, 0, 0.3, 0, 0, 0, 0)),
    Role("RES", "community", "residential community", "居民小区", Level.TOWN, 24, 25, 0.6,
         (1.5, 0, 0, 0.4, 0.2, 1.5, 0, 0.4, 0, 0, 0, 0)),
    Role("CLI", "clinic", "village clinic", "卫生室", Level.VILLAGE, 34, 3, 0.4,
         (3, 0.3, 0.7, 3, 0.7, 0.8, 0.5, 0.6, 0.5, 0.5, 1, 0.5)),
    Role("HC", "clinic", "township health centre", "乡镇卫生院", Level.TOWN, 6, 35, 0.3,
         (3, 0.4, 0.5, 4, 0.2, 0.6, 0.8, 0.4, 0.7, 0.4, 2, 1)),
    Role("FEV", "clinic", "fever clinic", "发热门诊", Level.TOWN, 4, 18, 0.3,
         (2, 2, 1, 6, 0.3, 1, 2.5, 0.6, 1.5, 1, 2, 2)),
    Role("HOS", "hospital", "hospital", "医院", Level.COUNTY, 2, 220, 0.4,
         (3, 0.5, 0.5, 5, 0.1, 0.4, 1, 0.4, 0.8, 0.3, 2, 1.5)),
    Role("ISO", "isolation", "isolation site", "集中隔离点", Level.TOWN, 8, 24, 0.5,
         (3, 0.6, 0.5, 3, 0.25, 1, 0.7, 0.5, 0.7, 0.5, 1, 1)),
    Role("SCH", "school", "school", "学校", Level.TOWN, 38, 420, 0.7,
         (1, 0, 0, 0.02, 0.01, 0.03, 0, 0.01, 0, 0, 0, 0)),
    Role("ENT", "enterprise", "enterprise", "企业", Level.TOWN, 120, 45, 0.9,
         (1, 0, 0, 0.05, 0.02, 0.03, 0, 0.02, 0, 0, 0, 0)),
)  # fmt: skip


def catalogue(count: int, *, pack_factor: int = 1) -> Items:
    """Return the first `count` items, sorted by code; beyond twelve, further types of the same.

    `pack_factor` multiplies the units (and weight and volume) of every pack.

    >>> catalogue(2).code.tolist()
    ['MASK', 'SUIT']
    >>> [code for code in catalogue(14).code if code.endswith("-02")]
    ['MASK-02', 'SUIT-02']
    """
    lines = [_variant(n) for n in range(count)]
    lines.sort(key=lambda line: line.code)
    return Items(
        code=_texts(line.code for line in lines),
        name=_texts(line.name for line in lines),
        name_zh=_texts(line.name_zh for line in lines),
        unit=_texts(line.unit for line in lines),
        pack_units=np.array([line.pack_units * pack_factor for line in lines], dtype=np.int64),
        pack_kg=np.array([round(line.pack_kg * pack_factor, 6) for line in lines]),
        pack_m3=np.array([round(line.pack_m3 * pack_factor, 6) for line in lines]),
        durable=np.array([line.use == DURABLE for line in lines]),
    )


def use_per_person(items: Items, *, least_units: float = 0.0) -> Floats:
    """Return units per person and day, one row for each of `ROLES`, one column for each item.

    `least_units` above 0 gives every role a need of every item: so much a day at a typical place.
    """
    rates = np.array([role.rates for role in ROLES], dtype=np.float64)
    least = np.array([least_units / role.people for role in ROLES])
    return np.asarray(np.maximum(rates[:, _base_lines(items)], least[:, None]), dtype=np.float64)


def held_shares(items: Items) -> Floats:
    """Return what depots hold of each item, as a share of what all places lack."""
    shares = np.array([line.held_share for line in ITEM_LINES])
    return np.asarray(shares[_base_lines(items)], dtype=np.float64)


def _base_lines(items: Items) -> list[int]:
    by_code = {line.code: n for n, line in enumerate(ITEM_LINES)}
    return [by_code[code.split("-")[0]] for code in items.code]


def _variant(number: int) -> ItemLine:
    line, type_number = ITEM_LINES[number % len(ITEM_LINES)], number // len(ITEM_LINES) + 1
    if type_number == 1:
        return line
    return replace(
        line,
        code=f"{line.code}-{type_number:02}",
        name=f"{line.name}, type {type_number}",
        name_zh=f"{line.name_zh}{type_number}型",
    )


def _texts(values: Iterable[str]) -> Texts:
    return np.array(list(values), dtype=np.object_)
