"""`python -m benchmarks`: measure every size and every rival, print the page of docs/benchmarks.md.

python -m benchmarks --sizes 1000,10000 --only sizes
python -m benchmarks --out docs/benchmarks.md        (make bench; takes the better part of an hour)
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import machine
from benchmarks.measure import ROOT, Measured, run
from benchmarks.report import page

SIZES = (1_000, 10_000, 100_000, 1_000_000)
QUICK_SIZES = (1_000, 10_000)
# Beyond this the rivals would need hours, and more memory than the machine has.
RIVAL_SITES_MAX = 10_000
WEIGHTED_SECONDS, LANE_SECONDS = 60, 300
PARTS = ("sizes", "wide", "county")


def main() -> None:
    """Measure what was asked for; the page goes to stdout or a file, progress to stderr."""
    asked = arguments()
    folder = Path(tempfile.mkdtemp(prefix="allocator-bench-"))
    try:
        found: dict[str, Any] = {"machine": machine()}
        if "sizes" in asked.only:
            found["sizes"] = [measure_size(folder, sites, asked.lane_seconds) for sites in asked.sizes]
        if "wide" in asked.only:
            found["wide"] = measure_plan(folder, "wide", ("nation", "50000", "12", "120", "3"))
        if "county" in asked.only:
            found["county"] = measure_county(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    text = page(found)
    if asked.out:
        asked.out.write_text(text, encoding="utf-8")
    else:
        print(text)


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=sizes_of, default=SIZES, help="numbers of sites, with commas between")
    parser.add_argument("--quick", action="store_true", help="the two smallest sizes and the county")
    parser.add_argument("--only", type=parts_of, default=PARTS, help=f"some of {','.join(PARTS)}")
    parser.add_argument("--lane-seconds", type=int, default=LANE_SECONDS, help="time limit of the lane programme")
    parser.add_argument("--out", type=Path, help="write the page here; a whole run writes docs/benchmarks.md")
    parser.add_argument("--json", type=Path, help="also write every number here")
    asked = parser.parse_args()
    if asked.quick:
        asked.sizes, asked.only = QUICK_SIZES, ("sizes", "county")
    # Only a whole run may replace the page that is kept.
    if asked.out is None and asked.sizes == SIZES and asked.only == PARTS:
        asked.out = ROOT / "docs" / "benchmarks.md"
    return asked


def sizes_of(text: str) -> tuple[int, ...]:
    """Read numbers with commas between them."""
    return tuple(int(part.replace("_", "")) for part in text.split(","))


def parts_of(text: str) -> tuple[str, ...]:
    """Read names of parts with commas between them."""
    parts = tuple(text.split(","))
    if not set(parts) <= set(PARTS):
        raise argparse.ArgumentTypeError(f"choose from {', '.join(PARTS)}")
    return parts


def measure_size(folder: Path, sites: int, lane_seconds: int) -> dict[str, Any]:
    """Measure one size: our plan, its checker, the spreadsheets and, where they can, the solvers."""
    found = measure_plan(folder, f"nation-{sites}", ("nation", str(sites), "10", "10", "3"), keep=True)
    case = folder / f"nation-{sites}"
    for name, rounds in (("spreadsheet", 3), ("nearest", 1)):
        sheet = folder / name
        found[name] = said(name, run("benchmarks.spreadsheet", str(case), str(sheet), str(rounds)))
        if found[name]["status"] == 0:
            found[name]["quality"] = run("benchmarks.quality", str(case), str(sheet)).says
        shutil.rmtree(sheet, ignore_errors=True)
    if sites <= RIVAL_SITES_MAX:
        limit = WEIGHTED_SECONDS + 600
        found["weighted"] = said(
            "PuLP and CBC", run("benchmarks.weighted_lp", str(case), str(WEIGHTED_SECONDS), seconds_max=limit)
        )
        for name, pairs in (("lane", "all"), ("first", "first")):
            limit = lane_seconds + 120
            measured = run("benchmarks.lane_lp", str(case), str(lane_seconds), pairs, seconds_max=limit)
            found[name] = said(f"HiGHS, {pairs} pairs", measured)
    shutil.rmtree(case, ignore_errors=True)
    return found


def measure_plan(folder: Path, name: str, sample: tuple[str, ...], *, keep: bool = False) -> dict[str, Any]:
    """Make a case, plan it by the command line, check the plan, and measure the engine alone."""
    case, plan = folder / name, folder / f"{name}-plan"
    made = run("benchmarks.prepare", sample[0], str(case), *sample[1:])
    if not made.ok:
        sys.exit(f"the case {' '.join(sample)} could not be made:\n{made.message}")
    found: dict[str, Any] = {"sites": int(sample[1]), "items": int(sample[2]), "depots": int(sample[3]), **made.says}
    found["plan"] = said(f"plan {name}", run("allocator", "plan", str(case), "--out", str(plan), "--no-workbook"))
    if found["plan"]["status"] == 0:
        found["plan"]["timings"] = json.loads((plan / "timings.json").read_text(encoding="utf-8"))
        found["plan"]["quality"] = run("benchmarks.quality", str(case), str(plan)).says
        found["verify"] = said("verify", run("allocator", "verify", str(case), str(plan)))
        found["engine"] = said("engine alone", run("benchmarks.engine", str(case)))
    shutil.rmtree(plan, ignore_errors=True)
    if not keep:
        shutil.rmtree(case, ignore_errors=True)
    return found


def measure_county(folder: Path) -> dict[str, Any]:
    """Measure a county from the typed command to the written plan, and --help; the best of three."""
    case = folder / "county"
    run("benchmarks.prepare", "county", str(case), "500", "12", "4", "2")
    plans = [run("allocator", "plan", str(case), "--out", str(folder / f"plan-{n}")) for n in range(3)]
    helps = [run("allocator", "--help") for _ in range(3)]
    return {"plan": said("county", min(plans, key=wall)), "help": said("--help", min(helps, key=wall))}


def wall(measured: Measured) -> float:
    """Wall seconds, to choose the best by."""
    return measured.wall_seconds


def said(name: str, measured: Measured) -> dict[str, Any]:
    """Return a measurement as plain values, and tell on stderr that it is done."""
    cost = f"{measured.cpu_seconds:.1f} s CPU, {measured.peak_mb:,.0f} MB"
    print(
        f"{name}: {cost}" + ("" if measured.ok else f", status {measured.status}: {measured.message}"), file=sys.stderr
    )
    return dict(vars(measured))


if __name__ == "__main__":
    main()
