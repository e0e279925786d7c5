"""Drafting a campaign in chat: in one line, or a question at a time; shown, changed, tried out, and then approved.

/campaign asks · /launch reads a line and asks what it leaves open · the preview takes a yes, or words that change it
"""

from __future__ import annotations

from dataclasses import replace

from bot.talk.desk import approving, asking, confirming, lines, previewing, refusing
from bot.talk.desk.command import Command, called
from bot.talk.desk.knowing import known
from bot.talk.desk.lines import Known
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.choosing.audiences import Candidate
from campaigns.launching import drafting, planning
from campaigns.launching import previewing as previews
from campaigns.launching.drafts import Draft
from campaigns.problems import NotNow, Problem
from campaigns.sending.gate import Facts
from campaigns.tables import Campaign, Status
from campaigns.words.composing import Laid, Reply
from ledger import questions as asked
from ledger.tables import ConversationState, Role

LAUNCH = approving.LAUNCH


def begin(turn: Turn, teller: Teller, _argument: str) -> list[Reply]:
    """/campaign: everything is asked."""
    _leave_open(turn)
    return _next(turn, teller, Draft(), asking.open_question(Draft()))


def launch(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/launch with words: only what they leave open is asked."""
    _leave_open(turn)
    there = _known(turn)
    line = lines.read(argument, there)
    if line.unknown or line.faults:
        return [approving.unclear(teller, argument, there, line)]
    return _next(turn, teller, line.draft, asking.open_question(line.draft))


def approve(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/approve 3: the draft once more, as things stand now, and its question."""
    campaign, open_one = _draft_meant(turn, argument), turn.topic()
    if open_one is None or open_one.topic != LAUNCH or open_one.data.get("campaign") != campaign.id:
        _leave_open(turn)
    return approving.show(turn, teller, drafting.draft_of(campaign), campaign)


def test(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/test: its messages in this chat, marked; nothing of it is kept or counted."""
    topic = turn.topic()
    number = topic.data.get("campaign") if topic is not None and topic.topic == LAUNCH and not argument else None
    campaign = planning.find(turn.session, number) if number else _draft_meant(turn, argument, any_status=True)
    return _tried(turn, teller, campaign)


def step(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """The answer to the open question of a draft, or words that change what is shown."""
    teller, means = Teller(turn.composer, turn.shop, turn.language), intent.answers(LAUNCH)
    if confirming.is_of_another(topic, intent):
        return [teller.say("launch_gone")]
    try:
        if means is Means.NO or refusing.is_not_now(turn.inbound.text):
            return drop(turn, topic)
        if topic.data.get("campaign") is not None:
            return approving.answered(turn, teller, topic, means)
        return _answered(turn, teller, topic, turn.inbound.text.strip())
    except Problem as problem:
        # Sold out, mined anew or cancelled since the preview: said once, and the draft is closed.
        leave(turn, topic)
        return [teller.problem(problem)]


def is_being_written(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether a text is the owner's own words to customers: whatever they say, they are not meant for us."""
    is_asked = turn.role is not None and topic.topic == LAUNCH and topic.data.get("asked") == "text"
    return is_asked and intent.means is not Means.COMMAND and len(turn.inbound.text.split()) >= LEAST_WORDS


def put_again(turn: Turn, topic: ConversationState) -> list[Reply]:
    """The open question of a draft, or what is shown of it, once more."""
    teller, number = Teller(turn.composer, turn.shop, turn.language), topic.data.get("campaign")
    draft = Draft.of(topic.data["draft"])
    if number is None:
        return _next(turn, teller, draft, topic.data["asked"])
    try:
        return approving.show(turn, teller, draft, planning.find(turn.session, number), is_again=True)
    except Problem as problem:
        leave(turn, topic)
        return [teller.problem(problem)]


def set_aside(turn: Turn, topic: ConversationState) -> None:
    """Something else was looked at meanwhile: the next yes shows the draft again before anything is sent."""
    turn.amend_topic(topic, **{**topic.data, "is_aside": True})


def drop(turn: Turn, topic: ConversationState) -> list[Reply]:
    """The draft comes to nothing."""
    number = topic.data.get("campaign")
    turn.close_topic()
    if number is not None:
        approving.refused(turn, planning.find(turn.session, number))
    return [Teller(turn.composer, turn.shop, turn.language).say("launch_dropped")]


def leave(turn: Turn, topic: ConversationState) -> None:
    """Something else began here, without a no: a draft of this chat is dropped, anybody else's goes on waiting."""
    number = topic.data.get("campaign")
    if number is None or planning.find(turn.session, number).created_by == turn.actor:
        drop(turn, topic)
    else:
        turn.close_topic()


def late(turn: Turn, teller: Teller, intent: Intent) -> list[Reply] | None:
    """What is answered to a yes, a no or words of a draft that is open no more; None to anything else."""
    if intent.question == LAUNCH:
        return [teller.say("launch_gone")]
    is_answer = intent.means in (Means.YES, Means.NO) or refusing.is_not_now(turn.inbound.text)
    if is_answer and not intent.question and asked.waiting(turn.session):
        # "Iya siap" is said to a customer who waits for an answer.
        return None
    if is_answer and intent.question in ("", confirming.CONFIRM):
        return [teller.say("launch_nothing")]
    if intent.means is not Means.OTHER:
        return None
    said = turn.inbound.text.strip()
    line = lines.read(said, _known(turn))
    if line.unknown or line.faults or line.draft == Draft():
        return None
    if line.draft.template and line.draft.audience:
        name = called(turn.language, LAUNCH, COMMANDS[LAUNCH])
        return [teller.say("owner_unknown", said="", nearest=Laid(f"/{name} {said}"))]
    return [teller.say("launch_gone")]


# The questions


def _next(turn: Turn, teller: Teller, draft: Draft, question: str | None, noted: str = "") -> list[Reply]:
    """Ask, after ``noted``, or show the draft where nothing is open."""
    if question is None:
        return approving.show(turn, teller, draft)
    turn.open_topic(LAUNCH, draft=draft.as_json(), asked=question)
    asked = asking.question(turn, teller, question)
    return [replace(asked, text=f"{noted} {asked.text}") if noted else asked]


def _answered(turn: Turn, teller: Teller, topic: ConversationState, said: str) -> list[Reply]:
    """The draft with the open question answered; asked again, with the reason, where the answer will not do."""
    draft, question, there = Draft.of(topic.data["draft"]), topic.data["asked"], _known(turn)
    line = asking.read_answer(turn, teller, question, said, draft, there)
    if line.unknown or line.faults or line.draft == draft:
        return [asking.again(turn, teller, question, said, there, line)]
    noted = asking.noted(turn, teller, draft, line.draft, question)
    return _next(turn, teller, line.draft, asking.next_question(line.draft, question), noted)


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


def _leave_open(turn: Turn) -> None:
    """A new draft puts an end to the one before it in this chat, unless that waits for somebody's approval."""
    before = turn.topic()
    if before is not None and before.topic == LAUNCH:
        leave(turn, before)


LEAST_WORDS = 3
"""Of fewer words a stop or a no is meant for us, even where a text was asked for."""
KEEPS_THE_DRAFT = frozenset({"test", "uji"})
"""Commands that are about the draft itself."""
COMMANDS = {
    "campaign": Command(Role.STAFF, begin, also=("kampanye",)),
    "launch": Command(Role.STAFF, launch, also=("luncurkan",)),
    "test": Command(Role.STAFF, test, also=("uji",)),
    "approve": Command(Role.MANAGER, approve, also=("setujui",)),
}
