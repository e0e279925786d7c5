"""What came of a drama: the rows of the shop against what reached the provider."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import col, select

from campaigns.tables import Campaign, Message, State
from ledger import chain
from ledger.tables import Address
from tests.chaos.bot_api import ARRIVED, Request
from tests.chaos.killing import Drama, Stage

LEASE_EXPIRED = "lease_expired"
SETTLED = {State.SENT, State.FAILED, State.WITHHELD, State.UNKNOWN, State.HOLDOUT}


@dataclass(frozen=True)
class Verdict:
    """Of one drama. All but ``rows``, ``sent``, ``kills``, ``unknown`` and ``most_orphans`` have to be zero."""

    rows: int
    sent: int
    kills: int
    unknown: int
    most_orphans: int
    """Of what the dead left, the most between two kills."""
    duplicates: int
    """People who have the message twice or more."""
    after_stop: int
    """Requests for people who had left, beyond those on their way when that was committed."""
    in_pauses: int
    """Requests while the campaign was paused, beyond those on their way when that was committed."""
    unsettled: int
    """Rows without a fate, or too many or too few of them."""
    made_up: int
    """Rows that say it was sent, of people whom it never reached."""
    unheard_of: int
    """People who have it and whose row denies that."""
    broken_chains: int
    unended: int

    @property
    def lies(self) -> Mapping[str, int]:
        """What must not be, where it is."""
        innocent = {"rows", "sent", "kills", "unknown", "most_orphans"}
        return {name: n for name, n in vars(self).items() if name not in innocent and n}


def judge(stage: Stage, drama: Drama, audience: int) -> Verdict:
    """``audience``: how many people the campaign was for."""
    requests = stage.provider.requests(drama.requests_before)
    with stage.app.database.reading() as session:
        wanted = select(Message, Address.address).join(Address, col(Address.id) == col(Message.address_id))
        rows = {chat: row for row, chat in session.exec(wanted.where(Message.campaign_id == drama.campaign))}
        campaign = session.get_one(Campaign, drama.campaign)
        is_intact = chain.verify(session).ok
    arrived = Counter(each.chat for each in requests if each.fate in ARRIVED)
    told = Counter(State(row.state) for row in rows.values())
    orphans = [row for row in rows.values() if row.reason == LEASE_EXPIRED]
    return Verdict(
        rows=len(rows),
        sent=told[State.SENT],
        kills=len(drama.kills),
        unknown=told[State.UNKNOWN],
        most_orphans=_most_between(drama.kills, [_sending_at(drama, row) for row in orphans]),
        duplicates=sum(n > 1 for n in arrived.values()),
        after_stop=_after_stop(drama, requests),
        in_pauses=_in_pauses(drama, requests),
        unsettled=abs(audience - sum(told[state] for state in SETTLED)) + sum(map(_is_untimed, rows.values())),
        made_up=sum(row.state == State.SENT and not arrived[chat] for chat, row in rows.items()),
        unheard_of=sum(rows[chat].state not in (State.SENT, State.UNKNOWN) for chat in arrived),
        broken_chains=not is_intact,
        unended=campaign.finished_at is None,
    )


def _sending_at(drama: Drama, row: Message) -> float:
    """By the computer's clock."""
    assert row.sending_at is not None
    return row.sending_at.timestamp() - drama.ahead_seconds


def _most_between(kills: Sequence[float], times: Sequence[float]) -> int:
    """The most of these times that lie between two kills."""
    return max(Counter(bisect_left(kills, each) for each in times).values(), default=0)


def _after_stop(drama: Drama, requests: Sequence[Request]) -> int:
    late = 0
    for stop in drama.stops:
        after = sum(each.chat == stop.chat and each.at > stop.at for each in requests)
        late += max(0, after - (stop.state is State.SENDING))
    return late


def _in_pauses(drama: Drama, requests: Sequence[Request]) -> int:
    return sum(
        pause.since < each.at < pause.until and each.chat not in pause.sending
        for pause in drama.pauses
        for each in requests
    )


def _is_untimed(row: Message) -> bool:
    """Whether a fate stands there without its time, or a lease with nobody who sends."""
    times = {
        State.SENT: row.sent_at,
        State.FAILED: row.failed_at,
        State.WITHHELD: row.withheld_at,
        State.UNKNOWN: row.unknown_at,
    }
    return times.get(State(row.state), row.planned_at) is None or row.lease_until is not None
