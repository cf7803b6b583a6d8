"""A county that allocates, for the pages of plans: 40 sites, of which CLI01 and CLI02 lie in township T1."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
from browser import PASSWORD
from case_ledger import ledger_of
from desk import Clerk

from data.samples import make_sample
from models.database import writing
from models.tables import location

__all__ = ["county"]


def county(folder: Path, people: Mapping[str, tuple[str, ...]]) -> Iterator[Clerk]:
    """Give a clerk at such a ledger. `people`: their roles, such as "auditor T1"; bo administers."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        url = f"sqlite:///{folder / 'ledger.sqlite'}"
        patch.setenv("ALLOCATOR_DB", url)
        patch.delenv("ALLOCATOR_ACTOR", raising=False)
        case = make_sample("county", sites=40, items=4)
        # Steps are taken today, long after the invented lots expired.
        lasting = dataclasses.replace(case.stock, expires=np.full(len(case.stock), "NaT", dtype="datetime64[D]"))
        ledger = ledger_of(dataclasses.replace(case, stock=lasting), url)
        clerk = Clerk(folder)
        clerk.take("areas.csv", "area,name\nT1,township\n")
        with writing(ledger.engine) as connection:
            some = location.c.code.in_(["CLI01", "CLI02"])
            connection.execute(location.update().where(some).values(area="T1"))
        ledger.engine.dispose()
        clerk("user", "add", "bo", "--role", "administrator")
        for id_, roles in people.items():
            assert clerk("user", "add", id_, *_role(roles[0], "--role"), "--actor", "bo").exit_code == 0
            for more in roles[1:]:
                assert clerk("user", "role", id_, *_role(more), "--actor", "bo").exit_code == 0
        for id_ in ("bo", *people):
            clerk.typing(PASSWORD, "user", "password", id_, "--actor", "bo")
        yield clerk


def _role(said: str, *before: str) -> list[str]:
    role, _, area = said.partition(" ")
    return [*before, role, *(["--area", area] if area else [])]
