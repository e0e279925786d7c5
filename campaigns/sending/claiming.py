"""A due message is put to the gate once more, and put into words: free ones, or those the messenger has approved.

due → what may be said here? → gate → room? → words → sending
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

import phonenumbers
from sqlmodel import Session

from campaigns.channel import SIMULATOR, Button, Content, Outgoing
from campaigns.choosing import audiences
from campaigns.choosing.audiences import Candidate
from campaigns.choosing.choices import Chosen
from campaigns.choosing.shelf import Shelf
from campaigns.launching import budgets
from campaigns.launching.drafts import SURVEY, Variant
from campaigns.sending import gate, places
from campaigns.sending.due import Due
from campaigns.sending.gate import Allowed, Deferred, Facts, Reason, Verdict, Words
from campaigns.sending.places import Places
from campaigns.sending.settling import DUE_FROM, lasting
from campaigns.sending.writing import Writing
from campaigns.shop import Shop
from campaigns.surveys import inviting, turns
from campaigns.tables import Approval, ApprovedContent, Campaign, Survey
from campaigns.words import contents, vouchers, wording
from campaigns.words.composing import BrokenTemplate, Composer, MissingPlaceholders
from campaigns.words.contents import Standing
from campaigns.words.vouchers import Ticket
from ledger.identity import PHONE_CHANNELS

LEASE = timedelta(minutes=2)
"""Longer than any provider is waited for (about half a minute, and once more), and renewed while we are there: a
process that starts again after a crash finds soon what its predecessor left."""
REVIEWED_WITHIN = timedelta(hours=48)
"""So long WhatsApp may take to review words, and so long they are waited for at least."""
NO_OFFERS_TO = "US"
"""WhatsApp delivers no approved offers to numbers of the United States."""
AWAITED = (Approval.RECEIVED, Approval.PENDING, Approval.PAUSED)
"""Where words stand that may be used before long."""
PLANS = (Reason.BEST_HOUR, Reason.DAILY_LIMIT, Reason.PERSONAL_LIMIT)
"""Waiting for these is no lateness of ours."""


class Attempt(NamedTuple):
    """A message and the how-manieth time it is tried. What comes of one attempt says nothing of the next, which may
    be another process's."""

    message_id: int
    number: int


@dataclass(frozen=True)
class Claimed:
    """A message that is ours to send, once."""

    attempt: Attempt
    channel: str
    outgoing: Outgoing
    goes_at: datetime | None = None
    """Its moment in the channel's pace, by our own clock; see campaigns/sending/paces.py."""

    @property
    def message_id(self) -> int:
        return self.attempt.message_id


class Desk:
    """What one batch is claimed with, and what is to be written of it at the end. What only few batches need is read
    when it is first asked for."""

    def __init__(
        self, session: Session, shop: Shop, composer: Composer, shelf: Shelf, now: datetime, most: int
    ) -> None:
        self.session, self.shop, self.composer, self.shelf, self.now = session, shop, composer, shelf, now
        self.places = Places(session, shop, now, most)
        self.purse = budgets.Purse(session)
        self.writing = Writing(session, now)
        self._forms: dict[int, dict[str | None, Variant]] = {}

    @cached_property
    def standing(self) -> Standing:
        return contents.standing(self.session)

    def admit(self, message: Due, candidate: Candidate | None) -> Candidate | None:
        """The candidate if the gate lets them through; otherwise the message says why not, or not yet."""
        if candidate is None:
            self.writing.withhold(message, Reason.TEAM)
            return None
        _note_plan(message)
        verdict = self._ask(message, candidate)
        if isinstance(verdict, Allowed):
            return candidate
        if isinstance(verdict, Deferred) and verdict.reason is Reason.BUDGET:
            # It stays as it is, for when its campaign goes on.
            return None
        if isinstance(verdict, Deferred):
            # Who waits for words to be approved does so at night, too.
            is_awaiting = message.reason == Reason.CONTENT_AWAITED and verdict.reason == Reason.QUIET_HOURS
            self.writing.put_off(message, verdict.until, message.reason if is_awaiting else verdict.reason)
        else:
            self.writing.withhold(message, verdict.reason)
        return None

    def _ask(self, message: Due, candidate: Candidate) -> Verdict:
        facts = replace(
            candidate.facts,
            send_before=_send_before(message, self.shop),
            needs_profiling=audiences.needs_profiling(message.campaign),
        )
        if message.campaign.template == SURVEY:
            lately = turns.was_asked(self.session, candidate.customer_id, self.shop, self.now)
            facts = replace(facts, is_survey=True, was_asked_lately=lately)
        if facts.needs_approved_words(self.now):
            facts = replace(facts, words=self._words_for(message, candidate))
        verdict = self._verdict(facts)
        if isinstance(verdict, Allowed) and not self.purse.takes(message.campaign, facts.channel):
            return self._verdict(replace(facts, is_affordable=False))
        if isinstance(verdict, Allowed) and places.takes_one(facts.channel, facts.free_until, self.shop, self.now):
            room_from = self.places.free_from(facts.channel or "", candidate.customer_id)
            verdict = self._verdict(replace(facts, room_from=room_from))
            if not isinstance(verdict, Allowed):
                self.purse.give_back(message.campaign, facts.channel)
        return verdict

    def _verdict(self, facts: Facts) -> Verdict:
        return gate.ask(facts, self.shop.quiet_hours, self.shop.caps, self.now)

    def _words_for(self, message: Due, candidate: Candidate) -> Words:
        """How the approved words of their variant stand; of all of them where theirs is not dealt yet, for variants
        that went out only to those with an open window could not be compared."""
        if _is_in(NO_OFFERS_TO, candidate):
            return Words.NONE
        campaign = message.campaign
        forms = campaign.forms if message.variant is None else (self._form(campaign, message.variant),)
        stand = {self._stand(campaign, form, candidate) for form in forms}
        return next(each for each in (Words.NONE, Words.AWAITED, Words.APPROVED) if each in stand)

    def _form(self, campaign: Campaign, name: str | None) -> Variant:
        forms = self._forms.setdefault(campaign.id, {})
        if name not in forms:
            forms[name] = campaign.form(name)
        return forms[name]

    def _stand(self, campaign: Campaign, form: Variant, candidate: Candidate) -> Words:
        if self._approved(campaign, form, candidate) is not None:
            return Words.APPROVED
        name = contents.name_of(campaign.template, bool(form.discount_percent))
        newest = self.standing.newest(name, candidate.language)
        return Words.AWAITED if newest is not None and newest.approval in AWAITED else Words.NONE

    def _approved(self, campaign: Campaign, form: Variant, candidate: Candidate) -> ApprovedContent | None:
        return self.standing.of(campaign.template, candidate.language, bool(form.discount_percent))

    def word(self, message: Due, candidate: Candidate, choice: Chosen | None) -> Claimed | None:
        """The message in words and marked as being sent; None where there are none, which it then says."""
        if choice is None or candidate.address is None or candidate.facts.channel is None:
            self.purse.give_back(message.campaign, candidate.facts.channel)
            self.writing.withhold(message, Reason.NOTHING_FITS)
            return None
        form, token = self._form(message.campaign, message.variant), secrets.token_urlsafe(12)
        voucher, row = self._voucher(message) if form.discount_percent else (None, None)
        try:
            said = self._said(message.campaign, form, candidate, choice, token, voucher)
        except (MissingPlaceholders, BrokenTemplate):
            self.purse.give_back(message.campaign, candidate.facts.channel)
            self.writing.fail(message, "template")
            return None
        if message.campaign.template != SURVEY:
            first = next((item.product_id for item in choice[0].items), None)
            self.writing.enclose({"token": token, "message_id": message.id, "product_id": first}, row)
        self._mark(message, candidate, said)
        outgoing = Outgoing(candidate.address, said.text, said.buttons, content=said.content, is_offer=True)
        return Claimed(Attempt(message.id, message.attempts + 1), candidate.facts.channel, outgoing)

    def _voucher(self, message: Due) -> tuple[Ticket, dict[str, Any]]:
        return vouchers.draw(self.session, message.id, self.shop, self.now)

    def _mark(self, message: Due, candidate: Candidate, said: _Said) -> None:
        # What was approved only now may be tried for as long as anything else.
        awaited = {DUE_FROM: self.now.isoformat()} if message.reason == Reason.CONTENT_AWAITED else {}
        self.writing.send(
            message,
            address_id=candidate.address_id,
            channel=candidate.facts.channel,
            body=said.text,
            is_personal=said.is_personal,
            content=said.name,
            facts={**lasting(message.facts), **awaited, **said.facts},
            lease_until=self.now + LEASE,
        )

    def _said(
        self,
        campaign: Campaign,
        form: Variant,
        candidate: Candidate,
        choice: Chosen,
        token: str,
        voucher: Ticket | None,
    ) -> _Said:
        if campaign.template == SURVEY:
            return self._invited(campaign, form, candidate)
        reaches = self.shop.reaches_phones or candidate.facts.channel == SIMULATOR
        link = f"{self.shop.public_url}/r/{token}" if reaches else ""
        if not candidate.facts.needs_approved_words(self.now):
            worded = wording.word_offer(
                campaign, form, candidate, choice, link,
                shelf=self.shelf, shop=self.shop, composer=self.composer, voucher=voucher,
            )  # fmt: skip
            return _Said(worded.text, worded.is_personal, worded.facts)
        return self._in_approved_words(campaign, form, candidate, choice, link, voucher)

    def _invited(self, campaign: Campaign, form: Variant, candidate: Candidate) -> _Said:
        """To a survey: it offers nothing, and nothing of a history is in it."""
        survey = self.session.get_one(Survey, campaign.id)
        if not candidate.facts.needs_approved_words(self.now):
            reply = inviting.in_free_words(survey, candidate, self.shop, self.composer)
            return _Said(reply.text, False, {}, buttons=reply.buttons)
        approved = self._approved(campaign, form, candidate)
        if approved is None:
            raise MissingPlaceholders(campaign.template, ["content"])
        text, variables = inviting.in_approved_words(survey, candidate, self.shop, self.composer, approved)
        return _Said(text, False, {}, approved.name, Content(approved.sid, variables))

    def _in_approved_words(
        self,
        campaign: Campaign,
        form: Variant,
        candidate: Candidate,
        choice: Chosen,
        link: str,
        voucher: Ticket | None,
    ) -> _Said:
        approved = self._approved(campaign, form, candidate)
        if approved is None:
            raise MissingPlaceholders(campaign.template, ["content"])
        worded = wording.word_content(
            campaign, form, candidate, choice, link,
            shelf=self.shelf, shop=self.shop, composer=self.composer, voucher=voucher, approved=approved,
        )  # fmt: skip
        content = Content(approved.sid, worded.variables)
        return _Said(worded.text, worded.is_personal, worded.facts, worded.name, content)


@dataclass(frozen=True)
class _Said:
    text: str
    is_personal: bool
    facts: dict[str, object]
    name: str | None = None
    content: Content | None = None
    buttons: tuple[Button, ...] = ()


def awaited_for(shop: Shop) -> timedelta:
    """How long words are waited for."""
    return max(shop.largest_lateness, REVIEWED_WITHIN)


def _note_plan(message: Due) -> None:
    """Remember the moment for which it was planned: whatever goes wrong from then on is lateness."""
    is_morning = message.reason == Reason.QUIET_HOURS and message.attempts == 0
    if message.not_before is not None and (is_morning or message.reason in PLANS):
        message.facts = {**message.facts, DUE_FROM: message.not_before.isoformat()}


def _send_before(message: Due, shop: Shop) -> datetime:
    """When it is too late: so long after it was to go out that nobody counts what they buy, or the shop does not want
    it any more. Waiting for the morning, for room or for a person is no lateness of ours, nor is what was before it
    was their turn; waiting for a line that is down is, and for words to be approved, which may take longer."""
    planned = message.facts.get(DUE_FROM)
    due_from = datetime.fromisoformat(planned) if planned is not None else None
    campaign = message.campaign
    began = max(each for each in (campaign.due_from, message.planned_at, message.counts_from, due_from) if each)
    is_awaiting = message.reason == Reason.CONTENT_AWAITED
    lateness = awaited_for(shop) if is_awaiting else shop.largest_lateness
    return min(began + lateness, message.counts_from + timedelta(days=campaign.window_days))


def _is_in(country: str, candidate: Candidate) -> bool:
    if candidate.address is None or candidate.facts.channel not in PHONE_CHANNELS:
        return False
    try:
        number = phonenumbers.parse(candidate.address, None)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.region_code_for_number(number) == country
