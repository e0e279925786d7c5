"""What became of offers of which nothing more was heard: ask the provider."""

from __future__ import annotations

import asyncio

import typer

from bot import printing
from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.reconciling import reconcile as ask

app = typer.Typer()


@app.command()
def reconcile(as_json: Json = False, demo: Demo = False) -> None:
    """Ask the provider about offers of which nothing more was heard. `serve` does it every day."""
    with shop_of(demo) as shop:
        found = asyncio.run(ask(shop))
        if as_json:
            print_json(found.as_json())
            return
        teller = teller_of(shop)
        for key, n in found.as_json().items():
            printing.out.print(teller.word("reconciled", key, n=n), highlight=False)
