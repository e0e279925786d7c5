"""What customers wrote lately, counted: how it was meant, what it was about, what is still to be seen to.

voices of the last weeks, and of as many before → shares with intervals · themes with masked quotes
urgent ones nobody has seen to → complaints, the oldest first
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlmodel import Session, col

from campaigns.listening.masking import masked
from campaigns.tables import Voice
from engine.experiments import difference_interval, proportion_interval
from engine.words import themes
from ledger.tables import Customer, Interaction, Kind, Product, Question, QuestionLine

WEEKS = 4
MOST_WEEKS = 52
POSITIVE, NEGATIVE, NEUTRAL, UNSURE = "positive", "negative", "neutral", "unsure"
LABELS = (POSITIVE, NEGATIVE, NEUTRAL, UNSURE)
LEAST_PEOPLE = 5
"""Of fewer no words are quoted, for they are known again; nor is a share of fewer told."""
MOST_QUOTES = 2
MOST_UNCOVERED = 500
"""So many texts, the latest, are looked through for themes that the code book does not know."""
MOST_ROWS = 5_000


@dataclass(frozen=True)
class Share:
    """``n`` of ``of`` were meant so, with a 95 % interval; ``change`` is the difference to the weeks before."""

    label: str
    n: int
    of: int
    share: float
    low: float
    high: float
    change: tuple[float, float, float] | None = None
    """(difference, low, high), 95 %; None where either span has too few."""


@dataclass(frozen=True)
class ThemeVoices:
    """``n`` texts of ``people`` customers are about it, ``negative`` of them are complaints or the like."""

    key: str
    words: str
    n: int
    people: int
    negative: int
    positive: int
    before: int
    """How many in as many weeks before."""
    quotes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Complaint:
    """One that somebody has to see to. ``number`` is its question's; None where it came by an import."""

    number: int | None
    interaction_id: int
    customer_id: int
    name: str
    at: datetime
    text: str
    is_answered: bool
    paused_until: datetime | None


@dataclass(frozen=True)
class ProductVoices:
    """Reviews of one product."""

    product_id: int
    name: str
    n: int
    negative: int
    complaints: int


@dataclass(frozen=True)
class Voices:
    """``n`` texts of ``people`` customers in ``weeks``; ``unjudged`` more came from who did not allow it, or wait."""

    weeks: int
    n: int
    people: int
    unjudged: int
    shares: tuple[Share, ...]
    themes: tuple[ThemeVoices, ...]
    complaints: tuple[Complaint, ...]
    products: tuple[ProductVoices, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """As --json tells it. Complaints without their words: those are for who sees to them."""
        told = asdict(self)
        told["complaints"] = [
            {
                "number": each.number,
                "interaction": each.interaction_id,
                "customer": each.customer_id,
                "at": each.at.isoformat(),
                "answered": each.is_answered,
                "paused_until": each.paused_until.isoformat() if each.paused_until else None,
            }
            for each in self.complaints
        ]
        return told


class Row(NamedTuple):
    interaction_id: int
    customer_id: int
    at: datetime
    label: str
    themes: list[str]
    is_urgent: bool
    text: str | None
    name: str
    product_id: int | None
    kind: str


def voices(session: Session, now: datetime, weeks: int = WEEKS) -> Voices:
    """What was written in the last ``weeks``, beside as many before."""
    span = timedelta(weeks=weeks)
    lately, before = _rows(session, now - span, now), _rows(session, now - 2 * span, now - span)
    return Voices(
        weeks=weeks,
        n=len(lately),
        people=len({each.customer_id for each in lately}),
        unjudged=max(_written(session, now - span, now) - len(lately), 0),
        shares=tuple(_shares(lately, before)),
        themes=tuple(_themes(lately, before)),
        complaints=tuple(complaints(session)),
        products=tuple(_products(session, lately)),
    )


def risen(session: Session, now: datetime, found: Voices) -> list[ThemeVoices]:
    """The themes of a larger share of what was written than in the weeks before, where chance cannot explain it."""
    span = timedelta(weeks=found.weeks)
    before = len(_rows(session, now - 2 * span, now - span))
    if min(before, found.n) < LEAST_PEOPLE:
        return []
    return [
        each
        for each in found.themes
        if each.people >= LEAST_PEOPLE
        and not each.words
        and difference_interval(each.n, found.n, each.before, before).low > 0
    ]


def complaints(session: Session) -> list[Complaint]:
    """The urgent ones nobody has seen to, the oldest first; of one question the first stands for all."""
    question = (
        select(func.min(QuestionLine.question_id))
        .where(col(QuestionLine.interaction_id) == col(Voice.interaction_id))
        .scalar_subquery()
    )
    wanted = (
        select(col(Voice.interaction_id), col(Voice.customer_id), col(Voice.at), col(Voice.paused_until), question)
        .where(col(Voice.is_urgent), col(Voice.done_at).is_(None))
        .order_by(col(Voice.at), col(Voice.interaction_id))
    )
    found, seen = list[Complaint](), set[int]()
    for said, customer, at, until, number in session.connection().execute(wanted).all():
        if number is not None and number in seen:
            continue
        seen.add(number or 0)
        text, person = session.get_one(Interaction, said).text, session.get_one(Customer, customer)
        asked = session.get(Question, number) if number is not None else None
        is_answered = asked is not None and asked.answered_at is not None
        found.append(Complaint(number, said, customer, person.name or "", at, text or "", is_answered, until))
    return found


def _rows(session: Session, since: datetime, until: datetime) -> list[Row]:
    wanted = (
        select(
            col(Voice.interaction_id),
            col(Voice.customer_id),
            col(Voice.at),
            col(Voice.label),
            col(Voice.themes),
            col(Voice.is_urgent),
            col(Interaction.text),
            col(Customer.name),
            col(Interaction.product_id),
            col(Interaction.kind),
        )
        .join(Interaction, col(Interaction.id) == col(Voice.interaction_id))
        .join(Customer, col(Customer.id) == col(Voice.customer_id))
        .where(col(Voice.at) > since, col(Voice.at) <= until)
        .order_by(col(Voice.at).desc(), col(Voice.interaction_id).desc())
        .limit(MOST_ROWS)
    )
    return [Row(*tuple(each)) for each in session.connection().execute(wanted).all()]


def _written(session: Session, since: datetime, until: datetime) -> int:
    """Messages passed on to the shop and reviews of that time, whoever wrote them."""
    between = col(Interaction.at) > since, col(Interaction.at) <= until, col(Interaction.text).is_not(None)
    lines = (
        select(func.count())
        .select_from(QuestionLine)
        .join(Interaction, col(Interaction.id) == col(QuestionLine.interaction_id))
    )
    asked = lines.where(col(QuestionLine.is_answer).is_(False), *between)
    brought = (
        select(func.count())
        .select_from(Interaction)
        .where(
            *between,
            (col(Interaction.kind) == Kind.REVIEW)
            | ((col(Interaction.kind) == Kind.MESSAGE_IN) & col(Interaction.source_ref).is_not(None)),
        )
    )
    return sum(session.connection().execute(each).scalar_one() for each in (asked, brought))


def _shares(lately: Sequence[Row], before: Sequence[Row]) -> Iterable[Share]:
    if len(lately) < LEAST_PEOPLE:
        return
    here, there = Counter(each.label for each in lately), Counter(each.label for each in before)
    for label in LABELS:
        found = proportion_interval(here[label], len(lately))
        change = None
        if len(before) >= LEAST_PEOPLE:
            moved = difference_interval(here[label], len(lately), there[label], len(before))
            change = (moved.value, moved.low, moved.high)
        yield Share(label, here[label], len(lately), found.value, found.low, found.high, change)


def _themes(lately: Sequence[Row], before: Sequence[Row]) -> list[ThemeVoices]:
    then = Counter(key for each in before for key in each.themes)
    by_key: dict[str, list[Row]] = defaultdict(list)
    for each in lately:
        for key in each.themes:
            by_key[key].append(each)
    found = [_theme(key, "", rows, then[key]) for key, rows in by_key.items()]
    uncovered = [each for each in lately if not each.themes and each.text][:MOST_UNCOVERED]
    coded = themes.code([each.text or "" for each in uncovered])
    own = (
        _theme(theme.key, theme.words, [uncovered[place] for place in theme.quotes], 0)
        for theme in coded
        if theme.words
    )
    # Its name is of somebody's own words: of few people they could be known by it.
    found += [each for each in own if each.people >= LEAST_PEOPLE]
    return sorted(found, key=lambda each: (-each.n, each.key))


def _theme(key: str, words: str, rows: Sequence[Row], before: int) -> ThemeVoices:
    people = len({each.customer_id for each in rows})
    labels = Counter(each.label for each in rows)
    quotes = _quotes(rows) if people >= LEAST_PEOPLE else ()
    return ThemeVoices(key, words, len(rows), people, labels[NEGATIVE], labels[POSITIVE], before, quotes)


def _quotes(rows: Sequence[Row]) -> tuple[str, ...]:
    """Of unlike people, what complains first: that is what one can act on."""
    order = sorted(rows, key=lambda each: (each.label != NEGATIVE, abs(len(each.text or "") - 70)))
    quotes: dict[int, str] = {}
    for each in order:
        if each.text and each.customer_id not in quotes and len(quotes) < MOST_QUOTES:
            quotes[each.customer_id] = masked(each.text, [each.name or ""])
    return tuple(dict.fromkeys(quotes.values()))


def _products(session: Session, rows: Collection[Row]) -> list[ProductVoices]:
    by_product: dict[int, list[Row]] = defaultdict(list)
    for each in rows:
        if each.product_id is not None and each.kind == Kind.REVIEW:
            by_product[each.product_id].append(each)
    named = select(col(Product.id), col(Product.name)).where(col(Product.id).in_(by_product.keys()))
    names: dict[int, str] = {each.id: each.name for each in session.connection().execute(named).all()}
    found = [
        ProductVoices(
            number,
            names.get(number, ""),
            len(of),
            sum(each.label == NEGATIVE for each in of),
            sum(each.is_urgent for each in of),
        )
        for number, of in by_product.items()
    ]
    return sorted(found, key=lambda each: (-each.negative, -each.n, each.name))
