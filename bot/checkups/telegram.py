"""Telegram as it sees the bot: is the token good, where do messages go, is the menu there (Bot API 10.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable
from urllib.parse import urlsplit

from bot.checkups.asking import Answer, Line, NoAnswer, Trouble
from bot.checkups.finding import Finding, Patient, Span, Term

PATH = "/webhooks/telegram"
NAME = "Telegram"
MANY_WAITING = 100
FRESH_ERROR_SECONDS = 3600
PRIVATE_CHATS = json.dumps({"type": "all_private_chats"})


@runtime_checkable
class Robot(Protocol):
    """A channel that speaks through a bot of Telegram's; ``bot.base_url`` holds its token."""

    bot: Any


async def bot(patient: Patient, line: Line) -> list[Finding]:
    """Whether the token is good, whose it is, and what the bot may do in groups, where it has nothing to say."""
    told = await _ask(patient, line, "getMe", "telegram_bot")
    if isinstance(told, Finding):
        return [told]
    values = {"name": f"@{told.get('username', '')}", "groups": Term("doctor_groups", _groups(told))}
    reads_along = bool(told.get("can_join_groups") and told.get("can_read_all_group_messages"))
    return [Finding("telegram_bot", "bot", "reads_groups" if reads_along else "", values)]


def _groups(told: Mapping[str, Any]) -> str:
    if not told.get("can_join_groups"):
        return "closed"
    return "reading" if told.get("can_read_all_group_messages") else "open"


async def updates(patient: Patient, line: Line) -> list[Finding]:
    """Whether what people write comes here: fetched, or brought to our webhook, and how that went lately."""
    told = await _ask(patient, line, "getWebhookInfo", "telegram_updates")
    if isinstance(told, Finding):
        return [told]
    registered, waiting = str(told.get("url") or ""), int(told.get("pending_update_count") or 0)
    # Other programs put the token into their address: of one that is not ours only the host is shown.
    values = {"n": waiting, "host": urlsplit(registered).hostname or "?", "url": patient.shop.public_url + PATH}
    if not patient.settings.telegram_webhook:
        return [_fetched(registered, waiting, values)]
    from bot.channels.telegram.calling import why_not  # Telegram's library is loaded only where there is a bot

    if why_not(patient.shop.public_url, reaches_phones=patient.shop.reaches_phones) is not None:
        return [Finding("telegram_updates", "webhook_impossible", "webhook_impossible", values)]
    if registered != patient.shop.public_url + PATH:
        found = "webhook_elsewhere" if registered else "no_webhook"
        return [Finding("telegram_updates", found, "register_webhook", values)]
    return [_brought(patient, told, waiting, values)]


def _fetched(registered: str, waiting: int, values: Mapping[str, Any]) -> Finding:
    if registered:
        return Finding("telegram_updates", "webhook_in_the_way", "webhook_in_the_way", values)
    mend = "many_waiting" if waiting >= MANY_WAITING else ""
    return Finding("telegram_updates", "polling", mend, values)


def _brought(patient: Patient, told: Mapping[str, Any], waiting: int, values: Mapping[str, Any]) -> Finding:
    failed_at, error = told.get("last_error_date"), str(told.get("last_error_message") or "?")
    if failed_at is not None:
        age = max(patient.clock.now().timestamp() - float(failed_at), 0.0)
        if age < FRESH_ERROR_SECONDS:
            more = {**values, "error": error, "age": Span(age)}
            return Finding("telegram_updates", "webhook_failing", "webhook_failing", more)
    mend = "many_waiting" if waiting >= MANY_WAITING else ""
    return Finding("telegram_updates", "webhook", mend, values)


async def menu(patient: Patient, line: Line) -> list[Finding]:
    """Whether customers see the commands."""
    told = await _ask(patient, line, "getMyCommands", "telegram_menu", scope=PRIVATE_CHATS)
    if isinstance(told, Finding):
        return [told]
    n = len(told.get("commands", ()))
    return [Finding("telegram_menu", "menu", "" if n else "no_menu", {"n": n})]


async def _ask(patient: Patient, line: Line, method: str, what: str, **params: str) -> Mapping[str, Any] | Finding:
    """What a method gives, or why it does not. A list comes under "commands"."""
    channel = patient.channels.get("telegram")
    if not isinstance(channel, Robot):
        return Finding(what, "not_set", "telegram_token")
    try:
        answer = await line.ask(f"{channel.bot.base_url}/{method}", provider=NAME, form=params)
    except NoAnswer as fault:
        return no_answer(what, NAME, fault.trouble)
    return _result(answer, what)


def _result(answer: Answer, what: str) -> Mapping[str, Any] | Finding:
    # A token that nobody has answers 401 and one that cannot be a token 404.
    if answer.is_refusal:
        return Finding(what, "token_refused", "telegram_token")
    result = answer.body.get("result")
    if answer.status != 200 or not isinstance(result, dict | list):
        return out_of_order(what, NAME, answer.status)
    return result if isinstance(result, dict) else {"commands": result}


def no_answer(what: str, name: str, trouble: Trouble) -> Finding:
    """Nobody answered under that name."""
    values = {"name": name, "trouble": Term("doctor_troubles", trouble)}
    return Finding(what, "no_answer", f"trouble_{trouble}", values)


def out_of_order(what: str, name: str, status: int) -> Finding:
    """They answered, but with something of their own that we can do nothing about."""
    return Finding(what, "out_of_order", "ask_later", {"name": name, "status": str(status)})
