"""What would happen, before anybody is written to: to whom, how, when, at what cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import cycle, islice

from sqlmodel import Session

from campaigns.channel import SIMULATOR
from campaigns.choosing import audiences, offers
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Chosen
from campaigns.choosing.shelf import Shelf, read_shelf
from campaigns.launching import budgets, evenness, power, reach, scheduling, starting
from campaigns.launching.drafts import SURVEY, Variant
from campaigns.launching.evenness import Uneven
from campaigns.launching.lots import first_by_lot
from campaigns.launching.plans import NOBODY, Plan
from campaigns.launching.power import Outlook
from campaigns.launching.reach import Reach
from campaigns.launching.recurring import Recurrence
from campaigns.problems import BadDraft
from campaigns.shop import Shop
from campaigns.surveys import inviting
from campaigns.tables import Campaign, State, Survey
from campaigns.words import contents, wording
from campaigns.words.composing import Composer
from campaigns.words.frames import LONGEST_BODY
from campaigns.words.phrasing import NO_PHRASING, Phrasing, phrasing, reached

SAMPLES = 3
MOST_WRITTEN = 8
"""Of so many messages the samples are picked."""
LOOKED_AT = 400


@dataclass(frozen=True)
class Sample:
    """A message as one customer would get it. ``length`` and ``longest`` are in characters.

    ``is_approved_wording``: they get it in words that the messenger's owner approves, or would.
    """

    candidate: Candidate
    variant: Variant
    text: str
    longest: int
    product_ids: tuple[int, ...] = ()
    is_approved_wording: bool = False

    @property
    def length(self) -> int:
        return len(self.text)


@dataclass(frozen=True)
class Preview:
    """What an owner sees before the yes. ``queued`` of the reached wait for another campaign's message too.

    ``reached`` is the plan with those among the chosen only to whom something can be said; ``reach`` is of them. Of
    ``looked_at`` of them there is something fitting to offer to ``fitting``; the others would be left alone.
    """

    plan: Plan
    reached: Plan
    samples: Sequence[Sample]
    reach: Reach
    outlook: Outlook
    fitting: int
    looked_at: int
    queued: int = 0
    phrasing: Phrasing = NO_PHRASING
    uneven: Uneven | None = None
    """The group it would reach much less than others, where one is."""

    @property
    def fitting_share(self) -> float:
        """The share of the chosen for whom there is something fitting to offer, as far as was looked."""
        return self.fitting / self.looked_at if self.looked_at else 1.0


def preview(
    session: Session, campaign: Campaign, composer: Composer, channels: Collection[str], shop: Shop, now: datetime
) -> Preview:
    """The plan as it would be at its start, and the messages as customers of different segments would get them.

    Of a campaign that waits for each customer's turn: the plan of those whose turn it is now.

    Raises BadDraft where the shop has nothing to show by this template, MissingPlaceholders or BrokenTemplate where
    the template will not do: all before anybody is written to.
    """
    budgets.require_priced(campaign, channels)
    at = begins(campaign, shop, now)
    planned, about = expected(session, campaign, channels, shop, at)
    words = phrasing(session, campaign, planned, at)
    whom = reached(planned, words)
    pen = _Pen(session, campaign, composer, read_shelf(session, at), shop, at, planned, words)
    # Where nobody is reached it is still shown what they would be told.
    some = _named(session, whom if whom.chosen else planned, campaign, channels, shop, at)
    choices = pen.choices(some, about)
    fitting = [(each, choice) for each, choice in zip(some, choices, strict=True) if choice is not None]
    samples = unlike(pen.written(fitting))
    if not fitting and campaign.trigger is not None:
        # Nobody's turn yet: shown as somebody of the audience would get it who says nothing of themselves.
        anybody = starting.plan(session, campaign, channels, shop, at)
        others = audiences.among(session, list(islice(anybody.reached(State.PLANNED), 1)), channels, shop, at)
        samples = unlike(replace(pen, plan=anybody).written([(each, pen.plain()) for each in others]))
    if not samples and not offers.could_show(campaign, pen.shelf, at):
        raise BadDraft("nothing_to_show", template=campaign.template)
    return Preview(
        plan=planned,
        reached=whom,
        samples=samples,
        reach=_reach(whom, shop),
        outlook=power.outlook(session, planned, campaign, at),
        fitting=len(fitting),
        looked_at=len(some),
        queued=starting.queued_elsewhere(session, campaign, whom if whom.chosen else planned),
        phrasing=words,
        uneven=evenness.unequal(session, campaign, planned, channels, shop, at),
    )


def begins(campaign: Campaign, shop: Shop, now: datetime) -> datetime:
    """When its first messages would go out."""
    if campaign.repeats is not None and campaign.is_standing:
        return Recurrence.read(campaign.repeats).next_after(now, shop.zone)
    return max(now, campaign.start_at or now)


def expected(
    session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, at: datetime
) -> tuple[Plan, Mapping[int, int | None]]:
    """Who would be written to at that time, and for whom it is about which product.

    Of a campaign that waits for each customer's turn: those whose turn it is.
    """
    if campaign.trigger is None:
        return starting.plan(session, campaign, channels, shop, at), {}
    about = scheduling.whose_turn(session, campaign.id, shop, at)
    return starting.plan(session, campaign, channels, shop, at, about), about


def _named(
    session: Session, plan: Plan, campaign: Campaign, channels: Collection[str], shop: Shop, at: datetime
) -> list[Candidate]:
    """The chosen, with their names; of so many that choosing for each would take long, LOOKED_AT by lot."""
    if plan.chosen <= LOOKED_AT:
        return audiences.among(session, list(plan.reached(State.PLANNED)), channels, shop, at)
    drawn = first_by_lot(plan.reached(State.PLANNED), LOOKED_AT, f"preview {campaign.seed}")
    people = {each.customer_id: each for each in audiences.among(session, drawn, channels, shop, at)}
    return [people[number] for number in drawn if number in people]


def unlike(samples: Sequence[Sample]) -> list[Sample]:
    """SAMPLES of them that differ in more than the name, or as many as there are variants: each of those once, and
    free and approved words at least once, where there are both."""
    by_words: dict[str, Sample] = {}
    for each in samples:
        name = wording.first_name(each.candidate.name)
        by_words.setdefault(each.text.replace(name, "…") if name else each.text, each)
    rest = list(by_words.values())
    first = list({each.variant.name: each for each in reversed(rest)}.values())[::-1]
    kinds = {each.is_approved_wording: each for each in reversed(rest)}
    first += [each for each in kinds.values() if each not in first]
    most = max(SAMPLES, len(first))
    return sorted((first + [each for each in rest if each not in first])[:most], key=samples.index)


def tried(
    session: Session,
    campaign: Campaign,
    shown: Preview,
    oneself: Candidate,
    composer: Composer,
    shop: Shop,
    now: datetime,
) -> list[Sample]:
    """What to try out on ``oneself``: the samples, or where nobody is to get it what anybody would be shown.

    Nothing of it is kept or counted. Raises as ``preview`` does.
    """
    if shown.samples:
        return list(shown.samples)
    pen = _Pen(session, campaign, composer, read_shelf(session, now), shop, now)
    return pen.written([(oneself, pen.plain())])


def different(people: Sequence[Candidate], n: int) -> list[Candidate]:
    """Up to ``n`` customers as unlike as can be: by segment, language, channel, and what they allow."""
    chosen: list[Candidate] = []
    rest = list(people)
    seen: list[set[object]] = [set(), set(), set(), set()]
    while rest and len(chosen) < n:
        best = max(rest, key=lambda each: sum(a not in known for a, known in zip(_traits(each), seen, strict=True)))
        rest.remove(best)
        chosen.append(best)
        for trait, kind in zip(_traits(best), seen, strict=True):
            kind.add(trait)
    return chosen


def _traits(candidate: Candidate) -> tuple[object, ...]:
    return candidate.segment, candidate.language, candidate.facts.channel, candidate.allows_profiling


def _reach(planned: Plan, shop: Shop) -> Reach:
    waits: dict[str, Counter[int]] = defaultdict(Counter)
    for _, fate, n in planned.groups():
        waits[fate.like.channel or ""][fate.waits // reach.DAY] += n
    return reach.outlook(waits, shop.prices)


@dataclass(frozen=True)
class _Pen:
    """Chooses and writes messages of one campaign that nobody gets."""

    session: Session
    campaign: Campaign
    composer: Composer
    shelf: Shelf
    shop: Shop
    at: datetime
    plan: Plan = NOBODY
    phrasing: Phrasing = NO_PHRASING

    def choices(self, people: Sequence[Candidate], about: Mapping[int, int | None]) -> list[Chosen | None]:
        wanted = [(self.campaign, each) for each in people]
        products = [about.get(each.customer_id) for each in people]
        return offers.chosen_for(self.session, wanted, self.shelf, self.shop, self.at, products)

    def plain(self) -> Chosen | None:
        """What anybody would be shown."""
        return offers.choose(self.campaign.template, None, self.shelf, self.at)

    def written(self, chosen: Sequence[tuple[Candidate, Chosen | None]]) -> list[Sample]:
        """Messages to customers as unlike as can be, in turn in each variant. Raises BadDraft for one too long."""
        choice_of = {each.customer_id: choice for each, choice in chosen if choice is not None}
        people = self._unlike([each for each, choice in chosen if choice is not None])
        is_survey = self.campaign.template == SURVEY
        longest = LONGEST_BODY if is_survey else self.composer.catalog[self.campaign.template].longest
        samples = [
            Sample(each, form, worded.text, longest, tuple(worded.facts["products"]), self._is_bound(each))
            for each, form in zip(people, cycle(self.campaign.forms), strict=False)
            for worded in [self._worded(each, form, choice_of[each.customer_id])]
        ]
        too_long = max((each.length for each in samples), default=0)
        if too_long > longest:
            raise BadDraft("too_long", longest=longest, length=too_long)
        return samples

    def _unlike(self, people: Sequence[Candidate]) -> list[Candidate]:
        """MOST_WRITTEN of them, both of those whom free text reaches and of the others; the larger kind first."""
        free = [each for each in people if not self._is_bound(each)]
        bound = [each for each in people if self._is_bound(each)]
        fewer, more = sorted((free, bound), key=len)
        some = different(fewer, MOST_WRITTEN // 2)
        return different(more, MOST_WRITTEN - len(some)) + some

    def _is_bound(self, candidate: Candidate) -> bool:
        """Whether only approved words reach them when it is their turn."""
        fate = self.plan.fate_of(candidate.customer_id)
        return fate in self.phrasing.bound or candidate.facts.needs_approved_words(self.at)

    def _worded(self, candidate: Candidate, form: Variant, choice: Chosen) -> wording.Worded | wording.WordedContent:
        if self.campaign.template == SURVEY:
            return self._invited(candidate)
        is_linked = self.shop.reaches_phones or candidate.facts.channel == SIMULATOR
        link = f"{self.shop.public_url}/r/…" if is_linked else ""
        whose = self.campaign, form, candidate, choice, link
        if not self._is_bound(candidate):
            return wording.word_offer(*whose, shelf=self.shelf, shop=self.shop, composer=self.composer)
        approved = contents.standing(self.session).of(
            self.campaign.template, candidate.language, bool(form.discount_percent)
        )
        return wording.word_content(
            *whose, shelf=self.shelf, shop=self.shop, composer=self.composer, approved=approved
        )

    def _invited(self, candidate: Candidate) -> wording.Worded:
        """To a survey, in words of our own where free ones reach them or WhatsApp's are not there yet."""
        survey, standing = self.session.get_one(Survey, self.campaign.id), contents.standing(self.session)
        approved = standing.of(SURVEY, candidate.language, is_discounted=False) if self._is_bound(candidate) else None
        said = inviting.said(survey, candidate, self.shop, self.composer, approved)
        return wording.Worded(said, False, {"products": []})
