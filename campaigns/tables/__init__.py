"""What campaigns keep, a table a class: what the engine found, and what was sent."""

from __future__ import annotations

from campaigns.tables.runs import (
    BestHour,
    Bundle,
    BundleRule,
    Future,
    Membership,
    MiningRun,
    Prospect,
    Recommendation,
    RunState,
    Segment,
)
from campaigns.tables.sending import (
    OPEN_STATES,
    SENT_STATES,
    Approval,
    ApprovedContent,
    Campaign,
    EarlyReport,
    Message,
    Pace,
    State,
    Status,
    TrackedLink,
    Voucher,
    WakeUp,
)

__all__ = [
    "OPEN_STATES",
    "SENT_STATES",
    "Approval",
    "ApprovedContent",
    "BestHour",
    "Bundle",
    "BundleRule",
    "Campaign",
    "EarlyReport",
    "Future",
    "Membership",
    "Message",
    "MiningRun",
    "Pace",
    "Prospect",
    "Recommendation",
    "RunState",
    "Segment",
    "State",
    "Status",
    "TrackedLink",
    "Voucher",
    "WakeUp",
]
