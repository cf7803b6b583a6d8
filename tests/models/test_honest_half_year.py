"""The half year that findings are measured on: its ledger holds, a seed gives it again, and its wrongs are in it."""

from __future__ import annotations

import hashlib

import pytest
import sqlalchemy as sa

from benchmarks.honest_half_year import lived
from benchmarks.wrongdoing_judge import SUITS
from benchmarks.wrongdoing_plants import KINDS, plants_of
from benchmarks.wrongdoing_world import world_of
from models.audit import audit
from models.database import reading
from models.tables import document, version

_SITES, _DAYS = 30, 60


def _lived(folder, name, *, seed, days=_DAYS):
    world = world_of(seed, sites=_SITES, days=days)
    return lived(f"sqlite:///{folder / name}.db", world, plants_of(world), key=folder / f"{name}.key")


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    ledger, life = _lived(tmp_path_factory.mktemp("half-year"), "planted", seed=5)
    yield ledger, life
    ledger.engine.dispose()


def test_every_invariant_of_the_ledger_holds(planted):
    """All documents, counts, plans' files and versions, sealed: no check of the audit finds anything."""
    ledger, life = planted
    report = audit(ledger, at=life.at(24 * 41))

    assert report.fault is None
    assert report.documents > 2_000
    assert report.plans > 10


def _digest(ledger):
    with reading(ledger.engine) as connection:
        bodies = connection.execute(sa.select(document.c.recorded_at, document.c.body).order_by(document.c.id)).all()
        rows = connection.execute(sa.select(version.c.body).where(version.c.subject != "signing_key")).all()
    return hashlib.sha256(repr((bodies, rows)).encode()).hexdigest()


def test_a_seed_gives_the_same_ledger_again_and_another_seed_another(planted, tmp_path):
    again, _ = _lived(tmp_path, "again", seed=5)
    other, _ = _lived(tmp_path, "other", seed=6, days=40)
    digests = [_digest(each) for each in (planted[0], again, other)]
    for each in (again, other):
        each.engine.dispose()

    assert digests[0] == digests[1] != digests[2]


def test_every_kind_of_wrong_is_planted_and_some_rule_is_meant_for_it(planted):
    _, life = planted

    assert {wrong.kind for wrong in life.plants.all} == set(KINDS) == set(SUITS)
    assert all(0 <= wrong.first_day <= wrong.last_day for wrong in life.plants.all)


def test_wrongs_that_are_documents_are_in_the_ledger(planted):
    """What the table says was typed by whom is there."""
    ledger, life = planted
    told = {
        wrong.kind: sorted(life.clerk.ids[key] for key in wrong.documents)
        for wrong in life.plants.all
        if wrong.kind in ("ghost-receipts", "split-transfers", "night-postings", "back-dated")
    }
    with reading(ledger.engine) as connection:
        rows = {row.id: row for row in connection.execute(sa.select(document))}

    assert all(told.values())
    assert {rows[number].type for number in told["ghost-receipts"]} == {"receive"}
    assert all('"certificate"' not in rows[number].body for number in told["ghost-receipts"])
    assert {rows[number].approver for number in told["split-transfers"]} == {None}
    hours = {(rows[number].recorded_at // 3_600_000_000 + 8) % 24 for number in told["night-postings"]}
    assert hours <= {0, 1, 2, 3, 4}
    late = [rows[number].recorded_at - rows[number].occurred_at for number in told["back-dated"]]
    assert min(late) > 12 * 3_600_000_000
    assert max(late) > 7 * 24 * 3_600_000_000
