"""Run many what-ifs: on this process, on processes of this machine, or on a Dask cluster.

Every run is a pure function of the ground and its scenario, so its result is kept by a key made from both: a run
that was broken off goes on where it stood, and every engine gives the same numbers.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from allocator.activity import Coefficients
from allocator.planning import PlanningCase
from scenarios.cluster import ClusterMissing, cluster, done_on
from scenarios.outcomes import MEASURES
from scenarios.running import run_scenario
from scenarios.scenario import Scenario
from scenarios.stress import Trial
from scenarios.writing import toml_of

__all__ = ["ENGINES", "ClusterMissing", "Engine", "Ground", "Kept", "cores", "key_of", "run_batch", "run_trials"]

ENGINES = ("local", "dask")

Result = Mapping[str, Any]
"""What comes of one run: each of `MEASURES`, None where it is no number, and `unmet_share_by_tier`."""

_BATCH_MAX = 4


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """What every run starts from. `digest`: SHA-256 of everything in it, in hexadecimal."""

    planning: PlanningCase
    coefficients: Coefficients
    posture: str = "standard"
    digest: str


@dataclass(frozen=True, kw_only=True)
class Engine:
    """Where runs are made. `on`: one of `ENGINES`; `processes`: of this machine, 1 for none beside this one.

    `scheduler`: address of a Dask scheduler; "" starts one with as many workers as `processes` and ends it.
    """

    on: str = "local"
    processes: int = 1
    scheduler: str = ""


@dataclass(frozen=True)
class Kept:
    """A folder in which results are kept by their keys, each whole or not at all."""

    folder: Path

    def __contains__(self, key: str) -> bool:
        return self._path(key).is_file()

    def result(self, key: str) -> Result:
        """Return what was kept."""
        kept: Result = json.loads(self._path(key).read_text(encoding="utf-8"))
        return kept

    def keep(self, key: str, result: Result) -> None:
        """Keep a result."""
        self.folder.mkdir(parents=True, exist_ok=True)
        begun = self._path(key).with_suffix(".part")
        begun.write_text(json.dumps(result, sort_keys=True), encoding="utf-8")
        begun.replace(self._path(key))

    def _path(self, key: str) -> Path:
        return self.folder / f"{key}.json"


def key_of(ground: Ground, scenario: Scenario) -> str:
    """Return the key of a run: SHA-256 over the ground's digest and the scenario as it is written."""
    return hashlib.sha256(f"{ground.digest}\n{toml_of(scenario)}".encode()).hexdigest()


def run_trials(
    ground: Ground, trials: Sequence[Trial], engine: Engine, kept: Kept, *, done: Callable[[int], None]
) -> list[Result]:
    """Return what comes of each trial, in their order; what is kept already is not run again.

    `done` is called with how many are there, at first and after each that is added. Broken off by
    KeyboardInterrupt, everything that had come is kept.

    Raises:
        ClusterMissing: the Dask cluster is not there, or cannot give the same numbers.

    """
    keys = [key_of(ground, each.scenario) for each in trials]
    missing = {key: each.scenario for key, each in zip(keys, trials, strict=True) if key not in kept}
    there = len(set(keys)) - len(missing)
    done(there)
    with _results(ground, list(missing.items()), engine) as results:
        for key, result in results:
            kept.keep(key, result)
            there += 1
            done(there)
    return [kept.result(key) for key in keys]


@contextlib.contextmanager
def _results(
    ground: Ground, runs: Sequence[tuple[str, Scenario]], engine: Engine
) -> Iterator[Iterator[tuple[str, Result]]]:
    """Yield an iterator over results as they come, in any order."""
    if not runs or (engine.on == "local" and engine.processes == 1):
        yield ((key, _result(ground, scenario)) for key, scenario in runs)
        return
    payload = pickle.dumps(ground, protocol=pickle.HIGHEST_PROTOCOL)
    if engine.on == "dask":
        with cluster(engine.scheduler, engine.processes) as client:
            workers = max(1, len(client.scheduler_info(n_workers=-1)["workers"]))
            yield done_on(client, payload, _batches(runs, workers))
        return
    import joblib

    tasks = (
        joblib.delayed(run_batch)(payload, pickle.dumps(batch, protocol=pickle.HIGHEST_PROTOCOL))
        for batch in _batches(runs, engine.processes)
    )
    with joblib.parallel_config(backend="loky", n_jobs=engine.processes, inner_max_num_threads=1):
        found = joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
        yield (each for batch in found for each in batch)


def _batches(runs: Sequence[tuple[str, Scenario]], processes: int) -> list[Sequence[tuple[str, Scenario]]]:
    size = max(1, min(_BATCH_MAX, len(runs) // (4 * processes)))
    return [runs[begin : begin + size] for begin in range(0, len(runs), size)]


_unpacked: dict[bytes, Ground] = {}


def run_batch(payload: bytes, runs: bytes) -> list[tuple[str, Result]]:
    """Run, in another process, packed runs of a packed ground, which is unpacked there once."""
    digest = hashlib.sha256(payload).digest()
    if digest not in _unpacked:
        _unpacked.clear()
        _unpacked[digest] = pickle.loads(payload)  # noqa: S301 - it comes from the process that asks
    ground = _unpacked[digest]
    return [(key, _result(ground, scenario)) for key, scenario in pickle.loads(runs)]  # noqa: S301 - the same


def _result(ground: Ground, scenario: Scenario) -> Result:
    outcomes = run_scenario(ground.planning, scenario, ground.coefficients, posture=ground.posture).outcomes
    numbers = {name: float(getattr(outcomes, name)) for name in MEASURES}
    return {
        **{name: None if math.isnan(number) else number for name, number in numbers.items()},
        "unmet_share_by_tier": {tier: float(share) for tier, share in outcomes.by_tier.items()},
    }


def cores() -> int:
    """Return how many processes this machine can run at once."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
