"""What acts on what is seen, as a line ready to be sent."""

from __future__ import annotations

from bot.talk.replies import Teller
from campaigns.choosing.audiences import EVERYONE, NAMED_AUDIENCES, is_grouped
from campaigns.looking.clues import Deed

GOALS = {
    "at_risk": "winback",
    "lapsed": "winback",
    "champions": "thank_you",
    "regulars": "thank_you",
    "explorers": "new_arrivals",
    "premium_loyal": "new_arrivals",
    "discount_seekers": "clear_stock",
    "bulk_buyers": "bundle",
    "value_high": "thank_you",
    "value_none": "winback",
}
"""What fits a segment; any other is offered what fits each of its people."""
ANYBODYS_GOAL = "picks"


def line(teller: Teller, deed: Deed) -> str:
    """The command in the reader's words; it means the same wherever it is sent from."""
    if deed.command == "funnel":
        return teller.word("suggested_lines", "funnel", scope=teller.word("path_scopes", f"say_{deed.audience}"))
    if deed.goal is None:
        return teller.word("suggested_lines", deed.command, number=deed.number or "", product=deed.product)
    audience = _audience(teller, deed.audience or EVERYONE)
    if deed.number is not None:
        told = {"number": deed.number, "percent": deed.percent, "audience": audience}
        return teller.word("suggested_lines", "bundle", **told)
    return teller.word("suggested_lines", "launch", goal=_goal(teller, deed.goal), audience=audience)


def for_segment(teller: Teller, key: str) -> str:
    """The line that offers a segment what fits it."""
    return line(teller, Deed("launch", GOALS.get(key, ANYBODYS_GOAL), key))


def _goal(teller: Teller, goal: str) -> str:
    """The first of the names by which the goal is understood."""
    return teller.word("goal_names", goal).split(",")[0].strip()


def _audience(teller: Teller, key: str) -> str:
    if key in NAMED_AUDIENCES:
        return teller.word("suggested_audiences", key)
    if is_grouped(key):
        return f'"{teller.audience(key)}"'
    name = teller.composer.shelf(teller.language, "segments").get(key, key)
    return f'"{name}"'
