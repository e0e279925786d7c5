"""What is written over when it is pressed, and what never is."""

from __future__ import annotations

import pytest

from campaigns.channel import Outgoing
from tests.stories.conftest import Story


def last(story: Story, who: str) -> tuple[str, Outgoing]:
    """The number of what they were sent last, and that."""
    return story.simulator.received_by(who)[-1]


def press(story: Story, who: str, label: str, under: str | None = None) -> Outgoing:
    """Press a button under what they were sent last, or under the message of that number; what comes of it."""
    number, shown = last(story, who)
    says = {button.label: button.says for button in shown.buttons}[label]
    story.hear(who, says, is_press=True, in_reply_to=under or number)
    return last(story, who)[1]


@pytest.fixture
def shop(sqlite_story: Story) -> Story:
    sqlite_story.sells("Kopi Gayo", "Kopi")
    sqlite_story.join("sari")
    return sqlite_story


def test_the_privacy_panel_becomes_the_setting_that_is_pressed_and_then_itself_again(shop: Story) -> None:
    shop.say("sari", "privasi")
    panel, shown = last(shop, "sari")
    assert shown.replaces is None
    asked = press(shop, "sari", "Seberapa sering")
    assert asked.replaces == panel
    setting, _ = last(shop, "sari")
    chosen = press(shop, "sari", "Seminggu sekali")
    assert chosen.replaces == setting
    assert "paling banyak seminggu sekali" in chosen.text


def test_categories_are_switched_where_they_are_shown(shop: Story) -> None:
    shop.say("sari", "kategori")
    listed, _ = last(shop, "sari")
    assert press(shop, "sari", "Jangan Kopi lagi").replaces == listed


def test_what_is_typed_takes_nobodys_place(shop: Story) -> None:
    shop.say("sari", "privasi")
    shop.hear("sari", "sering", in_reply_to=last(shop, "sari")[0])
    assert last(shop, "sari")[1].replaces is None


def test_an_offer_is_never_written_over(shop: Story) -> None:
    shop.say("sari", "privasi")
    # An offer's number is nobody's panel, whatever is pressed under it.
    assert press(shop, "sari", "Seberapa sering", under="an offer").replaces is None


def test_the_panel_of_another_chat_is_not_meant(shop: Story) -> None:
    shop.join("budi")
    shop.say("budi", "privasi")
    budis, _ = last(shop, "budi")
    shop.say("sari", "privasi")
    assert press(shop, "sari", "Kategori", under=budis).replaces is None


@pytest.mark.parametrize("label", ["Data saya", "Berhenti"])
def test_what_a_panel_leads_to_stands_for_itself(shop: Story, label: str) -> None:
    shop.say("sari", "privasi")
    assert press(shop, "sari", label).replaces is None


def test_a_question_of_consent_never_takes_a_place_nor_has_its_own_taken(shop: Story) -> None:
    shop.say("wati", "privasi")
    asked = press(shop, "wati", "Terima penawaran")
    assert "Boleh" in asked.text
    assert asked.replaces is None
    granted = press(shop, "wati", "Ya, boleh")
    assert granted.replaces is None


def test_that_one_thing_was_stopped_stays_to_be_read(shop: Story) -> None:
    shop.say("sari", "privasi")
    number, _ = last(shop, "sari")
    shop.hear("sari", "stop riwayat", is_press=True, in_reply_to=number)
    assert last(shop, "sari")[1].replaces is None


def test_an_owner_watches_a_campaign_in_one_message_and_holds_it_there(shop: Story) -> None:
    owner = shop.owner()
    shop.say(owner, "/luncurkan picks ke semua")
    shop.say(owner, "ya kirim")
    launched, _ = last(shop, owner)
    progress = press(shop, owner, "Kemajuan")
    assert progress.replaces is None
    card, _ = last(shop, owner)
    assert press(shop, owner, "Perbarui").replaces == card
    card, _ = last(shop, owner)
    held = press(shop, owner, "Jeda")
    assert held.replaces == card
    assert "ditahan" in held.text
    assert launched != card
