"""Backups in one folder: which are kept, and which go once a newer one holds.

The folder's list, `backups.json`, names each file that `allocator backup --keep` wrote there, with its sum and whether
it held. Nothing goes that is not in it, or is not any more what was written; nothing goes that did not hold, for that
is evidence; and the newest that held always stays.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from allocator.sentence import say
from models.days import day_of
from models.entry import Refusal

__all__ = ["LIST", "KeptBackup", "file_name", "going", "keep_of", "listed", "noted", "sum_of", "take_away"]

LIST = "backups.json"
_SCHEMA = "allocator.backups/1"

_PERIODS: Mapping[str, Callable[[dt.date], object]] = {
    "daily": lambda day: day,
    "weekly": lambda day: day.isocalendar()[:2],
    "monthly": lambda day: (day.year, day.month),
    "yearly": lambda day: day.year,
}
_MOST = 10_000


@dataclass(frozen=True, kw_only=True)
class KeptBackup:
    """A backup as the list has it. `file`: its name; `ledger`: whose it is; `taken_at`: UTC microseconds."""

    file: str
    ledger: str
    taken_at: int
    sha256: str
    holds: bool


def keep_of(text: str) -> dict[str, int]:
    """Return how many backups of each period are to be kept.

    >>> keep_of("7 daily, 4 weekly")
    {'daily': 7, 'weekly': 4}

    Raises:
        Refusal: it says something else.

    """
    found: dict[str, int] = {}
    for part in text.split(","):
        said = re.fullmatch(r"\s*([1-9][0-9]{0,3})\s+([a-z]+)\s*", part)
        if said is None or said[2] not in _PERIODS or said[2] in found:
            raise Refusal(
                say(
                    '"{text}" does not say which backups to keep. Write numbers of daily, weekly, monthly or yearly '
                    'ones, each once, such as "7 daily, 4 weekly, 12 monthly".',
                    text=text,
                )
            )
        found[said[2]] = int(said[1])
    return found


def file_name(ledger: str, taken_at: int, *, encrypted: bool) -> str:
    """Return the name of a backup's file, by the ledger's name and the time in UTC.

    >>> file_name("River county", 1581348600000000, encrypted=False)
    'River_county-2020-02-10T153000Z.ledger'
    """
    safe = "".join(each if each.isalnum() or each in ".-" else "_" for each in ledger).lstrip(".") or "ledger"
    taken = dt.datetime.fromtimestamp(taken_at // 1_000_000, dt.UTC)
    return f"{safe}-{taken:%Y-%m-%dT%H%M%SZ}.{'backup' if encrypted else 'ledger'}"


def going(backups: Iterable[KeptBackup], keep: Mapping[str, int], zone: ZoneInfo) -> list[KeptBackup]:
    """Return the backups of one ledger that are not to be kept, the oldest first.

    Of each of the last so many days, weeks … that have one, the newest stays. `zone`: where days begin and end.
    """
    held = sorted((each for each in backups if each.holds), key=lambda each: each.taken_at, reverse=True)
    stays = {each.file for each in held[:1]}
    for period, number in keep.items():
        newest: dict[object, str] = {}
        for each in held:
            newest.setdefault(_PERIODS[period](day_of(each.taken_at, zone)), each.file)
        stays.update(list(newest.values())[:number])
    return [each for each in reversed(held) if each.file not in stays]


def listed(folder: Path) -> list[KeptBackup]:
    """Return what the list of a folder names; [] where there is none.

    Raises:
        Refusal: the list cannot be read.

    """
    try:
        return _read((folder / LIST).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Refusal(
            say(
                "{file} is no list of backups, so nothing is taken away. Put that file elsewhere, and the next backup "
                "begins a new list; backups from before it are then yours to take away.",
                file=str(folder / LIST),
            )
        ) from error


def _read(text: str) -> list[KeptBackup]:
    """Return what a list says.

    Raises:
        ValueError, KeyError, TypeError: it is none.

    """
    content = json.loads(text)
    backups = [KeptBackup(**row) for row in content["backups"]]
    kinds = {"file": str, "ledger": str, "taken_at": int, "sha256": str, "holds": bool}
    for each in backups:
        whole = all(isinstance(getattr(each, name), kind) for name, kind in kinds.items())
        if not whole or Path(each.file).name != each.file:
            raise ValueError(each)
    if content["schema"] != _SCHEMA or len(backups) > _MOST:
        raise ValueError(content["schema"])
    return backups


def noted(folder: Path, backups: Sequence[KeptBackup]) -> None:
    """Write the list of a folder anew, whole or not at all."""
    begun = folder / f".{LIST}.{os.getpid()}"
    content = {"schema": _SCHEMA, "backups": [dataclasses.asdict(each) for each in backups]}
    with contextlib.suppress(FileNotFoundError):
        begun.unlink()
    with os.fdopen(os.open(begun, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as opened:
        json.dump(content, opened, ensure_ascii=False, indent=1)
        opened.flush()
        os.fsync(opened.fileno())
    begun.replace(folder / LIST)


def sum_of(file: Path) -> str:
    """Return the SHA-256 of a file, in hexadecimal."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def take_away(folder: Path, some: Sequence[KeptBackup], *, really: bool = True) -> tuple[list[str], list[str]]:
    """Delete backups; return the names of those that went, and of those that are not what was written and so stay.

    `really`: False only looks.
    """
    gone, stays = [], []
    for each in some:
        file = folder / each.file
        if not os.path.lexists(file):
            continue
        if file.is_symlink() or not file.is_file() or sum_of(file) != each.sha256:
            stays.append(each.file)
            continue
        if really:
            file.unlink()
        gone.append(each.file)
    return gone, stays
