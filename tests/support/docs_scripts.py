"""Scripts of docs/, which are no package, as modules."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

__all__ = ["ROOT", "loaded"]

ROOT = Path(__file__).resolve().parents[2]


def loaded(path: Path) -> ModuleType:
    """Load a script of docs/ as a module."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    # Where a dataclass looks for the names in its annotations.
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module
