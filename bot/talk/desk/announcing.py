"""That somebody of the team held a campaign, let it go on or ended it, told to the others who may decide about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot import telling
from bot.talk.replies import Teller
from campaigns.launching import planning
from campaigns.tables import Campaign
from campaigns.words.composing import Reply
from campaigns.words.wording import first_name
from ledger import customers, notices
from ledger.tables import Address, Notice, Role

TURNED, ALARM = "campaign_turned", "campaign_alarm"
HELD, RESUMED, ENDED = "held", "resumed", "ended"
LEAST = {HELD: Role.MANAGER, RESUMED: Role.OWNER, ENDED: Role.OWNER}
"""Who is told: what staff held a manager may let go on; what a manager decided the owners hear of."""


def announce(session: Session, campaign: Campaign, deed: str, now: datetime, *, place: int | None) -> None:
    """Tell it, besides in the chat it was done in; ``place`` is None for the command line."""
    values: dict[str, Any] = {"number": campaign.id, "deed": deed, "place": place}
    notices.tell_team(session, TURNED, now, least=LEAST[deed], besides=place, **values)


def told(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """Who did it is looked up when it is told: the notice keeps nobody's name."""
    place, deed = notice.data["place"], notice.data["deed"]
    chat = session.get(Address, place) if place is not None else None
    name = first_name(customers.of(session, chat).name) if chat is not None else ""
    by = name or teller.word("turned", "somebody" if place is not None else "command_line")
    return teller.say(TURNED, number=notice.data["number"], deed=deed, by=by)


def alarmed(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    """That one stopped by itself. What waits is counted when it is told: of a batch that was on its way when it
    stopped, the rest was written down as waiting later."""
    values = {name: telling.in_words(value, teller) for name, value in notice.data.items()}
    campaign = session.get(Campaign, notice.data["number"])
    if campaign is not None:
        values["waiting"] = planning.unsent(session, campaign)
    return teller.say(ALARM, **values)


telling.WORDS |= {TURNED: told, ALARM: alarmed}
