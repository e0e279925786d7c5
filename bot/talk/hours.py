"""Hours as people write them: "20-9", "jam 20.00 sampai 09.30", "9 pm to 8 am". Pure."""

from __future__ import annotations

import re

CLOCK = r"(\d{1,2})(?:[.:](\d{2}))?\s*(am|pm|pagi|siang|sore|malam)?"
SPAN = re.compile(
    rf"(?:(?:jam|pukul|from|dari|between|antara)\s+){{0,2}}{CLOCK}\s*(?:-|–|—|sampai|s/d|sd|hingga|dan|and|to|until|till)\s*(?:jam\s+|pukul\s+)?{CLOCK}",
    re.IGNORECASE,
)
AFTERNOON = frozenset({"pm", "sore", "malam"})


def span(text: str) -> str | None:
    """ "20:00-09:00" for what somebody wrote, or None where it is no span of hours."""
    found = SPAN.fullmatch(" ".join(text.split()))
    if found is None:
        return None
    ends = [_clock(*found.groups()[:3]), _clock(*found.groups()[3:])]
    return f"{ends[0]}-{ends[1]}" if None not in ends and ends[0] != ends[1] else None


def _clock(hour: str, minute: str | None, part: str | None) -> str | None:
    hours, minutes = int(hour), int(minute or 0)
    said = (part or "").casefold()
    if said in AFTERNOON and hours < 12:
        hours += 12
    elif said == "am" and hours == 12:
        hours = 0
    elif said == "siang" and hours < 6:
        hours += 12
    if hours == 24 and not minutes:
        hours = 0
    return f"{hours:02}:{minutes:02}" if hours < 24 and minutes < 60 else None
