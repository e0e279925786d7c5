"""How the processes of these tests are started: copies of one that has loaded everything, within milliseconds.

Each is a process of its own with its own connections, and is killed as one.
"""

from __future__ import annotations

import multiprocessing

STARTING = multiprocessing.get_context("forkserver")
STARTING.set_forkserver_preload(["tests.chaos.working"])
