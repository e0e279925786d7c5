"""Who shops alike, in words: all segments, or one of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.desk import moves, suggesting
from bot.talk.replies import Teller
from campaigns import insights
from campaigns.choosing import audiences, reasons
from campaigns.looking import segments as looking
from campaigns.looking.segments import Portrait, Seen
from campaigns.outcomes.charting import Charting
from campaigns.problems import UnknownAudience
from campaigns.tables import Segment
from campaigns.words.composing import Laid, Reply
from ledger import money

MOST_REASONS = 3
RECENCY, SPENT = "recency_days", "monetary_minor"
"""The features that a portrait tells of too."""


def overview(session: Session, teller: Teller) -> Reply:
    """All segments with their size, why they are called so, and how they changed since the run before."""
    trend, currency = looking.trend(session), insights.currency(session)
    rows = [
        {
            "name": teller.word("segments", each.segment.key),
            "key": each.segment.key,
            "size": teller.number(each.segment.size),
            "share": format_percent(each.segment.share, locale=teller.language),
            "trend": change(teller, each),
            "why": Laid(why(teller, each.segment, currency)),
            "line": Laid(suggesting.for_segment(teller, each.segment.key)),
            "within": within(teller, each, currency),
        }
        for each in trend.segments
    ]
    said = teller.say(
        "segments",
        rows=rows,
        one=None,
        total=teller.number(trend.n),
        gone=[(teller.word("segments", key), n) for key, n in trend.gone],
        before=_day(teller, trend.before_at),
        mined=_day(teller, trend.mined_at),
        moved=moves.shortly(session, teller),
        by_rule=by_rule(session, teller),
    )
    chart = Charting(teller.composer, teller.language).segments([each.segment for each in trend.segments])
    return replace(said, chart=chart)


def one(session: Session, teller: Teller, name: str, channels: Collection[str], now: datetime) -> Reply:
    """A single segment, by its key or its name in either language. Raises UnknownAudience."""
    segment = find(session, teller, name)
    return told(teller, looking.portrait(session, segment, channels, teller.shop, now), insights.currency(session))


def told(teller: Teller, portrait: Portrait, currency: str | None) -> Reply:
    """What is typical of a segment."""
    spent, explained = portrait.spent_minor, {each["feature"] for each in portrait.segment.reasons[:MOST_REASONS]}
    row = {
        "name": teller.word("segments", portrait.segment.key),
        "key": portrait.segment.key,
        "share": format_percent(portrait.segment.share, locale=teller.language),
        "n": teller.number(portrait.n),
        "buyers": teller.number(portrait.buyers),
        "why": Laid(why(teller, portrait.segment, currency)),
        # What a reason tells of, beside what is usual, is not told a second time with the figure of another day.
        "days": "" if portrait.days_since is None or RECENCY in explained else teller.number(portrait.days_since),
        "spent": ""
        if spent is None or SPENT in explained
        else money.in_words(spent, portrait.currency, teller.language),
        "bought": portrait.bought,
        "reached": teller.number(portrait.reached),
        "personal": teller.number(portrait.personal),
        "line": Laid(suggesting.for_segment(teller, portrait.segment.key)),
    }
    return teller.say("segments", rows=[], one=row, total="", gone=[], before="", mined="", moved=[], by_rule="")


def find(session: Session, teller: Teller, name: str) -> Segment:
    """The segment of that key, or of that name in either language. Raises UnknownAudience."""
    wanted = " ".join(name.strip(" \"'“”").casefold().split())
    for each in [*insights.segments(session), *insights.micro_segments(session)]:
        named = {teller.composer.shelf(language, "segments").get(each.key, "") for language in ("id", "en")}
        if wanted in {word.casefold() for word in named}:
            return each
    try:
        return audiences.find_segment(session, wanted)
    except UnknownAudience as fault:
        known = ", ".join(teller.word("segments", each.key) for each in insights.segments(session))
        raise UnknownAudience("unknown_segment", name=name, known=known) from fault


def why(teller: Teller, segment: Segment, currency: str | None) -> str:
    """The reasons for a segment's name, in a line; amounts are in ``currency``, the shop's unless said."""
    spent_in = currency or teller.shop.currency
    return "; ".join(
        reasons.segment(teller.composer, teller.language, each, spent_in) for each in segment.reasons[:MOST_REASONS]
    )


def within(teller: Teller, seen: Seen, currency: str | None) -> list[dict[str, Any]]:
    """The smaller segments in one, each by its own name alone, with what it goes by as an audience."""
    return [
        {
            "name": teller.word("segments", each.key.split(insights.WITHIN)[-1]),
            "audience": teller.word("segments", each.key),
            "size": teller.number(each.size),
            "share": format_percent(each.share, locale=teller.language),
            "why": Laid(why(teller, each, currency)),
        }
        for each in seen.within
    ]


def by_rule(session: Session, teller: Teller) -> str:
    """That the groups were made by rule, and why; nothing where segments were found."""
    told = insights.grouped_by_rule(session)
    if told is None:
        return ""
    customers, least = told
    if customers >= least:
        return teller.word("grouped_by", "rfm_rules")
    return teller.word("grouped_by", "few", n=teller.number(customers), least=teller.number(least))


def change(teller: Teller, seen: Seen) -> str:
    """ "+12", "−3", "new"; nothing where there was no run before."""
    if seen.is_new:
        return teller.word("trends", "new")
    if seen.change is None:
        return ""
    return teller.signed(seen.change) if seen.change else teller.word("trends", "same")


def _day(teller: Teller, at: datetime | None) -> str:
    return format_date(at.astimezone(teller.shop.zone), "d MMMM y", locale=teller.language) if at else ""
