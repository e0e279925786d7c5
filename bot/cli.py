"""The command line: everything an owner can say in chat, through the same functions, and what runs the shop."""

from __future__ import annotations

import sys
from functools import partial
from typing import NoReturn

import typer
from sqlalchemy.exc import SQLAlchemyError

from bot.commands import (
    audit,
    backups,
    campaigns,
    counter,
    demand,
    desk,
    duties,
    groups,
    history,
    keys,
    launching,
    offers,
    paths,
    people,
    questions,
    reconciling,
    running,
    seeing,
    setup,
    soundness,
    status,
    surveys,
    team,
    tidying,
    voices,
    whatsapp,
    words,
)
from bot.commands.common import Explained, err
from bot.settings import BadSettings
from bot.showing import on_screens
from bot.talk.replies import Teller
from bot.terminal import typed
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.words.composing import BrokenTemplate, Composer, MissingPlaceholders
from ledger import ailments
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
    "Try it on an invented shop, no account needed: [bold]langganan demo[/bold]\n\n"
    "Set up your own by answering questions: [bold]langganan setup[/bold]",
)
for group in (
    setup, running, history, soundness, seeing, paths, demand, audit, desk, launching, campaigns, offers, people,
    team, keys, tidying, reconciling, duties, questions, counter, backups, status, words, voices
):  # fmt: skip
    app.add_typer(group.app)
app.add_typer(whatsapp.app, name="whatsapp")
app.add_typer(groups.app, name="segment")
app.add_typer(surveys.app, name="survey", help="Questions to customers, and what their answers say.")


def main() -> None:
    """Run a command; a fault we can explain becomes one sentence and exit code 1."""
    with on_screens():
        _run()


def _run() -> None:
    try:
        app()
    except Problem as problem:
        _fail(typed(Teller(Composer(), Shop(), "en").sentence(problem)))
    except EXPLAINED as fault:
        _fail(str(fault))
    except SQLAlchemyError as fault:
        ailment = ailments.ailment(fault)
        if ailment is None:
            raise
        _fail(Composer().word("en", "ailments", ailment))
    except OSError as fault:
        if not ailments.is_of_a_file(fault):
            raise
        _fail(_of_file(fault))


def _of_file(fault: OSError) -> str:
    """What keeps a file from being used, and the next step."""
    word = partial(Composer().word, "en", "ailments")
    path = str(fault.filename2 or fault.filename or word("this_file"))
    return word(ailments.of_file(fault), path=path, why=fault.strerror or type(fault).__name__)


def _fail(sentence: str) -> NoReturn:
    err.print(sentence, style="red", highlight=False, markup=False, soft_wrap=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
