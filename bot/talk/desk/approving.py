"""A draft that is shown: a yes lets it run, a no drops it, other words change it, and who may not approve asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from bot import telling
from bot.talk.desk import closing, confirming, lines, previewing, speaking
from bot.talk.desk.asking import faults_told
from bot.talk.desk.differing import IN_THE_MESSAGE, differences, discounts_told
from bot.talk.desk.knowing import known
from bot.talk.desk.lines import Known, Line
from bot.talk.desk.previewing import Change
from bot.talk.intents import Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.launching import drafting, planning
from campaigns.launching import previewing as previews
from campaigns.launching.drafts import Draft
from campaigns.problems import Problem
from campaigns.tables import Campaign, Status
from campaigns.words.composing import BrokenTemplate, Laid, MissingPlaceholders, Reply
from campaigns.words.phrasing import phrasing
from campaigns.words.wording import first_name
from ledger import customers, notices
from ledger.columns import microseconds, moment
from ledger.tables import Address, ConversationState, Notice, Role

LAUNCH = "launch"
PREVIEW_LIFETIME = timedelta(minutes=30)
WAITING, DECIDED = "draft_waiting", "launch_decided"


def show(
    turn: Turn,
    teller: Teller,
    draft: Draft,
    campaign: Campaign | None = None,
    *,
    change: Change | None = None,
    is_again: bool = False,
) -> list[Reply]:
    """What would happen, with the question whether it shall. A draft that cannot be comes to nothing."""
    try:
        if campaign is None:
            campaign = drafting.draft(turn.session, turn.composer, draft, shop=turn.shop, by=turn.actor, now=turn.now)
        else:
            drafting.redraft(turn.session, turn.composer, campaign, draft, shop=turn.shop, now=turn.now)
        shown = previews.preview(turn.session, campaign, turn.composer, turn.channels, turn.shop, turn.now)
    except Problem as fault:
        _give_up(turn, campaign)
        return [teller.problem(fault)]
    except (MissingPlaceholders, BrokenTemplate) as fault:
        # Only whoever changes the templates can mend this: they are told which file and what.
        _give_up(turn, campaign)
        return [teller.say("problem", sentence=str(fault))]
    told = previewing.told(
        turn.session, teller, campaign, shown, turn.now,
        may_approve=may_approve(turn), is_again=is_again, change=change,
    )  # fmt: skip
    token = confirming.new_token()
    _open(turn, draft, campaign, told.remarks, shown_at=microseconds(turn.now), token=token)
    return [confirming.signed(told.reply, token)]


def answered(turn: Turn, teller: Teller, topic: ConversationState, means: Means) -> list[Reply]:
    """A yes to a preview that is still fresh sends it; other words change it."""
    campaign = planning.find(turn.session, topic.data["campaign"])
    draft = Draft.of(topic.data["draft"])
    if means is not Means.YES:
        return _changed(turn, teller, topic, campaign, draft)
    if not may_approve(turn):
        return _handed_on(turn, teller, campaign)
    if topic.data.get("is_aside"):
        return show(turn, teller, draft, campaign, is_again=True)
    if turn.now - moment(topic.data["shown_at"]) > PREVIEW_LIFETIME:
        stale = teller.say("launch_stale", minutes=PREVIEW_LIFETIME // timedelta(minutes=1))
        return [stale, *show(turn, teller, draft, campaign)]
    seen = Draft.of(topic.data["seen"])
    plan = planning.approve(turn.session, campaign, turn.channels, turn.shop, by=turn.actor, now=turn.now, seen=seen)
    turn.close_topic()
    _tell_who_asked(turn, campaign, is_approved=True)
    found = phrasing(turn.session, campaign, plan, previews.begins(campaign, turn.shop, turn.now))
    return [previewing.launched(teller, campaign, plan, found)]


def refused(turn: Turn, campaign: Campaign) -> None:
    """The draft comes to nothing, and who asked for approval is told."""
    if campaign.status == Status.DRAFT:
        planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
        _tell_who_asked(turn, campaign, is_approved=False)


def may_approve(turn: Turn) -> bool:
    return notices.RANK[turn.role or Role.STAFF] >= notices.RANK[Role.MANAGER]


def unclear(teller: Teller, said: str, there: Known, line: Line) -> Reply:
    """What was not understood, and the nearest line that would be, ready to copy; none where that drops a "not"."""
    return teller.say(
        "launch_unclear",
        unknown=", ".join(f"“{word}”" for word in line.unknown),
        faults=Laid(faults_told(teller, there, line)),
        nearest="" if lines.refuses(line) else Laid(lines.nearest(said, there, line)),
    )


def _changed(turn: Turn, teller: Teller, topic: ConversationState, campaign: Campaign, draft: Draft) -> list[Reply]:
    said = turn.inbound.text.strip()
    there = known(turn.session, turn.composer, turn.shop, turn.language, turn.now)
    line = lines.read(said, there, draft)
    told_before: Sequence[str] = topic.data.get("remarks", ())
    if line.unknown or line.faults:
        _open(turn, draft, campaign, told_before, shown_at=0, is_aside=True)
        if line.draft == draft and (said_to := speaking.to_a_customer(turn, teller)) is not None:
            return [said_to]
        return [unclear(teller, said, there, line)]
    told = differences(turn.session, teller, draft, line.draft)
    change = Change(tuple(told.values()), told_before, is_same_message=not IN_THE_MESSAGE.intersection(told))
    return show(turn, teller, line.draft, campaign, change=change)


def _open(
    turn: Turn,
    draft: Draft,
    campaign: Campaign,
    remarks: Sequence[str],
    *,
    shown_at: int,
    is_aside: bool = False,
    token: str | None = None,
) -> None:
    turn.open_topic(
        LAUNCH,
        draft=draft.as_json(),
        seen=drafting.draft_of(campaign).as_json(),
        campaign=campaign.id,
        remarks=list(remarks),
        shown_at=shown_at,
        token=token,
        **({"is_aside": True} if is_aside else {}),
    )


def _give_up(turn: Turn, campaign: Campaign | None) -> None:
    turn.close_topic()
    if campaign is not None and campaign.id is not None and campaign.status == Status.DRAFT:
        planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)


# Who may only draft, and who approves it


def _handed_on(turn: Turn, teller: Teller, campaign: Campaign) -> list[Reply]:
    """Who may only draft leaves it for somebody who may approve, who is told how many it would go to."""
    turn.close_topic()
    at = max(turn.now, campaign.start_at or turn.now)
    plan, _ = previews.expected(turn.session, campaign, turn.channels, turn.shop, at)
    told = notices.tell_team(
        turn.session, WAITING, turn.now, least=Role.MANAGER,
        number=campaign.id, place=turn.address.id, people=plan.chosen,
    )  # fmt: skip
    return [teller.say("launch_handed_on", number=campaign.id, told=told)]


def waiting(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply | None:
    """Who asks for approval, and of what; nothing where it was decided meanwhile."""
    campaign = session.get(Campaign, notice.data["number"])
    if campaign is None or campaign.status != Status.DRAFT:
        return None
    place = session.get(Address, notice.data["place"])
    told = previewing.headline(teller, campaign)
    return teller.say(
        WAITING,
        number=campaign.id,
        who=first_name(customers.of(session, place).name) if place is not None else "",
        template=told["template"],
        audience_name=told["audience_name"],
        when=told["when"],
        offer=discounts_told(teller, campaign.forms),
        people=notice.data["people"],
    )


telling.WORDS |= {WAITING: waiting, closing.CLOSED: closing.told}


def _tell_who_asked(turn: Turn, campaign: Campaign, *, is_approved: bool) -> None:
    """What became of it, to whoever asked; not to oneself."""
    wanted = select(Notice).where(Notice.template == WAITING).order_by(col(Notice.id).desc())
    places = {each.data["place"] for each in turn.session.exec(wanted) if each.data.get("number") == campaign.id} - {
        turn.address.id
    }
    for place in places:
        if turn.session.get(Address, place) is not None:
            notices.tell(turn.session, place, DECIDED, turn.now, number=campaign.id, is_approved=is_approved)
