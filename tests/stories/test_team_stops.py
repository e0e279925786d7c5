"""A stop said by one of the team: it may be meant for a campaign, and where it may it is asked."""

from __future__ import annotations

import pytest

from bot.talk.desk import stopping
from bot.talk.intents import understand
from campaigns.tables import Campaign
from ledger import customers
from tests.stories.conftest import Story

OWNER = "ibu-ratna"
"""She allows offers to herself, as owners do who try it; as one of the team she gets no campaign all the same."""


@pytest.fixture
def shop(story: Story) -> Story:
    story.sells("Kopi Gayo", "Kopi")
    for who in (OWNER, "sari", "wayan"):
        story.join(who)
    story.make_owner(OWNER)
    return story


def launch(shop: Story, line: str = "picks to all hold 0%") -> None:
    for said in (f"/launch {line}", "ya"):
        shop.say(OWNER, said)


def status(shop: Story, number: int = 1) -> str:
    with shop.app.database.reading() as session:
        return session.get_one(Campaign, number).status


def is_held(shop: Story) -> bool:
    with shop.app.database.reading() as session:
        chat = customers.address_of(session, "simulator", OWNER)
        assert chat is not None
        return customers.of(session, chat).held_since is not None


def test_a_stop_while_a_campaign_runs_is_asked_about_and_unsubscribes_nobody(shop: Story) -> None:
    launch(shop)
    heard = shop.hear(OWNER, "stop")
    assert heard.replies[0].text.startswith("Yang mana: menahan kampanye 1 (2 belum terkirim), atau Kakak sendiri")
    assert [(each.label, each.says) for each in heard.replies[0].buttons] == [
        ("Tahan kampanye 1", "/jeda 1"),
        ("Berhenti menerima", "stop penawaran"),
    ]
    assert heard.standing.offers is True
    shop.say(OWNER, "/jeda 1")
    assert status(shop) == "paused"
    assert not is_held(shop)


@pytest.mark.parametrize("said", ["STOP", "stop it", "berhenti", "cancel", "stop dulu", "jangan kirim lagi", "🛑"])
def test_however_it_is_said_it_is_asked(shop: Story, said: str) -> None:
    launch(shop)
    heard = shop.hear(OWNER, said)
    assert "Yang mana" in heard.replies[0].text
    assert heard.standing.offers is True
    assert is_held(shop)


@pytest.mark.parametrize("said", ["stop penawaran", "unsubscribe", "jangan kirim promo ke saya lagi", "stop offers"])
def test_what_names_offers_or_oneself_leaves_at_once(shop: Story, said: str) -> None:
    launch(shop)
    assert shop.hear(OWNER, said).standing.offers is False
    assert status(shop) == "running"


def test_the_second_button_leaves(shop: Story) -> None:
    launch(shop)
    says = [button.says for button in shop.hear(OWNER, "stop").replies[0].buttons]
    assert shop.hear(OWNER, says[1]).standing.offers is False
    assert not is_held(shop)


def test_neither_of_them_leaves_all_as_it_was(shop: Story) -> None:
    launch(shop)
    shop.say(OWNER, "stop")
    assert "Dibiarkan seperti semula" in shop.say(OWNER, "tidak")
    assert not is_held(shop)
    assert status(shop) == "running"


def test_with_nothing_running_it_is_a_stop_like_any_other(shop: Story) -> None:
    assert shop.hear(OWNER, "stop").standing.offers is False


def test_a_customers_stop_is_never_asked_about(shop: Story) -> None:
    launch(shop)
    assert shop.hear("sari", "stop").standing.offers is False
    assert shop.hear("wayan", "cancel").standing.offers is False


@pytest.mark.parametrize("said", ["stop", "stop it", "cancel", "berhenti"])
def test_in_a_draft_it_drops_the_draft_and_unsubscribes_nobody(shop: Story, said: str) -> None:
    shop.say(OWNER, "/launch picks to all hold 0%")
    heard = shop.hear(OWNER, said)
    assert "tidak ada yang dikirim" in heard.replies[0].text
    assert heard.standing.offers is True
    assert status(shop) == "cancelled"


def test_in_a_draft_one_that_names_offers_means_both(shop: Story) -> None:
    shop.say(OWNER, "/launch picks to all hold 0%")
    assert shop.hear(OWNER, "stop penawaran").standing.offers is False
    assert status(shop) == "cancelled"


def test_to_a_question_of_ours_it_is_a_no(shop: Story) -> None:
    launch(shop, "picks to all hold 0% tomorrow 09:00")
    shop.say(OWNER, "/jeda")
    shop.say(OWNER, "/batalkan 1")
    heard = shop.hear(OWNER, "cancel")
    assert "Dibiarkan seperti semula" in heard.replies[0].text
    assert heard.standing.offers is True
    assert status(shop) == "paused"


@pytest.mark.parametrize(
    "said",
    [
        "stop kampanye",
        "stop kampanye 1",
        "Stop campaign 1!",
        "tolong hentikan kampanye nomor 1 dulu",
        "tahan kampanye 1",
    ],
)
def test_a_campaign_named_is_held_at_once(shop: Story, said: str) -> None:
    launch(shop)
    assert "Kampanye 1" in shop.say(OWNER, said)
    assert status(shop) == "paused"


def test_of_several_it_is_asked_which(shop: Story) -> None:
    launch(shop)
    launch(shop, "picks to all hold 0% tomorrow 09:00")
    asked = shop.hear(OWNER, "stop kampanye").replies[0]
    assert [button.says for button in asked.buttons] == ["/jeda 2", "/jeda 1"]
    bare = shop.hear(OWNER, "stop").replies[0]
    assert [button.says for button in bare.buttons] == ["/jeda 2", "/jeda 1", "stop penawaran"]
    launch(shop, "picks to all hold 0% tomorrow 10:00")
    bare = shop.hear(OWNER, "stop").replies[0]
    assert [button.says for button in bare.buttons] == ["/jeda", "stop penawaran"]


def test_ending_one_by_name_asks_once_more(shop: Story) -> None:
    launch(shop)
    assert "Akhiri kampanye 1" in shop.say(OWNER, "batalkan kampanye 1")
    assert status(shop) == "running"


@pytest.mark.parametrize(
    "said", ["stop promo", "stop langganan", "opt out", "saya mau berhenti", "promo terus nih", "halo", "pause promo"]
)
def test_what_is_no_bare_stop_is_none(said: str) -> None:
    means = understand(said).means
    assert stopping.is_bare(said, means) is False
