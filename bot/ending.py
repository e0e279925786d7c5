"""From the command line: have the mining end that is under way, or use what was held back. Loads no engine."""

from __future__ import annotations

from typing import Any

from bot.app import App
from bot.talk.replies import Teller
from campaigns import runs
from ledger import audit

COMMAND_LINE = "command line"


def ending(shop: App) -> dict[str, Any]:
    """Ask the mining that is under way to end; where it stood."""
    now, teller = shop.clock.now(), Teller(shop.composer, shop.shop, "en")
    with shop.database.transaction() as session:
        try:
            found = runs.stop(session, now)
        except runs.NothingUnderWay:
            return {"problem": "none", "says": teller.word("mining_problems", "none")}
        audit.record(session, now, COMMAND_LINE, "mining stopped", str(found.run_id))
    step = teller.word("mining_steps", found.step) if found.step else ""
    return {"run": found.run_id, "step": found.step, "says": teller.word("mining_told", "ending", step=step)}


def unheld(shop: App) -> int | None:
    """Use the run that was held back: its number; None where there is none."""
    now = shop.clock.now()
    with shop.database.transaction() as session:
        try:
            run = runs.use_held(session, now)
        except runs.NothingHeld:
            return None
        audit.record(session, now, COMMAND_LINE, "mining used anyway", str(run.id))
        return run.id
