"""What we read of an update ourselves is what the library reads of it; what we do not know is left to the library."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.channels.telegram.inbound import album_of, inbound, reach
from bot.channels.telegram.plainly import plain
from bot.channels.telegram.reading import Unreadable, update_of

WORDS = st.text(max_size=12)
NUMBERS = st.integers(-(2**52), 2**52)
PERSON = st.fixed_dictionaries(
    {"id": NUMBERS, "is_bot": st.booleans(), "first_name": WORDS},
    optional={
        "last_name": WORDS,
        "username": WORDS,
        "language_code": st.sampled_from(["id", "in", "en-GB", "EN", "de", ""]),
        "is_premium": st.booleans(),
        "added_to_attachment_menu": st.just(True),
    },
)
CHAT = st.fixed_dictionaries(
    {"id": NUMBERS, "type": st.sampled_from(["private", "private", "group", "odd"])},
    optional={"first_name": WORDS, "username": WORDS, "title": WORDS},
)
MESSAGE = st.fixed_dictionaries(
    {
        "message_id": NUMBERS,
        "date": st.one_of(st.integers(1, 2**31), st.integers()),
        "from": PERSON,
        "chat": CHAT,
        "text": WORDS,
    },
    optional={
        "entities": st.just([{"type": "bold", "offset": 0, "length": 1}]),
        "via_bot": PERSON,
        "media_group_id": WORDS,
        "sticker": st.just({}),
    },
)
UPDATE = st.one_of(
    st.fixed_dictionaries({"update_id": st.integers(0, 2**40), "message": MESSAGE}),
    st.fixed_dictionaries({"update_id": st.integers(0, 2**40), "edited_message": MESSAGE}),
)
SAID: dict[str, Any] = {
    "update_id": 5,
    "message": {
        "message_id": 7,
        "date": 1_793_588_400,
        "from": {"id": 9, "is_bot": False, "first_name": "Sari", "last_name": "Dewi", "language_code": "id"},
        "chat": {"id": 9, "type": "private", "first_name": "Sari"},
        "text": "Halo",
    },
}


@given(UPDATE)
def test_what_is_read_here_the_library_reads_alike(told: dict[str, Any]) -> None:
    said = plain(told)
    if said is not None:
        update = update_of(told)
        assert inbound(update) == said
        assert reach(update) is None
        assert album_of(update) == ""


@given(
    st.recursive(
        st.none() | st.booleans() | NUMBERS | WORDS, lambda each: st.lists(each) | st.dictionaries(WORDS, each)
    )
)
def test_what_is_no_update_is_left_to_the_library(told: object) -> None:
    assert plain(told) is None


def test_words_alone_are_read_here() -> None:
    assert plain(SAID) == inbound(update_of(SAID))
    assert plain(SAID) is not None


@pytest.mark.parametrize(
    "more",
    [
        {"reply_to_message": {"message_id": 6}},
        {"contact": {"phone_number": "62812", "first_name": "Sari"}},
        {"document": {"file_id": "f", "file_unique_id": "u"}},
        {"text": 5},
        {"date": "yesterday"},
        {"message_id": True},
        {"chat": {"id": 9, "type": "group"}},
    ],
)
def test_what_is_more_than_words_is_left_to_the_library(more: dict[str, Any]) -> None:
    assert plain({**SAID, "message": {**SAID["message"], **more}}) is None


def test_what_the_library_cannot_read_is_not_read_here() -> None:
    unreadable = {"update_id": 5, "message": {"message_id": 7}}
    with pytest.raises(Unreadable):
        update_of(unreadable)
    assert plain(unreadable) is None
