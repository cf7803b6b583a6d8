"""`allocator snapshot`, as it is typed and read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from case_ledger import ledger_of
from click.testing import CliRunner, Result

from cli import root
from data.case_digest import case_digest
from data.case_files import read_case
from data.samples import make_sample
from models.database import writing
from models.tables import item, location, policy


@pytest.fixture
def ledger(tmp_path, monkeypatch):
    """Return a ledger of an invented county; its address is in ALLOCATOR_DB."""
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    return ledger_of(make_sample("county", sites=40, items=4), url)


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


def test_the_folder_and_the_workbook_hold_the_ledger_as_the_digest_says(ledger):
    told = json.loads(allocator("snapshot", "--out", "case", "--date", "2020-02-10", "--json").stdout)
    allocator("snapshot", "--out", "case.xlsx", "--date", "2020-02-10")

    assert case_digest(read_case(Path("case")).case) == told["case_digest"]
    assert case_digest(read_case(Path("case.xlsx")).case) == told["case_digest"]


def test_what_is_said_of_it(ledger):
    assert allocator("snapshot", "--out", "case", "--date", "2020-02-10").stdout == (
        "case: the ledger on 2020-02-10, up to document 74, with 44 sites, 90 needs and 123 rows of stock.\n"
        "Far above their peers, and not cut; ask these sites: CHK01 medical gloves (3.7 times).\n"
    )


def test_a_ledger_that_cannot_be_planned_lists_everything_and_writes_nothing(ledger):
    """No weight for an item on a limited lorry, a site of a kind and one of a tier that no policy names."""
    with writing(ledger.engine) as connection:
        connection.execute(sa.update(item).where(item.c.code == "MASK").values(pack_kg_micro=None))
        sites = connection.execute(sa.select(location.c.code).where(location.c.site_kind == "clinic")).scalars().all()
        connection.execute(sa.update(location).where(location.c.code == sites[0]).values(site_kind="circus"))
        connection.execute(sa.update(location).where(location.c.code == sites[1]).values(tier="frontlin"))
    result = allocator("snapshot", "--out", "case", "--date", "2020-02-10")

    assert (result.exit_code, result.stdout) == (2, "")
    assert f'sites {sites[1]}, column tier: The policy has no tier "frontlin".' in result.stderr
    assert f'sites {sites[0]}, column kind: Sites of the kind "circus" need supplies' in result.stderr
    assert "items MASK, column pack_kg: MASK has no pack_kg" in result.stderr
    assert result.stderr.endswith("The ledger cannot be planned; problems found: 3. Nothing was written.\n")
    assert not Path("case").exists()


def test_a_policy_that_says_something_else_is_told_word_by_word(ledger):
    with writing(ledger.engine) as connection:
        connection.execute(policy.insert(), {"toml": "reserve_shar = 0.1\n", "actor": "A", "recorded_at": 1})
    result = allocator("snapshot", "--out", "case")

    assert result.exit_code == 2
    assert 'policy, row 1: The policy has no rule "reserve_shar"' in result.stderr
