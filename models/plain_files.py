"""Files that are files: what is read may be no device that never ends, and no pipe that nobody writes to."""

from __future__ import annotations

import errno
import stat
from pathlib import Path

__all__ = ["read_within", "refuse_devices"]


def refuse_devices(path: Path) -> int:
    """Return how many bytes a file has, 0 of a folder.

    Raises:
        OSError: it is not there, or a device, a pipe or a socket (ENODEV).

    """
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        return 0
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.ENODEV, "it is a device or a pipe, no file", str(path))
    return found.st_size


def read_within(path: Path, most: int) -> bytes:
    """Return all of a file.

    Raises:
        OSError: as `refuse_devices`; it has more bytes than may be (EFBIG), also where it grew meanwhile.

    """
    refuse_devices(path)
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(errno.EFBIG, "it is too large", str(path))
    return content
