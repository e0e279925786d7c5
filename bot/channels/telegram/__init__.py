"""Telegram: updates to Inbound, Outgoing to the Bot API's requests, its errors to our outcomes.

updates → polling or calling → attending → inbound → hear
Outgoing → letters → wording → sending, in the lane's turns → request → errors → Outcome
"""

from bot.channels.telegram.channel import BOT_API, Telegram
from bot.channels.telegram.errors import outcome_of
from bot.channels.telegram.inbound import inbound, reach

__all__ = ["BOT_API", "Telegram", "inbound", "outcome_of", "reach"]
