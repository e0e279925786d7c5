"""What is misconfigured, unfinished or out of order, and how to mend it. Looks only; changes nothing.

CHECKS ──all at once, each with its own time limit──> findings ──told──> terminal · JSON · an owner's chat
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
from babel.dates import format_timedelta
from sqlmodel import Session

from bot.checkups import address, clock, house, memory, sentiment, telegram, trade, trouble, whatsapp
from bot.checkups.asking import Line
from bot.checkups.finding import Finding, Patient, Span, Term
from bot.talk.replies import Teller
from campaigns.words.composing import Laid, Reply

if TYPE_CHECKING:
    from bot.app import App

log = logging.getLogger(__name__)
LIMIT_SECONDS = 5.0
Look = Callable[[Patient, Line], Awaitable[Sequence[Finding]]]
AtHome = Callable[[Session, Patient], Iterable[Finding]]


@dataclass(frozen=True)
class Check:
    """Something to look at, under the name it has on [doctor_looked]. ``of``: only where there is that channel."""

    what: str
    look: Look
    is_live: bool = False
    of: str = ""


def patient_of(app: App) -> Patient:
    """The shop that is open."""
    return Patient(app.settings, app.shop, app.clock, app.database, app.composer, app.channels)


def at_home(what: str, look: AtHome, of: str = "") -> Check:
    """A check of what is kept here: in a thread of its own, in a session of its own."""

    def examined(patient: Patient) -> list[Finding]:
        with patient.database.reading() as session:
            return list(look(session, patient))

    async def asked(patient: Patient, _line: Line) -> list[Finding]:
        return await asyncio.to_thread(examined, patient)

    return Check(what, asked, of=of)


ACCOUNTS = (
    Check("telegram_bot", telegram.bot, is_live=True, of="telegram"),
    Check("twilio_account", whatsapp.account, is_live=True, of="whatsapp"),
)
"""Whether the messengers let us in at all: asked when the shop is opened too."""
CHECKS = (
    at_home("secret_key", house.key),
    at_home("files", house.files),
    at_home("addresses", house.sealing),
    at_home("database", memory.database),
    at_home("journal", memory.journal),
    at_home("space", memory.space),
    at_home("backup", memory.backup),
    at_home("templates", house.templates),
    at_home("opening", trouble.opening),
    at_home("channels", house.channels),
    *ACCOUNTS,
    Check("telegram_updates", telegram.updates, is_live=True, of="telegram"),
    Check("telegram_menu", telegram.menu, is_live=True, of="telegram"),
    Check("whatsapp_number", whatsapp.sender, is_live=True, of="whatsapp"),
    at_home("whatsapp_words", whatsapp.words, of="whatsapp"),
    at_home("public_address", address.written),
    Check("public_address", address.door, is_live=True),
    at_home("contact", house.contact),
    at_home("history", trade.history),
    at_home("mining", trade.mining),
    at_home("sentiment", sentiment.sentiment),
    at_home("tidying", trade.tidying),
    at_home("customers_away", trade.away),
    at_home("consent_ledger", trade.ledger),
    at_home("consent_wording", trade.wording),
    at_home("team", trade.team),
    at_home("team", trade.hearing),
    at_home("faults", trouble.faults),
    at_home("uncertain", trouble.uncertain),
    at_home("paused", trouble.paused),
    at_home("notices", trouble.untold),
)


async def examine(
    patient: Patient,
    *,
    checks: Collection[Check] = CHECKS,
    is_offline: bool = False,
    compares_clocks: bool = True,
    tell: Callable[[int, int], None] = lambda _done, _all: None,
    transport: httpx.AsyncBaseTransport | None = None,
    limit_seconds: float = LIMIT_SECONDS,
) -> list[Finding]:
    """Look at all of it at once; what fails or takes longer than ``limit_seconds`` is a finding like the others.

    ``is_offline`` asks nobody outside. ``tell`` is told how many of how many are done.
    """
    due = [
        each for each in checks if not (is_offline and each.is_live) and (not each.of or each.of in patient.channels)
    ]
    done = 0

    async def look(check: Check, line: Line) -> Sequence[Finding]:
        nonlocal done
        found = await _within(check, patient, line, limit_seconds)
        done += 1
        tell(done, len(due))
        return found

    tell(0, len(due))
    async with Line(patient.clock, transport) as line:
        found = await asyncio.gather(*(look(each, line) for each in due))
        findings = list(_once(each for some in found for each in some))
        return [*findings, clock.compare(patient, line.differences)] if compares_clocks else findings


def _once(findings: Iterable[Finding]) -> Iterator[Finding]:
    """That somebody outside does not answer is told once, however often they were asked."""
    silent: set[tuple[str, str]] = set()
    for each in findings:
        who = str(each.values.get("name")), each.mend
        if each.found != "no_answer":
            yield each
        elif who not in silent:
            silent.add(who)
            yield each


async def _within(check: Check, patient: Patient, line: Line, limit_seconds: float) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(limit_seconds):
            return await check.look(patient, line)
    except TimeoutError:
        return [Finding(check.what, "check_late", "check_late", {"seconds": round(limit_seconds)})]
    except Exception as fault:  # noqa: BLE001 - one that fails must not keep the others from being told
        # The type alone: what a fault says may hold an address, and addresses hold tokens.
        log.warning("the doctor could not look at %s: %s", check.what, type(fault).__name__)
        return [Finding(check.what, "check_failed", "check_failed", {"kind": type(fault).__name__})]


@dataclass(frozen=True)
class Told:
    """A finding in words."""

    what: str
    about: str
    found: str
    mend: str

    @property
    def is_well(self) -> bool:
        return not self.mend

    def as_json(self) -> dict[str, Any]:
        return {**vars(self), "is_well": self.is_well}


def told(teller: Teller, finding: Finding) -> Told:
    """In the language of whoever is told."""
    values = {name: _value(teller, each) for name, each in finding.values.items()}
    return Told(
        finding.what,
        teller.word("doctor_looked", finding.what),
        teller.word("doctor_found", finding.found, **values),
        teller.word("doctor_mend", finding.mend, **values) if finding.mend else "",
    )


def _value(teller: Teller, value: Any) -> Any:
    match value:
        case Term():
            return Laid(teller.word(value.shelf, value.key, **value.values))
        case Span():
            return format_timedelta(timedelta(seconds=value.seconds), locale=teller.language)
        case bool() | None:
            return value
        case int() | float():
            return teller.number(value)
        case _:
            return value


async def in_short(patient: Patient, teller: Teller) -> Reply:
    """What an owner is told in chat: only what needs mending."""
    return summary(teller, await examine(patient))


def summary(teller: Teller, findings: Sequence[Finding]) -> Reply:
    """What of the findings needs mending, or that nothing does."""
    ill = [told(teller, each) for each in findings if not each.is_well]
    rows = [{"about": Laid(each.about), "found": Laid(each.found), "mend": Laid(each.mend)} for each in ill]
    return teller.say("checkup", rows=rows, n=teller.number(len(findings)))
