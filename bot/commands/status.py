"""How the shop stands: for a look at the terminal, for a program, and for whatever wakes somebody at night."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import typer
from babel.dates import format_timedelta
from rich.table import Table
from rich.text import Text

from bot import overview, printing
from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.overview import Overview
from bot.saving import weight
from bot.talk.replies import Teller
from campaigns.tables import State

app = typer.Typer()
SHOWN = (State.PLANNED, State.SENDING, State.SENT, State.DELIVERED, State.READ, State.FAILED, State.UNKNOWN)


@app.command()
def status(
    alive: Annotated[bool, typer.Option("--alive", help="Exit with 1 only where no process sends.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Open or closed, what waits, what is wrong. Exits with 1 if something is."""
    with shop_of(demo) as shop:
        found, teller = overview.look(shop), teller_of(shop)
    wrong = list(found.wrong())
    if as_json:
        print_json(found.as_json())
    else:
        printing.out.print(_table(teller, found))
        if found.queues:
            printing.out.print(_campaigns(teller, found))
        for each in wrong:
            printing.out.print(teller.word("status_wrong", each), markup=False, highlight=False, style="yellow")
        if not wrong:
            printing.out.print(teller.word("status", "well"), markup=False, highlight=False)
    if wrong if not alive else not found.is_worked:
        raise typer.Exit(1)


def _table(teller: Teller, found: Overview) -> Table:
    table = Table(title=found.shop, title_justify="left", show_header=False)
    table.add_column()
    table.add_column()
    for key, told in _lines(teller, found):
        table.add_row(teller.word("status", key), Text(told))
    return table


def _lines(teller: Teller, found: Overview) -> Iterator[tuple[str, str]]:
    yield "shop", teller.word("status", "open" if found.is_open else "closed")
    for each in found.processes:
        age = _age(teller, found, each.since)
        yield "process", teller.word("status", "process_line", role=each.role, place=each.place, age=age)
    if not found.is_open:
        yield "last_beat", _age(teller, found, found.last_beat)
    yield "due", teller.number(found.waiting.due)
    if found.waiting.oldest is not None:
        yield "oldest", _age(teller, found, found.waiting.oldest)
    if found.waiting.next_at is not None:
        yield "next", teller.moment(found.waiting.next_at)
    yield "in_flight", teller.number(found.in_flight)
    yield "unknown", teller.number(found.unknown)
    until = {each.channel: each.until for each in found.closed}
    for channel in found.channels:
        is_closed = channel in until
        told = teller.word("status", "closed_until", at=teller.moment(until[channel])) if is_closed else ""
        yield "channel", f"{channel}: {told or teller.word('status', 'takes')}"
    yield "backup", f"{_age(teller, found, found.backup[0])}, {found.backup[1]}" if found.backup else _never(teller)
    yield "mined", _age(teller, found, found.mined_at)
    free = teller.word("status", "free", size=weight(found.free_bytes)) if found.free_bytes is not None else ""
    yield "database", ", ".join(filter(None, (found.database, weight(found.bytes), free)))


def _campaigns(teller: Teller, found: Overview) -> Table:
    table = Table(title=teller.word("status", "campaigns"), title_justify="left")
    table.add_column("")
    table.add_column("")
    for state in SHOWN:
        table.add_column(teller.word("states", state), justify="right")
    for each in found.queues:
        counts = (teller.number(each.states.get(state, 0)) for state in SHOWN)
        table.add_row(str(each.number), teller.word("statuses", each.status), *counts)
    return table


def _age(teller: Teller, found: Overview, at: datetime | None) -> str:
    if at is None:
        return _never(teller)
    ago = format_timedelta(max(found.at - at, timedelta()), locale=teller.language)
    return teller.word("status", "ago", age=ago)


def _never(teller: Teller) -> str:
    return teller.word("status", "never")
