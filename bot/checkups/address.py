"""The shop's address on the internet: does it lead here, over a line that messengers and telephones trust?"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from sqlmodel import Session

from bot import recognising
from bot.checkups.asking import Answer, Line, NoAnswer
from bot.checkups.finding import Finding, Patient, Term
from campaigns.channel import SIMULATOR

WHAT = "public_address"
HEALTH = "/healthz"
NOBODY_BEHIND = (502, 503, 504)


async def door(patient: Patient, line: Line) -> list[Finding]:
    """Knock at PUBLIC_URL and see whether this very shop opens. Seen from here: your own network may hide a fault."""
    values = {"url": patient.shop.public_url}
    if is_unneeded(patient) or misspelled(patient) is not None:
        return []
    number = recognising.new_number()
    try:
        answer = await line.ask(patient.shop.public_url + HEALTH, params={"number": number})
    except NoAnswer as fault:
        more = {**values, "trouble": Term("doctor_troubles", fault.trouble)}
        return [Finding(WHAT, "door_shut", f"door_{fault.trouble}", more)]
    return [_opened(patient, answer, number)]


def written(_session: Session, patient: Patient) -> Iterator[Finding]:
    """What is wrong with the address as it stands in the settings: that needs no knocking."""
    unfit = misspelled(patient)
    if unfit is not None and not is_unneeded(patient):
        yield unfit


def is_unneeded(patient: Patient) -> bool:
    """Whether nobody is to come from outside: the simulator's people are all here."""
    return set(patient.channels) <= {SIMULATOR}


def misspelled(patient: Patient) -> Finding | None:
    """What no address of a shop may be; None if nothing is wrong with it."""
    values = {"url": patient.shop.public_url}
    if patient.settings.public_url is None or not patient.shop.reaches_phones:
        return Finding(WHAT, "leads_nowhere", "leads_nowhere", values)
    if urlsplit(patient.shop.public_url).scheme != "https":
        return Finding(WHAT, "not_https", "not_https", values)
    return None


def _opened(patient: Patient, answer: Answer, number: str) -> Finding:
    values = {"url": patient.shop.public_url, "status": str(answer.status)}
    if recognising.is_mine(patient.settings.secret(), number, answer.body.get("mark")):
        is_well = answer.status == 200
        return Finding(WHAT, "door" if is_well else "door_without_memory", "" if is_well else "not_writable", values)
    if answer.status in NOBODY_BEHIND:
        more = {**values, "local": f"{patient.settings.web_host}:{patient.settings.web_port}"}
        return Finding(WHAT, "nobody_behind", "nobody_behind", more)
    return Finding(WHAT, "other_door", "other_door", values)
