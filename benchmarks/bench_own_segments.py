"""How soon a segment in the shop's own words is counted: 20,000 and 200,000 customers, five and a million deeds.

On SQLite, as a chat asks it: the words are read, the people found, each asked whether an offer reaches them. Beside
it how long finding them alone takes. Asking each whether an offer reaches them is the roll call of planning
(bench_planning.py) and grows with the people found. Budgets, in processor time: with 20,000 customers a segment of no
more than 1,000 is counted within a second, with 200,000 anybody is found within two; the rest is told.
Run: python benchmarks/bench_own_segments.py [--small]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from crowds import CHANNEL, NOW, SHOP, crowd
from measuring import arguments, leave
from sqlalchemy import insert, text
from sqlmodel import Session, func, select

from bot.talk.desk.groups import knowing
from bot.talk.desk.groups.reading import read
from campaigns.grouping import counting, members
from campaigns.words.composing import Composer
from ledger.database import Database
from ledger.tables import Customer, Interaction

SIZES = ((20_000, 500_000), (200_000, 1_000_000))
FEW = ((500, 5_000),)
KINDS = ("purchase", "view", "view", "click", "cart", "message_in", "purchase", "review")
WORDS = (
    'beli kategori "jenis 3" minimal 2 kali dalam 60 hari, tidak dalam 30 hari terakhir',
    "belanja minimal 500rb dalam 90 hari terakhir",
    "terakhir aktif lebih dari 180 hari lalu",
    'lihat kategori "jenis 1" dalam 30 hari, tidak beli kategori "jenis 1", kelompok at_risk',
    "beli lebih dari 5 kali",
    "bergabung dalam 30 hari terakhir",
)
AT_ONCE = 20_000
COUNTED_SECONDS, FOUND_SECONDS = 1.0, 2.0
A_FEW = 1_000


@contextmanager
def a_shop(customers: int, deeds: int) -> Iterator[Database]:
    """So many customers, who did so many things in two years."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'shop.db'}", secret=b"for measuring only")
        database.migrate()
        crowd(database, customers)
        dice = Random(0)
        for first in range(0, deeds, AT_ONCE):
            with database.transaction() as session:
                rows = [deed(dice, n, customers) for n in range(first, min(first + AT_ONCE, deeds))]
                session.connection().execute(insert(Interaction), rows)
        with database.transaction() as session:
            session.connection().execute(text("ANALYZE"))
        yield database
        database.close()


def deed(dice: Random, n: int, customers: int) -> dict[str, object]:
    kind = dice.choice(KINDS)
    is_sale = kind == "purchase"
    return {
        "customer_id": dice.randrange(customers) + 1,
        "kind": kind,
        "at": NOW - timedelta(minutes=dice.randrange(2 * 365 * 1_440)),
        "platform": dice.choice(("shopee", "whatsapp", "pos")),
        "product_id": dice.randrange(60) + 1 if kind != "message_in" else None,
        "quantity": 1 if is_sale else None,
        "amount_minor": 50_000 * dice.randrange(1, 6) if is_sale else None,
        "currency": "IDR" if is_sale else None,
        "order_ref": f"O{n // 2}" if is_sale else None,
    }


def timed(act: Callable[[], int]) -> tuple[float, int]:
    began = time.process_time()
    found = act()
    return time.process_time() - began, found


def ask(session: Session, said: str) -> tuple[float, float, int]:
    """Processor seconds for finding the people, and for all that a chat waits for; and how many they are."""
    composer, channels = Composer(), [CHANNEL]

    def everything() -> int:
        names = knowing.names(session, composer, SHOP, NOW)
        reading = read(said, names, knowing.around(session, SHOP, "id", NOW, names))
        assert reading.condition is not None, reading
        return counting.count(session, reading.condition, channels, SHOP, NOW).n

    names = knowing.names(session, composer, SHOP, NOW)
    condition = read(said, names, knowing.around(session, SHOP, "id", NOW, names)).condition
    assert condition is not None, said

    def finding() -> int:
        holds = members.meets(condition, members.asked(session, SHOP, NOW))
        return session.exec(select(func.count()).select_from(Customer).where(holds)).one()

    found, _ = timed(finding)
    whole, n = timed(everything)
    return found, whole, n


def main() -> None:
    asked = arguments(__doc__)
    worst: dict[int, tuple[float, float]] = {}
    for customers, deeds in FEW if asked.small else SIZES:
        with a_shop(customers, deeds) as database, database.reading() as session:
            print(f"{customers:,} customers, {deeds:,} interactions")
            told = [ask(session, said) for said in WORDS]
            for said, (found, whole, n) in zip(WORDS, told, strict=True):
                print(f"  {found:6.2f} s found, {whole:6.2f} s counted, {n:7,} people: {said}")
            counted = [whole for _, whole, n in told if n <= A_FEW]
            worst[customers] = max(found for found, _, _ in told), max(counted)
    if asked.small:
        leave(is_well=True, is_small=True)
    few, many = (worst[customers] for customers, _ in SIZES)
    print(f"20,000 customers: a few counted within {few[1]:.2f} s (budget {COUNTED_SECONDS} s)")
    print(f"200,000 customers: found within {many[0]:.2f} s (budget {FOUND_SECONDS} s)")
    leave(is_well=few[1] <= COUNTED_SECONDS and many[0] <= FOUND_SECONDS)


if __name__ == "__main__":
    main()
