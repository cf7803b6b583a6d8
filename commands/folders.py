"""Result folders: written whole or not at all, and never over anything else.

A result is written into a temporary folder beside its place and renamed into it, so that a full
disk, a refusal or a pulled plug leaves what was there before.
"""

from __future__ import annotations

import contextlib
import glob
import os
import platform
import shutil
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path

from allocator.sentence import Sentence, say
from commands.session import Session

__all__ = ["check_folder", "folder_beside", "whole_file", "whole_folder"]

OTHERS_SHOWN = 3


def check_folder(session: Session, out: Path, *, may_hold: Collection[str]) -> None:
    """Refuse a place where a result would destroy something else; called before any work is done.

    A folder that is empty, or holds nothing but `may_hold` (a former result), will be replaced.

    Raises:
        Refused: `out` is a file, the current folder, holds other things, or may not be looked into.

    """
    try:
        _check_place(session, out, out.resolve(), may_hold)
    except OSError as error:
        session.refuse(_not_writable(out, error))


def _check_place(session: Session, out: Path, place: Path, may_hold: Collection[str]) -> None:
    if place == Path.cwd():
        session.refuse(say("{out} is the folder you are in. Name a folder of its own with --out.", out=str(out)))
    if out.is_symlink() or (place.exists() and not place.is_dir()):
        session.refuse(say("{out} is not a folder. Name a new folder with --out.", out=str(out)))
    if place.is_dir():
        others = sorted({entry.name for entry in place.iterdir()} - set(may_hold))
        if others:
            session.refuse(
                say(
                    "{out} holds other things ({others}), which would be lost. Name a new folder with --out.",
                    out=str(out),
                    others=[*others[:OTHERS_SHOWN], "…"] if len(others) > OTHERS_SHOWN else others,
                )
            )


@contextlib.contextmanager
def whole_folder(session: Session, out: Path, *, may_hold: Collection[str]) -> Iterator[Path]:
    """Give a temporary folder to write into, and put it in place once all of it is written.

    Raises:
        Refused: as `check_folder`, or where the folder cannot be written.

    """
    check_folder(session, out, may_hold=may_hold)
    place = out.resolve()
    begun = place.with_name(f".{place.name}.{os.getpid()}.part")
    former = place.with_name(f".{place.name}.{os.getpid()}.former")
    try:
        begun.mkdir(parents=True)
        yield begun
        if place.exists():
            place.rename(former)
        begun.rename(place)
    except OSError as error:
        # Only the second rename can fail with the former result moved away: bring it back.
        if former.exists() and not place.exists():
            former.rename(place)
        session.refuse(_not_writable(out, error))
    finally:
        shutil.rmtree(begun, ignore_errors=True)
        shutil.rmtree(former, ignore_errors=True)


@contextlib.contextmanager
def whole_file(session: Session, out: Path) -> Iterator[Path]:
    """Give a temporary file to write into, and put it in place once all of it is written.

    Raises:
        Refused: `out` is a folder, or cannot be written.

    """
    place = out.resolve()
    if os.path.isdir(place):  # noqa: PTH112 - Path.is_dir fails where a name is too long
        session.refuse(say("{out} is a folder. Name a file.", out=str(out)))
    # The ending stays, for writers choose the format by it.
    begun = place.with_name(f".{os.getpid()}.part.{place.name}")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        yield begun
        begun.replace(place)
    except OSError as error:
        session.refuse(_not_writable(out, error))
    finally:
        with contextlib.suppress(OSError):  # a disk that cannot be written lets nothing be taken away either
            begun.unlink(missing_ok=True)


@contextlib.contextmanager
def folder_beside(place: Path, name: str) -> Iterator[Path]:
    """Give a folder beside a file, for its owner alone, for what is written on the way to it.

    What a command of this machine left there that was killed is taken away first: it may hold a whole ledger.
    """
    whose = f".{name}-{platform.node()}-"
    for left in place.parent.glob(f"{glob.escape(whose)}*"):
        if _is_dead(left.name.removeprefix(whose).partition("-")[0]):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{whose}{os.getpid()}-", dir=place.parent) as folder:
        yield Path(folder)


def _is_dead(process: str) -> bool:
    """Say whether a process of this machine runs no more; where that cannot be known, it may."""
    if os.name != "posix" or not process.isdecimal():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _not_writable(out: Path, error: OSError) -> Sentence:
    from data.os_reasons import reason_of

    return say("{out} cannot be written: {why}. Name another place.", out=str(out), why=reason_of(error))
