"""Words and WhatsApp's approval of them: asked for, submitted, and kept in the ledger. By the worker and by hand."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.app import App
from campaigns.tables import Approval
from campaigns.words import contents, submitting
from campaigns.words.frames import Frame, base_of, named, version_of
from campaigns.words.submitting import Words

log = logging.getLogger(__name__)


class NotDone(Exception):
    """Twilio would not, or could not be reached; the sentence says what to do.

    ``is_final``: the next request would fare no better.
    """

    def __init__(self, sentence: str, *, is_final: bool = False) -> None:
        super().__init__(sentence)
        self.is_final = is_final


@dataclass(frozen=True)
class Known:
    """Words as Twilio has them, whoever made them. ``reason``: why WhatsApp turned them down."""

    sid: str
    name: str
    language: str
    body: str
    buttons: tuple[tuple[str, str], ...]
    approval: Approval
    reason: str = ""

    def says(self, frame: Frame) -> bool:
        """Whether these are the words of ``frame``."""
        return (self.language, self.body, self.buttons) == (frame.language, frame.body, frame.buttons)


class Contents(Protocol):
    """Who keeps words for WhatsApp and asks for its approval. Raises NotDone."""

    def known(self) -> list[Known]:
        """All words there and where they stand."""

    def make(self, frame: Frame, name: str, samples: Mapping[str, str]) -> str:
        """Keep these words under that name; their number."""

    def submit(self, sid: str, name: str) -> tuple[Approval, str]:
        """Ask for approval; where they stand then, and why."""


@dataclass(frozen=True)
class Failure:
    """Words that were not made or not submitted, and what Twilio says."""

    name: str
    language: str
    says: str


@dataclass(frozen=True)
class Submitted:
    """What came of submitting. ``is_cut_short``: the rest was not tried, as it would have fared no better."""

    done: Sequence[str]
    failed: Sequence[Failure]
    is_cut_short: bool = False


def contents_of(app: App) -> Contents | None:
    """Twilio's Content API, where this shop has WhatsApp."""
    settings = app.settings
    if contents.CHANNEL not in app.channels or not settings.twilio_account_sid or not settings.twilio_auth_token:
        return None
    from bot.channels.contents import TwilioContents  # its library is loaded only where there is an account

    return TwilioContents.connect(settings.twilio_account_sid, settings.twilio_auth_token.get_secret_value())


def refresh_due(app: App, api: Contents | None) -> bool:
    """Ask again where the words stand if it is time to; whether that was done."""
    with app.database.reading() as session:
        if api is None or not contents.are_due(session, app.clock.now()):
            return False
    try:
        refresh(app, api)
    except NotDone as fault:
        log.warning("where the words for WhatsApp stand was not found out: %s", fault)
        return False
    return True


def refresh(app: App, api: Contents, by: str = contents.CHANNEL) -> list[Known]:
    """Ask where all words stand, and note it. Raises NotDone.

    Words of ours that were made there and not noted here, because something broke in between or an older database
    was restored, are ours again.
    """
    listed = api.known()
    now = app.clock.now()
    with app.database.transaction() as session:
        for each in submitting.words(session, app.composer):
            found = _ours(listed, each)
            if found is not None:
                submitting.keep(session, each.frame, found.name, found.sid, by=by, now=now)
        session.flush()
        standings = {each.sid: (each.approval, each.reason) for each in listed}
        contents.note_listed(session, standings, now, app.shop.language)
    return listed


def _ours(listed: Sequence[Known], words: Words) -> Known | None:
    """The newest there that says the same as words which are not made yet, as far as we know."""
    known = version_of(words.newest.name) if words.newest is not None else 0
    same = [each for each in listed if base_of(each.name) == words.frame.name and each.says(words.frame)]
    newer = [each for each in same if version_of(each.name) > known]
    return max(newer, key=lambda each: version_of(each.name), default=None) if words.is_new else None


def missing(app: App) -> list[Words]:
    """What is to be made or submitted."""
    with app.database.reading() as session:
        return [each for each in submitting.words(session, app.composer) if each.is_new or each.is_unsubmitted]


def submit(
    app: App,
    api: Contents,
    listed: Sequence[Known],
    wanted: Sequence[Words],
    by: str,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Submitted:
    """Make and submit these, one by one. What was made is noted before it is submitted: stopped anywhere, the same
    said again goes on. One that fails does not stop the others."""
    done, failed = [], []
    for place, words in enumerate(wanted, 1):
        name = _free(words, listed)
        try:
            sid = words.newest.sid if words.newest is not None and words.is_unsubmitted else ""
            _submit_one(app, api, words, name, sid, by)
            done.append(name)
        except NotDone as fault:
            failed.append(Failure(name, words.frame.language, str(fault)))
            if fault.is_final:
                return Submitted(done, failed, is_cut_short=place < len(wanted))
        progress(place, len(wanted))
    return Submitted(done, failed)


def _submit_one(app: App, api: Contents, words: Words, name: str, sid: str, by: str) -> None:
    frame = words.frame
    if not sid:
        sid = api.make(frame, name, app.composer.shelf(frame.language, "approved_samples"))
        with app.database.transaction() as session:
            submitting.keep(session, frame, name, sid, by=by, now=app.clock.now())
    told = api.submit(sid, name)
    with app.database.transaction() as session:
        contents.note(session, [(sid, *told)], app.clock.now(), app.shop.language)


def _free(words: Words, listed: Sequence[Known]) -> str:
    """A name that nothing else goes by there; WhatsApp keeps those of deleted words for weeks."""
    if not words.is_new:
        return words.name
    taken = {each.name for each in listed if each.language == words.frame.language}
    version = version_of(words.name)
    while (name := named(words.frame.name, version)) in taken:
        version += 1
    return name
