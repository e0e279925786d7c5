"""A token tried at its messenger, once, within a time limit; what it answers becomes one of our own words."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import StrEnum

import httpx

from bot.checkups.asking import Answer, Line, NoAnswer, Trouble
from bot.checkups.whatsapp import API
from bot.clock import SystemClock

TELEGRAM = "https://api.telegram.org"
LIMIT_SECONDS = 8.0


class Came(StrEnum):
    """What came of it."""

    WELL = "well"
    REFUSED = "refused"
    CLOSED = "closed"
    SILENT = "silent"


@dataclass(frozen=True)
class Tried:
    """What came of it, the name it goes by there, and why nothing was heard."""

    came: Came
    name: str = ""
    trouble: Trouble | None = None


def telegram(token: str, transport: httpx.AsyncBaseTransport | None = None) -> Tried:
    """Whose token it is (Bot API, getMe)."""
    tried, answer = _asked(f"{TELEGRAM}/bot{token}/getMe", None, transport)
    told = answer.body.get("result") if answer is not None else None
    if tried.came is Came.WELL and not (isinstance(told, dict) and told.get("username")):
        return Tried(Came.SILENT, trouble=Trouble.GARBLED)
    return Tried(Came.WELL, str(told["username"])) if isinstance(told, dict) and tried.came is Came.WELL else tried


def twilio(sid: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> Tried:
    """Whether Twilio lets this account in (API 2010-04-01, Accounts)."""
    tried, answer = _asked(f"{API}/Accounts/{sid}.json", (sid, token), transport)
    if tried.came is not Came.WELL or answer is None:
        return tried
    if "status" not in answer.body:
        return Tried(Came.SILENT, trouble=Trouble.GARBLED)
    is_open = answer.body["status"] == "active"
    return Tried(Came.WELL if is_open else Came.CLOSED, str(answer.body.get("friendly_name") or sid))


def _asked(
    url: str, auth: tuple[str, str] | None, transport: httpx.AsyncBaseTransport | None
) -> tuple[Tried, Answer | None]:
    try:
        answer = asyncio.run(_within_limit(url, auth, transport))
    except NoAnswer as fault:
        return Tried(Came.SILENT, trouble=fault.trouble), None
    except TimeoutError:
        return Tried(Came.SILENT, trouble=Trouble.LATE), None
    if answer.is_refusal:
        return Tried(Came.REFUSED), None
    if answer.status != httpx.codes.OK:
        return Tried(Came.SILENT, trouble=Trouble.GARBLED), None
    return Tried(Came.WELL), answer


async def _within_limit(url: str, auth: tuple[str, str] | None, transport: httpx.AsyncBaseTransport | None) -> Answer:
    async with asyncio.timeout(LIMIT_SECONDS), Line(SystemClock(), transport) as line:
        return await line.ask(url, auth=auth)
