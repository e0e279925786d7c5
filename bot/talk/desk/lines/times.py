"""The words of the clock, and of how long from now, as rules. What they come to is reckoned in ``moments``. Pure."""

from __future__ import annotations

import re
from datetime import timedelta

from bot.talk.desk.lines import dates
from bot.talk.desk.lines.cover import Rule, choice, numbered, phrases, rule, spread
from bot.talk.desk.lines.dates import WEEKDAY
from bot.talk.desk.lines.pieces import (
    Clock,
    During,
    InZone,
    Later,
    OnDay,
    Part,
    Piece,
    Trouble,
)

NUMBERS = numbered(
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
PART = f"(?:{choice(PARTS)})"
AMOUNT = rf"(?:[0-9]{{1,4}}|{choice(NUMBERS)})"
HOUR = rf"(?:[0-9]{{1,2}}|{choice(NUMBERS)})(?![0-9])"
AT = r"(?:(?:jam|pukul|pkl\.?|jm|at)\s*)"
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
RULES: tuple[Rule, ...] = (*CLOCKS, *dates.RULES, *SPANS)
