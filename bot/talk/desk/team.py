"""Who may give commands: seen, let in by a code, given another role, sent off. Leaving is everybody's right."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from babel.dates import format_date
from sqlmodel import Session

from bot import telling
from bot.talk.desk.command import Command
from bot.talk.desk.confirming import ask, deed
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words.composing import Reply
from campaigns.words.wording import first_name
from ledger import audit, notices, team
from ledger.tables import Notice, Role
from ledger.team import LastOwner, Member, UnknownMember
from ledger.windows import WINDOWED

REMOVE, CHANGE, LEAVE = "remove from team", "change role", "leave team"
CHANGED = "team_changed"
JOINED = "team_joined"
NUMBER = re.compile(r"#?(\d{1,4})")
ROLES = {
    **{role.value: role for role in Role},
    "pemilik": Role.OWNER,
    "manajer": Role.MANAGER,
    "staf": Role.STAFF,
    "karyawan": Role.STAFF,
}
"""As an owner writes them, in either language."""
MANNER = re.compile(
    r"(?P<code>code|kode)(?:\s+(?P<joins>\w+))?"
    r"|(?P<remove>remove|keluarkan)\s+(?P<gone>.+)"
    r"|(?P<role>role|peran)\s+(?P<changed>.+?)\s+(?P<becomes>\w+)"
    r"|(?P<leave>leave|keluar)",
    re.IGNORECASE,
)


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/team lists; with a word more it lets in, changes or sends off. Raises Problem."""
    said = MANNER.fullmatch(argument.strip())
    if said is not None and said["leave"]:
        return _ask_to_leave(turn, teller)
    if turn.role is not Role.OWNER:
        raise Problem("team_is_the_owners", known=names(team.approvers(turn.session, Role.OWNER)))
    if not argument.strip():
        return [listed(teller, team.members(turn.session), turn.address.id)]
    if said is None:
        raise Problem("team_how")
    if said["code"]:
        return [_code(turn, teller, _role(said["joins"] or ""))]
    with explained():
        one = _one(turn, said["gone"] or said["changed"])
        return (
            _ask_to_remove(turn, teller, one)
            if said["remove"]
            else _ask_to_change(turn, teller, one, _role(said["becomes"]))
        )


def listed(teller: Teller, members: Iterable[Member], mine: int | None = None) -> Reply:
    """The chats of the team; ``mine`` is the one that asks."""
    rows = [{**_told(teller, each), "is_mine": each.address_id == mine} for each in members]
    return teller.say("team", rows=rows)


def names(members: Iterable[Member]) -> str:
    """By first name, for "ask one of these"; by address where they have none."""
    return ", ".join(first_name(each.name) or each.place for each in members)


def joined(turn: Turn, teller: Teller, role: Role) -> list[Reply]:
    """Welcome; and the owners are told that somebody came in, or what somebody they know is now."""
    template = JOINED if turn.role is None else CHANGED
    notices.tell_team(
        turn.session, template, turn.now, least=Role.OWNER, besides=turn.address.id, member=turn.address.id
    )
    is_windowed = turn.inbound.channel in WINDOWED
    may_approve = role is not Role.STAFF
    word = teller.word("roles", role)
    return [teller.say("owner_welcome", role=word, may_approve=may_approve, is_windowed=is_windowed)]


@contextmanager
def explained() -> Iterator[None]:
    """What the ledger refuses, as a sentence with the next step. Raises Problem."""
    try:
        yield
    except LastOwner as fault:
        raise Problem("last_owner") from fault
    except UnknownMember as fault:
        raise Problem("unknown_member") from fault


def _code(turn: Turn, teller: Teller, role: Role) -> Reply:
    code = team.make_code(turn.session, role, turn.now)
    audit.record(turn.session, turn.now, turn.actor, "code made", role)
    minutes = int(team.CODE_LIFETIME.total_seconds() // 60)
    return teller.say("team_code", code=code, role=teller.word("roles", role), minutes=minutes)


def _ask_to_remove(turn: Turn, teller: Teller, one: Member) -> list[Reply]:
    team.require_another_owner(turn.session, one.address_id)
    question = teller.say("team_remove_ask", **_told(teller, one), is_mine=one.address_id == turn.address.id)
    return ask(turn, REMOVE, question, address_id=one.address_id)


def _ask_to_change(turn: Turn, teller: Teller, one: Member, role: Role) -> list[Reply]:
    told = _told(teller, one)
    if role is one.role:
        raise Problem("role_already", name=told["name"], role=told["role"])
    team.require_another_owner(turn.session, one.address_id)
    question = teller.say("team_role_ask", **told, becomes=teller.word("roles", role), may=role.value)
    return ask(turn, CHANGE, question, address_id=one.address_id, role=role.value)


def _ask_to_leave(turn: Turn, teller: Teller) -> list[Reply]:
    with explained():
        team.require_another_owner(turn.session, turn.address.id)
    return ask(turn, LEAVE, teller.say("team_leave_ask", role=teller.word("roles", turn.role or Role.STAFF)))


@deed(REMOVE, Role.OWNER)
def _removed(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    with explained():
        one = team.member_at(turn.session, data["address_id"])
        team.remove(turn.session, one.address_id, by=turn.actor, at=turn.now)
    return [teller.say(CHANGED, **_told(teller, one), becomes="")]


@deed(CHANGE, Role.OWNER)
def _changed(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    role = Role(data["role"])
    with explained():
        one = team.member_at(turn.session, data["address_id"])
        team.change_role(turn.session, one.address_id, role, by=turn.actor, at=turn.now)
    return [teller.say(CHANGED, **_told(teller, one), becomes=teller.word("roles", role))]


@deed(LEAVE)
def _left(turn: Turn, teller: Teller, _data: dict[str, Any]) -> list[Reply]:
    with explained():
        team.remove(turn.session, turn.address.id, by=turn.actor, at=turn.now)
    return [teller.say("team_left")]


def _one(turn: Turn, said: str) -> Member:
    """By number in the list, or by a name that only one of them has. Raises UnknownMember or Problem."""
    number = NUMBER.fullmatch(said.strip())
    if number is not None:
        return team.member(turn.session, int(number[1]))
    name = " ".join(said.split()).casefold()
    called = [
        each
        for each in team.members(turn.session)
        if name in (each.name.casefold(), first_name(each.name).casefold())
    ]
    if not called:
        raise UnknownMember(f"nobody of the team is called {said!r}")
    if len(called) > 1:
        raise Problem("several_members", name=said, numbers=", ".join(str(each.number) for each in called))
    return called[0]


def _role(said: str) -> Role:
    """Raises Problem for none that there is."""
    role = ROLES.get(said.casefold())
    if role is None:
        raise Problem("unknown_role", name=said or "?")
    return role


def _told(teller: Teller, one: Member) -> dict[str, Any]:
    since = one.since.astimezone(teller.shop.zone)
    return {
        "number": one.number,
        "name": first_name(one.name) or one.place,
        "role": teller.word("roles", one.role),
        "place": one.place,
        "channel": teller.word("channels", one.channel),
        "since": format_date(since, "d MMMM y", locale=teller.language),
    }


def _told_joined(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply | None:
    try:
        one = _told(teller, team.member_at(session, notice.data["member"]))
    except UnknownMember:
        return None
    return teller.say(JOINED, place=f"{one['name']} ({one['channel']})", role=one["role"])


def _told_changed(session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply | None:
    try:
        one = _told(teller, team.member_at(session, notice.data["member"]))
    except UnknownMember:
        return None
    return teller.say(CHANGED, **{**one, "place": f"{one['channel']} {one['place']}"}, becomes=one["role"])


COMMANDS = {"team": Command(Role.STAFF, answer, also=("tim",))}
telling.WORDS |= {JOINED: _told_joined, CHANGED: _told_changed}
