"""The first run: what the shop is called, when it is quiet, and where its customers write to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from bot import shops
from bot.clock import SystemClock
from bot.commands import history
from bot.commands.common import COMMAND_LINE, Explained
from bot.settings import ENV_FILE, Settings, load
from bot.setup import afterwards, checking, envfile, trying
from bot.setup.conversation import Conversation
from bot.setup.desk import Terminal, Voice
from bot.setup.questions import QUESTIONS, Question, Section
from bot.setup.trying import Came
from bot.talk.intents import Means, understand
from campaigns.words.composing import Composer
from ledger import audit
from ledger import team as members
from ledger.tables import Role

app = typer.Typer()
NAMES = tuple(each.name.upper() for each in QUESTIONS)


@app.command()
def setup(
    section: Annotated[
        Section | None, typer.Argument(help="Go through this alone: shop, telegram, whatsapp or address.")
    ] = None,
    answers: Annotated[
        Path | None,
        typer.Option(help="Ask nothing: take the settings from this file, written like .env, and check them."),
    ] = None,
    offline: Annotated[bool, typer.Option("--offline", help="Try no token at its messenger.")] = False,
    qr: Annotated[bool, typer.Option("--qr/--no-qr", help="Draw the bot's link for a telephone's camera.")] = True,
) -> None:
    """Set a shop up by answering questions: name, country, quiet hours, Telegram, WhatsApp.

    Enter takes what stands in brackets, < goes back, ? explains, - leaves empty. Each answer is checked at once;
    tokens are tried at the messenger. Nothing is written before you say yes, and Ctrl+C leaves all as it was.
    Run it again at any time: it offers what is set today. `langganan setup telegram` changes one thing.

    The answers go to .env in this folder, for your eyes alone; the one before is kept beside it.
    """
    questions = [each for each in QUESTIONS if section is None or each.section is section]
    before = _before()
    if answers is not None:
        _unattended(answers, before)
        return
    if not sys.stdin.isatty():
        raise Explained(_without_terminal())
    voice = Voice(Terminal(), Composer(), before.get("shop_language", "id"))
    try:
        _talk(voice, questions, before, is_offline=offline, draws=qr)
    except (KeyboardInterrupt, EOFError):
        voice.show("")
        voice.say("left")
        raise typer.Exit(130) from None


def _without_terminal() -> str:
    names = ", ".join(NAMES)
    return (
        "langganan setup asks questions, and here is no terminal to answer in. Write the settings into a file, a "
        f'line each such as SHOP_NAME="Toko Ratna", and run `langganan setup --answers FILE`. It takes: {names}.'
    )


def _before() -> dict[str, str]:
    """What `.env` holds today of what is asked. Raises Explained where it cannot be read."""
    try:
        found = envfile.values(_text())
    except UnicodeDecodeError as fault:
        raise Explained(
            f"{ENV_FILE} is no text in UTF-8: save it as such in an editor, then run this again"
        ) from fault
    lower = {name.lower(): value for name, value in found.items()}
    return {each.name: lower[each.name] for each in QUESTIONS if lower.get(each.name)}


def _text() -> str:
    return ENV_FILE.read_bytes().decode() if ENV_FILE.exists() else ""


def _defaults() -> dict[str, str]:
    fields = Settings.model_fields
    usual = {each.name: fields[each.name].get_default(call_default_factory=True) for each in QUESTIONS}
    return {name: str(value) if value is not None else "" for name, value in usual.items()}


def _talk(voice: Voice, questions: list[Question], before: dict[str, str], *, is_offline: bool, draws: bool) -> None:
    asked = Conversation(voice, before, _defaults(), is_offline=is_offline)
    voice.say("again" if ENV_FILE.exists() else "welcome")
    voice.say("keys")
    asked.go_through(questions)
    if not asked.agree(questions):
        voice.say("left")
        return
    _write(voice, asked.answers)
    if len(questions) == len(QUESTIONS):
        _first_history(voice)
    _owner(voice, asked, draws=draws)
    voice.show("")
    voice.say("next")


def _write(voice: Voice, answers: dict[str, str]) -> None:
    try:
        text = envfile.changed(_text(), {name.upper(): value for name, value in answers.items()})
    except envfile.Unwritable as fault:
        raise Explained(voice.word("unwritable", name=fault.name)) from fault
    kept = envfile.written(ENV_FILE, text, SystemClock().now().astimezone())
    voice.say("written" if os.name == "posix" else "written_windows", path=str(ENV_FILE.resolve()))
    if kept is not None:
        voice.say("kept", path=kept.name)


def _first_history(voice: Voice) -> None:
    """A dry run first; what was shown comes in after a yes."""
    afterwards.completes_paths()
    voice.show("")
    voice.say("history")
    while said := voice.hear("file"):
        path = afterwards.path_of(said)
        try:
            if path.is_file():
                _bring_in(voice, path)
                return
            voice.say("no_file", path=str(path))
        except Explained as fault:
            voice.show(str(fault))
    voice.say("no_history")


def _bring_in(voice: Voice, path: Path) -> None:
    # Progress in plain lines: nothing here moves the cursor.
    history.import_(path, format="auto", dry_run=True, tell_progress=True)
    if understand(voice.hear("bring_in")).means is Means.YES:
        history.import_(path, format="auto", tell_progress=True)


def _owner(voice: Voice, asked: Conversation, *, draws: bool) -> None:
    """A code that lets the owner's own chat in, and the chat to scan."""
    settings = load()
    if not settings.telegram_bot_token and not settings.twilio_whatsapp_from:
        voice.show("")
        voice.say("no_messenger")
        return
    if understand(voice.hear("want_code")).means is not Means.YES:
        voice.say("code_later")
        return
    with shops.opened(shops.Place(settings.shop_url()), settings) as shop, shop.database.transaction() as session:
        code = members.make_code(session, Role.OWNER, shop.clock.now())
        audit.record(session, shop.clock.now(), COMMAND_LINE, "code made", Role.OWNER)
        number = shop.shop.whatsapp
    voice.show("")
    voice.say("code", code=code, minutes=int(members.CODE_LIFETIME.total_seconds() // 60))
    name = asked.bot_name or _bot_name(settings, asked)
    if name:
        voice.say("scan_telegram", name=name)
        afterwards.show_link(voice, afterwards.telegram_link(name, code), draws=draws)
    if number:
        voice.say("scan_whatsapp", number=number)
        afterwards.show_link(voice, afterwards.whatsapp_link(number, code), draws=draws)


def _bot_name(settings: Settings, asked: Conversation) -> str:
    if settings.telegram_bot_token is None or asked.is_offline:
        return ""
    tried = trying.telegram(settings.telegram_bot_token.get_secret_value(), asked.transport)
    return tried.name if tried.came is Came.WELL else ""


def _unattended(file: Path, before: dict[str, str]) -> None:
    """Raises Explained with all that will not do; then nothing is written."""
    try:
        said = envfile.values(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as fault:
        raise Explained(f"{file} is no text in UTF-8: save it as such in an editor, then run this again") from fault
    unknown = sorted(said.keys() - set(NAMES))
    if unknown:
        raise Explained(f"{file}: {', '.join(unknown)}: not among what setup takes, which is {', '.join(NAMES)}")
    given = {name.lower(): value for name, value in said.items()}
    whole = {**_defaults(), **before, **given}
    composer = Composer()
    faults = [(name, checking.fault(name, value, whole, composer)) for name, value in given.items()]
    half = checking.connecting({each: whole.get(each, "") for each in checking.MESSENGERS}, whole["shop_language"])
    wrong = [f"{name.upper()}: {why}" for name, why in faults if why]
    if wrong or half:
        raise Explained("; ".join(dict.fromkeys([*wrong, *([half] if half and not wrong else [])])))
    _write(Voice(Terminal(), composer, whole["shop_language"]), given)
