"""Launching a campaign by chat, a question at a time: what, to whom, what discount, what holdout, yes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from bot.talk.desk.command import Command
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import drafting, planning
from campaigns.audiences import EVERYONE, resolve
from campaigns.composing import BrokenTemplate, MissingPlaceholders, Reply
from campaigns.drafting import LARGEST_DISCOUNT, LARGEST_HOLDOUT
from campaigns.drafts import Draft, by_discount
from campaigns.problems import BadDraft, Problem, UnknownAudience
from campaigns.tables import Status
from ledger.columns import microseconds, moment
from ledger.tables import ConversationState, Role

LAUNCH = "launch"
PREVIEW_LIFETIME = timedelta(minutes=30)
STEPS = ("template", "audience", "discount", "holdout", "confirm")
PERCENT = re.compile(r"(\d{1,3})\s*%?")
HOLD = re.compile(r"(?:hold|holdout|pembanding|tahan)\s+(\d{1,3})\s*%?", re.IGNORECASE)
OFF = re.compile(r"(?:diskon\s+)?(\d{1,3})\s*%(?:\s*(?:off|diskon))?", re.IGNORECASE)
FILLERS = frozenset({"to", "untuk", "ke", "now", "sekarang"})
Answers = dict[str, Any]


def begin(turn: Turn, argument: str) -> list[Reply]:
    """/launch alone asks everything; /launch with words asks only what they leave open."""
    before = turn.topic()
    if before is not None and before.topic == LAUNCH:
        drop(turn, before)
    return _next(turn, _read_line(turn, argument))


def step(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply]:
    """The answer to the open question of a draft."""
    draft, means = dict(topic.data), intent.answers(LAUNCH)
    try:
        if means is Means.NO:
            return drop(turn, topic)
        if _open_step(draft) == "confirm":
            return _confirm(turn, draft, means)
        return _next(turn, _fill(turn, draft, turn.inbound.text.strip()))
    except Problem as problem:
        # Sold out, mined anew or cancelled since the preview: said once, and the draft is closed.
        turn.close_topic()
        return [Teller(turn.composer, turn.shop, turn.language).problem(problem)]


def _open_step(draft: Answers) -> str:
    return next((name for name in STEPS if name not in draft), "confirm")


def _fill(turn: Turn, draft: Answers, said: str) -> Answers:
    """The draft with the open question answered, or as it was if the answer will not do."""
    question = _open_step(draft)
    if question == "template":
        wanted = said.casefold().replace(" ", "_").replace("-", "_")
        return {**draft, "template": wanted} if wanted in turn.composer.catalog else draft
    if question == "audience":
        key = _audience(turn, said)
        return {**draft, "audience": key} if key else draft
    percent = PERCENT.fullmatch(said)
    largest = LARGEST_DISCOUNT if question == "discount" else LARGEST_HOLDOUT * 100
    return {**draft, question: int(percent[1])} if percent and int(percent[1]) <= largest else draft


def _next(turn: Turn, draft: Answers) -> list[Reply]:
    """Ask the next open question, or show the preview when all are answered."""
    teller = Teller(turn.composer, turn.shop, turn.language)
    question = _open_step(draft)
    if question == "confirm":
        return _preview(turn, draft, teller)
    turn.open_topic(LAUNCH, **draft)
    match question:
        case "template":
            return [teller.say("launch_template", choices=teller.template_choices())]
        case "audience":
            choices = teller.audience_choices(turn.session)
            return [teller.say("launch_audience", choices=choices, has_segments=len(choices) > 1)]
        case "discount":
            return [teller.say("launch_discount")]
        case _:
            return [teller.say("launch_holdout", default=round(turn.shop.holdout_share * 100))]


def _preview(turn: Turn, draft: Answers, teller: Teller) -> list[Reply]:
    try:
        campaign = drafting.draft(
            turn.session,
            turn.composer,
            Draft(
                draft["template"],
                draft["audience"],
                by_discount(draft["discount"]),
                holdout_percent=draft["holdout"],
            ),
            shop=turn.shop,
            by=turn.actor,
            now=turn.now,
        )
        shown = drafting.preview(turn.session, campaign, turn.composer, turn.channels, turn.shop, turn.now)
    except (BadDraft, UnknownAudience) as fault:
        turn.close_topic()
        return [teller.problem(fault)]
    except (MissingPlaceholders, BrokenTemplate) as fault:
        # Only whoever changes the templates can mend this: they are told which file and what.
        turn.close_topic()
        return [teller.say("problem", sentence=str(fault))]
    turn.open_topic(LAUNCH, **draft, campaign=campaign.id, shown_at=microseconds(turn.now))
    return [teller.preview(campaign, shown)]


def _confirm(turn: Turn, draft: Answers, means: Means) -> list[Reply]:
    """Only a yes to a preview that is still fresh sends anything."""
    teller = Teller(turn.composer, turn.shop, turn.language)
    campaign = planning.find(turn.session, draft["campaign"])
    is_stale = turn.now - _shown_at(draft) > PREVIEW_LIFETIME
    if means is not Means.YES or is_stale:
        shown = drafting.preview(turn.session, campaign, turn.composer, turn.channels, turn.shop, turn.now)
        turn.open_topic(LAUNCH, **{**draft, "shown_at": microseconds(turn.now)})
        minutes = PREVIEW_LIFETIME // timedelta(minutes=1)
        stale = [teller.say("launch_stale", minutes=minutes)] if is_stale else []
        return [*stale, teller.preview(campaign, shown)]
    plan = planning.approve(turn.session, campaign, turn.channels, turn.shop, by=turn.actor, now=turn.now)
    turn.close_topic()
    return [teller.launched(campaign, plan)]


def drop(turn: Turn, topic: ConversationState) -> list[Reply]:
    """The draft comes to nothing."""
    draft = dict(topic.data)
    turn.close_topic()
    if "campaign" in draft:
        campaign = planning.find(turn.session, draft["campaign"])
        if campaign.status == Status.DRAFT:
            planning.cancel(turn.session, campaign, by=turn.actor, now=turn.now)
    return [Teller(turn.composer, turn.shop, turn.language).say("launch_dropped")]


def _shown_at(draft: Answers) -> datetime:
    return moment(draft["shown_at"])


def _read_line(turn: Turn, line: str) -> Answers:
    """What "/launch winback at_risk 10% hold 20%" already answers."""
    draft: Answers = {}
    hold = HOLD.search(line)
    line = HOLD.sub(" ", line)
    off = OFF.search(line)
    words = [word for word in OFF.sub(" ", line).replace('"', " ").split() if word.casefold() not in FILLERS]
    if words and (name := words[0].casefold().replace("-", "_")) in turn.composer.catalog:
        draft["template"] = name
        key = _audience(turn, " ".join(words[1:])) if words[1:] else None
        if key:
            draft["audience"] = key
    if {"template", "audience"} <= draft.keys():
        # Whoever writes it in one line means: no discount unless said, the usual holdout unless said. What is said
        # and cannot be is asked for again, never rounded to something that can.
        discount = int(off[1]) if off else 0
        share = int(hold[1]) if hold else round(turn.shop.holdout_share * 100)
        draft |= {"discount": discount} if discount <= LARGEST_DISCOUNT else {}
        draft |= {"holdout": share} if share <= LARGEST_HOLDOUT * 100 else {}
    return draft


def _audience(turn: Turn, said: str) -> str | None:
    """The audience meant by its key or by its name in the owner's language."""
    plain = said.strip().casefold()
    if plain == "semua":
        return EVERYONE
    shelves = (turn.composer.shelf(turn.language, shelf) for shelf in ("audiences", "segments"))
    names = {name.casefold(): key for shelf in shelves for key, name in shelf.items()}
    try:
        return resolve(turn.session, names.get(plain, plain))
    except UnknownAudience:
        return None


COMMANDS = {
    "launch": Command(Role.MANAGER, lambda turn, _teller, argument: begin(turn, argument), also=("luncurkan",)),
}
