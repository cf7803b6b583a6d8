"""Start the command line: `python -m allocator`, or the command `allocator`."""

from __future__ import annotations

import sys
from pathlib import Path


def main() -> None:
    """Put the folders that travel with this package first on the path, and start."""
    # In a wheel they lie in allocator/_app (decision 0001), in a clone beside this package.
    here = Path(__file__).resolve().parent
    private = here / "_app"
    sys.path.insert(0, str(private if private.is_dir() else here.parent))
    from cli import start

    start()


if __name__ == "__main__":
    main()
