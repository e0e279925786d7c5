"""What all commands share: the options, the shop they open, how they print."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Annotated, Any

import typer

from bot import shops
from bot.app import App
from bot.settings import load
from bot.showing import Board, in_json
from bot.talk import amounts
from bot.talk.intents import Means, understand
from bot.talk.replies import Teller
from campaigns.problems import BadDraft

COMMAND_LINE = "command line"
"""Who did it, in the audit."""

Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Demo = Annotated[bool, typer.Option("--demo", help="Use the demo's invented shop.")]
Who = Annotated[str, typer.Argument(help="A customer's number, or an address as it was written.")]

err = Board(stderr=True)


class Explained(Exception):
    """A fault whose sentence says what to do about it."""


@contextmanager
def shop_of(demo: bool) -> Iterator[App]:
    """The shop a command is about, opened."""
    settings = load()
    where = shops.place(settings, wants_demo=demo)
    if where.note:
        err.print(where.note, style="yellow")
    with shops.opened(where, settings) as opened:
        yield opened


def teller_of(shop: App) -> Teller:
    """Speaks the shop's language."""
    return Teller(shop.composer, shop.shop, shop.shop.language)


def english(shop: App) -> Teller:
    """Speaks the command line's own language."""
    return Teller(shop.composer, shop.shop, "en")


def agrees(question: str) -> bool:
    """Whether the person at the terminal says yes, in either language; anything else is a no."""
    said: str = typer.prompt(question, default="", show_default=False, err=True)
    return understand(said).means is Means.YES


def print_json(value: Any) -> None:
    """One document on stdout."""
    print(in_json(json.dumps(value, ensure_ascii=False, indent=2)))


def budget_of(said: str) -> Decimal:
    """A sum as it is written in chat, too: 500000, 500rb. Raises BadDraft for what is none."""
    amount = amounts.amount(said)
    if amount is None:
        raise BadDraft("impossible_budget")
    return amount
