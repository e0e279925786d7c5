"""What is expected to sell, on the command line."""

from __future__ import annotations

from typing import Annotated

import typer

from bot.commands.common import COMMAND_LINE, Demo, Json, print_json, shop_of, teller_of
from bot.commands.seeing import Picture, draw
from bot.talk.desk import demand
from bot.terminal import at_terminal

app = typer.Typer()


@app.command(name="demand")
def demand_(
    product: Annotated[
        list[str] | None, typer.Argument(help="One product, by words of its name; all unless said.")
    ] = None,
    delivery: Annotated[int, typer.Option(help="Set how many days the next delivery takes.")] = 0,
    chart: Picture = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Pieces expected in the next weeks with their range, what runs out before a delivery, what lies too long."""
    with shop_of(demo) as shop:
        now, teller, said = shop.clock.now(), teller_of(shop), " ".join(product or [])
        if days := delivery or demand.asked_delivery(said):
            with shop.database.transaction() as session:
                reply = demand.set_delivery(session, teller, days, by=COMMAND_LINE, now=now)
            print_json({"delivery_days": days}) if as_json else print(at_terminal(reply))
            return
        with shop.database.reading() as session:
            seen = demand.look(session, said, now)
            reply = demand.told(teller, seen)
            if chart is not None:
                draw(reply.chart, chart)
            print_json(seen.as_json()) if as_json else print(at_terminal(reply))
