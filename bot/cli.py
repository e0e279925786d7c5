"""The command line: everything an owner can say in chat, through the same functions, and what keeps the shop running."""

from __future__ import annotations

import asyncio
import json
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from bot import printing, shops
from bot.app import App
from bot.inbound import Inbound
from bot.settings import BadSettings, load
from bot.talk.replies import Teller
from campaigns import forgetting, insights, planning, results
from campaigns.audiences import UnknownAudience
from campaigns.composing import BrokenTemplate, MissingPlaceholders
from campaigns.planning import BadDraft, NotNow, UnknownCampaign
from ledger import consent, customers, privacy, team
from ledger.customers import UnknownCustomer
from ledger.database import BadDatabaseUrl
from ledger.identity import BadAddress
from ledger.imports import BadFile
from ledger.tables import Role

EXPLAINED = (
    BadAddress, BadDatabaseUrl, BadDraft, BadFile, BadSettings, BrokenTemplate, MissingPlaceholders, NotNow,
    UnknownAudience, UnknownCampaign, UnknownCustomer,
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
err = Console(stderr=True)
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else.")]
Demo = Annotated[bool, typer.Option("--demo", help="Use the demo's invented shop.")]
Who = Annotated[str, typer.Argument(help="A customer's number, or an address as it was written.")]
