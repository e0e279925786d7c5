"""The engine over everything the ledger holds: read, think, write, and let readers follow.

Only those who mine import this room: people are answered from campaigns/insights.py.
"""

from campaigns.mining.keeping import Cancelled, MiningUnderWay
from campaigns.mining.parameters import USUAL, Parameters
from campaigns.mining.reading import fingerprint, frames
from campaigns.mining.running import NothingToMine, Progress, find_rules, mine
from campaigns.mining.sifting import Misleading
from campaigns.mining.writing import RUNS_KEPT

__all__ = [
    "RUNS_KEPT",
    "USUAL",
    "Cancelled",
    "MiningUnderWay",
    "Misleading",
    "NothingToMine",
    "Parameters",
    "Progress",
    "find_rules",
    "fingerprint",
    "frames",
    "mine",
]
