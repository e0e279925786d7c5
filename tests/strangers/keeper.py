"""Keeps a server going for as long as the session of tests that wanted it, whatever becomes of that session.

    python keeper.py SESSION LOG COMMAND…

Returns at once. The server ends when the process numbered SESSION does.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

LOOKS_AGAIN_SECONDS = 0.3
PATIENCE_SECONDS = 5


def goes_on(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def keep(session: int, log: Path, command: list[str]) -> None:
    with log.open("wb") as said:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=subprocess.STDOUT)
    while server.poll() is None and goes_on(session):
        time.sleep(LOOKS_AGAIN_SECONDS)
    server.terminate()
    try:
        server.wait(PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


if __name__ == "__main__":
    if not os.fork():
        os.setsid()
        keep(int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:])
