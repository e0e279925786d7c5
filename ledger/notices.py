"""What is to be told in a chat because of something that happened elsewhere. Made here, told by bot/telling.py.

made → claimed (not again for a while) → sent → told, put off, or given up
waits for nothing but a word of theirs, where the messenger lets free words through only for a while after one

A notice is claimed for CLAIM before it is sent, so that of two processes one tells it; after a crash in between it
is told again. Its values are plain, or one of the two below, put into words when it is told:

    tell_team(session, "paused", now, number=3, reason=term("alarms", "failures"), until=day(then))
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from ledger import windows
from ledger.columns import microseconds
from ledger.tables import Address, Notice, Role, TeamMember

RANK = {Role.STAFF: 0, Role.MANAGER: 1, Role.OWNER: 2}
CLAIM = timedelta(minutes=2)
"""How long whoever claimed a notice has for telling it."""
WAITS = (timedelta(seconds=30), timedelta(minutes=2), timedelta(minutes=10), timedelta(hours=1), timedelta(hours=6))
"""Between one try and the next. After the last nobody tries any more."""
LONGEST_WAIT = timedelta(days=2)
"""What cannot be told for so long is no news any more."""
AT_ONCE = 20
TERM, MOMENT = "term", "moment"


def term(shelf: str, key: str, /, **values: Any) -> dict[str, Any]:
    """A value that is a word of the lexicon, in the language of whoever is told."""
    return {TERM: [shelf, key, values]}


def day(at: datetime) -> dict[str, Any]:
    """A value that is a moment, told in the shop's time as people write it."""
    return {MOMENT: microseconds(at)}


def tell(
    session: Session,
    address_id: int,
    template: str,
    at: datetime,
    *,
    question_id: int | None = None,
    not_before: datetime | None = None,
    **values: Any,
) -> Notice:
    """A notice to one chat. ``values`` hold nobody's words."""
    notice = Notice(
        address_id=address_id,
        template=template,
        data=values,
        question_id=question_id,
        made_at=at,
        not_before=not_before,
    )
    session.add(notice)
    return notice


def tell_team(
    session: Session,
    template: str,
    at: datetime,
    *,
    least: Role = Role.MANAGER,
    besides: int | None = None,
    **values: Any,
) -> int:
    """A notice to every chat of the team that is ``least`` or more, but the one ``besides``; how many.

    ``values`` hold nobody's words.
    """
    able = [each.address_id for each in session.exec(select(TeamMember)) if RANK[Role(each.role)] >= RANK[least]]
    chats = [chat for chat in able if chat != besides]
    for chat in chats:
        tell(session, chat, template, at, **values)
    return len(chats)


def are_due(session: Session, channels: Collection[str], now: datetime) -> bool:
    """Whether there is anything to tell."""
    return session.exec(_due(channels, now).limit(1)).first() is not None


def claim(session: Session, channels: Collection[str], now: datetime) -> Sequence[Notice]:
    """Up to AT_ONCE notices that nobody else tells for CLAIM, the oldest first. Nothing is committed here."""
    free = _due(channels, now).order_by(col(Notice.made_at), col(Notice.id)).limit(AT_ONCE)
    claimed: Sequence[Notice] = session.exec(free.with_for_update(skip_locked=True, of=Notice)).all()
    for notice in claimed:
        notice.tries += 1
        notice.not_before = now + CLAIM
    session.add_all(claimed)
    return claimed


def told(session: Session, notice: Notice, provider_message_id: str, at: datetime) -> None:
    """It has arrived with the provider, who knows it by that number."""
    notice.told_at, notice.provider_message_id, notice.not_before = at, provider_message_id, None
    session.add(notice)


def put_off(session: Session, notice: Notice, at: datetime, until: datetime | None = None) -> None:
    """It could not be told this time. It is tried again later, each time after a longer wait; in the end no more."""
    if notice.tries > len(WAITS) or at - notice.made_at > LONGEST_WAIT:
        give_up(session, notice, at)
        return
    notice.not_before = max(until or at, at + WAITS[max(notice.tries, 1) - 1])
    session.add(notice)


def give_up(session: Session, notice: Notice, at: datetime) -> None:
    """Nobody tries any more; see ``untold``."""
    notice.given_up_at, notice.not_before = at, None
    session.add(notice)


def wait(session: Session, notice: Notice, at: datetime) -> None:
    """It did not get through at that time, for they wrote too long ago: it is told when they write next.

    Where it had been taken for told it is not any more.
    """
    chat = session.get_one(Address, notice.address_id)
    windows.close(chat, at)
    notice.told_at, notice.provider_message_id, notice.not_before = None, None, None
    notice.tries = max(notice.tries - 1, 0)
    session.add_all((chat, notice))


def sent_as(session: Session, channel: str, provider_message_id: str) -> Notice | None:
    """The notice that was told as that message of the provider's."""
    wanted = select(Notice).join(Address, col(Address.id) == col(Notice.address_id))
    wanted = wanted.where(Address.channel == channel, Notice.provider_message_id == provider_message_id)
    return session.exec(wanted.order_by(col(Notice.id).desc()).with_for_update(of=Notice)).first()


def untold(session: Session, since: datetime, address_id: int | None = None) -> Sequence[Notice]:
    """The notices of the team that were given up since then, of all its chats or of one, the newest first."""
    team = select(TeamMember.address_id) if address_id is None else [address_id]
    wanted = select(Notice).where(col(Notice.address_id).in_(team), col(Notice.given_up_at) > since)
    return session.exec(wanted.order_by(col(Notice.made_at).desc(), col(Notice.id).desc())).all()


def quoted(session: Session, address_id: int, provider_message_id: str) -> Notice | None:
    """The notice of that chat which the provider knows by that number."""
    wanted = select(Notice).where(Notice.address_id == address_id, Notice.provider_message_id == provider_message_id)
    return session.exec(wanted.order_by(col(Notice.id).desc())).first()


def _due(channels: Collection[str], now: datetime) -> Any:
    here = col(Notice.address_id).in_(
        select(Address.id).where(col(Address.channel).in_(channels), windows.is_open(now))
    )
    return select(Notice).where(
        is_waiting(), or_(col(Notice.not_before).is_(None), col(Notice.not_before) <= now), here
    )


def is_waiting() -> ColumnElement[bool]:
    """The condition for what was neither told nor given up."""
    return col(Notice.told_at).is_(None) & col(Notice.given_up_at).is_(None)
