"""What is sealed: nobody reads it in the files, everybody is found, keys come, change and go."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from sqlmodel import Session, col, select

from ledger import customers, resealing
from ledger.columns import SealedCompared
from ledger.database import Database
from ledger.imports import ShopDefaults, import_file
from ledger.sealing import (
    HEAD_LENGTH,
    NO_KEYS,
    SEAL,
    BadKey,
    BrokenSeal,
    Keyring,
    WrongKey,
    keys_of,
    new_key,
)
from ledger.tables import Address, Customer, Identity, ShopFact
from tests.conftest import SECRET

NOW = datetime(2026, 11, 2, 10, tzinfo=UTC)
ONE, TWO = bytes(range(32)), bytes(range(32, 64))
SPELLED = base64.urlsafe_b64encode(ONE).decode()
HISTORY = """tanggal,pelanggan,no pesanan,produk,jumlah,harga,telepon
2026-10-01 10:00,buyer_of_coffee,A1,K1,1,50.000,0812-3456-7890
2026-10-05 10:00,buyer_of_tea,A2,T1,2,15.000,0812-3456-7891
"""


Opening = Callable[..., Database]


@pytest.fixture
def opened(database: Database) -> Iterator[Opening]:
    """Opens the shop of ``database`` anew, with the keys that are given."""
    with ExitStack() as doors:

        def again(*keys: bytes) -> Database:
            url = database.engine.url.render_as_string(hide_password=False)
            found = Database(url, secret=SECRET, keys=keys)
            doors.callback(found.close)
            return found

        yield again


def people(database: Database, *addresses: str) -> None:
    with database.transaction() as session:
        for address in addresses:
            customers.meet(session, "whatsapp", address, "Sari", NOW)


def addresses(database: Database) -> list[str]:
    with database.reading() as session:
        return list(session.exec(select(Address.address).order_by(col(Address.id))))


def stored(database: Database) -> list[str]:
    """The rows as they lie there."""
    with database.reading() as session:
        found = session.connection().execute(text("SELECT address FROM addresses ORDER BY id"))
        return list(found.scalars())


def begins_with(database: Database, keyring: Keyring) -> list[bool]:
    return [each.startswith(SEAL + keyring.mark) for each in stored(database)]


def files(database: Database) -> bytes:
    """Everything in the database's files: SQLite's with its journals, on PostgreSQL the addresses' own."""
    if database.is_sqlite:
        path = Path(str(database.engine.url.database))
        return b"".join(each.read_bytes() for each in path.parent.glob(f"{path.name}*"))
    with psycopg.connect(
        database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
    ) as connection:
        connection.execute("CHECKPOINT")
        found = connection.execute(
            "SELECT current_setting('data_directory') || '/' || pg_relation_filepath(oid) "
            "FROM pg_class WHERE relname IN ('addresses', 'identities')"
        )
        return b"".join(Path(path).read_bytes() for (path,) in found)


# The form


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])), st.sampled_from([(), (ONE,), (TWO, ONE)]))
def test_what_was_stored_is_read_again(said: str, keys: tuple[bytes, ...]) -> None:
    keyring = Keyring(keys)
    assert keyring.open(keyring.seal(said)) == said


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_what_was_stored_without_a_key_is_read_with_one(said: str) -> None:
    assert Keyring([ONE]).open(NO_KEYS.seal(said)) == said


def test_the_same_text_never_looks_the_same_twice() -> None:
    keyring = Keyring([ONE])
    assert len({keyring.seal("+6281234567890") for _ in range(100)}) == 100


def test_an_independent_reading_of_the_form_finds_the_text() -> None:
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    sealed = base64.urlsafe_b64decode(Keyring([ONE]).seal("+6281234567890")[HEAD_LENGTH:])
    nonce, words, tag = sealed[:12], sealed[12:-16], sealed[-16:]
    reader = Cipher(algorithms.AES(ONE), modes.GCM(nonce, tag)).decryptor()
    assert reader.update(words) + reader.finalize() == b"+6281234567890"


@pytest.mark.parametrize("place", [HEAD_LENGTH, HEAD_LENGTH + 20, -2])
def test_a_sealed_text_that_was_changed_is_not_believed(place: int) -> None:
    keyring = Keyring([ONE])
    signs = list(keyring.seal("+6281234567890"))
    signs[place] = "A" if signs[place] != "A" else "B"
    with pytest.raises(BrokenSeal):
        keyring.open("".join(signs))


def test_a_sealed_text_that_was_cut_off_is_not_believed() -> None:
    keyring = Keyring([ONE])
    whole = keyring.seal("+6281234567890")
    for length in range(HEAD_LENGTH, len(whole)):
        with pytest.raises(BrokenSeal):
            keyring.open(whole[:length])


def test_a_new_key_is_one_that_settings_take() -> None:
    first, second = new_key(), new_key()
    assert first != second
    assert [len(each) for each in keys_of(f"{first}, {second}")] == [32, 32]


@pytest.mark.parametrize("spelled", ["", "secret", "A" * 43, "A" * 44, f"{SPELLED},", "ключ", SPELLED[:-4]])
def test_what_is_no_key_is_refused(spelled: str) -> None:
    with pytest.raises(BadKey, match="langganan new-key"):
        keys_of(spelled)


# In the database


def test_the_files_hold_no_number_and_it_is_read_and_found_all_the_same(opened: Opening) -> None:
    database = opened(ONE)
    people(database, "+6281234567890")
    assert addresses(database) == ["+6281234567890"]
    with database.reading() as session:
        assert customers.find(session, "0812-3456-7890", "ID").name == "Sari"
    assert b"81234567890" not in files(database)
    assert begins_with(database, database.keyring) == [True]


def test_without_a_key_the_files_hold_it_as_it_is(database: Database) -> None:
    people(database, "+6281234567890")
    assert b"+6281234567890" in files(database)


def test_an_import_seals_numbers_and_buyers_names(opened: Opening, tmp_path: Path) -> None:
    database = opened(ONE)
    path = tmp_path / "history.csv"
    path.write_text(HISTORY, encoding="utf-8")
    shop = ShopDefaults("IDR", "Asia/Jakarta", "ID")
    import_file(database, path, shop=shop, now=NOW)
    assert addresses(database) == ["+6281234567890", "+6281234567891"]
    with database.reading() as session:
        assert list(session.exec(select(Identity.reference))) == ["buyer_of_coffee", "buyer_of_tea"]
    for known in (b"8123456789", b"buyer_of_"):
        assert known not in files(database)
    assert import_file(database, path, shop=shop, now=NOW).added["customers"] == 0


def test_who_is_known_from_before_the_key_came_is_still_known(database: Database, opened: Opening) -> None:
    people(database, "+6281234567890")
    later = opened(ONE)
    people(later, "+6281234567890", "+6281234567891")
    assert addresses(later) == ["+6281234567890", "+6281234567891"]
    assert begins_with(later, later.keyring) == [False, True]


def test_two_shops_in_one_process_have_keys_of_their_own(
    sqlite_database: Database, postgresql_database: Database
) -> None:
    shops = [
        Database(each.engine.url.render_as_string(hide_password=False), secret=SECRET, keys=[key])
        for each, key in ((sqlite_database, ONE), (postgresql_database, TWO))
    ]
    for shop in shops:
        people(shop, "+6281234567890")
    assert [begins_with(shop, Keyring([key])) for shop, key in zip(shops, (ONE, TWO), strict=True)] == [[True]] * 2
    assert [addresses(shop) for shop in shops] == [["+6281234567890"]] * 2
    for shop in shops:
        shop.close()


def test_nothing_can_be_looked_for_by_what_is_sealed(database: Database) -> None:
    for condition in (
        lambda: col(Address.address) == "+6281234567890",
        lambda: col(Address.address).in_(["+6281234567890"]),
        lambda: col(Identity.reference).like("buyer%"),
        lambda: col(Identity.reference).desc(),
    ):
        with pytest.raises(SealedCompared):
            condition()


# Keys come, change and go


def is_known(session: Session, database: Database) -> bool:
    return resealing.recognise(session, database.keyring)


def test_a_shop_that_seals_is_not_opened_without_its_key(opened: Opening) -> None:
    first = opened(ONE)
    with first.transaction() as session:
        assert not is_known(session, first)
        resealing.remember(session, first.keyring)
        assert is_known(session, first)
    people(first, "+6281234567890")
    for keys in ((), (TWO,)):
        other = opened(*keys)
        with other.reading() as session, pytest.raises(WrongKey, match="restore that key"):
            is_known(session, other)
        with pytest.raises(WrongKey):
            addresses(other)


def test_a_key_under_which_nothing_lies_may_go(opened: Opening) -> None:
    first, other = opened(ONE), opened()
    with first.transaction() as session:
        resealing.remember(session, first.keyring)
    with other.reading() as session:
        assert is_known(session, other)


def test_a_shop_that_never_had_a_key_is_known_without_one(database: Database) -> None:
    people(database, "+6281234567890")
    with database.reading() as session:
        assert is_known(session, database)


def test_everything_comes_under_the_first_key(database: Database, opened: Opening) -> None:
    numbers = [f"+62812345678{n}" for n in range(10, 40)]
    people(database, *numbers[:10])
    old = opened(ONE)
    with old.transaction() as session:
        resealing.remember(session, old.keyring)
    people(old, *numbers[10:20])
    both = opened(TWO, ONE)
    with both.transaction() as session:
        resealing.remember(session, both.keyring)
    people(both, *numbers[20:])
    with both.reading() as session:
        assert resealing.seals(session, both.keyring) == resealing.Seals(10, 10, 10, 0)

    assert resealing.reseal(both, both.keyring) == 20

    new = opened(TWO)
    assert addresses(new) == numbers
    assert all(begins_with(new, new.keyring))
    with new.reading() as session:
        assert is_known(session, new)
        assert resealing.seals(session, new.keyring) == resealing.Seals(30, 0, 0, 0)
        assert len(session.exec(select(ShopFact).where(col(ShopFact.key).startswith("sealed"))).all()) == 1
    assert resealing.reseal(new, new.keyring) == 0


def test_going_back_to_plain_opens_everything(opened: Opening) -> None:
    sealed = opened(ONE)
    people(sealed, "+6281234567890", "+6281234567891")
    assert resealing.reseal(sealed, NO_KEYS) == 2
    plain = opened()
    assert stored(plain) == addresses(plain) == ["+6281234567890", "+6281234567891"]


def test_a_rotation_that_was_stopped_goes_on_where_it_was(
    database: Database, opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    people(database, *(f"+62812345678{n}" for n in range(10, 20)))
    later = opened(ONE)
    monkeypatch.setattr(resealing, "BATCH", 4)
    told: list[tuple[int, int]] = []

    def stop(done: int, total: int) -> None:
        told.append((done, total))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        resealing.reseal(later, later.keyring, stop)
    assert begins_with(later, later.keyring) == [True] * 4 + [False] * 6
    assert told == [(4, 10)]
    assert resealing.reseal(later, later.keyring, lambda *at: told.append(at)) == 6
    assert told[1:] == [(4, 6), (6, 6)]
    assert all(begins_with(later, later.keyring))


def test_after_a_rotation_the_files_hold_nothing_of_what_was_plain(database: Database, opened: Opening) -> None:
    numbers = [f"+6281{n:08}" for n in range(3000)]
    with database.transaction() as session:
        for number in numbers:
            person = Customer(source="chat", created_at=NOW)
            session.add(person)
            session.flush()
            customers.add_address(session, person, "whatsapp", number, "chat", NOW)
    assert b"+628100002999" in files(database)
    later = opened(ONE)
    assert resealing.reseal(later, later.keyring) == 3000
    left = files(database)
    assert [number for number in numbers if number.encode() in left] == []
    assert addresses(later) == numbers
