"""Loaded by every interpreter that the tests start: puts the guard up."""

import loopback_guard  # noqa: F401
