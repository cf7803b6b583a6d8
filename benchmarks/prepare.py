"""Make one sample and write it as a case folder: `prepare NAME FOLDER SITES ITEMS DEPOTS LANES`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from data.case_writing import write_case
from data.samples import make_sample


def main(name: str, folder: str, *sizes: str) -> None:
    """Write the case and say how large it became."""
    asked = dict(zip(("sites", "items", "depots", "lanes"), map(int, sizes), strict=False))
    case = make_sample(name, **asked)
    write_case(case, Path(folder))
    print(json.dumps({"pairs": len(case.needs), "stock_rows": len(case.stock), "lanes": len(case.lanes)}))


if __name__ == "__main__":
    main(*sys.argv[1:])
