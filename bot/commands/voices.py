"""What customers wrote lately, on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from bot.commands.common import COMMAND_LINE, Demo, Json, print_json, shop_of, teller_of
from bot.talk.desk import voices
from bot.terminal import at_terminal
from campaigns.listening import looking

app = typer.Typer()


@app.command(name="voices")
def voices_(
    what: Annotated[
        list[str] | None, typer.Argument(help="A theme, 'complaints', or 'done 12'; everything unless said.")
    ] = None,
    weeks: Annotated[int, typer.Option(min=1, max=looking.MOST_WEEKS, help="How many weeks to look back.")] = 4,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What customers wrote: how it was meant, what it was about, which complaints wait."""
    with shop_of(demo) as shop:
        now, teller = shop.clock.now(), teller_of(shop)
        wanted = voices.asked(teller, " ".join(what or []))
        if wanted.weeks == looking.WEEKS:
            wanted = replace(wanted, weeks=weeks)
        if wanted.done:
            with shop.database.transaction() as session:
                reply = voices.settled(session, teller, wanted.done, by=COMMAND_LINE, now=now)
            print_json({"settled": wanted.done}) if as_json else print(at_terminal(reply))
            return
        with shop.database.reading() as session:
            if wanted.complaints and not as_json:
                print(at_terminal(voices.complaints(teller, looking.complaints(session), now)))
                return
            found = looking.voices(session, now, wanted.weeks)
            print_json(found.as_json()) if as_json else print(at_terminal(voices.told(teller, wanted, found)))
