"""The segments a shop makes itself, from the command line: as `/segments new …` in chat."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from sqlmodel import Session

from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.talk.desk import grouping
from bot.talk.desk.groups import telling
from bot.talk.desk.groups.reading import Reading
from bot.terminal import at_terminal
from campaigns.grouping import own, ways
from campaigns.grouping.ways import Way
from campaigns.looking.groups import rows_of

app = typer.Typer(no_args_is_help=True, help="Segments of your own, described in plain words and counted live.")
Name = Annotated[str, typer.Argument(help="What it is called.")]
Words = Annotated[str, typer.Argument(help='For example "bought coffee twice in 60 days, not in the last 30".')]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


@app.command()
def new(name: Name, words: Words, as_json: Json = False, demo: Demo = False) -> None:
    """Describe a segment; it says back what it understood. Where anything was not, nothing is kept."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        found = grouping.make(
            session, teller_of(shop), name, words,
            by=COMMAND_LINE, channels=shop.channels.keys(), now=shop.clock.now(),
        )  # fmt: skip
        print_seen(shop, found, as_json)


@app.command(name="try")
def try_(words: Words, as_json: Json = False, demo: Demo = False) -> None:
    """Count who fits, and keep nothing."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller, now = teller_of(shop), shop.clock.now()
        reading, _ = grouping.understood(session, teller, words, now)
        found: grouping.Seen | Reading = reading
        if reading.condition is not None:
            found = grouping.seen(session, teller, reading.condition, shop.channels.keys(), now)
        print_seen(shop, found, as_json)


@app.command()
def show(name: Name, as_json: Json = False, demo: Demo = False) -> None:
    """One of them: what it says, how many fit now, and whom an offer reaches."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        segment = grouping.find(session, name)
        found = grouping.look(session, teller_of(shop), segment, shop.channels.keys(), shop.clock.now())
        print_seen(shop, found, as_json)


@app.command(name="list")
def list_(as_json: Json = False, demo: Demo = False) -> None:
    """All of them, counted now."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller = teller_of(shop)
        found = grouping.overview(session, teller, shop.channels.keys(), shop.clock.now())
        if as_json:
            print_json([each.as_json() for each in found])
        else:
            print(at_terminal(telling.all_own(teller, found)))


@app.command()
def delete(name: Name, yes: Yes = False, as_json: Json = False, demo: Demo = False) -> None:
    """Forget a segment; not while a campaign that is not over goes by it. Nobody's data goes with it."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        teller, segment = teller_of(shop), grouping.find(session, name)
        own.require_free(session, segment)
        if not yes and not agrees(at_terminal(teller.say("group_delete_ask", name=segment.name, said=segment.said))):
            return
        gone = grouping.delete(session, name, by=COMMAND_LINE, now=shop.clock.now())
        if as_json:
            print_json({"deleted": gone.name, "said": gone.said})
        else:
            print(at_terminal(teller.say("group_deleted", name=gone.name, said=gone.said)))


def show_way(session: Session, shop: App, way: Way, *, as_json: bool) -> None:
    """All groups of one way to divide."""
    teller, channels, now = teller_of(shop), shop.channels.keys(), shop.clock.now()
    if not as_json:
        print(at_terminal(telling.way(session, teller, way, channels, now)))
        return
    found = rows_of(session, way, channels, shop.shop, now)
    named = [{"name": telling.group_name(teller, each.key), **each.as_json()} for each in found.rows]
    print_json({**found.as_json(), "groups": named})


def choose_way(shop: App, said: str) -> Way:
    """The way that is meant, which is shown from now on."""
    way = grouping.way_of(said)
    with shop.database.transaction() as session:
        ways.choose(session, way)
    return way


def print_seen(shop: App, found: grouping.Seen | Reading, as_json: bool) -> None:
    """One segment; raises Explained with what was not understood."""
    teller = teller_of(shop)
    if isinstance(found, Reading):
        raise Explained("\n".join(telling.fault(teller, each) for each in found.faults))
    told: dict[str, Any] = found.as_json()
    print_json(told) if as_json else print(at_terminal(telling.one(teller, found)))
