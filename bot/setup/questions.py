"""What is asked, in which order, and what is offered to choose from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from babel import Locale
from babel.core import get_global
from babel.numbers import get_territory_currencies

MOST_CHOICES = 9
NEARBY = ("ID", "MY", "SG")
ZONES = {"ID": ("Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura")}
"""Where several names mean one hour, the one people know: Western, Central and Eastern Indonesian time."""


class Section(StrEnum):
    """What can be gone through on its own."""

    SHOP = "shop"
    TELEGRAM = "telegram"
    WHATSAPP = "whatsapp"
    ADDRESS = "address"


@dataclass(frozen=True)
class Question:
    """One setting; its words stand under its name on [setup_ask], [setup_what] and [setup_example]."""

    name: str
    section: Section
    is_secret: bool = False
    is_optional: bool = False


QUESTIONS = (
    Question("shop_language", Section.SHOP),
    Question("shop_name", Section.SHOP),
    Question("shop_region", Section.SHOP),
    Question("shop_timezone", Section.SHOP),
    Question("shop_currency", Section.SHOP),
    Question("quiet_hours", Section.SHOP),
    Question("shop_contact", Section.SHOP, is_optional=True),
    Question("telegram_bot_token", Section.TELEGRAM, is_secret=True, is_optional=True),
    Question("twilio_account_sid", Section.WHATSAPP, is_optional=True),
    Question("twilio_auth_token", Section.WHATSAPP, is_secret=True, is_optional=True),
    Question("twilio_whatsapp_from", Section.WHATSAPP, is_optional=True),
    Question("public_url", Section.ADDRESS, is_optional=True),
)
TWILIO = tuple(each.name for each in QUESTIONS if each.section is Section.WHATSAPP)


def choices(name: str, answers: Mapping[str, str]) -> tuple[str, ...]:
    """What is offered under a number, best first; anything else can be typed."""
    region = answers.get("shop_region", "ID")
    match name:
        case "shop_language":
            return "id", "en"
        case "shop_region":
            return NEARBY
        case "shop_timezone":
            return zones(region)[:MOST_CHOICES]
        case "shop_currency":
            return tuple(dict.fromkeys([*get_territory_currencies(region), "USD"]))[:MOST_CHOICES]
    return ()


def zones(region: str) -> tuple[str, ...]:
    """The time zones of a country, as CLDR knows them."""
    known: Mapping[str, str] = get_global("zone_territories")
    return ZONES.get(region) or tuple(sorted(zone for zone, where in known.items() if where == region))


def usual(name: str, answers: Mapping[str, str], defaults: Mapping[str, str], before: Mapping[str, str]) -> str:
    """What a bare Enter means: today's value; for zone and currency the country's, where that has just changed."""
    offered = choices(name, answers)
    follows = name in ("shop_timezone", "shop_currency")
    old = before.get("shop_region") or defaults["shop_region"]
    if follows and answers.get("shop_region", old) != old and offered:
        return offered[0]
    return before.get(name) or defaults.get(name, "")


def meant(question: Question, said: str, offered: tuple[str, ...]) -> str:
    """An answer as the settings spell it: a choice's number, a country's name, a code in small letters."""
    if said.isdecimal() and 0 < int(said) <= len(offered):
        return offered[int(said) - 1]
    if question.name == "shop_region":
        return _country(said)
    if question.name == "shop_language":
        return {
            "indonesia": "id",
            "bahasa indonesia": "id",
            "indonesian": "id",
            "english": "en",
            "inggris": "en",
        }.get(said.casefold(), said.lower())
    return said


def _country(said: str) -> str:
    for language in ("id", "en"):
        named: Mapping[str, Any] = Locale(language).territories
        for code, name in named.items():
            if str(name).casefold() == said.casefold() and len(code) == len("ID"):
                return code
    return said.upper()
