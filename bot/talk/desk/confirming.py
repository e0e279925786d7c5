"""What is done only after a second word: the question repeats what will happen, and its yes does not keep."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bot.talk import phrases
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words.composing import Reply
from ledger.columns import microseconds, moment
from ledger.notices import RANK
from ledger.tables import ConversationState, Role

CONFIRM = "confirm"
LIFETIME = timedelta(minutes=10)
TOKEN_BYTES = 3
Deed = Callable[[Turn, Teller, dict[str, Any]], list[Reply]]


@dataclass(frozen=True)
class Known:
    """A deed, and who may do it at the moment of the yes: their role may have changed since the question."""

    done: Deed
    least: Role


DEEDS: dict[str, Known] = {}
"""By the name under which they are asked about; each room of the desk adds its own."""


def deed(name: str, least: Role = Role.STAFF) -> Callable[[Deed], Deed]:
    """Makes a function what a yes to ``ask(turn, name, …)`` does, for whoever is ``least`` or more."""

    def keep(done: Deed) -> Deed:
        DEEDS[name] = Known(done, least)
        return done

    return keep


def ask(turn: Turn, name: str, question: Reply, **data: Any) -> list[Reply]:
    """Put ``question``; a yes within LIFETIME does the deed with ``data``. It repeats what will happen."""
    token = new_token()
    turn.open_topic(CONFIRM, deed=name, data=data, asked_at=microseconds(turn.now), token=token)
    return [signed(question, token)]


def new_token() -> str:
    """What the buttons of one question carry."""
    return secrets.token_hex(TOKEN_BYTES)


def signed(question: Reply, token: str) -> Reply:
    """The question whose buttons answer it and no other: an old one pressed later does nothing."""
    buttons = (
        replace(each, says=f"{each.says} {token}") if each.says in phrases.SIGNED else each
        for each in question.buttons
    )
    return replace(question, buttons=tuple(buttons))


def is_of_another(topic: ConversationState, intent: Intent) -> bool:
    """Whether a button of an earlier question was pressed."""
    is_signed = intent.question in (CONFIRM, "launch") and bool(intent.argument)
    return is_signed and intent.argument != topic.data.get("token")


def answer(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """What a yes or no to the question does; None where it is neither: then nothing is done."""
    if is_of_another(topic, intent):
        return [Teller(turn.composer, turn.shop, turn.language).say("launch_gone")]
    means = intent.answers(CONFIRM)
    asked = dict(topic.data)
    turn.close_topic()
    if means not in (Means.YES, Means.NO):
        return None
    teller, known = Teller(turn.composer, turn.shop, turn.language), DEEDS[asked["deed"]]
    if means is Means.NO:
        return [teller.say("confirm_dropped")]
    if turn.now - moment(asked["asked_at"]) > LIFETIME:
        return [teller.say("confirm_stale", minutes=LIFETIME // timedelta(minutes=1))]
    if turn.role is None or RANK[turn.role] < RANK[known.least]:
        return [teller.say("confirm_dropped")]
    try:
        return known.done(turn, teller, asked["data"])
    except Problem as problem:
        return [teller.problem(problem)]
