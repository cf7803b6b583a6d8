"""The audit passes a ledger that holds, and names what does not in one that was altered."""

from __future__ import annotations

import pytest
from drawn_ledgers import draw_documents
from ledgers import Book, a_ledger, at, kept_in
from tampering import KEY, NOW, audited, said, sealed_ledger, tamper

from models import careful, entry, posting
from models.audit_findings import CHECKS
from models.audit_schema import check_guards
from models.audit_tree import Outside
from models.checkpoint import Signer
from models.database import reading
from models.entry import Line, LotKey
from models.sealing import seal
from models.tree import newest_head


@pytest.mark.usefixtures("each_database")
def test_a_ledger_that_holds_passes_and_says_what_was_checked():
    made = sealed_ledger()
    report = audited(made.ledger, made.kept)

    assert said(report) == ("", "")
    assert (report.documents, report.lines, report.versions, report.counts) == (13, 14, 1, 1)
    assert (report.tree.leaves, report.tree.heads, report.tree.sealed) == (14, 2, 14)
    assert report.held == [sentence for name, sentence in CHECKS.items() if name != "witnesses"]
    assert [str(each) for each in report.open] == ["shipment T1 still holds 1 unit."]


def test_without_a_head_from_outside_that_is_not_said_to_be_checked():
    assert CHECKS["outside"] not in audited(sealed_ledger().ledger).held


@pytest.mark.usefixtures("each_database")
def test_an_empty_ledger_passes():
    assert said(audited(a_ledger())) == ("", "")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.usefixtures("each_database")
def test_drawn_ledgers_pass(seed):
    """Replays whatever can happen: counts, back-dated documents, shipments, in any order of days."""
    ledger = a_ledger()
    assert len(list(draw_documents(ledger, seed, 60))) == 60
    seal(ledger, key=KEY, at=NOW)

    assert said(audited(ledger)) == ("", "")


@pytest.mark.spoils_ledgers
def test_several_processes_find_what_one_finds(each_database, tmp_path):
    made = sealed_ledger(f"sqlite:///{tmp_path / 'ledger'}" if each_database == "sqlite" else "")
    one, two = audited(made.ledger, made.kept), audited(made.ledger, made.kept, hands=2)

    assert one == two
    tamper(made.ledger, "UPDATE move SET units = 31 WHERE document = 2")
    assert said(audited(made.ledger, hands=2)) == said(audited(made.ledger))


# --- Altered by raw SQL, guards and all ------------------------------------------------------------

ALTERED = {
    "units of a line": (
        ["UPDATE move SET units = 31 WHERE document = 2"],
        ("rows", 'Document 2: row 1 of its lines says {"at":'),
    ),
    "units of a line, in the row and the text": (
        [
            "UPDATE move SET units = 31 WHERE document = 2",
            """UPDATE document SET body = replace(body, '"units":30', '"units":31') WHERE id = 2""",
        ],
        ("body", "The text of document 2 is not what its hash was taken of."),
    ),
    "a line added": (
        [
            """INSERT INTO move (document, line, from_location, to_location, lot, units, at, from_after, to_after)
               SELECT document, 1, from_location, to_location, lot, units, at, from_after, to_after
               FROM move WHERE document = 13""",
        ],
        ("rows", "Document 13: there are 2 rows of its lines, its text has 1."),
    ),
    "lines taken away": (
        ["DELETE FROM move WHERE document = 9"],
        ("rows", "Document 9: there are 0 rows of its lines, its text has 1."),
    ),
    "a document taken away": (
        ["DELETE FROM document WHERE id = 13", "DELETE FROM move WHERE document = 13"],
        ("leaf", "Document 13 was sealed, and is not there any more."),
    ),
    "a document under another number, its lines left behind": (
        ["UPDATE document SET id = 8200 WHERE id = 13"],
        ("leaf", "Document 13 was sealed, and is not there any more."),
    ),
    "a document taken away with its leaf": (
        [
            "DELETE FROM document WHERE id = 5",
            "DELETE FROM move WHERE document = 5",
            "DELETE FROM leaf WHERE kind = 'document' AND ref = 5",
        ],
        ("running", "Document 7, line 2: COUNT_SHORT (I1, lot -) should hold 10 units after it, and the line says 17."),
    ),
    "a leaf taken away": (
        ["DELETE FROM leaf WHERE kind = 'document' AND ref = 6"],
        ("order", "Leaf 6 is missing; the next one is leaf 7."),
    ),
    "the last leaf and its head": (
        ["DELETE FROM leaf WHERE position = 13", "DELETE FROM tree_head WHERE size = 14"],
        ("sealed", "Document 4 is not sealed, 999 seconds after it was recorded."),
    ),
    "two documents exchanged": (
        [
            "UPDATE document SET id = 90 WHERE id = 10",
            "UPDATE document SET id = 10 WHERE id = 13",
            "UPDATE document SET id = 13 WHERE id = 90",
            "UPDATE move SET document = 90 WHERE document = 10",
            "UPDATE move SET document = 10 WHERE document = 13",
            "UPDATE move SET document = 13 WHERE document = 90",
        ],
        ("leaf", "Document 10 is not what was sealed under its number."),
    ),
    "when a document was recorded": (
        ["UPDATE document SET recorded_at = recorded_at - 1 WHERE id = 4"],
        ("leaf", "Document 4 is not what was sealed under its number."),
    ),
    "who approved": (
        ["UPDATE document SET approver = 'C' WHERE id = 8"],
        ("rows", 'Document 8: its row says "C" for approver, its text says "B".'),
    ),
    "an approver where there was none": (
        ["UPDATE document SET approver = 'B' WHERE id = 2"],
        ("rows", 'Document 2: its row says "B" for approver, its text says null.'),
    ),
    "a reason": (
        ["UPDATE document SET reason = 'lost' WHERE id = 11"],
        ("rows", 'Document 11: its row says "lost" for reason, its text says "use “at once”".'),
    ),
    "details, with the hash": (
        ["""UPDATE document SET body = replace(body, 'C-7', 'C-8') WHERE id = 10"""],
        ("body", "The text of document 10"),
    ),
    "what was counted": (
        ["UPDATE counted SET units = 61 WHERE document = 4"],
        ("rows", 'Document 4: row 1 of its counted says {"at":'),
    ),
    "a recall": (
        ["UPDATE lot_mark SET mark = 'cleared' WHERE document = 12"],
        ("rows", "Document 12: row 1 of its marks says"),
    ),
    "the name of an item that documents speak of": (
        ["UPDATE item SET code = 'I9' WHERE code = 'I2'"],
        ("rows", "Document 10: row 1 of its lines says"),
    ),
    "a lot's expiry": (
        ["UPDATE lot SET expires = '2021-06-01' WHERE lot_no = 'L1'"],
        ("rows", "Document 10: row 1 of its lines says"),
    ),
    "a stored balance": (
        ["UPDATE balance SET units = units + 1 WHERE location = 2"],
        ("balances", "The stored balance of P1 (I1, lot -) is 20 units, and its lines sum to 19."),
    ),
    "a running balance": (
        ["UPDATE move SET to_after = to_after + 1 WHERE document = 1"],
        ("running", "Document 1: D1 (I1, lot -) held 0 units before it, and its lines say 1."),
    ),
    "the sign of a place": (
        ["UPDATE location SET sign = 1 WHERE code = 'SUPPLIER:S1'"],
        ("places", "The place SUPPLIER:S1 is not kept as one of kind SUPPLIER."),
    ),
    "the sign of a balance": (
        ["UPDATE balance SET sign = -1, units = -units WHERE location = 1"],
        ("places", "A balance at D1 does not have the sign of its place."),
    ),
    "a leaf": (
        ["UPDATE leaf SET hash = (SELECT hash FROM leaf WHERE position = 3) WHERE position = 4"],
        ("leaf", "Document 4 is not what was sealed under its number."),
    ),
    "a root": (
        ["UPDATE tree_head SET root = (SELECT hash FROM leaf WHERE position = 3) WHERE size = 14"],
        ("signatures", "The head over 14 leaves is signed for another tree."),
    ),
    "a signature used again": (
        [
            """UPDATE tree_head SET checkpoint = replace(checkpoint, substr(checkpoint, length(checkpoint) - 96),
               (SELECT substr(first.checkpoint, length(first.checkpoint) - 96) FROM tree_head AS first
                WHERE first.size = 4)) WHERE size = 14""",
        ],
        ("signatures", "The head over 14 leaves is not signed as it stands: the signature does not hold."),
    ),
    "a whole head used again": (
        [
            """UPDATE tree_head SET checkpoint = (SELECT first.checkpoint FROM tree_head AS first WHERE first.size = 4)
               WHERE size = 14""",
        ],
        ("signatures", "The head over 14 leaves is signed for another tree."),
    ),
    "the key": (
        ["UPDATE version SET body = replace(body, 'test+', 'best+')"],
        ("body", "The text of change 1 of master data is not what its hash was taken of."),
    ),
    "who changed master data": (
        ["UPDATE version SET actor = 'A'"],
        ("rows", "The row of change 1 of master data is not what its text says."),
    ),
    "a change of master data taken away": (
        ["DELETE FROM version"],
        ("leaf", "Change 1 of master data was sealed, and is not there any more."),
    ),
}


@pytest.mark.spoils_ledgers
@pytest.mark.parametrize("what", ALTERED)
@pytest.mark.usefixtures("each_database")
def test_what_was_altered_is_named(what):
    statements, (check, sentence) = ALTERED[what]
    made = sealed_ledger()
    tamper(made.ledger, *statements)
    found = said(audited(made.ledger, at=NOW + 999_000_000 if check == "sealed" else NOW))

    assert found[0] == check, found
    assert found[1].startswith(sentence)


def test_a_guard_that_is_gone_or_idle_is_named():
    idle = "CREATE TRIGGER never_update_move BEFORE UPDATE ON move BEGIN SELECT 1; END"
    for statement, sentence in (
        ("DROP TRIGGER never_update_move", "The guard never_update_move is missing, so what was recorded may have"),
        (f"DROP TRIGGER never_update_move; {idle}", "never_update_move in the database is not what this program made"),
    ):
        ledger = sealed_ledger().ledger
        with ledger.engine.connect() as connection:
            connection.connection.driver_connection.executescript(statement)
        check, found_ = said(audited(ledger))
        assert (check, sentence in found_) == ("guards", True)


FUNCTION = "CREATE OR REPLACE FUNCTION refuse_{}() RETURNS trigger LANGUAGE plpgsql {} AS $$ BEGIN RETURN {}; END $$"
PATH = "SET search_path = pg_catalog, pg_temp"


@pytest.mark.parametrize(
    ("name", "statements"),
    [
        ("never_change_move", ["ALTER TABLE move DISABLE TRIGGER never_change_move"]),
        ("refuse_change", [FUNCTION.format("change", PATH, "NEW")]),
        ("refuse_own_approval", [FUNCTION.format("own_approval", PATH, "NEW")]),
        ("refuse_own_signature", [FUNCTION.format("own_signature", PATH, "NEW")]),
        ("refuse_change", ["ALTER FUNCTION refuse_change() RESET search_path"]),
        ("refuse_change", ["ALTER FUNCTION refuse_change() SECURITY DEFINER"]),
        (
            "never_change_move",
            [
                "DROP TRIGGER never_change_move ON move",
                """CREATE TRIGGER never_change_move BEFORE UPDATE OR DELETE ON move
                   FOR EACH ROW WHEN (old.units < 0) EXECUTE FUNCTION refuse_change()""",
            ],
        ),
        (
            "never_change_move",
            [
                "DROP TRIGGER never_change_move ON move",
                """CREATE TRIGGER never_change_move BEFORE DELETE ON move
                   FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
            ],
        ),
        (
            "never_change_move",
            [
                "CREATE SCHEMA aside",
                FUNCTION.format("change", PATH, "NEW").replace("refuse_change", "aside.refuse_change"),
                "SET LOCAL search_path = aside, public",
                "DROP TRIGGER never_change_move ON move",
                """CREATE TRIGGER never_change_move BEFORE UPDATE OR DELETE ON public.move
                   FOR EACH ROW EXECUTE FUNCTION refuse_change()""",
            ],
        ),
        (
            "post_document",
            [
                """DO $do$ BEGIN EXECUTE replace(pg_get_functiondef((SELECT oid FROM pg_proc
                   WHERE proname = 'post_document')), 'IF outcome <> ''posted'' THEN', 'IF false THEN'); END $do$""",
            ],
        ),
    ],
)
def test_what_was_done_to_the_guards_of_a_server_is_named(name, statements):
    """Names alone prove nothing: a function that lets everything pass may bear the name of one that refuses."""
    with kept_in("postgresql"):
        ledger = sealed_ledger().ledger
        with ledger.engine.connect() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)
            found_ = check_guards(connection)
            connection.rollback()

        assert found_ is not None
        assert (found_.check, f"{name} " in str(found_.sentence)) == ("guards", True), str(found_.sentence)
        assert said(audited(ledger)) == ("", "")


# --- Rewritten so that everything inside fits ------------------------------------------------------

REWRITTEN = [
    """UPDATE document SET body = replace(body, '"reason":""', '"reason":"found"') WHERE id = 2""",
    "UPDATE document SET reason = 'found' WHERE id = 2",
]


@pytest.mark.usefixtures("each_database")
def test_whoever_has_no_key_cannot_rewrite_a_document_with_every_hash():
    made = sealed_ledger()
    tamper(made.ledger, *REWRITTEN, retell=True)

    assert said(audited(made.ledger)) == ("signatures", "The head over 4 leaves is signed for another tree.")


@pytest.mark.usefixtures("each_database")
def test_whoever_has_the_key_too_is_found_by_a_head_kept_outside_and_only_by_it():
    made = sealed_ledger()
    tamper(made.ledger, *REWRITTEN, stolen_key=KEY)

    assert said(audited(made.ledger)) == ("", "")
    assert said(audited(made.ledger, made.kept)) == (
        "outside",
        "What the ledger held when the head in head.txt was signed (4 leaves) was altered since.",
    )


def test_whoever_puts_their_own_key_in_its_place_is_found_by_a_head_kept_outside():
    made = sealed_ledger()
    other = Signer("test")
    mine, theirs = (KEY.public.text, KEY.public.id.hex()), (other.public.text, other.public.id.hex())
    swaps = [f"UPDATE version SET body = replace(body, '{a}', '{b}')" for a, b in zip(mine, theirs, strict=True)]  # noqa: S608
    tamper(made.ledger, *swaps, f"UPDATE version SET key = '{theirs[1]}'", *REWRITTEN, stolen_key=other)  # noqa: S608

    assert said(audited(made.ledger)) == ("", "")
    check, sentence = said(audited(made.ledger, made.kept))
    assert check == "outside"
    assert sentence.startswith("head.txt is no head of this ledger: it is signed by none of the keys.")


def test_a_ledger_put_back_to_an_earlier_day_is_found_by_a_head_kept_outside():
    made = sealed_ledger()
    with reading(made.ledger.engine) as connection:
        head = newest_head(connection)
    assert head is not None
    earlier = Book()
    earlier.change(100, day=0)
    seal(earlier.ledger, key=KEY, at=NOW)

    assert said(audited(earlier.ledger, Outside("note 7", head.checkpoint))) == (
        "outside",
        "By the head in note 7 the ledger had 14 leaves; now it has 2.",
    )


# --- Posted by a program that refuses nothing ------------------------------------------------------


def nothing(*_: object, **__: object) -> None:
    pass


@pytest.fixture
def careless(monkeypatch):
    """Return a book whose ledger posts whatever it is given."""
    for name in ("check", "refuse_if_short", "refuse_if_earlier_day_short", "refuse_unfit", "refuse_unmirrored"):
        monkeypatch.setattr(posting, name, nothing)
    book = Book()
    with book.ledger.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA ignore_check_constraints = 1")
    return book


def found(book: Book) -> tuple[str, str]:
    seal(book.ledger, key=KEY, at=NOW)
    return said(audited(book.ledger))


def test_a_balance_below_zero_is_named(careless):
    careless.change(10, day=0)
    careless.change(-11, day=1)

    assert found(careless) == (
        "signs",
        "After document 2 D1 (I1, lot -) stands at -1 units, which it never may.",
    )


def test_below_zero_within_one_document_is_no_fault():
    """A document is posted whole: 5 go back to the supplier that come back from use with the line after it."""
    book = Book()
    book.change(5, day=0)
    book.change(-5, day=1)
    lines = [("D1", "SUPPLIER:S1"), ("CONSUMED:D1", "D1")]
    book.post("return", *(Line(*ends, LotKey("I1"), 5) for ends in lines), day=2)

    assert found(book) == ("", "")


def test_a_move_that_its_type_does_not_make_is_named(careless):
    careless.post("receive", Line("SUPPLIER:S1", "CONSUMED:D1", LotKey("I1"), 5))

    assert found(careless) == (
        "moves",
        "Document 1, line 1: a document of type receive cannot move stock from SUPPLIER:S1 to CONSUMED:D1.",
    )


def test_an_author_who_approves_is_named(careless):
    with careless.ledger.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA ignore_check_constraints = 1")
    careless.change(5, day=0, approver="A")

    assert found(careless) == ("approver", "Document 1 was approved by its own author, A.")


def test_what_had_expired_is_named_and_what_expires_that_day_is_not(careless):
    lot = LotKey("I1", "L7", expires="2020-02-12")
    careless.change(10, day=0, lot=lot)
    careless.change(-1, day=2.49, lot=lot)
    assert found(careless) == ("", "")

    careless.change(-1, day=2.51, lot=lot)
    assert found(careless) == ("fitness", "Document 3 sent lot L7 of I1, which had expired on 2020-02-12.")


def test_what_was_recalled_is_named_until_it_is_cleared(careless):
    lot = LotKey("I1", "L7")
    careless.change(10, day=0, lot=lot)
    careless.change(-1, day=1, lot=lot)
    careless.post("recall", marks=(entry.Mark(lot, "recalled"),), day=2)
    careless.post("recall", marks=(entry.Mark(lot, "cleared"),), day=4)
    careless.change(-1, day=5, lot=lot)
    assert found(careless) == ("", "")

    careless.change(-1, day=3, lot=lot)
    assert found(careless) == ("fitness", "Document 6 sent lot L7 of I1, which was recalled.")


@pytest.mark.parametrize(
    ("number", "lines", "day", "sentence"),
    [
        (2, [4], 1, "Document 3 does not take back what document 2 did."),
        (2, [5], 2, "Document 3 does not take back what document 2 did."),
        (2, [5, 5], 1, "Document 3 does not take back what document 2 did."),
    ],
)
def test_a_reversal_that_does_not_mirror_is_named(careless, number, lines, day, sentence):
    careless.change(10, day=0)
    careless.change(-5, day=1)
    back = tuple(Line("CONSUMED:D1", "D1", LotKey("I1"), units) for units in lines)
    careless.post("reverse", *back, reverses=number, day=day)

    assert found(careless) == ("reversals", sentence)


def test_the_reversal_of_a_reversal_is_named(careless):
    careless.change(10, day=0)
    careless.change(-5, day=1)
    careless.post("reverse", Line("CONSUMED:D1", "D1", LotKey("I1"), 5), reverses=2, day=1)
    careless.post("reverse", Line("D1", "CONSUMED:D1", LotKey("I1"), 5), reverses=3, day=1)

    assert found(careless) == ("reversals", "Document 4 reverses document 3, which is a reversal itself.")


def test_a_count_that_does_not_stay_is_named(careless, monkeypatch):
    """Without the counter-line, 7 received before the count stand on top of what was counted."""
    careless.change(10, day=0)
    careless.count({LotKey("I1"): 9}, day=4)
    monkeypatch.setattr(posting, "counter_shifts", lambda *_, **__: [])
    careless.change(7, day=2)

    assert careful.counter_shifts is not posting.counter_shifts
    assert found(careless) == (
        "counts",
        "Document 2 counted 9 units at D1 (I1, lot -); by its lines it held 16 then.",
    )


def test_a_lot_that_a_whole_count_did_not_find_must_stay_unfound(careless, monkeypatch):
    careless.change(10, day=0, lot=LotKey("I1", "a"))
    careless.change(4, day=0, lot=LotKey("I1", "b"))
    careless.count({LotKey("I1", "a"): 9, None: 0}, day=4)
    assert found(careless) == ("", "")

    monkeypatch.setattr(posting, "counter_shifts", lambda *_, **__: [])
    careless.change(3, day=2, lot=LotKey("I1", "b"))
    assert found(careless) == (
        "counts",
        "Document 3 counted 0 units at D1 (I1, lot b); by its lines it held 3 then.",
    )


def test_what_is_unsealed_may_be_young_and_no_older():
    book = Book()
    book.change(5, day=0)
    recorded_at = at(100) + 1

    assert said(audited(book.ledger, at=recorded_at + 60_000_000)) == ("", "")
    check, sentence = said(audited(book.ledger, at=recorded_at + 61_000_000))
    assert check == "sealed"
    assert sentence.startswith("Document 1 is not sealed, 61 seconds after it was recorded.")


def test_what_was_posted_although_a_day_fell_short_is_open_until_it_is_explained():
    book = Book()
    book.change(10, day=0)
    book.change(-10, day=3)
    book.change(5, day=4)
    book.change(-5, day=2, exception=True)
    seal(book.ledger, key=KEY, at=NOW)
    report = audited(book.ledger)

    assert said(report) == ("", "")
    assert [str(each) for each in report.open] == [
        "Document 4 was posted although an earlier day fell short, and is not explained yet."
    ]
