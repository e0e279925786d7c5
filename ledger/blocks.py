"""Many customers at once: by the range of their numbers where these lie close together, otherwise one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, false

from ledger.among import is_among

AT_ONCE = 2_000
"""A statement may have 65,535 parameters on PostgreSQL, 32,766 on SQLite; naming each costs more than it finds."""
CLOSE = 4
"""Where at least every so-manieth number of a range is asked for, the range is read."""


def are(column: Any, numbers: Sequence[int]) -> ColumnElement[bool]:
    """Whether ``column`` is one of these numbers, given in order; others of their range may come along."""
    if not numbers:
        return false()
    found: ColumnElement[bool] = (
        column.between(numbers[0], numbers[-1]) if _are_close(numbers) else column.in_(numbers)
    )
    return found


class Asked:
    """A statement about customers that is asked for every batch: put together once for each way of naming them.

    ``build`` makes it of the condition that ``column`` is one of them.
    """

    def __init__(self, column: Any, build: Callable[[ColumnElement[bool]], Any]) -> None:
        self._by_range = build(column.between(bindparam("first"), bindparam("last")))
        self._by_number = build(is_among(column))

    def of(self, numbers: Sequence[int], **more: Any) -> tuple[Any, dict[str, Any]]:
        """The statement and its parameters, for these numbers given in order; others of their range may come too."""
        if numbers and _are_close(numbers):
            return self._by_range, {"first": numbers[0], "last": numbers[-1], **more}
        return self._by_number, {"numbers": list(numbers), **more}


def _are_close(numbers: Sequence[int]) -> bool:
    return numbers[-1] - numbers[0] < CLOSE * len(numbers)
