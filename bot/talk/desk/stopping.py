"""What a stop means where one of the team says it: that a campaign is held, or that they want no offers themselves.

Whoever leads a shop and sees a mistake go out writes "stop", and means the campaign. Where it may be either it is
asked; what names offers or themselves is a stop as any customer's, and done at once.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.talk import phrases
from bot.talk.desk import confirming, running, wizard
from bot.talk.desk.command import called
from bot.talk.intents import Intent, Means, plain_words
from bot.talk.leaving import SIGNS_TO_STOP
from bot.talk.leaving_letters import clauses
from bot.talk.leaving_signs import parts
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.launching import planning
from campaigns.tables import Campaign
from campaigns.words.composing import Reply
from ledger.tables import ConversationState

WHICH = "which_stop"
ABOUT_OFFERS, ENDING = frozenset("OGULEJYM"), frozenset("SCH")
"""Signs of ``leaving_rules``: offers, lists, messages, me; stop, cancel, less. A stop with none of the first does not
say what shall stop; of a doubtful text only one with some of the second is a stop at all."""
MOST_NAMED = 2
"""Beside the button that ends offers there is room for so many more."""
ENDED, HELD = "batalkan|akhiri|cancel|end", "stop|setop|berhenti|berhentikan|hentikan|tahan|jeda|pause|hold|halt"
OF_A_CAMPAIGN = re.compile(
    rf"(?:tolong |please |mohon )?(?:(?P<ended>{ENDED})|(?:{HELD}))(?: the)?"
    r" (?:kampanye|kampanyenya|campaign|campaigns)"
    r"(?: (?:nomor|nomer|no|number))?(?: (?P<number>[0-9]{1,9}))?(?: (?:dong|ya|kak|dulu|sekarang|please|now))*"
)

HOLDING = re.compile(
    r"(?:tolong |please |mohon )?(?:jeda|jedakan|pause|tahan)(?: dulu)?(?: (?P<number>[0-9]{1,9}))?"
    r"(?: (?:dong|ya|kak|dulu|sekarang|please|now))*"
)
"""The command's own word without its slash: nobody of the team says it of offers to themselves."""


def commanded(text: str) -> Intent | None:
    """ "Stop kampanye 11", "jeda": the command that does it, for the only one where no number is said."""
    plain = plain_words(text)
    said = OF_A_CAMPAIGN.fullmatch(plain)
    if said is None:
        held = HOLDING.fullmatch(plain)
        return None if held is None else Intent(Means.COMMAND, "pause", held["number"] or "")
    return Intent(Means.COMMAND, "cancel" if said["ended"] else "pause", said["number"] or "")


def is_bare(text: str, means: Means) -> bool:
    """Whether it says to stop, and not what: "stop", "cancel", "jangan kirim lagi", of doubtful ones "stop dulu"."""
    signs = {sign for clause in clauses(text) for part in parts(clause) for sign in part.signs}
    if means is Means.MAYBE_STOP:
        is_stop = bool(signs & ENDING) or bool(not signs and SIGNS_TO_STOP.intersection(text))
        return is_stop and not signs & ABOUT_OFFERS
    return means is Means.STOP and (plain_words(text) in phrases.PROVIDERS or not signs & ABOUT_OFFERS)


def heed(turn: Turn, topic: ConversationState | None, intent: Intent) -> list[Reply] | None:
    """The answer to a stop of the team that may not be meant for themselves; None where it is, or is no stop.

    In the middle of a draft, or of a question of ours, it drops that.
    """
    if not is_bare(turn.inbound.text, intent.means):
        return None
    if topic is not None and topic.topic == wizard.LAUNCH:
        return wizard.drop(turn, topic) if intent.means is Means.STOP else None
    there = running.possible(turn.session, running.PAUSABLE)
    if there:
        return _which(turn, there)
    if topic is not None and topic.topic == confirming.CONFIRM and intent.means is Means.STOP:
        return confirming.answer(turn, topic, Intent(Means.NO))
    return None


def answer(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """What is said to "which of the two?". Who holds a campaign, or says neither, did not mean the offers to them."""
    turn.close_topic()
    is_campaign = intent.means is Means.COMMAND and intent.command in ("pause", *running.COMMANDS["pause"].also)
    if (is_campaign or intent.means is Means.NO) and not topic.data["was_held"]:
        turn.release()
    if intent.means is Means.NO:
        return [turn.reply("confirm_dropped")]
    return _which(turn, running.possible(turn.session, running.PAUSABLE)) if intent.means is Means.YES else None


def _which(turn: Turn, there: Sequence[Campaign]) -> list[Reply]:
    """Asked; and until they say, no offers are sent to them."""
    teller, was_held = Teller(turn.composer, turn.shop, turn.language), turn.customer.held_since is not None
    if turn.standing.offers and not was_held:
        turn.customer.held_since = turn.now
        turn.session.add(turn.customer)
    turn.open_topic(WHICH, was_held=was_held or turn.standing.offers is not True)
    name = called(turn.language, "pause", running.COMMANDS["pause"])
    named = [(teller.word("stopping", "hold", number=each.id), f"/{name} {each.id}") for each in there]
    one_of_many = [(teller.word("stopping", "hold_one"), f"/{name}")]
    return [
        teller.say(
            WHICH,
            choices=named if len(named) <= MOST_NAMED else one_of_many,
            number=there[0].id if len(there) == 1 else 0,
            unsent=planning.unsent(turn.session, there[0]) if len(there) == 1 else 0,
        )
    ]
