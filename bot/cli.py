"""The command line: everything an owner can say in chat, through the same functions, and what runs the shop."""

from __future__ import annotations

import sys
from typing import NoReturn

import typer

from bot.commands import (
    campaigns,
    counter,
    duties,
    history,
    keys,
    launching,
    offers,
    people,
    questions,
    reconciling,
    running,
    seeing,
    team,
    tidying,
    whatsapp,
)
from bot.commands.common import Explained, err
from bot.settings import BadSettings
from bot.talk.replies import Teller
from bot.terminal import typed
from campaigns.composing import BrokenTemplate, Composer, MissingPlaceholders
from campaigns.problems import Problem
from campaigns.shop import Shop
from ledger.customers import UnknownCustomer
from ledger.database import BadDatabaseUrl, OtherVersion
from ledger.identity import BadAddress
from ledger.sealing import BrokenSeal, WrongKey

EXPLAINED = (
    BadAddress, BadDatabaseUrl, BadSettings, BrokenSeal, BrokenTemplate, Explained, MissingPlaceholders,
    OtherVersion, UnknownCustomer, WrongKey,
)  # fmt: skip
"""Faults whose sentence says what to do; anything else is ours and shows where."""

app = typer.Typer(
    name="langganan",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    help="Consent, segments, bundles and offers for a small shop, by chat on WhatsApp and Telegram.\n\n"
    "Try it on an invented shop, no account needed: [bold]langganan demo[/bold]",
)
for group in (
    running, history, seeing, launching, campaigns, offers, people, team, keys, tidying, reconciling, duties,
    questions, counter
):  # fmt: skip
    app.add_typer(group.app)
app.add_typer(whatsapp.app, name="whatsapp")


def main() -> None:
    """Run a command; a fault we can explain becomes one sentence and exit code 1."""
    try:
        app()
    except Problem as problem:
        _fail(typed(Teller(Composer(), Shop(), "en").sentence(problem)))
    except EXPLAINED as fault:
        _fail(str(fault))


def _fail(sentence: str) -> NoReturn:
    err.print(sentence, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
