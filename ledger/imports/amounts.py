"""Money and quantities written as text, read exactly: whole numbers all the way.

How a column of money is written is decided once for the whole column, never cell by cell:

1. a cell with both marks ("82,500.00", "82.500,00") shows it: the last mark is the decimal one;
2. a mark that stands twice in a cell ("1.234.567") separates thousands;
3. a last mark not followed by exactly three digits ("82500.0", "2,55"), or after a lone 0 or more than three digits
   ("0.001"), is the decimal one;
4. where every mark is followed by exactly three digits ("82.500"), the currency decides: it separates thousands,
   except in currencies that have three decimals.

A cell that does not fit its column is unreadable (null). Where a currency has no decimals and its column was
shown to have them all the same ("82500.0"), a "82.500" in it could be either, and is unreadable too.
"""

from __future__ import annotations

import polars as pl

from ledger.imports.once import once
from ledger.money import minor_digits

EXTRA_DIGITS = 4
"""Kept beyond the minor unit, so that a unit price of £0.001 times 480 is 48 pence."""

SCALE = 10**EXTRA_DIGITS
LARGEST = 9 * 10**18
SYMBOLS = r"(?i)rp\.?|idr|us\$|s\$|rm|myr|sgd|php|usd|gbp|eur|thb|vnd|[$£€₱฿₫]|[\s\u00a0\u202f]|,-$"


def scaled(text: pl.Series, currency: str) -> pl.Series:
    """Amounts in 1/SCALE of the currency's minor unit (Int64), halves up; null where empty or unreadable."""
    return once(text, lambda different: _scaled(different, currency))


def _scaled(text: pl.Series, currency: str) -> pl.Series:
    cells = text.str.replace_all(SYMBOLS, "")
    if cells.str.contains("[.,]").any():
        mark = decimal_mark(cells, minor_digits(currency))
        cells = _in_plain_digits(cells, mark, minor_digits(currency))
    return _whole(cells, minor_digits(currency) + EXTRA_DIGITS)


def minor(amounts: pl.Expr) -> pl.Expr:
    """Scaled amounts in minor units, halves rounded away from zero as a till does."""
    size: pl.Expr = (amounts.abs() + SCALE // 2) // SCALE
    return size * amounts.sign()


def times(price: pl.Expr, quantity: pl.Expr) -> pl.Expr:
    """A scaled unit price times a quantity, scaled; null beyond 64 bits."""
    fits = (price.cast(pl.Float64) * quantity.cast(pl.Float64)).abs() < LARGEST
    return pl.when(fits).then(price * quantity)


def decimal_mark(cells: pl.Series, digits: int) -> str:
    """ "." or ",": the column's decimal mark, by the rules above. ``digits``: the currency's decimals."""
    marks = cells.str.replace_all(r"[^.,]", "")
    both = cells.filter(marks.str.contains(r"\..*,|,.*\."))
    if len(both):
        return str(both.str.extract(r"([.,])[^.,]*$").mode().sort()[-1])
    twice = marks.str.extract(r"^([.,])[.,]").drop_nulls()
    if len(twice):
        return "," if twice[0] == "." else "."
    lone = cells.filter(marks.str.len_chars() == 1)
    decimal = lone.filter(~lone.str.contains(r"^-?[1-9]\d{0,2}[.,]\d{3}$")).str.extract("([.,])").drop_nulls()
    if len(decimal):
        return str(decimal.mode().sort()[-1])
    return "." if digits == 3 or lone.str.contains(",", literal=True).all() else ","


def _in_plain_digits(cells: pl.Series, mark: str, digits: int) -> pl.Series:
    group = "," if mark == "." else "."
    grouped = cells.str.contains(rf"^-?\d{{1,3}}(\{group}\d{{3}})+(\{mark}\d*)?$")
    ungrouped = cells.str.contains(rf"^-?\d+(\{mark}\d*)?$")
    if digits == 0:
        ungrouped &= ~cells.str.contains(rf"^-?[1-9]\d{{0,2}}\{mark}\d{{3}}$")
    plain = cells.str.replace_all(group, "", literal=True).str.replace(mark, ".", literal=True)
    return pl.select(pl.when(grouped | ungrouped).then(plain)).to_series()


def _whole(cells: pl.Series, digits: int) -> pl.Series:
    """Plain decimals as whole numbers of 10^-digits; null for what is none or has over 18 digits."""
    parts = cells.str.extract_groups(r"^(-?)(\d{1,13})(?:\.(\d*))?$").struct.unnest()
    fraction = pl.col("3").fill_null("").str.pad_end(digits + 1, "0").str.slice(0, digits + 1).cast(pl.Int64)
    whole = pl.col("2").cast(pl.Int64)
    magnitude = whole * 10**digits + (fraction + 5) // 10
    signed = pl.when(pl.col("1") == "-").then(-magnitude).otherwise(magnitude)
    return parts.select(pl.when(whole < 10 ** (18 - digits)).then(signed)).to_series().rename(cells.name)


def quantities(text: pl.Expr) -> pl.Expr:
    """Whole quantities ("2", "2.0", "1.000" for a thousand); null where empty or unreadable."""
    grouped = text.str.contains(r"^-?[1-9]\d{0,2}([.,]\d{3})+$")
    plain = pl.when(grouped).then(text.str.replace_all("[.,]", "")).otherwise(text.str.replace("[.,]0{1,2}$", ""))
    return plain.str.extract(r"^(-?\d{1,9})$").cast(pl.Int64)
