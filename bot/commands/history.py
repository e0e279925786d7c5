"""What a shop's history tells: import it, mine it, look at what was found."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bot import printing, shops
from bot.commands.common import Demo, Explained, Json, Who, english, print_json, shop_of, teller_of
from bot.settings import Settings, load
from bot.talk.desk import bundles, reading, segments
from bot.terminal import at_terminal
from campaigns.composing import Composer
from campaigns.looking.bundles import bundles as looking_at_bundles
from ledger import customers

app = typer.Typer()


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(help="The file the marketplace or the till gave you (.csv, .gz, .xlsx).")],
    format: Annotated[  # noqa: A002
        str, typer.Option(help="auto, csv, online-retail, shopee-orders or tiktok-shop-orders.")
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
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Find segments, bundles and recommendations in the history, and let campaigns use them."""
    # The engine: half a second and a hundred megabytes that only mining needs.
    from campaigns import mining
    from campaigns.mining import Parameters

    with shop_of(demo) as shop, printing.shares("mining") as progress:
        try:
            parameters = Parameters.of(shop.shop, min_support=min_support)
            run = mining.mine(shop.database, shop.clock.now, parameters, progress)
        except mining.NothingToMine as fault:
            raise Explained(str(fault)) from fault
        seconds = ((run.ready_at or run.started_at) - run.started_at).total_seconds()
        told = {"run": run.id, "seconds": round(seconds, 1), **run.quality, "parameters": run.parameters}
        if as_json:
            print_json({**told, "data_fingerprint": run.data_fingerprint})
            return
        with shop.database.reading() as session:
            print(at_terminal(segments.overview(session, teller_of(shop))), end="\n\n")
            print(at_terminal(bundles.overview(teller_of(shop), looking_at_bundles(session))))


@app.command()
def recommend(customer: Who, as_json: Json = False, demo: Demo = False) -> None:
    """What to offer one customer, best first, each with its reason."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        person = customers.find(session, customer, shop.shop.region)
        told = printing.recommendations(session, teller_of(shop), person.id)
        if as_json:
            print_json(told)
        elif not told:
            print("Nothing yet. Import purchases and run `langganan mine`.")
        else:
            for each in told:
                print(f"{each['rank']:>2}. {each['product']} — {each['reason']}")
