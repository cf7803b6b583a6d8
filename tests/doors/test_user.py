"""`allocator user`, as an administrator runs it; and who may act at all."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result

from cli import root
from models.catalogue_areas import save_areas
from models.database import writing
from models.ledger import open_ledger
from models.tables import version
from models.versions import Stamp


@pytest.fixture
def allocator(tmp_path, monkeypatch):
    """Return the command line at a fresh ledger, with nobody in it."""
    monkeypatch.delenv("ALLOCATOR_ACTOR", raising=False)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")

    def run(*words: str) -> Result:
        return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")

    assert run("init").exit_code == 0
    return run


def test_without_people_there_is_one_local_administrator_and_nobody_else(allocator):
    assert allocator("user", "list").stdout == "No people are defined; there is one local administrator.\n"

    refused = allocator("user", "add", "ben", "--role", "administrator", "--actor", "ann")
    assert refused.exit_code == 1
    assert "No people are defined yet, so ann is nobody. Add them with: allocator user add ann" in refused.stderr


def test_people_are_added_given_roles_listed_and_disabled(allocator):
    assert allocator("user", "add", "ann", "--role", "administrator", "--name", "Ann").exit_code == 0
    assert allocator("user", "add", "ben", "--role", "reporter", "--actor", "ann").exit_code == 0
    assert (
        allocator("user", "role", "ben", "logistics", "--actor", "ann").stdout == "ben is now logistics (everywhere).\n"
    )
    assert "nothing changed" in allocator("user", "role", "ben", "logistics", "--actor", "ann").stdout
    assert allocator("user", "role", "ben", "reporter", "--remove", "--actor", "ann").exit_code == 0
    assert allocator("user", "disable", "ben", "--actor", "ann").stdout == "ben can act no more.\n"

    assert allocator("user", "list").stdout == "Ann (ann)  administrator\nben  logistics  disabled\n"
    listed = json.loads(allocator("user", "list", "--json").stdout)
    assert listed["people"][1] == {
        "id": "ben",
        "name": "",
        "name_zh": "",
        "active": False,
        "roles": [["logistics", ""]],
    }


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["add", "cat", "--role", "auditor"], "Say who is acting: --actor ID, or ALLOCATOR_ACTOR."),
        (["add", "cat", "--role", "auditor", "--actor", "dan"], "There is no person dan."),
        (["add", "cat", "--role", "auditor", "--actor", "off"], "off is disabled and cannot act."),
        (["add", "cat", "--role", "auditor", "--actor", "ben"], "ben may not add people and give roles"),
        (["add", "ben", "--role", "auditor", "--actor", "ann"], "ben is somebody already."),
        (["add", "local", "--role", "auditor", "--actor", "ann"], '"local" cannot be the id of a person.'),
        (["add", "cat", "--role", "auditor", "--area", "9", "--actor", "ann"], "There is no area 9."),
        (["role", "cat", "auditor", "--actor", "ann"], "There is no person cat."),
        (["disable", "ann", "--actor", "ann"], "Nobody would be left to administer people everywhere."),
        (
            ["role", "ann", "administrator", "--remove", "--actor", "ann"],
            "Nobody would be left to administer people everywhere.",
        ),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(allocator, words, says):
    allocator("user", "add", "ann", "--role", "administrator")
    allocator("user", "add", "ben", "--role", "reporter", "--actor", "ann")
    allocator("user", "add", "off", "--role", "reporter", "--actor", "ann")
    allocator("user", "disable", "off", "--actor", "ann")
    before = allocator("user", "list").stdout

    refused = allocator("user", *words)

    assert refused.exit_code == 1
    assert says in refused.stderr
    assert allocator("user", "list").stdout == before


def test_the_first_person_must_be_an_administrator(allocator):
    refused = allocator("user", "add", "ben", "--role", "reporter")

    assert refused.exit_code == 1
    assert "The first person must be an administrator" in refused.stderr


def test_versions_of_people_tell_ids_roles_and_areas_but_no_names(allocator, tmp_path):
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    with writing(ledger.engine) as connection:
        save_areas(connection, {"code": ["4211"]}, Stamp("local", 1))
    allocator("user", "add", "ann", "--role", "administrator", "--name", "Ann Example", "--name-zh", "安")
    allocator("user", "role", "ann", "auditor", "--area", "4211", "--actor", "ann")

    with ledger.engine.connect() as connection:
        bodies = connection.execute(sa.select(version.c.body).where(version.c.subject == "person")).scalars().all()
    ledger.engine.dispose()
    assert len(bodies) == 2
    assert json.loads(bodies[1])["row"] == {
        "id": "ann",
        "active": 1,
        "roles": [{"role": "administrator", "area": ""}, {"role": "auditor", "area": "4211"}],
    }
    assert "Example" not in "".join(bodies)
