"""Numbers in place of buttons: shown where a messenger has none, and understood while they are the last thing shown.

    answer | which of its buttons become numbers | text with "1 Ya, boleh" lines, and what each number stands for
    "1"    | what was shown last here, today     | what that button says, with what was written kept beside it

Where a bare number is an answer of its own (a discount, an hour, an amount), or a button's words hold one, words stay
words: no "2" ever has two meanings. See docs/decisions/0025-buttons-on-whatsapp.md.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Protocol, runtime_checkable

from sqlmodel import Session, col, select

from bot.inbound import Inbound
from bot.talk import steering
from bot.talk.desk import counter, wizard
from bot.talk.intents import Means, understand
from bot.talk.turn import Turn
from campaigns.channel import Button
from campaigns.launching.drafts import SURVEY
from campaigns.tables import Message
from campaigns.words.composing import Laid, Reply
from ledger import conversations
from ledger.tables import Address, ConversationState, Notice, ShownChoices

LIFETIME = timedelta(days=1)
MOST = 10
"""More than that nobody reads."""
IN_WORDS = {
    said: number
    for number, words in enumerate(
        (
            "satu, kesatu, pertama, one, first",
            "dua, kedua, two, second",
            "tiga, ketiga, three, third",
            "empat, keempat, four, fourth",
            "lima, kelima, five, fifth",
            "enam, keenam, six, sixth",
            "tujuh, ketujuh, seven, seventh",
            "delapan, kedelapan, eight, eighth",
            "sembilan, kesembilan, nine, ninth",
            "sepuluh, kesepuluh, ten, tenth",
        ),
        1,
    )
    for said in words.split(", ")
}
NUMBER = re.compile(
    r"(?:(?:ok|oke|okay|ya|iya|yes|saya|i|nomor|nomer|no\.?|number|pilihan|pilih|opsi|option|choose|yang|the)[\s,]*){0,3}"
    rf"[#(]?\s*(?:ke-?\s*)?([0-9]{{1,2}}|{'|'.join(IN_WORDS)})(?![0-9a-z])\s*[.)]?"
    r"(?:[\s,]+(?:ya|yes|kak|aja|saja|deh|dong|min|please|one)){0,3}\s*!?"
)
KEYCAP = str.maketrans("", "", "\N{VARIATION SELECTOR-16}\N{COMBINING ENCLOSING KEYCAP}")
OWN_NUMBER = re.compile(r"(?<![\w-])[0-9]{1,5}(?![\w-])")
OWN_LIST = re.compile(r"^\s*[0-9]{1,2}[.)]\s", re.MULTILINE)
"""A text that numbers its choices itself reads the numbers itself."""


@runtime_checkable
class Choosing(Protocol):
    """A channel that has buttons for some choices only. ``shows``: whether these would be buttons below it now."""

    def shows(self, buttons: Sequence[Button], text: str) -> bool: ...


def meant(session: Session, address: Address, inbound: Inbound, now: datetime) -> Inbound:
    """The message with a number that was shown here last as what it stands for; any other as it is."""
    found = _numbered(session, address, inbound)
    if found is None or not _is_read(found, inbound) or now - found.made_at > LIFETIME:
        return inbound
    if _was_shown_since(session, address, found.made_at):
        return inbound
    says, label = found.choices[(chosen(inbound.text) or 1) - 1]
    return replace(inbound, text=says, written=f"{inbound.text} ({label})")


def mistyped(session: Session, address: Address, inbound: Inbound, now: datetime) -> list[str] | None:
    """What is to choose from, where a number is none of it: nobody who slips on a key has to begin anew."""
    number = None if inbound.is_edit else _number(inbound)
    found = session.get(ShownChoices, address.id) if number is not None else None
    if number is None or found is None or not _is_read(found, inbound) or 1 <= number <= len(found.choices):
        return None
    if now - found.made_at > LIFETIME or _was_shown_since(session, address, found.made_at):
        return None
    return [f"{place} {label}" for place, (_says, label) in enumerate(found.choices, 1)]


def is_early(session: Session, address: Address, inbound: Inbound) -> bool:
    """Whether it is a number of choices that were not shown yet."""
    found = _numbered(session, address, inbound)
    return found is not None and not _is_read(found, inbound)


def _is_read(found: ShownChoices, inbound: Inbound) -> bool:
    return found.shown_at is not None and found.mark not in inbound.unread


def _numbered(session: Session, address: Address, inbound: Inbound) -> ShownChoices | None:
    """The choices that a number is one of."""
    number = _number(inbound)
    found = session.get(ShownChoices, address.id) if number is not None else None
    return found if number is not None and found is not None and 1 <= number <= len(found.choices) else None


def _number(inbound: Inbound) -> int | None:
    """An answer to one message in particular is not taken for a number: it may be about an earlier one."""
    is_about = inbound.in_reply_to is not None or inbound.is_press or inbound.attachment is not None
    return None if is_about else chosen(inbound.text)


def chosen(text: str) -> int | None:
    """The number that a text is, and nothing else: "2", "(2)", "nomor 2", "ok 2", "dua", "yang kedua", "２"."""
    plain = unicodedata.normalize("NFKC", text).translate(KEYCAP).casefold()
    found = NUMBER.fullmatch(" ".join(plain.split()))
    return None if found is None else IN_WORDS.get(found[1]) or int(found[1])


def laid_out(
    session: Session,
    address: Address,
    channel: object,
    replies: Sequence[Reply],
    hint: str,
    now: datetime,
    before: Collection[str] = (),
) -> list[Reply]:
    """The answer as the channel can show it; what its numbers stand for is remembered, what stood before is not.

    One set of numbers an answer: of two nobody could say which is meant. ``hint`` stands above them. A question that
    was asked ``before`` and is still on its way keeps its numbers, where nothing else is asked.
    """
    topic = conversations.topic(session, address, now)
    is_waited_for = topic is not None and topic.shown_at is None and topic.mark in before
    if is_waited_for and not any(reply.buttons for reply in replies):
        return list(replies)
    forget(session, address.id)
    if not isinstance(channel, Choosing):
        return list(replies)
    bare = [place for place, reply in enumerate(replies) if reply.buttons and not _are_buttons(channel, reply)]
    if bare != [len(replies) - 1] or expects_a_number(topic):
        return list(replies)
    asked = replies[-1]
    choices = _choices(asked)
    if not may_be_numbers(asked.text, choices):
        return list(replies)
    kept = [[each.says, each.label] for each in choices]
    session.add(ShownChoices(address_id=address.id, choices=kept, made_at=now))
    return [*replies[:-1], replace(asked, text=f"{asked.text}\n\n{hint}\n{numbered(choices)}", buttons=())]


def laid_out_in(session: Session, address_id: int, channel: object, reply: Reply, hint: str, now: datetime) -> Reply:
    """The same for what is said in a chat without having been asked; the chat may be gone by then."""
    address = session.get(Address, address_id)
    return reply if address is None else laid_out(session, address, channel, [reply], hint, now)[0]


def choose_again(turn: Turn, choices: Sequence[str]) -> Reply:
    """Said to a number that is none of ``choices``; they stay what a number means."""
    return turn.reply("choose_again", last=len(choices), choices=Laid("\n".join(choices)))


def numbered(choices: Sequence[Button]) -> str:
    """A line for each."""
    return "\n".join(f"{number} {each.label}" for number, each in enumerate(choices, 1))


def may_be_numbers(text: str, choices: Sequence[Button]) -> bool:
    """Whether a number says which, and nothing else: neither the text nor a button has numbers of its own."""
    has_own = any(
        OWN_NUMBER.search(words) or words[:1].isdigit() for each in choices for words in (each.label, each.says)
    )
    return 0 < len(choices) <= MOST and not has_own and OWN_LIST.search(text) is None


def expects_a_number(topic: ConversationState | None) -> bool:
    """Whether what the chat is in the middle of takes a bare number for an answer of its own."""
    if topic is None:
        return False
    is_asked = topic.topic == wizard.LAUNCH and topic.data.get("campaign") is None
    return is_asked or topic.topic in (steering.QUIET, counter.REDEEMED, SURVEY)


def are_the_same_for_all(buttons: Sequence[Button]) -> bool:
    """Whether every customer is shown these alike: what they say are words that everybody may say.

    Others name a campaign, a product or a person, or carry the mark of one question.
    """
    intents = [understand(each.says) for each in buttons]
    return all(each.means is not Means.OTHER and not each.argument for each in intents)


def _are_buttons(channel: Choosing, reply: Reply) -> bool:
    choices = _choices(reply)
    return are_the_same_for_all(choices) and channel.shows(choices, reply.text)


def _choices(reply: Reply) -> list[Button]:
    return [each for each in reply.buttons if not each.asks_contact]


def forget(session: Session, address_id: int) -> None:
    """Something else was shown: numbers mean nothing any more."""
    shown = session.get(ShownChoices, address_id)
    if shown is not None:
        session.delete(shown)
        session.flush()


def _was_shown_since(session: Session, address: Address, since: datetime) -> bool:
    """Whether an offer or a notice came after the choices, so that a number may be about that."""
    offer = select(Message.id).where(
        Message.customer_id == address.customer_id,
        Message.channel == address.channel,
        col(Message.sending_at) > since,
    )
    notice = select(Notice.id).where(Notice.address_id == address.id, col(Notice.told_at) > since)
    return any(session.exec(each.limit(1)).first() is not None for each in (offer, notice))
