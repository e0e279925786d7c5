"""What the gate needs to know of many people: read in blocks and by columns, and told once of all who are alike."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import and_, bindparam, literal, select, type_coerce, union_all
from sqlalchemy.types import NullType
from sqlmodel import Session, col

from campaigns import insights
from campaigns.choosing import promises
from campaigns.listening import hearing
from campaigns.sending.gate import Facts
from campaigns.shop import QuietHours, Shop
from campaigns.tables import SENT_STATES, Membership, Message, Segment, State
from ledger import answers, blocks, columns, consent, customers, merged, preferences, windows
from ledger.answers import Answer, Said
from ledger.columns import Moment
from ledger.consent import Standing
from ledger.preferences import Manners
from ledger.tables import EVERYWHERE, Address, Customer, Frequency, Purpose, TeamMember

OFFERED_STATES = (*SENT_STATES, State.SENDING, State.UNKNOWN)
DAYS_BETWEEN = {Frequency.ANY: 0, Frequency.WEEKLY: 7, Frequency.MONTHLY: 30}
REMEMBERED = 20_000
"""Of so many unlike kinds of people one remembers what was found; most shops have a few dozen."""
NOBODY = Standing()
PERSON = (
    col(Customer.id),
    col(Customer.language),
    col(Customer.zone),
    col(Customer.of_age),
    col(Customer.held_since).is_not(None),
    col(Customer.erased_at).is_not(None),
    col(Customer.source),
)
PLACE: tuple[Any, ...] = (
    col(Address.customer_id),
    col(Address.id),
    col(Address.channel),
    col(Address.origin),
    # As the database keeps them: of most it only matters whether there is one.
    *(
        type_coerce(col(getattr(Address, name)), NullType()).label(name)
        for name in ("last_inbound_at", "window_closed_at", "unreachable_since", "confirmed_at")
    ),
)


PLACES = blocks.Asked(col(Address.customer_id), lambda are: select(*PLACE).where(are).order_by(col(Address.id)))
ADDRESSED = blocks.Asked(
    col(Address.customer_id),
    lambda are: select(*PLACE, col(Address.address)).where(are).order_by(col(Address.id)),
)
TEAM = select(col(Address.customer_id)).join(TeamMember, col(TeamMember.address_id) == col(Address.id))
RECENT = blocks.Asked(
    col(Customer.id),
    lambda are: (
        select(col(Message.customer_id), col(Message.sending_at), col(Message.state))
        .join(
            Customer,
            and_(
                col(Message.customer_id) == col(Customer.id),
                col(Message.sending_at) > bindparam("since", type_=Moment()),
            ),
        )
        .where(are)
    ),
)


@dataclass(frozen=True, eq=False)
class Kind:
    """What is equal of all who are alike: equal people share one of these."""

    language: str
    segment: str | None
    allows_profiling: bool
    facts: Facts


class Known(NamedTuple):
    """One customer: who, where an offer would go to, and what the gate goes by."""

    customer_id: int
    address_id: int | None
    kind: Kind


class RollCall:
    """Reads people block by block, a handful of statements each, and remembers what was found of their like."""

    def __init__(self, session: Session, channels: Collection[str], shop: Shop, now: datetime) -> None:
        self.session, self.channels, self.shop, self.now = session, frozenset(channels), shop, now
        self._kinds: dict[tuple[Any, ...], Kind] = {}
        self._standings: dict[tuple[str, Said], tuple[Standing, int | None]] = {}

    @cached_property
    def team(self) -> frozenset[int]:
        """The customers whose address is of the shop's own team."""
        return self._apart[0]

    @cached_property
    def _complaining(self) -> frozenset[int]:
        return self._apart[1]

    @cached_property
    def _apart(self) -> tuple[frozenset[int], frozenset[int]]:
        """The team, and who has a complaint waiting: few of each, asked for together with every batch."""
        both = union_all(TEAM.add_columns(literal(0)), hearing.waiting(self.now).add_columns(literal(1)))
        sides: tuple[set[int], set[int]] = (set(), set())
        for customer, side in self.session.connection().execute(both):
            sides[side].add(customer)
        return frozenset(sides[0]), frozenset(sides[1])

    @cached_property
    def _promising(self) -> dict[str, int]:
        return promises.fewer_than(self.session, self.shop.caps.per_30_days)

    @cached_property
    def _run(self) -> tuple[int, Mapping[int, str]]:
        run = insights.current_run(self.session)
        if run is None:
            return 0, {}
        keys = select(col(Segment.id), col(Segment.key)).where(col(Segment.run_id) == run.id)
        return run.id, dict(self.session.connection().execute(keys).all())

    def known(self, people: Sequence[Sequence[Any]], *, are_all_wanted: bool = False) -> Iterator[Known]:
        """Those of these people, rows of PERSON in the order of their numbers, who count as customers.

        That is all but the team and, unless ``are_all_wanted``, who is provisional: made by a chat whose every
        address an import had brought first, for somebody who may be another or the same.
        """
        if not people:
            return
        # What the caller has changed counts.
        self.session.flush()
        ids = [each[0] for each in people]
        ones = merged.into(self.session, ids)
        places, said = self._places(ids), answers.said(self.session, ids, ones)
        manners, segments = self._manners(ids), self._segments(ids)
        offers = self._recent_offers(ids, ones)
        for person in people:
            number = person[0]
            theirs = places.get(number, ())
            if number in self.team or (not are_all_wanted and _is_provisional(person[6], theirs)):
                continue
            told = manners.get(number), segments.get(number), tuple(said.get(number, ())), offers.get(number, ())
            place = theirs[0] if len(theirs) == 1 else self._best(theirs, told[2], told[0])
            yield Known(number, place[1] if place else None, self._kind(person, place, *told))

    def _places(self, ids: Sequence[int]) -> dict[int, list[Any]]:
        places: dict[int, list[Any]] = {}
        for each in self.session.connection().execute(*PLACES.of(ids)).all():
            places.setdefault(each[0], []).append(each)
        return places

    def _manners(self, ids: Sequence[int]) -> dict[int, Manners]:
        return preferences.manners_of(self.session, ids)

    def _segments(self, ids: Sequence[int]) -> dict[int, int]:
        run, _ = self._run
        if not run:
            return {}
        wanted = select(col(Membership.customer_id), col(Membership.segment_id)).where(
            col(Membership.run_id) == run, blocks.are(col(Membership.customer_id), ids)
        )
        return dict(self.session.connection().execute(wanted).all())

    def _recent_offers(self, ids: Sequence[int], ones: Mapping[int, int]) -> dict[int, tuple[datetime, ...]]:
        """When each got an offer, or may have: what is on its way and what is uncertain counts too.

        Under whichever of their numbers, and in whichever chat.
        """
        since = self.now - self.shop.caps.memory
        numbers = sorted({*ids, *ones})
        times: dict[int, tuple[datetime, ...]] = {}
        rows = self.session.connection().execute(*RECENT.of(numbers, since=since))
        for number, at, state in rows.all():
            # Sifted here: asked by state, SQLite would walk through every message ever sent.
            if at is not None and state in OFFERED_STATES:
                one = ones.get(number, number)
                times[one] = (*times.get(one, ()), at)
        return times

    def _best(self, places: Sequence[Any], said: Said, manners: Manners | None) -> Any:
        """Of several: allowed, reachable, served, as they want it, written from, and lately."""
        wanted = manners.channel if manners is not None else None

        def preference(place: Any) -> tuple[Any, ...]:
            last = place.last_inbound_at
            return (
                self._standing(place, said)[0].offers is True,
                place.unreachable_since is None,
                place.channel in self.channels,
                place.channel == wanted,
                last is not None,
                last,
            )

        return max(places, key=preference, default=None)

    def _standing(self, place: Any, said: Said) -> tuple[Standing, int | None]:
        """What they allow there, and how many offers a month the words of their yes promised at most, if fewer.

        Permission is for where they wrote from; a number that came by an import may be somebody else's.
        """
        is_theirs = place.last_inbound_at is not None and customers.is_proven(place)
        key = place.channel, said
        if key not in self._standings:
            _forget_beyond(self._standings)
            self._standings[key] = _folded(said, place.channel, self._promising)
        standing, promised = self._standings[key]
        return (standing if is_theirs else NOBODY), promised

    def _free_until(self, place: Any) -> datetime:
        """Until when free words reach it; how long they have not is all one."""
        if place.channel not in windows.WINDOWED:
            return windows.ALWAYS
        heard = windows.Heard(place.channel, _moment(place.last_inbound_at), _moment(place.window_closed_at))
        until = windows.free_until(heard)
        return until if until > self.now else windows.LONG_AGO

    def _kind(
        self,
        person: Sequence[Any],
        place: Any,
        manners: Manners | None,
        segment: int | None,
        said: Said,
        offers: tuple[datetime, ...],
    ) -> Kind:
        number, language, zone, of_age, is_held, is_erased, *_ = person
        where: tuple[Any, ...] = ()
        if place is not None:
            _, _, channel, origin, last, _, unreachable, confirmed, *_ = place
            is_theirs = last is not None and (origin == customers.FROM_CHAT or confirmed is not None)
            where = channel, is_theirs, unreachable is None, self._free_until(place)
        is_complaining = number in self._complaining
        key = language, zone, of_age, is_held, is_erased, manners, segment, said, offers, where, is_complaining
        kind = self._kinds.get(key)
        if kind is None:
            _forget_beyond(self._kinds)
            kind = self._kinds[key] = self._told(person, place, manners, segment, said, offers)
        return kind

    def _told(
        self,
        person: Sequence[Any],
        place: Any,
        manners: Manners | None,
        segment: int | None,
        said: Said,
        offers: tuple[datetime, ...],
    ) -> Kind:
        number, language, zone, of_age, is_held, is_erased, *_ = person
        standing, promised = self._standing(place, said) if place is not None else (NOBODY, None)
        own, shop = manners or preferences.USUAL, self.shop
        return Kind(
            language=language or shop.language,
            # To count somebody into a segment is to use their history.
            segment=self._run[1].get(segment) if segment and standing.profiling is True else None,
            allows_profiling=standing.profiling is True,
            facts=Facts(
                is_erased=bool(is_erased),
                allows_offers=standing.offers,
                allows_research=standing.research,
                is_held=bool(is_held),
                has_complained=number in self._complaining,
                needs_age=shop.minimum_age is not None,
                is_of_age=(of_age or 0) >= (shop.minimum_age or 0),
                allows_profiling=standing.profiling,
                channel=place.channel if place is not None else None,
                channel_is_served=place is not None and place.channel in self.channels,
                is_reachable=place is not None and place.unreachable_since is None,
                recent_offers=offers,
                days_between=DAYS_BETWEEN[own.frequency],
                promised=promised,
                quiet_hours=_quiet_hours(own.quiet_hours),
                zone=_zone(zone, shop),
                free_until=self._free_until(place) if place is not None else windows.ALWAYS,
            ),
        )


class AddressedRollCall(RollCall):
    """The same for those who are to be written to: it keeps the addresses it comes by, by their numbers."""

    def __init__(self, session: Session, channels: Collection[str], shop: Shop, now: datetime) -> None:
        super().__init__(session, channels, shop, now)
        self.addresses: dict[int, str] = {}

    def _places(self, ids: Sequence[int]) -> dict[int, list[Any]]:
        places: dict[int, list[Any]] = {}
        for each in self.session.connection().execute(*ADDRESSED.of(ids)).all():
            places.setdefault(each[0], []).append(each)
            self.addresses[each[1]] = each[-1]
        return places


def _moment(kept: Any) -> datetime | None:
    """From what the database keeps: microseconds on SQLite."""
    return columns.moment(kept) if isinstance(kept, int) else kept


def _forget_beyond(found: dict[Any, Any]) -> None:
    if len(found) >= REMEMBERED:
        found.clear()


def _folded(said: Said, channel: str, promising: Mapping[str, int]) -> tuple[Standing, int | None]:
    everything: list[Any] = [Answer(*each) for each in said]
    about_offers = [
        each for each in everything if each.purpose == Purpose.OFFERS and each.scope in (channel, EVERYWHERE)
    ]
    last = about_offers[-1] if about_offers else None
    promised = promising.get(last.wording_hash) if last is not None and last.granted else None
    return consent.fold(everything, channel), promised


def _is_provisional(source: str, places: Sequence[Any]) -> bool:
    """Made by a chat, and nothing there is proven to be theirs."""
    return source == customers.FROM_CHAT and bool(places) and not any(map(customers.is_proven, places))


def _zone(name: str | None, shop: Shop) -> ZoneInfo | None:
    if not name:
        return shop.zone
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _quiet_hours(text: str | None) -> tuple[QuietHours, ...] | None:
    """Their own; None where nobody can read them."""
    try:
        return (QuietHours.read(text),) if text else ()
    except ValueError:
        return None
