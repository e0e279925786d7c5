"""What stands on the privacy page: their choices, what is kept of them, what came lately and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlmodel import col, select

from bot.talk import categories, joining, privacy, steering
from bot.talk.turn import Turn
from bot.web.privacy import deeds
from bot.web.privacy.done import SILENT, Done
from campaigns.choosing import reasons
from campaigns.privacy import exporting
from campaigns.tables import SENT_STATES, Message
from ledger import consent, preferences
from ledger.catalog import folded
from ledger.tables import EVERYWHERE, ConsentEvent, ConsentWording, Purpose

Values = Mapping[str, Any]
MOST_OFFERS = 5
MOST_CATEGORIES = 5
"""More are folded away."""


def values(turn: Turn, done: Done | None) -> Values:
    """Everything the page is filled with; looks only."""
    state = steering.state(turn)
    places = steering.places_of(turn)
    frequency, quiet = state["frequency"], state["quiet"]
    start, _, end = quiet.partition("-")
    return {
        "purposes": [_purpose(turn, each, places) for each in Purpose],
        "allows_any": _allows_any(turn, places),
        "is_held": state["is_held"],
        "frequency": frequency,
        "per_month": turn.shop.caps.per_30_days,
        "quiet": quiet,
        "quiet_from": start,
        "quiet_to": end,
        "shops_quiet": state["shops_quiet"],
        "is_tight": state["is_tight"],
        "categories": _categories(turn),
        "most_categories": MOST_CATEGORIES,
        "birthday": state["birthday"],
        "language": turn.language,
        "place": turn.inbound.channel,
        "places": [(each, turn.word("channels", each)) for each in places],
        "willing": [each for each in places if _offers(turn, each)],
        "channel": steering.manners_of(turn).channel or "",
        "everywhere": EVERYWHERE,
        "is_proven": turn.is_proven,
        "age": _age(turn),
        "minimum_age": turn.shop.minimum_age,
        "kept": privacy.summary(turn),
        "about": exporting.about(turn.session, turn.customer, composer=turn.composer, shop=turn.shop),
        "offers": _offers_of(turn),
        "done": _said(turn, done) if done is not None else None,
    }


def _purpose(turn: Turn, purpose: Purpose, places: list[str]) -> Values:
    """One permission: in each chat, since when, and the question to whose words a yes is given."""
    asked, wording = joining.shown_to_anybody(turn, deeds.QUESTIONS[purpose])
    said = consent.last_words(turn.session, turn.customer.id, turn.inbound.channel).get(purpose)
    return {
        "key": purpose.value,
        "granted": said.granted if said is not None else None,
        "since": said.at if said is not None else None,
        "version": said.wording if said is not None and said.granted else wording.version,
        "why_not": deeds.may_ask(turn, purpose),
        "question": asked.text.splitlines(),
        "agreed": _agreed(turn, said),
        "yes": asked.buttons[0].label,
        "no": asked.buttons[1].label,
        "hash": wording.hash,
        "wording": wording.version,
        "elsewhere": [
            (each, turn.word("channels", each), _word_of(turn, each, purpose))
            for each in places
            if each != turn.inbound.channel
        ],
    }


def _agreed(turn: Turn, said: ConsentEvent | None) -> list[str]:
    """The words that their yes was given to, as they were shown then."""
    kept = turn.session.get(ConsentWording, said.wording_hash) if said is not None and said.granted else None
    return kept.text.splitlines() if kept is not None else []


def _word_of(turn: Turn, channel: str, purpose: Purpose) -> bool | None:
    stands: bool | None = getattr(consent.standing(turn.session, turn.customer.id, channel), purpose.value)
    return stands


def _offers(turn: Turn, channel: str) -> bool:
    return consent.standing(turn.session, turn.customer.id, channel).allows(Purpose.OFFERS)


def _allows_any(turn: Turn, places: list[str]) -> bool:
    chats = {turn.inbound.channel, *places}
    return any(_word_of(turn, each, purpose) for each in chats for purpose in Purpose)


def _age(turn: Turn) -> str:
    """Whether the question of age is open, was answered with a no, or need not be asked."""
    if joining.is_old_enough(turn):
        return ""
    return "young" if turn.customer.of_age == joining.TOO_YOUNG else "open"


def _categories(turn: Turn) -> list[Values]:
    wishes = preferences.wishes(turn.session, turn.customer.id)
    never, less = set(map(folded, wishes.never)), set(map(folded, wishes.less))
    rows = [
        {"name": each, "is_shown": folded(each) not in never, "is_less": folded(each) in less}
        for each in categories.known(turn)
    ]
    return sorted(rows, key=lambda row: row["is_shown"] and not row["is_less"])


def _offers_of(turn: Turn) -> list[Values]:
    theirs = select(Message).where(turn.is_theirs(Message.customer_id), col(Message.state).in_(SENT_STATES))
    newest = theirs.order_by(col(Message.sent_at).desc(), col(Message.id).desc()).limit(MOST_OFFERS)
    return [
        {
            "at": each.sent_at,
            "channel": turn.word("channels", each.channel) if each.channel else "",
            "text": each.body or "",
            "why": reasons.why(turn.session, turn.composer, turn.language, each),
        }
        for each in turn.session.exec(newest)
    ]


def _said(turn: Turn, done: Done) -> Values:
    """What was just changed, in words, with the way back."""
    where = ""
    if done.where:
        where = turn.word("page", "everywhere") if done.where == EVERYWHERE else turn.word("channels", done.where)
    return {
        "text": turn.word("page_done", done.key, **done.values),
        "where": where,
        "is_told": done.key not in SILENT,
        "back": done.back,
        "asks": done.asks,
    }
