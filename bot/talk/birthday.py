"""A customer's birthday, told by themselves: day and month, kept until they take it back."""

from __future__ import annotations

from babel.dates import format_date

from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import birthdays
from ledger.tables import Purpose


def tell(turn: Turn, said: str) -> list[Reply]:
    """They tell it, or ask what is kept; what is no day of a year was sifted out before."""
    told = birthdays.read(said.rstrip(".! ")) if said else None
    if told is not None:
        turn.customer.birthday = told
        turn.session.add(turn.customer)
    return [_answer(turn, is_new=told is not None)]


def remove(turn: Turn) -> list[Reply]:
    """It is nobody's business any more."""
    turn.customer.birthday = None
    turn.session.add(turn.customer)
    return [turn.reply("birthday_removed")]


def kept(turn: Turn) -> str:
    """Their birthday in words, "17 Agustus"; empty where none is known."""
    day = turn.customer.birthday
    return format_date(birthdays.in_a_leap_year(day), "d MMMM", locale=turn.language) if day else ""


def _answer(turn: Turn, *, is_new: bool) -> Reply:
    standing = turn.standing
    is_used = standing.offers is True and standing.allows(Purpose.PROFILING)
    return turn.reply("birthday", day=kept(turn), is_new=is_new, is_used=is_used, has_offers=standing.offers is True)
