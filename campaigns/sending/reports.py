"""What a provider tells later of a message it took: in any order, twice, or before we have noted its number.

sent < failed < delivered < read: what stands only moves to the right, so any order ends alike. A failure acts as the
same refusal does when sending; what arrived has arrived, whatever else is told of it.

A report of a number nobody knows is an answer's, which are not followed, or comes before the number is noted. While
messages of ours are on their way there it is kept as a hash, and believed when a number is noted that it fits.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from sqlalchemy import Row, bindparam, text, update
from sqlalchemy import select as sql_select
from sqlmodel import Session, col, select

from campaigns.channel import (
    BadContent,
    Cause,
    ContentClosed,
    Failed,
    Fate,
    OptedOut,
    OutsideWindow,
    Refusal,
    Report,
    Throttled,
    Unreachable,
)
from campaigns.sending import holding, settling
from campaigns.shop import Shop
from campaigns.tables import EarlyReport, Message, State
from ledger.columns import microseconds, moment
from ledger.identity import fingerprint

STATES = {Fate.SENT: State.SENT, Fate.DELIVERED: State.DELIVERED, Fate.READ: State.READ, Fate.FAILED: State.FAILED}
RANK = {State.UNKNOWN: 0, State.SENT: 1, State.FAILED: 2, State.DELIVERED: 3, State.READ: 4}
CODED: dict[str, Callable[[str], Refusal]] = {
    each.__name__: each for each in (Unreachable, OptedOut, OutsideWindow, BadContent, ContentClosed, Failed)
}
FOLLOWED: tuple[Any, ...] = (
    col(Message.id),
    col(Message.channel),
    col(Message.provider_message_id),
    col(Message.state),
    col(Message.delivered_at),
    col(Message.read_at),
    col(Message.campaign_id),
    col(Message.content),
)
MOVED_ON = (
    update(Message)
    .where(col(Message.id) == bindparam("number"))
    .values(
        state=bindparam("now_at"),
        delivered_at=bindparam("was_delivered_at"),
        read_at=bindparam("was_read_at"),
        reason=None,
        failed_at=None,
        not_before=None,
    )
)
UNEXPLAINED = Failed("failed")
"""The provider said that it failed, and not why."""
ARRIVED = frozenset({State.SENT, State.DELIVERED, State.READ})
Key: TypeAlias = tuple[str, str]
"""A channel, and a message's number there."""


@dataclass(frozen=True)
class Noted:
    """What a report was about: the campaign of a message of ours, None where it is none we know, and the approved
    words it went out in; whether it told anything new, and whether that is that it failed."""

    campaign_id: int | None = None
    content: str | None = None
    is_news: bool = False
    has_failed: bool = False


def note(session: Session, told: Sequence[Report], now: datetime, language: str = Shop.language) -> list[Noted]:
    """Believe reports in the order they came; what came of each. ``language`` is the shop's.

    Idempotent. That something arrived, which is nearly all that is told, costs one statement for all together to find
    the messages and one to move them on; a failure acts on its own.
    """
    session.flush()
    for channel in sorted({each.channel for each in told}):
        take_turn(session, channel)
    _hold_campaigns(session, [each for each in told if each.fate is Fate.FAILED])
    about: dict[Key, list[int]] = {}
    for place, each in enumerate(told):
        about.setdefault((each.channel, each.provider_message_id), []).append(place)
    noted: dict[int, Noted] = {}
    moved: list[dict[str, Any]] = []
    for found in _found(session, about):
        places = about[found.channel, found.provider_message_id]
        onward = _onward(found, [told[place].fate for place in places], now)
        if onward is not None:
            moved += [onward.row] if onward.row else []
            for place, is_news in zip(places, onward.news, strict=True):
                noted[place] = Noted(found.campaign_id, found.content, is_news)
    if moved:
        session.connection().execute(MOVED_ON, moved)
        session.expire_all()
    return [noted.get(place) or _note_one(session, each, language, now) for place, each in enumerate(told)]


def _hold_campaigns(session: Session, failed: Sequence[Report]) -> None:
    """A failure may put its campaign on hold or have it go on: campaigns are held before messages, always."""
    theirs = select(Message.campaign_id)
    numbers = {
        number
        for each in failed
        for number in session.exec(
            theirs.where(Message.channel == each.channel, Message.provider_message_id == each.provider_message_id)
        )
    }
    if numbers:
        holding.taken(session, numbers)


def _note_one(session: Session, report: Report, language: str, now: datetime) -> Noted:
    wanted = select(Message).where(
        Message.channel == report.channel, Message.provider_message_id == report.provider_message_id
    )
    message = session.exec(wanted.with_for_update()).first()
    if message is not None:
        is_news = believe(session, message, report.fate, report.refusal, language, now)
        return Noted(message.campaign_id, message.content, is_news, is_news and message.state == State.FAILED)
    if _is_any_on_its_way(session, report.channel):
        mark = _mark(session, report.channel, report.provider_message_id)
        session.add(EarlyReport(channel=report.channel, fingerprint=mark, told=_told(report), at=now))
    return Noted()


@dataclass(frozen=True)
class _Onward:
    """Where reports take a message that had left and did not fail, and which of them were news."""

    row: dict[str, Any]
    news: Sequence[bool]


def _onward(found: Row[Any], fates: Iterable[Fate], now: datetime) -> _Onward | None:
    """None where it takes more than moving it on; see ``believe``."""
    state, delivered_at, read_at = State(found.state), found.delivered_at, found.read_at
    news: list[bool] = []
    for fate in fates:
        if state not in ARRIVED or (fate is Fate.FAILED and state is State.SENT):
            return None
        told = STATES[fate]
        news.append(RANK[told] > RANK[state])
        state = told if news[-1] else state
        delivered_at = delivered_at or (now if fate is Fate.DELIVERED else None)
        read_at = read_at or (now if fate is Fate.READ else None)
    row = {"number": found.id, "now_at": state, "was_delivered_at": delivered_at, "was_read_at": read_at}
    has_changed = (state, delivered_at, read_at) != (found.state, found.delivered_at, found.read_at)
    return _Onward(row if has_changed else {}, news)


def _found(session: Session, about: Collection[Key]) -> Sequence[Row[Any]]:
    """The messages these are about, held by this transaction, in the order in which everybody takes them."""
    numbers: dict[str, list[str]] = {}
    for channel, number in about:
        numbers.setdefault(channel, []).append(number)
    wanted = [
        select(*FOLLOWED).where(Message.channel == channel, col(Message.provider_message_id).in_(these))
        for channel, these in sorted(numbers.items())
    ]
    connection = session.connection()
    return [
        found
        for each in wanted
        for found in connection.execute(each.order_by(col(Message.id)).with_for_update()).all()
    ]


EARLY = sql_select(col(EarlyReport.id)).limit(1)


def any_early(session: Session) -> bool:
    """Whether anything was told of a number that was not noted yet."""
    session.flush()
    return session.connection().execute(EARLY).first() is not None


def catch_up(session: Session, messages: Iterable[Message], language: str, now: datetime) -> None:
    """Believe what was told of these messages before their numbers were noted."""
    by_mark = {
        _mark(session, each.channel or "", each.provider_message_id): each
        for each in messages
        if each.provider_message_id is not None
    }
    if not by_mark:
        return
    early = session.exec(
        select(EarlyReport).where(col(EarlyReport.fingerprint).in_(list(by_mark))).order_by(col(EarlyReport.id))
    )
    for each in early.all():
        believe(session, by_mark[each.fingerprint], Fate(each.told["fate"]), _refusal(each.told), language, now)
        session.delete(each)


def believe(
    session: Session, message: Message, fate: Fate, refusal: Refusal | None, language: str, now: datetime
) -> bool:
    """Move a message that is held by this transaction to where that fate puts it; whether it moved.

    One that waits to be sent once more, because this same message was refused, waits on; unless it arrived after all.
    """
    is_late = RANK[STATES[fate]] > RANK.get(State(message.state), -1)
    waits_after_all = message.state == State.PLANNED and fate in (Fate.DELIVERED, Fate.READ)
    if message.state in RANK or waits_after_all:
        _time(message, fate, now)
    if not (is_late and message.state in RANK) and not waits_after_all:
        return False
    if fate is Fate.FAILED:
        _fail(session, message, refusal, language, now)
    else:
        _arrive(session, message, STATES[fate], now)
    session.add(message)
    return True


def take_turn(session: Session, channel: str) -> None:
    """Whoever brings a report waits for whoever is just noting numbers there, until that transaction ends.

    Otherwise the report could miss the number, and the number the report. SQLite has one writer anyway.
    """
    _lock(session, channel, "pg_advisory_xact_lock_shared")


def hold_back(session: Session, message_ids: Collection[int]) -> None:
    """Reports about the channels of these messages wait until this transaction ends. Before any row is held."""
    if session.get_bind().dialect.name != "postgresql":
        return
    there = session.exec(select(Message.id, Message.channel).where(col(Message.id).in_(message_ids)))
    for channel in sorted({channel or "" for _, channel in there}):
        _lock(session, channel, "pg_advisory_xact_lock")


def _lock(session: Session, channel: str, how: str) -> None:
    if session.get_bind().dialect.name == "postgresql":
        key = int(fingerprint(session, "reports", channel)[:15], 16)
        session.connection().execute(text(f"SELECT {how}(:key)"), {"key": key})


def _time(message: Message, fate: Fate, now: datetime) -> None:
    """When each was first heard of, in whatever order."""
    if fate is Fate.DELIVERED and message.delivered_at is None:
        message.delivered_at = now
    if fate is Fate.READ and message.read_at is None:
        message.read_at = now


def _arrive(session: Session, message: Message, state: State, now: datetime) -> None:
    was_doubted = message.state not in (State.SENT, State.DELIVERED, State.READ)
    message.state, message.reason, message.failed_at, message.not_before = state, None, None, None
    if was_doubted:
        message.sent_at = message.sent_at or now
        message.sending_at = message.sending_at or message.sent_at
        if message.address_id is not None and message.body is not None:
            settling.log(session, message, message.sent_at)


def _fail(session: Session, message: Message, refusal: Refusal | None, language: str, now: datetime) -> None:
    settling.unlog(session, message)
    if message.address_id is None:
        settling.fail(message, getattr(refusal, "code", UNEXPLAINED.code), now)
    else:
        settling.refuse(session, message, refusal or UNEXPLAINED, language, now)


def _is_any_on_its_way(session: Session, channel: str) -> bool:
    wanted = select(Message.id).where(Message.state == State.SENDING, Message.channel == channel)
    return session.exec(wanted.limit(1)).first() is not None


def _mark(session: Session, channel: str, provider_message_id: str) -> str:
    return fingerprint(session, f"report {channel}", provider_message_id)


def _told(report: Report) -> dict[str, Any]:
    told: dict[str, Any] = {"fate": report.fate}
    match report.refusal:
        case None:
            return told
        case Throttled(until, cause):
            return told | {"refusal": Throttled.__name__, "until": microseconds(until), "cause": cause}
        case refusal:
            return told | {"refusal": type(refusal).__name__, "code": refusal.code}


def _refusal(told: Mapping[str, Any]) -> Refusal | None:
    if "refusal" not in told:
        return None
    if told["refusal"] == Throttled.__name__:
        return Throttled(moment(told["until"]), Cause(told["cause"]))
    return CODED[told["refusal"]](told["code"])
