"""What the owner looks at: who buys, what sells together, what is worth doing."""

from __future__ import annotations

from bot.talk.desk.command import Command
from ledger.tables import Role

COMMANDS = {
    "segments": Command(Role.STAFF, lambda turn, teller, _said: [teller.segments(turn.session)], also=("segmen",)),
    "bundles": Command(Role.STAFF, lambda turn, teller, _said: [teller.bundles(turn.session)], also=("paket",)),
}
