"""/voices: what customers wrote lately, one theme of it, the complaints that wait, and that one is settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.desk import passing
from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.listening import hearing, looking
from campaigns.listening.looking import Complaint, Share, ThemeVoices, Voices
from campaigns.problems import Problem
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Laid, Reply
from campaigns.words.wording import first_name
from ledger.tables import Customer, Role

SHELF, THEMES, ALSO = "voices", "themes", "themes_also"
SPAN = re.compile(r"(.*?)\s*([0-9]{1,2})\s*(?:minggu|weeks?)", re.IGNORECASE)
MOST_THEMES, MOST_PRODUCTS, MOST_COMPLAINTS = 6, 3, 10
LEAST_REVIEWS = 3
"""Of a product with fewer no share is told: one of two is no half."""
LONGEST_WORDS = 160


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see: everything, a theme by its key, or the complaints; or to settle ``done``."""

    theme: str = ""
    weeks: int = looking.WEEKS
    complaints: bool = False
    done: str = ""


def asked(teller: Teller, said: str) -> Asked:
    """What the words after the command mean. Raises Problem."""
    said, weeks = said.strip().casefold(), looking.WEEKS
    first, _, rest = said.partition(" ")
    if first in _ways(teller, SHELF, "done_word"):
        if not rest.strip():
            raise Problem("settle_which")
        return Asked(done=rest.strip())
    if said in _ways(teller, SHELF, "complaints_word"):
        return Asked(complaints=True)
    if found := SPAN.fullmatch(said):
        said, weeks = found[1].strip(), min(max(int(found[2]), 1), looking.MOST_WEEKS)
    return Asked(theme(teller, said) if said else "", weeks)


def theme(teller: Teller, name: str) -> str:
    """The theme that goes by ``name`` in either language. Raises Problem, naming those there are."""
    named = teller.composer.shelf(teller.language, THEMES)
    for key in named:
        if name == key or name in (*_ways(teller, THEMES, key), *_ways(teller, ALSO, key)):
            return key
    raise Problem("unknown_theme", name=name, known=", ".join(named.values()))


def _ways(teller: Teller, shelf: str, key: str) -> list[str]:
    """What something is called, in either language."""
    return [way.strip() for each in LANGUAGES for way in teller.composer.word(each, shelf, key).split(",")]


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    wanted = asked(teller, argument)
    if wanted.done:
        return [settled(turn.session, teller, wanted.done, by=turn.actor, now=turn.now)]
    if wanted.complaints:
        return [complaints(teller, looking.complaints(turn.session), turn.now)]
    return [told(teller, wanted, looking.voices(turn.session, turn.now, wanted.weeks))]


def settled(session: Session, teller: Teller, number: str, *, by: str, now: datetime) -> Reply:
    """A complaint is seen to. Raises Problem."""
    customer = session.get_one(Customer, hearing.settle(session, number, by=by, now=now))
    return teller.say("voices_done", number=number, name=passing.called(customer, teller))


def told(teller: Teller, wanted: Asked, found: Voices) -> Reply:
    """All of it, or one theme."""
    rows = [each for each in found.themes if not wanted.theme or each.key == wanted.theme]
    shares = () if wanted.theme else found.shares
    told = [each for each in found.products if each.negative and each.n >= LEAST_REVIEWS]
    products = [] if wanted.theme else told
    return teller.say(
        "voices",
        theme=teller.word(THEMES, wanted.theme) if wanted.theme else "",
        weeks=found.weeks,
        n=teller.number(found.n) if found.n else "",
        people=teller.number(found.people),
        few=bool(found.n) and not found.shares and not wanted.theme,
        shares=[Laid(_share(teller, each)) for each in shares],
        rows=[{"told": Laid(_theme(teller, each)), "quotes": each.quotes} for each in rows[:MOST_THEMES]],
        products=[
            Laid(
                teller.word(
                    SHELF, "product", name=each.name, n=teller.number(each.n), negative=teller.number(each.negative)
                )
            )
            for each in products[:MOST_PRODUCTS]
        ],
        complaints=teller.number(len(found.complaints)) if found.complaints else "",
        unjudged=teller.number(found.unjudged) if found.unjudged and not wanted.theme else "",
        example=next(
            (label(teller, each) for each in found.themes if not each.words), teller.word(THEMES, "delivery")
        ),
    )


def _somebody(teller: Teller) -> str:
    return teller.word("handoff", "somebody")


def _delivery(teller: Teller) -> str:
    return teller.word(THEMES, "delivery")


def label(teller: Teller, found: ThemeVoices) -> str:
    """A theme's name; one that was found goes by its own words."""
    return teller.word(SHELF, "found", words=found.words) if found.words else teller.word(THEMES, found.key)


def _share(teller: Teller, each: Share) -> str:
    share, low, high = (
        format_percent(value, "0%", locale=teller.language) for value in (each.share, each.low, each.high)
    )
    name = teller.word(SHELF, each.label)
    said = teller.word(
        SHELF,
        "share",
        share=share,
        label=name,
        n=teller.number(each.n),
        of=teller.number(each.of),
        low=low,
        high=high,
    )
    if each.change is None or each.change[1] <= 0 <= each.change[2]:
        return said
    return said + teller.word(SHELF, "more" if each.change[0] > 0 else "less")


def _theme(teller: Teller, each: ThemeVoices) -> str:
    return teller.word(
        SHELF, "theme", name=Laid(label(teller, each)), n=teller.number(each.n), people=teller.number(each.people),
        negative=teller.number(each.negative) if each.negative else "",
        before=teller.number(each.before) if each.before else "",
    )  # fmt: skip


def complaints(teller: Teller, found: Sequence[Complaint], now: datetime) -> Reply:
    """Those that wait, as the team is told of questions: with who it was and what they said."""
    rows = [
        Laid(
            teller.word(
                SHELF, "complaint", number=number(each), name=first_name(each.name) or _somebody(teller),
                age=passing.age(each.at, now, teller), words=" ".join(each.text.split())[:LONGEST_WORDS],
                answered=each.is_answered,
            )
        )
        for each in found[:MOST_COMPLAINTS]
    ]  # fmt: skip
    return teller.say(
        "voices_complaints",
        rows=rows,
        more=max(len(found) - MOST_COMPLAINTS, 0),
        first=number(found[0]) if found else "",
        answerable=next((str(each.number) for each in found if each.number and not each.is_answered), ""),
    )


def number(each: Complaint) -> str:
    """By what it is settled: its question's number, or r and the review's."""
    return str(each.number) if each.number is not None else f"r{each.interaction_id}"


COMMANDS = {"voices": Command(Role.STAFF, answer, also=("suara",))}
