"""A disk that is full or read-only, a real one of some megabytes: reading goes on, what cannot be written is said."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from ledgers import Book, a_ledger

from benchmarks.small_disk import Disk, ext4_disk, fail, small_disk
from models.backing_up import backup, restore
from models.database import open_database
from models.entry import Refusal
from models.faults import Unavailable, unavailable
from models.ledger import open_ledger
from models.machine_faults import machine_fault

FILE = "ledger.sqlite"


@pytest.fixture
def disk(tmp_path) -> Iterator[Disk]:
    with small_disk(tmp_path, 4) as made:
        if made is None:
            pytest.skip("this process may not mount a file system")
        yield made


@pytest.fixture
def url(disk) -> str:
    """10 masks came to D1; nobody has the ledger open."""
    url = f"sqlite:///{disk.place / FILE}"
    book = Book(a_ledger(url))
    book.change(10, day=0)
    book.ledger.engine.dispose()
    return url


def opened(url: str) -> Book:
    return Book(open_ledger(url))


@pytest.mark.parametrize("left", [0, 4096, 20_000])
def test_a_ledger_that_nobody_has_open_is_read_on_a_full_disk_and_written_once_there_is_room(disk, url, left):
    disk.leave(left)
    book = opened(url)
    assert book.now() == 10
    with pytest.raises((Unavailable, OSError)) as told:
        book.change(-4, day=1, key="once")
    assert "the disk is full" in str(unavailable(told.value, url))

    disk.empty()
    # The same engine: what only read the file is not used again.
    for _ in range(2):
        book.change(-4, day=1, key="once")
    assert book.now() == 6
    book.ledger.engine.dispose()


def test_a_ledger_on_a_read_only_disk_is_read_and_backed_up_elsewhere(disk, url, tmp_path):
    disk.read_only()
    book = opened(url)
    with pytest.raises((Unavailable, OSError)) as told:
        book.change(-4, day=1, key="later")
    backup(book.ledger, tmp_path / "kept.ledger")
    book.ledger.engine.dispose()
    disk.writable()

    assert "Read-only file system" in str(unavailable(told.value, url))
    assert opened(f"sqlite:///{tmp_path / 'kept.ledger'}").now() == 10


def test_what_stands_only_in_the_log_is_not_left_out_where_that_cannot_be_taken_in(disk, url):
    """-4 is in the log only: a reader of the file alone would say 10."""
    book = opened(url)
    book.change(-4, day=1, key="later")
    kept = {ending: (disk.place / f"{FILE}{ending}").read_bytes() for ending in ("", "-wal")}
    book.ledger.engine.dispose()
    for ending, content in kept.items():
        (disk.place / f"{FILE}{ending}").write_bytes(content)
    disk.read_only()

    with pytest.raises(Refusal, match=r"what was recorded last stands in .*-wal, which cannot be taken in there"):
        open_ledger(url)
    disk.writable()
    assert opened(url).now() == 6


def test_a_disk_that_fails_under_a_ledger_lets_it_be_read(tmp_path):
    with ext4_disk(tmp_path) as disk:
        if disk is None:
            pytest.skip("this process may not mount a file system")
        book = Book(a_ledger(f"sqlite:///{disk.place / FILE}"))
        book.change(10, day=0)
        if not fail(disk):
            pytest.skip("this kernel lets no file system fail")
        with pytest.raises(Unavailable, match=r"The ledger cannot be .*Nothing was recorded"):
            book.change(-4, day=1, key="later")
        assert book.now() == 10
        book.ledger.engine.dispose()


def test_a_backup_or_a_ledger_that_does_not_fit_leaves_nothing(disk, url, tmp_path):
    book = opened(url)
    backup(book.ledger, tmp_path / "kept.ledger")
    disk.leave(200_000)
    before = disk.names()
    for act, named in (
        (lambda: backup(book.ledger, disk.place / "b.ledger"), "b.ledger"),
        (lambda: restore(tmp_path / "kept.ledger", f"sqlite:///{disk.place / 'r.sqlite'}"), "r.sqlite"),
    ):
        with pytest.raises(Refusal, match=f"{named} cannot be written: the disk is full"):
            act()
    book.ledger.engine.dispose()

    assert disk.names() <= before


def test_control_without_its_log_a_ledger_is_read_as_it_was(disk, url):
    """Why a log that cannot be taken in is refused: SQLite itself says nothing."""
    book = opened(url)
    book.change(-4, day=1, key="later")
    content = (disk.place / FILE).read_bytes()
    book.ledger.engine.dispose()
    Path(disk.place / "alone.sqlite").write_bytes(content)

    assert opened(f"sqlite:///{disk.place / 'alone.sqlite'}").now() == 10


@pytest.mark.parametrize("content", [bytes(8192), b"SQLite format 3\x00" + bytes(9000), b"not a ledger at all" * 99])
def test_what_is_no_ledger_any_more_is_said_with_the_way_back(tmp_path, content):
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises((Refusal, Unavailable), match=r"ledger\.sqlite.*allocator restore BACKUP --db ADDRESS"):
        open_ledger(f"sqlite:///{tmp_path / FILE}")


def test_what_the_machine_lacks_is_said_and_what_is_our_own_fault_is_not():
    said = {
        "disk": machine_fault(OSError(errno.ENOSPC, "No space left on device", "/var/x"), "here"),
        "memory": machine_fault(MemoryError()),
        "missing": machine_fault(FileNotFoundError(errno.ENOENT, "gone", "/var/x")),
        "ours": machine_fault(ValueError("x")),
    }
    engine = open_database("sqlite://")
    with engine.connect() as connection, pytest.raises(sa.exc.OperationalError) as wrong:
        connection.exec_driver_sql("SELECT nothing FROM nowhere")

    assert str(said["disk"]).startswith("/var/x cannot be written: the disk is full.")
    assert "not enough memory" in str(said["memory"])
    assert (said["missing"], said["ours"], unavailable(wrong.value)) == (None, None, None)
