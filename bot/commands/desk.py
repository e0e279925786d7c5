"""The owner's pages, opened from the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, print_json, shop_of, teller_of
from bot.terminal import at_terminal
from bot.web.desk import access
from campaigns.words.composing import Laid
from ledger import audit
from ledger import team as members
from ledger.team import Member

app = typer.Typer()


@app.command(name="desk")
def desk_(
    member: Annotated[int | None, typer.Option(help="Whose pages: the number in `langganan team`.")] = None,
    close: Annotated[bool, typer.Option("--close", help="Make every link void that they were given.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """A link to the shop's pages, good for 12 hours; the first owner's unless said. The shop has to be open."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        whose, teller, now = _member(members.members(session), member), teller_of(shop), shop.clock.now()
        if close:
            access.close(session, whose.address_id, COMMAND_LINE, now)
            print_json({"closed": whose.number}) if as_json else print(at_terminal(teller.say("desk_closed")))
            return
        link = access.link(session, shop.shop.public_url, whose.address_id, whose.role, now)
        audit.record(session, now, COMMAND_LINE, "made a link to the desk", str(whose.number))
        until = now + access.LIFETIME
    if as_json:
        print_json({"link": link, "member": whose.number, "role": whose.role, "until": until.isoformat()})
    else:
        told = teller.say("desk", link=Laid(link), until=teller.moment(until), is_near=not shop.shop.reaches_phones)
        print(at_terminal(told))


def _member(found: Sequence[Member], number: int | None) -> Member:
    wanted = [each for each in found if (each.is_owner if number is None else each.number == number)]
    if wanted:
        return wanted[0]
    if number is not None:
        raise Explained(f"nobody of the team has the number {number}; see `langganan team`")
    raise Explained("nobody is the owner yet: `langganan owner-code` prints a code; send it to the shop's bot")
