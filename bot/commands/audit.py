"""Whether groups of customers are served alike, on the command line."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

import typer

from bot.commands.common import COMMAND_LINE, Demo, Json, print_json, shop_of, teller_of
from bot.talk.desk import audit
from bot.terminal import at_terminal
from campaigns.looking import audit as looking
from campaigns.problems import Problem

app = typer.Typer()


@app.command(name="audit")
def audit_(
    what: Annotated[
        list[str] | None,
        typer.Argument(help="A campaign's number, or a grouping: region, language, platform …; all unless said."),
    ] = None,
    by: Annotated[str, typer.Option("--by", help="One grouping in detail: region, language, platform …")] = "",
    weeks: Annotated[int, typer.Option(min=1, max=looking.MOST_WEEKS, help="How many weeks to look back.")] = 12,
    limit: Annotated[
        float | None, typer.Option(help="Set what part of the best-served group's every group shall get: 0.8.")
    ] = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Offers, discounts and recommendations by group, beside the best-served one; stand-ins; filter bubbles."""
    with shop_of(demo) as shop:
        now, teller = shop.clock.now(), teller_of(shop)
        wanted = audit.asked(teller, " ".join(what or []) or by)
        if wanted.weeks == looking.WEEKS:
            wanted = replace(wanted, weeks=weeks)
        if (part := limit if limit is not None else wanted.limit) is not None:
            if not 0 < part <= 1:
                raise Problem("impossible_limit")
            with shop.database.transaction() as session:
                looking.set_limit(session, part, by=COMMAND_LINE, now=now)
            print_json({"limit": part}) if as_json else print(at_terminal(audit.limited(teller, part)))
            return
        with shop.database.reading() as session:
            found = audit.looked(session, wanted, shop.channels.keys(), shop.shop, now)
            print_json(found.as_json()) if as_json else print(at_terminal(audit.told(teller, wanted, found)))
