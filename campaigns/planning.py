"""A campaign's life until it runs: draft, preview, approve; and what stops it: pause, resume, cancel."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

from sqlalchemy import func, insert, update
from sqlmodel import Session, col, select

from campaigns import audiences, gate, holdout, offers, variants, wording
from campaigns.audiences import Candidate
from campaigns.composing import Composer, message_path
from campaigns.drafts import Draft, Variant, When
from campaigns.gate import Deferred, Reason, Refused, Unknown, Verdict
from campaigns.problems import BadDraft, NotNow, UnknownCampaign
from campaigns.shelf import read_shelf
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign, Message, State, Status
from ledger import audit

SAMPLES = 3
LARGEST_DISCOUNT = 90
LARGEST_HOLDOUT = 0.9
ROWS_AT_ONCE = 5_000


@dataclass(frozen=True)
class Plan:
    """Who would get a campaign's message now, who is held out, and why the others are left out."""

    chosen: Sequence[tuple[Candidate, Verdict]]
    held_out: Sequence[Candidate]
    left_out: Sequence[tuple[Candidate, Reason]]

    @property
    def audience(self) -> int:
        return len(self.chosen) + len(self.held_out) + len(self.left_out)

    def as_json(self) -> dict[str, Any]:
        counts = {"audience": self.audience, "chosen": len(self.chosen), "holdout": len(self.held_out)}
        return {**counts, "withheld": self.reasons()}

    def reasons(self) -> dict[str, int]:
        """How many are left out for which reason, the commonest first."""
        return dict(Counter(reason.value for _, reason in self.left_out).most_common())


@dataclass(frozen=True)
class Preview:
    """What an owner sees before the yes."""

    plan: Plan
    samples: Sequence[tuple[Candidate, str]]


def draft(
    session: Session,
    composer: Composer,
    wanted: Draft,
    *,
    shop: Shop,
    by: str,
    now: datetime,
) -> Campaign:
    """A campaign to look at; nothing is planned yet. Raises BadDraft or UnknownAudience.

    What the draft leaves open is as usual: no discount, the shop's holdout, at once.
    """
    template, when = wanted.template or "", wanted.when or When()
    percent = shop.holdout_share * 100 if wanted.holdout_percent is None else wanted.holdout_percent
    if template not in composer.catalog:
        raise BadDraft("unknown_template", name=template, known=", ".join(composer.catalog))
    if any(not 0 <= each.discount_percent <= LARGEST_DISCOUNT for each in wanted.variants):
        raise BadDraft("impossible_discount", largest=LARGEST_DISCOUNT)
    if not 0 <= percent <= LARGEST_HOLDOUT * 100:
        raise BadDraft("impossible_holdout", largest=round(LARGEST_HOLDOUT * 100))
    _require_fillable(composer, template)
    campaign = Campaign(
        template=template,
        audience=audiences.resolve(session, wanted.audience or audiences.EVERYONE),
        holdout_share=percent / 100,
        variants=[each.as_json() for each in wanted.variants or (Variant(),)],
        allocation=wanted.allocation,
        product_ids=list(wanted.product_ids),
        at_best_hour=when.at_best_hour,
        repeats=str(when.repeats) if when.repeats else None,
        trigger=when.trigger,
        start_at=when.at,
        window_days=shop.window_days,
        prices={channel: str(price) for channel, price in shop.prices.items()},
        seed=secrets.token_hex(8),
        created_by=by,
        created_at=now,
    )
    session.add(campaign)
    session.flush()
    return campaign


def find(session: Session, campaign_id: int) -> Campaign:
    """Raises UnknownCampaign."""
    campaign = session.get(Campaign, campaign_id)
    if campaign is None:
        raise UnknownCampaign("unknown_campaign", number=campaign_id)
    return campaign


def plan(session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, now: datetime) -> Plan:
    """Ask the gate about everybody in the audience, and draw the holdout among those it lets through."""
    needs_profiling = audiences.is_by_history(campaign.audience)
    verdicts = []
    for each in audiences.candidates(session, campaign.audience, channels, shop, now):
        facts = replace(each.facts, needs_profiling=True) if needs_profiling else each.facts
        verdicts.append((each, gate.ask(facts, shop.quiet_hours, shop.caps, now)))
    eligible = [(each, verdict) for each, verdict in verdicts if not isinstance(verdict, Refused | Unknown)]
    held_out = holdout.draw(
        {each.customer_id: each.segment for each, _ in eligible}, campaign.holdout_share, campaign.seed
    )
    return Plan(
        chosen=[(each, verdict) for each, verdict in eligible if each.customer_id not in held_out],
        held_out=[each for each, _ in eligible if each.customer_id in held_out],
        left_out=[(each, verdict.reason) for each, verdict in verdicts if isinstance(verdict, Refused | Unknown)],
    )


def preview(
    session: Session, campaign: Campaign, composer: Composer, channels: Collection[str], shop: Shop, now: datetime
) -> Preview:
    """The plan, and the messages as customers of different segments would get them.

    Raises BadDraft where the shop has nothing to show by this template, MissingPlaceholders or BrokenTemplate where
    the template will not do: all before anybody is written to.
    """
    planned = plan(session, campaign, channels, shop, now)
    shelf = read_shelf(session, now)
    if offers.choose(campaign.template, None, shelf, now) is None:
        raise BadDraft("nothing_to_show", template=campaign.template)
    people = _different([each for each, _ in planned.chosen])
    choices = offers.chosen_for(session, [(campaign, each) for each in people], shelf, shop, now)
    samples = []
    for each, choice in zip(people, choices, strict=True):
        if choice is not None:
            link = f"{shop.public_url}/r/…"
            form = campaign.forms[0]
            worded = wording.word_offer(campaign, form, each, choice, link, shelf=shelf, shop=shop, composer=composer)
            longest = composer.catalog[campaign.template].longest
            if len(worded.text) > longest:
                raise BadDraft("too_long", longest=longest, length=len(worded.text))
            samples.append((each, worded.text))
    return Preview(planned, samples)


def approve(
    session: Session, campaign: Campaign, channels: Collection[str], shop: Shop, *, by: str, now: datetime
) -> Plan:
    """Write a row for everybody in the audience and let the campaign run. Raises NotNow unless it is a draft."""
    _require(campaign, Status.DRAFT)
    planned = plan(session, campaign, channels, shop, now)
    dealt = variants.deal({each.customer_id: each.segment for each, _ in planned.chosen}, campaign)
    rows = [
        *(
            _row(campaign, each, State.PLANNED, now, variant=dealt.get(each.customer_id), **_wait(verdict))
            for each, verdict in planned.chosen
        ),
        *(_row(campaign, each, State.HOLDOUT, now) for each in planned.held_out),
        *(
            _row(campaign, each, State.WITHHELD, now, reason=reason, withheld_at=now)
            for each, reason in planned.left_out
        ),
    ]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        session.connection().execute(insert(Message), rows[start : start + ROWS_AT_ONCE])
    campaign.status = Status.RUNNING if planned.chosen else Status.DONE
    campaign.approved_at = campaign.start_at = campaign.due_from = now
    campaign.finished_at = None if planned.chosen else now
    session.add(campaign)
    counts = {"audience": planned.audience, "chosen": len(planned.chosen), "holdout": len(planned.held_out)}
    audit.record(session, now, by, "campaign approved", str(campaign.id), **counts)
    return planned


def pause(session: Session, campaign: Campaign, *, by: str, now: datetime) -> None:
    """Nothing further is claimed. Raises NotNow unless it runs."""
    _require(campaign, Status.RUNNING)
    campaign.status = Status.PAUSED
    session.add(campaign)
    audit.record(session, now, by, "campaign paused", str(campaign.id))


def resume(session: Session, campaign: Campaign, *, by: str, now: datetime) -> None:
    """Raises NotNow unless it is paused."""
    _require(campaign, Status.PAUSED)
    campaign.status, campaign.due_from = Status.RUNNING, now
    session.add(campaign)
    audit.record(session, now, by, "campaign resumed", str(campaign.id))


def cancel(session: Session, campaign: Campaign, *, by: str, now: datetime) -> int:
    """Withhold what is not yet on its way and end the campaign; how many are spared. Raises NotNow when over."""
    _require(campaign, Status.DRAFT, Status.SCHEDULED, Status.RUNNING, Status.PAUSED)
    spared = session.connection().execute(
        update(Message)
        .where(col(Message.campaign_id) == campaign.id, col(Message.state) == State.PLANNED)
        .values(state=State.WITHHELD, reason=Reason.CANCELLED, withheld_at=now)
    )
    campaign.status, campaign.finished_at = Status.CANCELLED, now
    session.add(campaign)
    audit.record(session, now, by, "campaign cancelled", str(campaign.id), spared=spared.rowcount)
    return spared.rowcount


@dataclass(frozen=True)
class Waiting:
    """Planned messages that are not due yet."""

    count: int
    until: datetime | None

    def as_json(self) -> dict[str, Any]:
        return {"count": self.count, "until": self.until.isoformat() if self.until else None}


def waiting(session: Session) -> Waiting:
    """What is still to be sent by running campaigns, and when the next of it is due."""
    found = session.exec(
        select(func.count(), func.min(Message.not_before))
        .join(Campaign, col(Campaign.id) == col(Message.campaign_id))
        .where(Message.state == State.PLANNED, Campaign.status == Status.RUNNING)
    ).one()
    return Waiting(*found)


def campaigns(session: Session) -> Sequence[Campaign]:
    """All campaigns, the newest first."""
    return session.exec(select(Campaign).order_by(col(Campaign.id).desc())).all()


def _require(campaign: Campaign, *statuses: Status) -> None:
    if campaign.status not in statuses:
        raise NotNow("not_now", number=campaign.id, status=campaign.status)


def _require_fillable(composer: Composer, template: str) -> None:
    """Every form in every language asks only for what an offer can fill: found now, not when sending."""
    for language, is_personal in product(LANGUAGES, (True, False)):
        path = message_path(template, language, is_personal=is_personal)
        strange = composer.placeholders(path) - wording.values_of(template, is_personal=is_personal)
        if strange:
            raise BadDraft("unfillable", name=path, known=", ".join(sorted(strange)))


def _different(people: Sequence[Candidate]) -> list[Candidate]:
    """SAMPLES customers, of as many segments as there are; one of them without profiling, if there is one."""
    plain = [each for each in people if not each.allows_profiling][:1]
    by_segment = {each.segment: each for each in reversed(people) if each.allows_profiling}
    chosen = [*by_segment.values(), *(each for each in people if each not in by_segment.values())]
    return [*[each for each in chosen if each not in plain][: SAMPLES - len(plain)], *plain]


def _wait(verdict: Verdict) -> dict[str, Any]:
    if isinstance(verdict, Deferred):
        return {"not_before": verdict.until, "reason": verdict.reason}
    return {}


def _row(campaign: Campaign, candidate: Candidate, state: State, now: datetime, **more: Any) -> dict[str, Any]:
    empty = {"reason": None, "not_before": None, "withheld_at": None}
    return {
        "campaign_id": campaign.id,
        "customer_id": candidate.customer_id,
        "address_id": candidate.address_id,
        "channel": candidate.facts.channel,
        "segment": candidate.segment,
        "variant": None,
        "was_eligible": state is not State.WITHHELD,
        "state": state,
        "planned_at": now,
        "counts_from": now,
        "attempts": 0,
        "facts": {},
        **empty,
        **more,
    }
