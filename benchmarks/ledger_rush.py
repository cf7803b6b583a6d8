"""Many writers at the same lots: what is refused, what is posted, and whether the ledger still holds.

python -m benchmarks.ledger_rush                                       (SQLite in a temporary file, and PostgreSQL)
python -m benchmarks.ledger_rush --writers 32 --attempts 20000
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.ledger_laws import faults_of
from benchmarks.ledger_places import databases
from models.database import writing
from models.days import now_micros
from models.entry import Entry, Line, LotKey, Refusal
from models.ledger import Ledger, create
from models.posting import NegativeOnDay, NotEnoughStock
from models.tables import item, location

__all__ = ["Rushed", "rush", "stocked", "takes"]


@dataclass
class Rushed:
    """What became of the attempts. `answers`: the ids each key was answered with; `worst_seconds`: the longest wait."""

    posted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    errors: Counter[str] = field(default_factory=Counter)
    answers: dict[str, set[int]] = field(default_factory=dict)
    seconds: float = 0.0
    worst_seconds: float = 0.0


def stocked(url: str, *, lots: int, units: int) -> tuple[Ledger, list[LotKey]]:
    """Make a ledger whose depot D1 holds so many units of each of some lots."""
    ledger = create(url, name="rush")
    with writing(ledger.engine) as connection:
        connection.execute(location.insert(), [{"code": f"{each}", "kind": "SITE", "sign": 1} for each in _SITES])
        connection.execute(item.insert(), {"code": "I1", "unit": "piece", "pack_units": 1, "use": "consumable"})
    keys = [LotKey("I1", f"L{number:04}") for number in range(lots)]
    lines = tuple(Line("OPENING", "D1", key, units) for key in keys)
    ledger.post(Entry(key="opening", type="opening", actor="A", occurred_at=0, lines=lines), recorded_at=0)
    return ledger, keys


_SITES = ("D1", *(f"P{number}" for number in range(8)))


def takes(keys: Sequence[LotKey], attempts: int, *, lots_each: int, seed: int = 1) -> list[Entry]:
    """Return documents that each take one unit of some lots, in no order of lots."""
    rng = random.Random(seed)
    return [
        Entry(
            key=f"take-{number}",
            type="issue",
            actor="A",
            occurred_at=now_micros(),
            lines=tuple(Line("D1", "CONSUMED:D1", key, 1) for key in rng.sample(list(keys), lots_each)),
        )
        for number in range(attempts)
    ]


def rush(ledger: Ledger, entries: Sequence[Entry], *, writers: int) -> Rushed:
    """Post documents by so many threads at once, each taking the next that is left."""
    found, left, mutex = Rushed(), iter(entries), threading.Lock()
    began = time.monotonic()

    def write() -> None:
        while True:
            with mutex:
                entry = next(left, None)
            if entry is None:
                return
            _attempt(ledger, entry, found, mutex)

    _in_threads(write, writers)
    found.seconds = time.monotonic() - began
    return found


def _attempt(ledger: Ledger, entry: Entry, found: Rushed, mutex: threading.Lock) -> None:
    began = time.monotonic()
    refusal: Exception | None = None
    number = 0
    try:
        number = ledger.post(entry, recorded_at=now_micros()).id
    except Exception as error:  # noqa: BLE001 - what is no refusal is what this looks for
        refusal = error
    waited = time.monotonic() - began
    with mutex:
        found.worst_seconds = max(found.worst_seconds, waited)
        if refusal is None:
            found.posted += 1
            found.answers.setdefault(entry.key, set()).add(number)
        elif isinstance(refusal, Refusal):
            found.refused[type(refusal).__name__] += 1
        else:
            found.errors[f"{type(refusal).__name__}: {refusal}"] += 1


def _in_threads(work: Callable[[], None], writers: int) -> None:
    threads = [threading.Thread(target=work) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def hot(url: str, *, writers: int, attempts: int) -> tuple[Rushed, list[str]]:
    """Take single units of two lots, of which there are for a quarter of the attempts: the rest must be refused."""
    each = attempts // 8
    ledger, keys = stocked(url, lots=2, units=each)
    found = rush(ledger, takes(keys, attempts, lots_each=1), writers=writers)
    faults = faults_of(ledger.engine)
    if (found.posted, _short(found)) != (2 * each, attempts - 2 * each):
        faults.append(f"refusals: {found.posted} posted, {dict(found.refused)} refused")
    return _closed(ledger, found, faults)


def _short(found: Rushed) -> int:
    """Return how many were refused because too little is there (or was, on the day before, around midnight)."""
    return found.refused[NotEnoughStock.__name__] + found.refused[NegativeOnDay.__name__]


def spread(url: str, *, writers: int, attempts: int) -> tuple[Rushed, list[str]]:
    """Take one unit of each of four lots out of forty: who is refused finds one of them gone, for good."""
    ledger, keys = stocked(url, lots=40, units=attempts // 20)
    entries = takes(keys, attempts, lots_each=4)
    found = rush(ledger, entries, writers=writers)
    faults = faults_of(ledger.engine)
    with ledger.engine.connect() as connection:
        query = "SELECT lot.lot_no FROM balance JOIN lot ON lot.id = balance.lot JOIN location"
        query += " ON location.id = balance.location WHERE location.code = 'D1' AND balance.units = 0"
        gone = set(connection.exec_driver_sql(query).scalars())
    wrongly = [
        entry.key
        for entry in entries
        if entry.key not in found.answers and gone.isdisjoint(line.lot.lot_no for line in entry.lines)
    ]
    faults += [f"refusals: {key} was refused although all of it is there" for key in wrongly]
    if found.posted + _short(found) != attempts:
        faults.append(f"refusals: {dict(found.refused)}")
    return _closed(ledger, found, faults)


def retried(url: str, *, writers: int, submissions: int, keys: int) -> tuple[Rushed, list[str]]:
    """Submit every document eight times over, by all writers at once: each is one document."""
    ledger, lots = stocked(url, lots=40, units=keys)
    entries = takes(lots, keys, lots_each=2) * (submissions // keys)
    random.Random(2).shuffle(entries)
    found = rush(ledger, entries, writers=writers)
    faults = faults_of(ledger.engine)
    with ledger.engine.connect() as connection:
        documents = connection.exec_driver_sql("SELECT count(*) FROM document WHERE type = 'issue'").scalar_one()
    answers = {number for numbers in found.answers.values() for number in numbers}
    if not documents == len(answers) == len(found.answers) == keys:
        faults.append(f"twice: {documents} documents, {len(answers)} answers, {len(found.answers)} keys of {keys}")
    return _closed(ledger, found, faults)


def _closed(ledger: Ledger, found: Rushed, faults: list[str]) -> tuple[Rushed, list[str]]:
    ledger.engine.dispose()
    return found, faults + [f"error: {text} ({number} times)" for text, number in found.errors.items()]


def _run(label: str, url: str, writers: int, attempts: int) -> tuple[Rushed, list[str]]:
    if label == "retried":
        return retried(url, writers=writers, submissions=12_000, keys=1_500)
    return (hot if label == "hot" else spread)(url, writers=writers, attempts=attempts)


def main() -> None:
    """Rush both databases; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ledger_rush", description=__doc__)
    parser.add_argument("--writers", type=int, default=32)
    parser.add_argument("--attempts", type=int, default=20_000)
    asked = parser.parse_args()
    wrong = 0
    print(f"{'database':12}{'rush':10}{'writers':>8}{'posted':>8}{'refused':>9}{'per s':>8}{'worst wait':>12}  faults")
    with tempfile.TemporaryDirectory() as folder:
        for name, new_address in databases(Path(folder)):
            for label in ("hot", "spread", "retried"):
                found, faults = _run(label, new_address(), asked.writers, asked.attempts)
                per_second = (found.posted + found.refused.total()) / found.seconds
                numbers = f"{asked.writers:>8}{found.posted:>8}{found.refused.total():>9}{per_second:>8.0f}"
                print(f"{name:12}{label:10}{numbers}{found.worst_seconds:>10.2f} s  {len(faults)} {faults[:3] or ''}")
                wrong += len(faults)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
