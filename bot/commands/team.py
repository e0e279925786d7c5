"""The team: who may give commands in chat, and the codes that let somebody in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlmodel import Session

from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.talk.desk.team import explained, listed
from bot.terminal import at_terminal
from ledger import audit
from ledger import team as members
from ledger.tables import Role
from ledger.team import Member

app = typer.Typer()


@app.command()
def team(
    remove: Annotated[int | None, typer.Option(help="Send off the one with this number in the list.")] = None,
    role: Annotated[str | None, typer.Option(help="Give one another role, as in 2=staff.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """The chats that may give commands; send one off, or give it another role."""
    if remove is not None and role is not None:
        raise typer.BadParameter("either --remove or --role, one at a time")
    with shop_of(demo) as shop:
        if remove is not None:
            _remove(shop, remove, may=yes or not as_json, yes=yes)
        if role is not None:
            _change(shop, role, may=yes or not as_json, yes=yes)
        with shop.database.reading() as session:
            found = members.members(session)
            if as_json:
                print_json([each.as_json() for each in found])
            else:
                print(at_terminal(listed(teller_of(shop), found)))


@app.command(name="owner-code")
def owner_code(
    role: Annotated[Role, typer.Option(help="What the chat may do.")] = Role.OWNER,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """A one-time code; the chat that sends it may command this shop."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        code = members.make_code(session, role, shop.clock.now())
        audit.record(session, shop.clock.now(), COMMAND_LINE, "code made", role)
    minutes = int(members.CODE_LIFETIME.total_seconds() // 60)
    if as_json:
        print_json({"code": code, "role": role, "minutes": minutes})
    else:
        print(
            f"{code}\nSend this to the bot within {minutes} minutes from the chat that is to be {role}'s. Works once."
        )


def _remove(shop: App, number: int, *, may: bool, yes: bool) -> None:
    one = _one(shop, number, takes_the_lead=True)
    if yes or _agrees(f"Remove {_named(one)} from the team?", may=may):
        with shop.database.transaction() as session, explained():
            members.remove(session, one.address_id, by=COMMAND_LINE, at=shop.clock.now())


def _change(shop: App, said: str, *, may: bool, yes: bool) -> None:
    number, _, name = said.partition("=")
    if not number.strip().isdecimal() or name.strip() not in set(Role):
        raise Explained(f"--role takes a number and a role, as in 2=staff; roles: {', '.join(Role)}")
    role = Role(name.strip())
    one = _one(shop, int(number), takes_the_lead=role is not Role.OWNER)
    if yes or _agrees(f"Make {_named(one)} {role}?", may=may):
        with shop.database.transaction() as session, explained():
            members.change_role(session, one.address_id, role, by=COMMAND_LINE, at=shop.clock.now())


def _one(shop: App, number: int, *, takes_the_lead: bool) -> Member:
    """Raises Problem for a number that is none, and before the question where it would leave no owner."""
    with shop.database.reading() as session, explained():
        found = members.member(session, number)
        _require(session, found, takes_the_lead)
        return found


def _require(session: Session, one: Member, takes_the_lead: bool) -> None:
    if takes_the_lead:
        members.require_another_owner(session, one.address_id)


def _named(one: Member) -> str:
    return f"{one.name or one.place} ({one.role}, {one.channel} {one.place}, since {one.since:%Y-%m-%d})"


def _agrees(question: str, *, may: bool) -> bool:
    is_wanted = may and agrees(f"{question} YES/NO")
    if not is_wanted:
        print("Left as it was.", file=sys.stderr)
    return is_wanted
