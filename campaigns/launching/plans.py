"""A campaign's audience with what is to become of each: in columns, so that a million people take a few megabytes."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from campaigns.sending.gate import Allowed, Deferred, Reason, Refused, Unknown, Verdict
from campaigns.shop import QuietHours
from campaigns.tables import State


@dataclass(frozen=True)
class Like:
    """What those have in common of whom the gate says the same: all that a plan, and its preview, go by."""

    channel: str | None
    segment: str | None
    language: str
    allows_profiling: bool
    free_until: datetime
    zone: ZoneInfo | None
    quiet_hours: tuple[QuietHours, ...] | None
    verdict: Verdict
    takes_place: bool
    """Whether it takes one of the places of their channel's day, as far as can be told."""

    @property
    def is_eligible(self) -> bool:
        return isinstance(self.verdict, Allowed | Deferred)

    @property
    def left_out_for(self) -> Reason | None:
        return self.verdict.reason if isinstance(self.verdict, Refused | Unknown) else None


@dataclass(frozen=True)
class Fate:
    """What is to become of somebody: PLANNED, HOLDOUT or WITHHELD; not before when, and what they wait for.

    ``waits`` is for the day on which their channel has room; what they buy counts from that day on. Who is held out
    waits as those they are compared with.
    """

    like: Like
    state: State
    variant: str | None = None
    not_before: datetime | None = None
    reason: Reason | None = None
    waits: timedelta = timedelta()


@dataclass(frozen=True)
class Ration:
    """How those were chosen whom a budget reaches: of ``of`` people so many ``by_rule``, whom the offer moves most
    ("uplift") or who are likeliest to buy ("response"), and ``by_lot``. Learned from ``n`` people of past campaigns.
    """

    rule: str
    of: int
    by_rule: int
    by_lot: int
    n: int
    campaigns: int


@dataclass(frozen=True)
class Plan:
    """Who would get a campaign's message now, who is held out, and why the others are left out.

    ``numbers`` are the customers in order, ``addresses`` where each would be written to (0: nowhere), ``falls`` each
    one's place in ``fates``. ``capped_until`` is when the cap lets go of each whom it leaves out, in microseconds.
    """

    numbers: Sequence[int] = ()
    addresses: Sequence[int] = ()
    falls: Sequence[int] = ()
    fates: Sequence[Fate] = ()
    capped_until: Sequence[int] = ()
    mute: frozenset[int] = frozenset()
    """Fates, by their place, of those to whom nothing can be said: they count for nobody here."""
    counts: Counter[int] = field(default_factory=Counter)
    ration: Ration | None = None
    """Where a budget does not reach everybody."""

    @cached_property
    def chosen(self) -> int:
        return self._of(State.PLANNED)

    @cached_property
    def held_out(self) -> int:
        return self._of(State.HOLDOUT)

    @cached_property
    def left_out(self) -> int:
        return self._of(State.WITHHELD)

    @property
    def audience(self) -> int:
        return self.chosen + self.held_out + self.left_out

    @property
    def later(self) -> int:
        """How many of the chosen have to wait."""
        return sum(n for _, fate, n in self.groups() if fate.not_before is not None)

    def _of(self, state: State) -> int:
        return sum(
            n for place, n in self.counts.items() if self.fates[place].state is state and place not in self.mute
        )

    def groups(self) -> Iterator[tuple[int, Fate, int]]:
        """The chosen by what becomes of them: its place, what it is, and of how many."""
        for place, n in sorted(self.counts.items()):
            if self.fates[place].state is State.PLANNED and place not in self.mute:
                yield place, self.fates[place], n

    def reached(self, *states: State) -> Iterator[int]:
        """The customers of these states, in order."""
        wanted = bytes(each.state in states and place not in self.mute for place, each in enumerate(self.fates))
        return (number for number, fall in zip(self.numbers, self.falls, strict=True) if wanted[fall])

    def fate_of(self, customer_id: int) -> int | None:
        """The place of what becomes of this customer; None for who is not in the audience."""
        place = bisect_left(self.numbers, customer_id)
        is_there = place < len(self.numbers) and self.numbers[place] == customer_id
        return self.falls[place] if is_there else None

    def as_json(self) -> dict[str, Any]:
        counts = {"audience": self.audience, "chosen": self.chosen, "holdout": self.held_out}
        ration = {"ration": asdict(self.ration)} if self.ration is not None else {}
        return {**counts, "withheld": self.reasons(), **ration}

    def reasons(self) -> dict[str, int]:
        """How many are left out for which reason, the commonest first."""
        counted: Counter[str] = Counter()
        for place, n in self.counts.items():
            if (reason := self.fates[place].like.left_out_for) is not None:
                counted[reason.value] += n
        return dict(counted.most_common())


NOBODY = Plan()


class Drawing:
    """A plan in the making: people are added with what they have in common, then each is given a fate."""

    def __init__(self) -> None:
        self.numbers, self.addresses, self.alike = array("q"), array("q"), array("I")
        self.likes: list[Like] = []
        self.capped_until = array("q")
        self.ration: Ration | None = None
        self._places: dict[Like, int] = {}

    def place_of(self, like: Like) -> int:
        """Where this is kept; it is, from now on."""
        if like not in self._places:
            self._places[like] = len(self.likes)
            self.likes.append(like)
        return self._places[like]

    def add(self, customer_id: int, address_id: int | None, place: int) -> None:
        self.numbers.append(customer_id)
        self.addresses.append(address_id or 0)
        self.alike.append(place)

    def eligible(self) -> bytes:
        """By their place in ``likes``, whether the gate lets them through."""
        return bytes(each.is_eligible for each in self.likes)

    def filled(self, fates: Collection[Fate], falls: Sequence[int]) -> Plan:
        counts = Counter(falls)
        return Plan(
            self.numbers, self.addresses, falls, list(fates), self.capped_until, counts=counts, ration=self.ration
        )
