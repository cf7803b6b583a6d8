"""Too little memory and too little time for what decides: a sentence, nothing half, and whoever runs it goes on.

python -m benchmarks.solver_limits                   (`make faults`)
python -m benchmarks.solver_limits --careless        (what a command says of memory is left as Python says it: caught)

`allocate`, `plan`, `shortfall`, `procure`, `scenario run` and `scenario stress` are typed in processes that may take
only so much memory more than they begin with; jobs of the pages are done by a worker under such limits, and under
limits of time. Each must end with what it is for, or with a sentence and the ledger as it was.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.fault_ground import LEDGER, ground, laid_out, laws_broken, state_of, url_of
from benchmarks.typed import child, load, typed
from models.database import reading
from models.days import day_of, now_micros
from models.job_process import Limits, do_next_apart
from models.jobs import ask_job, find_job
from models.ledger import Ledger, open_ledger

__all__ = ["MEBIBYTES", "Limited", "solver_limits"]

MEBIBYTES = (0, 8, 32, 128, 512)
"""How much more memory a process may take than it has when it begins."""

JOB_MEBIBYTES, SECONDS = (64, 256, 2048), (0.05, 0.5)

Words = Callable[[Path, Path], tuple[str, ...]]

_ACTS: dict[str, Words] = {
    "allocate": lambda *_: ("allocate",),
    "plan": lambda base, place: ("plan", str(base / "case"), "--out", str(place / "plan")),
    "shortfall": lambda _, place: ("shortfall", "--out", str(place / "short.xlsx")),
    "procure": lambda _, place: ("procure", "--out", str(place / "orders.xlsx")),
    "scenario run": lambda _, place: ("scenario", "run", "return-to-work", "--out", str(place / "run")),
    "scenario stress": lambda _, place: (
        *("scenario", "stress", "county", "--draws", "2", "--processes", "1", "--out", str(place / "stress")),
    ),
}
_JOBS = ("allocate", "shortfall", "procure")


@dataclass
class Limited:
    """What became of all tries: "done", "refused" with a sentence, "killed" by a signal of the system's own."""

    tries: int = 0
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def solver_limits(
    folder: Path,
    memories: Sequence[int] = MEBIBYTES,
    *,
    of_jobs: Sequence[int] = JOB_MEBIBYTES,
    seconds: Sequence[float] = SECONDS,
    names: Sequence[str] = (),
    careless: bool = False,
) -> Limited:
    """Try commands and jobs under every limit; `names`: only these; `careless`: nobody words what Python says."""
    load()
    base, found = ground(folder), Limited()
    for name, words in _ACTS.items():
        if names and name not in names:
            continue
        for mebibytes in memories:
            _try_command(folder, base, name, words, (mebibytes, careless), found)
    for name in (each for each in _JOBS if not names or each in names):
        limits = [Limits(memory_bytes=each << 20, seconds=100) for each in of_jobs]
        limits += [Limits(memory_bytes=1 << 40, seconds=each) for each in seconds]
        for each in limits:
            _try_job(folder, base, name, each, found)
    return found


def _taken() -> int:
    """Return the addresses that this process has taken, in bytes."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    return pages * resource.getpagesize()


def _laid(folder: Path, base: Path) -> Path:
    place = Path(tempfile.mkdtemp(dir=folder))
    laid_out(base, place)
    return place


def _try_command(folder: Path, base: Path, name: str, words: Words, how: tuple[int, bool], found: Limited) -> None:
    place = _laid(folder, base)
    before, (mebibytes, careless) = state_of(place / LEDGER), how

    def limit() -> None:
        if careless:
            from models import machine_faults

            vars(machine_faults)["MemoryError"] = vars(machine_faults)["ImportError"] = KeyError
        resource.setrlimit(resource.RLIMIT_AS, (_taken() + (mebibytes << 20), resource.RLIM_INFINITY))

    answer = typed(*words(base, place), db=url_of(place), patch=limit)
    outcome = "done" if answer.status in (0, 3) else "refused" if answer.status > 0 else "killed"
    found.tries += 1
    found.outcomes[name, outcome] += 1
    where = f"{name}, {mebibytes} MiB more"
    if not answer.is_told:
        found.faults.append(f"{where}: told badly ({answer.status}): {answer.said}")
    left = {each.name for each in place.iterdir() if each.name != LEDGER and not each.name.startswith(f"{LEDGER}.")}
    if outcome != "done" and left - {f"{LEDGER}-wal", f"{LEDGER}-shm"}:
        found.faults.append(f"{where}: half: {sorted(left)} lies there")
    _look(place, before, outcome, where, found)


def _try_job(folder: Path, base: Path, name: str, limits: Limits, found: Limited) -> None:
    place = _laid(folder, base)
    before = state_of(place / LEDGER)
    where = f"job {name}, {limits.memory_bytes >> 20:,} MiB, {limits.seconds} s"

    def work() -> int:
        ledger = open_ledger(url_of(place))
        says = _done(ledger, name, limits)
        print(says)
        return 0

    answer = child(work)
    outcome, _, says = answer.out.strip().partition(" ")
    found.tries += 1
    found.outcomes[f"job {name}", outcome or "killed"] += 1
    if answer.status or (outcome == "failed" and len(says) < len("Ask for less at once")):
        found.faults.append(f"{where}: told badly ({answer.status}): {answer.said}")
    _look(place, before, outcome, where, found)


def _done(ledger: Ledger, name: str, limits: Limits) -> str:
    """Have a worker do a job; return how it stands and what it says."""
    from data import job_kinds

    day = day_of(now_micros(), ledger.zone).isoformat()
    asked = (
        {"day": day, "weeks": 2, "rule": "msupply", "months": [2, 4], "critical": []}
        if name == "procure"
        else {"day": day}
    )
    id_ = ask_job(ledger.engine, name, actor="local", at=now_micros(), arguments=asked)
    do_next_apart(ledger, job_kinds.JOBS, now_micros, limits, gone=lambda: False)
    with reading(ledger.engine) as connection:
        job = find_job(connection, id_)
    return "lost" if job is None else f"{job.state} {' '.join(str(each) for each in job.says)}"


def _look(place: Path, before: object, outcome: str, where: str, found: Limited) -> None:
    """Note what of the ledger is not as it was where nothing was done, and which laws do not hold."""
    after = state_of(place / LEDGER)
    if outcome != "done" and after != before:
        found.faults.append(f"{where}: half: the ledger is not as it was")
    found.faults += [f"{where}: {fault}" for fault in laws_broken(url_of(place))]


def main() -> None:
    """Limit memory and time; end with status 1 where anything is told badly or half done."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.solver_limits", description=__doc__)
    parser.add_argument("--mebibytes", type=int, nargs="*", default=MEBIBYTES)
    parser.add_argument("--careless", action="store_true", help="nobody words what Python says: must be caught")
    asked = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        found = solver_limits(Path(folder), asked.mebibytes, careless=asked.careless)
    for name in sorted({name for name, _ in found.outcomes}):
        print(f"{name:18}", *(f"{count} {what}" for (which, what), count in found.outcomes.items() if which == name))
    print(f"{found.tries} tries, {time.monotonic() - began:.0f} s")
    print(f"{len(found.faults)} faults", *found.faults[:20], sep="\n  ")
    raise SystemExit(1 if found.faults else 0)


if __name__ == "__main__":
    main()
