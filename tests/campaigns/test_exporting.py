"""What a customer takes along is everything there is of them, field by field, and in words."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from campaigns.choosing import reasons
from campaigns.privacy import exporting
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Message
from campaigns.words.composing import Composer
from ledger.columns import Moment, microseconds
from ledger.database import Database
from ledger.declarations import Until, What, Why
from ledger.tables import ConsentEvent, ConsentWording, Customer
from tests.somebody import BELONGING, MARK, somebody, stored

COMPOSER = Composer()
SHOP = Shop(name="Toko Ratna", contact="0812-0000-0009")
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)


def exported(database: Database, who: str = "sari") -> tuple[int, dict[str, Any]]:
    with database.transaction() as session:
        somebody(session, "someone else altogether")
        customer_id = somebody(session, who).customer_id
    with database.reading() as session:
        person = session.get_one(Customer, customer_id)
        return customer_id, exporting.export(session, person, composer=COMPOSER, shop=SHOP, made_at=NOW)


def as_stored(value: Any, table: str, column: str, *, is_sqlite: bool) -> Any:
    """An exported value as the database's driver gives it."""
    kind = SQLModel.metadata.tables[table].columns[column].type
    if isinstance(kind, Moment) and value is not None:
        moment = datetime.fromisoformat(value)
        assert moment.utcoffset() == timedelta()
        return microseconds(moment) if is_sqlite else moment
    return json.dumps(value) if is_sqlite and isinstance(value, dict | list) else value


def test_every_field_of_every_table_is_there_as_it_is_stored(database: Database) -> None:
    customer_id, taken = exported(database)
    rows = stored(database, customer_id)
    for table, found in rows.items():
        part = taken[exporting.PARTS.get(table, table)]
        told = part if isinstance(part, list) else [part]
        assert len(told) == len(found) >= 1, table
        columns = SQLModel.metadata.tables[table].columns.keys()
        again = [
            {column: as_stored(row[column], table, column, is_sqlite=database.is_sqlite) for column in columns}
            for row in told
        ]
        for row in found:
            assert row in again, table


def test_the_comparison_leaves_no_column_out(database: Database) -> None:
    customer_id, _ = exported(database)
    empty = {
        f"{table}.{column}"
        for table, found in stored(database, customer_id).items()
        for row in found
        for column, value in row.items()
        if value is None
    }
    assert empty == {"customers.erased_at", "customers.merged_into"}


def test_nothing_of_anybody_else_is_there(database: Database) -> None:
    _, taken = exported(database)
    assert f"someone else altogether-{MARK}" not in exporting.as_json(taken)


def test_an_export_is_plain_json_with_times_in_utc(database: Database) -> None:
    _, taken = exported(database)
    assert json.loads(exporting.as_json(taken)) == taken
    assert taken["made_at"] == "2026-11-02T03:00:00+00:00"


def test_what_the_numbers_mean_stands_beside_them(database: Database) -> None:
    _, taken = exported(database)
    name = f"sari-{MARK}-products-name"
    assert all(row["product"].startswith(name) for row in (*taken["interactions"], *taken["wishes"]))
    (recommended,) = taken["recommendations"]
    assert [each.startswith(name) for each in recommended["products"]] == [True]
    assert [each.startswith(f"similar to {name}") for each in recommended["why"]] == [True]
    assert taken["segments"][0]["segment"] == "shop here often, and have for a long time, often buy a lot at once"
    assert taken["segments"][0]["why"] == ["orders: 12 (usually 3)"]
    assert taken["messages"][0]["offer"] == "picks for each customer"
    assert taken["messages"][0]["why"].startswith(
        "Going by your purchases, you are among those who shop here often, and have for a long time. We chose"
    )


def test_what_the_law_wants_told_is_told_of_every_part(database: Database) -> None:
    _, taken = exported(database)
    about = taken["about"]
    assert {each["part"] for each in about["parts"]} == {exporting.PARTS.get(table, table) for table in BELONGING}
    assert all(each["holds"] and each["purposes"] and each["kept"] for each in about["parts"])
    assert about["contact"] == "Questions, or something to correct: 0812-0000-0009"
    assert all(about[part] for part in ("recipients", "sources", "profiling", "rights"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_shelf_has_a_word_for_everything_a_column_can_declare(language: str) -> None:
    shelf = COMPOSER.shelf(language, "export")
    wanted = {*Why, *Until, *(each for each in What if each is not What.CONTACT), "where"}
    assert wanted <= set(shelf)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_of_record_has_its_line_in_the_readme(language: str) -> None:
    parts = {exporting.PARTS.get(table, table) for table in BELONGING}
    assert set(COMPOSER.shelf(language, "export_parts")) == parts


@pytest.mark.parametrize("shelf", ["because", "export", "export_parts"])
def test_both_languages_have_the_same_words(shelf: str) -> None:
    assert set(COMPOSER.shelf("id", shelf)) == set(COMPOSER.shelf("en", shelf))


def opened(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as file:
        return {name: file.read(name) for name in file.namelist()}


def table(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_archive_holds_the_json_a_table_for_each_part_and_a_word_in_both_languages(database: Database) -> None:
    _, taken = exported(database)
    files = opened(exporting.zipped(taken, composer=COMPOSER))
    parts = {f"{exporting.PARTS.get(each, each)}.csv" for each in BELONGING}
    assert set(files) == {"data.json", "README.txt"} | parts
    assert json.loads(files["data.json"]) == taken
    readme = files["README.txt"].decode()
    assert readme.startswith("Mulai dari sini / Start here\n")
    assert "Ini semua yang disimpan program Toko Ratna tentang Kakak, per 2 November 2026 10:00 WIB." in readme
    assert "This is everything that Toko Ratna's program keeps about you, as of 2 November 2026 10:00 WIB." in readme
    for part in parts:
        assert readme.count(f"\n- {part}: ") == 2


def test_what_is_not_in_the_archive_is_not_told_of(database: Database) -> None:
    _, taken = exported(database)
    taken["wishes"] = []
    files = opened(exporting.zipped(taken, composer=COMPOSER))
    assert "wishes.csv" not in files
    assert "wishes.csv" not in files["README.txt"].decode()


def test_beside_each_yes_stand_the_words_that_were_asked(database: Database) -> None:
    with database.transaction() as session:
        customer_id = somebody(session).customer_id
        wording_hash = session.exec(select(ConsentEvent.wording_hash)).one()
        session.add(
            ConsentWording(
                hash=wording_hash,
                version="offers-1",
                purpose="offers",
                language="en",
                text="May we?\nYES",
                first_shown_at=NOW,
            )
        )
    with database.reading() as session:
        person = session.get_one(Customer, customer_id)
        taken = exporting.export(session, person, composer=COMPOSER, shop=SHOP, made_at=NOW)
    (event,) = taken["consent"]
    assert (event["asked"], event["wording_hash"]) == ("May we?\nYES", wording_hash)


def test_where_no_words_were_asked_there_are_none(database: Database) -> None:
    _, taken = exported(database)
    assert taken["consent"][0]["asked"] == ""


def test_moments_stand_by_the_shops_clock_too(database: Database) -> None:
    _, taken = exported(database)
    told = {part: rows[0]["when"] for part, rows in taken.items() if isinstance(rows, list) and "when" in rows[0]}
    assert set(told) == {exporting.PARTS.get(table, table) for table in exporting.WHEN} - {"customer"}
    at = datetime.fromisoformat(taken["consent"][0]["at"]) + timedelta(hours=7)
    assert told["consent"] == f"{at:%-d %B %Y %H:%M} WIB"


def test_reasons_are_texts_in_a_table(database: Database) -> None:
    _, taken = exported(database)
    taken["segments"][0]["why"] = ["orders: 12 (usually 3)", "days: 2"]
    heading, row = table(opened(exporting.zipped(taken, composer=COMPOSER))["segments.csv"])
    assert row[heading.index("why")] == "orders: 12 (usually 3); days: 2"


def test_a_table_has_every_row_and_column_and_lines_as_rfc_4180_has_them(database: Database) -> None:
    _, taken = exported(database)
    data = opened(exporting.zipped(taken, composer=COMPOSER))["interactions.csv"]
    heading, *rows = table(data)
    assert heading == list(taken["interactions"][0])
    assert [row[heading.index("text")] for row in rows] == [each["text"] for each in taken["interactions"]]
    assert data.count(b"\r\n") == len(rows) + 1


def test_the_same_document_gives_the_same_bytes(database: Database) -> None:
    _, taken = exported(database)
    again = json.loads(exporting.as_json(taken))
    assert exporting.zipped(taken, composer=COMPOSER) == exporting.zipped(again, composer=COMPOSER)


@pytest.mark.parametrize(
    ("sign", "shown"),
    [
        *((each, f"'{each}") for each in (*"=+-@\t\r", *"＝＋－＠", " =", "\u00a0＝")),
        # Where a line break is taken for the end of a row, what follows it begins a cell of its own.
        ("\n=", "\n'="),
        (" \t\r\n+", "' \t\r\n'+"),
    ],
)
def test_a_text_that_could_be_a_formula_is_defused_and_a_number_is_not_touched(
    database: Database, sign: str, shown: str
) -> None:
    _, taken = exported(database)
    row = taken["interactions"][0]
    row["text"], row["amount_minor"] = f'{sign}HYPERLINK("x")', -5
    heading, first, *_ = table(opened(exporting.zipped(taken, composer=COMPOSER))["interactions.csv"])
    assert first[heading.index("text")] == f'{shown}HYPERLINK("x")'
    assert first[heading.index("amount_minor")] == "-5"


def test_a_comma_or_a_line_in_a_text_begins_no_cell_of_its_own_and_no_formula(database: Database) -> None:
    _, taken = exported(database)
    taken["interactions"][0]["text"] = "halo,\n=1+1"
    data = opened(exporting.zipped(taken, composer=COMPOSER))["interactions.csv"]
    assert b',"halo,\n\'=1+1",' in data
    assert all(line.startswith(b'"') for line in data.removeprefix(b"\xef\xbb\xbf").split(b"\r\n") if line)


def sent(**facts: Any) -> Message:
    return Message(
        campaign_id=1, customer_id=1, was_eligible=True, state="sent", planned_at=NOW, counts_from=NOW, **facts
    )


NAMES = {1: "Kopi Gayo", 2: "Kopi Toraja", 3: "Gula Aren"}


def why(language: str = "en", audience: str = "all", **told: Any) -> str:
    return reasons.because(COMPOSER, language, sent(**told), NAMES, audience=audience)


def test_of_a_plain_offer_it_is_said_that_no_history_was_used() -> None:
    said = why(is_personal=False, facts={"segment": None, "products": [1, 2], "reasons": [None, None]})
    assert said == "Everybody was shown the same in this offer; your purchases were not used for it."
    assert "tidak dipakai" in why("id", is_personal=False)


def test_of_a_bundle_it_is_said_which_purchase_led_to_it() -> None:
    facts = {"segment": "champions", "products": [1, 3], "reasons": [None, None], "because": 1}
    assert why(is_personal=True, facts=facts) == (
        "Going by your purchases, you are among those who shop here often, and have for a long time. "
        "You bought Kopi Gayo, and many take it together with Gula Aren."
    )
    assert "bersama Gula Aren" in why("id", is_personal=True, facts=facts)


def test_of_an_invitation_back_the_last_purchase_and_each_products_reason_are_told() -> None:
    facts = {
        "segment": None,
        "products": [2, 3],
        "reasons": ["similar_to", "popular_now"],
        "reason_products": [1, None],
        "last_product": 1,
        "days_away": 40,
    }
    assert why(is_personal=True, facts=facts) == (
        "You last bought Kopi Gayo, 40 days ago, and so we chose for you: "
        "Kopi Toraja (similar to Kopi Gayo), Gula Aren (popular right now)."
    )


def test_of_thanks_the_orders_are_told() -> None:
    facts = {"products": [2], "reasons": ["buy_again"], "favourite": 1, "orders": 5}
    assert why(is_personal=True, facts=facts).startswith("You ordered 5 times, Kopi Gayo most of all, and so")


def test_an_offer_to_a_segment_says_so_even_where_it_shows_the_same_to_all() -> None:
    assert why(audience="lapsed", is_personal=False) == (
        "This offer is for those who have not been here in a long time, and going by your purchases you are one of "
        "them. "
        "What it shows is the same for everybody who got it."
    )


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"products": [99]},
        {"products": [2], "reasons": ["similar_to"]},
        {"products": [2, 3], "reasons": ["discovery"], "reason_products": []},
        {"products": [2], "reasons": [None], "last_product": 99, "days_away": 3},
        {"because": 1},
        {"favourite": 1},
    ],
)
@pytest.mark.parametrize("language", LANGUAGES)
def test_whatever_the_facts_lack_a_sentence_comes_out(facts: dict[str, Any], language: str) -> None:
    said = why(language, is_personal=True, facts=facts)
    assert said.endswith(".")
    assert "None" not in said
    assert "  " not in said


def test_of_what_was_not_sent_that_is_said() -> None:
    message = sent(is_personal=None)
    message.state = "holdout"
    assert "a lot decided so" in reasons.because(COMPOSER, "en", message, {})
    message.state = "withheld"
    assert reasons.because(COMPOSER, "en", message, {}) == "This offer was not sent to you."
