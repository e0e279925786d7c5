"""Whether an answer will do: by the settings' own rules, as the shop that is opened reads them, and by no others."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

from bot.clock import SystemClock
from bot.serving import configured_channels
from bot.settings import BadSettings, Settings, wrong_with
from bot.setup.questions import TWILIO
from campaigns.words.composing import Composer

MESSENGERS = ("telegram_bot_token", *TWILIO)


def fault(name: str, said: str, answers: Mapping[str, str], composer: Composer) -> str:
    """Why a setting cannot be that, in the language of ``answers``; nothing if it can."""
    language = answers.get("shop_language", "id")
    if not said:
        return ""
    wrong = wrong_with(name, said)
    if wrong is not None:
        return composer.word(language, "settings_wrong", wrong.key, **wrong.values)
    if name == "public_url":
        return "" if reaches_phones(said) else composer.word(language, "setup", "no_address")
    if name == "telegram_bot_token":
        return connecting({name: said}, language)
    if name == TWILIO[-1]:
        return connecting({each: said if each == name else answers.get(each, "") for each in TWILIO}, language)
    return ""


def connecting(messenger: Mapping[str, str], language: str) -> str:
    """The sentence by which `serve` would refuse to open with that messenger; nothing if it would open."""
    given = {name: messenger.get(name) or None for name in MESSENGERS}
    try:
        settings = Settings(_env_file=None, **{"shop_language": language, **given})  # type: ignore[arg-type]
        configured_channels(settings, SystemClock())
    except BadSettings as told:
        return str(told)
    return ""


def reaches_phones(url: str) -> bool:
    """Whether it can be a shop's address on the internet, as shops are asked for it everywhere else."""
    try:
        scheme = urlsplit(url).scheme
    except ValueError:
        return False
    settings = Settings(_env_file=None, public_url=url)
    return scheme in ("http", "https") and settings.shop().reaches_phones
