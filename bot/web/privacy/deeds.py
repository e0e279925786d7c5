"""What can be done on the page, each by the function that does it in the chat.

A form's field "do" names the deed; what it needs else are fields of its own. What is not understood changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.talk import birthday, categories, hours, joining, own_page, parting, steering
from bot.talk.turn import Turn
from bot.web.privacy.done import Done
from campaigns.shop import LANGUAGES
from ledger import birthdays, consent, preferences
from ledger.catalog import folded
from ledger.tables import EVERYWHERE, Frequency, Purpose

Fields = Mapping[str, str]
QUESTIONS = {
    Purpose.OFFERS: joining.OFFERS,
    Purpose.PROFILING: joining.PROFILING,
    Purpose.RESEARCH: joining.RESEARCH,
}
OFTEN = {each.value: each for each in Frequency}
EVERYTHING = "everything"
CHANGED_WORDS = Done("words_changed")
"""The question reads otherwise by now than where they said yes: it is shown anew, and nothing is allowed."""


def do(turn: Turn, fields: Fields) -> Done | None:
    """Do what a form asks for; None where that is nothing that can be done here."""
    deed = DEEDS.get(fields.get("do", ""))
    said = replace(turn, inbound=replace(turn.inbound, text=_pressed(turn, fields)))
    done = deed(said, fields) if deed is not None else None
    topic = turn.topic()
    if done is not None and topic is not None and topic.topic in (*joining.ASKED, parting.DOUBT):
        # The chat shows something else now: its next "yes" is no answer to what was asked before.
        turn.close_topic()
    return done


def may_ask(turn: Turn, purpose: Purpose) -> str:
    """Why ``purpose`` cannot be allowed here, as a key of the shelf "page"; empty where it can.

    What a chat asks first is not skipped here: whose number it is, how old they are, offers before their history.
    """
    if purpose is Purpose.OFFERS and not turn.is_proven:
        return "ask_in_chat"
    if purpose is Purpose.OFFERS and not joining.is_old_enough(turn):
        return "ask_age"
    if purpose is Purpose.PROFILING and not turn.standing.offers:
        return "ask_offers_first"
    return ""


def _pressed(turn: Turn, fields: Fields) -> str:
    """What stood on the button, where it decides about a permission: kept as their own words."""
    purpose, said = _purpose(fields), fields.get("do")
    if purpose is not None and said in ("allow", "refuse"):
        asked, _ = joining.shown_to_anybody(turn, QUESTIONS[purpose])
        return asked.buttons[said == "refuse"].label
    return turn.word("page", f"stop_{purpose or EVERYTHING}") if said == "stop" else ""


def _allow(turn: Turn, fields: Fields) -> Done | None:
    """A yes to the very words that stood beside the button, for the chat that the link went to."""
    purpose = _purpose(fields)
    if purpose is None or may_ask(turn, purpose):
        return None
    question = QUESTIONS[purpose]
    _, wording = joining.shown_to_anybody(turn, question)
    if fields.get("wording") != wording.hash:
        return CHANGED_WORDS
    joining.keep(turn, question, wording)
    joining.decide(turn, question, wording, is_yes=True)
    here = turn.inbound.channel
    back = {"do": "stop", "purpose": purpose.value, "where": here}
    return Done(f"allow_{purpose}", where=here, back=back, undo=f"allow_{purpose}")


def _stop(turn: Turn, fields: Fields) -> Done | None:
    """A no, in one chat or in all; at once, like STOP."""
    said, where = fields.get("purpose", ""), fields.get("where", "")
    if where not in (EVERYWHERE, turn.inbound.channel, *steering.places_of(turn)):
        return None
    purpose = _purpose(fields)
    purposes = tuple(Purpose) if said == EVERYTHING else (purpose,) if purpose is not None else ()
    if not purposes:
        return None
    before = turn.standing
    asks = tuple(
        each.value for each in purposes if before.allows(each) and where in (EVERYWHERE, turn.inbound.channel)
    )
    parting.withdraw(turn, purposes, scope=where)
    key = f"stop_{said}"
    return Done(key, where=where, asks=asks, undo=key)


def _refuse(turn: Turn, fields: Fields) -> Done | None:
    """The no beside a question that was never answered: to its words."""
    purpose = _purpose(fields)
    if purpose is None:
        return None
    question = QUESTIONS[purpose]
    _, wording = joining.shown_to_anybody(turn, question)
    joining.keep(turn, question, wording)
    joining.decide(turn, question, wording, is_yes=False)
    return Done(f"stop_{purpose}", where=turn.inbound.channel, asks=(purpose.value,), undo=f"stop_{purpose}")


def _often(turn: Turn, fields: Fields) -> Done | None:
    wanted = OFTEN.get(fields.get("often", ""))
    if wanted is None:
        return None
    before = steering.manners_of(turn)
    steering.set_manners(turn, replace(before, frequency=wanted))
    back = {"do": "often", "often": before.frequency.value}
    return Done(f"often_{wanted.value}", back=back, undo=f"often_{before.frequency.value}")


def _quiet(turn: Turn, fields: Fields) -> Done | None:
    before = steering.manners_of(turn)
    is_own = fields.get("usual") is None
    span = hours.span(f"{fields.get('from', '')}-{fields.get('to', '')}") if is_own else None
    if is_own and span is None:
        return None
    steering.set_manners(turn, replace(before, quiet_hours=span))
    key, values = (
        ("quiet_own", {"hours": span}) if span is not None else ("quiet_shop", {"hours": _shops_hours(turn)})
    )
    start, _, end = (before.quiet_hours or "").partition("-")
    back = {"do": "quiet", **({"from": start, "to": end} if before.quiet_hours else {"usual": "yes"})}
    undo = "quiet_own" if before.quiet_hours else "quiet_shop"
    return Done(key, values, back=back, undo=undo, undo_values={"hours": before.quiet_hours or ""})


def _category(turn: Turn, fields: Fields) -> Done | None:
    name = next((each for each in categories.known(turn) if folded(each) == folded(fields.get("name", ""))), None)
    wanted = fields.get("show")
    if name is None or wanted not in ("yes", "no"):
        return None
    was_never = folded(name) in set(map(folded, preferences.wishes(turn.session, turn.customer.id).never))
    (categories.allow if wanted == "yes" else categories.never)(turn, name)
    turn.close_topic()
    back = {"do": "category", "name": name, "show": "no" if was_never else "yes"}
    values = {"name": name}
    undo = "hide" if was_never else "show"
    return Done("show" if wanted == "yes" else "hide", values, back=back, undo=undo, undo_values=values)


def _birthday(turn: Turn, fields: Fields) -> Done | None:
    """The day itself is told on the page alone: no notice holds it."""
    before = birthday.kept(turn)
    back = {"do": "birthday", "day": before} if before else {"do": "birthday", "forget": "yes"}
    if fields.get("forget"):
        birthday.remove(turn)
        return Done("birthday_off", back=back)
    said = fields.get("day", "").strip()
    if birthdays.read(said) is None:
        return None
    birthday.tell(turn, said)
    return Done("birthday_on", back=back, undo="" if before else "birthday_on")


def _language(turn: Turn, fields: Fields) -> Done | None:
    wanted, before = fields.get("language", ""), turn.language
    if wanted not in LANGUAGES:
        return None
    turn.customer.language = wanted
    turn.session.add(turn.customer)
    back = {"do": "language", "language": before}
    return Done(f"language_{wanted}", back=back, undo=f"language_{before}" if before != wanted else "")


def _channel(turn: Turn, fields: Fields) -> Done | None:
    """Where offers shall come: one of their chats that allows them, or as it comes."""
    wanted, before = fields.get("channel", ""), steering.manners_of(turn)
    willing = [
        each for each in steering.places_of(turn) if consent.standing(turn.session, turn.customer.id, each).offers
    ]
    if wanted and wanted not in willing:
        return None
    steering.set_manners(turn, replace(before, channel=wanted or None))
    back = {"do": "channel", "channel": before.channel or ""}
    return Done("channel" if wanted else "any_channel", where=wanted, back=back)


def _pause(turn: Turn, _fields: Fields) -> Done:
    parting.hold(turn)
    return Done("pause", back={"do": "go_on"}, undo="pause")


def _go_on(turn: Turn, _fields: Fields) -> Done:
    parting.stay(turn)
    return Done("go_on", back={"do": "pause"})


def _age(turn: Turn, fields: Fields) -> Done | None:
    if turn.shop.minimum_age is None or fields.get("old") not in ("yes", "no"):
        return None
    is_yes = fields["old"] == "yes"
    joining.note_age(turn, is_yes=is_yes)
    back = {"do": "age", "old": "no" if is_yes else "yes"}
    return Done("of_age" if is_yes else "not_of_age", {"age": str(turn.shop.minimum_age)}, back=back)


def _close(turn: Turn, _fields: Fields) -> Done:
    own_page.close(turn)
    return Done(CLOSED)


CLOSED = "closed"
DEEDS: Mapping[str, Callable[[Turn, Fields], Done | None]] = {
    "allow": _allow,
    "refuse": _refuse,
    "stop": _stop,
    "often": _often,
    "quiet": _quiet,
    "category": _category,
    "birthday": _birthday,
    "language": _language,
    "channel": _channel,
    "pause": _pause,
    "go_on": _go_on,
    "age": _age,
    "close": _close,
}


def _purpose(fields: Fields) -> Purpose | None:
    said = fields.get("purpose", "")
    return Purpose(said) if said in {each.value for each in Purpose} else None


def _shops_hours(turn: Turn) -> str:
    return str(turn.shop.quiet_hours)
