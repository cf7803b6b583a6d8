"""python -m benchmarks.tampering: five thousand attempts at a ledger, and as much honest work; all told apart.

Each attempt lays a copy of a ledger out, lets one attacker do one kind of tampering with what a head covers that was
kept elsewhere, and audits it: first by itself, then against that head as `audit check --head` does. Where only what
was kept outside tells, the witness is asked too, and the papers that were printed are compared. Each honest change
must pass all of that. The run ends with 1 where anything was missed, or anything honest was called tampering.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import sqlalchemy as sa

from benchmarks.tampered_attacks import ATTACKERS, LAID, Attacker, Lay, bodies
from benchmarks.tampered_hands import past_the_guards
from benchmarks.tampered_honest import WORK, honest_work
from benchmarks.tampered_scene import Scene
from benchmarks.tampered_stage import Stage, memory_stage, server_stage
from benchmarks.tampered_world import State, World, a_world
from models.audit_findings import Fault
from models.checkpoint import VerifierKey

__all__ = ["Outcome", "attempts", "honest", "run_attempts"]


@dataclass
class Outcome:
    """What became of attempts by one attacker in one way.

    `inside`: found by `audit check` alone, by check; `outside`: by a kept head only; `witness`, `papers`: of those,
    found by the witness when it was asked too, and by a printed code; `missed`: what nothing told.
    """

    tried: int = 0
    inside: Counter[str] = field(default_factory=Counter)
    outside: Counter[str] = field(default_factory=Counter)
    witness: int = 0
    papers: int = 0
    missed: list[str] = field(default_factory=list)
    sentences: dict[str, str] = field(default_factory=dict)


Outcomes = dict[tuple[str, str, str], Outcome]
"""By attacker, way and kind."""


def attempts(first: int) -> Iterator[tuple[int, str, str, str, Attacker | Lay]]:
    """Give (seed, attacker, way, kind, who does it) without end: every attacker and kind in turn."""
    all_: list[tuple[str, str, str, Attacker | Lay]] = [
        (each.who, each.way, kind, each) for each in ATTACKERS for kind in each.kinds
    ]
    # Who lays a whole database has one kind each, and is tried as often as somebody with many.
    all_ += [(who, way, way, lay) for who, way, lay in LAID for _ in range(15)]
    # Every so-many-th in turn, so that a few attempts already are of all attackers; 101 divides no such number.
    for seed in itertools.count(first):
        yield seed, *all_[seed * 101 % len(all_)]


def run_attempts(world: World, stage: Stage, many: int, *, first: int = 0, only: str = "") -> Outcomes:
    """Make so many attempts, from a first seed on; return what became of them. `only`: by attackers named so."""
    outcomes: Outcomes = defaultdict(Outcome)
    tried = 0
    for seed, who, way, kind, attacker in attempts(first):
        if tried == many:
            break
        if not who.startswith(only):
            continue
        rng = random.Random(seed)
        kept = rng.choice(world.states)
        if isinstance(attacker, Attacker):
            stage.lay(rng.choice([state for state in world.states if state.size >= kept.size]))
            did = _tamper(stage, attacker, kind, world, kept, rng)
        else:
            did = attacker(stage, world, kept, rng)
        if did is not None:
            tried += 1
            _judge(outcomes[who, way, kind], stage, world, kept, f"seed {seed}: {who}, {way}: {did}")
    return outcomes


def _tamper(stage: Stage, attacker: Attacker, kind: str, world: World, kept: State, rng: random.Random) -> str | None:
    try:
        return _altered(stage, attacker, kind, world, kept, rng)
    except sa.exc.IntegrityError:
        return None  # PostgreSQL's constraints are no triggers: it would not hold such a row


def _altered(stage: Stage, attacker: Attacker, kind: str, world: World, kept: State, rng: random.Random) -> str | None:
    with past_the_guards(stage.ledger.engine) as connection:
        before = bodies(connection)
        other = rng.choice(world.elsewhere).copy
        did = attacker.kinds[kind](Scene(connection, rng, kept.size, other))
        if did is not None:
            attacker.hide(connection, before, world.key)
    return did


def _judge(outcome: Outcome, stage: Stage, world: World, kept: State, said: str) -> None:
    outcome.tried += 1
    try:
        fault = stage.audited()
    except Exception as error:  # noqa: BLE001 - an audit that ends with a traceback names nothing
        outcome.missed.append(f"{said}: {type(error).__name__}: {error}")
        return
    if fault is not None:
        _tell(outcome.inside, outcome, fault)
        return
    fault = stage.compared([("head.txt", kept.note)])
    if fault is None:
        outcome.missed.append(said)
        return
    _tell(outcome.outside, outcome, fault)
    outcome.witness += not stage.witness_signs(world, kept)
    outcome.papers += stage.compared_papers(kept.papers) is not None


def _tell(tally: Counter[str], outcome: Outcome, fault: Fault) -> None:
    tally[fault.check] += 1
    outcome.sentences.setdefault(fault.check, str(fault.sentence))


def honest(world: World, stage: Stage, seeds: Sequence[int]) -> tuple[Counter[str], list[str]]:
    """Do honest work, drawn by each seed; return how often each kind was done, and every false alarm."""
    done: Counter[str] = Counter()
    alarms: list[str] = []
    for seed in seeds:
        rng = random.Random(seed)
        name = list(WORK)[seed % len(WORK)]
        kept = rng.choice(world.states)
        stage.lay(rng.choice([state for state in world.states if state.size >= kept.size]))
        honest_work(name, stage, world, rng)
        done[name] += 1
        notes = [("head.txt", kept.note)]
        notes += [(str(path), path.read_text(encoding="utf-8")) for path in world.heads_until(kept.size)[-3:]]
        fault = stage.audited() or stage.compared(notes) or stage.compared_papers(kept.papers)
        if fault is not None:
            alarms.append(f"seed {seed}: {name}: {fault.check}: {fault.sentence}")
        elif not stage.witness_signs(world, kept):
            alarms.append(f"seed {seed}: {name}: the witness would not sign")
    return done, alarms


def _print(outcomes: Outcomes, where: str) -> int:
    """Print a table by attacker and way, then what was missed; return how many were."""
    ways: dict[tuple[str, str], Outcome] = defaultdict(Outcome)
    for (who, way, _), each in outcomes.items():
        total = ways[who, way]
        total.tried += each.tried
        total.inside += each.inside
        total.outside += each.outside
        total.witness += each.witness
        total.papers += each.papers
        total.missed += each.missed
        total.sentences |= each.sentences
    print(f"\n{where}\n| attacker | way | tried | found by the ledger alone | found by a kept head only | of these the "
          "witness refuses | of these a paper tells | missed |\n|---|---|---:|---:|---:|---:|---:|---:|")  # fmt: skip
    for (who, way), each in ways.items():
        print(f"| {who} | {way} | {each.tried} | {each.inside.total()} | {each.outside.total()} | {each.witness} | "
              f"{each.papers} | {len(each.missed)} |")  # fmt: skip
    tried = sum(each.tried for each in ways.values())
    alone = sum(each.inside.total() for each in ways.values())
    missed = [line for each in ways.values() for line in each.missed]
    print(f"| together | | {tried} | {alone} | {tried - alone - len(missed)} | | | {len(missed)} |")
    print(f"Without heads kept elsewhere {tried - alone} of {tried} would be missed.")
    for line in missed:
        print(f"  MISSED {line}")
    return len(missed)


def _print_kinds(outcomes: Outcomes) -> None:
    print("\n| attacker | kind | tried | found by |\n|---|---|---:|---|")
    kinds: dict[tuple[str, str], Outcome] = defaultdict(Outcome)
    said: dict[str, str] = {}
    for (who, _, kind), each in outcomes.items():
        kinds[who, kind].tried += each.tried
        kinds[who, kind].inside += each.inside + each.outside
        said |= each.sentences
    for (who, kind), each in kinds.items():
        by = ", ".join(f"{check} {many}" for check, many in each.inside.most_common())
        print(f"| {who} | {kind} | {each.tried} | {by} |")
    for check, sentence in sorted(said.items()):
        print(f"  {check}: {sentence}")


def main() -> None:
    """Make the world, tamper as often as is asked, do as much honest work, print the tables."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tampering", description=__doc__.splitlines()[0])
    parser.add_argument("--attempts", type=int, default=5000, help="attempts in SQLite")
    parser.add_argument("--server", type=int, default=400, help="attempts in PostgreSQL")
    parser.add_argument("--honest", type=int, default=5000, help="honest changes in SQLite")
    parser.add_argument("--server-honest", type=int, default=400, help="honest changes in PostgreSQL")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    asked = parser.parse_args()
    # The same heads are checked again and again: each signature is worked out once.
    VerifierKey.holds = lru_cache(200_000)(VerifierKey.holds)  # type: ignore[method-assign]
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="allocator-tampering-", dir=_scratch()) as name:
        world = a_world(Path(name), documents=60, seed=asked.seed)
        parts = (("SQLite", memory_stage, asked.attempts, asked.honest),
                 ("PostgreSQL", server_stage, asked.server, asked.server_honest))  # fmt: skip
        for where, staged, many, works in parts:
            if not many and not works:
                continue
            if where != "SQLite":
                world.states = [*world.states[::8], world.last]  # each is copied into the server once
            with staged(world, Path(name)) as stage:
                began = time.perf_counter()
                outcomes = run_attempts(world, stage, many, first=asked.seed)
                wrong += _print(outcomes, f"{where}: {time.perf_counter() - began:.0f} s")
                _print_kinds(outcomes)
                began = time.perf_counter()
                done, alarms = honest(world, stage, range(asked.seed, asked.seed + works))
                wrong += len(alarms)
                print(f"\n{where}: {done.total()} honest changes in {time.perf_counter() - began:.0f} s, "
                      f"{len(alarms)} false alarms; {dict(done)}", flush=True)  # fmt: skip
                for line in alarms:
                    print(f"  FALSE ALARM {line}")
    sys.exit(1 if wrong else 0)


def _scratch() -> str | None:
    return "/dev/shm" if Path("/dev/shm").is_dir() else None  # noqa: S108 - memory, where there is some


if __name__ == "__main__":
    main()
