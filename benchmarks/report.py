"""Word the measurements as the page docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

__all__ = ["page"]

Found = dict[str, Any]

_HEAD = """# Benchmarks

Written by `make bench` (`python -m benchmarks`); do not edit by hand. `python -m benchmarks --quick`
prints the two smallest sizes in some minutes. Every measurement ran in a process of its own; CPU is user plus system
time of the process and its children, memory its peak. The cases are invented: `allocator sample nation` with 10 items,
10 depots, each place's 3 nearest depots as lanes, a weight limit at three depots, 10 needs at every place.

Beside our plan stand, each measured in the same run on the same case:

- **spreadsheet**: pro rata, as a careful analyst writes it in pandas
  ([spreadsheet.py](../benchmarks/spreadsheet.py)). It reads the same CSV files and writes lines.csv, pairs.csv and
  stops.csv; leftovers are passed on to second and third nearest depots. *Nearest only* stops after the first round.
- **PuLP + CBC**: the straightforward weighted sum of unmet need as one linear programme, 60 s time limit
  ([weighted_lp.py](../benchmarks/weighted_lp.py)); building the model counts, loading PuLP
  does not.
- **HiGHS**: one max-min linear programme on lane variables, a single level and fractional, from a prebuilt matrix
  ([lane_lp.py](../benchmarks/lane_lp.py)); building the matrix does not count. *All pairs* lifts every pair at once
  towards its own top; *first rung only* is where the ladder begins, so its level must equal ours.

Our engine's time is from the tables in memory to the packs in memory: need, every level of every rung with its
prices, whole packs, stops; loading the solvers' libraries does not count. `plan` is the whole command, from
reading to writing every CSV file and the proof, with
`--no-workbook`, for the spreadsheet writes none.
"""


_SERVICE = """
The bound is proved by prices (weak duality, [fewest.py](../benchmarks/fewest.py)): no plan that brings each site the
same packs makes fewer stops per served site, with any engine and however long it searched. Where stocks lie unevenly,
a fair plan's packs cross roads that the spreadsheet's do not, because it leaves those sites with nothing.
"""


def page(found: Found) -> str:
    """Return the whole page in Markdown."""
    parts = [_HEAD, _machine(found["machine"])]
    sizes = found.get("sizes", [])
    if sizes:
        parts += [_costs(sizes), _stages(sizes), _rivals(sizes), _quality(sizes), _service(sizes)]
    if "wide" in found:
        parts.append(_wide(found["wide"]))
    if "county" in found:
        parts.append(_county(found["county"]))
    parts.append(_promises(found))
    return "\n".join(part for part in parts if part)


def _table(title: str, header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    header = list(header)
    lines = ["| " + " | ".join(header) + " |", "|---" + "|---:" * (len(header) - 1) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


def _machine(facts: dict[str, str]) -> str:
    return "\n## Machine and versions\n\n" + "\n".join(f"- {name}: {value}" for name, value in facts.items()) + "\n"


def _number(value: float | None, digits: int = 1, unit: str = "") -> str:
    return "–" if value is None else f"{value:,.{digits}f}{unit}"


def _at(found: Found, *keys: str) -> Any:
    """Return a measured value, None where the measurement is missing or failed."""
    value: Any = found
    for key in keys:
        if not isinstance(value, dict) or value.get(key) is None or value.get("status", 0) != 0:
            return None
        value = value[key]
    return value


def _ratio(over: float | None, under: float | None) -> float | None:
    return None if over is None or not under else over / under


def _cpu(found: Found, name: str) -> float | None:
    value = _at(found, name, "cpu_seconds")
    return None if value is None else float(value)


def _engine_cpu(found: Found) -> float | None:
    value = _at(found, "engine", "says", "packs_cpu_seconds")
    return None if value is None else float(value)


def _costs(sizes: list[Found]) -> str:
    def row(found: Found) -> list[str]:
        sheet, plan = _cpu(found, "spreadsheet"), _cpu(found, "plan")
        return [
            f"{found['sites']:,}",
            f"{found['pairs']:,}",
            _number(plan),
            _number(_engine_cpu(found), 2),
            _number(_at(found, "plan", "peak_mb"), 0),
            _number(_cpu(found, "verify")),
            _number(sheet),
            _number(_at(found, "spreadsheet", "peak_mb"), 0),
            _number(_cpu(found, "nearest")),
            _number(_ratio(plan, sheet), 2, "×"),
            _number(_ratio(plan, _cpu(found, "nearest")), 2, "×"),
        ]

    header = ("sites", "pairs", "plan, CPU s", "engine alone, CPU s", "plan, MB", "verify, CPU s", "spreadsheet, CPU s")
    more = ("spreadsheet, MB", "nearest only, CPU s", "plan ÷ spreadsheet", "plan ÷ nearest only")
    return _table("Cost by size", (*header, *more), map(row, sizes))


def _stages(sizes: list[Found]) -> str:
    """Stages as timings.json names them, at any depth, in seconds."""
    columns = [dict(_flat(_at(found, "plan", "timings") or {})) for found in sizes]
    names = list(dict.fromkeys(name for column in columns for name in column))
    if not names:
        return ""
    rows = [[name, *(_number(column.get(name), 2) for column in columns)] for name in names]
    return _table("Stages of `allocator plan`", ("stage", *(f"{found['sites']:,} sites" for found in sizes)), rows)


def _flat(values: dict[str, Any], before: str = "") -> Iterable[tuple[str, float]]:
    for name, value in values.items():
        if isinstance(value, dict):
            yield from _flat(value, f"{before}{name} ")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield before + name, float(value)


def _rivals(sizes: list[Found]) -> str:
    def row(found: Found) -> list[str]:
        ours, weighted = _engine_cpu(found), _at(found, "weighted", "says", "cpu_seconds")
        lane, first = (_at(found, name, "says", "cpu_seconds") for name in ("lane", "first"))
        first_optimal = _at(found, "first", "says", "optimal")
        return [
            f"{found['sites']:,}",
            _number(ours, 2),
            _finished(weighted, _at(found, "weighted", "says", "optimal")),
            _number(_ratio(weighted, ours), 1, "×"),
            _finished(lane, _at(found, "lane", "says", "optimal")),
            _number(_ratio(lane, ours), 1, "×"),
            _finished(first, first_optimal),
            _number(_at(found, "first", "says", "level") if first_optimal else None, 6),
            _number(_at(found, "engine", "says", "first_fill"), 6),
        ]

    rows = [row(found) for found in sizes if "weighted" in found]
    header = ("sites", "engine, CPU s", "PuLP + CBC, CPU s", "times slower", "HiGHS, all pairs, CPU s", "times slower")
    levels = ("HiGHS, first rung only, CPU s", "its level", "our first level")
    return _table("Against solvers", (*header, *levels), rows) if rows else ""


def _finished(seconds: float | None, optimal: bool | None) -> str:  # noqa: FBT001 - one measured fact
    return _number(seconds) + ("" if optimal or seconds is None else " (time limit)")


def _quality(sizes: list[Found]) -> str:
    rows = []
    for found in sizes:
        for name in ("plan", "spreadsheet", "nearest"):
            tiers = _at(found, name, "quality", "tiers") or {}
            rows += [
                [
                    f"{found['sites']:,} {_WHO[name]}",
                    tier,
                    _number(fill["worst"], 3),
                    _number(fill["p5"], 3),
                    _number(fill["mean"], 3),
                ]
                for tier, fill in tiers.items()
            ]
        weighted = _at(found, "weighted", "says") or {}
        if "worst" in weighted:
            cells = [_number(weighted["worst"], 3), _number(weighted["p5"], 3), "–"]
            rows.append([f"{found['sites']:,} PuLP + CBC (fractional)", "frontline", *cells])
    return _table(
        "Fairness: fill of the ladder's top after delivery",
        ("plan", "tier", "worst-off", "5th percentile", "mean"),
        rows,
    )


_WHO = {"plan": "allocator", "spreadsheet": "spreadsheet", "nearest": "nearest only"}


def _service(sizes: list[Found]) -> str:
    def row(found: Found, name: str) -> list[str]:
        def at(key: str) -> Any:
            return _at(found, name, "quality", key)

        used = at("stock_used")
        return [
            f"{found['sites']:,} {_WHO[name]}",
            _number(None if used is None else 100 * used, 2, " %"),
            _number(at("served"), 0),
            _number(at("stops_per_served"), 3),
            _number(at("fewest_per_served"), 3),
            _number(at("sites_with_nothing"), 0),
        ]

    rows = [row(found, name) for found in sizes for name in ("plan", "spreadsheet", "nearest")]
    bound = "fewest any plan with these packs can make (bound)"
    header = ("plan", "stock used", "sites served", "stops per served site", bound, "wanting sites with nothing")
    return _table("Service", header, rows) + _SERVICE


def _wide(found: Found) -> str:
    row = [
        f"{found['sites']:,} × {found['items']} × {found['depots']}",
        _number(_cpu(found, "plan")),
        _number(_at(found, "plan", "wall_seconds")),
        _number(_engine_cpu(found)),
        _number(_at(found, "plan", "peak_mb"), 0),
        _number(_cpu(found, "verify")),
    ]
    header = (
        "sites × items × depots",
        "plan, CPU s",
        "plan, wall s",
        "engine alone, CPU s",
        "plan, MB",
        "verify, CPU s",
    )
    return _table("Many depots", header, [row])


def _county(found: Found) -> str:
    rows = [
        [name, _number(_at(found, key, "wall_seconds"), 2), _number(_at(found, key, "cpu_seconds"), 2)]
        for name, key in (("`allocator plan`, county of 500 sites × 12 items", "plan"), ("`allocator --help`", "help"))
    ]
    return _table("Whole process, best of three", ("command", "wall s", "CPU s"), rows)


def _promises(found: Found) -> str:
    """Compare with what was promised; a promise whose size was not run is left out."""
    by_sites = {size["sites"]: size for size in found.get("sizes", [])}
    million, hundred, ten = (by_sites.get(n, {}) for n in (1_000_000, 100_000, 10_000))
    wide, county = found.get("wide", {}), found.get("county", {})
    rows = [
        _promise("10^6 sites: plan ÷ spreadsheet, CPU", _ratio(_cpu(million, "plan"), _cpu(million, "spreadsheet")), 5),
        _promise("10^6 sites: peak memory, GB", _thousandth(_at(million, "plan", "peak_mb")), 6),
        _promise("10^6 sites: engine alone, CPU s", _engine_cpu(million), 20),
        _promise("10^5 → 10^6 sites: growth of CPU", _ratio(_cpu(million, "plan"), _cpu(hundred, "plan")), 12),
        _promise("10^6 sites: verify, CPU s", _cpu(million, "verify"), 300),
        _promise("50,000 × 12 × 120 depots: plan, CPU s", _cpu(wide, "plan"), 60),
        _promise(
            "10^4 sites: PuLP + CBC ÷ engine",
            _ratio(_at(ten, "weighted", "says", "cpu_seconds"), _engine_cpu(ten)),
            100,
            least=True,
        ),
        _promise(
            "10^4 sites: HiGHS ÷ engine",
            _ratio(_at(ten, "lane", "says", "cpu_seconds"), _engine_cpu(ten)),
            10,
            least=True,
        ),
        _promise("county: plan, whole process, wall s", _at(county, "plan", "wall_seconds"), 3),
        _promise("`allocator --help`, wall s", _at(county, "help", "wall_seconds"), 0.3),
    ]
    rows += [row for size in by_sites.values() for row in _quality_promises(size)]
    kept = [row for row in rows if row]
    return _table("Promised and measured", ("what", "promised", "measured", ""), kept) if kept else ""


def _quality_promises(size: Found) -> list[list[str]]:
    sites = f"{size['sites']:,} sites"
    used = _at(size, "plan", "quality", "stock_used")
    stops = [_at(size, name, "quality", "stops_per_served") for name in ("plan", "spreadsheet")]
    fewest = _ratio(_at(size, "plan", "quality", "fewest_per_served"), stops[1])
    return [
        _promise(f"{sites}: stock used, %", None if used is None else 100 * used, 99.5, least=True),
        _promise(f"{sites}: stops per served site ÷ spreadsheet's", _ratio(*stops), 1.02, bound=fewest),
    ]


def _thousandth(value: float | None) -> float | None:
    return None if value is None else value / 1000


def _promise(
    what: str, measured: float | None, limit: float, *, least: bool = False, bound: float | None = None
) -> list[str]:
    """Return a row. `bound`: what nobody can go below; it is told where that is more than was promised."""
    if measured is None:
        return []
    kept = measured >= limit if least else measured <= limit
    sign = "≥" if least else "≤"
    verdict = "kept" if kept else "**missed**"
    if not kept and bound is not None and bound > limit:
        verdict += f"; no plan with these packs is below {bound:.3f}"
    return [what, f"{sign} {limit:g}", f"{measured:,.3g}", verdict]
