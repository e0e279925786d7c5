"""The owner's duties in words: who allowed what to which words, requests and their hours, and the papers to keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any

from babel.units import format_unit

from bot.talk.desk import papers
from bot.talk.desk.papers import Papers, channel_name
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.words.composing import Reply
from ledger.compliance import ANSWER_WITHIN, Asked, Duties, Upkeep, duties
from ledger.permissions import Answered, Permissions, Tally

PAPERS = {
    **dict.fromkeys(("record", "catatan"), papers.RECORD),
    **dict.fromkeys(("breach", "kebocoran"), papers.BREACH),
}
"""What may follow the command, and the paper it brings."""


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """``/compliance`` tells; with the name of a paper it hands that one over."""
    paper = PAPERS.get(argument.strip().lower())
    if paper is None:
        return [tell(teller, duties(turn.session, turn.now, turn.composer.wordings))]
    desk = Papers(turn.session, teller, turn.channels, turn.now)
    text = desk.record() if paper == papers.RECORD else desk.breach_notice()
    said = teller.say("compliance_paper", paper=paper, is_here=turn.carries_documents)
    return [Reply(said.text, said.buttons, papers.as_document(paper, text, teller.language))]


def tell(teller: Teller, found: Duties) -> Reply:
    """All of it on a telephone's screen; every figure with its n."""
    today = found.permissions
    return teller.say(
        "compliance",
        date=teller.moment(found.at, "d MMMM y"),
        n=today.n,
        purposes=[_purpose(teller, each) for each in today.answered],
        yeses=len(today.yeses),
        wordings=_wordings(teller, today),
        older=len(today.older),
        changed=[{**vars(each), "purpose": teller.word("record_purposes", each.purpose)} for each in today.changed],
        without_text=today.without_text,
        hours=ANSWER_WITHIN // timedelta(hours=1),
        requests=[
            {"name": teller.word("record_requests", kind), **_asked(teller, asked)}
            for kind, asked in found.requests.items()
            if asked.n
        ],
        **_upkeep(teller, found.upkeep),
    )


def _purpose(teller: Teller, answered: Answered) -> dict[str, Any]:
    channels = answered.channels if len(answered.channels) > 1 else {}
    return {
        "name": teller.word("record_purposes", answered.purpose),
        **_tally(answered.people),
        "channels": [{"name": channel_name(teller, name), **_tally(tally)} for name, tally in channels.items()],
    }


def _tally(tally: Tally) -> dict[str, int]:
    return {**vars(tally), "n": tally.n}


def _wordings(teller: Teller, today: Permissions) -> list[dict[str, Any]]:
    return [{**vars(each), "purpose": teller.word("record_purposes", each.purpose)} for each in today.worded]


def _asked(teller: Teller, asked: Asked) -> dict[str, Any]:
    return {
        "n": asked.n,
        "answered": asked.answered,
        "waiting": asked.waiting,
        "late": asked.late,
        "median": duration(teller, asked.median),
        "longest": duration(teller, asked.longest),
        "left": duration(teller, asked.left) if asked.left is not None and asked.left >= timedelta() else "",
    }


def _upkeep(teller: Teller, upkeep: Upkeep) -> dict[str, Any]:
    run = upkeep.last_tidying
    return {
        "tidied": teller.moment(run.at, "d MMMM y") if run is not None else "",
        "removed": run.rows if run is not None else 0,
        "erasures": upkeep.erasures,
        "suppressed": upkeep.suppressed,
        "events": upkeep.chain.events,
        "broken": upkeep.chain.first_broken,
    }


def duration(teller: Teller, time: timedelta | None) -> str:
    """In the unit that tells most of three days: seconds, minutes, from two hours on hours."""
    if time is None:
        return ""
    seconds = time.total_seconds()
    unit, size = next(((unit, size) for unit, size in UNITS if seconds >= 2 * size), UNITS[-1])
    said: str = format_unit(int(seconds // size), unit, locale=teller.language)
    return said


UNITS = (("duration-hour", 3600), ("duration-minute", 60), ("duration-second", 1))


def as_json(found: Duties, names: Mapping[int, str]) -> dict[str, Any]:
    """For programs. ``names``: first names of those whose yes rests on older words; no address stands here."""
    today = found.permissions
    return {
        "at": found.at.isoformat(),
        "customers": today.n,
        "purposes": {each.purpose: _told_purpose(each) for each in today.answered},
        "yeses": len(today.yeses),
        "wordings": [vars(each) for each in today.worded],
        "older": [
            {
                "customer": each.customer_id,
                "name": names.get(each.customer_id, ""),
                "purpose": each.purpose,
                "channel": each.channel,
                "version": each.version,
                "language": each.language,
                "since": each.at.isoformat(),
            }
            for each in today.older
        ],
        "changed_without_version": [vars(each) for each in today.changed],
        "yeses_without_text": today.without_text,
        "requests": {kind: dict(_told_request(asked)) for kind, asked in found.requests.items()},
        "upkeep": _told_upkeep(found.upkeep),
    }


def _told_purpose(answered: Answered) -> dict[str, Any]:
    channels = {channel: _tally(tally) for channel, tally in answered.channels.items()}
    return {**_tally(answered.people), "channels": channels}


def _told_request(asked: Asked) -> Iterator[tuple[str, int | float | None]]:
    yield from (("n", asked.n), ("answered", asked.answered), ("open", asked.waiting), ("late", asked.late))
    for name in ("median", "longest", "left"):
        time: timedelta | None = getattr(asked, name)
        yield f"{name}_seconds", time.total_seconds() if time is not None else None


def _told_upkeep(upkeep: Upkeep) -> dict[str, Any]:
    run = upkeep.last_tidying
    return {
        "last_tidying": run.at.isoformat() if run else None,
        "removed": run.removed if run else {},
        "asked_to_stay": run.asked if run else 0,
        "anonymised": run.anonymised if run else 0,
        "erasures": upkeep.erasures,
        "suppressed": upkeep.suppressed,
        "chain": {**vars(upkeep.chain), "ok": upkeep.chain.ok},
    }
