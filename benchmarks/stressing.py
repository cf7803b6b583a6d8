"""How much faster many what-ifs are on two processes and on a cluster than one after another, and if they are the same.

python -m benchmarks.stressing                                     (`make bench-stress`; a quarter of an hour)
python -m benchmarks.stressing --draws 64 --sites 200
python -m benchmarks.stressing --out docs/benchmarks-stress.md

The same draws of the stress `county` under what is decided now: in one process, on two processes of this machine,
on a Dask cluster of two workers (`allocator scenario worker`) started before the clock, and broken off half-way and
taken up again.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import hashlib
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from importlib import metadata
from pathlib import Path

from distributed import Client

from allocator.planned_day import PlannedDay
from benchmarks.machine import machine
from commands.stress_steps import digested
from data.case_writing import write_case
from data.coefficients import read_coefficients
from data.planning_files import read_planning
from data.samples import make_sample
from scenarios.ensemble import Engine, Ground, Kept, run_trials
from scenarios.known import stress_files
from scenarios.manifest import digest_of
from scenarios.stress import Trial, trials
from scenarios.stress_reading import read_stress

DRAWS, SITES = 256, 500
PROMISED = {"2 processes": 1.8, "Dask, 2 workers": 1.5}


def main() -> None:
    """Measure; the page goes to stdout, and to a file where one is named."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stressing", description=__doc__.splitlines()[0])
    parser.add_argument("--draws", type=int, default=DRAWS)
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--out", type=Path, help="write the page here too")
    asked = parser.parse_args()
    text = "\n".join(_page(asked.draws, asked.sites)) + "\n"
    print(text)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")


def _page(draws: int, sites: int) -> Iterator[str]:
    yield "# Many what-ifs\n\n`python -m benchmarks.stressing`\n"
    facts = machine() | {name: metadata.version(name) for name in ("joblib", "distributed")}
    yield from (f"- {name}: {fact}" for name, fact in facts.items())
    yield f"- processes that wanted a core when it began: {os.getloadavg()[0]:.1f}\n"
    with tempfile.TemporaryDirectory() as folder:
        ground = _ground(Path(folder), sites)
        stress = dataclasses.replace(read_stress(stress_files()["county"]), levers=())
        drawn = list(trials(stress, draws=draws, seed=1))
        yield f"An invented county of {len(ground.planning.case.sites):,} sites; {len(drawn):,} runs of each engine.\n"
        yield from _measured(Path(folder), ground, drawn)


def _ground(folder: Path, sites: int) -> Ground:
    (folder / "case").mkdir()
    write_case(make_sample("county", sites=sites), folder / "case")
    return digested(PlannedDay(planning=read_planning(folder / "case").planning, coefficients=read_coefficients()))


def _measured(folder: Path, ground: Ground, drawn: Sequence[Trial]) -> Iterator[str]:
    yield "| engine | seconds | times as fast | promised | results (SHA-256) |\n|---|---|---|---|---|"
    alone, digest = _timed(folder / "alone", ground, drawn, Engine())
    yield f"| one process | {alone:.1f} | 1.00 | | {digest[:12]} |"
    two, digest = _timed(folder / "two", ground, drawn, Engine(processes=2))
    yield _row("2 processes", alone / two, two, digest)
    with _cluster() as scheduler:
        on = Engine(on="dask", scheduler=scheduler)
        dask, digest = _timed(folder / "dask", ground, drawn, on)
    yield _row("Dask, 2 workers", alone / dask, dask, digest)
    half = len(drawn) // 2
    begun, _ = _timed(folder / "broken", ground, drawn[:half], Engine(processes=2))
    rest, digest = _timed(folder / "broken", ground, drawn, Engine(processes=2))
    yield f"| 2 processes, taken up half-way | {begun:.1f} + {rest:.1f} | | | {digest[:12]} |"
    yield f"\nThe kept results of the four are the same bytes: {'yes' if _alike(folder) else '**no**'}."


def _timed(folder: Path, ground: Ground, drawn: Sequence[Trial], engine: Engine) -> tuple[float, str]:
    begun = time.perf_counter()
    results = run_trials(ground, drawn, engine, Kept(folder), done=lambda _: None)
    return time.perf_counter() - begun, digest_of(results)


@contextlib.contextmanager
def _cluster() -> Iterator[str]:
    """Start a scheduler and two workers as people do; give its address once both are there."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    dask = ("-m", "distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
    worker = ("-m", "allocator", "scenario", "worker", address, "--processes", "2")
    with contextlib.ExitStack() as ending:
        for words in (dask, worker):
            process = subprocess.Popen([sys.executable, *words], stderr=subprocess.DEVNULL)
            ending.callback(process.wait)
            ending.callback(process.terminate)
            if words is dask:
                _until_it_listens(port)
        with Client(address) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(2, timeout=60)
        yield address


def _until_it_listens(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise SystemExit("the scheduler did not start")


def _row(name: str, times: float, seconds: float, digest: str) -> str:
    promised = PROMISED[name]
    missed = "" if times >= promised else " **missed**"
    return f"| {name} | {seconds:.1f} | {times:.2f}{missed} | {promised} | {digest[:12]} |"


def _alike(folder: Path) -> bool:
    contents = set()
    for name in ("alone", "two", "dask", "broken"):
        content = hashlib.sha256()
        for path in sorted((folder / name).iterdir()):
            content.update(path.name.encode() + path.read_bytes())
        contents.add(content.digest())
    return len(contents) == 1


if __name__ == "__main__":
    main()
