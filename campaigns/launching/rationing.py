"""A budget that does not reach everybody: whom to write to this time, where past campaigns can tell whom it moves.

    let through by the gate → chosen, as far as the budget goes → the lot, among the chosen → written to | held out

The choice looks at what was known of people before and never at their lot, and the lot never at the choice: of the
chosen, those written to and those held out are alike, and what is compared is what the offer did to the chosen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import sqrt

from sqlmodel import Session

from campaigns import insights
from campaigns.launching import budgets
from campaigns.launching.lots import by_lot
from campaigns.launching.plans import Drawing, Ration
from campaigns.outcomes import families
from campaigns.sending.gate import Reason, Refused
from campaigns.tables import Campaign
from ledger import blocks

EXPLORED = Decimal("0.2")
"""Of what is spent on those whose history may be used, so much goes by lot: who is never written to, and never held
out, is never learned of."""


@dataclass(frozen=True)
class Purse:
    """``share`` of the chosen are held out and cost nothing; ``is_alone``: each by a lot of their own."""

    budget: Decimal
    share: Decimal
    is_alone: bool

    def room(self, n: int, dearest: Decimal) -> Decimal:
        """What may be planned for, so that the lot cannot make it dearer than the budget, but once in fifty rounds
        where each has a lot of their own."""
        if not self.share or not n:
            return self.budget
        beyond = 2 * sqrt(n * float(self.share * (1 - self.share))) if self.is_alone else 1.0
        return self.budget - dearest * Decimal(round(beyond, 3))


@dataclass(frozen=True)
class Person:
    """``score`` None: their history may not be used, or nothing is known of them."""

    number: int
    price: Decimal
    score: float | None


def ration(session: Session, campaign: Campaign, drawing: Drawing) -> None:
    """Leave out of ``drawing`` whom the budget does not reach, and keep there how the others were chosen.

    Nothing is done where there is no budget, it is enough for all, or no run tells whom an offer moves: then a
    campaign goes out in its order, and is held where the budget ends. Who costs nothing is never left out.
    """
    budget, told = budgets.of(campaign), insights.targeting(session)
    if budget is None or told is None:
        return
    places = [place for place, each in enumerate(drawing.alike) if _costs(campaign, drawing, each)]
    numbers = [drawing.numbers[place] for place in places]
    allowing = [drawing.likes[drawing.alike[place]].allows_profiling for place in places]
    scores = _scores(session, numbers, told.rule)
    people = [
        Person(number, _price(campaign, drawing, drawing.alike[place]), score if may_be_used else None)
        for number, place, score, may_be_used in zip(numbers, places, scores, allowing, strict=True)
    ]
    purse = Purse(budget, Decimal(str(campaign.holdout_share)), families.is_drawn_alone(campaign))
    found = chosen(people, purse, f"ration\x1f{campaign.seed}")
    if found is None:
        return
    by_rule, by_chance = found
    within, beyond = by_rule | by_chance, dict[int, int]()
    for place, number in zip(places, numbers, strict=True):
        if number not in within:
            alike = drawing.alike[place]
            if alike not in beyond:
                verdict = Refused(Reason.BEYOND_BUDGET)
                beyond[alike] = drawing.place_of(replace(drawing.likes[alike], verdict=verdict))
            drawing.alike[place] = beyond[alike]
    drawing.ration = Ration(told.rule, len(people), len(by_rule), len(by_chance), told.n, told.campaigns)


def chosen(people: Sequence[Person], purse: Purse, seed: str) -> tuple[set[int], set[int]] | None:
    """Whom the budget reaches, by their score and by lot; None where it reaches everybody, or nobody has a score.

    Those without a score have the same share of the money as of the cost, by lot: who does not allow the use of
    their history is neither chosen nor passed over for it.
    """
    cost = sum((each.price for each in people), Decimal())
    if not people or cost * (1 - purse.share) <= purse.budget or all(each.score is None for each in people):
        return None
    known, unknown = ([each for each in people if (each.score is None) is is_not] for is_not in (False, True))
    dearest = max(each.price for each in people)
    n = min(len(people), int(purse.budget / ((1 - purse.share) * cost / len(people))))
    room = max(purse.room(n, dearest), Decimal())
    of_known = room * sum((each.price for each in known), Decimal()) / cost
    by_number = {each.number: each for each in people}
    lots = {number: place for place, number in enumerate(by_lot(by_number, seed))}
    best = sorted(known, key=lambda each: (-(each.score or 0.0) / float(each.price), lots[each.number]))
    spent, by_rule = _filled(best, Decimal(), of_known * (1 - EXPLORED), purse)
    drawn = sorted((each for each in known if each.number not in by_rule), key=lambda each: lots[each.number])
    spent, explored = _filled(drawn, spent, of_known, purse)
    left = sorted(unknown, key=lambda each: lots[each.number])
    left += [each for each in drawn if each.number not in explored]
    _, others = _filled(left, spent, room, purse)
    return by_rule, explored | others


def _filled(people: Sequence[Person], spent: Decimal, most: Decimal, purse: Purse) -> tuple[Decimal, set[int]]:
    """As many of them, in their order, as fit beside what is spent."""
    within: set[int] = set()
    for each in people:
        cost = each.price * (1 - purse.share)
        if spent + cost > most:
            break
        spent += cost
        within.add(each.number)
    return spent, within


def _scores(session: Session, numbers: Sequence[int], rule: str) -> Iterator[float | None]:
    for begin in range(0, len(numbers), blocks.AT_ONCE):
        some = numbers[begin : begin + blocks.AT_ONCE]
        known = insights.prospects(session, some, rule)
        yield from (known.get(number) for number in some)


def _costs(campaign: Campaign, drawing: Drawing, place: int) -> bool:
    return drawing.likes[place].is_eligible and _price(campaign, drawing, place) > 0


def _price(campaign: Campaign, drawing: Drawing, place: int) -> Decimal:
    return budgets.price(campaign, drawing.likes[place].channel) or budgets.NOTHING
