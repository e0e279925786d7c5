"""Drafting a campaign in chat: in one line, or a question at a time; shown, changed, tried out, and then approved.

/campaign asks · /launch reads a line and asks what it leaves open · the preview takes a yes, or words that change it
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from bot.talk.desk import lines, previewing
from bot.talk.desk.command import Command
from bot.talk.desk.knowing import known
from bot.talk.desk.lines import Known, Line
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import drafting, planning
from campaigns import previewing as previews
from campaigns.audiences import Candidate
from campaigns.composing import BrokenTemplate, MissingPlaceholders, Reply
from campaigns.drafts import OWN_WORDS, Draft, When, by_discount
from campaigns.gate import Facts
from campaigns.problems import NotNow, Problem
from campaigns.tables import Campaign, Status
from ledger import notices
from ledger.columns import microseconds, moment
from ledger.tables import ConversationState, Role

LAUNCH = "launch"
PREVIEW_LIFETIME = timedelta(minutes=30)
WITHOUT_DISCOUNT = frozenset({OWN_WORDS, "thank_you", "birthday"})
"""Goals that are as good without one: it is not asked for, but may be said."""


def begin(turn: Turn, teller: Teller, _argument: str) -> list[Reply]:
    """/campaign: everything is asked."""
    _drop_open(turn)
    return _next(turn, teller, Draft())


def launch(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/launch with words: only what they leave open is asked."""
    _drop_open(turn)
    if not argument.strip():
        return _next(turn, teller, Draft())
    there = _known(turn)
    line = lines.read(argument, there)
    if line.unknown or line.faults:
        return [_unclear(teller, argument, there, line)]
    return _next(turn, teller, line.draft)


def approve(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/approve 3: the draft once more, as things stand now, and its question."""
    _drop_open(turn)
    campaign = _draft_meant(turn, argument)
    return _preview(turn, teller, drafting.draft_of(campaign), campaign)


def test(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/test: its messages in this chat, marked; nothing of it is kept or counted."""
    topic = turn.topic()
    number = topic.data.get("campaign") if topic is not None and topic.topic == LAUNCH and not argument else None
    campaign = planning.find(turn.session, number) if number else _draft_meant(turn, argument, any_status=True)
    return _tried(turn, teller, campaign)


def step(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """The answer to the open question of a draft, or words that change what is shown."""
    teller, means = Teller(turn.composer, turn.shop, turn.language), intent.answers(LAUNCH)
    try:
        if means is Means.NO:
            return drop(turn, topic)
        if topic.data.get("campaign") is not None:
            return _shown(turn, teller, topic, means)
        return _answered(turn, teller, topic, turn.inbound.text.strip())
    except Problem as problem:
        # Sold out, mined anew or cancelled since the preview: said once, and the draft is closed.
        _drop_open(turn)
        return [teller.problem(problem)]


def set_aside(turn: Turn, topic: ConversationState) -> None:
    """Something else was looked at meanwhile: the next yes shows the draft again before anything is sent."""
    turn.open_topic(LAUNCH, **{**topic.data, "is_aside": True})


def drop(turn: Turn, topic: ConversationState) -> list[Reply]:
    """The draft comes to nothing."""
    number = topic.data.get("campaign")
    turn.close_topic()
    if number is not None:
        campaign = planning.find(turn.session, number)
        if campaign.status == Status.DRAFT:
            planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
    return [Teller(turn.composer, turn.shop, turn.language).say("launch_dropped")]


# The questions


def _open_question(draft: Draft) -> str | None:
    """What has to be said still; None where it can be shown."""
    if draft.template is None:
        return "template"
    if draft.template == OWN_WORDS and not draft.text and not any(each.text for each in draft.variants):
        return "text"
    if draft.audience is None:
        return "audience"
    return None


def _next(turn: Turn, teller: Teller, draft: Draft, asked: str | None = None) -> list[Reply]:
    """Ask the next open question, or show it when nothing is open. ``asked``: /campaign goes on to the extras."""
    question = _open_question(draft) or asked
    if question is None:
        return _preview(turn, teller, draft)
    turn.open_topic(LAUNCH, draft=draft.as_json(), asked=question)
    return [_question(turn, teller, question)]


def _question(turn: Turn, teller: Teller, question: str) -> Reply:
    match question:
        case "template":
            return teller.say("launch_template", choices=teller.template_choices())
        case "text":
            return teller.say("launch_text")
        case "audience":
            choices = teller.audience_choices(turn.session)
            return teller.say("launch_audience", choices=choices, has_segments=len(choices) > 1)
        case "discount":
            return teller.say("launch_discount")
        case _:
            return teller.say("launch_when")


def _answered(turn: Turn, teller: Teller, topic: ConversationState, said: str) -> list[Reply]:
    """The draft with the open question answered; asked again, with the reason, where the answer will not do."""
    draft, question, there = Draft.of(topic.data["draft"]), topic.data["asked"], _known(turn)
    line = _read_answer(question, said, draft, there)
    if line.unknown or line.faults or line.draft == draft:
        sentence = _faults(teller, line) or teller.word("preview", "unknown", words=", ".join(line.unknown) or said)
        again = _question(turn, teller, question)
        return [replace(again, text=f"{sentence}\n\n{again.text}")]
    return _next(turn, teller, line.draft, _extra(line.draft, question))


def _read_answer(question: str, said: str, draft: Draft, there: Known) -> Line:
    if question == "text":
        return Line(replace(draft, text=said), (), ())
    if question == "discount" and said.rstrip("% ").isdigit():
        # A bare number answers this question, and only this.
        said = f"{said.rstrip('% ')}%"
    line = lines.read(said, there, draft)
    if question == "discount" and line.draft == draft and not line.unknown:
        return Line(replace(draft, variants=by_discount(0)), (), line.faults)
    if question == "when" and line.draft == draft and not line.unknown:
        return Line(replace(draft, when=When()), (), line.faults)
    return line


def _extra(draft: Draft, answered: str) -> str | None:
    """After what must be said, what is worth asking: the discount, then the time."""
    if _open_question(draft) is not None:
        return None
    if answered in ("audience", "template", "text") and not draft.variants and draft.template not in WITHOUT_DISCOUNT:
        return "discount"
    return "when" if draft.when is None else None


# The preview


def _preview(turn: Turn, teller: Teller, draft: Draft, campaign: Campaign | None = None) -> list[Reply]:
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
    turn.open_topic(LAUNCH, draft=draft.as_json(), campaign=campaign.id, shown_at=microseconds(turn.now))
    may_approve = _may_approve(turn)
    return [previewing.told(turn.session, teller, campaign, shown, turn.now, may_approve=may_approve)]


def _shown(turn: Turn, teller: Teller, topic: ConversationState, means: Means) -> list[Reply]:
    """A yes to a preview that is still fresh sends it; other words change it."""
    campaign = planning.find(turn.session, topic.data["campaign"])
    draft = Draft.of(topic.data["draft"])
    if means is not Means.YES:
        return _changed(turn, teller, campaign, draft)
    if not _may_approve(turn):
        return _handed_on(turn, teller, campaign)
    if topic.data.get("is_aside"):
        return _preview(turn, teller, draft, campaign)
    if turn.now - moment(topic.data["shown_at"]) > PREVIEW_LIFETIME:
        stale = teller.say("launch_stale", minutes=PREVIEW_LIFETIME // timedelta(minutes=1))
        return [stale, *_preview(turn, teller, draft, campaign)]
    plan = planning.approve(turn.session, campaign, turn.channels, turn.shop, by=turn.actor, now=turn.now)
    turn.close_topic()
    return [previewing.launched(teller, campaign, plan)]


def _changed(turn: Turn, teller: Teller, campaign: Campaign, draft: Draft) -> list[Reply]:
    said, there = turn.inbound.text.strip(), _known(turn)
    line = lines.read(said, there, draft)
    if line.unknown or line.faults:
        turn.open_topic(LAUNCH, draft=draft.as_json(), campaign=campaign.id, shown_at=0, is_aside=True)
        return [_unclear(teller, said, there, line)]
    return _preview(turn, teller, line.draft, campaign)


def _handed_on(turn: Turn, teller: Teller, campaign: Campaign) -> list[Reply]:
    """Who may only draft leaves it for somebody who may approve."""
    turn.close_topic()
    told = notices.tell_team(turn.session, "draft_waiting", turn.now, least=Role.MANAGER, number=campaign.id)
    return [teller.say("launch_handed_on", number=campaign.id, told=told)]


def _unclear(teller: Teller, said: str, there: Known, line: Line) -> Reply:
    """What was not understood, and the nearest line that would be, ready to copy."""
    return teller.say(
        "launch_unclear",
        unknown=", ".join(f"“{word}”" for word in line.unknown),
        faults=_faults(teller, line),
        nearest=lines.nearest(said, there, line),
    )


def _faults(teller: Teller, line: Line) -> str:
    return " ".join(teller.word("line_faults", fault) for fault in line.faults)


def _tried(turn: Turn, teller: Teller, campaign: Campaign) -> list[Reply]:
    shown = previews.preview(turn.session, campaign, turn.composer, turn.channels, turn.shop, turn.now)
    person = turn.customer
    oneself = Candidate(
        customer_id=person.id,
        name=person.name,
        language=turn.language,
        segment=None,
        address_id=turn.address.id,
        address=turn.inbound.address,
        allows_profiling=False,
        facts=Facts(channel=turn.inbound.channel),
    )
    samples = previews.tried(turn.session, campaign, shown, oneself, turn.composer, turn.shop, turn.now)
    return [previewing.tried(teller, campaign, each, place, len(samples)) for place, each in enumerate(samples, 1)]


def _may_approve(turn: Turn) -> bool:
    return notices.RANK[turn.role or Role.STAFF] >= notices.RANK[Role.MANAGER]


def _draft_meant(turn: Turn, argument: str, *, any_status: bool = False) -> Campaign:
    """The campaign of that number, or the newest draft. Raises UnknownCampaign or NotNow."""
    if argument.strip().isdecimal():
        campaign = planning.find(turn.session, int(argument.strip()[:9]))
    else:
        drafts = [each for each in planning.campaigns(turn.session) if each.status == Status.DRAFT]
        if not drafts:
            raise NotNow("no_drafts")
        campaign = drafts[0]
    if campaign.status != Status.DRAFT and not any_status:
        raise NotNow("not_now", number=campaign.id, status=campaign.status)
    return campaign


def _known(turn: Turn) -> Known:
    return known(turn.session, turn.composer, turn.shop, turn.language, turn.now)


def _drop_open(turn: Turn) -> None:
    """A new draft puts an end to the one before it in this chat, unless that waits for somebody's approval."""
    before = turn.topic()
    if before is not None and before.topic == LAUNCH:
        drop(turn, before)


def _give_up(turn: Turn, campaign: Campaign | None) -> None:
    turn.close_topic()
    if campaign is not None and campaign.id is not None and campaign.status == Status.DRAFT:
        planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)


KEEPS_THE_DRAFT = frozenset({"test", "uji"})
"""Commands that are about the draft itself."""
COMMANDS = {
    "campaign": Command(Role.STAFF, begin, also=("kampanye",)),
    "launch": Command(Role.STAFF, launch, also=("luncurkan",)),
    "test": Command(Role.STAFF, test, also=("uji",)),
    "approve": Command(Role.MANAGER, approve, also=("setujui",)),
}
