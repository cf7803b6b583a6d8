"""python -m benchmarks.sign_in_timing: whether the time of a refusal to sign in tells who is known.

Through HTTP, kinds in turn, each id used once: one that nobody has, a known person's with a wrong password, one of a
disabled person with the right password, one of a person who has none. Of every pair of kinds is counted how often
one was slower than the other (the area under the curve); nobody can tell them apart where that is near one half.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import httpx
import numpy as np

from models.database import writing
from models.ledger import Ledger, create
from models.passwords import set_password
from models.people import Person, add_person, disable_person
from models.versions import Stamp

__all__ = ["KINDS", "measured", "people_for", "slower_share", "told_apart"]

KINDS = ("nobody", "wrong password", "disabled", "without a password")
RIGHT = "a barrel of alcohol by noon"
_SURE = 3.7
"""Standard deviations from one half at which two kinds are told apart: by chance once in 5,000 pairs."""


def people_for(ledger: Ledger, rounds: int) -> None:
    """Add the people whom the rounds ask for."""
    stamp = Stamp("local", 1)
    with writing(ledger.engine) as connection:
        add_person(connection, Person(id="first", roles=(("administrator", ""),)), stamp)
        stamp = Stamp("first", 1)
        for number in range(rounds):
            for kind in KINDS[1:]:
                id_ = _id(kind, number)
                add_person(connection, Person(id=id_, roles=(("auditor", ""),)), stamp)
                if kind != "without a password":
                    set_password(connection, id_, RIGHT, stamp)
                if kind == "disabled":
                    disable_person(connection, id_, stamp)


def _id(kind: str, number: int) -> str:
    return f"{'abcd'[KINDS.index(kind)]}{number:05}"


def measured(origin: str, rounds: int, *, seed: int = 0) -> Mapping[str, Sequence[float]]:
    """Return the seconds of each refusal, by kind; within a round the kinds come in a drawn order."""
    rng = random.Random(seed)
    seconds: dict[str, list[float]] = {kind: [] for kind in KINDS}
    with httpx.Client(base_url=origin, headers={"origin": origin}, timeout=60) as client:
        client.post("/sign-in", data={"id": "warm", "password": RIGHT})
        for number in range(rounds):
            for kind in rng.sample(KINDS, len(KINDS)):
                typed = RIGHT if kind != "wrong password" else f"{RIGHT} or two"
                began = time.perf_counter()
                answer = client.post("/sign-in", data={"id": _id(kind, number), "password": typed})
                seconds[kind].append(time.perf_counter() - began)
                if answer.status_code != httpx.codes.FORBIDDEN:
                    raise ValueError(f"{kind}: {answer.status_code}")
    return seconds


def slower_share(one: Sequence[float], other: Sequence[float]) -> float:
    """Return how often a drawn time of one is longer than a drawn time of the other.

    >>> slower_share([3, 4], [1, 2]), slower_share([1, 2], [1, 2])
    (1.0, 0.5)
    """
    a, b = np.asarray(one)[:, None], np.asarray(other)[None, :]
    return float(((a > b) + 0.5 * (a == b)).mean())


def told_apart(seconds: Mapping[str, Sequence[float]]) -> list[tuple[str, str, float]]:
    """Return the pairs of kinds that their times tell apart, with the share of one that is slower."""
    found = []
    for one, other in itertools.combinations(seconds, 2):
        n, m = len(seconds[one]), len(seconds[other])
        share = slower_share(seconds[one], seconds[other])
        if abs(share - 0.5) > _SURE * ((n + m + 1) / (12 * n * m)) ** 0.5:
            found.append((one, other, share))
    return found


def main() -> None:
    """Serve a ledger, ask, print the table; end with 1 where anything is told apart."""
    from benchmarks.serving import served

    parser = argparse.ArgumentParser(prog="python -m benchmarks.sign_in_timing", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200, help="how often each kind is asked")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="allocator-sign-in-") as name:
        url = f"sqlite:///{Path(name) / 'ledger.sqlite'}"
        ledger = create(url, name="county")
        people_for(ledger, asked.rounds)
        ledger.engine.dispose()
        with served(url, 1) as server:
            seconds = measured(server.origin, asked.rounds)
    print("| kind | median ms | 95 of 100 ms | slower than nobody's |\n|---|---:|---:|---:|")
    for kind, each in seconds.items():
        median, high = np.percentile(np.asarray(each) * 1000, (50, 95))
        print(f"| {kind} | {median:.1f} | {high:.1f} | {slower_share(each, seconds['nobody']):.3f} |")
    told = told_apart(seconds)
    print(f"{asked.rounds} rounds; told apart: {told or 'none'}")
    sys.exit(1 if told else 0)


if __name__ == "__main__":
    main()
