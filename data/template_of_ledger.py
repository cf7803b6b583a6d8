"""What a workbook to fill in needs of a ledger: its codes, its name, and what day it is there."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import sqlalchemy as sa

from data.import_columns import IMPORT_TABLES
from data.template_lists import CodeLists
from data.template_writing import write_template
from models.database import reading
from models.days import day_of
from models.ledger import Ledger
from models.listed_codes import listed_codes
from models.rights import Reach
from models.tables import instance

__all__ = ["lists_of_ledger", "template_bytes"]

_EVERYWHERE = Reach(everywhere=True)


def lists_of_ledger(
    ledger: Ledger, *, now: int, within: str = "", reach: Reach = _EVERYWHERE
) -> tuple[CodeLists, str, dt.date]:
    """Return the codes of a ledger, its name, and its day. `within`: sites of an area; `reach`: that are there."""
    with reading(ledger.engine) as connection:
        found = listed_codes(connection, within=within)
        name = connection.execute(sa.select(instance.c.name)).scalar_one()
    sites = [each for each in found.sites if reach.holds(each[0])]
    kinds = {code: kind for code, kind in found.kinds.items() if reach.holds(code)}
    lists = CodeLists(**{**vars(found), "sites": sites, "kinds": kinds})
    return lists, name, day_of(now, ledger.zone)


def template_bytes(ledger: Ledger, kind: str, reach: Reach, *, now: int) -> bytes:
    """Return a workbook to fill in, with the sites that are there for whoever fills it in."""
    lists, name, today = lists_of_ledger(ledger, now=now, reach=reach)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.xlsx"
        write_template(IMPORT_TABLES[kind], path, lists=lists, today=today, ledger=name)
        return path.read_bytes()
