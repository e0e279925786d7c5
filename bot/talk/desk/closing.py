"""That WhatsApp lets words go out no more, as the team is told: why, whom it hits, and which file to change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlmodel import Session, col, select

from bot import telling
from bot.talk.desk import timing
from bot.talk.replies import Teller
from campaigns.launching import planning, previewing
from campaigns.sending import holding
from campaigns.tables import Approval, Campaign, Status
from campaigns.words import contents
from campaigns.words.composing import Laid, Reply
from campaigns.words.frames import base_of
from campaigns.words.phrasing import phrasing
from ledger.notices import TERM
from ledger.tables import Address, Notice

CLOSED = "words_closed"
MOST_NAMED = 4
"""So many words have their name and file told; of more it is told how many they are."""
MOST_CAMPAIGNS = 6


def told(session: Session, notice: Notice, teller: Teller, now: datetime) -> Reply:
    """By reason. The campaigns are looked up when it is told, as they stand then."""
    words: Sequence[Mapping[str, Any]] = notice.data["words"]
    of = {frame.name: (template, is_discounted) for template, is_discounted, frame in teller.composer.frames()}
    closed = {of[base_of(each["name"])] for each in words if base_of(each["name"]) in of}
    campaigns = list(_hit(session, teller, closed, now))
    return teller.say(
        CLOSED,
        groups=[_group(teller, alike, of) for alike in _alike(words)],
        campaigns=[Laid(each) for each in campaigns[:MOST_CAMPAIGNS]],
        more=max(0, len(campaigns) - MOST_CAMPAIGNS),
        heals=all(_standing(each) == Approval.PAUSED for each in words),
    )


def _alike(words: Sequence[Mapping[str, Any]]) -> list[list[Mapping[str, Any]]]:
    """Those together that stand the same for the same reason, the most first."""
    groups: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for each in words:
        groups[repr((each["approval"], each["reason"]))].append(each)
    return sorted(groups.values(), key=len, reverse=True)


def _group(teller: Teller, words: Sequence[Mapping[str, Any]], of: Mapping[str, tuple[str, bool]]) -> dict[str, Any]:
    first, named = words[0], words if len(words) <= MOST_NAMED else ()
    return {
        "approval": telling.in_words(first["approval"], teller),
        "reason": telling.in_words(first["reason"], teller),
        "n": len(words),
        "names": [_called(teller, each, of) for each in named],
        "files": [f"templates/whatsapp/{each['language']}/{base_of(each['name'])}.j2" for each in named],
        "wants_change": _standing(first) != Approval.PAUSED and first["reason"] != contents.GONE,
    }


def _called(teller: Teller, words: Mapping[str, Any], of: Mapping[str, tuple[str, bool]]) -> str:
    """ "ajak kembali …, dengan diskon (Indonesia)"; a name nobody knows any more as it is."""
    name = base_of(words["name"])
    if name not in of:
        return name
    template, is_discounted = of[name]
    offer, language = teller.word("templates", template), teller.word("approved_languages", words["language"])
    return teller.word("approving", "called", offer=offer, language=language, is_discounted=is_discounted)


def _standing(words: Mapping[str, Any]) -> str:
    approval = words["approval"]
    return str(approval[TERM][1]) if isinstance(approval, dict) else str(approval)


def _hit(session: Session, teller: Teller, closed: Collection[tuple[str, bool]], now: datetime) -> Iterator[str]:
    """Those that stand still because of it, and those to come that leave out people because of it."""
    stand = col(Campaign.status).in_((Status.SCHEDULED, Status.PAUSED))
    for each in session.exec(select(Campaign).where(stand).order_by(col(Campaign.id))).all():
        if not any((each.template, bool(form.discount_percent)) in closed for form in each.forms):
            continue
        if each.status == Status.PAUSED and each.pause_reason == holding.CONTENT_CLOSED:
            yield teller.word("closing", "held", number=each.id, n=planning.unsent(session, each))
        elif each.status == Status.SCHEDULED:
            mute, of = _unspoken(session, each, teller, now)
            if mute:
                when = timing.when(teller, each)
                yield teller.word("closing", "hit", number=each.id, when=when, n=mute, of=of)


def _unspoken(session: Session, campaign: Campaign, teller: Teller, now: datetime) -> tuple[int, int]:
    """To how many of those chosen nothing could be said at its start, and of how many."""
    at = previewing.begins(campaign, teller.shop, now)
    channels = session.exec(select(Address.channel).distinct()).all()
    plan, _ = previewing.expected(session, campaign, channels, teller.shop, at)
    return phrasing(session, campaign, plan, at).unspoken, plan.chosen
