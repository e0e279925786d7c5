"""A customer tells their birthday, sees it, and takes it back."""

from datetime import date

import pytest

from bot.talk.intents import Means, understand
from ledger.birthdays import days_since, read
from ledger.tables import Customer
from tests.stories.conftest import Story


def birthday(story: Story, who: str) -> str | None:
    with story.app.database.reading() as session:
        return session.get_one(Customer, story.number_of(who)).birthday


def test_a_birthday_is_told_shown_and_taken_back(story: Story) -> None:
    story.join("sari")
    assert "belum tercatat" in story.say("sari", "ulang tahun")
    assert "ulang tahun Kakak 17 Agustus, tanpa tahunnya" in story.say("sari", "ULANG TAHUN 17 Agustus 1990")
    assert birthday(story, "sari") == "08-17"
    assert "• Ulang tahun: 17 Agustus" in story.say("sari", "privasi")
    assert "• Ulang tahun: 17 Agustus" in story.say("sari", "data saya")
    assert "sudah dihapus" in story.say("sari", "hapus ulang tahun")
    assert birthday(story, "sari") is None
    assert "Ulang tahun" not in story.say("sari", "privasi")


def test_the_same_in_english(story: Story) -> None:
    story.join("sari")
    story.say("sari", "english")
    assert "your birthday is 17 August, without the year" in story.say("sari", "BIRTHDAY 17 Aug")
    assert "is removed" in story.say("sari", "birthday off")


def test_who_allows_no_history_is_told_that_it_is_not_used(story: Story) -> None:
    story.join("sari", profiling="tidak")
    assert "Belum dipakai" in story.say("sari", "ultah 5/12")
    assert "Mau? MULAI" in story.say("budi", "ultah 5/12")


@pytest.mark.parametrize(
    ("said", "day"),
    [
        ("ultah 17-8", "17-8"),
        ("Ulang tahun saya tanggal 3 Mei", "3 Mei"),
        ("my birthday is Aug 17", "Aug 17"),
        ("birthday: 1990-08-17", "1990-08-17"),
    ],
)
def test_a_birthday_is_heard_as_people_say_it(said: str, day: str) -> None:
    assert (understand(said).means, understand(said).argument) == (Means.BIRTHDAY, day)


@pytest.mark.parametrize(
    "said", ["ulang tahun anak saya ada kue?", "birthday cake 20 cm", "ultah 31/02", "selamat ulang tahun"]
)
def test_what_tells_no_day_is_no_birthday(said: str) -> None:
    assert understand(said).means is Means.OTHER


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("17 Agustus 1990", "08-17"), ("17/08/1990", "08-17"), ("17-8", "08-17"), ("17.08.90", "08-17"),
        ("1990-08-17", "08-17"), ("19900817", "08-17"), ("Aug 17, 1990", "08-17"), ("17th of August", "08-17"),
        ("Bandung, 17 Agt 90", "08-17"), ("08/17/1990", "08-17"), ("1990-08-17 00:00:00", "08-17"),
        ("5 Nopember", "11-05"), ("29 Februari", "02-29"), ("31/02/2000", None), ("17", None), ("besok", None),
        ("Agustus 1990", None), ("00/00/0000", None), ("", None),
    ],
)  # fmt: skip
def test_a_day_of_the_year_is_read_in_many_shapes(written: str, day: str | None) -> None:
    assert read(written) == day


@pytest.mark.parametrize(
    ("day", "today", "days"),
    [
        ("08-17", "2026-08-17", 0),
        ("08-17", "2026-08-20", 3),
        ("12-30", "2027-01-02", 3),
        ("08-18", "2026-08-17", 364),
        ("02-29", "2027-02-28", 0),
        ("02-29", "2028-02-29", 0),
    ],
)
def test_days_since_a_birthday(day: str, today: str, days: int) -> None:
    assert days_since(day, date.fromisoformat(today)) == days
