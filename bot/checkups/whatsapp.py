"""WhatsApp as Twilio and Meta see it: the account, the number, where its messages go, how it stands.

Twilio's Accounts (2010-04-01) and Senders (messaging v2). The sandbox's number is no sender of anybody's account.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from sqlmodel import Session

from bot.checkups.asking import Line, NoAnswer
from bot.checkups.finding import Finding, Patient
from bot.checkups.telegram import no_answer, out_of_order
from campaigns.shop import LANGUAGES
from campaigns.tables import Approval, ApprovedContent
from campaigns.words import contents
from ledger import identity

API = "https://api.twilio.com/2010-04-01"
MESSAGING = "https://messaging.twilio.com/v2"
NAME = "Twilio"
SANDBOX = "+14155238886"
PATH, REPORTS_PATH = "/webhooks/whatsapp", "/webhooks/whatsapp/status"
ONLINE = ("ONLINE", "ONLINE:UPDATING")
LIMIT = re.compile(r"(\d+)(K?)\b")
LARGEST_PAGE = "100"
MOST_NAMES = 3


async def account(patient: Patient, line: Line) -> list[Finding]:
    """Whether Twilio knows us, and lets us in."""
    told = await _ask(patient, line, f"{API}/Accounts/{patient.settings.twilio_account_sid}.json", "twilio_account")
    if isinstance(told, Finding):
        return [told]
    status, is_trial = str(told.get("status", "?")), told.get("type") == "Trial"
    if status != "active":
        return [Finding("twilio_account", "account_closed", "account_closed", {"status": status})]
    return [Finding("twilio_account", "account_trial" if is_trial else "account")]


async def sender(patient: Patient, line: Line) -> list[Finding]:
    """The number: is it on, do its messages come here, what does WhatsApp think of it, how many may it write to."""
    ours = identity.phone(
        (patient.settings.twilio_whatsapp_from or "").removeprefix("whatsapp:"), patient.shop.region
    )
    urls = {"url": patient.shop.public_url + PATH, "reports": patient.shop.public_url + REPORTS_PATH}
    if ours == SANDBOX:
        return [Finding("whatsapp_number", "sandbox", values=urls), _reports(patient, urls)]
    found = await _sender(patient, line, f"whatsapp:{ours}")
    if isinstance(found, Finding):
        return [found]
    standing = _standing(found, patient.settings.whatsapp_daily_limit)
    return [_number(found), _webhook(found, urls), _reports(patient, urls, found), *standing]


def words(session: Session, patient: Patient) -> Iterator[Finding]:
    """The words for people who wrote more than a day ago: which of them WhatsApp approved, as it last said."""
    known = contents.standing(session)
    found: dict[str, list[str]] = {"words": [], "words_missing": [], "words_waiting": [], "words_closed": []}
    for message, language in product(patient.composer.catalog.values(), LANGUAGES):
        for entry in message.contents:
            newest = known.newest(entry.name, language)
            found[_approval(newest)].append(f"{entry.name} ({language})")
    for key, names in found.items():
        if names:
            values = {"n": len(names), "names": ", ".join([*names[:MOST_NAMES], *["…"][: len(names) > MOST_NAMES]])}
            yield Finding("whatsapp_words", key, "" if key == "words" else key, values)


def _approval(newest: ApprovedContent | None) -> str:
    if newest is None or newest.approval == Approval.UNSUBMITTED:
        return "words_missing"
    if newest.approval in contents.CLOSED:
        return "words_closed"
    return "words" if newest.approval == Approval.APPROVED else "words_waiting"


async def _sender(patient: Patient, line: Line, name: str) -> Mapping[str, Any] | Finding:
    where = f"{MESSAGING}/Channels/Senders"
    told = await _ask(patient, line, where, "whatsapp_number", {"Channel": "whatsapp", "PageSize": LARGEST_PAGE})
    if isinstance(told, Finding):
        return told
    senders = [each for each in told.get("senders") or () if isinstance(each, dict)]
    sid = next((each.get("sid") for each in senders if each.get("sender_id") == name), None)
    if sid is None:
        return Finding("whatsapp_number", "no_sender", "no_sender", {"n": len(senders)})
    return await _ask(patient, line, f"{where}/{sid}", "whatsapp_number")


def _number(found: Mapping[str, Any]) -> Finding:
    status = str(found.get("status", "?"))
    reasons = [f"{each.get('code')}: {each.get('message')}" for each in found.get("offline_reasons") or ()]
    values = {"status": status, "reasons": "; ".join(reasons)}
    return Finding("whatsapp_number", "sender", "" if status in ONLINE else "sender_offline", values)


def _webhook(found: Mapping[str, Any], urls: Mapping[str, str]) -> Finding:
    told = found.get("webhook") or {}
    if told.get("callback_url") == urls["url"] and told.get("callback_method", "POST") == "POST":
        return Finding("whatsapp_webhook", "brought_here", values=urls)
    key = "brought_elsewhere" if told.get("callback_url") else "brought_nowhere"
    return Finding("whatsapp_webhook", key, "brought_elsewhere", urls)


def _reports(patient: Patient, urls: Mapping[str, str], found: Mapping[str, Any] | None = None) -> Finding:
    """Each message says where its reports go, once we have an address; the number's own setting does as well."""
    told = (found or {}).get("webhook") or {}
    if told.get("status_callback_url") == urls["reports"]:
        return Finding("whatsapp_reports", "reported_here", values=urls)
    if getattr(patient.channels.get("whatsapp"), "status_url", None) == urls["reports"]:
        return Finding("whatsapp_reports", "reported_each", values=urls)
    return Finding("whatsapp_reports", "not_reported", "not_reported", urls)


def _standing(found: Mapping[str, Any], ours: int) -> list[Finding]:
    told = found.get("properties") or {}
    quality, limit = str(told.get("quality_rating") or ""), str(told.get("messaging_limit") or "")
    findings = []
    if quality:
        findings.append(
            Finding("whatsapp_quality", "quality", "low_quality" if quality == "LOW" else "", {"quality": quality})
        )
    allowed = people_of(limit)
    if limit:
        mend = "limit_too_high" if allowed is not None and ours > allowed else ""
        found_as = "limit" if allowed is None or ours >= allowed else "limit_unused"
        findings.append(
            Finding("whatsapp_limit", found_as, mend, {"limit": limit, "ours": str(ours), "allowed": str(allowed)})
        )
    return findings


def people_of(limit: str) -> int | None:
    """How many people a day "10K Customers/24hr" are; None where there is no such limit."""
    found = LIMIT.match(limit)
    return int(found[1]) * (1000 if found[2] else 1) if found is not None else None


async def _ask(
    patient: Patient, line: Line, url: str, what: str, params: Mapping[str, str] | None = None
) -> Mapping[str, Any] | Finding:
    sid, token = patient.settings.twilio_account_sid, patient.settings.twilio_auth_token
    if sid is None or token is None:
        return Finding(what, "not_set", "twilio_token")
    try:
        answer = await line.ask(url, provider=NAME, params=params, auth=(sid, token.get_secret_value()))
    except NoAnswer as fault:
        return no_answer(what, NAME, fault.trouble)
    if answer.is_refusal:
        return Finding(what, "account_refused", "twilio_token")
    return answer.body if answer.status == 200 else out_of_order(what, NAME, answer.status)
