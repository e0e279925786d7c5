"""What sealing costs: the same shop with and without a key, 100,000 addresses imported, and read as a campaign does.

Peer: the same code without a key. Processor time, the best of ROUNDS in alternating order, on fresh SQLite databases;
on a busy computer the difference drowns in noise. Budget: reading at most 1.6 times as long, importing at most 1.3.
Run: python benchmarks/bench_sealing.py
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import select

from benchmarks.measuring import arguments, leave
from ledger import resealing
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.sealing import Keyring
from ledger.tables import Address

ROUNDS = 4
NOW = datetime(2026, 11, 2, tzinfo=UTC)
SHOP = ShopDefaults("IDR", "Asia/Jakarta", "ID")
KEY, OTHER_KEY = bytes(range(32)), bytes(range(32, 64))
READING_BUDGET = 1.6
IMPORT_BUDGET = 1.3


def write_history(path: Path, addresses: int) -> None:
    """A purchase each for as many customers, all with a number and a name of their own."""
    lines = (
        f"2026-10-{n % 28 + 1:02} 10:00,pembeli_{n},A{n},K{n % 50},1,50.000,+62812{n:08}\n" for n in range(addresses)
    )
    path.write_text("tanggal,pelanggan,no pesanan,produk,jumlah,harga,telepon\n" + "".join(lines), encoding="utf-8")


def seconds(act: Callable[[], object]) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


def read(database: Database) -> None:
    with database.reading() as session:
        assert session.exec(select(Address)).all()


def measured(folder: Path, keys: tuple[bytes, ...], history: Path) -> tuple[float, float, Database]:
    """Seconds to import and to read, and the shop that came of it."""
    database = Database(f"sqlite:///{folder}/{time.perf_counter_ns()}.db", secret=b"for measuring only", keys=keys)
    database.migrate()
    importing = seconds(lambda: import_file(database, history, shop=SHOP, now=NOW))
    return importing, min(seconds(lambda: read(database)) for _ in range(ROUNDS)), database


def pair(folder: Path, history: Path, *, sealed_first: bool) -> list[tuple[float, float, Database]]:
    """Without a key and with one; whichever goes first finds the computer another."""
    order = ((KEY,), ()) if sealed_first else ((), (KEY,))
    found = {bool(keys): measured(folder, keys, history) for keys in order}
    return [found[False], found[True]]


def megabytes(database: Database) -> float:
    return Path(str(database.engine.url.database)).stat().st_size / 2**20


def main() -> None:
    said = arguments(__doc__, addresses=100_000)
    addresses, rounds = (100, 1) if said.small else (said.addresses, ROUNDS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history = folder / "history.csv"
        write_history(history, addresses)
        measured(folder, (), history)[2].close()
        pairs = [pair(folder, history, sealed_first=turn % 2 == 1) for turn in range(rounds)]
        plain, sealed = (database for _, _, database in pairs[0])
        grown = megabytes(sealed) / megabytes(plain)
        with sealed.reading() as session:
            counting = seconds(lambda: resealing.seals(session, sealed.keyring))
        rotating = seconds(lambda: resealing.reseal(sealed, Keyring([OTHER_KEY])))
        for _, _, database in (side for both in pairs for side in both):
            database.close()
    importing, reading = (tell(f"{addresses:,} {what}", at, pairs) for at, what in enumerate(("imported", "read")))
    print(
        f"the file grows to {grown:.2f} times its size; counting what lies under which key {counting * 1000:.0f} ms;"
    )
    print(f"{2 * addresses:,} values brought under another key in {rotating:.1f} s")
    fits = importing <= IMPORT_BUDGET and reading <= READING_BUDGET
    print(f"import at most {IMPORT_BUDGET}, reading at most {READING_BUDGET}")
    leave(is_well=fits, is_small=said.small)


def tell(what: str, at: int, pairs: list[list[tuple[float, float, Database]]]) -> float:
    """Print one comparison; how many times as long it takes with a key."""
    without, with_key = (min(float(both[side][at]) for both in pairs) for side in (0, 1))
    print(f"{what:16}  {without:.2f} s without a key, {with_key:.2f} s with one, {with_key / without:.2f}")
    return with_key / without


if __name__ == "__main__":
    main()
