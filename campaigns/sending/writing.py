"""What is written of a batch that is claimed: a statement for all of a kind, however many messages there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Table, Update, bindparam, delete, insert, literal_column, null, update
from sqlmodel import Session, SQLModel, col

from campaigns.sending.due import Due
from campaigns.sending.gate import Reason
from campaigns.sending.settling import lasting
from campaigns.tables import Message, State, TrackedLink, Voucher

WORDS = ("body", "is_personal", "content")
WHICH = "message_number"
Row = dict[str, Any]
MESSAGES: Table = SQLModel.metadata.tables[str(Message.__tablename__)]


def _each(*own: str, state: State | None = None, **same: Any) -> Update:
    """An update of messages by their number: ``own`` as each row has it, the rest as in all of them.

    What is the same for ever stands in the statement itself: a parameter is gone through for each row.
    """
    values: dict[str, Any] = {**same, **{name: bindparam(name) for name in own}}
    if state is not None:
        values["state"] = literal_column(f"'{state.value}'")
    return update(MESSAGES).where(MESSAGES.c.id == bindparam(WHICH)).values(values)


SENDING = _each(
    "variant", "attempts", "address_id", "channel", "body", "is_personal", "content", "facts", "lease_until",
    state=State.SENDING, sending_at=bindparam("at"), reason=null(), not_before=null(), provider_message_id=null(),
)  # fmt: skip
WAITING = _each("not_before", "reason", "facts")
ENDED = ("reason", "variant", "facts")
WITHHELD = _each(*ENDED, state=State.WITHHELD, withheld_at=bindparam("at"))
FAILED = _each(*ENDED, state=State.FAILED, failed_at=bindparam("at"))
VOUCHERS, LINKS = insert(Voucher), insert(TrackedLink)
"""Asked for every batch that is claimed: put together once."""


@dataclass
class Writing:
    """Collects what becomes of each message of a batch; ``commit`` writes it, within the caller's transaction."""

    session: Session
    now: datetime
    sending: list[Row] = field(default_factory=list)
    waiting: list[Row] = field(default_factory=list)
    withheld: list[Row] = field(default_factory=list)
    failed: list[Row] = field(default_factory=list)
    links: list[Row] = field(default_factory=list)
    vouchers: list[Row] = field(default_factory=list)
    unworded: list[int] = field(default_factory=list)

    def send(self, message: Due, **said: Any) -> None:
        """It is on its way in these words, and nobody else's to send."""
        self._unword(message)
        attempts = message.attempts + 1
        self.sending.append(
            {WHICH: message.id, "variant": message.variant, "attempts": attempts, "at": self.now, **said}
        )

    def put_off(self, message: Due, until: datetime, reason: str | None) -> None:
        """Not yet, and why."""
        self.waiting.append({WHICH: message.id, "not_before": until, "reason": reason, "facts": message.facts})

    def withhold(self, message: Due, reason: Reason) -> None:
        """They get none, for that reason."""
        self.withheld.append(self._ended(message, reason))

    def fail(self, message: Due, reason: str) -> None:
        """It cannot be put into words."""
        self.failed.append(self._ended(message, reason))

    def enclose(self, link: Row, voucher: Row | None) -> None:
        """What its words lead to."""
        self.links.append({**link, "created_at": self.now})
        if voucher is not None:
            self.vouchers.append(voucher)

    def commit(self) -> None:
        """Write all of it."""
        self._take_back()
        for statement, rows in (
            (SENDING, self.sending),
            (WAITING, self.waiting),
            (WITHHELD, self.withheld),
            (FAILED, self.failed),
            (VOUCHERS, self.vouchers),
            (LINKS, self.links),
        ):
            if rows:
                self.session.connection().execute(statement, rows)

    def _ended(self, message: Due, reason: str) -> Row:
        self._unword(message)
        facts = lasting(message.facts) if message.attempts else message.facts
        return {WHICH: message.id, "reason": reason, "variant": message.variant, "facts": facts, "at": self.now}

    def _unword(self, message: Due) -> None:
        """Nobody read it: neither code nor link of the time before is kept."""
        if message.attempts:
            self.unworded.append(message.id)

    def _take_back(self) -> None:
        if not self.unworded:
            return
        connection = self.session.connection()
        for table in (Voucher, TrackedLink):
            connection.execute(delete(table).where(col(table.message_id).in_(self.unworded)))
        gone = update(Message).where(col(Message.id).in_(self.unworded))
        connection.execute(gone.values(dict.fromkeys(WORDS)))
