"""Who moved between segments since the run before, in words with their n."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from bot.talk.replies import Teller
from campaigns import insights
from campaigns.looking.moves import Move, Moves
from campaigns.looking.moves import moves as moves_of
from campaigns.words.composing import Reply

MOST_SHOWN = 3


def told(session: Session, teller: Teller) -> Reply:
    """All of it, or that there is nothing to compare with yet."""
    found = moves_of(session)
    return teller.say(
        "moves",
        is_known=found is not None,
        is_mined=insights.current_run(session) is not None,
        n=teller.number(found.known) if found else "",
        stayed=teller.number(found.stayed) if found else "",
        rows=lines(teller, found.between) if found else [],
        renamed=renamed(teller, found) if found else [],
        come=teller.number(found.come) if found and found.come else "",
        gone=teller.number(found.gone) if found and found.gone else "",
    )


def shortly(session: Session, teller: Teller) -> list[str]:
    """What most did, for the list of all segments."""
    found = moves_of(session)
    return [*renamed(teller, found), *lines(teller, found.between[:MOST_SHOWN])] if found else []


def lines(teller: Teller, moved: Sequence[Move]) -> list[str]:
    """ "12 people: Regulars → Coming less often"."""
    return [_said(teller, "moved", each) for each in moved]


def renamed(teller: Teller, found: Moves) -> list[str]:
    return [_said(teller, "renamed", each) for each in found.renamed]


def _said(teller: Teller, word: str, move: Move) -> str:
    before, now = (teller.word("segments", key) for key in (move.before, move.now))
    return teller.word("moves", word, n=teller.number(move.n), before=before, now=now)
