"""When `.env` is there: the first history, the owner's code, a link to scan, and what to do next."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import segno

from bot.setup.desk import Voice

HALVES = {(0, 0): "█", (0, 1): "▀", (1, 0): "▄", (1, 1): " "}
"""Two rows of squares on one line; what is light is drawn, as terminals are dark."""
BORDER = 2


def telegram_link(bot_name: str, code: str) -> str:
    """Opens the chat with the bot, and brings the owner's code along (deep links: start, 64 of A-Za-z0-9_-)."""
    return f"https://t.me/{bot_name}?start=owner-{code}"


def whatsapp_link(number: str, code: str) -> str:
    """Opens a chat with that number, the code written in it."""
    return f"https://wa.me/{number.removeprefix('whatsapp:').lstrip('+')}?text={quote(code)}"


def picture(link: str) -> list[str]:
    """A QR code as lines of a terminal, in our own letters: no colours, nothing to obey."""
    rows = [list(row) for row in segno.make(link, error="l", micro=False).matrix_iter(border=BORDER)]
    if len(rows) % 2:
        rows.append([0] * len(rows[0]))
    return ["".join(HALVES[pair] for pair in zip(upper, lower, strict=True)) for upper, lower in _pairs(rows)]


def _pairs(rows: list[list[int]]) -> list[tuple[list[int], list[int]]]:
    return list(zip(rows[::2], rows[1::2], strict=True))


def can_draw(encoding: str | None) -> bool:
    """Whether the terminal has the letters."""
    try:
        "█▀▄".encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def path_of(said: str) -> Path:
    """A file as it is typed, or dropped into the window: in quotes, with backslashes, or as file://."""
    bare = said.strip()
    if len(bare) > 1 and bare[0] == bare[-1] and bare[0] in "'\"":
        bare = bare[1:-1]
    elif sys.platform != "win32":
        bare = re.sub(r"\\(.)", r"\1", bare)
    if bare.startswith("file://"):
        bare = unquote(urlsplit(bare).path)
    return Path(bare).expanduser()


def show_link(voice: Voice, link: str, *, draws: bool) -> None:
    """The link in words, then as a picture for a telephone's camera."""
    voice.desk.say(link)
    if draws and can_draw(sys.stdout.encoding):
        lines = picture(link)
        voice.say("qr", n=len(lines))
        for line in lines:
            voice.desk.say(line)


def completes_paths() -> None:
    """The tab key finishes a path, where Python was built with readline."""
    try:
        import readline  # not there on Windows
    except ImportError:
        return
    readline.set_completer_delims("\t\n")
    readline.parse_and_bind("tab: complete")
