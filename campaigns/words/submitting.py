"""Our words beside those WhatsApp has: which of them are to be made and submitted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from campaigns.tables import Approval, ApprovedContent
from campaigns.words import contents
from campaigns.words.composing import Composer
from campaigns.words.frames import Frame, named, version_of
from ledger import audit


@dataclass(frozen=True)
class Words:
    """Our words of one message in one language today, and what WhatsApp has of them.

    ``newest`` is the last version that was made, ``used`` the one that goes out.
    """

    template: str
    frame: Frame
    newest: ApprovedContent | None
    used: ApprovedContent | None

    @property
    def is_new(self) -> bool:
        """Whether they were changed since they were last made, or never made, or deleted there."""
        newest = self.newest
        return newest is None or newest.fingerprint != self.frame.fingerprint or contents.is_gone(newest)

    @property
    def is_unsubmitted(self) -> bool:
        """Whether they were made, and WhatsApp was not asked."""
        return not self.is_new and self.newest is not None and self.newest.approval == Approval.UNSUBMITTED

    @property
    def name(self) -> str:
        """What they are called there, or would be."""
        if self.newest is None:
            return self.frame.name
        version = version_of(self.newest.name)
        return named(self.frame.name, version + 1 if self.is_new else version)


def words(session: Session, composer: Composer) -> list[Words]:
    """All messages' words, by name and language."""
    now = contents.standing(session)
    return sorted(
        (
            Words(
                template,
                frame,
                now.newest(frame.name, frame.language),
                now.of(template, frame.language, is_discounted),
            )
            for template, is_discounted, frame in composer.frames()
        ),
        key=lambda each: (each.frame.name, each.frame.language),
    )


def keep(session: Session, frame: Frame, name: str, sid: str, *, by: str, now: datetime) -> None:
    """The words were made: WhatsApp's provider knows them under that number."""
    session.add(
        ApprovedContent(
            name=name,
            language=frame.language,
            sid=sid,
            fingerprint=frame.fingerprint,
            body=frame.body,
            places=list(frame.places),
            made_at=now,
            looked_at=now,
        )
    )
    audit.record(session, now, by, "words made for approval", name, language=frame.language)
