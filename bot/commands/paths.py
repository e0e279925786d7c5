"""Which ways people take to a purchase."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.talk.desk import funnel
from bot.terminal import at_terminal
from campaigns.looking import paths

app = typer.Typer()


@app.command(name="funnel")
def funnel_(
    scope: Annotated[str, typer.Argument(help="site: the shop's pages; chat: its chats. The first there is.")] = "",
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """How far visits come, where they are lost, which ways lead to a purchase, and days unlike the others."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        if as_json:
            print_json(paths.paths(session))
        else:
            print(at_terminal(funnel.told(session, teller_of(shop), scope)))
