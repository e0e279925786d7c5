"""The same text means the same everywhere in a column, so each different text is read only once."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl


def once(text: pl.Series, read: Callable[[pl.Series], pl.Series]) -> pl.Series:
    """``read`` of every cell, done for the different ones: as long and in the same order as ``text``."""
    different = text.unique().rename("text")
    meanings = pl.DataFrame([different, read(different).rename("meaning")])
    joined = text.to_frame("text").join(meanings, on="text", how="left", maintain_order="left")
    return joined["meaning"].rename(text.name)
