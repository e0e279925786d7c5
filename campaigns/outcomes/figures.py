"""What recipients did after their message, read from the ledger: the figures a report is added up from.

Each counts from the row's own ``counts_from``, sent to or held out alike, for the campaign's window. What came back
counts in neither arm: an order taken back whole, whenever, is no order and makes nobody a buyer, and of one that came
back in part what was paid is less (ledger/returned.py says what belongs to which order).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Executable, Select, case, func, literal, select
from sqlmodel import Session, col

from campaigns.tables import SENT_STATES, Campaign, Message, State, Voucher
from ledger import returned
from ledger.columns import Moment
from ledger.tables import ConsentEvent, Customer, Interaction, Kind, Purpose

LEFT_WITHIN = timedelta(hours=72)
"""Who withdraws so soon after an offer left because of it, as far as anybody can tell."""
CLOSED = "closed"
"""In what remains of a row: it says all that will ever count for it, but for its voucher where AWAITED."""
AWAITED = "awaited"
"""In what remains of a row that is closed: its voucher was still good, and counts whenever it is used."""
MOST_APART = 400
"""Of so many campaigns each one's last window is told apart in a statement; of more, it is not worth the telling."""
OF_LINE = ("id", "at", "platform", "order_ref", "currency", "amount_minor")
Paid = dict[str, tuple[int, int]]
"""By currency ("" where none was said): how many lines, and what they came to in minor units."""


@dataclass(frozen=True)
class Orders:
    """So many orders, and what was paid for them."""

    count: int = 0
    paid: Paid = field(default_factory=dict)

    def __add__(self, other: Orders) -> Orders:
        paid = dict(self.paid)
        for currency, (lines, amount) in other.paid.items():
            known = paid.get(currency, (0, 0))
            paid[currency] = (known[0] + lines, known[1] + amount)
        return Orders(self.count + other.count, paid)


@dataclass(frozen=True)
class Deeds:
    """What one recipient did within their window."""

    has_bought: bool = False
    """Whether or not anything came to them: this alone is compared between the arms."""
    has_clicked: bool = False
    has_replied: bool = False
    has_left: bool = False
    has_redeemed: bool = False
    orders: Orders = Orders()
    """After their message."""
    by_voucher: Orders = Orders()
    """Paid with the voucher of their message, whenever that was."""
    bought_at: datetime | None = None
    """When they first bought; None also where that is not known any more, see outcomes/remains.py."""
    in_window: Orders = Orders()
    """Within the window, message or not: what an arm spends. Nothing of what is read no more."""

    def __add__(self, other: Deeds) -> Deeds:
        return Deeds(
            has_bought=self.has_bought or other.has_bought,
            has_clicked=self.has_clicked or other.has_clicked,
            has_replied=self.has_replied or other.has_replied,
            has_left=self.has_left or other.has_left,
            has_redeemed=self.has_redeemed or other.has_redeemed,
            orders=self.orders + other.orders,
            by_voucher=self.by_voucher + other.by_voucher,
            bought_at=min((each for each in (self.bought_at, other.bought_at) if each is not None), default=None),
            in_window=self.in_window + other.in_window,
        )


NOTHING = Deeds()


class Row(NamedTuple):
    """One member of the audience, as reports need them: a tuple, for there may be half a million of them."""

    id: int
    campaign_id: int
    customer_id: int
    state: str
    reason: str | None
    channel: str | None
    segment: str | None
    variant: str | None
    was_eligible: bool
    counts_from: datetime
    sent_at: datetime | None
    remains: Mapping[str, Any] | None
    family: int
    """The standing campaign that theirs is a round of, or else their campaign itself."""
    is_erased: bool

    @property
    def was_sent(self) -> bool:
        return self.state in SENT_STATES

    @property
    def is_held_out(self) -> bool:
        return self.state == State.HOLDOUT

    @property
    def is_read(self) -> bool:
        """Whether what they did is still read from the ledger; see ``remains.close``."""
        return not self.is_erased and not (self.remains or {}).get(CLOSED)

    @property
    def is_awaited(self) -> bool:
        """Whether nothing is read any more but what comes of its voucher."""
        return not self.is_erased and bool((self.remains or {}).get(AWAITED))


OF_MESSAGE = Row._fields[:-2]


def rows(session: Session, condition: ColumnElement[bool]) -> list[Row]:
    """The rows of whole campaigns or of one customer, by ``condition`` on Message."""
    session.flush()
    family = func.coalesce(col(Campaign.parent_id), col(Campaign.id))
    # Who turned out to be another is not erased: what came of their own row is still to be read.
    is_erased = col(Customer.erased_at).is_not(None) & col(Customer.merged_into).is_(None)
    columns = (*(getattr(Message, name) for name in OF_MESSAGE), family, is_erased)
    wanted = select(*columns).join(Customer, col(Customer.id) == col(Message.customer_id))
    wanted = wanted.join(Campaign, col(Campaign.id) == col(Message.campaign_id)).where(condition)
    return [Row._make(each) for each in session.connection().execute(wanted.order_by(col(Message.id)))]


def deeds(
    session: Session, audience: Sequence[Row], condition: ColumnElement[bool], windows: Mapping[int, timedelta]
) -> dict[int, Deeds]:
    """What each did, by the number of their row; who did nothing is not in it. ``windows`` are by campaign.

    Of the erased nothing can be read any more, and what is closed is read no more: it is in outcomes/remains.py.
    """
    awaited = {each.id for each in audience if each.is_awaited}
    reading = _Reading(session, {each.id: each for each in audience if each.is_read}, awaited, condition, windows)
    return reading.deeds() if reading.rows or awaited else {}


@dataclass
class _Reading:
    session: Session
    rows: Mapping[int, Row]
    awaited: Collection[int]
    """Of these only the voucher."""
    condition: ColumnElement[bool]
    windows: Mapping[int, timedelta]

    def deeds(self) -> dict[int, Deeds]:
        bought, clicked, replied, left = self._purchases(), self._clicked(), self._replied(), self._left()
        vouched, redeemed, back = self._by_voucher(), self._redeemed(), self._came_back()
        after, within = self._after_message(bought), self._once(bought)
        in_window = {*bought, *clicked, *replied, *left}.intersection(self.rows)
        by_code = {*vouched, *redeemed}.intersection({*self.rows, *self.awaited})
        return {
            number: Deeds(
                has_bought=number in bought,
                has_clicked=number in clicked and number in in_window,
                has_replied=number in replied,
                has_left=number in left and number in in_window,
                has_redeemed=number in redeemed or number in vouched,
                orders=_orders(after.get(number, ()), back.get(number, ())),
                by_voucher=_orders(vouched.get(number, ()), back.get(number, ())),
                bought_at=min((each.at for each in bought.get(number, ())), default=None),
                in_window=_orders(within.get(number, ()), back.get(number, ())),
            )
            for number in in_window | by_code
        }

    def _after_message(self, bought: Mapping[int, Sequence[Any]]) -> dict[int, list[Any]]:
        """The lines bought after a message: in several rounds' windows, after the last before it."""
        last: dict[tuple[int, int], tuple[datetime, Any]] = {}
        for each in (line for lines in bought.values() for line in lines):
            row = self.rows[each.row]
            if row.was_sent and row.sent_at is not None and row.sent_at <= each.at:
                known = last.get((row.family, each.id))
                if known is None or known[0] <= row.sent_at:
                    last[row.family, each.id] = row.sent_at, each
        return _by_row(each for _, each in last.values())

    def _once(self, bought: Mapping[int, Sequence[Any]]) -> dict[int, list[Any]]:
        """The lines of both arms, each once: in several rounds' windows, in the last one's."""
        last = {(self.rows[each.row].family, each.id): each for number in sorted(bought) for each in bought[number]}
        return _by_row(last.values())

    def _ends(self, number: int) -> datetime:
        row = self.rows[number]
        return row.counts_from + self.windows[row.campaign_id]

    def _purchases(self) -> dict[int, list[Any]]:
        """The lines each bought within their window."""
        if not self.rows:
            return {}
        wanted = self._lines(col(Message.customer_id) == col(Interaction.customer_id)).where(
            col(Interaction.at) >= col(Message.counts_from),
            col(Interaction.at) < self._over(),
        )
        return _by_row(each for each in self._all(wanted) if each.row in self.rows and each.at < self._ends(each.row))

    def _over(self) -> ColumnElement[datetime]:
        """When the last window of a message's own campaign is over: so that no round's rows are joined to all that
        was bought in later ones."""
        last: dict[int, datetime] = {}
        for row in self.rows.values():
            if row.campaign_id not in last or row.counts_from > last[row.campaign_id]:
                last[row.campaign_id] = row.counts_from
        over = {number: at + self.windows[number] for number, at in last.items()}
        if len(over) == 1 or len(over) > MOST_APART:
            return literal(max(over.values()), Moment())
        ends = {number: literal(at, Moment()) for number, at in over.items()}
        return case(ends, value=col(Message.campaign_id))

    def _by_voucher(self) -> dict[int, list[Any]]:
        return _by_row(self._all(self._lines(col(Message.id) == col(Interaction.message_id))))

    def _lines(self, whose: ColumnElement[bool]) -> Select[Any]:
        """Purchases joined to messages."""
        columns = (getattr(Interaction, name) for name in OF_LINE)
        wanted = select(col(Message.id).label("row"), *columns).join(Message, whose)
        return wanted.where(self.condition, col(Interaction.kind) == Kind.PURCHASE, returned.is_kept())

    def _came_back(self) -> dict[int, list[Any]]:
        """What each gave back of orders of which they kept something."""
        columns = (getattr(Interaction, name) for name in OF_LINE)
        theirs = col(Message.customer_id) == col(Interaction.customer_id)
        wanted = select(col(Message.id).label("row"), *columns).join(Message, theirs)
        return _by_row(self._all(wanted.where(self.condition, returned.came_back_of_kept())))

    def _clicked(self) -> set[int]:
        wanted = select(col(Message.id)).join(Interaction, col(Message.id) == col(Interaction.message_id))
        clicks = wanted.where(self.condition, col(Interaction.kind) == Kind.CLICK)
        return {each.id for each in self._all(clicks.distinct())}

    def _replied(self) -> set[int]:
        if not self.rows:
            return set()
        wanted = select(col(Message.id), col(Interaction.at)).where(
            self.condition,
            col(Message.customer_id) == col(Interaction.customer_id),
            col(Message.state).in_(SENT_STATES),
            col(Interaction.kind) == Kind.MESSAGE_IN,
            col(Interaction.at) >= col(Message.sent_at),
            col(Interaction.at) < self._over(),
        )
        return {each.id for each in self._all(wanted) if each.id in self.rows and each.at < self._ends(each.id)}

    def _left(self) -> set[int]:
        wanted = select(col(Message.id), col(Message.sent_at), col(ConsentEvent.at)).where(
            self.condition,
            col(Message.state).in_(SENT_STATES),
            col(ConsentEvent.purpose) == Purpose.OFFERS,
            ~col(ConsentEvent.granted),
            col(ConsentEvent.at) >= col(Message.sent_at),
        )
        said = [each for whose in said_by_recipient() for each in self._all(wanted.where(*whose))]
        return {each.id for each in said if each.at < each.sent_at + LEFT_WITHIN}

    def _redeemed(self) -> set[int]:
        wanted = select(col(Message.id)).join(Voucher, col(Voucher.message_id) == col(Message.id))
        return {each.id for each in self._all(wanted.where(self.condition, col(Voucher.redeemed_at).is_not(None)))}

    def _all(self, wanted: Executable) -> Sequence[Any]:
        return self.session.connection().execute(wanted).all()


def said_by_recipient() -> tuple[tuple[ColumnElement[bool], ...], ...]:
    """The conditions for an event of consent of a message's recipient: under their number, or one that was merged
    into it. Each for a statement of its own, which then finds its way by an index."""
    said, to = col(ConsentEvent.customer_id), col(Message.customer_id)
    return ((said == to,), (said == col(Customer.id), col(Customer.merged_into) == to))


def _by_row(lines: Iterable[Any]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    for each in lines:
        found[each.row].append(each)
    return found


def _orders(lines: Iterable[Any], back: Iterable[Any]) -> Orders:
    """The lines of one customer, an order's together, less what came ``back`` of these orders."""
    orders: set[tuple[str, str]] = set()
    paid: Paid = {}
    for each in lines:
        orders.add((each.platform, each.order_ref or f"line {each.id}"))
        known, amount = paid.get(each.currency or "", (0, 0))
        paid[each.currency or ""] = (known + 1, amount + (each.amount_minor or 0))
    for each in back:
        if (each.platform, each.order_ref) in orders and (each.currency or "") in paid:
            known, amount = paid[each.currency or ""]
            paid[each.currency or ""] = (known, amount - (each.amount_minor or 0))
    return Orders(len(orders), paid)


def windows(campaigns: Collection[Campaign]) -> dict[int, timedelta]:
    """How long each campaign's purchases are counted."""
    return {each.id: timedelta(days=each.window_days) for each in campaigns}
