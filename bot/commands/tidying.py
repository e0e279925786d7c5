"""What has been kept long enough: see it, and let it go."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated

import typer
from rich.table import Table

from bot import printing
from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.talk.replies import Teller
from campaigns.privacy import retention
from campaigns.privacy.retention import Tidied

app = typer.Typer()


@app.command()
def tidy(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would go, and change nothing.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Let go what has been kept long enough, ask who has been away too long. `serve` does it every night."""
    asked = 0
    with shop_of(demo) as shop:
        where = shop.database, shop.settings.periods(), shop.channels.keys(), shop.shop, shop.clock.now()
        if dry_run:
            tidied = retention.preview(*where)
        else:
            with printing.bar(teller_of(shop).word("retention", "bar")) as progress:
                tidied = retention.tidy(*where, progress)
            asked = asyncio.run(shop.ask_to_stay())
        if as_json:
            print_json({"dry_run": dry_run, "asked": asked, **tidied.as_json()})
        else:
            printing.out.print(_report(teller_of(shop), tidied, asked, dry_run=dry_run))


def _report(teller: Teller, tidied: Tidied, asked: int, *, dry_run: bool) -> Table:
    """What went and who is away, in the shop's language."""
    title = teller.word("retention", "dry_run" if dry_run else "done")
    table = Table(title=title, title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right")
    for kind, n in tidied.removed.items():
        table.add_row(teller.word("retention", kind), teller.number(n))
    table.add_section()
    for word, n in _people(tidied, asked, dry_run=dry_run):
        table.add_row(teller.word("retention", word), teller.number(n))
    return table


def _people(tidied: Tidied, asked: int, *, dry_run: bool) -> Iterator[tuple[str, int]]:
    """What was done about those who are away, and what is still to come."""
    away = tidied.away
    yield "returned", tidied.returned
    if not dry_run:
        yield "asked", asked
    yield "cannot_be_asked", tidied.cannot_be_asked
    yield "anonymised", tidied.anonymised
    yield "to_ask", max(away.to_ask - asked, 0)
    yield "in_grace", away.in_grace + asked
    yield "to_forget", away.to_forget - (tidied.anonymised if dry_run else 0)
