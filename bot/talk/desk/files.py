"""A shop's history sent by chat: shown what it would bring, imported after a yes.

Nothing is fetched or read here: that is left to be done (bot/errands.py), by whoever opens files.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session

from bot import telling
from bot.errands import LARGEST_FILE_BYTES, Chat, Drop, Import, Look
from bot.inbound import Attachment
from bot.talk.desk import confirming, reading, soundness, wizard
from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words.composing import Composer, Laid, Reply
from ledger import audit, conversations, notices
from ledger.columns import microseconds
from ledger.conversations import Asked
from ledger.notices import RANK
from ledger.tables import Address, Notice, Role

IMPORT = "import a file"
"""The deed a yes does."""
TOKEN = re.compile(r"(ya|yes|tidak|no)\s+([0-9a-f]{12})-([0-9a-f]{1,12})", re.IGNORECASE)
YES = ("ya", "yes")
MAPPED = re.compile(r"\s*([^=\n;]{1,60}?)\s*=\s*([^\W\d][\w '’./]{0,40}?)\s*")
LONGEST_PROBLEM = 900
MOST_COLUMNS, MOST_UNUSED, MOST_NOTES, MOST_ODD = 24, 12, 3, 4
DONE = "import_done"
"""A notice, by its reply."""


def receive(turn: Turn, attachment: Attachment) -> list[Reply]:
    """A file one of the team sent: it is looked at before anything else. What is no file is nobody's errand."""
    teller = Teller(turn.composer, turn.shop, turn.language)
    if RANK[turn.role or Role.STAFF] < RANK[Role.MANAGER]:
        return [teller.problem(Problem("file_not_allowed"))]
    if attachment.size is not None and attachment.size > LARGEST_FILE_BYTES:
        return [teller.problem(Problem("file_too_large", largest=LARGEST_FILE_BYTES // 1_000_000))]
    turn.errands.append(Look(chat_of(turn), attachment, columns_said(turn.composer, turn.inbound.text)))
    return [teller.say("file_received", name=attachment.name)]


def columns_said(composer: Composer, caption: str) -> dict[str, str]:
    """ "No HP=phone, Hari=tanggal": which column is which of our fields, by their keys or by the words we show.

    What else a caption says is nothing to us.
    """
    found = (MAPPED.fullmatch(part) for part in re.split(r"[,;\n]", caption))
    return {each[1].strip(): reading.field_meant(composer, each[2]) for each in found if each is not None}


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """ "/import" says how; what a preview's buttons say, with its token, does it or drops it."""
    pressed = TOKEN.fullmatch(argument.strip())
    if pressed is None:
        return [teller.say("import_how", is_by_file=turn.takes_files)]
    try:
        asked_at = datetime.fromtimestamp(int(pressed[3], 16), turn.now.tzinfo)
    except (ValueError, OverflowError, OSError):
        return [teller.say("confirm_stale", minutes=confirming.LIFETIME // timedelta(minutes=1))]
    return _decide(turn, teller, pressed[2], asked_at, is_yes=pressed[1].casefold() in YES)


@confirming.deed(IMPORT, Role.MANAGER)
def begin(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    """The typed yes to a preview; its time is looked at by whoever asks it."""
    return _decide(turn, teller, data["token"], turn.now, is_yes=True)


def _decide(turn: Turn, teller: Teller, token: str, asked_at: datetime, *, is_yes: bool) -> list[Reply]:
    topic = turn.topic()
    if topic is not None and topic.data.get("deed") == IMPORT:
        turn.close_topic()
    if not is_yes:
        turn.errands.append(Drop(chat_of(turn), token))
        return [teller.say("confirm_dropped")]
    if turn.now - asked_at > confirming.LIFETIME:
        return [teller.say("confirm_stale", minutes=confirming.LIFETIME // timedelta(minutes=1))]
    turn.errands.append(Import(chat_of(turn), token))
    return [teller.say("import_begins")]


def ask(session: Session, address_id: int, token: str, now: datetime) -> Asked | None:
    """Once it is shown a typed yes means this file, the last thing shown; an open draft is shown again before a yes.

    The preview's buttons mean the file in any case.
    """
    chat = session.get(Address, address_id)
    if chat is None:
        return None
    topic, before = conversations.topic(session, chat, now), conversations.marks(session, address_id)
    if topic is not None and topic.topic == wizard.LAUNCH:
        conversations.amend_topic(session, topic, now, **{**topic.data, "is_aside": True})
    else:
        asked = {"deed": IMPORT, "data": {"token": token}, "asked_at": microseconds(now)}
        conversations.open_topic(session, chat, confirming.CONFIRM, now, **asked)
    return conversations.asked_since(session, address_id, before)


def preview(teller: Teller, name: str, token: str, now: datetime, told: Mapping[str, Any]) -> Reply:
    """What importing it would bring, and how its columns were understood."""
    signed = f"{token}-{int(now.timestamp()):x}"
    return teller.say(
        "import_preview",
        name=name,
        format=teller.word("import_formats", told["format"]),
        columns=Laid(_columns(teller, told["columns"], told["named"])),
        unused=Laid(_listed(told["unused"], MOST_UNUSED)),
        notes=[Laid(each) for each in reading.notes(teller, told["notes"][:MOST_NOTES])],
        odd=_odd(teller, told),
        has_phones="phone" in told["columns"].values(),
        press_yes=f"/import ya {signed}",
        press_no=f"/import tidak {signed}",
        **_counts(teller, told),
    )


def brings_anything(told: Mapping[str, Any]) -> bool:
    """Whether an import would add something that is not there yet."""
    return any(told.get("added", {}).values())


def refused(teller: Teller, name: str, told: Mapping[str, Any]) -> Reply:
    """Why a file is not imported: it cannot be read, has no usable line, or is known already."""
    if "problem" in told:
        return teller.say(
            "file_unreadable", sentence=Laid(reading.problem(teller, told["problem"])[:LONGEST_PROBLEM])
        )
    if "added" not in told:
        return teller.say("errand_failed")
    return teller.say("file_brings_nothing", name=name, is_known=bool(told["kept"]), **_counts(teller, told))


def note_import(session: Session, address_id: int, told: Mapping[str, Any], *, by: str, now: datetime) -> None:
    """Tell what an import brought, and write it into the book."""
    counts = {key: told[key] for key in ("lines", "kept", "dropped", "first_lines", "added", "checks")}
    audit.record(session, now, by, "file imported", told["format"], lines=told["lines"], added=told["added"])
    if session.get(Address, address_id) is not None:
        notices.tell(session, address_id, DONE, now, report=counts)


def _counts(teller: Teller, told: Mapping[str, Any]) -> dict[str, Any]:
    added = told["added"]
    return {
        "total": teller.number(told["lines"]),
        "kept": teller.number(told["kept"]),
        "dropped": [
            {
                "reason": teller.word("import_reasons", reason),
                "n": teller.number(n),
                "lines": ", ".join(map(str, told["first_lines"].get(reason, ()))),
            }
            for reason, n in told["dropped"].items()
        ],
        "new_interactions": teller.number(added["interactions"]),
        "new_steps": teller.number(added["steps"]) if added.get("steps") else "",
        "new_customers": teller.number(added["customers"]),
        "new_products": teller.number(added["products"]),
        "new_numbers": teller.number(added["numbers"]) if added.get("numbers") else "",
        "new_details": teller.number(added["details"]) if added.get("details") else "",
    }


def _odd(teller: Teller, told: Mapping[str, Any]) -> list[Laid]:
    """What looks wrong in the file, though it can be read."""
    return [Laid(each) for each in soundness.sentences(None, teller, told.get("checks", ())[:MOST_ODD])]


def _columns(teller: Teller, columns: Mapping[str, str], named: Sequence[str]) -> str:
    pairs = [
        (column, teller.word("import_named" if field in named else reading.FIELDS, field))
        for column, field in columns.items()
    ]
    lines = [f"• {_plain(column)} → {word}" for column, word in pairs[:MOST_COLUMNS]]
    return "\n".join([*lines, "• …"] if len(pairs) > MOST_COLUMNS else lines)


def _listed(names: Sequence[str], most: int) -> str:
    shown = ", ".join(map(_plain, names[:most]))
    return f"{shown}, …" if len(names) > most else shown


def _plain(name: str) -> str:
    """A column's name, on one line and not endless."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:40]


def chat_of(turn: Turn) -> Chat:
    """Where what comes of an errand is told."""
    return Chat(turn.address.id, turn.inbound.channel, turn.inbound.address, turn.language, turn.actor)


COMMANDS = {
    "import": Command(Role.MANAGER, answer, also=("impor",)),
}


def _told_done(_session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    report = notice.data["report"]
    return teller.say(DONE, odd=_odd(teller, report), **_counts(teller, report))


telling.WORDS |= {DONE: _told_done}
