"""The words of time, in Indonesian and English, as rules. What they come to is reckoned in ``times``. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.talk.desk.line_cover import Rule, choice, phrases, rule
from bot.talk.desk.line_pieces import (
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


def _spread(known: dict[str, int]) -> dict[str, int]:
    return {" ".join(each.split()): number for listed, number in known.items() for each in listed.split(",")}


NUMBERS = _spread(
    {
        "satu, one": 1,
        "dua, two": 2,
        "tiga, three": 3,
        "empat, four": 4,
        "lima, five": 5,
        "enam, six": 6,
        "tujuh, seven": 7,
        "delapan, eight": 8,
        "sembilan, nine": 9,
        "sepuluh, ten": 10,
        "sebelas, eleven": 11,
        "dua belas, twelve": 12,
    }
)
WEEKDAYS = _spread(
    {
        "senin, sen, monday, mondays, mon": 0,
        "selasa, sel, tuesday, tuesdays, tues, tue": 1,
        "rabu, rab, wednesday, wednesdays, wed": 2,
        "kamis, kam, thursday, thursdays, thurs, thur, thu": 3,
        "jumat, jum'at, jum, jumaat, friday, fridays, fri": 4,
        "sabtu, sab, saturday, saturdays, sat": 5,
        "minggu, ahad, sunday, sundays, sun": 6,
    }
)
MONTHS = _spread(
    {
        "januari, january, jan": 1,
        "februari, february, feb, pebruari": 2,
        "maret, march, mar": 3,
        "april, apr": 4,
        "mei, may": 5,
        "juni, june, jun": 6,
        "juli, july, jul": 7,
        "agustus, august, agu, agt, ags, aug": 8,
        "september, sept, sep": 9,
        "oktober, october, okt, oct": 10,
        "november, nov, nopember": 11,
        "desember, december, des, dec": 12,
    }
)
PARTS = {
    "pagi": Part.MORNING,
    "siang": Part.NOON,
    "sore": Part.AFTERNOON,
    "petang": Part.EVENING,
    "malam": Part.NIGHT,
    "subuh": Part.DAWN,
    "dini hari": Part.EARLY,
    "am": Part.AM,
    "a.m.": Part.AM,
    "a.m": Part.AM,
    "pm": Part.PM,
    "p.m.": Part.PM,
    "p.m": Part.PM,
    "in the morning": Part.MORNING,
    "in the afternoon": Part.AFTERNOON,
    "in the evening": Part.EVENING,
    "at night": Part.NIGHT,
}
WEEKDAY, MONTH, PART = f"(?:{choice(WEEKDAYS)})", f"(?:{choice(MONTHS)})", f"(?:{choice(PARTS)})"
AMOUNT = rf"(?:[0-9]{{1,4}}|{choice(NUMBERS)})"
HOUR = rf"(?:[0-9]{{1,2}}|{choice(NUMBERS)})(?![0-9])"
AT = r"(?:(?:jam|pukul|pkl\.?|jm|at)\s*)"
NTH = r"(?:st|nd|rd|th)"
YEAR = r"(?:,?\s*(?P<year>20[0-9]{2})(?![0-9]|[:.][0-9]))?"
TAIL = rf"(?:\s*(?P<part>{PART}))?"


def amount(said: str) -> int:
    """A number in figures or words."""
    return int(said) if said.isdigit() else NUMBERS[" ".join(said.split())]


def _part(found: re.Match[str]) -> Part | None:
    said = found["part"]
    return PARTS[" ".join(said.split())] if said else None


def _written(found: re.Match[str]) -> Clock:
    """14.30, 09:00, 9:30 pm."""
    hour = found["hour"]
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
    rule(rf"(?P<hour>{HOUR})\s*(?:o'?clock(?!\w)|(?=\w)){TAIL}", lambda found: _on_the_hour(found)),
    rule(rf"{AT}?setengah (?P<hour>{HOUR}){TAIL}", _half_to),
    rule(
        rf"(?:at )?(?P<minutes>half|(?:a )?quarter|[0-9]{{1,2}}) (?P<way>past|to) (?P<hour>{HOUR}){TAIL}",
        lambda found: None if found["minutes"] == "half" and found["way"] == "to" else _past(found),
    ),
    phrases(
        {
            "noon, midday, at noon, at midday, tengah hari": Clock(12, is_exact=True),
            "midnight, at midnight, tengah malam": Clock(24, is_exact=True),
            "pagi, pagi hari, morning, in the morning": During(Part.MORNING),
            "siang, siang hari": During(Part.NOON),
            "sore, sore hari, afternoon, in the afternoon": During(Part.AFTERNOON),
            "evening, in the evening, petang": During(Part.EVENING),
            "malam, malam hari, night, at night": During(Part.NIGHT),
            "subuh": During(Part.DAWN),
            "dini hari": During(Part.EARLY),
            "wib": InZone(7),
            "wita": InZone(8),
            "wit": InZone(9),
        }
    ),
    # "Jam 7 malam minggu" is Saturday evening to most and Sunday evening to some: asked, not guessed.
    rule(rf"{AT}?{HOUR}(?:[:.][0-9]{{2}})? malam {WEEKDAY}", lambda _: Trouble("which_night")),
)

DAYS = phrases(
    {
        "hari ini, hr ini, today": OnDay(0),
        "besok, bsk, esok, tomorrow, tmr, tmrw": OnDay(1),
        "lusa, besok lusa, the day after tomorrow, day after tomorrow": OnDay(2),
        "kemarin, kemaren, yesterday": OnDay(-1),
        "nanti, ntar, later, later today": OnDay(0, needs_hour=True),
        "nanti malam, ntar malam, malam ini, malam nanti, tonight": (OnDay(0), During(Part.NIGHT)),
        "this evening": (OnDay(0), During(Part.EVENING)),
        "nanti sore, ntar sore, sore ini, sore nanti, this afternoon": (OnDay(0), During(Part.AFTERNOON)),
        "nanti siang, ntar siang, siang ini": (OnDay(0), During(Part.NOON)),
        "pagi ini, this morning": (OnDay(0), During(Part.MORNING)),
        "sekarang, skrg, now, right now, right away, immediately, langsung, segera, saat ini, at once": Word.NOW,
        "minggu depan, pekan depan, next week": Word.NEXT_WEEK,
        "bulan depan, next month": Word.NEXT_MONTH,
        "minggu ini, pekan ini, this week, bulan ini, this month, weekend, akhir pekan, this weekend, the weekend":
            Trouble("which_day"),
        "akhir bulan, the end of the month, end of the month, end of month, akhir bulan ini":
            OnDate(31, is_last=True),
    }
)  # fmt: skip


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


DATES = (
    rule(
        rf"(?:(?P<before>next|this|coming|this coming|on) )?(?P<hari>hari )?(?P<weekday>{WEEKDAY})"
        r"(?: (?P<after>ini|depan|minggu depan|pekan depan|minggu ini|next week|this week|mendatang))?",
        _weekday,
    ),
    rule(rf"malam (?P<weekday>{WEEKDAY})", lambda found: OnWeekday(WEEKDAYS[found["weekday"]], is_eve=True)),
    rule(
        rf"(?:(?:tgl\.?|tanggal|on the|on|the)\s*)?(?P<day>[0-9]{{1,2}}){NTH}?(?: of)?[\s-]*(?P<month>{MONTH})\.?{YEAR}",
        _date,
    ),
    rule(
        rf"(?:on )?(?P<month>{MONTH})\.? (?:the )?(?P<day>[0-9]{{1,2}}){NTH}?(?![0-9]|[:.%][0-9]|\s*%){YEAR}",
        _date,
    ),
    rule(
        r"(?:tgl\.?|tanggal)\s*(?P<day>[0-9]{1,2})(?![0-9])(?: (?:bulan ini|this month))?",
        lambda found: OnDate(int(found["day"])),
    ),
    rule(
        rf"(?:on )?(?:the )?(?P<day>[0-9]{{1,2}}){NTH}(?: of this month)?",
        lambda found: OnDate(int(found["day"])),
    ),
    rule(r"(?:tgl\.?\s*|tanggal\s+|on )?(?P<day>[0-9]{1,2})/(?P<month>[0-9]{1,2})(?:/(?P<year>20[0-9]{2}))?(?![/0-9])",
         _figures),
    rule(r"(?:tgl\.?\s*|tanggal\s+|on )?(?P<day>[0-9]{1,2})(?P<dot>[.-])(?P<month>[0-9]{1,2})(?P=dot)(?P<year>20[0-9]{2})",
         _figures),
    rule(
        r"(?P<year>20[0-9]{2})-(?P<month>[0-9]{2})-(?P<day>[0-9]{2})",
        lambda found: OnDate(int(found["day"]), int(found["month"]), int(found["year"])),
    ),
)  # fmt: skip

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
