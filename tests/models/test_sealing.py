"""Sealing: what was recorded becomes leaves in order, under signed heads, whatever happens on the way."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st
from ledgers import Book, a_ledger, at, kept_in

from models import sealing, unfinished
from models.audit import audit
from models.book import Book as OpenBook
from models.canonical import canonical, digest_of
from models.checkpoint import Signer, verified
from models.database import reading, writing
from models.entry import Entry, Line, LotKey
from models.leaves import DOCUMENT, VERSION, document_leaf, version_leaf
from models.ledger import Ledger
from models.merkle import consistency_holds, consistency_proof, inclusion_holds, inclusion_proof, leaf_hash, root_of
from models.names import Names
from models.posting import post_in
from models.sealing import is_pending, seal
from models.tables import document, leaf, pending_seal, tree_head, tree_tile, version
from models.tree import Nodes, keys_of, newest_head, place_of

KEY = Signer("test", seed=bytes(32))
UTC = ZoneInfo("UTC")
NOW = at(100)


def leaves_of(ledger: Ledger) -> list[tuple[str, int]]:
    with reading(ledger.engine) as connection:
        query = sa.select(leaf.c.kind, leaf.c.ref).order_by(leaf.c.position)
        return [(row.kind, row.ref) for row in connection.execute(query)]


def expected_root(ledger: Ledger, size: int) -> bytes:
    """The root over the first leaves, worked out from documents and versions alone."""
    with reading(ledger.engine) as connection:
        hashes = {
            (DOCUMENT, row.id): document_leaf(id_=row.id, recorded_at=row.recorded_at, body_hash=digest_of(row.body))
            for row in connection.execute(sa.select(document))
        }
        for row in connection.execute(sa.select(version)):
            who = {"subject": row.subject, "key": row.key, "actor": row.actor}
            hashes[VERSION, row.id] = version_leaf(
                id_=row.id, recorded_at=row.recorded_at, body_hash=digest_of(row.body), **who
            )
    return root_of(hashes[each] for each in leaves_of(ledger)[:size])


@pytest.mark.usefixtures("each_database")
def test_what_was_posted_is_sealed_in_order_under_a_signed_head():
    book = Book()
    for _ in range(3):
        book.change(10, day=0)
    head = seal(book.ledger, key=KEY, at=NOW)

    # The key that signs is the first leaf: it is recorded when it is first used.
    assert leaves_of(book.ledger) == [("version", 1), ("document", 1), ("document", 2), ("document", 3)]
    assert head is not None
    assert (head.size, head.root, head.signed_at) == (4, expected_root(book.ledger, 4), NOW)
    with reading(book.ledger.engine) as connection:
        assert keys_of(connection) == [KEY.public]
        checkpoint, key = verified(head.checkpoint, keys_of(connection))
        assert not is_pending(connection)
    assert (checkpoint.origin, checkpoint.size, checkpoint.root, key) == ("test", 4, head.root, KEY.public)


def test_with_nothing_to_seal_nothing_is_written():
    ledger = a_ledger()

    assert seal(ledger, key=KEY, at=NOW) is None
    assert leaves_of(ledger) == []
    Book(ledger).change(1, day=0)
    assert seal(ledger, key=KEY, at=NOW) is not None
    assert seal(ledger, key=KEY, at=NOW + 1) is None


@pytest.mark.usefixtures("each_database")
def test_another_key_is_recorded_when_it_first_signs():
    """The file was lost, or another machine seals: the new key is a leaf of the tree like the old one."""
    book = Book()
    other = Signer("test", seed=bytes(31) + b"\1")
    for key in (KEY, other, KEY):
        book.change(1, day=0)
        seal(book.ledger, key=key, at=NOW)

    with reading(book.ledger.engine) as connection:
        assert keys_of(connection) == [KEY.public, other.public]
        notes = connection.execute(sa.select(tree_head.c.checkpoint).order_by(tree_head.c.size)).scalars().all()
        signers = [verified(note, keys_of(connection))[1] for note in notes]
    assert signers == [KEY.public, other.public, KEY.public]


def test_a_leaf_says_number_and_time_beside_the_hash():
    text = canonical({"kind": "document", "id": 7, "recorded_at": 12, "hash": "ab" * 32})

    assert document_leaf(id_=7, recorded_at=12, body_hash=bytes.fromhex("ab" * 32)) == leaf_hash(text.encode())


@settings(max_examples=12, deadline=None)
@given(st.lists(st.integers(0, 9), min_size=1, max_size=8), st.integers(1, 5))
def test_however_it_is_divided_each_head_is_a_prefix_of_the_next(runs, batch):
    book = Book()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sealing, "BATCH_LEAVES", batch)
        for run in runs:
            for _ in range(run):
                book.change(1, day=0)
            seal(book.ledger, key=KEY, at=NOW)

    with reading(book.ledger.engine) as connection:
        heads = connection.execute(sa.select(tree_head).order_by(tree_head.c.size)).all()
        nodes = Nodes(connection)
        proofs = [consistency_proof(nodes, a.size, b.size) for a, b in itertools.pairwise(heads)]
    assert [head.root for head in heads] == [expected_root(book.ledger, head.size) for head in heads]
    assert sum(runs) == len([kind for kind, _ in leaves_of(book.ledger) if kind == DOCUMENT])
    for (former, latter), proof in zip(itertools.pairwise(heads), proofs, strict=True):
        ends = {"former": former.size, "size": latter.size, "former_root": former.root, "root": latter.root}
        assert consistency_holds(proof=proof, **ends)


@pytest.mark.usefixtures("each_database")
def test_proofs_come_from_tiles_and_hold():
    """Some 600 leaves: two whole tiles and an edge."""
    ledger = a_ledger()
    with writing(ledger.engine) as connection:
        rows = [{"subject": "item", "key": str(n), "actor": "A", "recorded_at": n, "body": "{}"} for n in range(600)]
        connection.execute(version.insert(), [{**row, "body_hash": digest_of(row["body"])} for row in rows])
        connection.execute(pending_seal.insert(), [{"kind": VERSION, "ref": n + 1} for n in range(600)])
    head = seal(ledger, key=KEY, at=NOW)
    assert head is not None

    with reading(ledger.engine) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(tree_tile)).scalar() == 2
        for ref in (1, 256, 257, 512, 600, 601):
            index = place_of(connection, VERSION, ref)
            assert index is not None
            stored = connection.execute(sa.select(leaf.c.hash).where(leaf.c.position == index)).scalar_one()
            proof = inclusion_proof(Nodes(connection), index, head.size)
            assert inclusion_holds(leaf=stored, index=index, size=head.size, proof=proof, root=head.root)


class Crash(Exception):
    """The plug was pulled."""


# Each of these runs once in every batch of three; "signed" once, with the last.
@pytest.mark.parametrize(
    ("name", "number"), [("_appending", 2), ("_write_leaves", 1), ("_write_leaves", 3), ("signed", 1)]
)
@pytest.mark.parametrize("after", [False, True])
def test_after_a_crash_the_next_sealer_goes_on(name, number, after, monkeypatch):
    book = Book()
    for _ in range(9):
        book.change(1, day=0)
    monkeypatch.setattr(sealing, "BATCH_LEAVES", 3)
    with monkeypatch.context() as patch:
        patch.setattr(sealing, name, crashing(getattr(sealing, name), number, after=after))
        with pytest.raises(Crash):
            seal(book.ledger, key=KEY, at=NOW)

    head = seal(book.ledger, key=KEY, at=NOW + 1)
    assert head is not None
    assert (head.size, head.root) == (10, expected_root(book.ledger, 10))
    assert leaves_of(book.ledger) == [(VERSION, 1), *((DOCUMENT, n) for n in range(1, 10))]


def crashing(function, number, *, after):
    """Return the function with the plug pulled before or after its n-th call."""
    calls = itertools.count(1)

    def until(*arguments: object):
        call = next(calls)
        if call == number and not after:
            raise Crash
        done = function(*arguments)
        if call == number:
            raise Crash
        return done

    return until


@pytest.fixture
def busy(each_database, tmp_path) -> Book:
    """Return a book in a database that several threads can use at once."""
    return Book(a_ledger(f"sqlite:///{tmp_path / 'ledger'}" if each_database == "sqlite" else ""))


def together(*functions: Callable[[], object]) -> None:
    """Run functions at once, each in a thread of its own."""
    begin = threading.Barrier(len(functions))
    failed: list[BaseException] = []

    def run(function: Callable[[], object]) -> None:
        begin.wait()
        try:
            function()
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)

    threads = [threading.Thread(target=run, args=[function]) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_two_sealers_at_once_seal_everything_once(busy, monkeypatch):
    monkeypatch.setattr(sealing, "BATCH_LEAVES", 4)
    for _ in range(40):
        busy.change(1, day=0)
    heads = []
    together(*[lambda: heads.append(seal(busy.ledger, key=KEY, at=NOW))] * 4)

    assert len(heads) == 4
    assert [(head.size, head.root) for head in heads if head] == [(41, expected_root(busy.ledger, 41))]
    assert [ref for kind, ref in leaves_of(busy.ledger) if kind == DOCUMENT] == list(range(1, 41))


def test_sealing_goes_on_beside_posting_and_everything_is_sealed_in_order(busy):
    writing_ = [True] * 3
    sizes = []

    def post(number: int, place: str) -> None:
        for _ in range(25):
            busy.change(1, day=0, place=place)
        writing_[number] = False

    def sealer() -> None:
        while any(writing_):
            head = seal(busy.ledger, key=KEY, at=NOW)
            sizes.extend([head.size] if head else [])

    together(sealer, *(lambda n=n, place=place: post(n, place) for n, place in enumerate(("D1", "P1", "P2"))))
    seal(busy.ledger, key=KEY, at=NOW)

    with reading(busy.ledger.engine) as connection:
        head = newest_head(connection)
    assert head is not None
    assert (head.size, head.root) == (76, expected_root(busy.ledger, 76))
    assert sizes == sorted(set(sizes))
    assert audit(busy.ledger, at=NOW, hands=1).fault is None


@pytest.fixture
def lingering(monkeypatch) -> Iterator[tuple[Book, Callable[[], None]]]:
    """Return a book on PostgreSQL of which a writer has drawn number 3, and what lets that writer commit.

    Another has posted document 4 meanwhile.
    """
    with kept_in("postgresql"):
        book = Book()
        # Places and lots are there, so that the two have nothing to wait for each other.
        book.change(1, day=0)
        book.change(1, day=0, place="P1", lot=LotKey("I2"))
        drawn, go_on = threading.Event(), threading.Event()

        def post_slowly(own: OpenBook, names: Names) -> None:
            line = Line("SUPPLIER:S1", "D1", LotKey("I1"), 1)
            entry = Entry(key="slow", type="receive", actor="A", occurred_at=at(0), lines=(line,))
            post_in(own, names, entry, recorded_at=NOW, zone=UTC)
            drawn.set()
            go_on.wait(10)

        thread = threading.Thread(target=lambda: book.ledger.write(post_slowly))
        thread.start()
        drawn.wait(10)
        book.change(1, day=0, place="P1", lot=LotKey("I2"))

        def commit() -> None:
            go_on.set()
            thread.join()

        yield book, commit
        commit()


def test_a_number_that_is_drawn_and_not_committed_is_waited_for(lingering):
    book, commit = lingering
    heads = []
    sealer = threading.Thread(target=lambda: heads.append(seal(book.ledger, key=KEY, at=NOW)))
    sealer.start()
    sealer.join(0.2)
    waited = sealer.is_alive()
    commit()
    sealer.join()

    assert waited
    # What was waited for is sealed in its order, with what came after it.
    assert [ref for kind, ref in leaves_of(book.ledger) if kind == DOCUMENT] == [1, 2, 3, 4]
    assert audit(book.ledger, at=NOW, hands=1).fault is None


def test_without_waiting_leaves_would_be_out_of_order(lingering, monkeypatch):
    """The positive control of the test above."""
    monkeypatch.setattr(sealing, "writers_finished", lambda _: True)
    book, commit = lingering
    seal(book.ledger, key=KEY, at=NOW)
    commit()
    seal(book.ledger, key=KEY, at=NOW)

    assert [ref for kind, ref in leaves_of(book.ledger) if kind == DOCUMENT] == [1, 2, 4, 3]
    fault = audit(book.ledger, at=NOW, hands=1).fault
    assert fault is not None
    assert fault.check == "order"


def test_who_writes_for_long_postpones_sealing_and_nothing_else(lingering, monkeypatch):
    monkeypatch.setattr(unfinished, "WRITERS_WAIT_SECONDS", 0.05)
    book, commit = lingering

    assert seal(book.ledger, key=KEY, at=NOW) is None
    book.change(1, day=0, place="P1", lot=LotKey("I2"))
    commit()
    head = seal(book.ledger, key=KEY, at=NOW)
    assert head is not None
    assert head.size == 6
