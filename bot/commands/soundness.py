"""Whether the shop's data can be believed, looked at now."""

from __future__ import annotations

import typer

from bot.commands.common import Demo, Json, print_json, shop_of, teller_of
from bot.talk.desk import soundness
from bot.terminal import at_terminal

app = typer.Typer()


@app.command(name="check-data")
def check_data(as_json: Json = False, demo: Demo = False) -> None:
    """What looks odd in the shop's data: lines twice or far off, silent days, mixed currencies."""
    # Reckons with polars, which answering people never needs.
    from ledger import extracts
    from ledger.soundness.looking import of_ledger
    from ledger.tables import Kind

    with shop_of(demo) as shop, shop.database.reading() as session:
        now = shop.clock.now()
        columns = extracts.interactions(session)
        bought = int((columns.kind == extracts.KINDS[Kind.PURCHASE.value]).sum())
        found = [each.as_json() for each in of_ledger(session, columns, now=now, zone=shop.shop.zone.key)]
        if as_json:
            print_json({"as_of": now.isoformat(), "purchases": bought, "findings": found})
            return
        counts = {"purchases": bought}
        print(at_terminal(soundness.overview(session, teller_of(shop), now, found, counts)))
