"""Whether everybody is served alike, in words: all groupings, one of them, one campaign, and the shop's own limit."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_date
from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.launching import planning
from campaigns.looking import audit as looking
from campaigns.looking import auditing
from campaigns.looking.audit import (
    ALLOWED,
    LEAST,
    MONEY,
    NDCG,
    OFFERED,
    OFTEN,
    OTHERS,
    PERCENT,
    Audit,
    Figure,
    Served,
    Standing,
)
from campaigns.looking.auditing import Whole
from campaigns.looking.belonging import Grouping
from campaigns.looking.bubbles import Bubbles
from campaigns.problems import Problem
from campaigns.shop import Shop
from campaigns.words.composing import Laid, Reply
from ledger import money
from ledger.tables import Role

NUMBER = re.compile(r"#?\s*([0-9]{1,9})")
LIMIT = re.compile(r"(?:batas|limit)\s+(?:(0?[.,][0-9]{1,3}|1)|([0-9]{1,3})\s*(?:%|persen|percent)?)", re.IGNORECASE)
SPAN = re.compile(r"(.*?)\s*([0-9]{1,3})\s*(?:minggu|weeks?)", re.IGNORECASE)
GRAVEST = (Standing.BELOW, Standing.CANNOT_TELL, Standing.FAIR)
MOST_PROXIES = 4
WOULD = "would"
"""What OFFERED is called while nothing went out yet."""
GROUP_SHELVES = {
    Grouping.LANGUAGE: "approved_languages",
    Grouping.CHANNEL: "channels",
    Grouping.GENDER: "genders",
}
"""Where the words keep the names of groups that are not the shop's own words."""


@dataclass(frozen=True)
class Asked:
    """What somebody wants to see: a campaign, a grouping, or everything over some weeks; or a new limit."""

    grouping: Grouping | None = None
    campaign: int | None = None
    weeks: int = looking.WEEKS
    limit: float | None = None


def asked(teller: Teller, said: str) -> Asked:
    """What the words after the command mean. Raises Problem."""
    said = said.strip()
    if not said:
        return Asked()
    if found := LIMIT.fullmatch(said):
        part = float(found[1].replace(",", ".")) if found[1] else int(found[2]) / 100
        if not 0 < part <= 1:
            raise Problem("impossible_limit")
        return Asked(limit=part)
    if found := NUMBER.fullmatch(said):
        return Asked(campaign=int(found[1]))
    weeks, name = looking.WEEKS, said
    if found := SPAN.fullmatch(said):
        name, weeks = found[1].strip(), min(max(int(found[2]), 1), looking.MOST_WEEKS)
    return Asked(find(teller, name) if name else None, weeks=weeks)


def answer(turn: Turn, teller: Teller, said: str) -> list[Reply]:
    wanted = asked(teller, said)
    if wanted.limit is not None:
        looking.set_limit(turn.session, wanted.limit, by=turn.actor, now=turn.now)
        return [limited(teller, wanted.limit)]
    return [told(teller, wanted, looked(turn.session, wanted, turn.channels, turn.shop, turn.now))]


def looked(session: Session, wanted: Asked, channels: Collection[str], shop: Shop, now: datetime) -> Whole:
    """What is wanted, counted now."""
    if wanted.campaign is not None:
        return auditing.of_campaign(session, planning.find(session, wanted.campaign), channels, shop, now)
    if wanted.grouping is not None:
        return auditing.one(session, wanted.grouping, channels, shop, now, wanted.weeks)
    return auditing.whole(session, channels, shop, now, wanted.weeks)


def told(teller: Teller, wanted: Asked, whole: Whole) -> Reply:
    return one(teller, whole) if wanted.grouping is not None else overview(teller, whole)


def limited(teller: Teller, limit: float) -> Reply:
    """The shop's own limit, as it is from now on."""
    return teller.say("audit_limit", limit=percent(teller, limit))


def find(teller: Teller, name: str) -> Grouping:
    """The grouping that goes by ``name`` in either language. Raises Problem, naming those there are."""
    said = name.strip().casefold()
    for grouping in Grouping:
        ways = [
            way.strip()
            for language in ("id", "en")
            for way in teller.composer.word(language, "audit_groupings_also", grouping).split(",")
        ]
        if said in (grouping.value, *ways):
            return grouping
    known = ", ".join(teller.word("audit_groupings", each).casefold() for each in Grouping)
    raise Problem("unknown_grouping", name=name, known=known)


def overview(teller: Teller, whole: Whole) -> Reply:
    """Every grouping in a line, what stands in for a group, and how wide the offers are."""
    told = [each for each in whole.audits if each.measures]
    first = whole.audits[0]
    return teller.say(
        "audit",
        **_about(teller, first),
        rows=[Laid(_in_a_line(teller, each)) for each in told],
        single=[
            teller.word("audit_groupings", each.grouping).casefold()
            for each in whole.audits
            if each.people and not each.measures
        ],
        proxies=[Laid(each) for each in proxies(teller, whole.proxies)],
        bubbles=[Laid(each) for each in bubbles(teller, whole.bubbles)] if whole.bubbles is not None else [],
        looked_at=_day(teller, whole),
        most=next((teller.word("audit_groupings", each.grouping).casefold() for each in told), ""),
    )


def one(teller: Teller, whole: Whole) -> Reply:
    """One grouping, measure by measure."""
    audit = whole.audits[0]
    return teller.say(
        "audit_one",
        **_about(teller, audit),
        grouping=teller.word("audit_groupings", audit.grouping),
        rows=[
            {
                "says": teller.word("audit_measures", name),
                "groups": [Laid(_group(teller, audit, name, each)) for each in audit.measures[name].served],
            }
            for name in looking.MEASURES
            if name in audit.measures
        ],
        pairs=max((each.pairs for each in audit.measures.values()), default=0),
        hidden=teller.number(audit.hidden) if audit.hidden else "",
        unknown=teller.number(audit.unknown) if audit.unknown else "",
        proxies=[Laid(each) for each in proxies(teller, whole.proxies)],
        below=[
            Laid(mending(teller, audit, name, audit.measures[name].below[0]))
            for name in audit.below
        ],
    )  # fmt: skip


def mending(teller: Teller, audit: Audit, measure: str, worst: Served) -> str:
    """Who gets less than the limit, with figures, and a way to mend it."""
    best = audit.measures[measure].served[0]
    ratio = worst.ratio or worst.figure
    return teller.word(
        "audit_said",
        f"below_{measure}" if measure in (OFFERED, PERCENT) else "below",
        measure=teller.word("audit_measures_short", measure),
        worst=group_name(teller, audit.grouping, worst.name),
        best=group_name(teller, audit.grouping, best.name),
        its=_value(teller, audit, measure, worst.figure.value),
        bests=_value(teller, audit, measure, best.figure.value),
        ratio=teller.number(ratio.value, 2),
        interval=span(teller, ratio, 2),
        limit=teller.number(audit.limit, 2),
    )


def group_name(teller: Teller, grouping: Grouping, name: str) -> str:
    """What a group is called."""
    if name == OTHERS:
        return teller.word("audit_said", "others")
    shelf = GROUP_SHELVES.get(grouping)
    if shelf is None:
        return name
    return teller.composer.shelf(teller.language, shelf).get(name, name)


def proxies(teller: Teller, found: Sequence[dict[str, Any]]) -> list[str]:
    """What stands in for which group, the strongest first."""
    return [
        teller.word(
            "audit_said",
            "proxy",
            feature=feature_name(teller, each["feature"]),
            grouping=teller.word("audit_groupings", each["grouping"]).casefold(),
            strength=teller.number(each["strength"], 2),
            chance=teller.number(each["chance"], 2),
            n=teller.number(each["n"]),
        )
        for each in found[:MOST_PROXIES]
    ]


def feature_name(teller: Teller, key: str) -> str:
    """A feature in words; what is not worded keeps its key."""
    kind, _, rest = key.partition(":")
    if rest:
        return teller.word("audit_features_of", kind, name=rest.replace("_", " "))
    return teller.composer.shelf(teller.language, "audit_features").get(key, key.replace("_", " "))


def bubbles(teller: Teller, found: Bubbles) -> list[str]:
    """How wide the offers are, beside what people buy, and by week."""
    lines = []
    if found.offered is not None:
        lines.append(teller.word("bubbles", "offered", **_mean(teller, found.offered), kinds=found.kinds))
    if found.taste is not None and found.bought_by is not None:
        lines.append(
            teller.word(
                "bubbles", "taste",
                value=teller.number(found.taste.value, 2), offered=teller.number(found.bought_by.value, 2),
                n=teller.number(found.taste.n),
            )
        )  # fmt: skip
    if found.narrow is not None:
        lines.append(
            teller.word("bubbles", "narrow", **_share(teller, found.narrow), bound=teller.number(found.bound, 1))
        )
    if found.bubbles is not None:
        lines.append(teller.word("bubbles", "bubbles", **_share(teller, found.bubbles)))
    if found.people and found.offered is None:
        lines.append(teller.word("bubbles", "too_few", n=teller.number(found.people), least=found.least))
    for each in found.weeks[-4:]:
        day = format_date(each.begins, "d MMM", locale=teller.language)
        lines.append(teller.word("bubbles", "week", day=day, **_mean(teller, each.offered), kinds=found.kinds))
    return lines


def _about(teller: Teller, audit: Audit) -> dict[str, Any]:
    return {
        "weeks": audit.weeks,
        "campaign": audit.campaign,
        "is_draft": audit.is_draft,
        "n": teller.number(audit.people + audit.unknown),
        "allowing": teller.number(audit.allowing),
        "offers": teller.number(audit.offers),
        "limit": percent(teller, audit.limit),
        "least": LEAST,
        "refusing": teller.number(audit.refusing) if audit.refusing else "",
        "refusing_offered": teller.number(audit.refusing_offered),
        "step": audit.step if audit.step > 1 else 0,
    }


def _in_a_line(teller: Teller, audit: Audit) -> str:
    """The gravest measure decides what is said; the share who got an offer is shown where there is one."""
    standings = {name: each.standing for name, each in audit.measures.items() if name != ALLOWED}
    worst = next((each for each in GRAVEST if each in standings.values()), Standing.CANNOT_TELL)
    shown = OFFERED if OFFERED in audit.measures else ALLOWED
    groups = "; ".join(
        f"{group_name(teller, audit.grouping, each.name)} {percent(teller, each.figure.value)}"
        f" (n = {teller.number(each.figure.n)})"
        for each in audit.measures[shown].served
    )
    if worst is Standing.BELOW:
        name = next(name for name, each in standings.items() if each is Standing.BELOW)
        verdict = mending(teller, audit, name, audit.measures[name].below[0])
    else:
        verdict = teller.word("audit_standings", worst)
    return teller.word(
        "audit_said", "line",
        grouping=teller.word("audit_groupings", audit.grouping), verdict=Laid(verdict),
        shown=teller.word("audit_measures_short", WOULD if audit.is_draft and shown == OFFERED else shown),
        groups=Laid(groups),
    )  # fmt: skip


def _group(teller: Teller, audit: Audit, measure: str, each: Served) -> str:
    said = teller.word(
        "audit_said", "group",
        name=group_name(teller, audit.grouping, each.name),
        value=_value(teller, audit, measure, each.figure.value),
        low=_value(teller, audit, measure, each.figure.low), high=_value(teller, audit, measure, each.figure.high),
        n=teller.number(each.figure.n),
    )  # fmt: skip
    if each.ratio is None:
        return said
    beside = teller.word(
        "audit_said", "beside",
        ratio=teller.number(each.ratio.value, 2), interval=span(teller, each.ratio, 2),
        standing=teller.word("audit_standings_short", each.standing),
    )  # fmt: skip
    return f"{said} {beside}"


def _value(teller: Teller, audit: Audit, measure: str, value: float) -> str:
    if measure == MONEY:
        return money.in_words(round(value), audit.currency, teller.language)
    if measure in (OFTEN, NDCG):
        return teller.number(value, 2)
    return percent(teller, value / 100 if measure == PERCENT else value)


def percent(teller: Teller, value: float) -> str:
    return format_percent(value, locale=teller.language)


def span(teller: Teller, figure: Figure, decimals: int) -> str:
    high = teller.number(figure.high, decimals) if figure.high != float("inf") else "…"
    return f"{teller.number(figure.low, decimals)}–{high}"


def _mean(teller: Teller, figure: Figure) -> dict[str, Any]:
    found = span(teller, figure, 2)
    return {"value": teller.number(figure.value, 2), "interval": found, "n": teller.number(figure.n)}


def _share(teller: Teller, figure: Figure) -> dict[str, Any]:
    return {
        "value": percent(teller, figure.value),
        "interval": f"{percent(teller, figure.low)}–{percent(teller, figure.high)}",
        "n": teller.number(figure.n),
    }


def _day(teller: Teller, whole: Whole) -> str:
    return format_date(whole.mined_at.date(), "d MMMM", locale=teller.language) if whole.mined_at else ""


COMMANDS = {"audit": Command(Role.MANAGER, answer, also=("adil",))}
