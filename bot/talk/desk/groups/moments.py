"""When, as rules: in the last so many days, since and before a date, last month, birthdays' months. Pure."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, timedelta
from typing import TYPE_CHECKING

from bot.talk.desk.groups.pieces import Birthday, Meaning, Trouble, When
from bot.talk.desk.groups.words import SINCE_THEN, STRETCH
from bot.talk.desk.lines.cover import choice
from bot.talk.desk.lines.dates import MONTHS
from bot.talk.desk.lines.times import NUMBERS, amount
from campaigns.grouping.conditions import Span

if TYPE_CHECKING:
    from bot.talk.desk.groups.cutting import Around

N = rf"(?:[0-9]{{1,4}}|{choice(NUMBERS)})"
DAYS_OF = {
    "hari": 1,
    "day": 1,
    "minggu": 7,
    "pekan": 7,
    "week": 7,
    "bulan": 30,
    "month": 30,
    "tahun": 365,
    "year": 365,
}
ONE = {"sehari": 1, "seminggu": 7, "sepekan": 7, "sebulan": 30, "setahun": 365}
UNIT = r"(?P<unit>hari|days?|minggu|pekan|weeks?|bulan|months?|tahun|years?)"
IN = r"(?:(?:dalam|dlm|in|within|over|during|selama|for|di)\s+)?"
LAST = r"(?:last|past|previous)"
AFTERWARDS = r"(?:terakhir|belakangan(?: ini)?|ke belakang|yang lalu ini)"
MONTH = f"(?:{choice(MONTHS)})"
NTH = r"(?:st|nd|rd|th)"
MOST_DAYS = 3_650
SINCE, AFTER = "sejak|since|mulai|starting|dari|from", "setelah|sesudah|after"
BEFORE, UNTIL = "sebelum|before", "sampai|hingga|until|till|up to"
TO = "(?:dan|and|to|sampai|hingga|s/d|-|–|until)"
DAY_OF = "(?:tanggal |tgl )?"
DAY = timedelta(days=1)


def _date(name: str) -> str:
    """A pattern of a date: a day of a month, a month alone, or figures; with groups that begin with ``name``."""
    year = rf"(?:,?\s*(?P<{name}Y>20[0-9]{{2}}))?"
    return (
        rf"(?:(?P<{name}d>[0-9]{{1,2}}){NTH}?(?: of)?\s+(?P<{name}m>{MONTH})\.?{year}"
        rf"|(?P<{name}M>{MONTH})\.?(?: (?P<{name}D>[0-9]{{1,2}}){NTH}?(?![0-9]))?{year.replace('Y>', 'Z>')}"
        rf"|(?P<{name}iso>20[0-9]{{2}}-[0-9]{{2}}-[0-9]{{2}})"
        rf"|(?P<{name}f>[0-9]{{1,2}}[/.-][0-9]{{1,2}}[/.-]20[0-9]{{2}}))(?!\w)"
    )


def _read(found: re.Match[str], name: str, around: Around) -> tuple[date, date] | None:
    """The first and the last day of it; None where there is no such date. Without a year, the latest there was."""
    try:
        if found[f"{name}iso"]:
            day = date.fromisoformat(found[f"{name}iso"])
            return day, day
        if found[f"{name}f"]:
            return _figures(found[f"{name}f"], around)
        month = MONTHS[" ".join((found[f"{name}m"] or found[f"{name}M"]).split())]
        said, years = found[f"{name}d"] or found[f"{name}D"], found[f"{name}Y"] or found[f"{name}Z"]
        year = int(years) if years else around.today.year
        if not years and (month, int(said or 1)) > (around.today.month, around.today.day):
            year -= 1
        first = date(year, month, int(said or 1))
        return first, first if said else date(year, month, monthrange(year, month)[1])
    except ValueError:
        return None


def _figures(said: str, around: Around) -> tuple[date, date] | None:
    day, month, year = map(int, re.split("[/.-]", said))
    if around.language == "en" and day != month and max(day, month) <= 12:
        return None
    if month > 12 >= day:
        day, month = month, day
    return date(year, month, day), date(year, month, day)


def _days(found: re.Match[str], _around: Around) -> Meaning:
    groups = found.groupdict()
    if groups.get("one"):
        return When(Span(days=ONE[found["one"]]))
    n = amount(found["n"]) if groups.get("n") else 1
    unit = (groups.get("unit") or "hari").removesuffix("s")
    days = n * DAYS_OF[unit]
    if not 0 < days <= MOST_DAYS:
        return Trouble("no_days")
    return When(Span(days=days), is_ago=bool(groups.get("ago")))


def _unclear_ago(_found: re.Match[str], _around: Around) -> Meaning:
    return Trouble("ago_how")


def _from(found: re.Match[str], around: Around) -> Meaning:
    dates = _read(found, "a", around)
    if dates is None:
        return Trouble("no_date")
    way, (first, last) = found["way"], dates
    if re.fullmatch(AFTER, way):
        return When(Span(since=last + DAY))
    if re.fullmatch(BEFORE, way):
        return When(Span(until=first - DAY))
    return When(Span(until=last)) if re.fullmatch(UNTIL, way) else When(Span(since=first))


def _between(found: re.Match[str], around: Around) -> Meaning:
    begins, ends = _read(found, "a", around), _read(found, "b", around)
    if begins is None or ends is None or begins[0] > ends[1]:
        return Trouble("no_date")
    return When(Span(since=begins[0], until=ends[1]))


def _on(found: re.Match[str], around: Around) -> Meaning:
    dates = _read(found, "a", around)
    return When(Span(since=dates[0], until=dates[1])) if dates is not None else Trouble("no_date")


def _stretch(found: re.Match[str], _around: Around) -> Meaning:
    return When(Span(stretch=STRETCH[" ".join(found["stretch"].split())]))


def _since_stretch(found: re.Match[str], _around: Around) -> Meaning:
    stretch = STRETCH[" ".join(found["stretch"].split())]
    return When(Span(stretch=SINCE_THEN.get(stretch, stretch)))


def _birthday(found: re.Match[str], _around: Around) -> Meaning:
    return Birthday(MONTHS[" ".join(found["month"].split())] if found["month"] else 0)


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+") + r"(?!\w)")


BORN = r"(?:yang )?(?:ber)?(?:ulang tahun|ultah|birthdays?|lahir|born)(?:nya)?(?: is| are)?(?: di| pada| in)?"
RULES = (
    (_rule(rf"{IN}(?:the )?(?:{LAST} )?(?P<n>{N})\s*{UNIT}(?: {AFTERWARDS})?"), _days),
    (_rule(rf"{IN}(?:the )?{LAST} (?P<n>{N})"), _days),
    (_rule(rf"{IN}(?P<n>{N}) terakhir"), _days),
    (_rule(rf"(?:in|within|over|during) the {LAST} (?P<unit>day|week|month|year)"), _days),
    (_rule(r"the past (?P<unit>day|week|month|year)"), _days),
    (_rule(rf"{IN}(?P<one>{'|'.join(ONE)})(?: {AFTERWARDS})?"), _days),
    (_rule(rf"(?P<ago>more than|over|lebih dari|di atas|>) (?P<n>{N})\s*{UNIT} (?:ago|yang lalu|lalu)"), _days),
    (_rule(rf"(?:sejak|since) (?P<n>{N})\s*{UNIT} (?:ago|yang lalu|lalu)"), _days),
    (_rule(rf"{N}\s*{UNIT} (?:ago|yang lalu|lalu)"), _unclear_ago),
    (_rule(rf"(?P<way>{SINCE}|{AFTER}|{BEFORE}|{UNTIL}) (?:tanggal |tgl |the )?{_date('a')}"), _from),
    (_rule(rf"(?:antara|between|dari|from) {DAY_OF}{_date('a')}\s*{TO}\s*{DAY_OF}{_date('b')}"), _between),
    (_rule(rf"(?:(?:pada|di|in|on|during|selama)\s+)?(?:bulan |tanggal |tgl )?{_date('a')}"), _on),
    (_rule(rf"(?:(?:dalam|in|on|during|selama|di|pada)\s+)?(?P<stretch>{choice(STRETCH)})"), _stretch),
    (_rule(rf"(?:{SINCE}) (?P<stretch>{choice(STRETCH)})"), _since_stretch),
    (_rule(rf"{BORN} (?:bulan )?(?:(?P<month>{MONTH})|bulan ini|ini|this month)"), _birthday),
)
