"""A disk of a few megabytes that can be filled to the byte and made read-only: what faults of disks are tried on.

It is a file system in memory (tmpfs), mounted by root; where this process is not root there is none, and whoever asks
is told so. `ext4()` is one in a file, as disks are: it can fail under whoever has files open on it.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["Disk", "ext4_disk", "fail", "small_disk"]

_FILL = "filled"
_BACK_SECONDS = 5
PAGE_BYTES = 4096


class Disk:
    """A mounted file system. `place`: its folder."""

    def __init__(self, place: Path) -> None:
        self.place = place

    @property
    def free_bytes(self) -> int:
        """How much can still be written."""
        return shutil.disk_usage(self.place).free

    def leave(self, free_bytes: int) -> None:
        """Fill it until so much is left; less is left than was asked for where it is that full already."""
        self.empty()
        with (self.place / _FILL).open("wb", buffering=0) as file:
            left = self.free_bytes - free_bytes
            with contextlib.suppress(OSError):
                while left > 0:
                    left -= file.write(bytes(min(left, 1 << 20)))

    def empty(self) -> None:
        """Take away what filled it, and wait until the system has given its room back."""
        file = self.place / _FILL
        held = file.stat().st_size if file.exists() else 0
        file.unlink(missing_ok=True)
        until = time.monotonic() + _BACK_SECONDS
        while self.free_bytes < held and time.monotonic() < until:
            time.sleep(0.01)

    def clear(self) -> None:
        """Take everything away."""
        for each in self.place.iterdir():
            if each.is_dir():
                shutil.rmtree(each, ignore_errors=True)
            else:
                each.unlink()

    def names(self) -> set[str]:
        """Return what lies in it, but for what fills it."""
        return {str(each.relative_to(self.place)) for each in self.place.rglob("*")} - {_FILL, "lost+found"}

    def read_only(self) -> None:
        """Let nothing be written any more; refused by the system while somebody has a file open to write."""
        _run("mount", "-o", "remount,ro", str(self.place))

    def writable(self) -> None:
        """Let it be written again."""
        _run("mount", "-o", "remount,rw", str(self.place))


@contextlib.contextmanager
def small_disk(folder: Path, mebibytes: int = 8) -> Iterator[Disk | None]:
    """Mount a small file system in `folder`; None where this process may not."""
    place = folder / "disk"
    place.mkdir(parents=True, exist_ok=True)
    if os.geteuid() or not _tried("mount", "-t", "tmpfs", "-o", f"size={mebibytes}m,mode=755", "tmpfs", str(place)):
        yield None
        return
    try:
        yield Disk(place)
    finally:
        _unmount(place)


@contextlib.contextmanager
def ext4_disk(folder: Path, mebibytes: int = 16) -> Iterator[Disk | None]:
    """Mount an ext4 in a file, which becomes read-only at its first error; None where this process may not."""
    place, image = folder / "ext4", folder / "image"
    place.mkdir(parents=True, exist_ok=True)
    with image.open("wb") as file:
        file.truncate(mebibytes << 20)
    may = not os.geteuid() and _tried("mkfs.ext4", "-q", str(image))
    if not may or not _tried("mount", "-o", "loop,errors=remount-ro", str(image), str(place)):
        yield None
        return
    try:
        yield Disk(place)
    finally:
        _unmount(place)


def fail(disk: Disk) -> bool:
    """Let an ext4 meet an error, so that it becomes read-only under whoever writes; False where that cannot be had."""
    device = subprocess.run(["findmnt", "-no", "SOURCE", str(disk.place)], capture_output=True, text=True, check=False)
    trigger = Path("/sys/fs/ext4") / Path(device.stdout.strip()).name / "trigger_fs_error"
    if not trigger.exists():
        return False
    trigger.write_text("fault run", encoding="ascii")
    return True


def _unmount(place: Path) -> None:
    if not _tried("umount", str(place)):
        _tried("umount", "--lazy", str(place))


def _tried(*words: str) -> bool:
    if shutil.which(words[0]) is None:
        return False
    return subprocess.run(words, capture_output=True, check=False).returncode == 0


def _run(*words: str) -> None:
    subprocess.run(words, check=True, capture_output=True)
