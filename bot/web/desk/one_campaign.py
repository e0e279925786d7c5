"""One campaign, all there is to see of it: the figures of /report, and what a chat has no room for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from bot.talk.desk import following, reporting, running, timing
from bot.talk.desk.command import called
from bot.talk.desk.compliance import duration
from bot.web.desk import charts, showing_words
from bot.web.desk.charts import LinePicture
from bot.web.desk.frame import Page, Visit
from campaigns.launching.drafts import Allocation
from campaigns.outcomes import closely, daily, progress, results
from campaigns.outcomes.charting import Charting
from campaigns.outcomes.charts import Lines, Point, Series
from campaigns.outcomes.closely import Closely
from campaigns.outcomes.comparing import Lift
from campaigns.outcomes.daily import Course, Day
from campaigns.outcomes.progress import Progress
from campaigns.outcomes.results import Line, Report
from campaigns.tables import Campaign, State, Status
from ledger.identity import mask
from ledger.notices import RANK
from ledger.tables import Role

MOMENT = timedelta(microseconds=1)
SLOWER_FROM = ((50_000, 60), (10_000, 20), (0, 5))
"""A page that costs more to make is fetched again more seldom: recipients, and seconds."""
FATES = (State.PLANNED, State.SENDING, State.SENT, State.DELIVERED, State.READ, State.FAILED, State.UNKNOWN)
MOST_DEALT = 30


def show_one(visit: Visit) -> Page:
    """The campaign whose number the address names; a page that says so where there is none."""
    number = visit.path.get("number", "")
    campaign = visit.session.get(Campaign, int(number)) if number.isdigit() and len(number) < 10 else None
    if campaign is None:
        return Page("missing", {}, status=404)
    seen = closely.look(visit.session, campaign, visit.shop.zone, visit.now)
    far = progress.progress(visit.session, campaign, visit.now)
    is_moving = campaign.status in (Status.RUNNING, Status.PREPARING)
    again = next(seconds for least, seconds in SLOWER_FROM if seen.report.audience >= least)
    return Page("campaign", _values(visit, campaign, seen, far), refresh_seconds=again if is_moving else 0)


def _values(visit: Visit, campaign: Campaign, seen: Closely, far: Progress) -> dict[str, Any]:
    teller, report = visit.teller, seen.report
    verdict, ends, sure = results.verdict(report), report.window_ends_at, seen.course.sure_since
    return {
        "number": campaign.id,
        "parent": campaign.parent_id,
        "template": teller.word("templates", campaign.template),
        "audience_name": teller.audience(campaign.audience),
        "status": campaign.status,
        "pause_reason": campaign.pause_reason,
        "when": timing.when(teller, campaign) if campaign.is_standing or campaign.start_at else "",
        "report": report,
        "funnel": _funnel(seen),
        "places": _places(visit, report),
        "failures": [(showing_words.failure(teller, code), n) for code, n in report.failed.items()],
        "deeds": {"replies": report.replies, "opt_outs": report.opt_outs},
        "verdict": teller.word("verdicts", verdict),
        "said": reporting.lift_told(teller, report.lift, verdict),
        "lift": reporting.points(teller, report.lift) if report.sent else None,
        "course": seen.course,
        "days": [_day(visit, each) for each in seen.course.days],
        "is_course": _is_worth_showing(seen.course),
        "level": visit.printer.percent(daily.claimed_among(seen.course.looks), 2),
        "sure": _day(visit, sure) if sure is not None else None,
        "picture": _picture(visit, seen.course) if _is_worth_showing(seen.course) else None,
        "funnel_picture": _funnel_picture(visit, report),
        "ends": ends if ends is not None and ends > visit.now and report.sent else None,
        "variants": _variants(visit, campaign, report),
        "variants_said": reporting.variants_told(teller, report, campaign),
        "dealt": _dealt(seen),
        "is_bandit": campaign.allocation == Allocation.BANDIT,
        "segments": [_line(visit, each, reporting.segment_told(teller, each.name)) for each in report.segments],
        "cost": reporting.cost_told(teller, report),
        "budget": teller.money(report.budget) if report.budget is not None else "",
        "spent": teller.money(far.spent) if far.budget is not None else "",
        "spending": seen.spending,
        "brought": _brought(visit, seen),
        "codes": seen.codes,
        "leavers": _leavers(visit, seen),
        "examples": [showing_words.example(teller, campaign, each) for each in seen.examples],
        "first_sent": seen.first_sent,
        "last_sent": seen.last_sent,
        "progress": _progress(visit, far) if far.status in running.MOVING else None,
        "commands": _commands(visit, campaign),
    }


def _funnel(seen: Closely) -> list[dict[str, Any]]:
    """The steps with their shares of those planned; of what a channel never told there is no step."""
    funnel = seen.funnel
    steps = [
        ("planned", funnel.planned, funnel.planned),
        ("sent", funnel.sent, funnel.planned),
        ("delivered", funnel.delivered, funnel.planned),
        ("read", funnel.read, funnel.planned),
        ("clicked", funnel.clicked, funnel.planned),
        ("bought", funnel.bought, funnel.chosen),
    ]
    return [
        {"key": key, "n": n, "of": of, "share": n / of if of else None}
        for key, n, of in steps
        if n or key not in ("delivered", "read")
    ]


def _places(visit: Visit, report: Report) -> list[tuple[str, int]]:
    """Where everybody of the audience is by now; the counts add up to it."""
    teller = visit.teller
    fates = [(teller.word("campaign_fates", state), report.states.get(state, 0)) for state in FATES]
    held = [(teller.word("campaign_fates", "holdout"), report.holdout)]
    out = sorted(report.withheld.items(), key=lambda each: (-each[1], each[0]))
    left = [(teller.word("campaign_fates", "left_out", why=teller.word("withheld", reason)), n) for reason, n in out]
    return [each for each in (*fates, *held, *left) if each[1]]


def _is_worth_showing(course: Course) -> bool:
    return len(course.days) > 1 and course.days[-1].lift.value is not None


def _day(visit: Visit, day: Day) -> dict[str, Any]:
    return {
        "day": _local(visit, day),
        "treated": day.treated,
        "control": day.control,
        "lift": reporting.points(visit.teller, day.lift),
        "wide": reporting.points(visit.teller, day.wide),
        "verdict": day.verdict,
    }


def _picture(visit: Visit, course: Course) -> LinePicture | None:
    """The difference, with the interval of a single look and the one for as many looks as there are days."""
    said = {key: visit.teller.word("campaign_page", key) for key in ("usual", "wide", "over_time")}
    days = [_local(visit, each) for each in course.days]
    usual = Series(said["usual"], tuple(map(_point, days, [each.lift for each in course.days])))
    wide = Series(said["wide"], tuple(map(_point, days, [each.wide for each in course.days])))
    return charts.lines(Lines(said["over_time"], (usual, wide)))


def _point(day: date, lift: Lift) -> Point:
    """In percentage points."""
    value, low, high = (100 * each if each is not None else None for each in (lift.value, lift.low, lift.high))
    return Point(day, value, low, high)


def _funnel_picture(visit: Visit, report: Report) -> charts.Rows | None:
    """The picture that /report sends."""
    chart = Charting(visit.teller.composer, visit.language).funnel(report)
    return charts.rows(chart) if chart is not None else None


def _local(visit: Visit, day: Day) -> date:
    """The day that ended then, or goes on."""
    return (day.until - MOMENT).astimezone(visit.shop.zone).date()


def _variants(visit: Visit, campaign: Campaign, report: Report) -> list[dict[str, Any]]:
    if len(report.variants) < 2:
        return []
    texts = {form.name: form.text or "" for form in campaign.forms}
    return [
        {**_line(visit, each, reporting.form_told(visit.teller, campaign, each.name)), "text": texts[each.name]}
        for each in report.variants
    ]


def _line(visit: Visit, line: Line, name: str) -> dict[str, Any]:
    """A part of the campaign. Of too few no difference is given: it would be read."""
    is_told = line.verdict != "too_few"
    return {
        "name": name,
        "line": line,
        "bought": line.buyers / line.n if line.n else None,
        "opened": line.clicks / line.sent if line.sent else None,
        "control": line.control,
        "lift": reporting.points(visit.teller, line.lift) if is_told else None,
        "verdict": visit.teller.word("verdicts", line.verdict),
    }


def _dealt(seen: Closely) -> list[dict[str, Any]]:
    """How a bandit gave its variants out, until the end of each day; of so many days not all."""
    step = -(-len(seen.dealt) // MOST_DEALT)
    shown = [each for place, each in enumerate(reversed(seen.dealt)) if place % max(1, step) == 0]
    return [
        {"day": each.day, "n": sum(n for _, n in each.sent), "sent": each.sent} for each in reversed(shown)
    ]  # fmt: skip


def _brought(visit: Visit, seen: Closely) -> dict[str, str] | None:
    """What each spends more with the offer, and all of them together; None where there are too few."""
    spending, all_of_them = seen.spending, seen.spending.brought_minor
    if all_of_them is None or spending.difference is None:
        return None
    named = dict(zip(("brought", "least", "most"), all_of_them, strict=True))
    named |= {"value": spending.difference, "low": spending.low or 0.0, "high": spending.high or 0.0}
    return {name: _signed(visit, minor, seen.report.currency) for name, minor in named.items()}


def _signed(visit: Visit, minor: float, currency: str | None) -> str:
    said = visit.printer.money(abs(minor), currency)
    return f"{'+' if minor > 0 else '−'}{said}" if round(minor) else said


def _leavers(visit: Visit, seen: Closely) -> Sequence[dict[str, Any]]:
    """Masked, and for those who may see addresses in chat."""
    if RANK[visit.role] < RANK[Role.MANAGER]:
        return []
    return [
        {"at": each.at, "who": f"{each.channel}:{mask(each.place)}" if each.place else each.channel,
         "variant": each.variant}
        for each in seen.leavers
    ]  # fmt: skip


def _progress(visit: Visit, far: Progress) -> dict[str, Any]:
    return {
        "sent": far.sent,
        "total": far.total,
        "prepared": far.prepared,
        "last_minute": far.last_minute,
        "remaining": duration(visit.teller, far.remaining),
        "waits": [following.wait_told(visit.teller, each) for each in far.waits],
        "is_running": far.status == Status.RUNNING,
    }


def _commands(visit: Visit, campaign: Campaign) -> list[dict[str, str]]:
    """What may be written in chat about it as it stands, by whoever looks, and the same on the command line."""
    there = {
        "report": True,
        "progress": campaign.status in running.MOVING,
        "pause": campaign.status in running.PAUSABLE,
        "resume": campaign.status in running.RESUMABLE,
        "cancel": campaign.status in (*running.PAUSABLE, *running.RESUMABLE),
    }
    return [
        {
            "does": visit.teller.word("campaign_commands", name),
            "chat": f"/{called(visit.language, name, running.COMMANDS[name])} {campaign.id}",
            "line": f"langganan {name} {campaign.id}",
        }
        for name, is_there in there.items()
        if is_there and RANK[visit.role] >= RANK[running.COMMANDS[name].least]
    ]
