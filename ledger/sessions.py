"""The session everybody works with: SQLModel's, which besides remembers of a few tables what is not there.

Most chats are in the middle of nothing, show no numbers and are not the team's. Each message asks that some ten times
over, and a session remembers the rows it has found, but not that there was none. What somebody allows is asked again
and again too, and changes only with what is written.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import UOWTransaction
from sqlmodel import Session as SQLModelSession

MOSTLY_EMPTY = frozenset({"conversation_states", "shown_choices", "team_members"})
"""Rows of these are added through sessions only."""
DECIDES = frozenset({"consent_events", "customers"})
"""What somebody allows follows from rows of these: whatever changes it writes one through the session."""


class Session(SQLModelSession):
    """Within one transaction whoever holds a chat's turn adds these rows, and nobody else."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self.absent: set[tuple[type[Any], Any]] = set()
        self.known: dict[Any, Any] = {}
        """What was found out, as long as no row of DECIDES is written."""
        self.held: list[Any] = []
        """Held, or a session would forget those that nobody else holds, and ask again."""

    def note(self, entity: type[Any], ident: Any, found: Any) -> None:
        """That is the row of that key as the database has it, or there is none: nobody has to ask again."""
        if found is None:
            self.absent.add((entity, ident))
        else:
            self.held.append(found)

    def get(self, entity: Any, ident: Any, **how: Any) -> Any:
        """As SQLAlchemy's; asked plainly again for what was not there, it does not ask the database."""
        if how or getattr(entity, "__tablename__", None) not in MOSTLY_EMPTY:
            return super().get(entity, ident, **how)
        is_adding = any(isinstance(each, entity) for each in self.new)
        if (entity, ident) in self.absent and not is_adding:
            return None
        found = super().get(entity, ident)
        self.note(entity, ident, found)
        return found


@event.listens_for(Session, "after_flush")
def _heed(session: Session, _flushing: UOWTransaction) -> None:
    added = {type(each) for each in session.new}
    session.held += [each for each in session.new if each.__tablename__ in MOSTLY_EMPTY]
    session.absent = {each for each in session.absent if each[0] not in added}
    written = (each.__tablename__ for some in (session.new, session.dirty, session.deleted) for each in some)
    if session.known and not DECIDES.isdisjoint(written):
        session.known.clear()


@event.listens_for(Session, "after_commit")
def _ask_anew(session: Session) -> None:
    # In between others may write.
    session.absent.clear()
    session.known.clear()


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _before: Any) -> None:
    session.absent.clear()
    session.known.clear()
