"""The owner leads by chat; a customer who types the same gets what any unknown text gets."""

from datetime import timedelta

import pytest
from sqlmodel import select

from ledger.tables import AuditEntry, Customer, Interaction, Product
from tests.stories.conftest import Story


@pytest.fixture
def shop(story: Story) -> Story:
    """Twelve willing customers, products, something popular, and an owner."""
    with story.app.database.transaction() as session:
        session.add_all(
            Product(sku=f"K{n}", name=name, category="kopi", currency="IDR", price_minor=50_000, stock=5)
            for n, name in enumerate(["Kopi Gayo", "Kopi Toraja"])
        )
    for n in range(12):
        story.join(f"pelanggan-{n}")
    story.say("diam", "ada kopi?")
    with story.app.database.transaction() as session:
        buyer = session.exec(select(Customer)).first()
        assert buyer is not None
        session.add(
            Interaction(
                customer_id=buyer.id, kind="purchase", at=story.clock.now(), platform="pos", product_id=1, quantity=1
            )
        )
    story.make_owner()
    return story


def test_a_discount_that_cannot_be_is_refused_and_not_rounded(shop: Story) -> None:
    assert "Diskon antara 0 dan 90 persen" in shop.say("ibu-ratna", "/launch picks all 100%")


def test_cancel_in_the_middle_of_a_draft_means_the_draft(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all")
    assert "tidak ada yang dikirim" in shop.say("ibu-ratna", "cancel")
    assert "Belum ada kampanye" in shop.say("ibu-ratna", "/campaigns")


def test_a_new_launch_drops_the_draft_before_it(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all")
    shop.say("ibu-ratna", "/launch picks all 10%")
    assert shop.say("ibu-ratna", "/campaigns").count("rancangan") == 1


def test_nothing_is_sent_before_the_yes(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all")
    assert shop.dispatch() == 0
    assert "tidak ada yang dikirim" in shop.say("ibu-ratna", "batal")
    assert shop.dispatch() == 0


def test_a_yes_to_an_old_preview_shows_a_new_one_instead(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all")
    shop.clock.forward(timedelta(minutes=31))
    answer = shop.say("ibu-ratna", "ya")
    assert "lebih dari 30 menit" in answer
    assert "Kirim ke" in answer
    assert shop.dispatch() == 0
    shop.say("ibu-ratna", "ya")
    assert shop.dispatch() > 0


def test_a_template_with_nothing_to_show_is_refused_while_drafting(shop: Story) -> None:
    assert "Belum ada yang bisa ditawarkan dengan “paket yang laku bersama”" in shop.say(
        "ibu-ratna", "/launch bundle all"
    )


def test_what_an_owner_does_stands_in_the_audit_without_their_address(shop: Story) -> None:
    shop.say("ibu-ratna", "/launch picks all hold 0%")
    shop.say("ibu-ratna", "ya")
    with shop.app.database.reading() as session:
        entries = session.exec(select(AuditEntry).order_by(AuditEntry.id)).all()  # type: ignore[arg-type]
    assert [entry.action for entry in entries] == ["joined the team", "campaign approved"]
    assert all("ibu-ratna" not in entry.actor for entry in entries)


def test_the_team_is_in_nobodys_audience(shop: Story) -> None:
    assert "Dari 13 pelanggan" in shop.say("ibu-ratna", "/launch picks all")


def test_a_manager_of_nothing_yet_is_told_how_to_begin(story: Story) -> None:
    story.make_owner()
    assert "Belum ada kampanye" in story.say("ibu-ratna", "/campaigns")
    assert "Belum ada kelompok" in story.say("ibu-ratna", "/segments")
    assert "Belum ada paket" in story.say("ibu-ratna", "/bundles")
    assert "/kampanye" in story.say("ibu-ratna", "/report")
