"""A campaign in one line, in Indonesian, English or both: from words to a draft, and back.

    line ─ split ─> own words    the rest ─ cover ─> pieces ─ lay ─> draft, unknown words, faults

Nothing is guessed that costs money: a word nobody knows is reported, never skipped, and what is understood and cannot
be is a fault with its sentence in templates/words/<language>/lines.toml under [line_faults]. Pure.
"""

from bot.talk.desk.lines.laying import ABSENT
from bot.talk.desk.lines.names import Known
from bot.talk.desk.lines.proposing import nearest, refuses
from bot.talk.desk.lines.reading import Line, read
from bot.talk.desk.lines.spelling import spell

__all__ = ["ABSENT", "Known", "Line", "nearest", "read", "refuses", "spell"]
