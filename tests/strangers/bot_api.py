"""What the Bot API would say to a call: its fields by the machine-readable specification, its lengths by hand.

The specification (Bot API 10.1, shared/specs) names methods, fields and types; lengths and the like stand in its
sentences only, and are written out here from https://core.telegram.org/bots/api. Where the file is absent, only
these are looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from tests.contracts.telegram_html import NotParsed, shown, units

SPECIFICATION = Path(__file__).parents[3] / "shared" / "specs" / "telegram-api.min.json"
BASIC: dict[str, Callable[[Any], bool]] = {
    "Integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Float": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "String": lambda value: isinstance(value, str),
    "Boolean": lambda value: isinstance(value, bool),
}
ARRAY = "Array of "


@dataclass(frozen=True)
class BotApi:
    """The specification as it is published: ``fields[] = {name, types[], required, description}``."""

    methods: Mapping[str, Any] = field(default_factory=dict)
    types: Mapping[str, Any] = field(default_factory=dict)

    def faults(self, method: str, form: Mapping[str, str], files: Collection[str] = ()) -> list[str]:
        """What is wrong with a call, a sentence each; ``files`` names the parts that were uploaded."""
        known = self.methods.get(method)
        if self.methods and known is None:
            return [f"{method} is no method of the Bot API"]
        found = list(self._fields(method, known.get("fields", ()), form, files)) if known else []
        return found + list(_by_hand(method, form))

    def _fields(
        self, method: str, fields: Sequence[Any], form: Mapping[str, str], files: Collection[str]
    ) -> Iterator[str]:
        by_name = {each["name"]: each for each in fields}
        attached = {
            name.removeprefix("attach://") for name in re.findall(r"attach://[\w-]+", " ".join(form.values()))
        }
        for name in [*form, *(each for each in files if each not in attached)]:
            if name not in by_name:
                yield f"{method} knows no field {name}"
        for name, each in by_name.items():
            where = f"{method}.{name}"
            if name in form:
                yield from self._sent(where, each["types"], form[name], files)
            elif name in files:
                if "InputFile" not in each["types"]:
                    yield f"{where} is no file"
            elif each["required"]:
                yield f"{where} is missing"

    def _sent(self, where: str, types: Sequence[str], told: str, files: Collection[str]) -> Iterator[str]:
        """A field of a form is text, or JSON of what it stands for."""
        if "String" in types:
            return
        if types == ["InputFile"]:
            if not (told.startswith("attach://") and told.removeprefix("attach://") in files):
                yield f"{where} names a file that did not come along"
            return
        try:
            value = json.loads(told)
        except ValueError:
            yield f"{where} is not {' or '.join(types)}: it is no JSON"
            return
        yield from self._value(where, types, value)

    def _value(self, where: str, types: Sequence[str], value: object) -> Iterator[str]:
        """The faults of the kind it means to be, or else of the one that fits best."""
        kinds = self._kinds(types)
        meant = [kind for kind in kinds if self._names_itself(kind, value)] or kinds
        yield from min((list(self._one(where, kind, value)) for kind in meant), key=len)

    def _names_itself(self, kind: str, value: object) -> bool:
        fields = self.types.get(kind, {}).get("fields", ()) if isinstance(value, dict) else ()
        return any(isinstance(value, dict) and fixed(each) == value.get(each["name"], "") for each in fields)

    def _kinds(self, types: Sequence[str]) -> list[str]:
        below = [self.types.get(each, {}).get("subtypes") or [each] for each in types]
        return [kind for kinds in below for kind in kinds]

    def _one(self, where: str, kind: str, value: object) -> Iterator[str]:
        if kind.startswith(ARRAY):
            if not isinstance(value, list):
                yield f"{where} is not {kind}"
                return
            for at, each in enumerate(value):
                yield from self._value(f"{where}[{at}]", [kind.removeprefix(ARRAY)], each)
        elif kind in BASIC:
            if not BASIC[kind](value):
                yield f"{where} is not {kind}"
        elif not isinstance(value, dict):
            yield f"{where} is not {kind}"
        else:
            yield from self._object(where, kind, value)

    def _object(self, where: str, kind: str, value: Mapping[str, Any]) -> Iterator[str]:
        fields = {each["name"]: each for each in self.types[kind].get("fields", ())}
        yield from (f"{where}: {kind} knows no field {name}" for name in value if name not in fields)
        for name, each in fields.items():
            if name not in value:
                if each["required"]:
                    yield f"{where}.{name} of {kind} is missing"
                continue
            yield from self._value(f"{where}.{name}", each["types"], value[name])
            if fixed(each) not in (None, value[name]):
                yield f"{where}.{name} of {kind} must be {fixed(each)}"


def fixed(field: Mapping[str, str]) -> str | None:
    """How a kind tells itself from its sisters: "Scope type, must be chat"."""
    found = re.search(r"(?:must be|always) \"?(\w+)\"?\.?$", field["description"].strip())
    return found[1] if found and field["name"] in {"type", "source"} else None


@cache
def published() -> BotApi:
    """The specification of this machine, or one that knows nothing where there is none."""
    if not SPECIFICATION.exists():
        return BotApi()
    told = json.loads(SPECIFICATION.read_text(encoding="utf-8"))
    return BotApi(told["methods"], told["types"])


LONGEST = {"text": (1, 4_096), "caption": (0, 1_024), "description": (0, 512), "short_description": (0, 120)}
TEXTS = {
    "sendMessage": "text",
    "editMessageText": "text",
    "sendPhoto": "caption",
    "sendDocument": "caption",
    "editMessageCaption": "caption",
    "setMyDescription": "description",
    "setMyShortDescription": "short_description",
}
ALONE = ("url", "callback_data", "web_app", "login_url", "copy_text", "pay", "callback_game",
         "switch_inline_query", "switch_inline_query_current_chat", "switch_inline_query_chosen_chat")  # fmt: skip
ASKING = (
    "request_users",
    "request_chat",
    "request_managed_bot",
    "request_contact",
    "request_location",
    "request_poll",
    "web_app",
)
MOST_BUTTONS = 100
"""Of one keyboard; what the service has been seen to take, as the documents are silent."""


def _by_hand(method: str, form: Mapping[str, str]) -> Iterator[str]:
    name = TEXTS.get(method, "")
    if name in form:
        yield from _text(f"{method}.{name}", form[name], form.get("parse_mode"), *LONGEST[name])
    if method.startswith("editMessage") and not (
        {"chat_id", "message_id"} <= set(form) or "inline_message_id" in form
    ):
        yield f"{method} names no message"
    if "reply_markup" in form:
        yield from _keyboard(method, _read(form["reply_markup"], {}))
    yield from RULES.get(method, lambda form: iter(()))(form)


def _read(told: str, otherwise: Any) -> Any:
    try:
        value = json.loads(told)
    except ValueError:
        return otherwise
    return value if isinstance(value, type(otherwise)) else otherwise


def _text(where: str, text: str, mode: str | None, least: int, most: int) -> Iterator[str]:
    read = text
    if mode == "HTML":
        try:
            read, _ = shown(text)
        except NotParsed as fault:
            yield f"{where}: {fault}"
    elif mode is not None:
        yield f"{where}: nothing here is written in {mode}"
    if units(read.strip()) < least or units(read) > most:
        yield f"{where} has {units(read)} signs, not {least} to {most}"


def _keyboard(method: str, markup: Mapping[str, Any]) -> Iterator[str]:
    where = f"{method}.reply_markup"
    rows = [row for row in markup.get("inline_keyboard", ()) if isinstance(row, list)]
    buttons = [button for row in rows for button in row if isinstance(button, dict)]
    if len(buttons) > MOST_BUTTONS:
        yield f"{where} has {len(buttons)} buttons"
    for button in buttons:
        yield from _button(where, button)
    for row in markup.get("keyboard", ()):
        for button in row if isinstance(row, list) else ():
            if isinstance(button, dict) and len([name for name in ASKING if name in button]) > 1:
                yield f"{where}: a button asks for more than one thing"
    if "input_field_placeholder" in markup and not 1 <= units(markup["input_field_placeholder"]) <= 64:
        yield f"{where}.input_field_placeholder has not 1 to 64 signs"


def _button(where: str, button: Mapping[str, Any]) -> Iterator[str]:
    does = [name for name in ALONE if name in button]
    if len(does) != 1:
        yield f"{where}: a button does {' and '.join(does) or 'nothing'}, not one thing"
    if not str(button.get("text", "")).strip():
        yield f"{where}: a button says nothing"
    if "callback_data" in button and not 1 <= len(str(button["callback_data"]).encode()) <= 64:
        yield f"{where}: callback_data has {len(str(button['callback_data']).encode())} bytes, not 1 to 64"
    copied = button.get("copy_text")
    if isinstance(copied, dict) and not 1 <= units(str(copied.get("text", ""))) <= 256:
        yield f"{where}: copy_text has not 1 to 256 signs"


def _commands(form: Mapping[str, str]) -> Iterator[str]:
    commands = _read(form.get("commands", "[]"), [])
    if len(commands) > 100:
        yield f"setMyCommands.commands has {len(commands)} commands, not up to 100"
    for each in commands:
        name, what = (str(each.get(key, "")) if isinstance(each, dict) else "" for key in ("command", "description"))
        if not re.fullmatch(r"[a-z0-9_]{1,32}", name):
            yield f"setMyCommands.commands: {name!r} is no command, which is 1 to 32 of a-z, 0-9 and _"
        if not 1 <= units(what) <= 256:
            yield f"setMyCommands.commands: the description of {name!r} has {units(what)} signs, not 1 to 256"
    yield from _language("setMyCommands", form)


def _language(method: str, form: Mapping[str, str]) -> Iterator[str]:
    if not re.fullmatch(r"([a-z]{2})?", form.get("language_code", "")):
        yield f"{method}.language_code is not of two letters"


def _webhook(form: Mapping[str, str]) -> Iterator[str]:
    if "secret_token" in form and not re.fullmatch(r"[A-Za-z0-9_-]{1,256}", form["secret_token"]):
        yield "setWebhook.secret_token is not 1 to 256 of A-Z, a-z, 0-9, _ and -"
    if not 1 <= _read(form.get("max_connections", "40"), 40) <= 100:
        yield "setWebhook.max_connections is not 1 to 100"
    yield from _wanted("setWebhook", form)


def _updates(form: Mapping[str, str]) -> Iterator[str]:
    if not 1 <= _read(form.get("limit", "100"), 100) <= 100:
        yield "getUpdates.limit is not 1 to 100"
    yield from _wanted("getUpdates", form)


def _wanted(method: str, form: Mapping[str, str]) -> Iterator[str]:
    known = {each["name"] for each in published().types.get("Update", {}).get("fields", ())}
    for name in _read(form.get("allowed_updates", "[]"), []):
        if known and name not in known:
            yield f"{method}.allowed_updates: there are no updates called {name}"


def _pressed(form: Mapping[str, str]) -> Iterator[str]:
    if units(form.get("text", "")) > 200:
        yield "answerCallbackQuery.text has more than 200 signs"


RULES: dict[str, Callable[[Mapping[str, str]], Iterator[str]]] = {
    "setMyCommands": _commands,
    "deleteMyCommands": lambda form: _language("deleteMyCommands", form),
    "setWebhook": _webhook,
    "getUpdates": _updates,
    "answerCallbackQuery": _pressed,
}
