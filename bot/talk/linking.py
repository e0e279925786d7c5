"""One person in two chats: a code from one to the other, or a number they share; and apart again.

Asked before it is done, in the chat that would become part of the other's: whoever was talked into sending somebody
else's code reads whose it is, and that all of both is seen from both.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from sqlmodel import Session

from bot import privacy_links
from bot.inbound import Contact
from bot.talk import steering
from bot.talk.intents import LINK_CODE, OWNER_CODE, Intent, Means
from bot.talk.turn import Turn
from campaigns.privacy import linking
from campaigns.privacy.linking import Bar, Outcome
from campaigns.words.composing import Laid, Reply
from campaigns.words.wording import first_name
from ledger import consent, customers, identity, notices, preferences, team
from ledger.tables import Address, ConversationState

LINK, UNLINK = "link", "unlink"
HIDDEN = "••••"
SHARES_NUMBERS = frozenset({"telegram"})
"""Where somebody can show their number by a button; on WhatsApp it is known anyway."""
MINUTES = int(linking.CODE_LIFETIME.total_seconds() // 60)


def link(turn: Turn, code: str) -> list[Reply]:
    """They want their chats to be one: with a code that is done, without one they are given it."""
    return spoken(turn, code) if code else offer(turn)


def offer(turn: Turn) -> list[Reply]:
    """A code for the other chat and, where it can be, the button for their number; none in a chat of the team."""
    if team.is_among(turn.session, [turn.customer.id]):
        return [barred(turn, Bar((), is_team=True))]
    told = [_code(turn, is_known=False)]
    if turn.inbound.channel in SHARES_NUMBERS:
        told.append(turn.reply("link_contact"))
    return told


def barred(turn: Turn, bar: Bar) -> Reply:
    """Why these chats stay apart, and what can be done instead."""
    channels = [turn.word("channels", each) for each in bar.channels]
    return turn.reply("link_barred", channels=channels, is_team=bar.is_team)


def elsewhere(turn: Turn, outcome: Outcome | Bar) -> list[Reply]:
    """Whom that number leads to wrote from another chat: how to link the two is told, or why they stay apart."""
    if isinstance(outcome, Bar):
        return [barred(turn, outcome)]
    return [_code(turn, is_known=True)] if outcome is Outcome.BY_CODE else []


def spoken(turn: Turn, code: str) -> list[Reply]:
    """A code from another chat: before anything is done they read what it does."""
    is_guessing = team.is_guessing(turn.session, turn.address, turn.now)
    found = linking.look_up(turn.session, turn.address, code, turn.now)
    if found is None:
        return [guessed(turn) if is_guessing else turn.reply("link_wrong", minutes=MINUTES)]
    if found.is_same:
        is_here = found.place.id == turn.address.id
        return [turn.reply("link_same", is_here=is_here, link=Laid(_way(turn, code) if is_here else ""))]
    if found.bar is not None:
        return [barred(turn, found.bar)]
    turn.open_topic(LINK, mark=found.mark)
    return [_ask(turn, found.place)]


def guessed(turn: Turn) -> Reply:
    """So many codes were wrong that none is listened to for a while."""
    return turn.reply("codes_wrong", contact=turn.shop.contact)


def heard_bare(turn: Turn, code: str) -> list[Reply] | None:
    """The same of a code that came alone; None where it is none of these, and may be one of the team's."""
    return spoken(turn, code) if linking.is_code(turn.session, code) else None


def answer(turn: Turn, asked: ConversationState, intent: Intent) -> list[Reply] | None:
    """Yes links. No leaves it, and whatever else they say is answered for itself."""
    means = intent.answers(LINK)
    turn.close_topic()
    if means is Means.NO:
        return [turn.reply("link_left")]
    if means is not Means.YES:
        return None
    others = linking.join(turn.session, turn.address, asked.data["mark"], turn.now, said=turn.evidence)
    if others is None:
        return [turn.reply("link_wrong", minutes=MINUTES)]
    if isinstance(others, Bar):
        return [barred(turn, others)]
    now_one = replace(turn, customer=customers.of(turn.session, turn.address))
    _tell(turn, others, "link_told")
    chats = _chats(turn, others)
    return [now_one.reply("link_done", chats=chats, offers=now_one.standing.offers), *which_chat(now_one)]


def shared(turn: Turn, contact: Contact) -> list[Reply]:
    """A number they shared. Somebody else's is not kept; what imports know of their own comes along."""
    if not contact.is_own:
        return [turn.reply("link_not_yours", has_button=turn.inbound.channel in SHARES_NUMBERS)]
    number = identity.phone(contact.phone, turn.shop.region)
    if number is None:
        return [turn.reply("link_no_number")]
    turn.close_topic()
    outcome = linking.share(turn.session, turn.address, number, turn.now)
    if outcome in (Outcome.LINKED, Outcome.NOTHING, Outcome.SAME):
        return [turn.reply("link_number", outcome=outcome, offers=turn.standing.offers)]
    return elsewhere(turn, outcome)


def ask_to_leave(turn: Turn) -> list[Reply]:
    """ "Pisahkan": what it means is said first, for what came together cannot be told apart again."""
    others = [each for each in linking.chats(turn.session, turn.customer.id) if each.id != turn.address.id]
    if not others:
        return [turn.reply("unlink_alone")]
    turn.open_topic(UNLINK)
    return [turn.reply("unlink_ask", chats=_chats(turn, others))]


def answer_leaving(turn: Turn, _asked: ConversationState, intent: Intent) -> list[Reply] | None:
    """Yes makes this chat one of its own; no leaves all as it is; anything else is answered for itself."""
    means = intent.answers(UNLINK)
    turn.close_topic()
    if means is Means.NO:
        return [turn.reply("link_left")]
    if means is not Means.YES:
        return None
    others = linking.leave(turn.session, turn.address, turn.now)
    _tell(turn, others, "unlink_told")
    alone = replace(turn, customer=customers.of(turn.session, turn.address))
    return [alone.reply("unlinked")]


ANSWERS = {LINK: answer, UNLINK: answer_leaving}
"""By what the chat is in the middle of."""


def which_chat(turn: Turn) -> list[Reply]:
    """Where offers shall come, asked of whoever allows them in more than one chat and never said."""
    if preferences.manners(turn.session, turn.customer.id).channel is not None:
        return []
    channels = {each.channel for each in linking.chats(turn.session, turn.customer.id)}
    willing = [each for each in channels if consent.standing(turn.session, turn.customer.id, each).offers]
    return steering.steer_channel(turn, "") if len(willing) > 1 else []


def linked_chats(turn: Turn) -> list[str]:
    """What all chats of the customer are called; none where this is the only one."""
    chats = linking.chats(turn.session, turn.customer.id)
    return _chats(turn, chats) if len(chats) > 1 else []


def is_code(turn: Turn, said: str) -> bool:
    """Whether that is a code which was shown in some chat lately."""
    return linking.is_code(turn.session, said)


def without_code(session: Session, text: str) -> str:
    """What somebody wrote as it is kept: a code of ours is kept nowhere but as its hash."""
    found = LINK_CODE.fullmatch(text.strip()) or OWNER_CODE.fullmatch(text.strip())
    is_ours = found is not None and linking.is_code(session, found[1])
    return text.replace(found[1], HIDDEN) if found is not None and is_ours else text


def without_codes(reply: Reply) -> str:
    """The same of an answer: what one taps to copy, and a link to their own page, is for that person and that
    moment."""
    text = reply.text
    for each in reply.copyable:
        text = text.replace(each, HIDDEN)
    return privacy_links.without_links(text)


def _code(turn: Turn, *, is_known: bool) -> Reply:
    turn.close_topic()
    code = linking.make_code(turn.session, turn.address, turn.now)
    return turn.reply("link_code", code=code, minutes=MINUTES, is_known=is_known, link=Laid(_way(turn, code)))


def _ask(turn: Turn, place: Address) -> Reply:
    name = first_name(customers.of(turn.session, place).name)
    return turn.reply("link_sure", channel=turn.word("channels", place.channel), name=name)


def _way(turn: Turn, code: str) -> str:
    """A link that opens WhatsApp with the code written already; empty where the shop is not there, or they are."""
    if not turn.shop.whatsapp or turn.inbound.channel == linking.PHONES:
        return ""
    return f"https://wa.me/{turn.shop.whatsapp.lstrip('+')}?text={quote(f'SAMBUNG {code}')}"


def _chats(turn: Turn, places: Iterable[Address]) -> list[str]:
    return sorted({turn.word("channels", each.channel) for each in places})


def _tell(turn: Turn, others: Iterable[Address], template: str) -> None:
    """In their other chats they read it too, with the way to object."""
    for each in others:
        notices.tell(
            turn.session, each.id, template, turn.now, channel=notices.term("channels", turn.inbound.channel)
        )
