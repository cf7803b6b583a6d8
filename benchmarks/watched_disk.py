"""Watch what SQLite writes to its files and when it flushes them; tell what a power cut may leave.

A VFS of our own passes everything on to the system's and notes writes, truncations and flushes. After a
power cut a file holds all that was written before its last flush; of what was written since, any part may
be there, in pieces of a sector.
"""

from __future__ import annotations

import ctypes
import importlib
import random
import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.database import sqlite_module

__all__ = ["Event", "after_power_cut", "by_file", "watch"]

SECTOR_BYTES = 512


@dataclass(frozen=True)
class Event:
    """Something that happened. `kind`: "write", "truncate" (`at`: the length), "flush", or "told" (what, in `data`)."""

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""


def after_power_cut(before: bytes, events: Iterable[Event], rng: random.Random) -> bytes:
    """Return what a file holds after a power cut that followed the events of this file."""
    held, unflushed = bytearray(before), list[Event]()
    for event in events:
        if event.kind == "flush":
            for each in unflushed:
                _apply(held, each)
            unflushed = []
        else:
            unflushed.append(event)
    for each in unflushed:
        if each.kind == "truncate" and rng.random() < 0.5:
            _apply(held, each)
        for start in range(0, len(each.data), SECTOR_BYTES):
            if rng.random() < 0.5:
                _apply(held, Event("write", each.path, each.at + start, each.data[start : start + SECTOR_BYTES]))
    return bytes(held)


def _apply(held: bytearray, event: Event) -> None:
    if event.kind == "truncate":
        del held[event.at :]
        return
    end = event.at + len(event.data)
    held.extend(bytes(max(0, end - len(held))))
    held[event.at : end] = event.data


# --- The VFS: the system's own, with three of its methods noted ------------------------------------

_POINTER = ctypes.c_void_p
_OPEN = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, _POINTER, ctypes.c_int, ctypes.POINTER(ctypes.c_int))
_WRITE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, _POINTER, ctypes.c_int, ctypes.c_int64)
_TRUNCATE = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int64)
_SYNC = ctypes.CFUNCTYPE(ctypes.c_int, _POINTER, ctypes.c_int)


class _Vfs(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("path_bytes_max", ctypes.c_int),
        ("following", _POINTER),
        ("name", ctypes.c_char_p),
        ("own", _POINTER),
        ("open", _OPEN),
        ("others", _POINTER * 15),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        ("version", ctypes.c_int),
        ("close", _POINTER),
        ("read", _POINTER),
        ("write", _WRITE),
        ("truncate", _TRUNCATE),
        ("sync", _SYNC),
        ("others", _POINTER * 13),
    )


class _File(ctypes.Structure):
    _fields_ = (("methods", ctypes.POINTER(_Methods)),)


_kept: list[Any] = []
"""What the library points to must live as long as the process."""


def watch(events: list[Event]) -> None:
    """From now on, note in `events` what SQLite does to files in this process, until the process ends."""
    library = _library()
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    library.sqlite3_vfs_register.argtypes = [ctypes.POINTER(_Vfs), ctypes.c_int]
    system = library.sqlite3_vfs_find(None)
    own = _Vfs.from_buffer_copy(system.contents)
    paths: dict[int, str] = {}
    noted: dict[int, _Methods] = {}

    # The name is passed on as the very pointer it came as: SQLite keeps it as long as the file is open.
    def open_(_vfs: int, name: int | None, file: int, flags: int, out: Any) -> int:
        status: int = system.contents.open(ctypes.cast(system, _POINTER), name, file, flags, out)
        opened = _File.from_address(file)
        if status == 0 and name is not None:
            paths[file] = ctypes.string_at(name).decode()
            address = ctypes.addressof(opened.methods.contents)
            if address not in noted:
                noted[address] = _noting(opened.methods.contents, paths, events)
            opened.methods = ctypes.pointer(noted[address])
        return status

    own.name, own.open = b"watched", _OPEN(open_)
    _kept.extend([own, own.open, paths, noted])
    library.sqlite3_vfs_register(ctypes.byref(own), 1)


def _library() -> Any:
    """Return SQLite's library as the ledger's driver has loaded it."""
    compiled = "_sqlite3" if sqlite_module() is sqlite3 else "pysqlite3._sqlite3"
    return ctypes.CDLL(importlib.import_module(compiled).__file__)


def _noting(system: _Methods, paths: dict[int, str], events: list[Event]) -> _Methods:
    """Return a file's methods, of which three note what they are asked before they pass it on."""
    own = _Methods.from_buffer_copy(system)

    def write(file: int, data: int, length: int, at: int) -> int:
        events.append(Event("write", paths[file], at, ctypes.string_at(data, length)))
        return int(system.write(file, data, length, at))

    def truncate(file: int, length: int) -> int:
        events.append(Event("truncate", paths[file], length))
        return int(system.truncate(file, length))

    def sync(file: int, flags: int) -> int:
        status = int(system.sync(file, flags))
        events.append(Event("flush", paths[file]))
        return status

    own.write, own.truncate, own.sync = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
    _kept.extend([own.write, own.truncate, own.sync])
    return own


def by_file(events: Iterable[Event]) -> dict[str, list[Event]]:
    """Return what happened to each file, by its name."""
    found: dict[str, list[Event]] = defaultdict(list)
    for event in events:
        if event.path:
            found[Path(event.path).name].append(event)
    return found
