"""Mining as `langganan mine` does it, in this process: under a ceiling of memory, and until somebody stops it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from bot.app import App
from bot.ceiling import TooMuchMemory, ceiling
from bot.talk.desk.mining import why
from bot.talk.replies import Teller
from bot.terminal import typed
from campaigns import mining
from campaigns.listening import catching_up
from campaigns.listening.judging import Judge
from campaigns.mining import Parameters
from campaigns.runs import NO_ROOM
from campaigns.tables import MiningRun
from ledger import leases, notices
from ledger.tables import Role


def mined(shop: App, min_support: float, progress: Callable[[str, float], None], *, anyway: bool) -> dict[str, Any]:
    """What was found, or under ``problem`` why nothing was, with what ``says`` so in a sentence."""
    parameters = Parameters.of(shop.shop, min_support=min_support)
    # What was imported or written since, so that it is heard even where there is nothing to mine.
    catching_up.catch_up(shop.database, Judge(shop.sentiment), shop.shop, shop.clock.now())
    try:
        with _stoppable(), ceiling(shop.settings.mining_memory_mb) as look:
            run = mining.mine(shop.database, shop.clock.now, parameters, progress, anyway=anyway, watch=look)
    except mining.NothingToMine as fault:
        return {"problem": "too_little", "says": str(fault)}
    except mining.Misleading as fault:
        problem, values = f"misleading_{fault.odd}", {"n": fault.n, "of": fault.of, **fault.values}
        says = typed(why(Teller(shop.composer, shop.shop, "en"), problem, values))
        return {"problem": problem, "values": values, "says": says}
    except mining.MiningUnderWay as fault:
        return {"problem": "under_way", "says": str(fault)}
    except leases.LostLease:
        # This computer slept, say, and another run was begun.
        return {"problem": "under_way", "says": _word(shop, "mining_problems", "under_way")}
    except TooMuchMemory as fault:
        _tell_owners(shop)
        return {"problem": "memory", "says": str(fault)}
    except (mining.Cancelled, KeyboardInterrupt):
        return {"problem": "stopped", "says": _word(shop, "mining_problems", "stopped")}
    return told(shop, run)


def told(shop: App, run: MiningRun) -> dict[str, Any]:
    """A run as --json tells it."""
    ended_at = run.ready_at or run.held_at or run.started_at
    seconds = round((ended_at - run.started_at).total_seconds(), 1)
    found = {"run": run.id, "seconds": seconds, "held": run.held_at is not None, **run.quality}
    more = {"parameters": run.parameters, "verdict": run.verdict, "data_fingerprint": run.data_fingerprint}
    return {**found, **more, **({"says": _held(shop, run)} if run.held_at is not None else {})}


def _held(shop: App, run: MiningRun) -> str:
    worse = [each for each in run.verdict["figures"] if each["is_worse"]]
    figures = "; ".join(
        f"{_word(shop, 'mining_figures', each['art'])} ({each['name']}) {each['before']:.3f} → {each['after']:.3f}, "
        f"n = {each['n']:,}"
        for each in worse
    )
    return _word(shop, "mining_told", "held", figures=figures)


def _word(shop: App, shelf: str, key: str, **values: str) -> str:
    return Teller(shop.composer, shop.shop, "en").word(shelf, key, **values)


def _tell_owners(shop: App) -> None:
    """By night nobody reads what a command prints."""
    with shop.database.transaction() as session:
        now, most = shop.clock.now(), shop.settings.mining_memory_mb
        notices.tell_team(session, NO_ROOM, now, least=Role.OWNER, megabytes=most)


@contextmanager
def _stoppable() -> Iterator[None]:
    """Told to end by another process it ends as with Ctrl+C: nothing half written is left.

    So it does where it was begun with Ctrl+C ignored, in the background of a script: what watches it ends it so, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, signal.default_int_handler) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
