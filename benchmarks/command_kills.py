"""kill -9 of commands at work: nothing acknowledged is lost, nothing is half, and typed again the same command works.

python -m benchmarks.command_kills                             (part of `make faults`: 15 kills of each)
python -m benchmarks.command_kills --kills 3
python -m benchmarks.command_kills --careless                  (a command that posts a file row by row: the control)

`import`, `dispatch`, `init` of a new ledger and of one of the first version, `backup`, `restore`, and a worker at an
allocation and at a stress run in a process of their own on a fresh copy of a small county, and are killed at a random
moment of the time they take. Then the ledger must be sound, hold the laws and pass the audit; it must be as before or
as after (of a dispatch, whose notes leave one by one, in between); and the same command must end as it would have. A
server of pages is killed while a program records; what it answered 201 for is there, and once where it was sent twice.
"""

from __future__ import annotations

import argparse
import json
import lzma
import os
import random
import shutil
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from benchmarks.killing import CommandsKilled, forked, in_child, kill, read_rest
from benchmarks.served_kills import servers_killed
from benchmarks.sound_files import unsound
from benchmarks.typed import TRACEBACK, load, typed
from models.checkpoint import Signer
from models.database import open_database, writing
from models.days import now_micros
from models.entry import Entry, Line, LotKey
from models.job_tables import job
from models.jobs import ask_job, jobs_of
from models.ledger import open_ledger
from models.ledger_file import file_is_there
from models.schema import HEAD, version_of

__all__ = ["CASES", "Case", "commands_killed", "ground"]

_OLD = Path(__file__).parents[1] / "tests" / "upgrades" / "ledger_0001.xz"
_KEY = Signer("after")
_ROWS = 400
_LIVES_SECONDS = 2.0

State = dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command that is killed. `words`: given its folder; `between`: it may stop half way, each part whole."""

    name: str
    words: Callable[[Path], Sequence[str]]
    db: str = "county.sqlite"
    needs: tuple[str, ...] = ("county.sqlite", "county.sqlite.key")
    between: bool = False
    work: Callable[[Path], None] | None = None
    before: Callable[[Path], None] | None = None


def _url(folder: Path, name: str = "county.sqlite") -> str:
    return f"sqlite:///{folder / name}"


CASES = (
    Case(name="import", words=lambda folder: ("import", str(folder / "receipts.csv"))),
    Case(name="dispatch", words=lambda folder: ("dispatch", (folder / "plan").read_text("utf-8")), between=True),
    Case(name="backup", words=lambda folder: ("backup", "--out", str(folder / "out.ledger"))),
    Case(name="restore", words=lambda folder: ("restore", str(folder / "backup.ledger")), db="new.sqlite"),
    Case(name="init", words=lambda _: ("init",), db="new.sqlite"),
    Case(name="init of an old one", words=lambda _: ("init",), db="old.sqlite"),
    Case(
        name="worker, allocation", words=lambda _: ("worker", "--once"), before=lambda folder: _ask(folder, "allocate")
    ),
    Case(name="worker, stress", words=lambda _: ("worker", "--once"), before=lambda folder: _ask(folder, "stress")),
)


def _one_by_one(folder: Path) -> None:
    """Take a file in without care: each row by itself."""
    ledger = open_ledger(_url(folder))
    with ledger.engine.connect() as connection:
        lot = LotKey(*connection.exec_driver_sql(_MOST_HELD).one())
    for number in range(_ROWS):
        lines = (Line("OPENING", "DEP01", lot, 1),)
        entry = Entry(key=f"r{number}", type="opening", actor="A", occurred_at=now_micros(), lines=lines)
        ledger.post(entry, recorded_at=now_micros())


_MOST_HELD = """
SELECT item.code, lot.lot_no, lot.expires, lot.owner_fund, lot.earmark
FROM balance JOIN lot ON lot.id = balance.lot JOIN item ON item.id = lot.item
JOIN location ON location.id = balance.location
WHERE location.code = 'DEP01' ORDER BY balance.units DESC LIMIT 1
"""

CARELESS = Case(name="careless import", words=lambda _: (), work=_one_by_one)


# --- What commands are tried on ------------------------------------------------------------------


def ground(folder: Path) -> Path:
    """Make a small county with an approved plan, a file to take in, a backup, and an old ledger; return the folder."""
    place = folder / "ground"
    place.mkdir()
    case, db = str(place / "case"), _url(place)
    sizes = ("--sites", "12", "--items", "3", "--depots", "2", "--seed", "1")
    for words in (("sample", "county", *sizes, "--out", case), ("init",), ("import", case)):
        _done(db, *words)
    plan = str(json.loads(_done(db, "allocate", "--json"))["plan"])
    _done(db, "review", plan)
    _done(db, "approve", plan)
    (place / "plan").write_text(plan, encoding="utf-8")
    rows = "".join(f"DEP01,ABROAD,MASK,{10 + each % 7},R{each:05},ref {each}\n" for each in range(_ROWS))
    (place / "receipts.csv").write_text(f"site,partner,item,units,lot,reference\n{rows}", encoding="utf-8")
    _done(db, "backup", "--out", str(place / "backup.ledger"))
    (place / "old.sqlite").write_bytes(lzma.decompress(_OLD.read_bytes()))
    return place


def _done(db: str, *words: str) -> str:
    answer = typed(*words, db=db)
    if answer.status:
        raise RuntimeError(f"{' '.join(words)}: {answer.said}")
    return answer.out


def _ask(folder: Path, kind: str) -> None:
    """Let a job wait."""
    arguments: dict[str, object] = {}
    if kind == "stress":
        from scenarios.asked import stress_asked
        from scenarios.known import stress_files

        asked = stress_asked(min(stress_files()), "", draws=20)
        arguments = {"stress": asked, "draws": 20, "seed": 1, "sampler": "plain"}
    ledger = open_ledger(_url(folder))
    ask_job(ledger.engine, kind, actor="local", at=now_micros(), arguments=arguments)
    ledger.engine.dispose()


def _laid_out(source: Path, target: Path) -> None:
    for each in source.iterdir():
        if each.is_file():
            shutil.copy2(each, target / each.name)


# --- One kill ------------------------------------------------------------------------------------


def commands_killed(folder: Path, case: Case, source: Path, kills: int, *, seed: int = 1) -> CommandsKilled:
    """Kill one command so often."""
    found, rng = CommandsKilled(), random.Random(f"{case.name} {seed}")
    before, after, seconds, files = _whole(folder, case, source)
    for number in range(kills):
        place = folder / f"{case.name.replace(' ', '-')}-{number}".replace(",", "")
        place.mkdir()
        _laid_out(source, place)
        if case.before:
            in_child(lambda: case.before(place))  # type: ignore[misc] # noqa: B023
        met, acknowledged = _killed(case, place, rng.uniform(0, seconds))
        found.kills, found.met = number + 1, found.met + met
        faults = _look(case, place, before, after, acknowledged=acknowledged)
        faults += _again(case, place, after)
        found.left |= {_kind(name) for name in _files(place) - files}
        found.faults += [f"{case.name} {number}: {fault}" for fault in faults]
        shutil.rmtree(place)
    return found


def _whole(folder: Path, case: Case, source: Path) -> tuple[State, State, float, set[str]]:
    """Run a command undisturbed; return the state before and after, how long it took, and the files that lie there."""
    place = folder / f"whole-{case.name.replace(' ', '-')}".replace(",", "")
    place.mkdir()
    _laid_out(source, place)
    if case.before:
        in_child(lambda: case.before(place))  # type: ignore[misc]
    before, began = _state(case, place), time.monotonic()
    child, pipe = forked(lambda _: _run(case, place))
    _, ended = os.waitpid(child, 0)
    read_rest(pipe)
    seconds = time.monotonic() - began
    if ended:
        raise RuntimeError(f"{case.name} does not work undisturbed: {(place / 'said').read_text('utf-8')[-500:]}")
    return before, _state(case, place), seconds, _files(place)


def _run(case: Case, place: Path) -> None:
    """Run the command in this process, which is its own, and end with its status."""
    said = os.open(place / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.dup2(said, 1)
    os.dup2(said, 2)
    sys.stdout, sys.stderr = open(1, "w", closefd=False), open(2, "w", closefd=False)  # noqa: SIM115
    if case.work is not None:
        try:
            case.work(place)
        except Exception:  # noqa: BLE001 - shown by whoever reads what it said
            traceback.print_exc()
            sys.stderr.flush()
            os._exit(1)
        os._exit(0)
    from cli import root

    os.environ["ALLOCATOR_DB"] = _url(place, case.db)
    try:
        root.main(["--lang", "en", *case.words(place)], prog_name="allocator")
    except SystemExit as end:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(end.code or 0))
    os._exit(0)


def _killed(case: Case, place: Path, seconds: float) -> tuple[bool, bool]:
    """Kill a command after some seconds; say whether it still ran, and whether it had ended with status 0."""
    child, pipe = forked(lambda _: _run(case, place))
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        gone, ended = os.waitpid(child, os.WNOHANG)
        if gone:
            read_rest(pipe)
            return False, ended == 0
        time.sleep(0.002)
    kill(child)
    read_rest(pipe)
    return True, False


def _look(case: Case, place: Path, before: State, after: State, *, acknowledged: bool) -> list[str]:
    """Return what is wrong after a kill."""
    text = (place / "said").read_text("utf-8") if (place / "said").exists() else ""
    faults = [f"a traceback: {text[-300:]}"] if TRACEBACK in text else []
    state = _state(case, place)
    if acknowledged and state != after:
        faults.append(f"lost: it had ended, and {state} is not {after}")
    if not case.between and state not in (before, after):
        faults.append(f"half: {state} is neither {before} nor {after}")
    out = place / "out.ledger"
    if out.exists():
        faults += [f"half backup: {each}" for each in unsound(out)]
    return faults


def _again(case: Case, place: Path, after: State) -> list[str]:
    """Type the same command again, and return what is wrong then."""
    if case.work is not None:
        return []
    done_before = _state(case, place) == after
    in_child(lambda: _lease_over(place))
    answer = typed(*case.words(place), db=_url(place, case.db))
    state, faults = _state(case, place), []
    if answer.status and not (answer.is_told and done_before):
        faults.append(f"again: {answer.status}, {answer.said!r}")
    if state != after:
        faults.append(f"again: {state} is not {after}")
    return faults + unsound(place / case.db)


def _lease_over(place: Path) -> None:
    """Let the time pass for which a worker that died had its job."""
    engine = open_database(_url(place))
    with writing(engine) as connection:
        connection.execute(sa.update(job).where(job.c.state == "running").values(lease_until=0))


def _state(case: Case, place: Path) -> State:
    """Return how many of everything there are, as a process of its own finds them; {} where there is no ledger."""
    return dict(json.loads(in_child(lambda: json.dumps(_counted(_url(place, case.db))))))


_COUNTED = ("document", "move", "plan", "shipment", "item", "location")


def _counted(url: str) -> State:
    if not file_is_there(url):
        return {}
    engine = open_database(url, connections=1)
    with engine.connect() as connection:
        version = version_of(connection)
        if version is None:
            return {}
        names = set(sa.inspect(connection).get_table_names())
        found: State = {"current": int(version == HEAD)}
        for name in sorted(names.intersection(_COUNTED)):
            found[name] = connection.exec_driver_sql(f"SELECT count(*) FROM {name}").scalar_one()  # noqa: S608 - ours
        if version == HEAD:
            found["done"] = sum(each.state == "done" for each in jobs_of(connection, None))
            found["failed"] = sum(each.state == "failed" for each in jobs_of(connection, None))
    return found


def _files(place: Path) -> set[str]:
    logs = ("-wal", "-shm")
    return {each.name for each in place.iterdir() if not each.name.endswith(logs)}


def _kind(name: str) -> str:
    """Return a file's name without what is random in it."""
    return name[:8]


def main() -> None:
    """Kill commands; end with status 1 where anything does not hold."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.command_kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=15)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--careless", action="store_true", help="a command without care: must be caught")
    asked = parser.parse_args()
    load()
    wrong = 0
    print(f"{'command':22}{'kills':>6}{'met':>5}{'seconds':>9}  faults; left behind")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = ground(folder)
        for case in (CARELESS,) if asked.careless else CASES:
            began = time.monotonic()
            found = commands_killed(folder, case, source, asked.kills, seed=asked.seed)
            numbers = f"{found.kills:>6}{found.met:>5}{time.monotonic() - began:>9.0f}"
            left = ", ".join(sorted(found.left)) or "nothing"
            print(f"{case.name:22}{numbers}  {len(found.faults)} {found.faults[:3] or ''}; {left}", flush=True)
            wrong += len(found.faults)
        if not asked.careless:
            found = servers_killed(folder, asked.kills, seed=asked.seed)
            print(f"{'serve':22}{found.kills:>6}{found.met:>5}  {len(found.faults)} {found.faults[:3] or ''}")
            wrong += len(found.faults)
    raise SystemExit(1 if wrong else 0)


if __name__ == "__main__":
    main()
