"""What came of a campaign: fates that add up, what people did, what it cost, and the lift against the holdout."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import reduce
from operator import add
from typing import Any

from sqlmodel import Session, col, or_, select

from campaigns.choosing.goals import CLEAR_STOCK
from campaigns.launching import budgets
from campaigns.launching.drafts import Allocation
from campaigns.outcomes import comparing, families, figures, remains
from campaigns.outcomes.comparing import Arm, Lift, lift
from campaigns.outcomes.figures import NOTHING, Deeds, Orders, Row
from campaigns.outcomes.moved import Moved, moved
from campaigns.outcomes.remains import Share
from campaigns.tables import Campaign, Message, State, TrackedLink
from engine.experiments import Verdict
from ledger import interactions

__all__ = ["Arm", "Lift", "Line", "Report", "Tally", "lift", "open_link", "report", "tally", "verdict"]

BETTER, CANNOT_TELL, SHIFTING, ALONE = "better", "cannot_tell", "shifting", "alone"
"""What is said of the variants. SHIFTING: a bandit's were not dealt out alike all the time, so they are counted, not
compared. ALONE: there is only one."""


@dataclass(frozen=True)
class Line:
    """A part of a campaign, a variant or a segment: ``n`` were to get it, ``sent`` did.

    Clicks there are only where something was sent, so ``lift``, against ``control``, counts buyers alone.
    """

    name: str
    n: int
    sent: int
    clicks: int
    buyers: int
    control: Arm
    lift: Lift
    verdict: str = Verdict.TOO_FEW
    """What may be said of the lift, among so many parts: each is asked to be as much surer as there are parts."""


@dataclass(frozen=True)
class Report:
    """``holdout``, ``states`` and ``withheld`` add up to ``audience``, always. ``failed`` says why, by code.

    Those count rows, of a campaign that comes again one for each customer and round, and so do ``sent`` and
    ``vouchers_redeemed``; all else counts customers, each once however many rounds they were in. ``purchases`` are
    orders of recipients after their message and within their window, each once; ``voucher_purchases`` those paid with
    its code, whenever.
    ``opt_outs`` withdrew within 72 hours of it. ``cost`` is in the shop's currency, None where a price is not known.
    ``within`` is the share of the variance that lies within segments: by it the intervals are narrowed. It is 1
    where each customer drew a lot of their own, as in all that comes again.
    """

    campaign: int
    template: str
    segment: str
    status: str
    audience: int
    holdout: int
    states: dict[str, int]
    withheld: dict[str, int]
    failed: dict[str, int]
    clicks: int
    purchases: int
    revenue_minor: int
    currency: str | None
    treated: Arm
    control: Arm
    lift: Lift
    window_days: int
    window_ends_at: datetime | None
    rounds: int
    sent: int
    replies: int
    opt_outs: int
    vouchers_redeemed: int
    voucher_purchases: int
    voucher_revenue_minor: int
    cost: Decimal | None
    budget: Decimal | None
    within: float
    variants: tuple[Line, ...]
    variants_verdict: str
    best_variant: str | None
    segments: tuple[Line, ...]
    moved: Moved | None = None
    """Of a campaign that clears the stock: how much of it went because of it."""

    def as_json(self) -> dict[str, Any]:
        ends = self.window_ends_at.isoformat() if self.window_ends_at else None
        cost = str(self.cost) if self.cost is not None else None
        budget = f"{self.budget:f}" if self.budget is not None else None
        return {**asdict(self), "window_ends_at": ends, "cost": cost, "budget": budget, "verdict": verdict(self)}


def report(session: Session, campaign: Campaign) -> Report:
    """The campaign as it stands now; of one that comes again, all its rounds together.

    A customer then counts once: they are held out of every round or of none (outcomes/families.py), and bought if
    they did in any of their windows. Each drew a lot of their own, and nothing narrows the interval.
    """
    counted = tally(session, campaign)
    told = counted.report()
    if campaign.template != CLEAR_STOCK:
        return told
    return replace(told, moved=_moved(session, counted))


def _moved(session: Session, counted: Tally) -> Moved | None:
    condition = col(Message.campaign_id).in_([each.id for each in counted.rounds])
    side = {each.customer_id: each.is_held_out for each in (*counted.chosen, *counted.held_out)}
    return moved(session, counted.audience, side, condition, figures.windows(counted.rounds))


def tally(session: Session, campaign: Campaign) -> Tally:
    """The campaign's rows, with its rounds' where it comes again, and what came of each: all a report is made of."""
    family = or_(col(Campaign.id) == campaign.id, col(Campaign.parent_id) == campaign.id)
    rounds = session.exec(select(Campaign).where(family).order_by(col(Campaign.id))).all()
    condition = col(Message.campaign_id).in_([each.id for each in rounds])
    audience = figures.rows(session, condition)
    did = remains.completed(audience, figures.deeds(session, audience, condition, figures.windows(rounds)))
    return Tally(campaign, rounds, audience, did)


def verdict(report: Report) -> str:
    """What may honestly be said of the lift: higher, lower, no_difference_seen or too_few."""
    return comparing.verdict(report.treated, report.control, report.within).value


def open_link(session: Session, token: str, at: datetime) -> TrackedLink | None:
    """Note that a person followed a link; None for a token that was never given out."""
    link = session.get(TrackedLink, token)
    if link is None:
        return None
    message = session.get_one(Message, link.message_id)
    interactions.log_click(session, message.customer_id, link.product_id, message.channel or "", message.id, at)
    return link


class Tally:
    """A campaign's rows and what their customers did, added up.

    ``chosen`` and ``held_out`` are its people, each once; ``theirs`` is what each did, by the number of their row.
    """

    def __init__(
        self, campaign: Campaign, rounds: Sequence[Campaign], audience: Sequence[Row], did: Mapping[int, Deeds]
    ) -> None:
        self.campaign, self.rounds, self.audience, self.did = campaign, rounds, audience, did
        people, self.theirs = families.once(audience, did)
        self.chosen = [each for each in people if not each.is_held_out]
        self.held_out = [each for each in people if each.is_held_out]
        self.groups = self._groups()
        self.is_drawn_alone = families.is_drawn_alone(campaign)
        self.within = 1.0 if self.is_drawn_alone else comparing.within(map(_both, self.groups.values()))

    def report(self) -> Report:
        treated, control = self._arm(self.chosen), self._arm(self.held_out)
        orders, vouched = self._orders(lambda did: did.orders), self._orders(lambda did: did.by_voucher)
        currency = _commonest(orders) or _commonest(vouched)
        variants = tuple(self._variants(control))
        said, best = self._best(variants)
        return Report(
            campaign=self.campaign.id,
            template=self.campaign.template,
            segment=self.campaign.audience,
            status=self.campaign.status,
            audience=len(self.audience),
            holdout=sum(each.is_held_out for each in self.audience),
            states=dict(
                Counter(each.state for each in self.audience if each.state not in (State.WITHHELD, State.HOLDOUT))
            ),
            withheld=self._reasons(State.WITHHELD),
            failed=self._reasons(State.FAILED),
            clicks=self._count("has_clicked"),
            purchases=orders.count,
            revenue_minor=_amount(orders, currency),
            currency=currency or None,
            treated=treated,
            control=control,
            lift=lift(treated, control, self.within),
            window_days=self.campaign.window_days,
            window_ends_at=self._ends(),
            rounds=len(self.rounds) - 1,
            sent=sum(each.was_sent for each in self.audience),
            replies=self._count("has_replied"),
            opt_outs=self._count("has_left"),
            vouchers_redeemed=sum(each.has_redeemed for each in self.did.values()),
            voucher_purchases=vouched.count,
            voucher_revenue_minor=_amount(vouched, currency),
            cost=self._cost(),
            budget=budgets.of(self.campaign),
            within=self.within,
            variants=variants,
            variants_verdict=said,
            best_variant=best,
            segments=tuple(self._segments()),
        )

    def _arm(self, rows: Sequence[Row]) -> Arm:
        """Everybody the lot put on one side, whatever became of their message: so the sides stay alike."""
        return Arm(len(rows), sum(self._of(each).has_bought for each in rows))

    def _of(self, row: Row) -> Deeds:
        return self.theirs.get(row.id, NOTHING)

    def _count(self, deed: str) -> int:
        return sum(getattr(each, deed) for each in self.theirs.values())

    def _reasons(self, state: State) -> dict[str, int]:
        return dict(Counter(each.reason or "" for each in self.audience if each.state == state))

    def _orders(self, which: Callable[[Deeds], Orders]) -> Orders:
        return reduce(add, map(which, self.did.values()), Orders())

    def _ends(self) -> datetime | None:
        """When nothing can change any more."""
        windows = figures.windows(self.rounds)
        return max((each.counts_from + windows[each.campaign_id] for each in self.audience), default=None)

    def _cost(self) -> Decimal | None:
        prices = {each.id: each.prices for each in self.rounds}
        sent = Counter((each.campaign_id, each.channel or "") for each in self.audience if each.was_sent)
        if any(channel not in prices[number] for number, channel in sent):
            return None
        return sum((n * Decimal(prices[number][channel]) for (number, channel), n in sent.items()), Decimal(0))

    def _variants(self, control: Arm) -> Iterator[Line]:
        is_shifting = self.campaign.allocation == Allocation.BANDIT
        for form in self.campaign.forms:
            rows = [each for each in self.chosen if each.variant == form.name]
            arm = self._arm(rows)
            found = Lift(None, None, None, arm.n + control.n) if is_shifting else lift(arm, control, self.within)
            said = Verdict.TOO_FEW if is_shifting else _among(len(self.campaign.forms), arm, control, self.within)
            sent, clicks = sum(each.was_sent for each in rows), sum(self._of(each).has_clicked for each in rows)
            yield Line(form.name, arm.n, sent, clicks, arm.buyers, control, found, said)

    def _best(self, variants: Sequence[Line]) -> tuple[str, str | None]:
        if len(variants) < 2:
            return ALONE, None
        if self.campaign.allocation == Allocation.BANDIT:
            return SHIFTING, None
        best = comparing.best({each.name: Arm(each.n, each.buyers) for each in variants}, self.within)
        return (BETTER, best) if best is not None else (CANNOT_TELL, None)

    def _segments(self) -> Iterator[Line]:
        """The largest first."""
        for name, each in sorted(self.groups.items(), key=lambda item: (-item[1].n - item[1].held_out, item[0])):
            arm, control = Arm(each.n, each.buyers), Arm(each.held_out, each.held_out_buyers)
            said = _among(len(self.groups), arm, control)
            yield Line(name, each.n, each.sent, each.clicks, each.buyers, control, lift(arm, control), said)

    def _groups(self) -> dict[str, Share]:
        """The sums by segment, as of each one's first round; of the erased kept apart, see outcomes/remains.py."""
        sums: defaultdict[str, Share] = defaultdict(Share, remains.by_segment(self.campaign))
        for row in (*self.chosen, *self.held_out):
            if not row.is_erased:
                sums[row.segment or ""] += remains.share_of(row, self._of(row))
        return {key: share for key, share in sums.items() if share != Share()}


def _among(parts: int, arm: Arm, control: Arm, within: float = 1.0) -> Verdict:
    """Bonferroni's: of several looked at, one that only seems to differ is no likelier than with one."""
    return comparing.verdict(arm, control, within, confidence=1 - (1 - comparing.CLAIMED_AT) / parts)


def _both(share: Share) -> Arm:
    return Arm(share.n + share.held_out, share.buyers + share.held_out_buyers)


def _commonest(orders: Orders) -> str | None:
    """The currency of most lines."""
    return max(orders.paid, key=lambda unit: (orders.paid[unit][0], unit), default=None)


def _amount(orders: Orders, currency: str | None) -> int:
    return orders.paid.get(currency or "", (0, 0))[1]
