"""What comes round again, as one says it: "setiap Jumat pukul 10.00"."""

from __future__ import annotations

from babel.dates import format_time, get_day_names
from babel.lists import format_list

from bot.talk.replies import Teller
from campaigns.launching.recurring import Every, Recurrence

SHORTEST_MONTH = 28
ENDINGS = {1: "st", 2: "nd", 3: "rd"}


def recurrence_words(teller: Teller, recurrence: Recurrence) -> str:
    """Which days and at what time; where some months lack the day, what they have instead."""
    time = format_time(recurrence.at, teller.word("recurrence", "clock"), locale=teller.language)
    match recurrence.every:
        case Every.DAY:
            return teller.word("recurrence", "day", time=time)
        case Every.WEEK:
            return teller.word("recurrence", "week", days=_weekdays(teller, recurrence), time=time)
        case Every.MONTH:
            day = recurrence.day or 1
            key = "month" if day <= SHORTEST_MONTH else "month_or_last"
            return teller.word("recurrence", key, day=day, nth=_nth(day), time=time)


def _weekdays(teller: Teller, recurrence: Recurrence) -> str:
    names = get_day_names("wide", locale=teller.language)
    told: str = format_list([names[day] for day in recurrence.weekdays], locale=teller.language)
    return told


def _nth(day: int) -> str:
    """As English counts."""
    return f"{day}{'th' if 11 <= day <= 13 else ENDINGS.get(day % 10, 'th')}"
