"""Hours as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.talk.hours import span
from campaigns.shop import QuietHours


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("20-9", "20:00-09:00"),
        ("20.00 - 09.30", "20:00-09:30"),
        ("jam 8 malam sampai 9 pagi", "20:00-09:00"),
        ("dari jam 21 sampai jam 7", "21:00-07:00"),
        ("9 pm to 8 am", "21:00-08:00"),
        ("between 10pm and 6am", "22:00-06:00"),
        ("12 am to 5 am", "00:00-05:00"),
        ("22 s/d 24", "22:00-00:00"),
        ("1 siang - 3 sore", "13:00-15:00"),
    ],
)
def test_hours_in_many_words(said: str, meant: str) -> None:
    assert span(said) == meant


@pytest.mark.parametrize("said", ["", "malam", "20", "25-9", "9-9", "20:75-9", "kopi 20-9", "tidak"])
def test_what_is_no_span_of_hours_is_none(said: str) -> None:
    assert span(said) is None


@given(st.text(max_size=60))
def test_whatever_is_understood_can_be_kept(text: str) -> None:
    said = span(text)
    assert said is None or str(QuietHours.read(said)) == said
