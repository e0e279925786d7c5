"""Offers on their way: send what is due, and see what came of it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from bot import printing
from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.commands.seeing import Picture, draw
from bot.talk.desk import reporting, survey_telling
from bot.talk.desk.running import newest
from bot.terminal import at_terminal
from campaigns.launching import planning, preparing, scheduling
from campaigns.launching.drafts import SURVEY
from campaigns.outcomes import results
from campaigns.outcomes.charting import Charting
from campaigns.surveys import planning as survey_planning
from campaigns.surveys import results as surveys

app = typer.Typer()


@app.command()
def dispatch(
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Send until nothing is due, then stop.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Start what is to start now and send what is due. `serve` does this by itself; this is for a timer or a test."""
    if not until_idle:
        raise typer.BadParameter("say --until-idle; to keep sending, run `langganan serve`")
    with shop_of(demo) as shop, printing.steps("sending") as progress:
        when = shop.channels.keys(), shop.shop, shop.clock.now()
        scheduling.start_due(shop.database, *when)
        scheduling.sweep(shop.database, *when)
        preparing.prepare(shop.database, *when[:2], shop.clock.now)
        drained = asyncio.run(shop.dispatcher.drain(lambda done: progress(f"{done.sent} sent")))
        with shop.database.reading() as session:
            waiting = planning.waiting(session)
    if as_json:
        print_json({"sent": drained.sent, "looked_at": drained.looked_at, "waiting": waiting.as_json()})
    else:
        print(
            f"{drained.sent} sent, {waiting.count} waiting"
            + (f" until {waiting.until.astimezone(shop.shop.zone):%d %b %H:%M}" if waiting.until else "")
        )


@app.command()
def report(
    campaign: Annotated[int | None, typer.Argument(help="Its number; the last approved unless said.")] = None,
    chart: Picture = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What came of a campaign: fates that add up, clicks, purchases, lift."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        found = planning.find(session, campaign) if campaign is not None else newest(session)
        if found.template == SURVEY and not as_json:
            asked = surveys.results(session, survey_planning.find(session, found.id), shop.clock.now())
            print(at_terminal(survey_telling.told(teller_of(shop), asked, is_chat=False)))
            return
        told = results.report(session, found)
        if chart is not None:
            draw(Charting(shop.composer, shop.shop.language).report(told, found), chart)
        if as_json:
            print_json(told.as_json())
        else:
            print(at_terminal(reporting.told(teller_of(shop), told, found, shop.clock.now())))
