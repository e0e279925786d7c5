"""/demand: what is expected to sell, what runs out, what lies too long; one product in detail, with a picture."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_date
from sqlmodel import Session, col, select

from bot.talk.desk.command import Command
from bot.talk.replies import MOST_ROWS, Teller
from bot.talk.turn import Turn
from campaigns.looking import demand as looking
from campaigns.looking.demand import PERIOD, Between, Foretold, Standing
from campaigns.outcomes.charts import Bar, Chart, Look
from campaigns.problems import Problem
from campaigns.words.composing import Laid, Reply
from ledger.catalog import folded
from ledger.notices import RANK
from ledger.tables import Product, Role

SHELF = "demand_said"
MOST = 5
MOST_NAMED = 8
SHOWN_BEHIND = 10
SLIGHT = 0.1
"""Altogether so much too little or too much is worth a word."""
YEARS_FOR_A_SEASON = 104
"""Weeks: of fewer than two years nobody can tell a season from a good month."""
DELIVERY = re.compile(
    r"(?:delivery|deliveries|kirim|kiriman|pengiriman|kulakan)\s*:?\s*([0-9]{1,4})\s*(?:days?|hari)?"
)


@dataclass(frozen=True)
class Seen:
    """What is expected of all products, and of those the words are about."""

    told: Foretold | None
    standings: Sequence[Standing]
    delivery_days: int
    now: datetime
    words: str = ""
    matching: Sequence[Standing] = field(default=())

    @property
    def best(self) -> list[Standing]:
        return sorted((each for each in self.standings if each.expected.rate > 0), key=lambda e: -e.expected.rate)

    @property
    def sold_out(self) -> list[Standing]:
        """The stock is gone and some would sell, the most first."""
        return [each for each in self.best if each.stock == 0]

    @property
    def running_out(self) -> list[Standing]:
        """There is some, and it does not last until a delivery; the soonest first."""
        soon = [each for each in self.standings if each.stock and each.runs_out(self.delivery_days)]
        return sorted(soon, key=lambda each: (each.cover.middle if each.cover else 0.0, each.product.id))

    @property
    def overstaying(self) -> list[Standing]:
        """What would lie longest first, by how much more there is than will sell by then."""
        return sorted((each for each in self.standings if each.overstays), key=lambda each: -each.surplus)

    @property
    def spoiling(self) -> list[Standing]:
        """What expires before it is sold; the most left over first."""
        left = [(each, each.left_over(self.now)) for each in self.standings]
        spoil = [(each, over.middle) for each, over in left if over is not None and over.middle >= 1]
        return [each for each, _ in sorted(spoil, key=lambda pair: -pair[1])]

    def as_json(self) -> dict[str, Any]:
        shown = self.matching if self.words else self.standings
        return {
            "as_of": self.told.end.isoformat() if self.told is not None else None,
            "delivery_days": self.delivery_days,
            "held_out": dict(self.told.figures) if self.told is not None else None,
            "runs_out": [each.product.sku for each in self.running_out],
            "sold_out": [each.product.sku for each in self.sold_out],
            "overstays": [each.product.sku for each in self.overstaying],
            "products": [each.as_json(self.now) for each in shown],
        }


def look(session: Session, words: str, now: datetime) -> Seen:
    """What the run expects, with today's stock; ``words`` pick products by name, number, brand or category."""
    told = looking.foretold(session)
    products = session.exec(select(Product).order_by(col(Product.id))).all()
    standings = [each for each in (told.standing(product) for product in products) if each] if told else []
    return Seen(told, standings, looking.delivery_days(session), now, words, _matching(standings, words))


def _matching(standings: Sequence[Standing], words: str) -> list[Standing]:
    wanted = folded(words).split()
    if not wanted:
        return []
    exact = [each for each in standings if folded(words) in {folded(each.product.name), folded(each.product.sku)}]
    found = [each for each in standings if all(word in _written(each.product) for word in wanted)]
    return exact or sorted(found, key=lambda each: -each.expected.rate)


def _written(product: Product) -> str:
    return folded(f"{product.name} {product.sku} {product.brand} {product.category}")


def answer(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    """What the run expects; or how long a delivery takes, set from now on by managers and owners."""
    days = asked_delivery(said)
    if days is None:
        return [told(teller, look(turn.session, said.strip(), turn.now))]
    if RANK[turn.role or Role.STAFF] < RANK[Role.MANAGER]:
        raise Problem("delivery_not_yours")
    return [set_delivery(turn.session, teller, days, by=turn.actor, now=turn.now)]


def asked_delivery(said: str) -> int | None:
    """How many days a delivery shall take, where that is said."""
    asked = DELIVERY.fullmatch(folded(said.strip()))
    return int(asked[1]) if asked is not None else None


def set_delivery(session: Session, teller: Teller, days: int, *, by: str, now: datetime) -> Reply:
    """From now on what lasts no longer than ``days`` runs out. Raises Problem."""
    if not 1 <= days <= looking.MOST_DELIVERY_DAYS:
        raise Problem("impossible_delivery", most=looking.MOST_DELIVERY_DAYS)
    looking.set_delivery_days(session, days, by=by, now=now)
    return teller.say("demand_delivery", days=teller.number(days))


def told(teller: Teller, seen: Seen) -> Reply:
    """The overview; one product with its picture; or the list of those the words may mean."""
    if seen.told is None:
        return teller.say("demand_not_yet")
    if not seen.words:
        return _overview(teller, seen, seen.told)
    if len(seen.matching) == 1:
        return _one(teller, seen, seen.told, seen.matching[0])
    rows = [_row(teller, seen, each) for each in seen.matching[:MOST_ROWS]]
    more = max(len(seen.matching) - len(rows), 0)
    return teller.say("demand_found", words=seen.words, rows=rows, more=more, weeks=PERIOD)


def _overview(teller: Teller, seen: Seen, run: Foretold) -> Reply:
    return teller.say(
        "demand",
        weeks=PERIOD,
        as_of=_day(teller, run.end - timedelta(microseconds=1)),
        n_weeks=teller.number(run.figures.get("weeks", 0)),
        n=teller.number(len(seen.standings)),
        best=[_row(teller, seen, each) for each in seen.best[:MOST]],
        delivery=teller.number(seen.delivery_days),
        running_out=[_row(teller, seen, each) for each in seen.running_out[:MOST]],
        more_out=max(len(seen.running_out) - MOST, 0),
        sold_out=[_name(each) for each in seen.sold_out[:MOST_NAMED]],
        more_sold_out=max(len(seen.sold_out) - MOST_NAMED, 0),
        overstaying=[_row(teller, seen, each) for each in seen.overstaying[:MOST]],
        more_over=max(len(seen.overstaying) - MOST, 0),
        overstays=teller.number(looking.OVERSTAYS_DAYS),
        spoiling=[_row(teller, seen, each) for each in seen.spoiling[:MOST]],
        trust=Laid(_trust(teller, run.figures)),
        held=Laid(_held(teller, run.figures)),
        season=Laid(_season(teller, run.figures)),
    )


def _one(teller: Teller, seen: Seen, run: Foretold, each: Standing) -> Reply:
    said = teller.say(
        "demand_one",
        **_row(teller, seen, each),
        weeks=PERIOD,
        as_of=_day(teller, run.end - timedelta(microseconds=1)),
        n_weeks=each.weeks,
        borrowed=each.borrowed,
        behind=[_pieces(teller, pieces) for pieces in each.behind[-4:]],
        week=_range(teller, each.expected.pieces(1)),
        delivery=teller.number(seen.delivery_days),
        is_short=bool(each.stock) and each.runs_out(seen.delivery_days),
        is_long=each.overstays,
        trust=Laid(_trust(teller, run.figures)),
        season=Laid(_season(teller, run.figures)),
    )
    return replace(said, chart=picture(teller, run, each))


def picture(teller: Teller, run: Foretold, each: Standing) -> Chart:
    """The weeks behind in grey, the weeks ahead with from where to where they may be."""
    last = run.end - timedelta(microseconds=1)
    behind = each.behind[-SHOWN_BEHIND:]
    bars = [
        Bar(
            _short_day(teller, last - timedelta(weeks=len(behind) - 1 - n)),
            float(pieces or 0),
            "?" if pieces is None else teller.number(pieces),
            is_muted=True,
        )
        for n, pieces in enumerate(behind)
    ]
    week = each.expected.pieces(1)
    ahead = [
        Bar(_short_day(teller, last + timedelta(weeks=n)), week.middle, "", week.low, week.high)
        for n in range(1, PERIOD + 1)
    ]
    title = teller.word(SHELF, "chart", name=_name(each))
    note = teller.word(SHELF, "chart_note" if week.high is not None else "chart_note_plain", weeks=each.weeks)
    return Chart(Look.HOURS, title, (*bars, *ahead), note)


def _row(teller: Teller, seen: Seen, each: Standing) -> dict[str, Any]:
    """A product's figures in words."""
    cover, over = each.cover, each.left_over(seen.now)
    expires = each.product.expires_at
    return {
        "name": _name(each),
        "stock": "" if each.stock is None else teller.number(each.stock),
        "period": _range(teller, each.expected.pieces(PERIOD)),
        "cover": _days(teller, cover) if cover is not None else "",
        "surplus": teller.number(math.floor(each.surplus)),
        "expires": _day(teller, expires) if expires is not None else "",
        "left_over": _range(teller, over) if over is not None else "",
    }


def _range(teller: Teller, told: Between) -> str:
    """About how many pieces, and from where to where, rounded outward to whole ones."""
    about = (
        teller.number(round(told.middle)) if told.middle >= 1 or told.middle == 0 else teller.number(told.middle, 1)
    )
    if told.low is None or told.high is None:
        return teller.word(SHELF, "about", about=about)
    low, high = teller.number(math.floor(told.low)), teller.number(math.ceil(told.high))
    return teller.word(SHELF, "range", about=about, low=low, high=high)


def _days(teller: Teller, told: Between) -> str:
    about = teller.number(round(told.middle))
    if told.low is None:
        return teller.word(SHELF, "days", about=about)
    low = teller.number(math.floor(told.low))
    if told.high is None:
        return teller.word(SHELF, "days_from", about=about, low=low)
    return teller.word(SHELF, "days_range", about=about, low=low, high=teller.number(math.ceil(told.high)))


def _trust(teller: Teller, figures: Mapping[str, Any]) -> str:
    """How it did on weeks it had not seen, beside "the same as the weeks before"."""
    if figures.get("margin") is None or figures.get("error") is None:
        return teller.word(SHELF, "untried", weeks=teller.number(figures.get("weeks", 0)))
    shares = {
        name: _percent(teller, figures[name]) for name in ("error", "error_last", "margin", "low", "high")
    }  # fmt: skip
    key = "beats" if figures.get("beats") else "does_not_beat"
    n = {"n": teller.number(figures["n"]), "times": teller.number(figures["origins"])}
    counts = {name: teller.number(figures[name]) for name in ("better", "worse")}
    said = teller.word(SHELF, key, period=PERIOD, **shares, **n, **counts)
    if abs(figures["bias"] - 1) <= SLIGHT:
        return said
    side = "too_little" if figures["bias"] < 1 else "too_much"
    return f"{said} {teller.word(SHELF, side, share=_percent(teller, figures['bias']))}"


def _held(teller: Teller, figures: Mapping[str, Any]) -> str:
    """How many held-out results lay within the range."""
    share = figures.get("covered", {}).get("0.8")
    if share is None:
        return ""
    return teller.word(SHELF, "held", share=_percent(teller, share), n=teller.number(figures["covered_n"]))


def _season(teller: Teller, figures: Mapping[str, Any]) -> str:
    if figures.get("method") == "last_year":
        return teller.word(SHELF, "last_year")
    key = "season_short" if figures.get("weeks", 0) < YEARS_FOR_A_SEASON else "season_none"
    return teller.word(SHELF, key, weeks=teller.number(figures.get("weeks", 0)))


def _percent(teller: Teller, share: float) -> str:
    return f"{teller.number(round(100 * share))}%"


def _pieces(teller: Teller, pieces: int | None) -> str:
    return "?" if pieces is None else teller.number(pieces)


def _name(each: Standing) -> str:
    return each.product.name or each.product.sku


def _day(teller: Teller, at: datetime) -> str:
    return format_date(at.astimezone(teller.shop.zone), "d MMMM y", locale=teller.language)


def _short_day(teller: Teller, at: datetime) -> str:
    return format_date(at.astimezone(teller.shop.zone), "d/M", locale=teller.language)


COMMANDS = {"demand": Command(Role.STAFF, answer, also=("permintaan",))}
