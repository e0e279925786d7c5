"""How many messages a second leave for Telegram: our line against python-telegram-bot's own, in one run.

A server in a process of its own answers sendMessage at once, and after 50 ms as one across the sea does. IN_FLIGHT
callers send one after the other through `Bot.send_message`; both lines in turn, ROUNDS times, the best of each
counts. Beside it what a second of the processor sends, which a busy computer tells more truly.
Budget: at 50 ms at least 2,000 a second (of the processor, where others use it as well) and 4 times the library's;
at 0 ms at least as many as the library's.
Run: python benchmarks/bench_telegram.py
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping

from telegram import Bot
from telegram.request import BaseRequest, HTTPXRequest

from benchmarks.bot_api import TOKEN, bot_api
from benchmarks.measuring import arguments, leave
from bot.channels.telegram.request import AiohttpRequest

IN_FLIGHT = 200
MESSAGES = {"ours": 4_000, "the library's": 400}
ROUNDS = 3
DELAYS_SECONDS = (0.0, 0.05)
LEAST_PER_SECOND, LEAST_RATIO = 2_000, {0.0: 1.0, 0.05: 4.0}
LINES: dict[str, Callable[[], BaseRequest]] = {
    "ours": lambda: AiohttpRequest(IN_FLIGHT),
    "the library's": lambda: HTTPXRequest(IN_FLIGHT, pool_timeout=60, connect_timeout=60, read_timeout=60),
}


async def per_second(make: Callable[[], BaseRequest], url: str, messages: int) -> tuple[float, float]:
    line = make()
    bot = Bot(TOKEN, base_url=f"{url}/bot", request=line)
    left = iter(range(messages))

    async def send_on() -> None:
        for _ in left:
            await bot.send_message(700100, "Halo Kak Sari, kopi robusta diskon 10%")

    await asyncio.gather(*(bot.send_message(700100, "Halo") for _ in range(min(IN_FLIGHT, messages))))
    began, worked = time.perf_counter(), time.process_time()
    await asyncio.gather(*(send_on() for _ in range(IN_FLIGHT)))
    seconds, worked = time.perf_counter() - began, time.process_time() - worked
    await line.shutdown()
    return messages / seconds, messages / worked


def measured(delay_seconds: float, messages: Mapping[str, int], rounds: int) -> dict[str, tuple[float, float]]:
    """The best rates of each line: by the clock and by the processor."""
    with bot_api(delay_seconds) as url:
        rates: dict[str, list[tuple[float, float]]] = {name: [] for name in LINES}
        for _ in range(rounds):
            for name, make in LINES.items():
                rates[name].append(asyncio.run(per_second(make, url, messages[name])))
    return {name: max(found) for name, found in rates.items()}


def main() -> None:
    said = arguments(__doc__)
    is_well = True
    for delay_seconds in DELAYS_SECONDS[:1] if said.small else DELAYS_SECONDS:
        messages = dict.fromkeys(LINES, 20) if said.small else MESSAGES
        rates = measured(delay_seconds, messages, 1 if said.small else ROUNDS)
        (ours, our_work), (theirs, their_work) = rates["ours"], rates["the library's"]
        print(
            f"{delay_seconds * 1000:.0f} ms, {IN_FLIGHT} in flight: {ours:,.0f} messages/s, "
            f"the library's line {theirs:,.0f}: {ours / theirs:.1f} times as many; "
            f"per second of the processor {our_work:,.0f} and {their_work:,.0f}"
        )
        is_well &= ours / theirs >= LEAST_RATIO[delay_seconds] and (
            delay_seconds == 0 or max(ours, our_work) >= LEAST_PER_SECOND
        )
    leave(is_well=is_well, is_small=said.small)


if __name__ == "__main__":
    main()
