"""The words WhatsApp has to approve, as Twilio's Content API keeps them: listed, made, submitted.

The sync client, in a thread of its own where others wait: the async one sends JSON as a form in 9.13.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Self

from twilio.base.exceptions import TwilioException, TwilioRestException  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.approvals import Known, NotDone
from bot.channels import twilio_line
from campaigns.tables import Approval
from campaigns.words.frames import Frame

KIND = "twilio/quick-reply"
CATEGORY = "MARKETING"
AT_ONCE = 50
"""How many the API lists in one answer."""
TOO_FAST = (429, 20429)
MEANINGS = {
    20003: "TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong, or the account is closed",
    20005: "the account is suspended: see Twilio's console",
    20403: "this account may not use the Content API: see Twilio's console",
    20404: "Twilio does not know it: it was deleted in Twilio's console",
    20429: "too many requests: wait a minute and say the same again",
    401: "TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is wrong",
    403: "this account may not do that: see Twilio's console",
    429: "too many requests: wait a minute and say the same again",
}
"""What a code asks for, where Twilio's own sentence does not say it."""
CLOSED = frozenset({20003, 20005, 20403, 401, 403})
"""With these nothing else would go through either."""


class TwilioContents:
    """Speaks to the Content API through ``client``. Raises NotDone."""

    def __init__(self, client: Client) -> None:
        self.client = client

    @classmethod
    def connect(cls, account_sid: str, auth_token: str) -> Self:
        """Asks nothing of the network yet. Its connections are let go of with it."""
        client = twilio_line.asking(account_sid, auth_token)
        found = cls(client)
        weakref.finalize(found, twilio_line.let_go, client)
        return found

    def known(self) -> list[Known]:
        """All words of the account and where they stand."""
        with _explained():
            return [_known(each) for each in self.client.content.v1.content_and_approvals.stream(page_size=AT_ONCE)]

    def make(self, frame: Frame, name: str, samples: Mapping[str, str]) -> str:
        """Keep the words there under ``name``; their number. ``samples`` show reviewers what each place is for."""
        actions = [{"type": "QUICK_REPLY", "title": label, "id": says} for label, says in frame.buttons]
        told = {
            "friendly_name": name,
            "language": frame.language,
            "variables": {str(n): samples[place] for n, place in enumerate(frame.places, 1)},
            "types": {KIND: {"body": frame.body, "actions": actions}},
        }
        with _explained():
            return str(self.client.content.v1.contents.create(_Json(told)).sid)

    def submit(self, sid: str, name: str) -> tuple[Approval, str]:
        """Ask WhatsApp to approve them; where they stand then, and why."""
        asked = _Json({"name": name, "category": CATEGORY})
        with _explained():
            told = self.client.content.v1.contents(sid).approval_create.create(asked)
        return approval_of(told.status), told.rejection_reason or ""


class _Json:
    """A request's body. Twilio's own classes send every kind of content that it is not as null."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        self.told = told

    def to_dict(self) -> dict[str, Any]:
        return dict(self.told)


@contextmanager
def _explained() -> Iterator[None]:
    """Every fault of Twilio's or of the line becomes a sentence."""
    try:
        yield
    except TwilioRestException as fault:
        raise _refused(fault) from None
    except TwilioException as fault:
        raise NotDone(f"Twilio's answer cannot be read ({type(fault).__name__})") from None
    except OSError as fault:
        # What requests raises is one, too. Its own sentence holds the address asked, and that the account's number.
        told = "Twilio cannot be reached: is there a line to the internet? Nothing is lost, say the same again"
        raise NotDone(f"{told} ({type(fault).__name__})", is_final=True) from None


def _refused(fault: TwilioRestException) -> NotDone:
    code = fault.code or fault.status
    says = str(fault.msg).partition("record: ")
    meaning = MEANINGS.get(code) or MEANINGS.get(fault.status) or says[2] or says[0]
    return NotDone(f"Twilio says {code}: {meaning}", is_final=code in CLOSED or fault.status in CLOSED)


def approval_of(status: str | None) -> Approval:
    """Twilio's word for it as ours."""
    try:
        return Approval((status or Approval.UNSUBMITTED).casefold())
    except ValueError:
        return Approval.UNKNOWN


def _known(each: Any) -> Known:
    said = (each.types or {}).get(KIND) or {}
    told = each.approval_requests or {}
    asked = told.get("whatsapp") or told
    return Known(
        sid=str(each.sid),
        name=each.friendly_name or "",
        language=each.language or "",
        body=said.get("body") or "",
        buttons=tuple((action.get("title") or "", action.get("id") or "") for action in said.get("actions") or ()),
        approval=approval_of(asked.get("status")),
        reason=asked.get("rejection_reason") or "",
    )
