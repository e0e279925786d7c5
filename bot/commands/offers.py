"""Campaigns: launch, send, watch, stop."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from sqlmodel import Session

from bot import printing
from bot.commands.common import COMMAND_LINE, Demo, Json, agrees, print_json, shop_of, teller_of
from campaigns import planning, results
from campaigns.tables import Campaign

app = typer.Typer()


@app.command()
def launch(
    template: Annotated[str, typer.Argument(help="winback, bundle, picks, new_arrivals, clear_stock or thank_you.")],
    to: Annotated[str, typer.Option(help="A segment's key (see segments), or all.")] = "all",
    discount: Annotated[int, typer.Option(min=0, max=90, help="Percent off.")] = 0,
    hold: Annotated[
        int | None, typer.Option(min=0, max=90, help="Percent held out; the setting's unless said.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Approve without asking.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Preview a campaign and, after a yes, let it run. Sending itself is `dispatch` or `serve`."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        teller, now, channels = teller_of(shop), shop.clock.now(), shop.channels.keys()
        share = shop.shop.holdout_share if hold is None else hold / 100
        campaign = planning.draft(
            session,
            shop.composer,
            template=template,
            audience=to,
            holdout_share=share,
            discount_percent=discount,
            shop=shop.shop,
            by=COMMAND_LINE,
            now=now,
        )
        shown = planning.preview(session, campaign, shop.composer, channels, shop.shop, now)
        if not as_json:
            print(teller.preview(campaign, shown).text)
        if as_json and not yes:
            print_json(shown.plan.as_json())
        if not yes and (as_json or not agrees("YA/YES")):
            planning.cancel(session, campaign, by=COMMAND_LINE, now=now)
            print(teller.say("launch_dropped").text, file=sys.stderr)
            return
        plan = planning.approve(session, campaign, channels, shop.shop, by=COMMAND_LINE, now=now)
        if as_json:
            print_json(results.report(session, campaign).as_json())
        else:
            print(teller.launched(campaign, plan).text)


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
    _change(campaign, demo, lambda session, found, now: planning.pause(session, found, by=COMMAND_LINE, now=now))


@app.command()
def resume(campaign: int, demo: Demo = False) -> None:
    """Let a paused campaign go on."""
    _change(campaign, demo, lambda session, found, now: planning.resume(session, found, by=COMMAND_LINE, now=now))


@app.command()
def cancel(campaign: int, demo: Demo = False) -> None:
    """End a campaign; what is not on its way is not sent."""
    _change(campaign, demo, lambda session, found, now: planning.cancel(session, found, by=COMMAND_LINE, now=now))


def _change(number: int, demo: bool, change: Callable[[Session, Campaign, datetime], int | None]) -> None:
    with shop_of(demo) as shop, shop.database.transaction() as session:
        found = planning.find(session, number)
        spared = change(session, found, shop.clock.now())
        print(teller_of(shop).changed(found, spared or 0).text)
