"""A customer's own word for the shop's audits: told by themselves, never asked for, and taken back by a word."""

from __future__ import annotations

from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger import auditable
from ledger.auditable import Gender


def tell(turn: Turn, said: str) -> list[Reply]:
    """They tell it, or ask what it is about; what is no answer was sifted out before."""
    told = auditable.read(said) if said.strip() else None
    if told is not None:
        auditable.tell(turn.session, turn.customer.id, told, turn.now)
    return [turn.reply("fairness", kept=kept(turn), is_new=told is not None)]


def remove(turn: Turn) -> list[Reply]:
    """It is nobody's business any more."""
    auditable.remove(turn.session, turn.customer.id)
    return [turn.reply("fairness_removed")]


def kept(turn: Turn) -> str:
    """What is kept, in words; empty where nothing is."""
    gender: Gender | None = auditable.kept(turn.session, turn.customer.id)
    return turn.word("genders", gender) if gender is not None else ""
