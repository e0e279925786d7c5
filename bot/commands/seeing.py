"""What the shop looks at: the day, its segments, bundles and products, one customer, and what is worth doing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from sqlmodel import Session

from bot import printing, saving
from bot.app import App
from bot.commands import groups
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, print_json, shop_of, teller_of
from bot.talk.desk import advice, bundles, card, futures, grouping, hours, moves, products, segments, today
from bot.talk.desk.seeing import LOOKED_AT, LOOKED_FOR
from bot.terminal import at_terminal
from campaigns import insights
from campaigns.choosing import suggestions
from campaigns.grouping import own, ways
from campaigns.grouping.ways import Way
from campaigns.looking import bundles as looking_at_bundles
from campaigns.looking import people
from campaigns.looking import segments as looking_at_segments
from campaigns.looking import today as looking_at_today
from campaigns.looking.futures import outlook
from campaigns.looking.moves import NO_MOVES
from campaigns.looking.moves import moves as moves_of
from campaigns.looking.products import shelves
from campaigns.outcomes.charts import Chart, PathChart
from campaigns.words.composing import Reply
from ledger import audit
from ledger.tables import Role

app = typer.Typer()
Picture = Annotated[Path | None, typer.Option("--chart", help="Also draw it, into this .png file.")]


@app.command(name="today")
def today_(as_json: Json = False, demo: Demo = False) -> None:
    """The day so far beside the usual same weekday, what is under way, and what waits for a decision."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        found = looking_at_today.today(session, shop.shop, shop.clock.now())
        print_json(found.as_json()) if as_json else print(at_terminal(today.told(teller_of(shop), found)))


@app.command(name="segments")
def segments_(
    name: Annotated[str, typer.Argument(help="One of them, by its key or its name; all unless said.")] = "",
    moved: Annotated[bool, typer.Option("--moved", help="Who moved where since the run before.")] = False,
    by: Annotated[str, typer.Option("--by", help="Divide by value, channel, survey, or behaviour again.")] = "",
    chart: Picture = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Groups of customers who shop alike, why they are called what they are called, and how they changed."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller = teller_of(shop)
        if moved:
            told_moves = (moves_of(session) or NO_MOVES).as_json()
            print_json(told_moves) if as_json else print(at_terminal(moves.told(session, teller)))
            return
        way = groups.choose_way(shop, by) if by else ways.chosen(session)
        if way is not Way.BEHAVIOUR and (by or not (name or as_json or chart)):
            groups.show_way(session, shop, way, as_json=as_json)
            return
        kept = own.find(session, grouping.unquoted(name)) if name else None
        if kept is not None:
            groups.print_seen(
                shop, grouping.look(session, teller, kept, shop.channels.keys(), shop.clock.now()), as_json
            )
            return
        if name:
            found = segments.find(session, teller, name)
            told = looking_at_segments.portrait(session, found, shop.channels.keys(), shop.shop, shop.clock.now())
            if as_json:
                print_json({"name": teller.word("segments", found.key), **told.as_json()})
            else:
                print(at_terminal(segments.told(teller, told, insights.currency(session))))
            return
        _show(segments.overview(session, teller), chart, _segments(session, shop) if as_json else None)


def _segments(session: Session, shop: App) -> list[dict[str, Any]]:
    teller, currency = teller_of(shop), insights.currency(session)
    return [
        {
            "name": teller.word("segments", each.segment.key),
            "size": each.segment.size,
            "share": each.segment.share,
            "change": each.change,
            "is_new": each.is_new,
            "why": segments.why(teller, each.segment, currency),
            "key": each.segment.key,
            "reasons": each.segment.reasons,
            "within": [
                {
                    "name": teller.word("segments", inner.key),
                    "key": inner.key,
                    "size": inner.size,
                    "share": inner.share,
                    "why": segments.why(teller, inner, currency),
                    "reasons": inner.reasons,
                }
                for inner in each.within
            ],
        }
        for each in looking_at_segments.trend(session).segments
    ]


@app.command(name="bundles")
def bundles_(
    number: Annotated[int, typer.Argument(help="One of them, in detail; all unless said.")] = 0,
    min_support: Annotated[
        float | None, typer.Option(min=0.0001, max=1, help="Reckon anew at this support instead of the last run's.")
    ] = None,
    min_confidence: Annotated[float, typer.Option(min=0, max=1, help="With --min-support: least confidence.")] = 0.2,
    proposed: Annotated[
        bool,
        typer.Option("--proposed", help="With --json: the bundles with price and evidence, not the rules."),
    ] = False,
    chart: Picture = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What sells together, for what price and whom. --json lists every association rule with its measures."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller = teller_of(shop)
        if number:
            found = looking_at_bundles.bundle(session, number)
            print_json(found.as_json()) if as_json else print(at_terminal(bundles.one(teller, found)))
        elif proposed and as_json:
            print_json([each.as_json() for each in looking_at_bundles.bundles(session)])
        elif min_support is None and not as_json:
            _show(bundles.overview(teller, looking_at_bundles.bundles(session)), chart, None)
        else:
            told = printing.rules(session, _rules(session, min_support, min_confidence))
            print_json(told) if as_json else printing.out.print(printing.rules_table(told))


def _rules(session: Session, min_support: float | None, min_confidence: float) -> list[dict[str, Any]]:
    if min_support is None:
        return [each.model_dump(exclude={"run_id", "position"}) for each in insights.rules(session)]
    from campaigns import mining  # the engine, which only mining needs

    try:
        found = mining.find_rules(session, min_support, min_confidence)
    except mining.NothingToMine as fault:
        raise Explained(str(fault)) from fault
    return [vars(each) for each in found]


@app.command(name="products")
def products_(
    words: Annotated[list[str] | None, typer.Argument(help="Only those in which these words stand.")] = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Best sellers, what runs out, what piles up, what expires."""
    said = " ".join(words or [])
    with shop_of(demo) as shop, shop.database.reading() as session:
        now, teller = shop.clock.now(), teller_of(shop)
        there = shelves(session, now)
        if as_json:
            print_json([each.as_json(now) for each in there.matching(said)])
        elif said:
            print(at_terminal(products.found(teller, there, said, now)))
        else:
            print(at_terminal(products.overview(teller, there, now)))


@app.command()
def customer(
    who: Annotated[str, typer.Argument(help="A name, a customer's number, or an address as it was written.")],
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """A customer's card, addresses masked. That somebody looked is noted in the audit."""
    # The one thing here that writes: whoever looks somebody up is remembered.
    with shop_of(demo) as shop, shop.database.transaction() as session:
        now, teller = shop.clock.now(), teller_of(shop)
        found = people.find(session, who, shop.shop.region)
        if len(found) > 1:
            audit.record(session, now, COMMAND_LINE, LOOKED_FOR, numbers=[each.id for each in found])
            told = [{"number": each.id, "name": each.name, "city": each.city} for each in found]
            print_json(told) if as_json else print(at_terminal(card.choice(teller, found, Role.OWNER)))
            return
        audit.record(session, now, COMMAND_LINE, LOOKED_AT, str(found[0].id))
        seen = people.card(session, found[0], shop.channels.keys(), shop.shop, now)
        print_json(seen.as_json()) if as_json else print(at_terminal(card.told(teller, seen, Role.OWNER)))


@app.command(name="insights")
def insights_(as_json: Json = False, demo: Demo = False) -> None:
    """At most three findings worth acting on, each with its n and the line that acts on it."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller, goals = teller_of(shop), shop.composer.catalog.keys()
        found = suggestions.suggestions(session, shop.channels.keys(), goals, shop.shop, shop.clock.now())
        if as_json:
            lined = [
                {**each.as_json(), "says": advice.says(teller, each), "line": advice.line(teller, each)}
                for each in found
            ]
            print_json([*lined, *_foreseen(session, shop)])
        else:
            currency = insights.currency(session) or shop.shop.currency
            foreseen = futures.of_all(teller, outlook(session), currency, Role.OWNER)
            print(at_terminal(advice.told(teller, found, foreseen)))


def _foreseen(session: Session, shop: App) -> list[dict[str, Any]]:
    told, currency = outlook(session), insights.currency(session) or shop.shop.currency
    says = futures.of_all(teller_of(shop), told, currency, Role.OWNER)
    return [{"about": "outlook", "says": says, "currency": currency, **told.as_json()}] if told is not None else []


@app.command(name="hours")
def hours_(chart: Picture = None, as_json: Json = False, demo: Demo = False) -> None:
    """At which hours of the day customers are most active."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        _show(hours.told(session, teller_of(shop)), chart, hours.counts(session) if as_json else None)


def _show(reply: Reply, chart: Path | None, as_json: Any) -> None:
    """The words, or one JSON document; and the picture, where one is wanted."""
    if chart is not None:
        draw(reply.chart, chart)
    if as_json is None:
        print(at_terminal(reply))
    else:
        print_json(as_json)


def draw(chart: Chart | PathChart | None, path: Path) -> None:
    """The chart into ``path``, replacing what is there. Raises Explained where there is none, or no place for it."""
    if chart is None:
        raise Explained("there is nothing to draw yet: import the purchase history, then run `langganan mine`")
    from bot import drawing  # Pillow, which nobody needs who wants no picture

    try:
        saving.write(drawing.picture(chart).data, path, replaces=True)
    except OSError as fault:
        raise Explained(f"{path} cannot be written: {fault.strerror or type(fault).__name__}") from fault
    printing.err.print(f"{path}", highlight=False, markup=False, soft_wrap=True)
