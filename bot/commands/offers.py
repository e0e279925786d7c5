"""Campaigns: launch, send, watch, stop."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session

from bot import printing
from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Json, print_json, shop_of, teller_of
from campaigns import planning, results
from campaigns.tables import Campaign

app = typer.Typer()


@app.command()
def dispatch(
    until_idle: Annotated[bool, typer.Option("--until-idle", help="Send until nothing is due, then stop.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Send what is due now. `serve` does this by itself; this is for a timer or a test."""
    if not until_idle:
        raise typer.BadParameter("say --until-idle; to keep sending, run `langganan serve`")
    with shop_of(demo) as shop, printing.steps("sending") as progress:
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
def campaigns(as_json: Json = False, demo: Demo = False) -> None:
    """All campaigns and how far they are."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        if as_json:
            print_json([results.report(session, each).as_json() for each in planning.campaigns(session)])
        else:
            print(teller_of(shop).campaigns(session).text)


@app.command()
def report(
    campaign: Annotated[int, typer.Argument(help="The campaign's number.")], as_json: Json = False, demo: Demo = False
) -> None:
    """What came of a campaign: fates that add up, clicks, purchases, lift."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        found = planning.find(session, campaign)
        told = results.report(session, found)
        if as_json:
            print_json(told.as_json())
        else:
            print(teller_of(shop).report(told, found, shop.clock.now()).text)


@app.command()
def pause(campaign: int, demo: Demo = False) -> None:
    """Hold a running campaign: nothing further is claimed."""
    _change(
        campaign,
        demo,
        lambda shop, session, found: planning.pause(session, found, by=COMMAND_LINE, now=shop.clock.now()),
    )


@app.command()
def resume(campaign: int, demo: Demo = False) -> None:
    """Let a paused campaign go on."""
    _change(
        campaign,
        demo,
        lambda shop, session, found: planning.resume(
            session, found, shop.channels.keys(), shop.shop, by=COMMAND_LINE, now=shop.clock.now()
        ),
    )


@app.command()
def cancel(campaign: int, demo: Demo = False) -> None:
    """End a campaign; what is not on its way is not sent."""
    _change(
        campaign,
        demo,
        lambda shop, session, found: planning.cancel(session, found, by=COMMAND_LINE, now=shop.clock.now()),
    )


def _change(number: int, demo: bool, change: Callable[[App, Session, Campaign], int | None]) -> None:
    with shop_of(demo) as shop, shop.database.transaction() as session:
        found = planning.find(session, number)
        spared = change(shop, session, found)
        print(teller_of(shop).changed(found, spared or 0).text)
