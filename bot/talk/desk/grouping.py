"""/segments by …, and the segments a shop makes itself: made, looked at, tried and deleted, in chat."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot.talk.desk import lines
from bot.talk.desk.confirming import ask, deed
from bot.talk.desk.groups import health, knowing, telling
from bot.talk.desk.groups.reading import Reading, read
from bot.talk.desk.groups.saying import say
from bot.talk.desk.knowing import known
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.grouping import counting, keeping, own, ways
from campaigns.grouping.conditions import Condition, goods_of
from campaigns.grouping.counting import Counted
from campaigns.grouping.ways import Way
from campaigns.problems import Problem
from campaigns.tables import OwnSegment
from campaigns.words.composing import Reply
from ledger.notices import RANK
from ledger.tables import Role

NEW = re.compile(r"(?:new|make|create|baru|buat|bikin)(?:\s+([^:=]*))?\s*(?:[:=]\s*(.*))?", re.IGNORECASE | re.DOTALL)
TRY = re.compile(r"(?:try|who|whom|coba|siapa|cari)\s*[:=]\s*(.*)", re.IGNORECASE | re.DOTALL)
DELETE = re.compile(r"(?:delete|remove|drop|hapus|buang)(?:\s+(.+))?", re.IGNORECASE | re.DOTALL)
BY = re.compile(r"(?:by|menurut|berdasarkan|berdasar)(?:\s+(.+))?", re.IGNORECASE)
OWN = frozenset({"own", "mine", "our own", "sendiri", "buatan sendiri", "milik sendiri", "punya sendiri"})
WAYS = {
    **dict.fromkeys(("value", "money", "spending", "nilai", "uang", "belanja"), Way.VALUE),
    **dict.fromkeys(("behaviour", "behavior", "perilaku", "kebiasaan", "usual", "biasa"), Way.BEHAVIOUR),
    **dict.fromkeys(
        ("loyalty survey", "loyalty", "survey", "survei loyalitas", "loyalitas", "survei", "kesetiaan"), Way.LOYALTY
    ),
    **dict.fromkeys(("channel", "channels", "saluran", "kanal", "place", "tempat"), Way.CHANNEL),
}
GROUP_GONE = "segment_delete"
NAME = re.compile(r"[^\W\d_][\w &'’.+-]*", re.UNICODE)
LEAST_LETTERS = 2


@dataclass(frozen=True)
class Seen:
    """An own segment, or one that is only tried (``segment`` None), as it stands now."""

    segment: OwnSegment | None
    condition: Condition
    counted: Counted
    bought: list[tuple[str, int]]
    words: str
    """What it was understood to say, in the reader's language."""

    def as_json(self) -> dict[str, Any]:
        kept = self.segment
        made = {} if kept is None else {"name": kept.name, "said": kept.said, "made_by": kept.made_by,
                                        "made_at": kept.made_at.isoformat(), "key": own.key(kept)}  # fmt: skip
        bought = [{"product": name, "n": n} for name, n in self.bought]
        conditions = keeping.as_json(self.condition)
        return {**made, "says": self.words, "conditions": conditions, **self.counted.as_json(), "bought": bought}


def answer(turn: Turn, teller: Teller, said: str) -> list[Reply] | None:
    """What is answered to words after /segments that are about this; None to others."""
    said = said.strip()
    if (found := BY.fullmatch(said)) is not None:
        return [_by(turn, teller, found[1] or "")]
    if said.casefold() in OWN:
        return [telling.all_own(teller, overview(turn.session, teller, turn.channels, turn.now))]
    if (found := TRY.fullmatch(said)) is not None:
        return [_tried(turn, teller, found[1])]
    if (found := DELETE.fullmatch(said)) is not None:
        _require_manager(turn, teller)
        return _ask_to_delete(turn, teller, find(turn.session, found[1] or ""))
    if (found := NEW.fullmatch(said)) is not None and (found[2] is not None or not own.find(turn.session, said)):
        _require_manager(turn, teller)
        return [_made(turn, teller, found[1] or "", found[2] or "")]
    segment = own.find(turn.session, unquoted(said)) if said else None
    if segment is not None:
        return [telling.one(teller, look(turn.session, teller, segment, turn.channels, turn.now))]
    if not said and ways.chosen(turn.session) is not Way.BEHAVIOUR:
        return [telling.way(turn.session, teller, ways.chosen(turn.session), turn.channels, turn.now)]
    return None


def way_of(said: str) -> Way:
    """Raises Problem, naming the ways."""
    way = WAYS.get(" ".join(said.casefold().split()))
    if way is None:
        raise Problem("group_which_way", name=said)
    return way


def make(
    session: Session, teller: Teller, name: str, said: str, *, by: str, channels: Collection[str], now: datetime
) -> Seen | Reading:
    """Keep a segment under ``name``; where its words were not understood, what was. Raises Problem."""
    name = unquoted(name)
    _require_name(name)
    reading, words = understood(session, teller, said, now)
    if reading.condition is None:
        return reading
    segment = own.make(session, name, reading.condition, said.strip(), by=by, now=now, meaning=words)
    _require_speakable(session, teller, segment, now)
    return look(session, teller, segment, channels, now)


def understood(session: Session, teller: Teller, said: str, now: datetime) -> tuple[Reading, str]:
    """What the words say, and the same in ours."""
    names = knowing.names(session, teller.composer, teller.shop, now)
    reading = read(said, names, knowing.around(session, teller.shop, teller.language, now, names))
    return reading, said_back(session, teller, reading.condition, now) if reading.condition is not None else ""


def said_back(session: Session, teller: Teller, condition: Condition, now: datetime) -> str:
    titles = knowing.titles(session, teller.composer, teller.shop, teller.language, now)
    return say(condition, teller.language, titles)


def look(session: Session, teller: Teller, segment: OwnSegment, channels: Collection[str], now: datetime) -> Seen:
    """Counted now."""
    return seen(session, teller, own.conditions(segment), channels, now, segment)


def seen(
    session: Session, teller: Teller, condition: Condition, channels: Collection[str], now: datetime,
    segment: OwnSegment | None = None,
) -> Seen:  # fmt: skip
    """Who meets the conditions now, kept or not."""
    counted = counting.count(session, condition, channels, teller.shop, now)
    bought = counting.bought_by(session, condition, teller.shop, now) if counted.n >= counting.LEAST_PEOPLE else []
    return Seen(segment, condition, counted, bought, said_back(session, teller, condition, now))


def overview(session: Session, teller: Teller, channels: Collection[str], now: datetime) -> list[Seen]:
    """All own segments, the oldest first, without what they bought."""
    everyone = counting.everybody(session)
    return [
        Seen(
            each,
            condition := own.conditions(each),
            counting.count(session, condition, channels, teller.shop, now, everyone),
            [],
            said_back(session, teller, condition, now),
        )
        for each in own.everyone(session)
    ]


def cautions(seen: Seen) -> list[str]:
    """Names of goods in it that tell of what is nobody's business."""
    return health.telling(each.value for each in goods_of(seen.condition))


def delete(session: Session, name: str, *, by: str, now: datetime) -> OwnSegment:
    """Raises Problem where there is none, or a campaign is for it."""
    segment = find(session, name)
    own.delete(session, segment, by=by, now=now)
    return segment


def unquoted(name: str) -> str:
    return " ".join(name.strip(" \"'“”«»").split())


def _by(turn: Turn, teller: Teller, said: str) -> Reply:
    """Choosing sticks: next time /segments shows it."""
    way = way_of(said)
    ways.choose(turn.session, way)
    if way is Way.BEHAVIOUR:
        from bot.talk.desk import segments  # which shows the usual way

        return segments.overview(turn.session, teller)
    return telling.way(turn.session, teller, way, turn.channels, turn.now)


def _made(turn: Turn, teller: Teller, name: str, said: str) -> Reply:
    if not name.strip() or not said.strip():
        raise Problem("group_how")
    with turn.session.begin_nested():
        found = make(turn.session, teller, name, said, by=turn.actor, channels=turn.channels, now=turn.now)
    return (
        telling.unclear(teller, found, unquoted(name)) if isinstance(found, Reading) else telling.one(teller, found)
    )


def _tried(turn: Turn, teller: Teller, said: str) -> Reply:
    reading, _ = understood(turn.session, teller, said, turn.now)
    if reading.condition is None:
        return telling.unclear(teller, reading, "")
    return telling.one(teller, seen(turn.session, teller, reading.condition, turn.channels, turn.now))


def _ask_to_delete(turn: Turn, teller: Teller, segment: OwnSegment) -> list[Reply]:
    own.require_free(turn.session, segment)
    question = teller.say("group_delete_ask", name=segment.name, said=segment.said)
    return ask(turn, GROUP_GONE, question, called=segment.name)


@deed(GROUP_GONE, Role.MANAGER)
def _deleted(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    gone = delete(turn.session, data["called"], by=turn.actor, now=turn.now)
    return [teller.say("group_deleted", name=gone.name, said=gone.said)]


def find(session: Session, name: str) -> OwnSegment:
    """The own segment of that name. Raises Problem, naming those there are."""
    segment = own.find(session, unquoted(name))
    if segment is None:
        known = ", ".join(each.name for each in own.everyone(session))
        raise Problem("group_unknown" if known else "groups_none", name=unquoted(name), known=known)
    return segment


def _require_name(name: str) -> None:
    letters = sum(map(str.isalpha, name))
    if not NAME.fullmatch(name) or letters < LEAST_LETTERS or len(name) > own.LONGEST_NAME:
        raise Problem("group_name", name=name[: own.LONGEST_NAME], most=own.LONGEST_NAME)


def _require_speakable(session: Session, teller: Teller, segment: OwnSegment, now: datetime) -> None:
    """A campaign's line names it between quotes: a name that means something else already will not do."""
    key = own.key(segment)
    there = known(session, teller.composer, teller.shop, teller.language, now)
    line = lines.read(f'{"ke" if teller.language == "id" else "to"} "{segment.name}"', there)
    if line.unknown or line.faults or line.draft.audience != key:
        raise Problem("group_name_means", name=segment.name)


def _require_manager(turn: Turn, teller: Teller) -> None:
    if RANK[turn.role or Role.STAFF] < RANK[Role.MANAGER]:
        raise Problem("group_not_yours", role=teller.word("role_or_more", Role.MANAGER))
