"""Campaigns that start by themselves: tomorrow, every Friday, on a birthday, after a cart; and what nobody was there
to start."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta

from sqlmodel import select

from campaigns.launching import scheduling
from campaigns.launching.scheduling import Fired
from campaigns.tables import Campaign, Message, State
from ledger.tables import Customer, Interaction, Kind
from tests.stories.conftest import Story

SHOWN = "Kopi Gayo"


def open_shop(story: Story) -> Story:
    story.sells(SHOWN, "Kopi")
    story.join("sari")
    story.owner()
    return story


def wait_until(story: Story, local: str) -> dict[int, Fired]:
    """The clock in Jakarta shows ``local``, and what happens by itself happens."""
    story.clock.set(datetime.fromisoformat(f"{local}+07:00"))
    return pass_by(story)


def pass_by(story: Story) -> dict[int, Fired]:
    app = story.app
    where = app.database, app.channels.keys(), app.shop, app.clock.now()
    fired = scheduling.start_due(*where)
    scheduling.sweep(*where)
    story.dispatch()
    asyncio.run(app.tell_waiting())
    return fired


def launch(story: Story, line: str) -> str:
    story.say(story.owner(), line)
    return story.say(story.owner(), "ya")


def offers(story: Story, who: str = "sari") -> int:
    return sum(SHOWN in text for text in story.received_by(who))


def did(story: Story, who: str, kind: Kind, *, ago: timedelta) -> None:
    customer = story.number_of(who)
    with story.app.database.transaction() as session:
        product = session.exec(select(Interaction.product_id).where(Interaction.kind == Kind.PURCHASE)).first()
        then = story.clock.now() - ago
        session.add(Interaction(customer_id=customer, kind=kind, at=then, platform="web", product_id=product))


def test_a_campaign_for_tomorrow_at_nine_goes_out_then_and_not_before(story: Story) -> None:
    open_shop(story)
    assert "3 November pukul 09.00" in launch(story, "/luncurkan pilihan ke semua besok jam 9 pembanding 0%")
    assert wait_until(story, "2026-11-02T23:00") == {}
    assert wait_until(story, "2026-11-03T08:59") == {}
    assert offers(story) == 0
    assert wait_until(story, "2026-11-03T09:00") == {1: Fired.STARTED}
    assert wait_until(story, "2026-11-03T09:05") == {}
    assert offers(story) == 1


def test_what_was_missed_while_the_shop_was_off_asks_and_starts_on_a_word(story: Story) -> None:
    owner = open_shop(story).owner()
    launch(story, "/luncurkan pilihan ke semua besok jam 9 pembanding 0%")
    assert wait_until(story, "2026-11-03T13:00") == {1: Fired.MISSED}
    assert offers(story) == 0
    (asked,) = (text for text in story.received_by(owner) if "terlewat" in text)
    assert "Kampanye 1 (pilihan untuk masing-masing untuk semua pelanggan)" in asked
    assert "3 November 09" in asked
    assert "/teruskan 1" in asked
    assert "/batalkan 1" in asked
    assert wait_until(story, "2026-11-03T14:00") == {}
    say_and_agree(story, owner, "/teruskan 1")
    pass_by(story)
    assert offers(story) == 1


def say_and_agree(story: Story, who: str, command: str) -> None:
    """What may need a second yes gets one."""
    heard = story.hear(who, command)
    if any(button.says.startswith("ya") for reply in heard.replies for button in reply.buttons):
        story.say(who, "ya")


def test_what_was_missed_can_be_dropped_and_then_nothing_ever_goes_out(story: Story) -> None:
    owner = open_shop(story).owner()
    launch(story, "/luncurkan pilihan ke semua setiap jumat jam 10 pembanding 0%")
    wait_until(story, "2026-11-06T15:00")
    say_and_agree(story, owner, "/cancel 1")
    for day in (13, 20):
        assert wait_until(story, f"2026-11-{day}T10:00") == {}
    assert offers(story) == 0


def test_every_friday_is_every_friday_each_with_a_report_of_its_own(story: Story) -> None:
    owner = open_shop(story).owner()
    launch(story, "/luncurkan pilihan ke semua setiap jumat jam 10 pembanding 0%")
    assert wait_until(story, "2026-11-06T10:00") == {1: Fired.STARTED}
    assert offers(story) == 1
    story.join("budi")
    assert wait_until(story, "2026-11-12T10:00") == {}
    assert wait_until(story, "2026-11-13T10:00") == {1: Fired.STARTED}
    assert (offers(story, "sari"), offers(story, "budi")) == (2, 1)
    with story.app.database.reading() as session:
        rounds = session.exec(select(Campaign.id).where(Campaign.parent_id == 1).order_by(Campaign.id)).all()  # type: ignore[arg-type]
    assert len(rounds) == 2
    for number in rounds:
        assert f"{number}" in story.say(owner, f"/report {number}")


def test_a_birthday_is_kept_in_the_morning_once_that_year(story: Story) -> None:
    open_shop(story)
    with story.app.database.transaction() as session:
        session.get_one(Customer, story.number_of("sari")).birthday = "11-05"
    launch(story, "/luncurkan ulang tahun ke semua saat ulang tahun pembanding 0%")
    wait_until(story, "2026-11-04T23:50")
    assert offers(story) == 0
    # At midnight it is the day, and the night: it waits for the morning.
    wait_until(story, "2026-11-05T00:10")
    assert offers(story) == 0
    for local in ("2026-11-05T08:00", "2026-11-05T12:00", "2026-11-06T12:00"):
        wait_until(story, local)
        assert offers(story) == 1
    assert "selamat ulang tahun" in story.received_by("sari")[-1]


def test_a_cart_that_was_left_is_answered_two_hours_later_and_one_that_was_bought_is_not(story: Story) -> None:
    open_shop(story)
    story.join("budi")
    launch(story, "/luncurkan pilihan ke semua saat keranjang ditinggal pembanding 0%")
    for who in ("sari", "budi"):
        did(story, who, Kind.CART, ago=timedelta())
    wait_until(story, "2026-11-02T11:00")
    did(story, "budi", Kind.PURCHASE, ago=timedelta())
    assert (offers(story, "sari"), offers(story, "budi")) == (0, 0)
    wait_until(story, "2026-11-02T12:01")
    wait_until(story, "2026-11-02T14:00")
    assert (offers(story, "sari"), offers(story, "budi")) == (1, 0)


def test_paused_before_its_time_it_does_not_start_and_goes_on_when_let(story: Story) -> None:
    owner = open_shop(story).owner()
    launch(story, "/luncurkan pilihan ke semua besok jam 9 pembanding 0%")
    say_and_agree(story, owner, "/pause 1")
    assert wait_until(story, "2026-11-03T09:00") == {}
    assert offers(story) == 0
    say_and_agree(story, owner, "/teruskan 1")
    pass_by(story)
    assert offers(story) == 1


def test_cancelled_before_its_time_it_leaves_nothing_behind(story: Story) -> None:
    owner = open_shop(story).owner()
    launch(story, "/luncurkan pilihan ke semua besok jam 9 pembanding 0%")
    say_and_agree(story, owner, "/cancel 1")
    assert wait_until(story, "2026-11-03T09:00") == {}
    with story.app.database.reading() as session:
        assert session.exec(select(Message)).all() == []


def test_who_left_between_scheduling_and_starting_is_spared(story: Story) -> None:
    open_shop(story)
    launch(story, "/luncurkan pilihan ke semua besok jam 9 pembanding 0%")
    story.say("sari", "STOP")
    assert wait_until(story, "2026-11-03T09:00") == {1: Fired.STARTED}
    with story.app.database.reading() as session:
        reasons = dict(session.exec(select(Message.customer_id, Message.reason)).all())
        states = set(session.exec(select(Message.state)))
    assert (reasons[story.number_of("sari")], states) == ("no_consent", {State.WITHHELD})
