"""What a campaign's audience can tell: how large a difference to its holdout would be seen, and with what holdout."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import Session, col, select

from campaigns.launching.starting import Plan
from campaigns.tables import Campaign, State
from engine import experiments
from ledger import returned
from ledger.tables import Interaction, Kind

WINDOWS = 4
"""How many windows back is lately."""
WORTH_KNOWING = 0.05
"""An effect, as a share of the audience, that a shop would act upon; smaller ones rarely pay for the messages."""
LEAST_SHARE = 0.05
AT_ONCE = 5_000


@dataclass(frozen=True)
class Outlook:
    """``base_rate`` is the share that bought within one window lately, ``detectable`` the smallest rise over it that
    would be seen four times in five; None where no rise would, for want of people.

    ``suggested_share`` of the audience held out would make a rise by WORTH_KNOWING visible; where none would and
    nothing can be told as it is, the least with which anything could. None where the holdout is enough already, or no
    holdout would help.
    """

    base_rate: float
    n_treated: int
    n_control: int
    detectable: float | None
    suggested_share: float | None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def outlook(session: Session, planned: Plan, campaign: Campaign, now: datetime) -> Outlook:
    """What could be told of a campaign that goes out as planned."""
    people = array("q", planned.reached(State.PLANNED, State.HOLDOUT))
    base = base_rate(session, people, timedelta(days=campaign.window_days), now)
    return foreseen(base, planned.chosen, planned.held_out)


def foreseen(base: float, n_treated: int, n_control: int) -> Outlook:
    """The same where the base rate is known."""
    found = _detectable(base, n_treated, n_control)
    n = n_treated + n_control
    is_enough = found is not None and found <= WORTH_KNOWING
    suggested = None if is_enough else _suggested(base, n)
    return Outlook(
        base, n_treated, n_control, found, suggested if found is not None else suggested or _least(base, n)
    )


def base_rate(session: Session, customer_ids: Sequence[int], window: timedelta, now: datetime) -> float:
    """The share of these customers that bought within one window, on the average of the last few; 0 of nobody."""
    if not customer_ids:
        return 0.0
    bought = 0
    for first in range(0, len(customer_ids), AT_ONCE):
        some = customer_ids[first : first + AT_ONCE]
        rows = session.exec(
            select(Interaction.customer_id, Interaction.at).where(
                col(Interaction.customer_id).in_(some),
                Interaction.kind == Kind.PURCHASE,
                Interaction.at >= now - WINDOWS * window,
                Interaction.at < now,
                returned.is_kept(),
            )
        )
        bought += len({(customer, (now - at) // window) for customer, at in rows})
    return bought / (WINDOWS * len(customer_ids))


def _detectable(base: float, n_treated: int, n_control: int) -> float | None:
    if min(n_treated, n_control) < experiments.LEAST_PEOPLE:
        return None
    return experiments.detectable(base, n_treated, n_control)


def _suggested(base: float, n: int) -> float | None:
    least = experiments.LEAST_PEOPLE / n if n else 1.0
    if least > 0.5:
        return None
    return experiments.needed_holdout(base, WORTH_KNOWING, n, least=max(LEAST_SHARE, least))


def _least(base: float, n: int) -> float | None:
    """The smallest share held out, by five percent, that leaves enough people on both sides to tell anything."""
    for percent in range(5, 51, 5):
        held_out = round(n * percent / 100)
        if _detectable(base, n - held_out, held_out) is not None:
            return percent / 100
    return None
