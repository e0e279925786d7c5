"""A message as it went out, without its reader: nobody's name, code or link stands on a page."""

from __future__ import annotations

import re
from typing import Any

from bot.talk.desk import reporting
from bot.talk.replies import Teller
from campaigns.outcomes.closely import Example
from campaigns.tables import Campaign
from campaigns.words.composing import Laid, clean
from ledger.team import CODE_ALPHABET

HIDDEN = "•••"
CODE = re.compile(rf"\b[{CODE_ALPHABET}]{{3}}-[{CODE_ALPHABET}]{{3}}-[{CODE_ALPHABET}]{{3}}\b")
LINK_END = re.compile(r"(https?://\S*/)[^\s/]+")
SHORTEST = 3
"""Letters of a part of a name that is looked for by itself: shorter ones are words like any other."""


def example(teller: Teller, campaign: Campaign, found: Example) -> dict[str, Any]:
    """With what its variant is called, where there are several."""
    is_one_of_several = found.variant is not None and len(campaign.forms) > 1
    return {
        "name": reporting.form_told(teller, campaign, found.variant or "") if is_one_of_several else "",
        "text": without_reader(found.body, found.name),
        "sent_at": found.sent_at,
        "is_approved_wording": found.is_approved_wording,
    }


def without_reader(body: str, name: str) -> str:
    """The words with their reader's name, code and links hidden."""
    parts = sorted({name.strip(), clean(name), *(each for each in name.split() if len(each) >= SHORTEST)}, key=len)
    for part in reversed([each for each in parts if each]):
        body = re.sub(rf"(?<!\w){re.escape(part)}(?!\w)", HIDDEN, body, flags=re.IGNORECASE)
    return CODE.sub(HIDDEN, LINK_END.sub(rf"\1{HIDDEN}", body))


def failure(teller: Teller, code: str) -> str:
    """Why a message failed, in words; what the messenger said where we have none for it."""
    known = teller.composer.shelf(teller.language, "campaign_failures")
    if code in known and code not in ("other", "unsaid"):
        return teller.word("campaign_failures", "coded", why=Laid(known[code]), code=code)
    return teller.word("campaign_failures", "other", code=code) if code else known["unsaid"]
