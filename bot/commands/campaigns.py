"""Campaigns that are there: listed, watched, held, let go on, ended; by the same functions as in chat."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer
from sqlmodel import Session

from bot import printing
from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, budget_of, print_json, shop_of, teller_of
from bot.talk.desk import announcing, following, running
from bot.terminal import at_terminal
from campaigns.launching import planning
from campaigns.outcomes import progress, results
from campaigns.outcomes.progress import Progress
from campaigns.tables import Campaign, Status
from campaigns.words.composing import Reply

app = typer.Typer()
LOOK_EVERY_SECONDS = 1.0
Number = Annotated[int | None, typer.Argument(help="The campaign's number; the only one it can be unless said.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it without asking.")]
Change = Callable[[App, Session, Campaign], Reply]


@app.command()
def campaigns(as_json: Json = False, demo: Demo = False) -> None:
    """All campaigns, how far they are, and what comes next."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        if as_json:
            print_json([results.report(session, each).as_json() for each in planning.campaigns(session)])
        else:
            print(at_terminal(following.campaigns(session, teller_of(shop))))


@app.command(name="progress")
def progress_(
    campaign: Number = None,
    watch: Annotated[bool, typer.Option("--watch", help="Keep looking until nothing more is on its way.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """How far a campaign is, how fast it goes, and what the rest waits for."""
    with shop_of(demo) as shop:
        number = _meant(shop, campaign, "progress", running.MOVING)
        found = _watch(shop, number) if watch else _look(shop, number)
        if as_json:
            print_json(found.as_json())
            return
        with shop.database.reading() as session:
            told = following.told(teller_of(shop), planning.find(session, number), found, shop.clock.now())
    print(at_terminal(told))


@app.command()
def pause(campaign: Number = None, as_json: Json = False, demo: Demo = False) -> None:
    """Hold a campaign, at once: nothing further is claimed or started."""

    def hold(shop: App, session: Session, found: Campaign) -> Reply:
        planning.pause(session, found, by=COMMAND_LINE, now=shop.clock.now())
        announcing.announce(session, found, announcing.HELD, shop.clock.now(), place=None)
        return following.paused(session, teller_of(shop), found, shop.clock.now())

    with shop_of(demo) as shop:
        _change(shop, _meant(shop, campaign, "pause", running.PAUSABLE), hold, as_json=as_json)


@app.command()
def resume(
    campaign: Number = None,
    budget: Annotated[
        str | None, typer.Option(help="A new budget where the old one is spent, such as 750000 or 750rb.")
    ] = None,
    yes: Yes = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Let a held or missed campaign go on, after a yes."""

    def asked(shop: App, session: Session, found: Campaign) -> Reply:
        return following.resuming(session, teller_of(shop), found, shop.channels.keys(), shop.clock.now(), most)

    def go_on(shop: App, session: Session, found: Campaign) -> Reply:
        now = shop.clock.now()
        planning.resume(session, found, shop.channels.keys(), shop.shop, by=COMMAND_LINE, now=now, budget=most)
        announcing.announce(session, found, announcing.RESUMED, now, place=None)
        return following.resumed(session, teller_of(shop), found, now)

    with shop_of(demo) as shop:
        most = budget_of(budget) if budget is not None else None
        number = _meant(shop, campaign, "resume", running.RESUMABLE)
        if _is_wanted(shop, number, asked, running.RESUMABLE, yes=yes, may_ask=not as_json):
            _change(shop, number, go_on, as_json=as_json)


@app.command()
def cancel(campaign: Number = None, yes: Yes = False, as_json: Json = False, demo: Demo = False) -> None:
    """End a campaign for good, after a yes; what is not on its way is not sent."""

    def asked(shop: App, session: Session, found: Campaign) -> Reply:
        return following.cancelling(session, teller_of(shop), found, shop.clock.now())

    def end(shop: App, session: Session, found: Campaign) -> Reply:
        spared = planning.cancel(session, found, by=COMMAND_LINE, now=shop.clock.now())
        announcing.announce(session, found, announcing.ENDED, shop.clock.now(), place=None)
        return teller_of(shop).changed(found, spared)

    with shop_of(demo) as shop:
        number = _meant(shop, campaign, "cancel", (*running.PAUSABLE, *running.RESUMABLE))
        if _is_wanted(shop, number, asked, planning.OPEN, yes=yes, may_ask=not as_json):
            _change(shop, number, end, as_json=as_json)


def _meant(shop: App, number: int | None, command: str, statuses: tuple[Status, ...]) -> int:
    """The campaign of that number, or the only one it can be. Raises Explained with those there are, or Problem."""
    if number is not None:
        return number
    with shop.database.reading() as session:
        found = running.the_only(session, teller_of(shop), command, statuses)
        if isinstance(found, Reply):
            raise Explained(at_terminal(found))
        return found.id


def _look(shop: App, number: int) -> Progress:
    with shop.database.reading() as session:
        return progress.progress(session, planning.find(session, number), shop.clock.now())


def _watch(shop: App, number: int) -> Progress:
    """Look again and again, until nothing is due or on its way: what waits for its hour is not waited for here."""
    with printing.bar(f"campaign {number}") as show:
        while True:
            found = _look(shop, number)
            show(found.sent, found.total)
            if found.status != Status.RUNNING or not (found.due or found.is_sending):
                return found
            time.sleep(LOOK_EVERY_SECONDS)


def _is_wanted(
    shop: App, number: int, question: Change, statuses: tuple[Status, ...], *, yes: bool, may_ask: bool
) -> bool:
    """Whether it shall be done. No transaction is open while somebody thinks; what cannot be done is not asked."""
    if yes:
        return True
    with shop.database.reading() as session:
        found = planning.find(session, number)
        planning.require(found, *statuses)
        print(at_terminal(question(shop, session, found)), file=sys.stderr)
    is_wanted = may_ask and agrees(teller_of(shop).word("launching", "answers"))
    if not is_wanted:
        print(at_terminal(teller_of(shop).say("confirm_dropped")), file=sys.stderr)
    return is_wanted


def _change(shop: App, number: int, change: Change, *, as_json: bool) -> None:
    with shop.database.transaction() as session:
        found = planning.find(session, number)
        told = change(shop, session, found)
        session.flush()
        far = progress.progress(session, found, shop.clock.now())
    print_json(far.as_json()) if as_json else print(at_terminal(told))
