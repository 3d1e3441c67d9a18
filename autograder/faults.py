"""Faults of the machine, in a sentence that says what helps."""

from __future__ import annotations

import errno

FULL = (errno.ENOSPC, errno.EDQUOT)
NOT_WRITABLE = (errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO)


def advice(error: OSError) -> str:
    """What helps if something cannot be written; empty if that is not the fault."""
    if error.errno in FULL:
        return "Make room on this disk"
    return "Make the folder writable for you" if error.errno in NOT_WRITABLE else ""


def in_words(error: OSError) -> str:
    """An error of the system for whoever gave a command."""
    if error.strerror is None:  # a sentence of our own
        return str(error)
    name = error.filename if error.filename2 is None else error.filename2
    where = f"{name}: " if name else ""
    helps = f". {advice(error)}, then run the same command again" if advice(error) else ""
    return f"{where}{error.strerror}{helps}"
