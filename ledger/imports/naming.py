"""Products and people that a file calls by their names: a table made by hand seldom has codes or numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl
from sqlmodel import Session, select

from ledger.catalog import folded
from ledger.imports.lines import Lines
from ledger.tables import Product

PERSON = r"^\p{L}[\p{L} .,'’()-]*$"
WRITTEN_OUT = r"\s|^\p{Lu}\p{Ll}"
GOODS = r"\p{L}{2,}\s+\S|^\p{Lu}?\p{Ll}+$"
MOST = 0.8
"""So large a part of a column says what the column holds; the rest are slips."""


def are_people(cells: pl.Series) -> bool:
    """Whether these are people's names, and no numbers, codes or handles: "Bu Siti", not "C-0012" or "sari_99"."""
    said = cells.drop_nulls().unique()
    return _mostly(said, PERSON) and bool(said.str.contains(WRITTEN_OUT).any())


def are_goods(cells: pl.Series) -> bool:
    """Whether these are names of goods, and no codes: "Kopi Gayo 250", not "KG-250"."""
    return _mostly(cells.drop_nulls().unique(), GOODS)


def _mostly(said: pl.Series, looks: str) -> bool:
    return bool(said.len()) and float(said.str.contains(looks).sum()) >= MOST * said.len()


def by_name(session: Session, lines: Lines) -> tuple[Lines, int]:
    """The lines with the SKU of each product that they call by its name, and how many products those are.

    A code that is in the list is that code. Any other that is the name of exactly one product there, in whatever case
    and with whatever gaps, is that product. What makes a line come in only once stays what the file says, so that a
    product may be renamed between two imports of one file.
    """
    frame = lines.frame
    meant = _meant(session, frame["sku"].drop_nulls().unique().to_list())
    if not meant:
        return lines, 0
    is_named = pl.col("sku").is_in(list(meant))
    line_sku = pl.coalesce("line_sku", "sku") if "line_sku" in frame.columns else pl.col("sku")
    # The name is what it was found by: another spelling of it is no news.
    told = [pl.when(~is_named).then("product_name").alias("product_name")] if "product_name" in frame.columns else []
    frame = frame.with_columns(line_sku.alias("line_sku"), pl.col("sku").replace(meant), *told)
    return replace(lines, frame=frame), len(set(meant.values()))


def _meant(session: Session, said: Sequence[str]) -> Mapping[str, str]:
    """What is said for a product, to its SKU."""
    goods = session.exec(select(Product.sku, Product.name)).all()
    skus = {sku for sku, _ in goods}
    times = Counter(folded(name) for _, name in goods if name)
    named = {folded(name): sku for sku, name in goods if name and times[folded(name)] == 1}
    return {each: named[folded(each)] for each in said if each not in skus and folded(each) in named}
