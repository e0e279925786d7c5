"""What campaigns keep, a table a class: what the engine found, and what was sent."""

from __future__ import annotations

from campaigns.tables.grouping import OwnSegment
from campaigns.tables.listening import Voice
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
from campaigns.tables.surveys import Reached, Survey, SurveyAnswer, SurveyResponse

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
    "OwnSegment",
    "Pace",
    "Prospect",
    "Reached",
    "Recommendation",
    "RunState",
    "Segment",
    "State",
    "Status",
    "Survey",
    "SurveyAnswer",
    "SurveyResponse",
    "TrackedLink",
    "Voice",
    "Voucher",
    "WakeUp",
]
