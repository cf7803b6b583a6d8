"""The scenes of `make load`: what is sent to a server, and what is found in its ledger afterwards."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.load_asking import Plan, Sent, sent_of
from benchmarks.load_checks import BUSY, CREATED, crowd_faults, laws_faults, lost_faults, p, recovered_after
from benchmarks.load_ground import LOT, PARTNER, PASSWORD, READER, Ground
from benchmarks.serving import Server, free_port, running, served

__all__ = ["PROCESSES", "Run", "crowd", "killed", "mixed", "rate", "reporting", "send", "soak"]

PROCESSES = 2

_KILLED_AFTER = 5.0
_LOOKS_EVERY = 10.0


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run told: figures by name, and what was wrong with it."""

    scene: str
    database: str
    when: str
    load_before: float
    figures: dict[str, Any] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def send(ground: Ground, origins: Sequence[str], phases: Sequence[tuple[float, float]], **more: Any) -> dict[str, Any]:
    """Send documents from a process of their own; return what it tells. `more`: of its plan."""
    plan = Plan(
        origins=list(origins),
        tokens=dict(ground.reporters),
        items=list(ground.items),
        lot=LOT,
        partner=PARTNER,
        phases=list(phases),
        **more,
    )
    with tempfile.TemporaryDirectory() as folder:
        asked, told = Path(folder) / "plan.json", Path(folder) / "told.json"
        asked.write_text(json.dumps(asdict(plan)), encoding="utf-8")
        subprocess.run([sys.executable, "-m", "benchmarks.load_asking", str(asked), str(told)], check=True)
        found: dict[str, Any] = json.loads(told.read_text(encoding="utf-8"))
    return found


def _run(scene: str, ground: Ground, figures: dict[str, Any], faults: list[str], before: float) -> Run:
    database = ground.url.partition(":")[0].partition("+")[0]
    when = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M}"
    return Run(scene=scene, database=database, when=when, load_before=before, figures=figures, faults=faults[:20])


def _figures(sent: Sequence[Sent], seconds: float) -> dict[str, Any]:
    """Return how many were recorded and refused, and how long the recorded ones took."""
    created = [each.seconds for each in sent if each.status == CREATED]
    return {
        "asked": len(sent),
        "created": len(created),
        "busy": sum(each.status == BUSY for each in sent),
        "other": sorted({each.status for each in sent} - {CREATED, BUSY}),
        "each_second": len(created) / seconds,
        "p50": p(created, 50),
        "p95": p(created, 95),
        "p99": p(created, 99),
        "longest": max(created, default=0.0),
        "again": sum(each.tries > 1 for each in sent),
    }


def _shares(told: dict[str, Any], server: Server, before: dict[int, float]) -> dict[str, Any]:
    """Return which share of one core the asking and the serving took."""
    after, seconds = server.cpu_seconds(), told["seconds"]
    took = sum(after.values()) - sum(before.get(pid, 0.0) for pid in after)
    return {"asking_cores": told["cpu_seconds"] / seconds, "serving_cores": took / seconds}


def rate(ground: Ground, *, each_second: float, seconds: float, seed: int) -> Run:
    """Send so many documents a second for so long, after ten seconds in which the server warms up."""
    warm, busy = 10.0, os.getloadavg()[0]
    with served(ground.url, PROCESSES) as server:
        before = server.cpu_seconds()
        told = send(ground, [server.origin], [(each_second / 2, warm), (each_second, seconds)], seed=seed, mark="rate")
        shares = _shares(told, server, before)
    sent = sent_of(told)
    own = [each for each in sent if each.at >= warm]
    faults = lost_faults(ground.url, sent) + laws_faults(ground.url)
    return _run("rate", ground, _figures(own, seconds) | shares | {"offered": each_second}, faults, busy)


def crowd(ground: Ground, *, each_second: float, seconds: float, seed: int, how: str = "") -> Run:
    """Send as many as promised, then twice as many, then as many as before. `how`: a careless server instead."""
    phases = [(each_second, seconds), (2 * each_second, seconds), (each_second, seconds + 10)]
    busy = os.getloadavg()[0]
    with _serving(ground.url, how, free_port()) as server:
        before = server.cpu_seconds()
        told = send(ground, [server.origin], phases, seed=seed, mark=f"crowd{how}")
        shares = _shares(told, server, before)
    sent, begins, ends = sent_of(told), seconds, 2 * seconds
    figures: dict[str, Any] = {"offered": 2 * each_second, "recovered": recovered_after(sent, ends)} | shares
    for name, own, length in (
        ("before", [each for each in sent if each.at < begins], seconds),
        ("crowd", [each for each in sent if begins <= each.at < ends], seconds),
        ("after", [each for each in sent if each.at >= ends], seconds + 10),
    ):
        figures[name] = _figures(own, length)
    refused = [each.seconds for each in sent if each.status == BUSY]
    figures["refused_p99"] = p(refused, 99) if refused else 0.0
    figures["longest"] = max((each.seconds for each in sent), default=0.0)
    faults = crowd_faults(sent, phases) + lost_faults(ground.url, sent) + ([] if how else laws_faults(ground.url))
    return _run(f"crowd {how}".strip(), ground, figures, faults, busy)


@contextlib.contextmanager
def _serving(url: str, how: str, port: str) -> Iterator[Server]:
    """Serve as people do, or carelessly."""
    if not how:
        with served(url, PROCESSES, port=port) as server:
            yield server
        return
    os.environ["ALLOCATOR_DB"] = url
    with running("-m", "benchmarks.careless_server", how, "--port", port, port=port) as server:
        yield server


def killed(ground: Ground, *, each_second: float, seconds: float, seed: int, how: str = "") -> Run:
    """Kill every process of the server while documents come in, and start it anew. `how`: a careless server instead."""
    port, told, busy = free_port(), dict[str, Any](), os.getloadavg()[0]
    origin = f"http://127.0.0.1:{port}"

    def ask() -> None:
        more: dict[str, Any] = {"seed": seed, "again": True, "mark": f"killed{how}"}
        told.update(send(ground, [origin], [(each_second, seconds)], **more))

    asking = threading.Thread(target=ask)
    with _serving(ground.url, how, port) as server:
        asking.start()
        time.sleep(_KILLED_AFTER)
        server.kill()
    with _serving(ground.url, how, port):
        asking.join()
    sent = sent_of(told)
    faults = lost_faults(ground.url, sent) + ([] if how else laws_faults(ground.url))
    figures = _figures(sent, seconds) | {"lost": sum(each.startswith("lost") for each in faults)}
    return _run(f"killed {how}".strip(), ground, figures, faults, busy)


# --- Among others ----------------------------------------------------------------------------------


@contextlib.contextmanager
def _beside(*works: Callable[[threading.Event], None]) -> Iterator[None]:
    """Have others work on threads as long as the block runs; each ends after what it is at."""
    ends = threading.Event()
    threads = [threading.Thread(target=work, args=(ends,)) for work in works]
    for each in threads:
        each.start()
    try:
        yield
    finally:
        ends.set()
        for each in threads:
            each.join()


def _allocating(ground: Ground, done: list[tuple[int, float]]) -> Callable[[threading.Event], None]:
    """Return what allocates the day again and again, as somebody does by command."""

    def work(ends: threading.Event) -> None:
        words = [sys.executable, "-m", "allocator", "--db", ground.url, "--actor", READER, "-q", "allocate"]
        while not ends.is_set():
            began = time.monotonic()
            made = subprocess.run([*words, "--date", ground.date, "--no-workbook"], capture_output=True, check=False)
            done.append((made.returncode, time.monotonic() - began))
            ends.wait(5)

    return work


def _people(server: Server, plan: str, seconds: float, told: dict[str, Any]) -> Callable[[threading.Event], None]:
    """Return what lets 50 people read pages, and report by form now and then."""

    def work(_: threading.Event) -> None:
        words = [sys.executable, "-m", "benchmarks.pages_asking", "people", server.origin, plan, str(seconds)]
        made = subprocess.run([*words, READER, PASSWORD], capture_output=True, text=True, check=False)
        told.update(json.loads(made.stdout) if made.returncode == 0 else {"failed": made.stderr[-500:]})

    return work


def _read_figures(told: dict[str, Any]) -> dict[str, Any]:
    times = [each for _, each in told.get("times", ())]
    figures = {"read": len(times), "read_p50": p(times, 50), "read_p95": p(times, 95), "read_p99": p(times, 99)}
    figures |= {"by_form": told.get("reports", 0), "read_errors": told.get("errors", -1)}
    return figures | {"read_wrong": told.get("wrong", [])[:5], "failed": told.get("failed", "")}


def reporting(ground: Ground, *, seconds: float, each_site: int, seed: int) -> Run:
    """Have every site report within so long, while the day is allocated and 50 people read."""
    allocated, people, busy = list[tuple[int, float]](), dict[str, Any](), os.getloadavg()[0]
    each_second = len(ground.reporters) * each_site / seconds
    with served(ground.url, PROCESSES) as server:
        before = server.cpu_seconds()
        with _beside(_allocating(ground, allocated), _people(server, ground.plan, seconds, people)):
            more: dict[str, Any] = {"seed": seed, "lines": (4, 9), "again": True, "mark": "scene"}
            told = send(ground, [server.origin], [(each_second, seconds)], **more)
        shares = _shares(told, server, before)
    sent = sent_of(told)
    faults = lost_faults(ground.url, sent) + laws_faults(ground.url)
    faults += [f"allocate ended with {status}" for status, _ in allocated if status]
    faults += [f"a form: {each}" for each in _lost_forms(ground.url, people)]
    figures = _figures(sent, seconds) | shares | _read_figures(people)
    figures |= {"sites": len(ground.reporters), "seconds": seconds, "allocations": len(allocated)}
    figures["allocation_seconds"] = p([took for _, took in allocated], 50)
    return _run("reporting", ground, figures, faults, busy)


def _lost_forms(url: str, people: dict[str, Any]) -> list[str]:
    """Return the documents that a form was told were recorded and that are not there."""
    import sqlalchemy as sa

    from models.database import reading
    from models.ledger import open_ledger
    from models.tables import document

    ledger = open_ledger(url)
    with reading(ledger.engine) as connection:
        own = sa.select(document.c.id).where(document.c.actor == READER)
        there = set(connection.execute(own).scalars())
    ledger.engine.dispose()
    return [f"document {number} is not there" for number in people.get("recorded", ()) if number not in there]


def mixed(ground: Ground, *, each_second: float, seconds: float, seed: int) -> Run:
    """Write by HTTP, by commands and by imports of files at once."""
    busy, commands, imports = os.getloadavg()[0], list[tuple[int, str]](), list[tuple[int, list[str]]]()
    with served(ground.url, PROCESSES) as server, tempfile.TemporaryDirectory() as folder:
        works = (_commanding(ground, commands), _importing(ground, Path(folder), imports))
        with _beside(*works):
            told = send(ground, [server.origin], [(each_second, seconds)], seed=seed, again=True, mark="mixed")
    sent = sent_of(told)
    acknowledged = [Sent(0, 0, key, CREATED, None, None, 1) for status, key in commands if status == 0]
    faults = [each for each in lost_faults(ground.url, [*sent, *acknowledged]) if not each.startswith("another")]
    faults += [f"a command ended with {status}" for status, _ in commands if status]
    faults += [f"an import ended with {status}" for status, _ in imports if status]
    faults += laws_faults(ground.url)
    figures = _figures(sent, seconds) | {"commands": len(commands), "imports": len(imports), "offered": each_second}
    figures["rows"] = sum(len(rows) for _, rows in imports)
    return _run("mixed", ground, figures, faults, busy)


def _commanding(ground: Ground, done: list[tuple[int, str]]) -> Callable[[threading.Event], None]:
    def work(ends: threading.Event) -> None:
        sites = sorted(ground.reporters)
        while not ends.is_set():
            n = len(done)
            key = f"command-{os.getpid()}-{n}"
            words = [sys.executable, "-m", "allocator", "--db", ground.url, "--actor", READER, "-q", "issue"]
            more = [sites[n % len(sites)], ground.items[n % len(ground.items)], "1"]
            made = subprocess.run([*words, *more, "--key", key], capture_output=True, check=False)
            done.append((made.returncode, key))

    return work


_ROWS = 500


def _importing(ground: Ground, folder: Path, done: list[tuple[int, list[str]]]) -> Callable[[threading.Event], None]:
    def work(ends: threading.Event) -> None:
        sites = sorted(ground.reporters)
        while not ends.is_set():
            file = folder / f"issues{len(done)}.csv"
            own = [sites[(len(done) * _ROWS + n) % len(sites)] for n in range(_ROWS)]
            with file.open("w", newline="", encoding="utf-8") as text:
                rows = csv.writer(text)
                rows.writerow(("number", "site", "item", "units"))
                item = ground.items[len(done) % len(ground.items)]
                rows.writerows((f"i{len(done)}-{n}", site, item, 1) for n, site in enumerate(own))
            words = [sys.executable, "-m", "allocator", "--db", ground.url, "--actor", READER, "-q", "import"]
            made = subprocess.run([*words, str(file), "--as", "issues"], capture_output=True, check=False)
            done.append((made.returncode, own))

    return work


# --- For a long time -------------------------------------------------------------------------------


def soak(ground: Ground, *, each_second: float, seconds: float, seed: int) -> Run:
    """Send documents and have 50 people read for a long time, with a worker beside; note each process's memory."""
    people, memory, busy = dict[str, Any](), list[tuple[float, dict[int, int]]](), os.getloadavg()[0]
    began = time.monotonic()

    def look(ends: threading.Event) -> None:
        while not ends.wait(_LOOKS_EVERY):
            memory.append((time.monotonic() - began, server.resident_bytes()))

    with served(ground.url, PROCESSES, worker=True) as server:
        before = server.cpu_seconds()
        with _beside(look, _people(server, ground.plan, seconds, people)):
            told = send(ground, [server.origin], [(each_second, seconds)], seed=seed, again=True, mark="soak")
        shares = _shares(told, server, before)
    sent = sent_of(told)
    faults = lost_faults(ground.url, sent) + laws_faults(ground.url)
    figures = _figures(sent, seconds) | shares | _read_figures(people) | {"offered": each_second, "seconds": seconds}
    figures["memory"] = memory
    figures["thirds"] = [
        _figures([each for each in sent if n * seconds / 3 <= each.at < (n + 1) * seconds / 3], seconds / 3)
        for n in range(3)
    ]
    figures["by_minute"] = _by_minute(sent, seconds)
    return _run("soak", ground, figures, faults, busy)


def _by_minute(sent: Sequence[Sent], seconds: float) -> list[tuple[float, float, float]]:
    """Return (seconds since the beginning, p50, p99) of each minute."""
    rows = []
    for n in range(int(seconds // 60)):
        own = [each.seconds for each in sent if n * 60 <= each.at < (n + 1) * 60]
        rows.append((n * 60.0, p(own, 50), p(own, 99)))
    return rows
