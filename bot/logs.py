"""Logs that can be shown: numbers, addresses and tokens are masked in every entry, whoever wrote it.

Our own entries name types and places and quote nobody. This is the net under them, and under the libraries, whose
faults may quote anything. It knows what looks like an address; a name or a sentence looks like nothing.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from types import TracebackType
from typing import TextIO

from ledger.identity import mask

log = logging.getLogger(__name__)
FORM = "%(asctime)s %(levelname)s %(name)s: %(message)s"
HIDDEN = "•••"
LEAST_DIGITS = 7
"""Fewer are a port, a count, a code; as many, also of numbers side by side, may be a telephone or a chat."""

EMAIL = re.compile(r"(?<![\w.+~-])[\w.+~-]++(?:@|%40)[\w-]+(?:\.[\w-]+)+")
TELEGRAM_TOKEN = re.compile(r"(?<!\d)\d{6,}(?::|%3A)[\w-]{20,}", re.IGNORECASE)
TWILIO_ID = re.compile(r"(?<![0-9A-Za-z])(?:[A-Z]{2})?[0-9a-fA-F]{32}(?![0-9A-Za-z])")

LINK = re.compile(r"(?<=/)(r|mydata|handouts)/[^\s/\"'?]+")
"""What leads to somebody's message, data or picture; whoever has the path has it all."""
CREDENTIALS = re.compile(r"(?<=://)[^\s/@]+(?=@)")
BEARER = re.compile(r"(?<=bearer )[^\s\"',]+", re.IGNORECASE)

ESCAPED = r"%(?:20|2[bB89dD]|[cC]2%[aA]0)|\\(?:t|xa0|u[0-9a-f]{4})"
GAP = rf"(?:[^\S\n]|[-+.()\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff＋－．（）]|{ESCAPED}){{1,5}}"
DATE = r"(?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])(?!\d)"
ZONE = r"(?:Z|[+-](?:0\d|1[0-4]):?(?:00|15|30|45)(?!\d))"
TIME = rf"(?:[01]?\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:[.,]\d{{1,6}})?)?{ZONE}?(?!\d)"
WHEN = rf"{DATE}[T ]{TIME}|{DATE}(?!{GAP}(?!{DATE})\d)|{TIME}"
DIGITS = rf"[+＋]?\d++(?:{GAP}(?!{TIME}|{DATE}[T ]{TIME})\d++)*"
BETWEEN = re.compile(GAP)
WHEN_OR_DIGITS = re.compile(rf"(?P<when>{WHEN})|{DIGITS}")


def configure(level: int, *, as_json: bool = False) -> None:
    """Everything logged goes to stderr and is masked, and so are the last words of a process that a fault ends."""
    logging.basicConfig(level=level, handlers=[handler(sys.stderr, as_json=as_json)], force=True)
    sys.excepthook = _last_words


def hush(name: str) -> None:
    """Nothing that this library logs reaches any log, whatever the level: masking knows no names and no sentences."""
    logger = logging.getLogger(name)
    logger.propagate = False
    logger.setLevel(logging.CRITICAL + 1)
    logger.addHandler(logging.NullHandler())


def handler(stream: TextIO, *, as_json: bool = False) -> logging.Handler:
    """Writes masked entries to ``stream``, as lines for people or as an object a line for programs."""
    made = Masking(stream)
    made.setFormatter(Structured() if as_json else Masked(FORM))
    return made


def masked(text: str) -> str:
    """``text`` with whatever looks like an address or a token masked; dates, times and short numbers stay."""
    text = CREDENTIALS.sub(HIDDEN, LINK.sub(rf"\1/{HIDDEN}", BEARER.sub(HIDDEN, text)))
    for pattern in (TELEGRAM_TOKEN, TWILIO_ID, EMAIL):
        text = pattern.sub(lambda found: mask(found[0]), text)
    return WHEN_OR_DIGITS.sub(_shown, text)


class Masked(logging.Formatter):
    """Masks an entry when nothing is added to it any more: message, arguments, fault and traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return masked(super().format(record))


class Structured(logging.Formatter):
    """The same as one JSON object on one line: when, how grave, from where, what, and the fault if there is one.

    Masked before it is put into JSON, whose escapes would hide a number from the mask.
    """

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        entry = {"at": at, "level": record.levelname, "logger": record.name, "message": masked(record.getMessage())}
        if record.exc_info and record.exc_info[0] is not None:
            entry["fault"] = record.exc_info[0].__name__
            entry["traceback"] = masked(self.formatException(record.exc_info))
        return json.dumps(entry, ensure_ascii=False)


class Masking(logging.StreamHandler[TextIO]):
    """An entry that cannot be put together is named, where the library would print its arguments as they are."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the library's name
        fault, place = sys.exc_info()[0], f"{record.module}:{record.lineno}"
        with suppress(OSError, ValueError):  # a log that is closed or full must not end what is being done
            self.stream.write(f"an entry of {record.name} ({place}) could not be written: {fault}\n")


def _shown(found: re.Match[str]) -> str:
    if found["when"]:
        return found[0]
    digits = BETWEEN.sub("", found[0])
    if len(digits) < LEAST_DIGITS:
        return found[0]
    return mask(f"+{digits}" if found[0][0] in "+＋" else digits)


def _last_words(kind: type[BaseException], fault: BaseException, place: TracebackType | None) -> None:
    log.critical("a fault ended the process", exc_info=(kind, fault, place))
