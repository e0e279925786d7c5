"""The words of what comes round again, and of everybody's best hour. Pure."""

from __future__ import annotations

import re

from bot.talk.desk.lines.cover import phrases, rule
from bot.talk.desk.lines.dates import NTH, WEEKDAY, WEEKDAYS
from bot.talk.desk.lines.pieces import During, Part, Piece, Round, Trouble, Word
from campaigns.launching.recurring import Every

EVERY = "(?:tiap-tiap|tiap|setiap|saban|every single|every|each)"
LINK = r"(?:\s*(?:,|&|/|\+|dan|and)\s*)+(?:hari )?"
LISTED = rf"(?:hari )?{WEEKDAY}s?(?:{LINK}{WEEKDAY}s?){{0,6}}"
PLURAL = "(?:mon|tues|wednes|thurs|fri|satur|sun)days"


def _weekly(found: re.Match[str]) -> Piece:
    """Some days of the week. "Tiap minggu" may be every week or every Sunday: only "hari" or company tells."""
    said = found["days"]
    if re.match(r"minggu\s*(?:,|/|\+|$)", said) and not found["on"]:
        return Trouble("which_weekday")
    days = {WEEKDAYS[each[1]] for each in re.finditer(rf"({WEEKDAY})s?(?!\w)", said)}
    return Round(Every.WEEK, tuple(sorted(days)))


def _span(found: re.Match[str]) -> Piece:
    """Senin sampai jumat: the days between, over Sunday if need be."""
    first, last = WEEKDAYS[found["first"]], WEEKDAYS[found["last"]]
    count = (last - first) % 7 + 1
    return Round(Every.WEEK, tuple(sorted((first + day) % 7 for day in range(count))))


def _monthly(found: re.Match[str]) -> Piece:
    day = int(found["day"])
    return Round(Every.MONTH, day=day) if 1 <= day <= 31 else Trouble("no_such_date")


THE = rf"(?:the )?(?P<day>[0-9]{{1,2}})(?![0-9]){NTH}?"
TGL = r"(?:tanggal|tgl\.?)\s*(?P<day>[0-9]{1,2})(?![0-9])"
ROUNDS = (
    rule(rf"{EVERY} (?:(?:week|minggu|pekan) )?(?P<on>on |hari )?(?P<days>{LISTED})", _weekly),
    rule(rf"(?:weekly|mingguan)(?: (?P<on>on|every|tiap|setiap))? (?P<days>{LISTED})", _weekly),
    rule(rf"(?P<on>)(?:on )?(?P<days>{PLURAL}(?:{LINK}{WEEKDAY}s?){{0,6}})", _weekly),
    rule(
        rf"{EVERY} (?:hari )?(?P<first>{WEEKDAY})(?:\s*[-–]\s*| (?:to|until|through|sampai|hingga|s/d) )(?:hari )?"
        rf"(?P<last>{WEEKDAY})",
        _span,
    ),
    rule(rf"(?:{EVERY} (?:bulan )?|bulanan ){TGL}", _monthly),
    rule(rf"{TGL} {EVERY} bulan", _monthly),
    rule(rf"(?:{EVERY} month|monthly) on {THE}", _monthly),
    rule(rf"{EVERY} (?P<day>[0-9]{{1,2}}){NTH}(?: of the month)?", _monthly),
    rule(rf"(?:on )?{THE} of (?:every|each) month", _monthly),
    # "Setiap jam 9 pagi" is every day at nine: the hour itself is read after it.
    rule(r"(?:tiap|setiap)(?= (?:jam|pukul) (?:setengah )?[0-9])", lambda _: Round(Every.DAY)),
    phrases(
        {
            (Round(Every.DAY), During(Part.MORNING)): "tiap pagi, setiap pagi, every morning, each morning",
            (Round(Every.DAY), During(Part.NOON)): "tiap siang, setiap siang",
            (Round(Every.DAY), During(Part.AFTERNOON)): "tiap sore, setiap sore, every afternoon",
            (Round(Every.DAY), During(Part.EVENING)): "every evening",
            (Round(Every.DAY), During(Part.NIGHT)): "tiap malam, setiap malam, every night",
            Round(Every.DAY): """
                tiap hari, setiap hari, saban hari, tiap-tiap hari, harian, sehari sekali, every day, each day,
                everyday, every single day, daily, once a day
            """,
            Round(Every.WEEK, (0, 1, 2, 3, 4)): """
                tiap hari kerja, setiap hari kerja, hari kerja, every weekday, weekdays, on weekdays, every working
                day
            """,
            Round(Every.WEEK, (5, 6)): """
                tiap akhir pekan, setiap akhir pekan, tiap weekend, setiap weekend, every weekend, weekends, on
                weekends
            """,
            Round(Every.MONTH, day=1): "tiap awal bulan, setiap awal bulan, at the start of every month",
            Round(Every.MONTH, day=31): """
                tiap akhir bulan, setiap akhir bulan, every end of the month, every end of month, at the end of every
                month, at the end of each month
            """,
            Trouble("which_weekday"): """
                tiap minggu, setiap minggu, tiap pekan, setiap pekan, seminggu sekali, mingguan, every week, each
                week, weekly, once a week
            """,
            Trouble("which_monthday"): """
                tiap bulan, setiap bulan, sebulan sekali, bulanan, every month, each month, monthly, once a month
            """,
            Trouble("which_rhythm"): """
                tiap jam, setiap jam, tiap tahun, setiap tahun, every hour, each hour, hourly, every year, yearly,
                fortnightly, biweekly
            """,
        }
    ),
    rule(
        rf"{EVERY} (?:other|second|two|three|[0-9]+|dua|tiga) "
        rf"(?:{WEEKDAY}|days?|weeks?|months?|hours?|hari|minggu|pekan|bulan|jam)"
        r"|(?:dua|tiga|[0-9]+) (?:hari|minggu|pekan|bulan) sekali"
        rf"|{EVERY} (?:first|third|fourth|last|[0-9]{NTH}) {WEEKDAY}(?: (?:of|in) (?:the|each|every) month)?"
        rf"|{EVERY} (?:hari )?{WEEKDAY} (?:pertama|kedua|ketiga|keempat|terakhir)"
        r"|(?:[0-9]+\s*x|[0-9]+ kali|[0-9]+ times|twice|thrice|dua kali|tiga kali) "
        r"(?:sehari|seminggu|sebulan|an? (?:day|week|month))",
        lambda _: Trouble("which_rhythm"),
    ),
)
BEST_HOUR = phrases(
    {
        Word.BEST_HOUR: """
            jam terbaik, jam terbaiknya, jam terbaik mereka, jam terbaik masing-masing, jam terbaik masing2, waktu
            terbaik, jam favorit, jam favorit mereka, best hour, best hours, best time, their best hour, their best
            hours, their best time, each at their best hour, everyone's best hour, each customer's best hour
        """
    }
)
RULES = (*ROUNDS, BEST_HOUR)
