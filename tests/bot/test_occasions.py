"""What comes round again is said as one says it."""

from datetime import time

import pytest

from bot.talk.occasions import recurrence_words
from bot.talk.replies import Teller
from campaigns.launching.recurring import Every, Recurrence
from campaigns.shop import Shop
from campaigns.words.composing import Composer

TEN = time(10)


@pytest.mark.parametrize(
    ("recurrence", "indonesian", "english"),
    [
        (Recurrence(Every.DAY, TEN), "setiap hari pukul 10.00", "every day at 10:00"),
        (Recurrence(Every.WEEK, TEN, weekdays=(4,)), "setiap Jumat pukul 10.00", "every Friday at 10:00"),
        (
            Recurrence(Every.WEEK, time(16, 30), weekdays=(0, 2, 5)),
            "setiap Senin, Rabu, dan Sabtu pukul 16.30",
            "every Monday, Wednesday, and Saturday at 16:30",
        ),
        (Recurrence(Every.MONTH, TEN, day=1), "setiap tanggal 1 pukul 10.00", "on the 1st of every month at 10:00"),
        (
            Recurrence(Every.MONTH, TEN, day=12),
            "setiap tanggal 12 pukul 10.00",
            "on the 12th of every month at 10:00",
        ),
        (
            Recurrence(Every.MONTH, TEN, day=23),
            "setiap tanggal 23 pukul 10.00",
            "on the 23rd of every month at 10:00",
        ),
        (
            Recurrence(Every.MONTH, TEN, day=31),
            "setiap tanggal 31 (atau hari terakhir bulan itu) pukul 10.00",
            "on the 31st of every month (or its last day) at 10:00",
        ),
    ],
)
def test_a_recurrence_is_said_in_both_languages(recurrence: Recurrence, indonesian: str, english: str) -> None:
    composer = Composer()
    assert recurrence_words(Teller(composer, Shop(), "id"), recurrence) == indonesian
    assert recurrence_words(Teller(composer, Shop(), "en"), recurrence) == english


def test_eleven_twelve_and_thirteen_end_alike() -> None:
    teller = Teller(Composer(), Shop(), "en")
    said = [recurrence_words(teller, Recurrence(Every.MONTH, TEN, day=day)) for day in (2, 3, 11, 13, 21, 22)]
    assert [words.split()[2] for words in said] == ["2nd", "3rd", "11th", "13th", "21st", "22nd"]
