"""The day so far, in words."""

from __future__ import annotations

from babel.dates import format_date

from bot.talk.replies import MOST_ROWS, Teller
from campaigns.looking.today import Decision, Progress, Today
from campaigns.tables import Status
from campaigns.words.composing import Reply
from ledger import money

STALE_DAYS = 7
"""So long without a sale, the books are more likely behind than the shop empty."""


def told(teller: Teller, today: Today) -> Reply:
    """The day beside what is usual, what is under way, what waits for a decision, and what to do next."""
    local, language = today.at.astimezone(teller.shop.zone), teller.language
    usual, last = today.usual, today.last_sale
    return teller.say(
        "today",
        weekday=format_date(local, "EEEE", locale=language),
        date=format_date(local, "d MMMM y", locale=language),
        time=teller.clock(today.at),
        orders=teller.number(today.orders),
        revenue=money.in_words(today.revenue_minor, today.currency, language),
        usual=usual
        and {
            "orders": teller.number(usual.orders, 1),
            "revenue": money.in_words(round(usual.revenue_minor), today.currency, language),
            "n": usual.n,
        },
        last_sale=format_date(last.astimezone(teller.shop.zone), "d MMMM y", locale=language)
        if last and (today.at - last).days >= STALE_DAYS
        else "",
        joined=today.joined,
        left=today.left,
        messages=today.messages,
        writers=today.writers,
        campaigns=[_campaign(teller, each) for each in today.campaigns[:MOST_ROWS]],
        more=max(len(today.campaigns) - MOST_ROWS, 0),
        decisions=[_decision(teller, each) for each in today.decisions],
        running=next((each.campaign.id for each in today.campaigns if each.campaign.status == Status.RUNNING), 0),
    )


def _campaign(teller: Teller, each: Progress) -> dict[str, object]:
    campaign = each.campaign
    return {
        "number": campaign.id,
        "template": teller.word("templates", campaign.template),
        "audience": teller.audience(campaign.audience),
        "status": teller.word("statuses", campaign.status),
        "sent": teller.number(each.sent),
        "total": teller.number(each.total),
        "has_messages": each.total > 0,
    }


def _decision(teller: Teller, each: Decision) -> str:
    return teller.word("decisions", each.about, number=each.number or "", n=each.n)
