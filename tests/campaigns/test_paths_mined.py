"""What a run keeps of the ways to a purchase, and what is read out of it: small shops with a known answer."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from sqlmodel import Session

from campaigns.insights import PATHS
from campaigns.looking.paths import busy_weekday, leaks
from campaigns.mining.findings import Findings
from campaigns.mining.parameters import USUAL
from campaigns.mining.paths import CHAT, SITE, find_paths
from engine.errors import TooLittleData
from engine.frames import NONE, Interactions, Kind
from ledger.database import Database
from ledger.tables import Customer, Step
from ledger.visits import NO_STEPS, StepColumns, steps

MINUTE = 60_000_000
MONDAY_NINE = int(datetime(2026, 11, 2, 2, tzinfo=UTC).timestamp()) * 1_000_000
"""Nine in the morning in Jakarta, where the shop's clock stands unless it is told otherwise."""
NAMES = ("cart", "purchase", "view")


def told_by(did: list[tuple[int, int, Kind]], refusing: list[int] | None = None) -> list[dict[str, Any]]:
    """Of a shop that has chats alone: who did what, so many minutes after nine on Monday."""
    return kept(chats(did), NO_STEPS, refusing or [])


def kept(profiled: Interactions, visits: StepColumns, refusing: list[int]) -> list[dict[str, Any]]:
    findings = Findings()
    find_paths(findings, profiled, visits, refusing, USUAL)
    told: list[dict[str, Any]] = json.loads(findings.state[PATHS])
    return told


def chats(did: list[tuple[int, int, Kind]]) -> Interactions:
    who, minute, kind = (np.array(each, dtype=np.int64) for each in zip(*did, strict=True)) if did else (ints(),) * 3
    none = np.full(len(who), NONE)
    return Interactions(
        customer=who, kind=kind, at=MONDAY_NINE + minute * MINUTE, product=none, quantity=none, amount_minor=none,
        discount_minor=none, order=none, platform=np.zeros(len(who), dtype=np.int64),
        platforms=("chat",),
    )  # fmt: skip


def ints(*values: int) -> Any:
    return np.array(values, dtype=np.int64)


def pages(*visits: tuple[str, str]) -> StepColumns:
    """A visit of its own person for each (device, steps), "vcp" a look, a cart, a purchase; a minute a step."""
    devices, letters = sorted({device for device, _ in visits}), "cpv"
    rows = [
        (n, MONDAY_NINE + place * MINUTE, n, letters.index(letter), devices.index(device), NONE)
        for n, (device, path) in enumerate(visits)
        for place, letter in enumerate(path)
    ]
    customer, at, visit, step, device, source = (ints(*each) for each in zip(*rows, strict=True))
    return StepColumns(customer, at, visit, step, device, source, NAMES, tuple(devices))


def reached(scope: dict[str, Any]) -> dict[str, int]:
    return {each["name"]: each["n"] for each in scope["funnel"]}


def test_asked_in_the_morning_and_bought_in_the_evening_is_one_visit() -> None:
    asked = [(who, 0, Kind.MESSAGE_IN) for who in range(40)]
    bought = [(who, 9 * 60, Kind.PURCHASE) for who in range(10)]
    (chat,) = told_by([*asked, *bought])
    assert (chat["scope"], chat["visits"], chat["visitors"]) == (CHAT, 40, 40)
    assert reached(chat)["purchase"] == 10


def test_who_only_came_to_the_counter_took_no_way_that_was_seen() -> None:
    asked = [(who, 0, Kind.MESSAGE_IN) for who in range(30)]
    (chat,) = told_by([*asked, *((who, 0, Kind.PURCHASE) for who in range(100, 150))])
    assert chat["visits"] == 30


def test_too_few_visits_are_said_to_be_too_few() -> None:
    with pytest.raises(TooLittleData):
        told_by([(who, 0, Kind.MESSAGE_IN) for who in range(29)])


def test_the_steps_of_those_who_refuse_are_in_nothing() -> None:
    (site,) = kept(chats([]), pages(*[("phone", "vcp")] * 40), refusing=[0, 1, 2])
    assert (site["scope"], site["visits"], site["visitors"]) == (SITE, 37, 37)
    assert reached(site) == {"view": 37, "cart": 37, "purchase": 37}


def test_visits_are_counted_by_the_shops_clock() -> None:
    (chat,) = told_by([(who, 0, Kind.MESSAGE_IN) for who in range(30)])
    assert (chat["weekdays"][0], chat["hours"][9]) == (30, 30)
    assert (sum(chat["weekdays"]), sum(chat["hours"]), chat["first"]) == (30, 30, "2026-11-02")


def test_a_device_on_which_much_more_is_lost_is_a_leak_with_both_counts() -> None:
    good, bad = [("desktop", "vc")] * 60 + [("desktop", "v")] * 40, [("phone", "vc")] * 20 + [("phone", "v")] * 80
    (site,) = kept(chats([]), pages(*good, *bad), refusing=[])
    (leak,) = leaks(site)
    assert (leak.device, leak.before, leak.stage) == ("phone", "view", "cart")
    assert (leak.n, leak.share, leak.n_else, leak.share_else) == (100, 0.2, 100, 0.6)
    assert leak.lost == 40


def test_a_device_that_loses_a_little_more_by_chance_is_no_leak() -> None:
    good, bad = [("desktop", "vc")] * 20 + [("desktop", "v")] * 20, [("phone", "vc")] * 15 + [("phone", "v")] * 25
    (site,) = kept(chats([]), pages(*good, *bad), refusing=[])
    assert leaks(site) == []


WEEKS = {"first": "2026-10-05", "last": "2026-11-01"}
"""Four whole weeks, from a Monday to a Sunday."""


@pytest.mark.parametrize(
    ("counts", "busiest"),
    [([10, 10, 10, 10, 10, 30, 10], 5), ([12, 15, 14, 13, 17, 14, 15], None), ([0] * 7, None)],
)
def test_a_weekday_is_called_busy_only_where_chance_cannot_explain_it(counts: list[int], busiest: int | None) -> None:
    assert busy_weekday({**WEEKS, "weekdays": counts}) == busiest


def test_a_weekday_that_came_oftener_is_not_busier_for_that() -> None:
    # From a Monday to the Monday after: 20 visits a day.
    assert busy_weekday({"first": "2026-10-05", "last": "2026-10-12", "weekdays": [40, *[20] * 6]}) is None


def test_who_is_erased_has_no_steps_left_to_read(sqlite_database: Database) -> None:
    at = datetime(2026, 11, 2, 2, tzinfo=UTC)
    with sqlite_database.transaction() as session:
        here, gone = _customer(session, at), _customer(session, at)
        gone.erased_at = at
        session.add_all(
            [
                Step(customer_id=gone.id, at=at, step="view"),
                Step(customer_id=here.id, at=at, step="search", visit="b", device="phone"),
                Step(customer_id=here.id, at=at + timedelta(minutes=1), step="cart", visit="a"),
            ]
        )
    with sqlite_database.reading() as session:
        found = steps(session)
    assert [found.steps[code] for code in found.step] == ["search", "cart"]
    assert [found.devices[code] if code >= 0 else None for code in found.device] == ["phone", None]
    assert found.visit.tolist() == [1, 0]
    assert found.source.tolist() == [NONE, NONE]


def _customer(session: Session, at: datetime) -> Customer:
    person = Customer(source="import", created_at=at)
    session.add(person)
    session.flush()
    return person
