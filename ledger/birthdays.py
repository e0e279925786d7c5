"""Birthdays as people and files write them, kept as month and day: nobody needs the year. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date

MONTHS = {
    "jan": 1, "feb": 2, "peb": 2, "mar": 3, "apr": 4, "may": 5, "mei": 5, "jun": 6, "jul": 7, "aug": 8, "agu": 8,
    "agt": 8, "ags": 8, "sep": 9, "oct": 10, "okt": 10, "nov": 11, "nop": 11, "dec": 12, "des": 12,
}  # fmt: skip
"""By their first three letters, in both languages."""
YEAR = r"(?:\s*[-/.,]?\s*(?:\d{4}|'?\d{2}))?"
TIME = r"(?:[T ]\d{1,2}[:.]\d{2}.*)?"
YEAR_FIRST = re.compile(rf"(\d{{4}})[-/.](\d{{1,2}})[-/.](\d{{1,2}}){TIME}")
COMPACT = re.compile(r"(19|20)\d{2}(\d{2})(\d{2})")
DAY_FIRST = re.compile(rf"(\d{{1,2}})\s*[-/. ]\s*(\d{{1,2}}){YEAR}{TIME}")
DAY_NAMED = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?\s*[-/. ]?\s*(?:of\s+)?([a-z]{{3,9}})\.?{YEAR}{TIME}")
NAMED_DAY = re.compile(rf"([a-z]{{3,9}})\.?\s*[-/. ]?\s*(\d{{1,2}})(?:st|nd|rd|th)?(?:,?\s+\d{{4}})?{TIME}")
PLACE = re.compile(r"^[^\W\d]+(?:\s+[^\W\d]+)*\s*,\s*(?=\d)")
""" "Bandung, 17 Agustus 1990", as identity cards have it."""
LEAP = 2000


def read(text: str, *, month_first: bool = False) -> str | None:
    """ "08-17" for what was written, or None where it is no day of a year.

    "17 Agustus 1990", "17/08/1990", "17-8", "1990-08-17", "Aug 17", "19900817", "Bandung, 17 Agt 90". Where only
    numbers tell, the day comes first unless it cannot, or ``month_first``.
    """
    said = PLACE.sub("", " ".join(text.casefold().split()))
    if found := YEAR_FIRST.fullmatch(said):
        return _day(int(found[2]), int(found[3]))
    if found := COMPACT.fullmatch(said):
        return _day(int(found[2]), int(found[3]))
    if found := DAY_FIRST.fullmatch(said):
        first, second = int(found[1]), int(found[2])
        is_month_first = (month_first and first <= 12) or second > 12
        return _day(first, second) if is_month_first else _day(second, first)
    if found := DAY_NAMED.fullmatch(said):
        return _day(_month(found[2]), int(found[1]))
    if found := NAMED_DAY.fullmatch(said):
        return _day(_month(found[1]), int(found[2]))
    return None


def read_all(written: Iterable[str]) -> dict[str, str]:
    """Each of a column's texts with its day, without those that are none.

    Whether the day or the month comes first is decided for the whole column by any number above 12, and is day first
    where nothing shows it.
    """
    texts = set(written)
    numbers = [tuple(map(int, found.groups()[:2])) for each in texts if (found := DAY_FIRST.fullmatch(each.strip()))]
    month_first = any(second > 12 for _, second in numbers) and not any(first > 12 for first, _ in numbers)
    days = {each: read(each, month_first=month_first) for each in texts}
    return {each: day for each, day in days.items() if day is not None}


def days_since(birthday: str, today: date) -> int:
    """How many days ago it was, this year or last; 0 on the day. Who was born on a 29 February has the 28th too."""
    this_year = _in(today.year, birthday)
    return (today - (this_year if this_year <= today else _in(today.year - 1, birthday))).days


def in_a_leap_year(birthday: str) -> date:
    """A date of that day in a leap year, to be written without its year."""
    return _in(LEAP, birthday)


def _in(year: int, birthday: str) -> date:
    month, day = map(int, birthday.split("-"))
    try:
        return date(year, month, day)
    except ValueError:
        return date(year, month, day - 1)


def _month(word: str) -> int:
    return MONTHS.get(word[:3], 0)


def _day(month: int, day: int) -> str | None:
    try:
        return f"{date(LEAP, month, day):%m-%d}"
    except ValueError:
        return None
