"""Write the known answers of SBA and TSB, from statsforecast, the library of record for them.

statsforecast pins pandas below 3 and weighs half a gigabyte, so it is no dependency of ours. To write the
answers anew, in an environment of its own:

    python3.11 -m venv /tmp/oracle && /tmp/oracle/bin/pip install statsforecast==2.1.1
    /tmp/oracle/bin/python benchmarks/forecast_oracle.py tests/allocator/known_forecasts.json

The series are invented and without gaps, which statsforecast does not know.
"""

from __future__ import annotations

import json
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

SEED = 6
PERIODS = 48
EACH = 6


def invented() -> dict[str, list[float]]:
    """Return series of several kinds by name."""
    draw = np.random.default_rng(SEED)
    kinds: dict[str, Any] = {
        "steady": lambda: draw.poisson(40, PERIODS),
        "intermittent": lambda: draw.poisson(9, PERIODS) * (draw.random(PERIODS) < 0.3),
        "lumpy": lambda: np.round(draw.lognormal(2, 1.2, PERIODS), 2) * (draw.random(PERIODS) < 0.25),
        "late": lambda: draw.poisson(5, PERIODS) * (np.arange(PERIODS) > 30),
        "ended": lambda: draw.poisson(5, PERIODS) * (np.arange(PERIODS) < 20),
    }
    series = {f"{kind} {n}": make().tolist() for kind, make in kinds.items() for n in range(EACH)}
    return series | {"one demand": [0] * 20 + [7] + [0] * 10, "nothing": [0] * 12, "at once": [3]}


def answers(series: dict[str, list[float]]) -> list[dict[str, Any]]:
    """Return what statsforecast forecasts for the next period."""
    from statsforecast.models import TSB, CrostonSBA  # type: ignore[import-not-found]

    sba: Any = CrostonSBA
    tsb: Any = TSB

    def next_level(model: Any, units: list[float]) -> float:
        return float(model.forecast(np.array(units, dtype=np.float64), h=1)["mean"][0])

    return [
        {
            "series": name,
            "units": units,
            "sba": next_level(sba(), units),
            "tsb": {
                f"{alpha},{beta}": next_level(tsb(alpha_d=alpha, alpha_p=beta), units)
                for alpha, beta in ((0.2, 0.2), (0.1, 0.3))
            },
        }
        for name, units in series.items()
    ]


def main(path: str) -> None:
    """Write the file."""
    versions = {name: metadata.version(name) for name in ("statsforecast", "numpy")}
    known = {"made_with": versions, "seed": SEED, "answers": answers(invented())}
    Path(path).write_text(json.dumps(known, separators=(",", ":")).replace('{"series"', '\n{"series"') + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
