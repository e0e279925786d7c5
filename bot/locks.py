"""A lock on an open file, which the operating system lets go of when the process ends, however it ends."""

from __future__ import annotations

import os
import sys

BEYOND = 2**30
"""Windows keeps others from reading what is locked: a byte is taken that no file of ours has."""


def hold(handle: int) -> None:
    """Hold it from now on. Raises OSError where another process does, on Linux and macOS BlockingIOError."""
    # What only some systems have is asked for here, so that a command that locks nothing works on all.
    if sys.platform == "win32":
        import msvcrt

        os.lseek(handle, BEYOND, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError as fault:
            raise BlockingIOError(fault.errno, fault.strerror) from fault
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
