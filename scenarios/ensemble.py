"""Run many what-ifs: on this process, on processes of this machine, or by the same call on a Dask cluster.

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
from allocator.sentence import Sentence, say
from scenarios.outcomes import MEASURES
from scenarios.running import run_scenario
from scenarios.scenario import Scenario
from scenarios.stress import Trial
from scenarios.writing import toml_of

__all__ = ["ENGINES", "ClusterMissing", "Engine", "Ground", "Kept", "cores", "key_of", "run_trials"]

ENGINES = ("local", "dask")

Result = Mapping[str, Any]
"""What comes of one run: each of `MEASURES`, None where it is no number, and `unmet_share_by_tier`."""

_BATCH_MAX = 4
_WAIT_SECONDS = 30


class ClusterMissing(Exception):
    """There is no cluster to run on; the sentence says why and what helps."""

    def __init__(self, sentence: Sentence) -> None:
        super().__init__(str(sentence))
        self.sentence = sentence


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
        ClusterMissing: the Dask cluster is not there.

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
    import joblib

    payload = pickle.dumps(ground, protocol=pickle.HIGHEST_PROTOCOL)
    with _placed(engine) as processes:
        size = max(1, min(_BATCH_MAX, len(runs) // (4 * max(1, processes))))
        batches = [runs[begin : begin + size] for begin in range(0, len(runs), size)]
        tasks = (joblib.delayed(_run_batch)(ground.digest, payload, batch) for batch in batches)
        found = joblib.Parallel(return_as="generator_unordered", batch_size=1)(tasks)
        yield (each for batch in found for each in batch)


@contextlib.contextmanager
def _placed(engine: Engine) -> Iterator[int]:
    """Set where joblib runs what it is given; yield on how many processes."""
    import joblib

    if engine.on == "local":
        with joblib.parallel_config(backend="loky", n_jobs=engine.processes, inner_max_num_threads=1):
            yield engine.processes
        return
    with _client(engine) as client, joblib.parallel_config(backend="dask", client=client):
        yield max(1, len(client.scheduler_info(n_workers=-1)["workers"]))


@contextlib.contextmanager
def _client(engine: Engine) -> Iterator[Any]:
    try:
        from distributed import Client, LocalCluster
    except ImportError:
        raise ClusterMissing(
            say("Dask is not installed. Install it with: pip install 'supplies-allocator[cluster]'; or run --on local.")
        ) from None
    if engine.scheduler:
        try:
            client = Client(engine.scheduler, timeout=_WAIT_SECONDS)  # type: ignore[no-untyped-call]
            client.wait_for_workers(1, timeout=_WAIT_SECONDS)
        except (OSError, TimeoutError, ValueError):
            raise ClusterMissing(
                say(
                    "No Dask scheduler with workers answers at {address}. Start it, or leave out --scheduler.",
                    address=engine.scheduler,
                )
            ) from None
        with client:
            yield client
        return
    workers = {"n_workers": engine.processes, "threads_per_worker": 1, "dashboard_address": None}
    with (
        LocalCluster(host="127.0.0.1", silence_logs=50, **workers) as cluster,  # type: ignore[no-untyped-call]
        Client(cluster) as client,  # type: ignore[no-untyped-call]
    ):
        yield client


_grounds: dict[str, Ground] = {}


def _run_batch(digest: str, payload: bytes, runs: Sequence[tuple[str, Scenario]]) -> list[tuple[str, Result]]:
    """Run in another process, which unpacks the ground once."""
    if digest not in _grounds:
        _grounds.clear()
        _grounds[digest] = pickle.loads(payload)  # noqa: S301 - it comes from the process that asks
    return [(key, _result(_grounds[digest], scenario)) for key, scenario in runs]


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
