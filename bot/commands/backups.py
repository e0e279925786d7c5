"""A copy of the shop's database, made while it is open; and one put back in its place."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import printing, shops
from bot.clock import SystemClock
from bot.commands.common import Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.saving import weight
from bot.settings import KEY_FILE, Settings, load
from bot.talk.replies import Teller
from campaigns.words.composing import Composer
from ledger import backups, beside, erasures, restoring, withdrawals
from ledger.backups import Backup
from ledger.copying import CopyFailed, silent
from ledger.database import Database
from ledger.restoring import Restored

app = typer.Typer()
FOLDER = "backups"
"""Within the data, where BACKUP_DIR does not name a better place."""


@app.command()
def backup(
    to: Annotated[
        Path | None, typer.Option(help="A folder, or a file ending in .db or .dump. Else BACKUP_DIR.")
    ] = None,
    keep: Annotated[int, typer.Option(min=0, help="How many of the folder's backups stay; 0: all.")] = 0,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Copy the database while the shop is open, and look the copy through."""
    with shop_of(demo) as shop:
        settings, teller = shop.settings, teller_of(shop)
        place = to or settings.backup_dir or settings.data_dir / FOLDER
        try:
            with _bar(teller.word("backups", "bar"), is_quiet=as_json) as progress:
                made = backups.make(
                    shop.database,
                    place,
                    shop.clock.now(),
                    keep=keep,
                    tools=settings.postgresql_tools,
                    progress=progress,
                )
        except CopyFailed as fault:
            raise Explained(str(fault)) from fault
        except FileExistsError as fault:
            raise Explained(f"{place} is there already; give another name") from fault
    if as_json:
        print_json(made.as_json())
    else:
        _tell(made, teller, settings)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="What `langganan backup` made.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Put a backup in the place of the database; what was there is kept. The shop must be closed."""
    settings, now = load(), SystemClock().now()
    where = shops.place(settings, wants_demo=demo)
    teller = Teller(Composer(), settings.shop(), settings.shop_language)
    database = Database(where.url, secret=settings.secret(), keys=settings.keys(), erasures=settings.data_dir)
    try:
        restoring.require_backup(file, database, settings.secret())
        if not (yes or agrees(teller.word("backups", "ask", file=file.name))):
            printing.err.print(teller.word("backups", "nothing"), markup=False, highlight=False)
            return
        # First: whoever opens what was put back, though this ends in between, has to know who left.
        _bring_lists(file.parent, settings.data_dir)
        done = restoring.restore(file, database, settings.secret(), now, settings.postgresql_tools)
    except CopyFailed as fault:
        raise Explained(str(fault)) from fault
    except OSError as fault:
        raise Explained(f"{file} cannot be restored: {fault.strerror}") from fault
    finally:
        database.close()
    told = _begin_again(where, settings, file, done)
    if as_json:
        print_json(told)
    else:
        _say(teller, told)


def _begin_again(where: shops.Place, settings: Settings, file: Path, done: Restored) -> dict[str, Any]:
    """Open the shop, which repeats what was erased and withdrawn since, and hold back what may have been sent."""
    with shops.opened(where, settings) as shop:
        return {
            "restored": str(file),
            "kept": str(done.kept) if done.kept is not None else None,
            "consent_events": done.events,
            "erasures_repeated": shop.repeated_erasures,
            "withdrawals_repeated": shop.repeated_withdrawals,
            "campaigns_paused": shop.held_back.campaigns,
            "messages_unknown": shop.held_back.messages,
        }


def _bring_lists(folder: Path, data: Path) -> None:
    """Where the lists of erasures and withdrawals are lost with the data, their copies beside the backup count."""
    for kind in (erasures.KIND, withdrawals.KIND):
        for copy in folder.glob(f"{kind}-*.jsonl"):
            mine = data / copy.name
            if not mine.exists():
                data.mkdir(mode=0o700, parents=True, exist_ok=True)
                made = backups.new_file(mine)
                shutil.copyfile(copy, made)
                backups.settle(made)
                made.replace(mine)
                beside.sync(data)


def _bar(label: str, *, is_quiet: bool) -> AbstractContextManager[Callable[[int, int], None]]:
    return nullcontext(silent) if is_quiet else printing.bar(label)


def _tell(made: Backup, teller: Teller, settings: Settings) -> None:
    lines = [teller.word("backups", "made", path=str(made.path), size=weight(made.bytes), n=made.events)]
    if made.removed:
        lines.append(teller.word("backups", "removed", n=len(made.removed)))
    if settings.secret_key is None:
        lines.append(teller.word("backups", "key_file", path=str(settings.data_dir / KEY_FILE)))
    else:
        lines.append(teller.word("backups", "key_setting"))
    if _is_on_one_disk(made.path, settings.data_dir):
        lines.append(teller.word("backups", "elsewhere"))
    for line in lines:
        print(line)


def _is_on_one_disk(made: Path, data: Path) -> bool:
    return data.exists() and made.stat().st_dev == data.stat().st_dev


def _say(teller: Teller, told: dict[str, Any]) -> None:
    print(teller.word("backups", "restored", file=told["restored"], n=told["consent_events"]))
    for name in ("erasures_repeated", "withdrawals_repeated", "campaigns_paused", "messages_unknown"):
        if told[name]:
            print(teller.word("backups", name, n=teller.number(told[name])))
    if told["kept"]:
        print(teller.word("backups", "kept", path=told["kept"]))
    if told["campaigns_paused"]:
        print(teller.word("backups", "held"))
    print(teller.word("backups", "next"))
