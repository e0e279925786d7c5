"""A bandit's turn: which variant comes next, by what came of those already sent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import Session, col, or_, select

from campaigns.launching.drafts import Allocation
from campaigns.sending.due import Due
from campaigns.tables import SENT_STATES, Campaign, Message, Voucher
from engine import bandits
from engine.bandits import Tally
from ledger import returned
from ledger.tables import Interaction, Kind

READ_AGAIN_AFTER, READ_AGAIN_SHARE = 2_000, 0.1
"""Messages dealt, at least, and of all there are: answers come at the pace of people, and each reading counts the
whole campaign anew. So it costs each message the same, however many there are."""


@dataclass
class Bandit:
    """What is known of one campaign's variants, in the order of its forms.

    ``given`` counts every message of this campaign that has a variant, ``tallies`` those that were sent, over all
    rounds of a campaign that comes again. Between two readings only ``given`` moves.
    """

    seed: str
    names: Sequence[str]
    tallies: Sequence[Tally]
    given: list[int]
    dealt: int = 0

    @property
    def is_old(self) -> bool:
        """Whether it is time to read it again."""
        return self.dealt >= max(READ_AGAIN_AFTER, READ_AGAIN_SHARE * sum(self.given))

    def deal(self, message_id: int) -> str:
        """The variant of a message, the same for the same tallies."""
        place = bandits.choose(self.tallies, self.given, f"bandit\x1f{self.seed}\x1f{message_id}")
        self.given[place] += 1
        self.dealt += 1
        return self.names[place]


@dataclass
class Learner:
    """The bandits of one drain. Two processes each keep the floor for what they give themselves."""

    known: dict[int, Bandit] = field(default_factory=dict)

    def deal(self, session: Session, due: Sequence[Due], now: datetime) -> None:
        """Write the variant into each of these messages that still waits for a bandit to decide."""
        waiting = [each for each in due if each.variant is None and each.campaign.allocation == Allocation.BANDIT]
        for campaign in {each.campaign.id: each.campaign for each in waiting}.values():
            self._refresh(session, campaign, now)
        for message in waiting:
            message.variant = self.known[message.campaign.id].deal(message.id)

    def _refresh(self, session: Session, campaign: Campaign, now: datetime) -> None:
        bandit = self.known.get(campaign.id)
        if bandit is None or bandit.is_old:
            self.known[campaign.id] = read(session, campaign, now)


def read(session: Session, campaign: Campaign, now: datetime) -> Bandit:
    """What is known of the campaign's variants now."""
    rounds = family(session, campaign)
    sent: Counter[str] = Counter()
    given: Counter[str] = Counter()
    by_variant = (
        select(Message.campaign_id, Message.variant, Message.state, func.count())
        .where(col(Message.campaign_id).in_(rounds), col(Message.variant).is_not(None))
        .group_by(col(Message.campaign_id), col(Message.variant), col(Message.state))
    )
    for number, variant, state, n in session.exec(by_variant):
        given[variant or ""] += n if number == campaign.id else 0
        sent[variant or ""] += n if state in SENT_STATES else 0
    answered = Counter(answers(session, rounds, timedelta(days=campaign.window_days), now).values())
    names = [form.name for form in campaign.forms]
    tallies = [Tally(sent[name], answered[name]) for name in names]
    return Bandit(campaign.seed, names, tallies, [given[name] for name in names])


def family(session: Session, campaign: Campaign) -> Sequence[int]:
    """The numbers of all rounds of what this campaign is a round of; of one that stands alone, its own."""
    if campaign.parent_id is None:
        return [campaign.id]
    return session.exec(select(Campaign.id).where(Campaign.parent_id == campaign.parent_id)).all()


def answers(session: Session, campaign_ids: Collection[int], window: timedelta, now: datetime) -> Mapping[int, str]:
    """The sent messages that were answered, each with its variant.

    An answer is a click on its link, its voucher redeemed, or a purchase after its sending and within the window that
    runs from ``counts_from`` that was not taken back. Read from the side of what customers did, for that is little.
    """
    is_theirs = (
        col(Message.campaign_id).in_(list(campaign_ids)),
        col(Message.state).in_(SENT_STATES),
        col(Message.variant).is_not(None),
    )
    found: dict[int, str] = {}
    about = select(Message.id, Message.variant, Message.counts_from, Interaction.at)
    since = session.exec(select(func.min(Message.sent_at)).where(*is_theirs)).one()
    if since is None:
        return found
    did = about.join(Interaction, col(Interaction.customer_id) == col(Message.customer_id)).where(
        *is_theirs,
        Interaction.at >= since,
        Interaction.at <= now,
        col(Interaction.at) >= col(Message.sent_at),
        or_(
            (col(Interaction.kind) == Kind.PURCHASE) & returned.is_kept(),
            (col(Interaction.kind) == Kind.CLICK) & (col(Interaction.message_id) == col(Message.id)),
        ),
    )
    for number, variant, counts_from, at in session.exec(did):
        if at < counts_from + window:
            found[number] = variant or ""
    redeemed = select(Message.id, Message.variant).join(Voucher, col(Voucher.message_id) == col(Message.id))
    for number, variant in session.exec(redeemed.where(*is_theirs, col(Voucher.redeemed_at).is_not(None))):
        found[number] = variant or ""
    return found
