"""Every command at a ledger seals what it recorded before it ends; what cannot be sealed stays recorded."""

from __future__ import annotations

import click
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from ledgers import a_ledger, at

from commands.on_ledger import on_ledger
from commands.session import Session
from models.database import reading
from models.entry import Entry, Line, LotKey, Refusal
from models.tables import document
from models.tree import newest_head, size_of


@click.command()
@click.option("--seals/--leaves", default=True)
@click.option("--refused", is_flag=True)
@click.pass_context
def post(context: click.Context, *, seals: bool, refused: bool) -> None:
    with on_ledger(context, seals=seals) as desk:
        lines = (Line("OPENING", "D1", LotKey("I1"), 5),)
        desk.ledger.post(
            Entry(key="k", type="opening", actor="A", occurred_at=at(0), lines=lines), recorded_at=desk.now
        )
        if refused:
            raise Refusal


@pytest.fixture
def address(tmp_path) -> str:
    url = f"sqlite:///{tmp_path / 'county.sqlite'}"
    a_ledger(url).engine.dispose()
    return url


def run(address: str, *words: str):
    return CliRunner().invoke(post, words, obj=Session(db=address))


def sealed(address: str) -> tuple[int, int, int]:
    """Return how many documents, leaves and signed leaves there are."""
    engine = sa.create_engine(address)
    with reading(engine) as connection:
        head = newest_head(connection)
        documents = connection.execute(sa.select(sa.func.count()).select_from(document)).scalar_one()
        return documents, size_of(connection), head.size if head else 0


def test_a_command_seals_what_it_recorded(address, tmp_path):
    result = run(address)

    assert (result.exit_code, result.output) == (0, "")
    assert sealed(address) == (1, 2, 2)  # the key is a leaf too
    assert (tmp_path / "county.sqlite.key").stat().st_mode & 0o777 == 0o600


def test_a_command_that_must_not_change_the_ledger_does_not_seal(address, tmp_path):
    assert run(address, "--leaves").exit_code == 0
    assert sealed(address) == (1, 0, 0)
    assert not (tmp_path / "county.sqlite.key").exists()


def test_a_command_that_was_refused_does_not_seal(address):
    assert run(address, "--refused").exit_code == 1
    assert sealed(address) == (1, 0, 0)
    assert run(address).exit_code == 0
    assert sealed(address) == (1, 2, 2)


def test_what_cannot_be_sealed_is_recorded_and_said(address, tmp_path):
    (tmp_path / "county.sqlite.key").write_text("nothing")
    (tmp_path / "county.sqlite.key").chmod(0o600)
    result = run(address)

    assert result.exit_code == 0
    assert "Everything is recorded, but not sealed yet" in result.output
    assert "holds no signing key" in result.output
    assert sealed(address) == (1, 0, 0)
