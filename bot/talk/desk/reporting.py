"""A campaign's result in words: what was sent, what came of it, what the offer changed, and how sure that is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from babel.numbers import format_decimal

from bot.talk.replies import Teller
from campaigns.choosing.audiences import UNSEGMENTED
from campaigns.outcomes import results
from campaigns.outcomes.comparing import Lift
from campaigns.outcomes.results import Line, Report
from campaigns.tables import Campaign, State
from campaigns.words.composing import Reply, clean
from ledger import money

MOST_SEGMENTS = 4
OPEN = (State.PLANNED, State.SENDING)
TOLD_OF_SENT = (State.DELIVERED, State.READ)
LOST = (State.FAILED, State.UNKNOWN)


def told(teller: Teller, report: Report, campaign: Campaign, now: datetime) -> Reply:
    """The whole report, in the order in which one asks: what was sent, who answered, what changed, and the money.

    Of a campaign that sent nothing there is nothing to compare: the counts are all of it.
    """
    has_sent = report.sent > 0
    segments = _segments(teller, report) if has_sent else []
    return teller.say(
        "report",
        number=campaign.id,
        template=teller.word("templates", campaign.template),
        audience_name=teller.audience(campaign.audience),
        status=teller.word("statuses", campaign.status),
        rounds=report.rounds,
        audience=report.audience,
        sent=report.sent,
        fates=_fates(teller, report),
        holdout=report.holdout,
        withheld=[(teller.word("withheld", reason), n) for reason, n in report.withheld.items()],
        deeds=_deeds(teller, report),
        days=report.window_days,
        purchases=report.purchases,
        revenue=_amount(teller, report.revenue_minor, report),
        voucher_purchases=report.voucher_purchases,
        voucher_revenue=_amount(teller, report.voucher_revenue_minor, report),
        treated=report.treated.buyers,
        treated_n=report.treated.n if has_sent else 0,
        control=report.control.buyers,
        control_n=report.control.n,
        lift=points(teller, report.lift) if has_sent else None,
        verdict=teller.word("verdicts", results.verdict(report)),
        said=lift_told(teller, report.lift, results.verdict(report)) if has_sent else "",
        variants=_variants(teller, report, campaign),
        variants_said=variants_told(teller, report, campaign),
        segments=segments,
        compared=sum(each["lift"] is not None for each in segments),
        more_segments=max(0, len(report.segments) - MOST_SEGMENTS),
        cost=cost_told(teller, report),
        budget=teller.money(report.budget) if report.budget is not None else "",
        ends=ends_told(teller, report, now) if has_sent else "",
        moved=moved_told(teller, report) if has_sent else "",
    )


def moved_told(teller: Teller, report: Report) -> str:
    """Of a campaign that clears the stock, how many pieces went because of it; nothing of any other."""
    found = report.moved
    if found is None:
        return ""
    values = {
        "products": teller.number(found.products),
        "pieces": teller.number(found.pieces),
        "n": teller.number(found.n),
        "control": teller.number(found.pieces_control),
        "n_control": teller.number(found.n_control),
        "days": report.window_days,
    }
    if found.more is None or found.low is None or found.high is None:
        return teller.word("moved", "few" if found.n_control else "alone", **values)
    more = {
        name: teller.number(each) for name, each in (("more", found.more), ("low", found.low), ("high", found.high))
    }
    return teller.word("moved", "more" if found.low > 0 else "unclear", **values, **more)


def points(teller: Teller, lift: Lift) -> dict[str, str] | None:
    """A lift in percentage points with its interval and n; None where nothing can be said."""
    if lift.value is None or lift.low is None or lift.high is None:
        return None
    told = {
        name: format_decimal(share * 100, format="+#,##0.0;−#,##0.0", locale=teller.language)
        for name, share in (("value", lift.value), ("low", lift.low), ("high", lift.high))
    }
    return {**told, "n": str(lift.n)}


def lift_told(teller: Teller, lift: Lift, verdict: str) -> str:
    """A lift with its interval as one would say it, of a hundred people; nothing of too few."""
    if lift.low is None or lift.high is None or verdict == "too_few":
        return ""
    ends = sorted((abs(lift.low), abs(lift.high)) if lift.low * lift.high > 0 else (lift.low, lift.high))
    low, high = (_of_hundred(teller, abs(each)) for each in ends)
    side = "either" if lift.low * lift.high <= 0 else "more" if lift.low > 0 else "fewer"
    return teller.word("lift_said", side, low=low, high=high)


def _of_hundred(teller: Teller, share: float) -> str:
    return teller.number(share * 100, 0 if share >= 0.01 else 1)


def _fates(teller: Teller, report: Report) -> list[tuple[str, int]]:
    """What became of the messages, beyond that they were sent; of what the channel never told there is nothing."""
    fates = []
    for state in (*TOLD_OF_SENT, *OPEN, *LOST):
        n = report.states.get(state, 0)
        # Whoever read it got it delivered, too.
        n += report.states.get(State.READ, 0) if state == State.DELIVERED else 0
        codes = ", ".join(code for code in report.failed if code) if state == State.FAILED else ""
        if n:
            fates.append((teller.word("states", state) + (f" ({codes})" if codes else ""), n))
    return fates


def _deeds(teller: Teller, report: Report) -> list[str]:
    counts = {
        "clicks": report.clicks,
        "replies": report.replies,
        "vouchers": report.vouchers_redeemed,
        "opt_outs": report.opt_outs,
    }
    return [teller.word("report", name, n=n) for name, n in counts.items() if n or name in ("clicks", "opt_outs")]


def _variants(teller: Teller, report: Report, campaign: Campaign) -> list[dict[str, Any]]:
    if len(report.variants) < 2:
        return []
    return [{**_line(teller, each), "name": form_told(teller, campaign, each.name)} for each in report.variants]


def variants_told(teller: Teller, report: Report, campaign: Campaign) -> str:
    """Which variant did better, as far as it can be told."""
    best = form_told(teller, campaign, report.best_variant) if report.best_variant is not None else ""
    return teller.word("variants_said", report.variants_verdict, best=best)


def form_told(teller: Teller, campaign: Campaign, name: str) -> str:
    """What a variant is called, with its discount."""
    form = campaign.form(name)
    return teller.word("report", "discount", name=name, n=form.discount_percent) if form.discount_percent else name


def _segments(teller: Teller, report: Report) -> list[dict[str, Any]]:
    """The largest; none where there is only one, for then it says nothing new."""
    if len(report.segments) < 2:
        return []
    lines = report.segments[:MOST_SEGMENTS]
    return [{**_line(teller, each), "name": segment_told(teller, each.name)} for each in lines]


def segment_told(teller: Teller, key: str) -> str:
    """What those of a segment are called, "" for those in none."""
    if not key:
        name = teller.word("audiences", UNSEGMENTED)
        return name[:1].upper() + name[1:]
    return teller.composer.shelf(teller.language, "segments").get(key, clean(key))


def _line(teller: Teller, line: Line) -> dict[str, Any]:
    """A part of the campaign. Of too few no difference is given: it would be read."""
    return {
        "n": line.n,
        "clicks": line.clicks,
        "buyers": line.buyers,
        "control": line.control.buyers,
        "control_n": line.control.n,
        "lift": points(teller, line.lift) if line.verdict != "too_few" else None,
        "verdict": teller.word("verdicts", line.verdict),
    }


def _amount(teller: Teller, minor: int, report: Report) -> str:
    return money.in_words(minor, report.currency, teller.language) if report.currency and minor else ""


def cost_told(teller: Teller, report: Report) -> str:
    """What sending cost, and what is missing where that is not known; nothing where nothing was sent."""
    if not report.sent:
        return ""
    if report.cost is None:
        return teller.word("report", "unpriced")
    if not report.cost:
        return teller.word("report", "free")
    currency = teller.shop.currency
    amount = money.in_words(money.to_minor(report.cost, currency), currency, teller.language)
    return teller.word("report", "cost", cost=amount, n=report.sent)


def ends_told(teller: Teller, report: Report, now: datetime) -> str:
    """Until when the figures may change; nothing when that is past."""
    ends = report.window_ends_at
    if ends is None or ends <= now:
        return ""
    return teller.moment(ends)
