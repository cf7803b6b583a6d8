"""What the ledger calls things: names and units, for one who reads files in which people write names and units."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property

import sqlalchemy as sa

from models.catalogue_senders import measures_known, names_of_sender
from models.tables import area, item, location, partner

__all__ = ["CalledItem", "CalledPlace", "NamesKnown"]


@dataclass(frozen=True)
class CalledItem:
    """An item's names, its base unit, and how many of those its pack has."""

    names: tuple[str, ...]
    unit: str
    pack_units: int


@dataclass(frozen=True)
class CalledPlace:
    """A site's or partner's names, and the area it lies in ("" for none)."""

    names: tuple[str, ...]
    area: str = ""


class NamesKnown:
    """Names and units in a ledger, each asked for when it is needed first. `sender`: whose words are remembered."""

    def __init__(self, connection: sa.Connection, sender: str = "") -> None:
        self._connection = connection
        self._sender = sender

    @cached_property
    def items(self) -> Mapping[str, CalledItem]:
        """Items by code."""
        columns = (item.c.code, item.c.name, item.c.name_zh, item.c.unit, item.c.pack_units)
        rows = self._connection.execute(sa.select(*columns))
        return {code: CalledItem(_given(name, zh), unit, pack) for code, name, zh, unit, pack in rows}

    @cached_property
    def sites(self) -> Mapping[str, CalledPlace]:
        """Sites by code."""
        columns = (location.c.code, location.c.name, location.c.name_zh, location.c.area)
        rows = self._connection.execute(sa.select(*columns).where(location.c.kind == "SITE"))
        return {code: CalledPlace(_given(name, zh), lies) for code, name, zh, lies in rows}

    @cached_property
    def partners(self) -> Mapping[str, CalledPlace]:
        """Partners by code."""
        rows = self._connection.execute(sa.select(partner.c.code, partner.c.name, partner.c.name_zh))
        return {code: CalledPlace(_given(name, zh)) for code, name, zh in rows}

    @cached_property
    def areas(self) -> Mapping[str, tuple[str, ...]]:
        """Names of areas by code."""
        rows = self._connection.execute(sa.select(area.c.code, area.c.name, area.c.name_zh))
        return {code: _given(name, zh) for code, name, zh in rows}

    @cached_property
    def measures(self) -> Mapping[str, list[tuple[str, Fraction, str]]]:
        """What units hold, by item."""
        return measures_known(self._connection)

    @cached_property
    def remembered(self) -> Mapping[tuple[str, str], str]:
        """Codes that names were said to mean, by what they are about and what was said."""
        return names_of_sender(self._connection, self._sender)


def _given(*names: str | None) -> tuple[str, ...]:
    return tuple(name for name in names if name)
