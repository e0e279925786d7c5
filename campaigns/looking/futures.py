"""What the run foresees: of one customer, and of all of them together, each with the n it goes by."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from sqlmodel import Session

from campaigns import insights
from campaigns.tables import Future

DAYS = 90
"""How far ahead the run looks; see engine/lifetime/customers.py."""
LEAST_VISITS = 2
"""Of who came once nothing of their own is foreseen: it would be everybody's."""


@dataclass(frozen=True)
class Foreseen:
    """What a customer is likely to do in the next DAYS; what nobody can say is None. ``n`` are days they bought on.

    ``bargain`` is by how much oftener than others at the same times they buy on discount, by ``bargain_n`` days.
    """

    n: int
    expected_visits: float | None
    expected_spend_minor: int | None
    alive: float | None
    due_from: date | None
    due_until: date | None
    bargain: float | None
    bargain_n: int

    def as_json(self) -> dict[str, Any]:
        days = {name: getattr(self, name) for name in ("due_from", "due_until")}
        return {
            **asdict(self),
            **{name: day.isoformat() if day else None for name, day in days.items()},
            "days": DAYS,
        }


@dataclass(frozen=True)
class Outlook:
    """What is expected of all of ``customers`` within DAYS, and how the last ``held_out_days`` would have been
    foreseen for the ``held_out_n`` customers known before: ``foreseen`` visits where ``came`` were made.

    ``seekers`` of ``seekers_of`` wait for discounts. ``by_model`` unless the plain rule, who was here lately comes
    again, did better.
    """

    customers: int
    expected_visits: float
    expected_spend_minor: float | None
    held_out_n: int
    held_out_days: int
    foreseen: float
    came: float
    by_model: bool
    seekers: int
    seekers_of: int

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "days": DAYS}


def foreseen(session: Session, customer_id: int) -> Foreseen | None:
    """What the run foresees of one customer; None of who came fewer than LEAST_VISITS times."""
    kept = insights.future_of(session, customer_id)
    return _of(kept) if kept is not None and kept.n >= LEAST_VISITS else None


def _of(kept: Future) -> Foreseen:
    spend = kept.expected_spend_minor
    return Foreseen(
        n=kept.n,
        expected_visits=kept.expected_visits,
        expected_spend_minor=round(spend) if spend is not None else None,
        alive=kept.alive,
        due_from=date.fromisoformat(kept.due_from) if kept.due_from else None,
        due_until=date.fromisoformat(kept.due_until) if kept.due_until else None,
        bargain=kept.bargain,
        bargain_n=kept.bargain_n,
    )


def outlook(session: Session) -> Outlook | None:
    """What the current run expects of everybody; None where there was too little history to test a forecast on."""
    run = insights.current_run(session)
    told = run.quality.get(insights.LIFETIME) if run is not None else None
    if not told or told.get("expected_visits") is None:
        return None
    foreseen_then = told["foreseen"] if told["method"] == "model" else told["foreseen_plainly"]
    return Outlook(
        customers=told["customers"],
        expected_visits=told["expected_visits"],
        expected_spend_minor=told["expected_spend_minor"],
        held_out_n=told["n"],
        held_out_days=told["days"],
        foreseen=foreseen_then,
        came=told["came"],
        by_model=told["method"] == "model",
        seekers=told["seekers"],
        seekers_of=told["seekers_of"],
    )
