"""Where the words of each campaign message stand with WhatsApp, which may be used, and what follows from that.

ours → made → submitted → approved, or rejected; later perhaps paused or disabled

Words that were changed since are made anew under the next version of their name; until those are approved the older
ones go out, as they were approved.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlmodel import Session, col, or_, select

from campaigns.launching.drafts import SURVEY
from campaigns.sending import holding
from campaigns.shop import Shop
from campaigns.tables import Approval, ApprovedContent, Campaign, Message, State, Status
from campaigns.words.composing import Composer
from campaigns.words.frames import base_of, reads_as, version_of
from ledger import audit, notices
from ledger.notices import term
from ledger.tables import Customer

CHANNEL = "whatsapp"
AWAITED = (Approval.UNSUBMITTED, Approval.RECEIVED, Approval.PENDING)
CLOSED = (Approval.REJECTED, Approval.PAUSED, Approval.DISABLED)
LOOKED_AT_AFTER = timedelta(hours=24)
"""How soon we ask again about words of which no news is expected."""
REASONS = frozenset(
    [
        "invalid_format",
        "tag_content_mismatch",
        "incorrect_category",
        "abusive_content",
        "scam",
        "promotional",
        "none",
        "63040",
        "63041",
        "63042",
    ]
)
"""Why WhatsApp turns words down, where it says so in a word."""
SETTLED_AFTER = timedelta(hours=1)
GONE = "deleted"
"""The reason of words that Twilio does not list any more."""


@cache
def _catalog() -> Composer:
    return Composer()


def name_of(template: str, is_discounted: bool) -> str:
    """What the words of a campaign message are called, by templates/catalog.toml."""
    return _catalog().content_of(template, is_discounted).name


@cache
def _messages() -> Mapping[str, tuple[str, bool]]:
    """Which message has these words: its template, and whether there is a discount."""
    offers = {
        entry.name: (each.name, bool(n))
        for each in _catalog().catalog.values()
        for n, entry in enumerate(each.contents)
    }
    return {**offers, _catalog().invitation.name: (SURVEY, False)}


@dataclass(frozen=True)
class Standing:
    """All words that WhatsApp knows of us, by name and language, the oldest version first."""

    versions: Mapping[tuple[str, str], Sequence[ApprovedContent]]

    def of(self, template: str, language: str, is_discounted: bool) -> ApprovedContent | None:
        """The newest approved words of a message; None where it has none that may be sent."""
        known = self.versions.get((name_of(template, is_discounted), language), ())
        return next((each for each in reversed(known) if each.approval == Approval.APPROVED), None)

    def newest(self, name: str, language: str) -> ApprovedContent | None:
        """The last version that was made of these words, wherever it stands."""
        known = self.versions.get((name, language), ())
        return known[-1] if known else None


def standing(session: Session) -> Standing:
    """How it stands now, as far as WhatsApp told us."""
    versions: dict[tuple[str, str], list[ApprovedContent]] = defaultdict(list)
    for each in sorted(session.exec(select(ApprovedContent)), key=lambda each: version_of(each.name)):
        versions[base_of(each.name), each.language].append(each)
    return Standing(versions)


def is_gone(content: ApprovedContent) -> bool:
    """Whether it was deleted there."""
    return content.approval == Approval.DISABLED and content.reason == GONE


def are_due(session: Session, now: datetime) -> bool:
    """Whether it is time to ask again: at once while some wait for an answer or are paused, otherwise daily."""
    is_awaited = col(ApprovedContent.approval).in_((*AWAITED, Approval.PAUSED))
    is_old = col(ApprovedContent.looked_at) <= now - LOOKED_AT_AFTER
    return session.exec(select(ApprovedContent.sid).where(or_(is_awaited, is_old)).limit(1)).first() is not None


def note_listed(
    session: Session, listed: Mapping[str, tuple[Approval, str]], now: datetime, language: str = Shop.language
) -> None:
    """All that the provider lists, by number. What it does not list any more is gone, and cannot be sent.

    What was made just now it may not list yet. ``language`` is the shop's.
    """
    is_listed, is_settled = col(ApprovedContent.sid).in_(listed), col(ApprovedContent.made_at) <= now - SETTLED_AFTER
    ours = session.exec(select(ApprovedContent.sid).where(or_(is_listed, is_settled))).all()
    note(session, [(sid, *listed.get(sid, (Approval.DISABLED, GONE))) for sid in ours], now, language)


def note(
    session: Session, told: Sequence[tuple[str, Approval, str]], now: datetime, language: str = Shop.language
) -> None:
    """What WhatsApp says of words, by their number: where they stand, and why.

    Those that may not be sent any more pause the campaigns that need them, unless an older version may be. The team
    is told what changed for the better or the worse, once. ``language`` is the shop's: of who chose none.
    """
    said = {sid: (approval, reason) for sid, approval, reason in told}
    wanted = select(ApprovedContent).where(col(ApprovedContent.sid).in_(said)).order_by(col(ApprovedContent.name))
    opened, closed = [], []
    for each in session.exec(wanted.with_for_update()).all():
        was, (each.approval, each.reason) = each.approval, said[each.sid]
        each.looked_at = now
        session.add(each)
        if each.approval == was:
            continue
        audit.record(session, now, CHANNEL, "words " + each.approval, each.name, language=each.language)
        opened += [each] if each.approval == Approval.APPROVED else []
        closed += [each] if each.approval in CLOSED else []
    session.flush()
    held = hold(session, closed, language, now)
    if opened:
        _tell_opened(session, opened, now)
    if closed:
        _tell_closed(session, closed, held, now)


def close(session: Session, message: Message, code: str) -> list[ApprovedContent]:
    """The provider would not send the words of ``message``: nobody is sent them until it has been asked again where
    they stand. Which they are; none where that cannot be told any more."""
    wanted = select(ApprovedContent).where(ApprovedContent.name == message.content).with_for_update()
    closed = [each for each in session.exec(wanted).all() if reads_as(each.body, message.body or "")]
    for each in closed:
        each.approval, each.reason = Approval.PAUSED, code
        session.add(each)
    session.flush()
    return closed


def hold(session: Session, closed: Sequence[ApprovedContent], language: str, now: datetime, code: str = "") -> int:
    """Pause what has messages that nothing can be said in; how many campaigns. ``language`` is the shop's."""
    left = standing(session)
    held = 0
    for each in closed:
        found = _messages().get(base_of(each.name))
        if found is not None and left.of(found[0], each.language, found[1]) is None:
            numbers = [
                campaign.id
                for campaign in _waiting(session, *found, each.language, is_usual=each.language == language)
            ]
            held += holding.hold(session, numbers, holding.CONTENT_CLOSED, now, code=code, content=each.name)
    return held


def _waiting(
    session: Session, template: str, is_discounted: bool, language: str, *, is_usual: bool
) -> list[Campaign]:
    """Running campaigns with messages on WhatsApp to somebody of that language; where it is the shop's usual one,
    to who chose none as well."""
    reads_it = Customer.language == language
    waiting = (
        select(Message.campaign_id)
        .join(Customer, col(Customer.id) == col(Message.customer_id))
        .where(
            Message.channel == CHANNEL,
            Message.state == State.PLANNED,
            or_(reads_it, col(Customer.language).is_(None)) if is_usual else reads_it,
        )
    )
    running = select(Campaign).where(
        Campaign.template == template, Campaign.status == Status.RUNNING, col(Campaign.id).in_(waiting)
    )
    return [each for each in session.exec(running) if _has_form(each, is_discounted)]


def _has_form(campaign: Campaign, is_discounted: bool) -> bool:
    return any(bool(form.discount_percent) == is_discounted for form in campaign.forms)


def _tell_opened(session: Session, opened: Collection[ApprovedContent], now: datetime) -> None:
    """With the campaigns that stood still for want of words."""
    messages = {_messages()[base_of(each.name)] for each in opened if base_of(each.name) in _messages()}
    held = session.exec(
        select(Campaign)
        .where(Campaign.status == Status.PAUSED, Campaign.pause_reason == holding.CONTENT_CLOSED)
        .order_by(col(Campaign.id))
    ).all()
    free = [
        each.parent_id or each.id
        for each in held
        if any(each.template == t and _has_form(each, d) for t, d in messages)
    ]
    notices.tell_team(
        session,
        "words_approved",
        now,
        offers=[term("templates", template) for template in sorted({template for template, _ in messages})],
        numbers=list(dict.fromkeys(free)),
    )


def _tell_closed(session: Session, closed: Collection[ApprovedContent], held: int, now: datetime) -> None:
    told = [
        {
            "name": each.name,
            "language": each.language,
            "approval": term("approvals", each.approval),
            "reason": _reason(each.reason),
        }
        for each in closed
    ]
    notices.tell_team(session, "words_closed", now, words=told, held=held)


def _reason(reason: str) -> str | dict[str, Any]:
    """WhatsApp's short words for it in ours; its sentences as they are."""
    return term(*key) if (key := reason_word(reason)) else reason


def reason_word(reason: str) -> tuple[str, str] | None:
    """The lexicon's word for a reason that has one."""
    key = reason.casefold()
    if key == GONE:
        return "approvals", key
    return ("approval_reasons", key) if key in REASONS else None
