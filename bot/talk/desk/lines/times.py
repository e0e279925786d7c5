"""The words of time, in Indonesian and English, as rules. What they come to is reckoned in ``moments``. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import timedelta

from bot.talk.desk.lines.cover import Rule, choice, phrases, rule, spread
from bot.talk.desk.lines.pieces import (
    Clock,
    During,
    InZone,
    Later,
    OnDate,
    OnDay,
    OnWeekday,
    Part,
    Piece,
    Trouble,
    Word,
)


def _numbered(listed: Mapping[int, str]) -> dict[str, int]:
    return {each: number for number, phrases_ in listed.items() for each in spread(phrases_)}


NUMBERS = _numbered(
    {
        1: "satu, one",
        2: "dua, two",
        3: "tiga, three",
        4: "empat, four",
        5: "lima, five",
        6: "enam, six",
        7: "tujuh, seven",
        8: "delapan, eight",
        9: "sembilan, nine",
        10: "sepuluh, ten",
        11: "sebelas, eleven",
        12: "dua belas, twelve",
    }
)
WEEKDAYS = _numbered(
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
MONTHS = _numbered(
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
_PARTS = {
    Part.MORNING: "pagi, in the morning",
    Part.NOON: "siang",
    Part.AFTERNOON: "sore, in the afternoon",
    Part.EVENING: "petang, in the evening",
    Part.NIGHT: "malam, at night",
    Part.DAWN: "subuh",
    Part.EARLY: "dini hari",
    Part.AM: "am, a.m., a.m",
    Part.PM: "pm, p.m., p.m",
}
PARTS = {each: part for part, listed in _PARTS.items() for each in spread(listed)}
WEEKDAY, MONTH, PART = f"(?:{choice(WEEKDAYS)})", f"(?:{choice(MONTHS)})", f"(?:{choice(PARTS)})"
AMOUNT = rf"(?:[0-9]{{1,4}}|{choice(NUMBERS)})"
HOUR = rf"(?:[0-9]{{1,2}}|{choice(NUMBERS)})(?![0-9])"
AT = r"(?:(?:jam|pukul|pkl\.?|jm|at)\s*)"
NTH = r"(?:st|nd|rd|th)"
YEAR = r"(?:,?\s*(?P<year>20[0-9]{2})(?![0-9]|[:.][0-9]))?"
TAIL = rf"(?:\s*(?P<part>{PART})(?! ini))?"


def amount(said: str) -> int:
    """A number in figures or words."""
    return int(said) if said.isdigit() else NUMBERS[" ".join(said.split())]


def _part(found: re.Match[str]) -> Part | None:
    said = found["part"]
    return PARTS[" ".join(said.split())] if said else None


def _written(found: re.Match[str]) -> Clock | None:
    """14.30, 09:00, 9:30 pm. What no clock shows and adds up to a hundred is shares: 60:40."""
    hour = found["hour"]
    if int(hour) > 24 and int(hour) + int(found["minute"]) == 100:
        return None
    is_exact = hour.startswith("0") or int(hour) > 12
    return Clock(int(hour), int(found["minute"]), _part(found), is_exact)


def _spoken(found: re.Match[str]) -> Clock:
    """Jam 9, at 5, jam 9 lewat 15, jam 9 kurang seperempat."""
    hour, way = amount(found["hour"]), found["way"]
    if way is None:
        return _on_the_hour(found)
    minutes = {"seperempat": 15, "setengah": 30}.get(found["minutes"]) or int(found["minutes"])
    return _shifted(hour, -minutes if way == "kurang" else minutes, _part(found))


def _on_the_hour(found: re.Match[str]) -> Clock:
    """9 pagi, 5pm, 9 o'clock."""
    hour = amount(found["hour"])
    return Clock(hour, 0, _part(found), is_exact=found["hour"].startswith("0") or hour > 12)


def _shifted(hour: int, minutes: int, part: Part | None) -> Clock:
    """So many minutes past (or before) an hour of the twelve. The twelfth comes before the first."""
    if abs(minutes) > 59 or not 1 <= hour <= 12:
        return Clock(99)
    if minutes >= 0:
        return Clock(hour, minutes, part)
    return Clock(hour - 1 or 12, 60 + minutes, part)


def _half_to(found: re.Match[str]) -> Clock:
    """Setengah 9 is half past eight."""
    return _shifted(amount(found["hour"]), -30, _part(found))


def _past(found: re.Match[str]) -> Clock:
    """Half past eight, quarter to nine, 10 past 9."""
    minutes = {"half": 30, "quarter": 15, "a quarter": 15}.get(found["minutes"]) or int(found["minutes"])
    return _shifted(amount(found["hour"]), minutes if found["way"] == "past" else -minutes, _part(found))


CLOCKS = (
    rule(rf"{AT}?(?P<hour>[0-9]{{1,2}})[:.](?P<minute>[0-9]{{2}})(?:[:.]00)?{TAIL}", _written),
    rule(
        rf"{AT}(?P<hour>{HOUR})(?: (?P<way>lewat|lebih|kurang) (?P<minutes>[0-9]{{1,2}}|seperempat|setengah)"
        rf"(?: menit)?)?(?:\s*o'?clock)?{TAIL}",
        _spoken,
    ),
    rule(rf"(?P<hour>{HOUR})\s*(?:o'?clock(?!\w)|(?=\w)){TAIL}", _on_the_hour),
    rule(rf"{AT}?setengah (?P<hour>{HOUR}){TAIL}", _half_to),
    rule(
        rf"(?:at )?(?P<minutes>half|(?:a )?quarter|[0-9]{{1,2}}) (?P<way>past|to) (?P<hour>{HOUR}){TAIL}",
        lambda found: None if found["minutes"] == "half" and found["way"] == "to" else _past(found),
    ),
    phrases(
        {
            Clock(12, is_exact=True): "noon, midday, at noon, at midday, tengah hari",
            Clock(24, is_exact=True): "midnight, at midnight, tengah malam",
            During(Part.MORNING): "pagi, pagi hari, morning, in the morning",
            During(Part.NOON): "siang, siang hari",
            During(Part.AFTERNOON): "sore, sore hari, afternoon, in the afternoon",
            During(Part.EVENING): "evening, in the evening, petang",
            During(Part.NIGHT): "malam, malam hari, night, at night",
            During(Part.DAWN): "subuh",
            During(Part.EARLY): "dini hari",
            InZone(7): "wib",
            InZone(8): "wita",
            InZone(9): "wit",
        }
    ),
    # "Jam 7 malam minggu" is Saturday evening to most and Sunday evening to some: asked, not guessed.
    rule(rf"{AT}?{HOUR}(?:[:.][0-9]{{2}})? malam {WEEKDAY}", lambda _: Trouble("which_night")),
)

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

UNITS = {"jam": 60, "hour": 60, "hr": 60, "menit": 1, "mnt": 1, "minute": 1, "min": 1}
LONG_UNITS = {"hari": 1, "day": 1, "minggu": 7, "pekan": 7, "week": 7}
UNIT = r"(?P<unit>jam|menit|mnt|hours?|hrs?|minutes?|mins?|hari|days?|minggu|pekan|weeks?)"


def _in(found: re.Match[str]) -> Piece:
    said, unit = found["amount"], found["unit"].removesuffix("s")
    if said in {"setengah", "half an"}:
        return Later(timedelta(minutes=30))
    count = 1 if said in {"se", "a", "an"} else amount(said)
    if unit in UNITS:
        return Later(timedelta(minutes=count * UNITS[unit]))
    return OnDay(count * LONG_UNITS[unit])


SPANS = (
    rule(rf"(?:in|dalam) (?P<amount>{AMOUNT}|an?)\s*{UNIT}(?: lagi)?", _in),
    rule(rf"(?P<amount>{AMOUNT}|an?)\s*{UNIT} (?:lagi|from now)", _in),
    rule(rf"(?:dalam )?(?P<amount>se){UNIT} lagi", _in),
    rule(r"(?:dalam )?(?P<amount>setengah) (?P<unit>jam) lagi", _in),
    rule(r"(?:in )?(?P<amount>half an) (?P<unit>hour)(?: from now)?", _in),
)
RULES: tuple[Rule, ...] = (*CLOCKS, DAYS, *DATES, *SPANS)
