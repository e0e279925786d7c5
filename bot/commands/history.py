"""What a shop's history tells: import it, mine it, look at what was found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import printing, shops
from bot.app import App
from bot.commands.common import Demo, Explained, Json, Who, english, print_json, shop_of, teller_of
from bot.ending import ending, unheld
from bot.settings import Settings, load
from bot.talk.desk import bundles, reading, segments, soundness
from bot.terminal import at_terminal, typed
from campaigns.looking.bundles import bundles as looking_at_bundles
from campaigns.words.composing import Composer
from ledger import customers

app = typer.Typer()
STOPPED = 130
"""What a command ends with that somebody stopped, as shells have it."""


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="The file the marketplace or the till gave you (.csv, .gz, .xlsx).")],
    format: Annotated[  # noqa: A002
        str, typer.Option(help="auto, csv, clickstream, online-retail, shopee-orders or tiktok-shop-orders.")
    ] = "auto",
    map: Annotated[  # noqa: A002
        list[str] | None, typer.Option(help="column=field, for columns we do not recognise; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the same table and keep nothing.")] = False,
    tell_progress: Annotated[
        bool, typer.Option("--progress", help="Tell how far it is in plain lines on stderr, as 20000/50000.")
    ] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Bring a shop's history in. Importing a file again adds nothing; nobody becomes contactable by it."""
    # Reads tables with polars, which answering people never needs.
    from ledger.imports import BadFile, ShopDefaults, import_file

    settings = load()
    defaults = ShopDefaults(settings.shop_currency, settings.shop_timezone, settings.shop_region)
    place = _place(settings, demo=demo, dry_run=dry_run)
    bar = printing.plain_progress() if tell_progress else printing.bar(file.name)
    with place as where, shops.opened(where, settings) as shop, bar as progress:
        try:
            report = import_file(
                shop.database,
                file,
                format=format,
                columns=_mapping(shop.composer, map or []),
                shop=defaults,
                now=shop.clock.now(),
                dry_run=dry_run,
                progress=progress,
            )
        except BadFile as fault:
            if as_json:
                print_json({"problem": fault.as_json()})
                raise typer.Exit(1) from fault
            raise Explained(reading.problem(english(shop), fault.as_json(), is_typed=True)) from fault
    if as_json:
        print_json(report.as_json())
        return
    printing.out.print(printing.imported(report))
    for note in reading.notes(english(shop), report.as_json()["notes"]):
        printing.out.print(f"• {note}", markup=False, highlight=False)
    for odd in soundness.sentences(None, english(shop), [each.as_json() for each in report.checks]):
        printing.out.print(f"! {typed(odd)}", style="yellow", markup=False, highlight=False)
    if "phone" not in report.columns.values():
        printing.out.print(f"• {english(shop).word('import_notes', 'no_phones')}", style="yellow", highlight=False)
    if dry_run:
        printing.out.print("A dry run: nothing was kept. Without --dry-run it is.")
    else:
        printing.out.print(
            "None of them may be written to yet: they allow it by chat themselves. Next: langganan mine"
        )


@contextmanager
def _place(settings: Settings, *, demo: bool, dry_run: bool) -> Iterator[shops.Place]:
    """Where an import goes: never into the demo's shop unasked, for a real history begins a real shop."""
    if demo:
        yield shops.Place(settings.demo_url(), is_demo=True)
    elif settings.has_shop() or not dry_run:
        yield shops.Place(settings.shop_url())
    else:
        # A dry run begins no shop: it is tried on an empty one that goes away again.
        with tempfile.TemporaryDirectory() as folder:
            yield shops.Place(f"sqlite:///{folder}/dry-run.db")


def _mapping(composer: Composer, pairs: list[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if "=" not in pair]
    if wrong:
        raise Explained(f"--map wants column=field, not {wrong[0]!r}; for example --map 'No HP=phone'.")
    said = (pair.rpartition("=") for pair in pairs)
    return {column.strip(): reading.field_meant(composer, field) for column, _, field in said}


@app.command()
def mine(
    min_support: Annotated[
        float, typer.Option(min=0.0001, max=1, help="Least share of orders for a bundle.")
    ] = 0.005,
    anyway: Annotated[
        bool, typer.Option("--anyway", help="Use what is found though it does worse; what was held back, at once.")
    ] = False,
    stop: Annotated[bool, typer.Option("--stop", help="End the mining that is under way, wherever it runs.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Find segments, bundles and recommendations in the history, and let campaigns use them."""
    with shop_of(demo) as shop:
        if stop:
            told = ending(shop)
        elif anyway and (run := unheld(shop)) is not None:
            told = {"run": run, "held": False}
        else:
            told = _mined(shop, min_support, anyway=anyway)
        if "problem" in told:
            if as_json:
                print_json(told)
                raise typer.Exit(STOPPED if told["problem"] == "stopped" else 1)
            raise Explained(told["says"])
        if as_json:
            print_json(told)
            return
        if stop or told["held"]:
            print(told["says"])
            return
        with shop.database.reading() as session:
            print(at_terminal(segments.overview(session, teller_of(shop))), end="\n\n")
            print(at_terminal(bundles.overview(teller_of(shop), looking_at_bundles(session))))
        if left_out := soundness.ignored(english(shop), told["ignored"]):
            print(f"Not learned from: {left_out}. See: langganan check-data")
        for art, wanting in told.get("not_yet", {}).items():
            print(f"{art}: not enough to go by yet ({wanting['says']})")


def _mined(shop: App, min_support: float, *, anyway: bool) -> dict[str, Any]:
    # The engine: half a second and a hundred megabytes that only mining needs.
    from bot.mining import mined

    say = english(shop)
    with printing.shares("mining") as tell:
        return mined(shop, min_support, lambda step, done: tell(say.word("mining_steps", step), done), anyway=anyway)


@app.command(hidden=True)
def follow(demo: Demo = False) -> None:
    """Bring up to date whose interactions are new, until there are none for some minutes; `serve` begins it."""
    # The engine, which answering people never loads.
    from bot import following
    from campaigns.mining.refreshing import Refresher

    with shop_of(demo) as shop:
        refresher = Refresher(shop.database, shop.clock.now)
        following.follow(refresher.follow, following.when_the_shop_is_gone())


@app.command()
def recommend(customer: Who, as_json: Json = False, demo: Demo = False) -> None:
    """What to offer one customer, each with its reason: what would be new to them, and what they may buy again."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        person = customers.find(session, customer, shop.shop.region)
        teller = teller_of(shop)
        told = printing.recommendations(session, teller, person.id)
        if as_json:
            print_json(told)
        elif not told:
            print(teller.word("recommended", "none"))
        else:
            for kind in ("new", "again"):
                rows = [each for each in told if each["kind"] == kind]
                if rows:
                    print("\n".join([teller.word("recommended", kind), *map(printing.recommended, rows)]))
