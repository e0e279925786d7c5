"""Mining asked for by chat: begun, looked at while under way, stopped; and what was held back used all the same.

The engine is nowhere near: a process of its own mines (bot/importing.py), and what it says of itself stands in its
run's row (campaigns/runs.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from bot import telling
from bot.errands import Mine
from bot.talk.desk import soundness
from bot.talk.desk.command import Command
from bot.talk.desk.files import chat_of
from bot.talk.desk.soundness import LACKING
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import runs
from campaigns.insights import SOUNDNESS
from campaigns.runs import HELD, NO_ROOM, UnderWay
from campaigns.words.composing import Laid, Reply
from ledger import audit, notices
from ledger.tables import Address, Notice, Role

MINED = "mined"
STOP = ("stop", "berhenti", "hentikan", "batal", "cancel")
ANYWAY = ("anyway", "pakai", "use")
NOTHING = "failed"
PROBLEMS = ("too_little", "under_way", "memory", "stopped", "misleading_future", "misleading_currencies")
"""Words of [mining_problems] for what `langganan mine --json` says went wrong; of all else only that it did."""


def mine(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """Segments, bundles and recommendations anew, now instead of by night; or how far that is."""
    said = argument.strip().casefold()
    if said in STOP:
        return [_stop(turn, teller)]
    if said in ANYWAY:
        return [_use(turn, teller)]
    found = runs.under_way(turn.session, turn.now)
    if found is not None:
        return [_how_far(teller, found)]
    turn.errands.append(Mine(chat_of(turn)))
    audit.record(turn.session, turn.now, turn.actor, "mining asked for")
    return [teller.say("mining_begins")]


def _how_far(teller: Teller, found: UnderWay) -> Reply:
    return teller.say(
        "mining_under_way",
        step=teller.word("mining_steps", found.step) if found.step else "",
        percent=round(found.done * 100),
        since=teller.moment(found.since),
        is_ending=found.is_ending,
    )


def _stop(turn: Turn, teller: Teller) -> Reply:
    try:
        found = runs.stop(turn.session, turn.now)
    except runs.NothingUnderWay:
        return teller.say("mining_failed", why=teller.word("mining_problems", "none"))
    audit.record(turn.session, turn.now, turn.actor, "mining stopped", str(found.run_id))
    return teller.say("mining_stopping")


def _use(turn: Turn, teller: Teller) -> Reply:
    """What was held back, from now on."""
    try:
        run = runs.use_held(turn.session, turn.now)
    except runs.NothingHeld:
        return teller.say("mining_failed", why=teller.word("mining_problems", "nothing_held"))
    audit.record(turn.session, turn.now, turn.actor, "mining used anyway", str(run.id))
    return teller.say("mining_used")


def refused(teller: Teller, told: Mapping[str, Any]) -> Reply:
    """Why a mining that was asked for brought nothing."""
    problem = told.get("problem")
    if problem not in PROBLEMS:
        return teller.say("mining_failed", why=teller.word("mining_problems", NOTHING))
    return teller.say("mining_failed", why=why(teller, problem, told.get("values", {})))


def why(teller: Teller, problem: str, values: Mapping[str, Any]) -> str:
    """In a sentence, with its counts as people write them."""
    shown = {name: teller.number(each) if isinstance(each, int) else each for name, each in values.items()}
    return teller.word("mining_problems", problem, **shown)


def note(session: Session, address_id: int, told: Mapping[str, Any], *, now: datetime) -> None:
    """Tell that segments and bundles are new, or that they do worse than what there was."""
    if session.get(Address, address_id) is not None:
        seconds = round(float(told.get("seconds", 0)))
        odd = [each["check"] for each in told.get(SOUNDNESS, ()) if each["check"] not in LACKING]
        ignored = told.get("ignored", {})
        notices.tell(
            session, address_id, MINED, now, seconds=seconds, is_held=bool(told.get("held")), odd=odd, ignored=ignored
        )


def _told_mined(_session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    data = notice.data
    return teller.say(
        MINED,
        seconds=data["seconds"],
        is_held=data["is_held"],
        odd=len({*data.get("odd", ())}),
        ignored=Laid(soundness.ignored(teller, data.get("ignored", {}))),
    )


def _told_held(_session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    data = notice.data
    return teller.say(
        HELD,
        what=teller.word("mining_figures", data["art"]),
        before=teller.number(data["before"], 3),
        after=teller.number(data["after"], 3),
        n=teller.number(data["n"]),
    )


def _told_no_room(_session: Session, notice: Notice, teller: Teller, _now: datetime) -> Reply:
    return teller.say(NO_ROOM, megabytes=teller.number(notice.data["megabytes"]))


telling.WORDS |= {MINED: _told_mined, HELD: _told_held, NO_ROOM: _told_no_room}
COMMANDS = {"mine": Command(Role.MANAGER, mine, also=("pelajari",))}
