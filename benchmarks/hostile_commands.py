"""Every command with values that nobody would type by mistake, in both languages: options, arguments, addresses, files."""

from __future__ import annotations

import argparse
import random
import sys
from collections.abc import Iterator, Sequence

import click

from benchmarks.hostile_tally import Tally, told_though_ended
from benchmarks.hostile_typing import Typed, begin_typing
from benchmarks.hostile_values import hostile, hostile_number, hostile_path, typed
from benchmarks.hostile_watch import watched
from benchmarks.hostile_world import world
from cli import root

__all__ = ["ADDRESSES", "commands", "hostile_commands"]

ADDRESSES = (
    "sqlite:////etc/passwd", "sqlite:////dev/zero", "sqlite:////proc/self/mem", "sqlite:///../../x.sqlite", "sqlite://", "sqlite:", "sqlite:///",
    "sqlite:///.", "sqlite:////", "mysql://root@127.0.0.1/x", "postgresql://127.0.0.1:1/x", "postgresql+psycopg://u:secret@127.0.0.1:1/x",
    "postgresql://u:secret@[::1/x", "postgresql://127.0.0.1:99999999/x", "oracle://x", "file:x?mode=memory", "sqlite:///file:x?uri=true",
    "sqlite:///kept/policy.toml", "sqlite:///kept", "sqlite:///kept/backup", "http://127.0.0.1:1/", "x", "://", "sqlite:///a\x1b[31mb/c", "",
    "sqlite:///x?check_same_thread=hostile", "sqlite:///ledger.sqlite?mode=ro", "postgresql:///x?host=/tmp&port=1", "sqlite:///" + "x" * 5000,
)  # fmt: skip
"""Where a ledger is said to lie."""

_SOUND: dict[str, Sequence[str]] = {
    "site": ("D1", "P1", "P2"), "to": ("P1", "P2", "2020-02-10"), "item": ("MASK", "SUIT", "THERM"), "quantity": ("1", "5"), "units": ("10",),
    "plan": ("{plan}",), "shipment": ("{shipment}",), "lot": ("L1", "S9"), "document": ("1", "8"), "partner": ("S1", "N1"), "order": ("PO-1",),
    "number": ("PO-1", "1", "F-0000000"), "reason": ("ordered", "found", "suspected-fake", "wrong-quantity", "counted-again"), "area": ("421127",),
    "supplier": ("S1",), "id": ("lin", "wu"), "role": ("auditor", "logistics"), "name": ("half-the-stock", "county", "ties", "stick"),
    "names": ("half-the-stock",), "what": ("L1", "1", "1"), "files": ("kept/receipts.xlsx",), "file": ("kept/policy.toml", "kept/backup", "kept/scenario.toml"),
    "case": ("kept/case",), "date": ("2020-02-12", "2026-02-10"), "out": ("new.xlsx", "new.csv", "new.zip", "new"), "owner": ("lin",), "due": ("2099-01-01",),
    "kind": ("receipts", "counts"), "from_file": ("kept/receipts.csv",), "head": ("kept/head",), "budget": ("February",), "by": ("2020-02-20",),
    "scenario": ("half-the-stock",), "state": ("kept/bank",), "secret_file": ("kept/secret",), "evidence": ("seen",), "arrives": ("2020-02-12",),
}  # fmt: skip
"""Values that there are, by the name of the option or argument."""

_ALWAYS_BAD = ("demo", "sample")
"""Commands whose sound numbers ask for minutes of honest work."""

_FEW = ("processes", "draws")
"""Numbers that only say how much of this machine is used."""


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Give every command with its name."""

    def within(made: click.Command, names: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], click.Command]]:
        if not isinstance(made, click.Group):
            yield names, made
            return
        context = click.Context(made)
        for name in made.list_commands(context):
            inner = made.get_command(context, name)
            if inner is not None:
                yield from within(inner, (*names, name))

    yield from within(root, ())


def hostile_commands(seeds: range, known: dict[str, str]) -> Iterator[tuple[str, Typed]]:
    """Give commands, each by its seed: its words and what stands on its standard input. `known`: names that there are."""
    all_of_them = tuple(commands())
    for seed in seeds:
        rng = random.Random(seed)
        names, made = all_of_them[seed % len(all_of_them)]
        words = _words(rng, names, made, known)
        yield f"{seed} {' '.join(names)}", (tuple(words), hostile(rng)[:5000])


def _words(rng: random.Random, names: tuple[str, ...], made: click.Command, known: dict[str, str]) -> list[str]:
    """Return a command: mostly of a sound form with a few values spoilt, sometimes of no form at all."""
    words = ["--lang", rng.choice(("en", "zh")), *names]
    options = [each for each in made.params if isinstance(each, click.Option)]
    due = [each for each in options if each.required or rng.random() < 0.12]
    spoilt = rng.choice((0, 1, 1, 1, 2, 3, 99))
    values: list[str] = []
    places = [each for each in made.params if isinstance(each, click.Argument)]
    bad = set(rng.sample(range(len(due) + len(places)), min(spoilt, len(due) + len(places))))
    for at, each in enumerate((*places, *due)):
        values += _said(rng, names, each, known, is_bad=at in bad)
    if rng.random() < 0.1:
        values.insert(rng.randrange(len(values) + 1), typed(hostile(rng)))
    if rng.random() < 0.05:
        rng.shuffle(values)
    if rng.random() < 0.03:
        words = [typed(hostile(rng)), *words]
    actor = ["--actor", "lin"] if rng.random() < 0.8 else ["--actor", typed(hostile(rng))] if rng.random() < 0.5 else []
    elsewhere = ["--db", typed(rng.choice(ADDRESSES))] if rng.random() < 0.05 else []
    return [*words, *values, *actor, *elsewhere]


def _said(
    rng: random.Random, names: tuple[str, ...], each: click.Parameter, known: dict[str, str], *, is_bad: bool
) -> list[str]:
    """Return an option or argument with a value."""
    before = [rng.choice(each.opts)] if isinstance(each, click.Option) else []
    if isinstance(each, click.Option) and each.is_flag:
        return before
    if each.name in ("db", "lang", "actor"):
        return []
    own = str(each.name)
    if own in _FEW or (names[0] in _ALWAYS_BAD and not is_bad and own != "name"):
        return (
            [*before, rng.choice(("x", "-1", "0", "1e9"))]
            if isinstance(each, click.Option)
            else [rng.choice(_SOUND["name"])]
        )
    if not is_bad:
        return [*before, rng.choice(_SOUND.get(own, ("1", "x"))).format(**known)]
    return [*before, typed(_bad(rng, each))]


def _bad(rng: random.Random, each: click.Parameter) -> str:
    kind = getattr(each.type, "name", "")
    if each.name == "state":
        # Where a witness keeps its key is its own to say, beside the folder too.
        return hostile(rng).lstrip("./~")
    if kind in ("path", "file") or each.name in ("out", "file", "files", "case", "state", "head"):
        return rng.choice((hostile_path, hostile_path, hostile))(rng)
    if kind in ("integer", "integer range", "number", "float range", "float"):
        return rng.choice((hostile_number, hostile_number, hostile))(rng)
    return hostile(rng)


def main(arguments: list[str]) -> int:
    """Type hostile commands; 1 where anything went wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.hostile_commands", description=__doc__.splitlines()[0])
    parser.add_argument("--inputs", type=int, default=1_000)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    asked = parser.parse_args(arguments)
    tally = Tally("commands")
    with told_though_ended(tally), world() as made, watched(begin_typing, str(made.folder)) as work:
        tally.run(work, hostile_commands(range(asked.first, asked.first + asked.inputs), made.known))
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
