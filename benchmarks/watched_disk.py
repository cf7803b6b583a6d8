"""Watch what SQLite writes to its files and when it flushes them; tell what a power cut may leave.

A VFS of our own passes everything on to the system's and notes writes, truncations and flushes. After a
power cut a file holds all that was written before its last flush; of what was written since, any part may
be there, in pieces of a sector, of which the last that was being written may be torn.
"""

from __future__ import annotations

import ctypes
import importlib
import random
import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.database import sqlite_module

__all__ = ["Disk", "Event", "watch"]

SECTOR_BYTES = 512


@dataclass(frozen=True)
class Event:
    """Something that happened. `kind`: "write", "truncate" (`at`: the length), "flush", or "told" (what, in `data`)."""

    kind: str
    path: str = ""
    at: int = 0
    data: bytes = b""


class Disk:
    """What lies on a disk as events happen: of each file what is safe, and what was written since its last flush.

    `files`: what they hold, by name. What happened before is never read again, so many moments of one run are cheap.
    """

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._safe = {name: bytearray(content) for name, content in files.items()}
        self._unflushed: dict[str, list[Event]] = defaultdict(list)

    def happen(self, event: Event) -> None:
        """Take an event into account."""
        if not event.path:
            return
        name = Path(event.path).name
        if event.kind == "flush":
            for each in self._unflushed.pop(name, []):
                _apply(self._safe.setdefault(name, bytearray()), each)
        else:
            self._unflushed[name].append(event)

    def cut(self, rng: random.Random) -> dict[str, bytes]:
        """Return what the files hold after a power cut at this moment."""
        names = self._safe.keys() | self._unflushed.keys()
        return {name: self._after(name, rng) for name in sorted(names)}

    def _after(self, name: str, rng: random.Random) -> bytes:
        held, share = bytearray(self._safe.get(name, b"")), rng.choice(_SHARES)
        for each in self._unflushed.get(name, []):
            if each.kind == "truncate" and rng.random() < share:
                _apply(held, each)
            for start in range(0, len(each.data), SECTOR_BYTES):
                if rng.random() < share:
                    sector = each.data[start : start + SECTOR_BYTES]
                    if rng.random() < _TORN:
                        sector = sector[: rng.randrange(1, len(sector) + 1)]
                    _apply(held, Event("write", each.path, each.at + start, sector))
        return bytes(held)


_SHARES = (0.0, 0.1, 0.5, 0.9, 1.0)
"""How much of the unflushed a cut leaves: nothing, all of it, and what lies between."""

_TORN = 0.02
"""How many of the sectors are written up to somewhere in them."""


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
