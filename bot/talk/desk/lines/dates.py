"""The words of days: weekdays, dates, today and the day after tomorrow. What they come to is in ``days``. Pure."""

from __future__ import annotations

import re

from bot.talk.desk.lines.cover import Rule, choice, numbered, phrases, rule
from bot.talk.desk.lines.pieces import During, OnDate, OnDay, OnWeekday, Part, Piece, Trouble, Word

WEEKDAYS = numbered(
    {
        0: "senin, sen, monday, mon",
        1: "selasa, sel, tuesday, tues, tue",
        2: "rabu, rab, wednesday, wed",
        3: "kamis, kam, thursday, thurs, thur, thu",
        4: "jumat, jum'at, jum, jumaat, friday, fri",
        5: "sabtu, sab, saturday, sat",
        6: "minggu, ahad, sunday, sun",
    }
)
MONTHS = numbered(
    {
        1: "januari, january, jan",
        2: "februari, pebruari, february, feb",
        3: "maret, march, mar",
        4: "april, apr",
        5: "mei, may",
        6: "juni, june, jun",
        7: "juli, july, jul",
        8: "agustus, august, agu, agt, ags, aug",
        9: "september, sept, sep",
        10: "oktober, october, okt, oct",
        11: "november, nopember, nov",
        12: "desember, december, des, dec",
    }
)
WEEKDAY, MONTH = f"(?:{choice(WEEKDAYS)})", f"(?:{choice(MONTHS)})"
NTH = r"(?:st|nd|rd|th)"
YEAR = r"(?:,?\s*(?P<year>20[0-9]{2})(?![0-9]|[:.][0-9]))?"

DAYS = phrases(
    {
        OnDay(-1): "kemarin, kemaren, yesterday",
        OnDay(0): "hari ini, hr ini, today",
        OnDay(1): "besok, bsk, esok, tomorrow, tmr, tmrw",
        OnDay(2): "lusa, besok lusa, the day after tomorrow, day after tomorrow",
        OnDay(0, needs_hour=True): "nanti, ntar, later, later today",
        (OnDay(0), During(Part.MORNING)): "pagi ini, this morning",
        (OnDay(0), During(Part.NOON)): "nanti siang, ntar siang, siang ini",
        (OnDay(0), During(Part.AFTERNOON)): "nanti sore, ntar sore, sore ini, sore nanti, this afternoon",
        (OnDay(0), During(Part.EVENING)): "this evening",
        (OnDay(0), During(Part.NIGHT)): "nanti malam, ntar malam, malam ini, malam nanti, tonight",
        OnDate(
            31, is_last=True
        ): "akhir bulan, akhir bulan ini, the end of the month, end of the month, end of month",
        Word.NOW: """
            sekarang, sekarang juga, skrg, langsung, segera, saat ini, now, right now, right away, immediately, at
            once
        """,
        Word.NEXT_WEEK: "minggu depan, pekan depan, next week",
        Word.NEXT_MONTH: "bulan depan, next month",
        Trouble("which_day"): """
            minggu ini, pekan ini, this week, bulan ini, this month, akhir pekan, weekend, this weekend, the weekend
        """,
    }
)


def _weekday(found: re.Match[str]) -> Piece | None:
    name, after = found["weekday"], " ".join((found["after"] or "").split())
    if name == "minggu" and after in {"depan", "ini"} and not found["hari"]:
        return None  # next week, this week
    is_next = after in {"depan", "minggu depan", "pekan depan", "next week"} or found["before"] == "next"
    return OnWeekday(WEEKDAYS[name], is_next)


def _date(found: re.Match[str]) -> OnDate:
    year = found["year"]
    return OnDate(int(found["day"]), MONTHS[found["month"]], int(year) if year else None)


def _figures(found: re.Match[str]) -> OnDate | None:
    """25/12: the day first, as the shop's country writes it; 12/25 can only be the other way round."""
    day, month, year = int(found["day"]), int(found["month"]), found["year"]
    if max(day, month) > 31 or min(day, month) < 1:
        return None
    if month > 12 >= day:
        day, month = month, day
    return OnDate(day, month, int(year) if year else None, is_unclear=day <= 12 and day != month)


def _named_month(found: re.Match[str]) -> OnDate | None:
    """Tgl 11 bulan 11: which is the month is said."""
    day, month, year = int(found["day"]), int(found["month"]), found["year"]
    return OnDate(day, month, int(year) if year else None) if 1 <= month <= 12 and 1 <= day <= 31 else None


DATES = (
    rule(
        rf"(?:(?P<before>next|this|coming|this coming|on) )?(?P<hari>hari )?(?P<weekday>{WEEKDAY})"
        r"(?: (?P<after>ini|depan|minggu depan|pekan depan|minggu ini|next week|this week|mendatang))?",
        _weekday,
    ),
    rule(rf"malam (?P<weekday>{WEEKDAY})", lambda found: OnWeekday(WEEKDAYS[found["weekday"]], is_eve=True)),
    rule(
        rf"(?:(?:tgl\.?|tanggal|on the|on|the)\s*)?(?P<day>[0-9]{{1,2}}){NTH}?(?: of)?[\s-]*"
        rf"(?P<month>{MONTH})\.?{YEAR}",
        _date,
    ),
    rule(
        rf"(?:on )?(?P<month>{MONTH})\.? (?:the )?(?P<day>[0-9]{{1,2}}){NTH}?(?![0-9]|[:.%][0-9]|\s*%){YEAR}",
        _date,
    ),
    rule(
        rf"(?:tgl\.?\s*|tanggal\s+)?(?P<day>[0-9]{{1,2}})(?![0-9])\s*bulan (?P<month>{MONTH}){YEAR}",
        _date,
    ),
    rule(
        r"(?:tgl\.?\s*|tanggal\s+)?(?P<day>[0-9]{1,2})(?![0-9])\s*bulan (?P<month>[0-9]{1,2})(?![0-9])"
        r"(?: (?:tahun )?(?P<year>20[0-9]{2}))?",
        _named_month,
    ),
    rule(
        r"(?:tgl\.?|tanggal)\s*(?P<day>[0-9]{1,2})(?![0-9])(?: (?:bulan ini|this month))?",
        lambda found: OnDate(int(found["day"])),
    ),
    rule(
        rf"(?:on )?(?:the )?(?P<day>[0-9]{{1,2}}){NTH}(?: of this month)?",
        lambda found: OnDate(int(found["day"])),
    ),
    rule(
        r"(?:tgl\.?\s*|tanggal\s+|on )?(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})(?:/(?P<year>20[0-9]{2}))?(?![/0-9])",
        _figures,
    ),
    rule(
        r"(?:tgl\.?\s*|tanggal\s+|on )?(?P<day>[0-9]{1,2})(?P<dot>[.-])(?P<month>[0-9]{1,2})(?P=dot)"
        r"(?P<year>20[0-9]{2})",
        _figures,
    ),
    rule(
        r"(?P<year>20[0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
        lambda found: OnDate(int(found["day"]), int(found["month"]), int(found["year"])),
    ),
)
RULES: tuple[Rule, ...] = (DAYS, *DATES)
