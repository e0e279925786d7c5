"""What was just changed on the page: said on it once, told in the chat, and how it is taken back.

A cookie that we signed carries it over the redirect, so that nothing of it stands in an address.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from sqlmodel import Session

from bot.talk.turn import Turn
from ledger import notices
from ledger.identity import fingerprint
from ledger.tables import EVERYWHERE

SCOPE = "privacy page done"
LONGEST = 3_000
"""Signs: browsers keep no cookie over 4,096."""
Values = Mapping[str, str]
SILENT = frozenset({"nothing", "words_changed"})
"""What changed nothing is said on the page alone."""


@dataclass(frozen=True)
class Done:
    """``key`` and ``values`` are words of the shelf "page_done". ``where``: the channel, EVERYWHERE or nothing.

    ``back`` are the fields that take it back on the page; ``asks`` the purposes whose question stands there again;
    ``undo`` and ``undo_values`` the words of the shelf "page_undo" that take it back in the chat.
    """

    key: str
    values: Values = field(default_factory=dict)
    where: str = ""
    back: Values = field(default_factory=dict)
    asks: tuple[str, ...] = ()
    undo: str = ""
    undo_values: Values = field(default_factory=dict)


def tell(turn: Turn, done: Done) -> None:
    """In the chat that the link went to, so that a stranger who has it is noticed."""
    notices.tell(
        turn.session,
        turn.address.id,
        "page_changed",
        turn.now,
        done=notices.term("page_done", done.key, **done.values),
        where=_place(done.where),
        undo=notices.term("page_undo", done.undo, **done.undo_values) if done.undo else "",
        undo_label=notices.term("page_undo_label", done.undo, **done.undo_values) if done.undo else "",
    )


def _place(where: str) -> Any:
    if not where:
        return ""
    return notices.term("page", "everywhere") if where == EVERYWHERE else notices.term("channels", where)


def sealed(session: Session, token: str, done: Done) -> str:
    """As a cookie carries it; empty where it would be too long."""
    said = base64.urlsafe_b64encode(json.dumps(asdict(done), separators=(",", ":")).encode()).decode()
    return f"{said}.{_mark(session, token, said)}" if len(said) <= LONGEST else ""


def unsealed(session: Session, token: str, cookie: str) -> Done | None:
    """What a cookie of ours says; None for any other."""
    said, _, mark = cookie.rpartition(".")
    if not said or not hmac.compare_digest(_mark(session, token, said).encode(), mark.encode()):
        return None
    try:
        told = json.loads(base64.urlsafe_b64decode(said))
    except (binascii.Error, ValueError):
        return None
    return Done(**{**told, "asks": tuple(told["asks"])})


def _mark(session: Session, token: str, said: str) -> str:
    return fingerprint(session, SCOPE, f"{token} {said}")
