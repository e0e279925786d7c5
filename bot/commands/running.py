"""The shop as a whole: try it, serve it, see what is wrong with it."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot import last_call, logs, printing, shops
from bot.clock import SystemClock
from bot.commands.common import Demo, Explained, Json, err, print_json, shop_of
from bot.parts import Part
from bot.serving import channels_as_far_as_they_go
from bot.settings import BadSettings, Settings, as_far_as_it_goes, load
from bot.talk.desk import reading
from bot.talk.replies import Teller
from campaigns.words.composing import BrokenTemplate, Composer
from ledger.ailments import ailment
from ledger.database import BadDatabaseUrl, OtherVersion
from ledger.sealing import BrokenSeal, WrongKey

if TYPE_CHECKING:
    from bot.doctor import Told

app = typer.Typer()
CLOSED = (BadDatabaseUrl, BadSettings, BrokenSeal, BrokenTemplate, OtherVersion, WrongKey)
"""What keeps a shop from being opened, in sentences that say what to do."""


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
    except BadFile as fault:
        teller = Teller(Composer(), settings.shop(), "en")
        raise Explained(reading.problem(teller, fault.as_json(), is_typed=True)) from fault
    except (NotADemo, NothingToMine) as fault:
        raise Explained(str(fault)) from fault


@app.command()
def serve(
    role: Annotated[
        Part,
        typer.Option(
            help="With PostgreSQL several processes can share a shop: web answers people, worker sends offers and "
            "does the nightly work, all does both. At least one of each is needed."
        ),
    ] = Part.ALL,
    demo: Demo = False,
) -> None:
    """Bot, web, scheduler and dispatcher, until Ctrl+C."""
    # The web and the scheduler, which no other command needs.
    from bot.serving import serve as open_shop

    logs.configure(logging.INFO, as_json=load().log_format == "json")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    with shop_of(demo) as shop:
        asyncio.run(
            open_shop(shop, shop.settings, lambda line: print(line, flush=True), part=role, closing=last_call.begin)
        )


@app.command()
def doctor(
    offline: Annotated[bool, typer.Option("--offline", help="Ask nobody outside this computer.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What is misconfigured or unfinished, and how to mend it. Exits with 1 if something is."""
    # Asking outside, which no other command does by itself.
    from bot.checkups import opening
    from bot.doctor import examine, patient_of, told

    settings, wrong = as_far_as_it_goes()
    channels, faults = channels_as_far_as_they_go(settings, SystemClock())
    teller = Teller(Composer(), settings.shop(), settings.shop_language)
    findings = [*opening.settings(wrong), *opening.messengers(faults)]
    show = nullcontext(_no_bar) if as_json else printing.bar(teller.word("doctor", "asking"))
    try:
        with shops.opened(_noted(settings, demo=demo), settings, channels) as shop, show as tell:
            findings += asyncio.run(examine(patient_of(shop), is_offline=offline, tell=tell))
    except SQLAlchemyError as fault:
        found = ailment(fault)
        if found is None:
            raise
        findings.append(opening.no_database(found))
    except OSError as fault:
        findings.append(opening.no_file(fault))
    except CLOSED as fault:
        findings.append(opening.closed(fault))
    _print_findings([told(teller, each) for each in findings], teller, as_json=as_json)


def _noted(settings: Settings, *, demo: bool) -> shops.Place:
    """Which shop is looked at; whoever sits there is told where it is the demo's."""
    where = shops.place(settings, wants_demo=demo)
    if where.note:
        err.print(where.note, style="yellow")
    return where


def _no_bar(_done: int, _all: int) -> None:
    """A program reads along: nothing but the answer is printed."""


def _print_findings(findings: Sequence[Told], teller: Teller, *, as_json: bool) -> None:
    ill = sum(not each.is_well for each in findings)
    if as_json:
        print_json([each.as_json() for each in findings])
    else:
        printing.out.print(printing.findings(findings))
        summary = teller.word("doctor", "ill" if ill else "well", n=ill or len(findings))
        printing.out.print(f"\n{summary}", markup=False, highlight=False)
    if ill:
        raise typer.Exit(1)
