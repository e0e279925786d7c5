"""When a campaign goes out, as one says it."""

from __future__ import annotations

from datetime import datetime

from babel.dates import format_date, format_time

from bot.talk.occasions import recurrence_words
from bot.talk.replies import Teller
from campaigns.launching.drafts import Trigger, When
from campaigns.launching.recurring import Recurrence
from campaigns.tables import Campaign


def when(teller: Teller, campaign: Campaign) -> str:
    """When it goes out, as one says it."""
    return when_told(
        teller,
        When(
            at=campaign.start_at if campaign.repeats is None else None,
            repeats=Recurrence.read(campaign.repeats) if campaign.repeats is not None else None,
            trigger=Trigger(campaign.trigger) if campaign.trigger is not None else None,
            at_best_hour=campaign.at_best_hour,
        ),
    )


def when_told(teller: Teller, wanted: When) -> str:
    """The same of what is only wanted yet."""
    if wanted.trigger is not None:
        return teller.word("preview", "trigger", trigger=teller.word("triggers", wanted.trigger))
    told = teller.word("preview", "now")
    if wanted.repeats is not None:
        told = recurrence_words(teller, wanted.repeats)
    elif wanted.at is not None:
        told = moment_told(teller, wanted.at)
    return f"{told}, {teller.word('preview', 'best_hour')}" if wanted.at_best_hour else told


def moment_told(teller: Teller, at: datetime) -> str:
    """ "Jumat, 6 November pukul 09.00", by the shop's clock."""
    local = at.astimezone(teller.shop.zone)
    day = format_date(local, "EEEE, d MMMM", locale=teller.language)
    return teller.word(
        "preview", "at", day=day, time=format_time(local, teller.word("recurrence", "clock"), locale=teller.language)
    )
