"""Dates and times written as text, in the shop's local time, as moments in UTC."""

from __future__ import annotations

import polars as pl

from ledger.imports.once import once

YEAR_FIRST = r"^(?P<y>\d{4})[-/.]?(?P<a>\d{2}|\d)[-/.]?(?P<b>\d{2}|\d)"
YEAR_LAST = r"^(?P<a>\d{1,2})[-/. ](?P<b>\d{1,2})[-/. ](?P<y>\d{4}|\d{2})"
TIME = (
    r"(?:[T, \u00a0\u202f]+(?P<h>\d{1,2})[:.](?P<m>\d{2})(?:[:.](?P<s>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"[ \u00a0\u202f]*(?P<p>[AaPp][Mm])?[ ]*(?P<z>Z|[+-]\d{2}:?\d{2})?$"
)
MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "agu": 8,
    "agt": 8, "ags": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "dec": 12, "des": 12,
}  # fmt: skip


def moments(text: pl.Series, zone: str) -> pl.Series:
    """Datetimes (microseconds, UTC); null where empty, unreadable, or no such day.

    "2026-07-21 10:15", "21/07/2026 10:15:30", "21.07.26 10.15", "20260721", "7/21/2026 3:15 PM", "21 Juli 2026" and
    ISO 8601 with its own offset. Without an offset they are local in ``zone`` (IANA): the earlier of two equal hours
    in autumn, an hour later where spring skips one. Day or month first is decided for the whole column by any
    number above 12, and is day first where nothing shows it. A date without a time is midnight.
    """
    return once(text, lambda different: _moments_of(different, zone))


def _moments_of(text: pl.Series, zone: str) -> pl.Series:
    month_names = [f"(?i)[ -]{short}[a-z]*[ -]" for short in MONTHS]
    cleaned = text.str.replace_all("[\u200e\u200f\t]", "").str.strip_chars()
    for pattern, number in zip(month_names, MONTHS.values(), strict=True):
        cleaned = cleaned.str.replace(pattern, f"/{number}/")
    return _year_first(cleaned, zone).zip_with(cleaned.str.contains(r"^\d{4}"), _year_last(cleaned, zone))


def _year_first(text: pl.Series, zone: str) -> pl.Series:
    parts = text.str.extract_groups(YEAR_FIRST + TIME).struct.unnest()
    return _moments(parts.rename({"a": "month", "b": "day"}), zone)


def _year_last(text: pl.Series, zone: str) -> pl.Series:
    parts = text.str.extract_groups(YEAR_LAST + TIME).struct.unnest()
    first, second = (bool((parts[side].cast(pl.Int64) > 12).any()) for side in "ab")
    month_first = second and not first
    names = {"a": "month", "b": "day"} if month_first else {"a": "day", "b": "month"}
    return _moments(parts.rename(names), zone)


def _moments(parts: pl.DataFrame, zone: str) -> pl.Series:
    year = pl.when(pl.col("y").str.len_chars() == 2).then("20" + pl.col("y")).otherwise("y")
    hour = pl.col("h").fill_null("0").cast(pl.Int64)
    afternoon = pl.col("p").str.to_lowercase()
    hour = pl.when(afternoon == "pm").then(hour % 12 + 12).when(afternoon == "am").then(hour % 12).otherwise(hour)
    two = [part.cast(pl.String).str.zfill(2) for part in (pl.col("month"), pl.col("day"), hour)]
    rest = [pl.col("m").fill_null("00"), pl.col("s").fill_null("00")]
    written = pl.format("{}-{}-{} {}:{}:{}", year, *two, *rest) + "." + pl.col("f").fill_null("0").str.pad_end(6, "0")
    local = written.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", strict=False, time_unit="us")
    return parts.select(local.alias("local"), pl.col("z")).select(_in_utc(zone)).to_series()


def _in_utc(zone: str) -> pl.Expr:
    local, offset = pl.col("local"), pl.col("z").str.replace("Z", "+0000").str.replace(":", "")
    minutes = offset.str.slice(1, 2).cast(pl.Int64) * 60 + offset.str.slice(3, 2).cast(pl.Int64)
    behind = pl.when(offset.str.starts_with("-")).then(-minutes).otherwise(minutes)
    there = _zoned(local, zone).fill_null(_zoned(local.dt.offset_by("1h"), zone))
    own = (local - pl.duration(minutes=behind)).dt.replace_time_zone("UTC")
    return pl.when(offset.is_not_null()).then(own).otherwise(there)


def _zoned(local: pl.Expr, zone: str) -> pl.Expr:
    placed = local.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null")
    return placed.dt.convert_time_zone("UTC")
