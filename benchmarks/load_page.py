"""The page of what the pages and the API bear, written from what was kept of each scene."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from benchmarks.load_checks import NORMAL_SECONDS, RECOVERS_WITHIN, trend_of
from benchmarks.machine import machine, versions_of_databases

__all__ = ["load_page"]

Results = Mapping[str, Mapping[str, Any]]

_HEAD = """# Under load

Written by `python -m benchmarks.load` (`make load`); do not edit by hand. An invented county in a ledger of its own
for each scene, served by `allocator serve --processes 2`; each site has a reporter with a token of their area, each
document an `Idempotency-Key` of its own: use (three of five), counts, receipts, of two to six lines. They are sent by
one process on the same two cores, each at a time drawn beforehand, whatever became of those before it; what a
document took is counted from that time on. Afterwards every 201 must be in the ledger once under its key and number,
nothing that was refused with 503 may be, the laws must hold row by row, and `allocator audit check` must pass.
Promised for the two cores: 250 documents/s, p99 300 ms, nothing lost; at twice as many 503, and p99 as before within
30 s.
"""
_FOUND = """## What limited it, and what is missing

What was taken beside other work says so above by the load before it. What the runs showed was mended:

- Each small question through SQLAlchemy cost ten times what the database takes to answer it, and a document asked a
  dozen, most of them under SQLite's one lock. They are put together once now and asked of the driver: 6.8 ms of CPU a
  document before, 2.6 after, and what is done under the lock is less than half of it. Before, 217 documents/s were
  recorded on the same machine, with half a core idle.
- On PostgreSQL a document is worked out before anything is locked and posted in one round trip; only where that is
  refused is it worked out once more under locks. 41 statements before, each begun anew for every lock more that was
  needed; seven for use, nine for a receipt, 22 for a count after; 12.4 ms of the serving process' CPU before, 2.7 now,
  and 2.5 of the server's.
- Sealing each document by itself took half of all CPU; a thread of each process now seals what came together.
- SQLite looks ever more seldom whether it may write, so one of two serving processes waited for up to 6 s while the
  other wrote; who waits looks every millisecond now.
- Whoever came later waited for all before them; now there are turns (crowd, above), and who is refused is refused
  before anything is read.
- A serving process grew from 367 to 805 MB in half an hour, as each of eight connections filled a cache of 64 MB; all
  but the first keep 8 MB now. One of two was ended after 23 minutes by the one above it, which gave five seconds for an
  answer; it gives a minute now. Memory still grows by 6 to 10 MB a minute in the soak above, and where it ends is not
  known: latency is flat over half an hour, memory is not.
- On PostgreSQL an import of 500 documents beside reports had to begin anew whenever a place was made by both for the
  first time, and ended after 46 s as busy; who makes something lets the import through first now, and 500 documents
  take 15 to 18 s there beside 50 reports a second on a machine with seventeen processes at work.
- Known and left: a token's first use in five minutes is a transaction of its own; on PostgreSQL a lock of an import is
  waited for up to 30 s by those who have a turn, and a count writes each of its tables by itself while it holds its
  locks (a pipeline would make one round trip of five). The server is on the same two cores.
"""
_DATABASES = ("sqlite", "postgresql")


def load_page(results: Results) -> str:
    """Return the page. `results`: what each scene told, by its name and database."""
    parts = (_machine, _rates, _crowds, _kills, _counties, _mixtures, _soaks)
    return "\n".join([_HEAD, *(line for part in parts for line in part(results)), _FOUND])


def _machine(_: Results) -> Iterator[str]:
    facts = machine() | versions_of_databases()
    names = ("processor", "memory", "system", "Python", *versions_of_databases())
    yield from (f"- {name}: {facts[name]}" for name in names)
    yield ""


def _of(results: Results, scene: str) -> Iterator[tuple[str, Mapping[str, Any], Mapping[str, Any]]]:
    """Yield database, run and figures of a scene on each database it was run on."""
    for database in _DATABASES:
        run = results.get(f"{scene} {database}")
        if run is not None:
            yield database, run, run["figures"]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:,.0f}"


def _marked(text: str, *, fine: bool) -> str:
    return text if fine else f"{text} **missed**"


def _when(run: Mapping[str, Any]) -> str:
    return f"{run['when']}, {run['load_before']:.1f}"


def _faults(run: Mapping[str, Any]) -> str:
    faults: list[str] = run["faults"]
    more = f"; {len(faults)} in all" if len(faults) > _FAULTS_SHOWN else ""
    return "; ".join(faults[:_FAULTS_SHOWN]) + more or "none"


_FAULTS_SHOWN = 3


def _rates(results: Results) -> Iterator[str]:
    rows = list(_of(results, "rate"))
    if not rows:
        return
    yield "## As many as promised\n\n`python -m benchmarks.load rate`\n"
    yield (
        "| | offered/s | recorded/s | 503 | p50 ms | p95 ms | p99 ms | longest | cores serving | "
        "cores asking | wrong | when, load before |"
    )
    yield "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|---|"
    for name, run, told in rows:
        kept = _marked(f"{told['each_second']:.0f}", fine=not told["busy"])
        p99 = _marked(_ms(told["p99"]), fine=told["p99"] <= NORMAL_SECONDS)
        yield (
            f"| {name} | {told['offered']:.0f} | {kept} | {told['busy']:,} | "
            f"{_ms(told['p50'])} | {_ms(told['p95'])} | {p99} "
            f"| {_ms(told['longest'])} | {told['serving_cores']:.2f} | {told['asking_cores']:.2f} | {_faults(run)} "
            f"| {_when(run)} |"
        )
    yield "\nPostgreSQL's own processes are not among the cores that serve.\n"


def _crowds(results: Results) -> Iterator[str]:
    rows = [*_of(results, "crowd"), *_of(results, "crowd unbounded")]
    if not rows:
        return
    yield (
        "## Twice as many\n\n`python -m benchmarks.load crowd controls`: as many as promised, then twice "
        "as many, then as before.\n"
    )
    yield (
        "| | before: p99 ms, 503 | twice: offered/s | recorded/s | 503 | p99 of the recorded, of "
        "the refused, ms | longest of all, s | itself again after s | wrong | when, load before |"
    )
    yield "|---|---|---:|---:|---:|---|---:|---:|---|---|"
    for name, run, told in rows:
        crowd, before, after = told["crowd"], told["before"], told["recovered"]
        fine = after is not None and after <= RECOVERS_WITHIN
        again = _marked("–" if after is None else f"{after:.0f}", fine=fine or "unbounded" in run["scene"])
        yield (
            f"| {_who(name, run)} | {_ms(before['p99'])}, {before['busy']:,} | {told['offered']:.0f} "
            f"| {crowd['each_second']:.0f} | {crowd['busy']:,} | {_ms(crowd['p99'])}, {_ms(told['refused_p99'])} "
            f"| {told['longest']:.1f} | {again} | {_faults(run)} | {_when(run)} |"
        )
    yield (
        "\nWho is refused is not asked again here, so that the offer stays what it is. "
        "“Itself again”: for five seconds nobody "
        "is refused and p99 is within 300 ms. A server without limits (control) must be found at fault.\n"
    )


def _who(database: str, run: Mapping[str, Any]) -> str:
    return f"{database}, control: {run['scene'].split()[1]}" if " " in run["scene"] else database


def _kills(results: Results) -> Iterator[str]:
    rows = [row for scene in ("killed", "killed early", "killed drops") for row in _of(results, scene)]
    if not rows:
        return
    yield (
        "## Killed in the middle\n\n`python -m benchmarks.load killed controls`: every serving process "
        "killed (-9) after five seconds and started anew; who hears nothing sends again under the"
        " same key.\n"
    )
    yield "| | documents | sent again | acknowledged | of them lost | wrong | when, load before |"
    yield "|---|---:|---:|---:|---:|---|---|"
    for name, run, told in rows:
        yield (
            f"| {_who(name, run)} | {told['asked']:,} | {told['again']:,} | {told['created']:,} | {told['lost']:,} "
            f"| {_faults(run)} | {_when(run)} |"
        )
    yield (
        "\nControls: `early` answers before it records (half a second), `drops` never records"
        " one in fifty; both must be "
        "found. A kill takes nothing from the system's memory of files: [power "
        "cuts](faults.md) are tried elsewhere.\n"
    )


def _counties(results: Results) -> Iterator[str]:
    for name, run, told in _of(results, "reporting"):
        yield (
            f"## A county reports: {name}\n\n`python -m benchmarks.load reporting`: "
            f"{told['sites']:,} sites send three documents "
            f"of four to nine lines each within {told['seconds']:.0f} s, while `allocator "
            f"allocate` plans the day again and again "
            f"({told['allocations']} times, {told['allocation_seconds']:.1f} s each) and 50 people read pages.\n"
        )
        yield (
            f"- {told['asked']:,} documents, {told['created']:,} recorded, {told['again']:,} of "
            f"them asked more than once; {_times(told)}."
        )
        yield (
            f"- {told['read']:,} pages, p50 {_ms(told['read_p50'])} ms, p95 {_ms(told['read_p95'])} ms, "
            f"p99 {_ms(told['read_p99'])} ms; {told['by_form']} reports by form; refused or "
            f"failed: {told['read_errors']}."
        )
        yield f"- wrong: {_faults(run)}; {_when(run)} processes before it began.\n"


def _times(told: Mapping[str, Any]) -> str:
    return (
        f"p50 {_ms(told['p50'])} ms, p95 {_ms(told['p95'])} ms, p99 {_ms(told['p99'])} ms, longest"
        f" {_ms(told['longest'])} ms"
    )


def _mixtures(results: Results) -> Iterator[str]:
    for name, run, told in _of(results, "mixed"):
        yield (
            f"## Everybody writes: {name}\n\n`python -m benchmarks.load mixed`: HTTP, `allocator "
            f"issue` and `allocator import` at once.\n"
        )
        yield (
            f"- HTTP: {told['offered']:.0f}/s offered, {told['created']:,} of "
            f"{told['asked']:,} recorded, {told['again']:,} asked "
            f"more than once; {_times(told)}."
        )
        yield (
            f"- {told['commands']} commands, {told['imports']} files of 500 documents each "
            f"({told['rows']:,}).\n- wrong: {_faults(run)}; {_when(run)} processes before it "
            f"began.\n"
        )


def _soaks(results: Results) -> Iterator[str]:
    for name, run, told in _of(results, "soak"):
        yield (
            f"## A long time: {name}\n\n`python -m benchmarks.load soak`: "
            f"{told['offered']:.0f} documents/s and 50 people who read for "
            f"{told['seconds'] / 60:.0f} minutes, a worker beside.\n"
        )
        yield (
            f"- {told['asked']:,} documents, {told['created']:,} recorded, {told['again']:,} asked"
            f" more than once; wrong: {_faults(run)}."
        )
        thirds = told["thirds"]
        p50s, p99s = (", ".join(_ms(each[name]) for each in thirds) for name in ("p50", "p99"))
        yield f"- p50 in each third: {p50s} ms; p99: {p99s} ms."
        yield (
            f"- {told['read']:,} pages, p50 {_ms(told['read_p50'])} ms, p95 "
            f"{_ms(told['read_p95'])} ms, refused or failed: {told['read_errors']}; "
            f"{told['by_form']} reports by form."
        )
        if len(told["by_minute"]) < _POINTS_LEAST:
            continue
        times, by_minute, _ = zip(*told["by_minute"], strict=True)
        line = trend_of(times, [each * 1000 for each in by_minute])
        yield f"- p50 by the minute grows by {line.each_hour:+.1f} ± {line.error:.1f} ms an hour.\n"
        yield from _memory(told["memory"])
        yield f"\n{_when(run)} processes before it began; others worked on the machine meanwhile.\n"


_POINTS_LEAST = 9
"""Of fewer points in time no line is told."""


def _memory(told: Sequence[tuple[float, Mapping[str, int]]]) -> Iterator[str]:
    """Yield the memory of each process that was there from beginning to end."""
    yield "| process | first third, MB | last third, MB | in the last third, MB an hour |\n|---|---:|---:|---:|"
    ends = told[-1][0]
    there = [pid for pid in told[0][1] if pid in told[-1][1]]
    for n, pid in enumerate(there):
        rows = [(at, sizes[pid] / 1e6) for at, sizes in told if pid in sizes]
        first = [size for at, size in rows if at < ends / 3]
        last = [(at, size) for at, size in rows if at >= 2 * ends / 3]
        line = trend_of(*zip(*last, strict=True))
        sizes = [size for _, size in last]
        yield (
            f"| {n + 1} | {sum(first) / len(first):.0f} | {sum(sizes) / len(sizes):.0f} | "
            f"{line.each_hour:+.1f} ± {line.error:.1f} |"
        )
