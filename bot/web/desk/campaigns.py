"""All campaigns, the newest first: those that come again with their rounds under them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from bot.talk.desk import reporting, timing
from bot.web.desk.frame import Page, Visit
from bot.web.desk.one_campaign import show_one
from campaigns.outcomes import progress, results
from campaigns.tables import Campaign, Status

__all__ = ["show", "show_one"]

ON_A_PAGE = 6
MOST_ROUNDS = 8
MOST_COUNTED = 30_000
"""Recipients of one page whose results are counted for it: a larger campaign is counted when it is opened."""
MOVING_SECONDS = 10
Sent = Mapping[int, tuple[int, int]]


@dataclass(frozen=True)
class Family:
    """A campaign, and where it comes again its rounds, the newest first."""

    campaign: Campaign
    rounds: Sequence[Campaign]


def show(visit: Visit) -> Page:
    """A page of them; ``?page=2`` is the one after the newest."""
    n = visit.session.exec(select(func.count()).select_from(Campaign).where(*_is_listed())).one()
    pages = max(1, -(-n // ON_A_PAGE))
    page = min(max(1, _number(visit.query.get("page", ""))), pages)
    families = _families(visit.session, page)
    sent = progress.sent_of(visit.session, [each.id for one in families for each in (one.campaign, *one.rounds)])
    counted = _counted(families, sent)
    is_moving = any(each.campaign.status in (Status.RUNNING, Status.PREPARING) for each in families)
    return Page(
        "campaigns",
        {
            "rows": [_row(visit, each, sent, is_counted=each.campaign.id in counted) for each in families],
            "n": n,
            "page": page,
            "pages": pages,
        },
        refresh_seconds=MOVING_SECONDS if is_moving else 0,
    )


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else 1


def _is_listed() -> tuple[ColumnElement[bool], ...]:
    """No round, and more than a draft that was dropped."""
    was_dropped = (col(Campaign.status) == Status.CANCELLED) & col(Campaign.approved_at).is_(None)
    return col(Campaign.parent_id).is_(None), ~was_dropped


def _families(session: Session, page: int) -> list[Family]:
    newest = select(Campaign).where(*_is_listed()).order_by(col(Campaign.id).desc())
    shown = session.exec(newest.offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE)).all()
    rounds: defaultdict[int | None, list[Campaign]] = defaultdict(list)
    theirs = col(Campaign.parent_id).in_([each.id for each in shown])
    for each in session.exec(select(Campaign).where(theirs).order_by(col(Campaign.id).desc())):
        rounds[each.parent_id].append(each)
    return [Family(each, rounds[each.id]) for each in shown]


def _counted(families: Sequence[Family], sent: Sent) -> set[int]:
    """Those whose result this page counts: the smallest first, as long as there is room."""
    found, room = set(), MOST_COUNTED
    for each in sorted(families, key=lambda each: _total(each, sent)):
        room -= _total(each, sent)
        if room >= 0 and _reached(each, sent):
            found.add(each.campaign.id)
    return found


def _total(family: Family, sent: Sent) -> int:
    return sum(sent.get(each.id, (0, 0))[1] for each in (family.campaign, *family.rounds))


def _reached(family: Family, sent: Sent) -> int:
    return sum(sent.get(each.id, (0, 0))[0] for each in (family.campaign, *family.rounds))


def _row(visit: Visit, family: Family, sent: Sent, *, is_counted: bool) -> dict[str, object]:
    campaign = family.campaign
    told = results.report(visit.session, campaign) if is_counted else None
    return {
        **_headline(visit, campaign),
        "is_standing": campaign.is_standing,
        "when": timing.when(visit.teller, campaign) if campaign.is_standing else "",
        "next": campaign.start_at if campaign.repeats and campaign.status == Status.SCHEDULED else None,
        "sent": _reached(family, sent),
        "total": _total(family, sent),
        "rounds": [
            {**_headline(visit, each), "sent": sent.get(each.id, (0, 0))[0], "total": sent.get(each.id, (0, 0))[1]}
            for each in family.rounds[:MOST_ROUNDS]
        ],
        "n_rounds": len(family.rounds),
        "lift": reporting.points(visit.teller, told.lift) if told is not None else None,
        "verdict": results.verdict(told) if told is not None else "",
        "is_uncounted": told is None and _reached(family, sent) > 0,
        "has_holdout": told is not None and told.control.n > 0,
        "is_open": bool(told and told.window_ends_at and told.window_ends_at > visit.now),
    }


def _headline(visit: Visit, campaign: Campaign) -> dict[str, object]:
    return {
        "number": campaign.id,
        "template": visit.teller.word("templates", campaign.template),
        "audience": visit.teller.audience(campaign.audience),
        "status": campaign.status,
        "at": campaign.start_at or campaign.approved_at or campaign.created_at,
    }
