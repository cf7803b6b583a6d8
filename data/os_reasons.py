"""Why the operating system would not read or write something, in the reader's language."""

from __future__ import annotations

import errno

from allocator.sentence import Sentence, say

__all__ = ["reason_of"]

_REASONS = {
    errno.EACCES: say("you are not allowed to"),
    errno.EPERM: say("you are not allowed to"),
    errno.EROFS: say("the place is read-only"),
    errno.ENOSPC: say("the disk is full"),
    errno.ENOENT: say("it is not there"),
    errno.EISDIR: say("it is a folder"),
    errno.ENOTDIR: say("a part of its path is no folder"),
    errno.EEXIST: say("something of that name is there"),
    errno.ENAMETOOLONG: say("the name is too long"),
    errno.EBUSY: say("another program is using it"),
    errno.ENODEV: say("it is a device or a pipe, no file"),
    errno.EFBIG: say("it is too large"),
}


def reason_of(error: OSError) -> Sentence:
    """Return why, as a sentence; in the system's own words where they are rare.

    >>> str(reason_of(PermissionError(errno.EACCES, "Permission denied")))
    'you are not allowed to'
    """
    known = _REASONS.get(error.errno or 0)
    return known or Sentence("{reason}", {"reason": error.strerror or str(error)})
