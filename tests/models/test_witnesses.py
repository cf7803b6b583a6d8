"""Witnesses hold what was sealed: whoever rewrites, rolls back or forks a ledger is named by them."""

from __future__ import annotations

from pathlib import Path

import pytest
from ledgers import Book, at
from tampering import KEY, NOW, audited, past_the_guards, said, sealed_ledger, tamper
from witnessed import a_state, answering, named, sealed_and_sent

from data.head_keeping import folder_of, heads_in
from models import audit_witnesses
from models.cosigning import submission_of
from models.database import reading
from models.entry import Refusal
from models.sealing import seal
from models.tree import newest_head
from models.witness_alarms import alarms
from models.witnesses import Witness, last_size, submission_from

HOUR = 3_600_000_000


@pytest.fixture
def book(tmp_path) -> Book:
    """A ledger of two documents with a folder and a person elsewhere as witnesses; the first sending is done."""
    book = Book()
    book.change(100, day=0)
    book.change(-10, day=1)
    return book


def _folder(tmp_path, name: str = "stick", **settings: int) -> Witness:
    (tmp_path / name).mkdir(exist_ok=True)
    return Witness(name=name, kind="folder", place=str(tmp_path / name), **settings)


def _standing(ledger, *, now: int = NOW) -> list[str]:
    with reading(ledger.engine) as connection:
        return [str(each) for each in alarms(connection, at=now)]


@pytest.mark.usefixtures("each_database")
def test_a_folder_and_an_address_sign_every_new_head(tmp_path):
    book = Book()
    book.change(100, day=0)
    bureau = a_state(tmp_path, "bureau", 1)
    with answering(bureau) as url:
        named(book.ledger, _folder(tmp_path), Witness(name="b", kind="url", place=url, vkey=bureau.key.text))
        first = sealed_and_sent(book.ledger)
        book.change(-10, day=1)
        second = sealed_and_sent(book.ledger)

    assert [(each.witness, each.why) for each in first + second] == [("b", None), ("stick", None)] * 2
    report = audited(book.ledger)
    assert said(report) == ("", "")
    assert (report.witnessed.cosignatures, report.witnessed.heads) == (4, 2)
    assert report.witnessed.size == report.tree.leaves
    assert report.alarms == []


def test_files_in_a_folder_are_one_a_head_and_never_written_over(book, tmp_path):
    named(book.ledger, _folder(tmp_path))
    sealed_and_sent(book.ledger)
    folder = folder_of(tmp_path / "stick", "test")
    (first,) = heads_in(folder)
    before = first.read_bytes()
    book.change(-1, day=2)
    sealed_and_sent(book.ledger)

    assert [int(path.stem) for path in heads_in(folder)] == [4, 5]
    assert first.read_bytes() == before


def test_nothing_is_sent_twice(book, tmp_path):
    named(book.ledger, _folder(tmp_path))

    assert len(sealed_and_sent(book.ledger)) == 1
    assert sealed_and_sent(book.ledger) == []


def test_a_witness_that_has_forgotten_or_knows_more_than_is_kept_here_is_asked_again_from_there(book, tmp_path):
    """An answer got lost on its way back: the witness holds a head that this ledger thinks it does not."""
    bureau = a_state(tmp_path, "bureau", 1)
    with answering(bureau) as url:
        named(book.ledger, Witness(name="b", kind="url", place=url, vkey=bureau.key.text))
        seal(book.ledger, key=KEY, at=NOW)
        with reading(book.ledger.engine) as connection:
            head = newest_head(connection)
            assert head is not None
            text = submission_from(connection, head, 0).text()
        assert bureau.submit(text, seconds=1).status == 200
        book.change(-1, day=2)
        assert [each.why for each in sealed_and_sent(book.ledger)] == [None]


@pytest.mark.usefixtures("each_database")
@pytest.mark.spoils_ledgers
def test_a_ledger_that_was_rewritten_with_its_key_is_told_by_every_witness(tmp_path):
    """A stolen key makes every internal check pass; only what is kept elsewhere tells."""
    made = sealed_ledger()
    bureau = a_state(tmp_path, "bureau", 1)
    with answering(bureau) as url:
        named(made.ledger, _folder(tmp_path), Witness(name="b", kind="url", place=url, vkey=bureau.key.text))
        sealed_and_sent(made.ledger)
        with past_the_guards(made.ledger.engine) as connection:
            connection.exec_driver_sql("DELETE FROM cosignature")
        tamper(
            made.ledger,
            'UPDATE document SET body = replace(body, \'"approver":"B"\', \'"approver":"C"\'), '
            "approver = 'C' WHERE id = 8",
            stolen_key=KEY,
        )
        assert said(audited(made.ledger)) == ("", "")
        Book(made.ledger).change(1, day=9, key="again")
        sent = sealed_and_sent(made.ledger)

    assert [each.refused for each in sent] == [True, True]
    check, sentence = said(audited(made.ledger))
    assert check == "witnesses"
    assert "does not extend the head over 16 leaves that witness b holds" in sentence
    assert len(_standing(made.ledger)) == 2


def test_a_ledger_that_was_rolled_back_is_told_with_both_sizes(book, tmp_path):
    named(book.ledger, _folder(tmp_path))
    sealed_and_sent(book.ledger)
    book.change(-1, day=2)
    sealed_and_sent(book.ledger)
    old = Book()  # as a copy from before would be
    old.change(100, day=0)
    old.change(-10, day=1)
    named(old.ledger, _folder(tmp_path))
    sent = sealed_and_sent(old.ledger)

    assert sent[0].refused
    (alarm,) = _standing(old.ledger)
    assert alarm == (
        "Witness stick holds a head over 5 leaves, and this ledger had only 4 when it was asked: it was rolled back, "
        "or written on in two places. Compare the two: allocator audit check --head FILE"
    )
    assert said(audited(old.ledger))[0] == "witnesses"
    sealed_and_sent(old.ledger)
    assert len(_standing(old.ledger)) == 1  # told once, however often it is asked


def test_a_witness_that_does_not_answer_blocks_nothing_and_is_left_alone_for_a_minute(book, tmp_path):
    bureau = a_state(tmp_path, "bureau", 1)
    named(book.ledger, Witness(name="b", kind="url", place="http://127.0.0.1:9", vkey=bureau.key.text))
    first = sealed_and_sent(book.ledger, anyway=False)

    assert first[0].why is not None
    assert sealed_and_sent(book.ledger, anyway=False) == []
    assert len(sealed_and_sent(book.ledger, at=NOW + 61_000_000, anyway=False)) == 1


def test_a_drive_that_is_not_plugged_in_is_not_made_anew(book, tmp_path):
    named(book.ledger, Witness(name="stick", kind="folder", place=str(tmp_path / "gone")))
    (sent,) = sealed_and_sent(book.ledger)

    assert str(sent.why) == f"{tmp_path / 'gone'} is not there"
    assert not (tmp_path / "gone").exists()


def test_a_witness_is_silent_once_a_head_has_waited_too_long(book, tmp_path):
    named(book.ledger, Witness(name="stick", kind="folder", place=str(tmp_path / "gone"), silent_hours=8))
    sealed_and_sent(book.ledger)

    assert _standing(book.ledger, now=NOW + 8 * HOUR - 1) == []
    (alarm,) = _standing(book.ledger, now=NOW + 8 * HOUR)
    assert alarm.startswith("Witness stick has been silent for 8 hours")


def test_a_witness_to_whom_nothing_is_due_is_not_silent_however_long_that_lasts(book, tmp_path):
    named(book.ledger, _folder(tmp_path))
    sealed_and_sent(book.ledger)

    assert _standing(book.ledger, now=NOW + 10_000 * HOUR) == []


def test_sealing_that_lags_is_an_alarm_after_a_minute():
    book = Book()
    book.change(100, day=0, recorded_at=at(100))

    assert _standing(book.ledger, now=at(100) + 60_000_000) == []
    (alarm,) = _standing(book.ledger, now=at(100) + 61_000_000)
    assert alarm == "Sealing lags: document 1 was recorded 61 seconds ago and is not sealed."


@pytest.mark.usefixtures("each_database")
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE cosignature SET signature = replace(signature, '\u2014 bureau', '\u2014 burea2')", "signed by none"),
        ("UPDATE cosignature SET witness = 'stick' WHERE witness = 'bureau'", "signed by none"),
        ("UPDATE cosignature SET size = 4 WHERE size = 5", "does not hold"),
    ],
)
@pytest.mark.spoils_ledgers
def test_an_altered_cosignature_is_named(tmp_path, statement, words):
    book = Book()
    book.change(100, day=0)
    bureau = a_state(tmp_path, "bureau", 1)
    with answering(bureau) as url:
        named(book.ledger, Witness(name="bureau", kind="url", place=url, vkey=bureau.key.text))
        sealed_and_sent(book.ledger)
        named(book.ledger, _folder(tmp_path))
        book.change(-1, day=2)
        seal(book.ledger, key=KEY, at=NOW)
        with past_the_guards(book.ledger.engine) as connection:
            connection.exec_driver_sql(statement.replace("size = 4 WHERE size = 5", "size = 5 WHERE size = 3"))

    check, sentence = said(audited(book.ledger))
    assert check == "witnesses"
    assert words in sentence


def test_a_witness_needs_a_key_of_its_own(book, tmp_path):
    bureau = a_state(tmp_path, "bureau", 1)
    own = Witness(name="own", kind="hand", vkey=KEY.public.text)
    named(book.ledger, Witness(name="b", kind="hand", vkey=bureau.key.text))
    seal(book.ledger, key=KEY, at=NOW)

    for wrong, words in (
        (own, "no witness's key"),
        (Witness(name="own", kind="hand", vkey=_cosigner(KEY)), "the ledger's own key"),
        (Witness(name="c", kind="hand", vkey=bureau.key.text), "has this key already"),
    ):
        with pytest.raises(Refusal, match=words):
            named(book.ledger, wrong)


def _cosigner(key) -> str:
    from models.cosigning import cosigner_key

    return cosigner_key(key.public).text


def test_a_dropped_witness_is_asked_no_more_and_what_it_signed_stays(book, tmp_path):
    named(book.ledger, _folder(tmp_path))
    sealed_and_sent(book.ledger)
    named(book.ledger, _folder(tmp_path, active=0))

    assert sealed_and_sent(book.ledger) == []
    with reading(book.ledger.engine) as connection:
        assert last_size(connection, "stick") == 4
    assert said(audited(book.ledger)) == ("", "")


def test_a_witness_refuses_in_the_numbers_of_the_specification(book, tmp_path):
    bureau, other = a_state(tmp_path, "bureau", 1), a_state(tmp_path, "other", 2, trusts=False)
    seal(book.ledger, key=KEY, at=NOW)
    with reading(book.ledger.engine) as connection:
        head = newest_head(connection)
        assert head is not None
        good = submission_from(connection, head, 0).text()
        later = submission_from(connection, head, 2).text()

    def status(text: str, state=bureau) -> tuple[int, int | None]:
        answer = state.submit(text, seconds=1)
        return answer.status, answer.known

    assert status("nonsense") == (400, None)
    assert status(good, other) == (404, None)
    assert status(good.replace("\u2014 test ", "\u2014 test A")) in ((400, None), (403, None))
    assert status(later) == (409, 0)
    assert status(good) == (200, None)
    assert status(good) == (409, head.size)
    assert status(good.replace("old 0", f"old {head.size}")) == (200, None)
    assert status(good.replace("old 0", f"old {head.size + 1}")) == (400, None)
    assert submission_of(good).old == 0


# --- Signatures that are gone ----------------------------------------------------------------------


def _signed_twice(book: Book, folder: Path) -> None:
    """Two heads that the stick signed, and a third that says so."""
    named(book.ledger, _folder(folder))
    sealed_and_sent(book.ledger)
    for day in (2, 3):
        book.change(-1, day=day)
        sealed_and_sent(book.ledger)


@pytest.mark.spoils_ledgers
def test_a_witness_s_signature_that_was_deleted_is_missed_by_the_heads_that_were_signed_since(book, tmp_path):
    _signed_twice(book, tmp_path)
    assert said(audited(book.ledger)) == ("", "")
    with past_the_guards(book.ledger.engine) as connection:
        connection.exec_driver_sql("DELETE FROM cosignature WHERE size = (SELECT min(size) FROM cosignature)")

    assert said(audited(book.ledger)) == (
        "witnesses",
        "When the head over 5 leaves was signed, 1 signatures of witnesses were kept; of those only 0 are there.",
    )


@pytest.mark.spoils_ledgers
def test_control_where_heads_are_not_asked_for_their_number_nobody_misses_it(book, tmp_path, monkeypatch):
    _signed_twice(book, tmp_path)
    with past_the_guards(book.ledger.engine) as connection:
        connection.exec_driver_sql("DELETE FROM cosignature WHERE size = (SELECT min(size) FROM cosignature)")
    monkeypatch.setattr(audit_witnesses, "_missing", lambda *_: None)

    assert said(audited(book.ledger)) == ("", "")


def test_a_signature_that_comes_late_is_no_fault(book, tmp_path):
    """A witness that is asked by hand signs a head after others were signed already."""
    named(book.ledger, _folder(tmp_path))
    for day in (2, 3):
        book.change(-1, day=day)
        seal(book.ledger, key=KEY, at=NOW)
    sealed_and_sent(book.ledger)
    book.change(-1, day=4)
    sealed_and_sent(book.ledger)

    assert said(audited(book.ledger)) == ("", "")
