"""Tokens as the ledger keeps them: as a hash, for a year at most, and each opens what its person may while they act."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from ledgers import a_ledger, at

from models.api_tokens import DAYS_MAX, bearer_of, make_token, revoke_token, tokens_of
from models.database import reading, writing
from models.days import DAY
from models.entry import Refusal
from models.people import Person, add_person
from models.sign_in_tables import api_token
from models.tables import person, version
from models.versions import Stamp

pytestmark = pytest.mark.usefixtures("each_database")

MINUTE = 60_000_000


@pytest.fixture
def ledger():
    """A ledger with an administrator, ann, and two who report, ben and cat."""
    made = a_ledger()
    with writing(made.engine) as connection:
        for id_, role in (("ann", "administrator"), ("ben", "reporter"), ("cat", "reporter")):
            actor = "local" if id_ == "ann" else "ann"
            add_person(connection, Person(id=id_, roles=((role, ""),)), Stamp(actor, at(0)))
    return made


def made(ledger, name: str = "reads", *, actor: str = "ben", scopes: tuple[str, ...] = ("see-stock",), days: int = 7):
    with writing(ledger.engine) as connection:
        return make_token(connection, "ben", Stamp(actor, at(1)), name=name, scopes=scopes, days=days)


def revoked(ledger, *, actor: str) -> None:
    with writing(ledger.engine) as connection:
        revoke_token(connection, "ben", "reads", Stamp(actor, at(2)))


def test_a_token_opens_until_the_moment_at_which_it_ends(ledger):
    token, ends = made(ledger), at(1) + 7 * DAY

    assert bearer_of(ledger, token, at=ends - 1).person.id == "ben"
    assert bearer_of(ledger, token, at=ends) is None


def test_the_ledger_holds_no_token_from_which_one_could_be_shown(ledger):
    token = made(ledger)
    secret = token.removeprefix("allocator_")

    with reading(ledger.engine) as connection:
        kept = [*connection.execute(sa.select(api_token)), *connection.execute(sa.select(version.c.body))]
    assert secret.encode() not in b" ".join(value if isinstance(value, bytes) else str(value).encode()
                                            for row in kept for value in row)  # fmt: skip


def test_whoever_acts_no_more_opens_nothing_even_where_the_token_was_left(ledger):
    token = made(ledger)
    with writing(ledger.engine) as connection:
        connection.execute(sa.update(person).where(person.c.id == "ben").values(active=0))

    assert bearer_of(ledger, token, at=at(2)) is None


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"days": DAYS_MAX + 1}, "A token lasts 1 to 366 days, not 367."),
        ({"days": 0}, "A token lasts 1 to 366 days, not 0."),
        ({"scopes": ()}, "at least one"),
        ({"name": " "}, "A token needs a name"),
        ({"actor": "cat"}, "cat is none"),
    ],
)
def test_a_token_that_lasts_for_ever_opens_nothing_or_is_another_s_is_not_made(ledger, wrong, says):
    with pytest.raises(Refusal) as refusal:
        made(ledger, **wrong)

    assert says in str(refusal.value.sentences[0])
    with reading(ledger.engine) as connection:
        assert tokens_of(connection, "ben") == []


def test_one_s_own_token_is_revoked_and_an_administrator_revokes_everybody_s(ledger):
    token = made(ledger)
    with pytest.raises(Refusal, match="cat is none"):
        revoked(ledger, actor="cat")
    assert bearer_of(ledger, token, at=at(2)) is not None

    revoked(ledger, actor="ann")
    assert bearer_of(ledger, token, at=at(2)) is None
    with pytest.raises(Refusal, match="ben has no token reads to revoke"):
        revoked(ledger, actor="ben")


def test_when_it_was_last_used_is_kept_to_five_minutes(ledger):
    token = made(ledger)

    def used(minutes: int) -> int | None:
        bearer_of(ledger, token, at=at(2) + minutes * MINUTE)
        with reading(ledger.engine) as connection:
            return tokens_of(connection, "ben")[0].last_used

    assert [used(0), used(4), used(6)] == [at(2), at(2), at(2) + 6 * MINUTE]
