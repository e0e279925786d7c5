"""What the grammar of a line has to know of this shop: its goals, audiences and bundles by every name they go by."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from bot.talk.desk.lines import Known
from campaigns import insights
from campaigns.audiences import EVERYONE, OPEN_AUDIENCES
from campaigns.composing import Composer
from campaigns.shop import LANGUAGES, Shop

EVERYBODY = ("semua", "semua pelanggan", "everyone", "everybody", "all", "all customers")


def known(session: Session, composer: Composer, shop: Shop, language: str, now: datetime) -> Known:
    """As things stand now; ``language`` is the one in which lines are written back."""
    return Known(
        language=language,
        now=now,
        zone=shop.zone,
        templates=_goals(composer),
        audiences=_audiences(session, composer),
        bundles=[tuple(each.product_ids) for each in insights.bundles(session)],
    )


def _goals(composer: Composer) -> dict[str, str]:
    """Goals by their key, by their word in either language, and by what else people call them."""
    names = {name: name for name in composer.catalog}
    names |= {name.replace("_", " "): name for name in composer.catalog}
    for language in LANGUAGES:
        for name, word in composer.shelf(language, "templates").items():
            names.setdefault(word.casefold(), name)
        for name, words in composer.shelf(language, "goal_names").items():
            names |= {word.strip().casefold(): name for word in words.split(",") if name in composer.catalog}
    return names


def _audiences(session: Session, composer: Composer) -> dict[str, str]:
    """The segments there are, and the open audiences, by key and by name in either language."""
    there = [*OPEN_AUDIENCES, *(each.key for each in insights.segments(session))]
    names = {key: key for key in there} | {key.replace("_", " "): key for key in there}
    for language in LANGUAGES:
        for shelf in ("audiences", "segments"):
            words = composer.shelf(language, shelf)
            names |= {words[key].casefold(): key for key in there if key in words}
    return names | dict.fromkeys(EVERYBODY, EVERYONE)
