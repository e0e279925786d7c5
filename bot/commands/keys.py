"""Keys: make one, bring the addresses under it, or under none."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from bot import printing
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, err, print_json, shop_of
from ledger import audit, resealing
from ledger.sealing import NO_KEYS, Keyring, new_key

app = typer.Typer()

KEEP_IT = (
    "Put it into .env as ENCRYPTION_KEY, and a copy apart from the database: whoever loses it loses the addresses."
)
SEALED = (
    "All are sealed with the first key. Take the others out of ENCRYPTION_KEY once `langganan doctor` agrees; "
    "delete the backups made before, or keep the old key with them."
)
OPENED = "All stand as they are. Take ENCRYPTION_KEY out of .env before the next message comes in."


@app.command(name="new-key")
def make_key(as_json: Json = False) -> None:
    """Print a fresh key for ENCRYPTION_KEY. Nothing is changed."""
    key = new_key()
    if as_json:
        print_json({"key": key})
        return
    print(key)
    err.print(KEEP_IT, soft_wrap=True)


@app.command(name="rotate-key")
def rotate_key(
    to_plain: Annotated[bool, typer.Option("--to-plain", help="Take the seals off instead, for good.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="With --to-plain: do it without asking.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Seal every address with the first of ENCRYPTION_KEY. May be stopped and started again."""
    with shop_of(demo) as shop:
        keyring = shop.database.keyring
        if not keyring.mark:
            raise Explained("ENCRYPTION_KEY is empty: `langganan new-key` makes a key, .env is its place.")
        if to_plain and not (yes or agrees("Store every address readable for whoever has the file? YES/NO")):
            print("Nothing was changed.", file=sys.stderr)
            return
        target: Keyring = NO_KEYS if to_plain else keyring
        with printing.bar("addresses") as progress:
            changed = resealing.reseal(shop.database, target, progress)
        with shop.database.transaction() as session:
            what = "seals taken off" if to_plain else "key rotated"
            audit.record(session, shop.clock.now(), COMMAND_LINE, what, target.mark, changed=changed)
    if as_json:
        print_json({"changed": changed, "sealed": not to_plain})
    else:
        print(f"{changed:,} changed. {OPENED if to_plain else SEALED}")
