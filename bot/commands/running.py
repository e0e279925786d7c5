"""The shop as a whole: try it, serve it, see what is wrong with it."""

from __future__ import annotations

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import logs, printing
from bot.commands.common import Demo, Explained, Json, print_json, shop_of
from bot.settings import load

app = typer.Typer()


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="A real shop's history instead of the invented one.")] = None,
    format: Annotated[str, typer.Option(help="The format of --data, as for import.")] = "auto",  # noqa: A002
    language: Annotated[str | None, typer.Option(help="id or en; the setting's unless said.")] = None,
    fast: Annotated[bool, typer.Option("--fast", help="Do not pause between the parts of the story.")] = False,
    picture: Annotated[Path | None, typer.Option(help="Keep what was shown as an SVG picture.")] = None,
) -> None:
    """The whole main job on an invented shop: no account, no network, about a minute."""
    # The story brings the engine along, which no other command but mine needs.
    from bot.demo import tell
    from campaigns.demonstration import NotADemo
    from campaigns.mining import NothingToMine
    from ledger.imports import BadFile

    settings = load()
    if language is not None:
        if language not in ("id", "en"):
            raise Explained(f"--language is id or en, not {language!r}")
        settings = settings.model_copy(update={"shop_language": language})
    pause_seconds = 0.0 if fast or picture or not sys.stdout.isatty() else 0.6
    try:
        tell(settings, data=data, format=format, pause_seconds=pause_seconds, picture=picture)
    except (BadFile, NotADemo, NothingToMine) as fault:
        raise Explained(str(fault)) from fault


@app.command()
def serve(demo: Demo = False) -> None:
    """Bot, web, scheduler and dispatcher, until Ctrl+C."""
    # The web and the scheduler, which no other command needs.
    from bot.serving import serve as open_shop

    logs.configure(logging.INFO)
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with shop_of(demo) as shop:
        asyncio.run(open_shop(shop, shop.settings, lambda line: print(line, flush=True)))


@app.command()
def doctor(as_json: Json = False, demo: Demo = False) -> None:
    """What is misconfigured or unfinished, and how to mend it. Exits with 1 if something is."""
    from bot.doctor import examine

    with shop_of(demo) as shop:
        findings = examine(shop, shop.settings)
    if as_json:
        print_json([{**vars(each), "is_well": each.is_well} for each in findings])
    else:
        printing.out.print(printing.findings(findings))
    if not all(each.is_well for each in findings):
        raise typer.Exit(1)
