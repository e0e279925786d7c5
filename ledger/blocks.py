"""Many customers at once: by the range of their numbers where these lie close together, otherwise one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, false

AT_ONCE = 2_000
"""A statement may have 65,535 parameters on PostgreSQL, 32,766 on SQLite; naming each costs more than it finds."""
CLOSE = 4
"""Where at least every so-manieth number of a range is asked for, the range is read."""


def are(column: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether ``column`` is one of these numbers, given in order; others of their range may come along."""
    if not numbers:
        return false()
    first, last = numbers[0], numbers[-1]
    is_close = last - first < CLOSE * len(numbers)
    found: ColumnElement[bool] = column.between(first, last) if is_close else column.in_(numbers)
    return found
