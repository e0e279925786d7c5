"""The shop as a whole: try it, serve it, see what is wrong with it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from bot.settings import load

app = typer.Typer()


@app.command()
def demo(
    data: Annotated[Path | None, typer.Option(help="A real shop's history instead of the invented one.")] = None,
    format: Annotated[str, typer.Option(help="The format of --data, as for import.")] = "auto",  # noqa: A002
    fast: Annotated[bool, typer.Option(help="Do not pause between the parts of the story.")] = False,
) -> None:
    """The whole main job on an invented shop: no account, no network, about a minute."""
    from bot.demo import tell  # the story brings the engine along, which no other command but mine needs

    tell(load(), data=data, format=format, pause_seconds=0 if fast or not sys.stdout.isatty() else 1)
