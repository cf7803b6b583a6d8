"""Word what reading a ledger takes as the page docs/benchmarks-ledger-reading.md."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["page"]

_HEAD = """# Reading a grown ledger

Written by `python -m benchmarks.ledger_reading --out docs/benchmarks-ledger-reading.md`; do not edit by hand.
The ledger is invented ([grown_ledger.py](../benchmarks/grown_ledger.py)): ten depots send to sites for a year, and the
sites use what they got. Every line has two signed postings. Times are in milliseconds on one connection, each call with
arguments of its own; beside each stands the bare driver running the very statements that the call had made, and
throwing their rows away.
"""

_PROMISED_MS = {
    "account, as of a day": 5,
    "account, as of a day, known at its end": 5,
    "site of 100 lots, as of a day": 50,
    "lot of 1,000 lines, traced": 50,
    "snapshot of 100,000 site-items": 2_000,
}
_AUDIT_SECONDS = 60


def page(found: dict[str, Any]) -> str:
    """Return the whole page in Markdown."""
    parts = [_HEAD, "\n## Machine\n\n"]
    parts += [f"- {what}: {value}\n" for what, value in found["machine"].items()]
    return "".join([*parts, *(_database(figures) for figures in found["databases"].values())])


def _database(found: dict[str, Any]) -> str:
    size = (
        f"{found['lines']:,} lines ({2 * found['lines']:,} postings) of {found['documents']:,} documents, "
        f"{found['accounts']:,} accounts; written straight into the tables in {found['written_seconds']:.0f} s. "
        f"Load of the machine before the reads, of {os.cpu_count()} cores: {found['load']:.1f}."
    )
    lines = [
        f"\n## {found['version']}\n\n{size}\n\n",
        "| read | p50 | p95 | max | promised p95 | driver p50 | driver p95 | driver max |\n",
        "|---|---:|---:|---:|---:|---:|---:|---:|\n",
    ]
    for what, measured in found.get("reads", {}).items():
        promised = f"{_PROMISED_MS[what]:,}" if what in _PROMISED_MS else ""
        numbers = [*_three(measured["ours"]), promised, *_three(measured["bare"])]
        lines.append(f"| {what} | {' | '.join(numbers)} |\n")
    if "audited_seconds" in found:
        lines.append(_audit(found))
    return "".join(lines)


def _audit(found: dict[str, Any]) -> str:
    return (
        f"\n`audit check` of everything: {found['audited_seconds']:.1f} s (promised: {_AUDIT_SECONDS} s); reading "
        f"every document and line with the bare driver: {found['audited_bare_seconds']:.1f} s. Sealing it all at once: "
        f"{found['sealed_seconds']:.1f} s.\n"
    )


def _three(times: list[float]) -> list[str]:
    ordered = sorted(times)
    return [_ms(ordered[len(ordered) // 2]), _ms(ordered[int(0.95 * (len(ordered) - 1))]), _ms(ordered[-1])]


def _ms(number: float) -> str:
    return f"{number:,.0f}" if number >= 100 else f"{number:.2f}"
