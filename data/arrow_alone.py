"""Let pyarrow work without pandas: a module that is among the first to use pyarrow imports this one.

pyarrow imports pandas as soon as it is handed a list, to see whether it is a series. Nothing here is, and the import
takes a tenth of what a workbook of 20,000 rows takes to read. Where pandas is there already it is left as it is.
"""

from __future__ import annotations

import sys

import pyarrow as pa

__all__: list[str] = []


class _NoPandas:
    """Says of pandas that it is not there, and nothing of other modules."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        """Refuse pandas as if it were not installed."""
        if name == "pandas":
            raise ModuleNotFoundError(name=name)


def _look_for_pandas_once() -> None:
    """Let pyarrow look for pandas, which it does only once, while there is none to be found."""
    if "pandas" in sys.modules:
        return
    none = _NoPandas()
    sys.meta_path.insert(0, none)
    try:
        pa.array([""])
    finally:
        sys.meta_path.remove(none)


_look_for_pandas_once()
