"""A visit to the privacy page, as a turn of its chat: what is done there is done by the chat's own functions.

link → whose chat → a turn like any other, whose evidence says that it was said on the page
"""

from __future__ import annotations

import secrets
from collections import deque
from datetime import datetime, timedelta

from sqlmodel import Session

from bot import privacy_links
from bot.app import App
from bot.inbound import Inbound
from bot.talk.turn import Turn
from ledger import conversations, team
from ledger.consent import Evidence

PAGE = "page"
"""Where it was said, in the proof of consent: not in the chat, whose name is the scope."""
MOST_CHANGES, WITHIN = 40, timedelta(minutes=10)


class PageTurn(Turn):
    """A turn that was taken on the page."""

    @property
    def evidence(self) -> Evidence:
        """What stood on the button, as proof."""
        return Evidence(PAGE, self.inbound.verbatim)


def turn_of(app: App, session: Session, token: str, now: datetime, pressed: str = "") -> PageTurn | None:
    """The turn of whoever has that link; None where it leads nowhere. ``pressed``: the words of the button."""
    found = privacy_links.visitor(session, token, now)
    if found is None:
        return None
    place = found.address
    said = Inbound(place.channel, place.address, pressed, f"{PAGE}-{secrets.token_hex(8)}", is_press=True)
    role = team.role_of(session, place)
    return PageTurn(session, said, place, found.customer, role, app.shop, app.composer, app.channels, now)


def taken(app: App, session: Session, token: str, now: datetime, pressed: str = "") -> PageTurn | None:
    """The same to change something: whatever is said in that chat meanwhile waits, or was heard before."""
    found = privacy_links.visitor(session, token, now)
    if found is None:
        return None
    conversations.take_turn(session, found.address.channel, found.address.address)
    session.expire_all()
    return turn_of(app, session, token, now, pressed)


class Pace:
    """How many changes one chat's page has made lately: a person presses a few, a machine many."""

    def __init__(self) -> None:
        self._lately: dict[int, deque[datetime]] = {}

    def allows(self, address_id: int, now: datetime) -> bool:
        """Whether one more is all right; it counts from now on."""
        self._lately = {each: at for each, at in self._lately.items() if at and now - at[-1] < WITHIN}
        lately = self._lately.setdefault(address_id, deque(maxlen=MOST_CHANGES))
        if len(lately) == MOST_CHANGES and now - lately[0] < WITHIN:
            return False
        lately.append(now)
        return True
