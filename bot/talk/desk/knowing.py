"""What the grammar of a line has to know of this shop: its goals, audiences and bundles by every name they go by."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.talk.desk.lines.names import Known, audience_names, goal_names
from campaigns import insights
from campaigns.choosing.audiences import NAMED_AUDIENCES, said_with
from campaigns.grouping import members, own, ways
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import Composer


def known(session: Session, composer: Composer, shop: Shop, language: str, now: datetime) -> Known:
    """As things stand now; ``language`` is the one in which lines are written back."""
    found = [*insights.segments(session), *insights.micro_segments(session)]
    there = [*NAMED_AUDIENCES, *members.WAYS, *(each.key for each in found)]
    absent = [key for key in composer.shelf(language, "segments") if key not in there]
    return Known(
        language=language,
        now=now,
        zone=shop.zone,
        templates=goal_names(composer, language),
        audiences=_grouped(session, composer, language, shop, now) | audience_names(composer, language, there),
        bundles=[tuple(each.product_ids) for each in insights.bundles(session)],
        absent=audience_names(composer, language, absent),
    )


def _grouped(session: Session, composer: Composer, language: str, shop: Shop, now: datetime) -> dict[str, str]:
    """The shop's own segments by their names, and who has a chat or buys somewhere."""
    found = {each.name.casefold(): own.key(each) for each in own.everyone(session)}
    for each in ways.by_channel(session, members.asked(session, shop, now)):
        kind = each.key.partition(":")[0]
        for spoken in dict.fromkeys((language, *LANGUAGES)) if each.key not in members.WAYS else ():
            name = composer.word(spoken, "audiences", kind, **said_with(each.key))
            found.setdefault(name.casefold(), each.key)
    return found
