"""An owner asks in chat whether all is well; looking goes on beside the chat."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest

from bot.inbound import Inbound
from ledger.tables import Role
from ledger.team import make_code
from tests.stories.conftest import Story


@pytest.fixture
def shop(sqlite_story: Story) -> Iterator[Story]:
    sqlite_story.make_owner("ibu-ratna")
    yield sqlite_story
    asyncio.run(sqlite_story.app.errands.stop())


def asks(story: Story, who: str, text: str) -> list[str]:
    """What somebody is told, once everything that follows is done."""
    before = len(story.simulator.sent)

    async def act() -> None:
        await story.app.hear(Inbound("simulator", who, text, f"{who}-{text}"))
        await story.app.errands.finish()
        await story.app.answered()

    asyncio.run(act())
    return [each.text for each in list(story.simulator.sent)[before:] if each.address == who]


def test_an_owner_is_told_what_needs_mending_and_how(shop: Story) -> None:
    begun, found = asks(shop, "ibu-ratna", "/periksa")
    assert begun == "Saya periksa dulu, sebentar ya. Perintah lain: /bantuan"
    assert found.startswith("Yang perlu dibereskan, di komputer toko:")
    assert "• Kontak toko: belum ada" in found
    assert "→ isi SHOP_CONTACT di .env" in found
    assert found.endswith("Setelah itu periksa lagi: /periksa")


def test_the_chat_holds_nothing_while_it_is_looked_at(shop: Story) -> None:
    _, found = asks(shop, "ibu-ratna", "/periksa")
    # The doctor tries the database by writing to it: whoever held the one writer's place would have it fail.
    assert "Database" not in found


def test_it_is_told_in_the_language_of_whoever_asks(shop: Story) -> None:
    shop.say("ibu-ratna", "/english")
    begun, found = asks(shop, "ibu-ratna", "/check")
    assert begun.startswith("I am looking")
    assert "To mend, on the shop's computer:" in found
    assert "→ set SHOP_CONTACT in .env" in found


@pytest.mark.parametrize("role", [Role.MANAGER, Role.STAFF])
def test_it_is_for_owners_alone(shop: Story, role: Role) -> None:
    with shop.app.database.transaction() as session:
        code = make_code(session, role, shop.clock.now())
    shop.say("budi", code)
    (answer,) = asks(shop, "budi", "/periksa")
    assert "hanya untuk pemilik" in answer
    assert "SHOP_CONTACT" not in answer
