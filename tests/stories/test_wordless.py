"""Pictures, voices, stickers and whatever else has no words: a kind answer for all, and nothing is lost by it."""

from __future__ import annotations

import pytest

from bot.inbound import Attachment
from tests.stories.conftest import Story

KINDS = ("image", "audio", "video", "sticker", "location", "contact", "file", "an order, a poll or the like")
each_kind = pytest.mark.parametrize("kind", KINDS)
each_but_a_nod = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "sticker"])


def send(story: Story, who: str, kind: str) -> str:
    """What is answered to something without words; of the last kind nothing is known but that it came."""
    sent = Attachment(kind) if kind != KINDS[-1] else None
    return "\n\n".join(reply.text for reply in story.hear(who, "", attachment=sent).replies)


@each_but_a_nod
def test_where_nobody_else_reads_it_they_are_asked_to_write(sqlite_story: Story, kind: str) -> None:
    sqlite_story.join("sari")
    assert "tulis dengan kata-kata ya" in send(sqlite_story, "sari", kind)


@each_but_a_nod
def test_the_team_hears_that_something_came(sqlite_story: Story, kind: str) -> None:
    owner = sqlite_story.owner()
    sqlite_story.join("sari")
    assert "hanya kabar bahwa Kakak mengirimnya" in send(sqlite_story, "sari", kind)
    assert "[mengirim" in sqlite_story.received_by(owner)[-1]


def test_a_sticker_is_a_nod_and_nobody_is_woken_for_it(sqlite_story: Story) -> None:
    owner = sqlite_story.owner()
    sqlite_story.join("sari")
    before = sqlite_story.received_by(owner)
    assert send(sqlite_story, "sari", "sticker").startswith("Siap, Kak.")
    assert sqlite_story.received_by(owner) == before


@each_kind
def test_the_team_is_told_what_can_be_read(sqlite_story: Story, kind: str) -> None:
    owner = sqlite_story.owner()
    assert "hanya membaca tulisan" in send(sqlite_story, owner, kind)


def test_a_draft_waits_for_words(sqlite_story: Story) -> None:
    owner = sqlite_story.owner()
    sqlite_story.say(owner, "/kampanye")
    assert "masih terbuka" in send(sqlite_story, owner, "audio")
    assert "Untuk siapa" in sqlite_story.say(owner, "picks")


def test_a_picture_instead_of_a_yes_goes_to_the_shop_and_the_question_is_put_again(sqlite_story: Story) -> None:
    owner = sqlite_story.owner()
    sqlite_story.say("sari", "mulai")
    answered = send(sqlite_story, "sari", "image")
    assert "Sudah saya teruskan" in answered
    assert "Boleh Toko Ratna" in answered
    assert "[mengirim gambar]" in sqlite_story.received_by(owner)[-1]
    assert sqlite_story.hear("sari", "ya").standing.offers is True


@each_kind
def test_nothing_without_words_allows_or_ends_anything(sqlite_story: Story, kind: str) -> None:
    sqlite_story.say("budi", "mulai")
    send(sqlite_story, "budi", kind)
    sqlite_story.join("sari")
    send(sqlite_story, "sari", kind)
    assert sqlite_story.hear("budi", "privasi").standing.offers is None
    assert sqlite_story.hear("sari", "privasi").standing.offers is True
