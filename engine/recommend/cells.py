"""Cells of sparse tables, asked for by the hundred thousand: each table is gone through once, nothing is sorted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.frames import NONE, IntColumn

FloatColumn = NDArray[np.float64]

CELLS_AT_ONCE = 1_000_000
"""So many places fit beside each other where the processor is quick (4 MB)."""


def pieces(rows: int, width: int) -> list[slice]:
    """``rows`` in slices of about CELLS_AT_ONCE cells, one row at least."""
    step = max(CELLS_AT_ONCE // max(width, 1), 1)
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def read_cells(tables: Sequence[Any], row: IntColumn, column: IntColumn) -> list[FloatColumn]:
    """What each of ``tables`` (CSR of one shape, no cell twice) holds at ``row`` and ``column``, 0 where nothing.

    ``row`` ascending, no cell asked for twice.
    """
    said = [np.zeros(len(row)) for _ in tables]
    height, width = tables[0].shape
    slices = pieces(height, width)
    place = np.full(max((each.stop - each.start for each in slices), default=0) * width, NONE, dtype=np.int32)
    for piece in slices:
        begin, end = np.searchsorted(row, [piece.start, piece.stop])
        asked = (row[begin:end] - piece.start) * width + column[begin:end]
        place[asked] = np.arange(begin, end)
        for table, out in zip(tables, said, strict=True):
            _copied(table, piece, place, out)
        place[asked] = NONE
    return said


def _copied(table: Any, piece: slice, place: NDArray[np.int32], out: FloatColumn) -> None:
    starts = table.indptr[piece.start : piece.stop + 1]
    held = slice(int(starts[0]), int(starts[-1]))
    first = np.arange(piece.stop - piece.start) * table.shape[1]
    to = place[np.repeat(first, np.diff(starts)) + table.indices[held]]
    wanted = np.flatnonzero(to != NONE)
    out[to[wanted]] = table.data[held][wanted]
