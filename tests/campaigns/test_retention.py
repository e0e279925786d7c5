"""A night's tidying: texts go, reports and statistics stay as they were, and it can stop and go on anywhere."""

from __future__ import annotations

import threading
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlmodel import SQLModel, col, func, select

from campaigns.channel import Fate, Report, Throttled
from campaigns.mining import frames
from campaigns.outcomes import results
from campaigns.privacy import absence, retention
from campaigns.privacy.retention import Tidied
from campaigns.shop import LANGUAGES
from campaigns.tables import Message, State, TrackedLink
from campaigns.words.composing import Composer
from engine.frames import Kind as EngineKind
from ledger import chain, customers, preferences
from ledger import retention as ledger_retention
from ledger.columns import moment
from ledger.database import Database
from ledger.nobody import NOBODY
from ledger.preferences import Manners
from ledger.retention import Periods
from ledger.tables import Address, AuditEntry, Customer, Erasure, Interaction, Kind, RetentionRun
from tests.campaigns.conftest import SmallShop

NOBODY_AWAY = Periods(inactive=None)
SERVED = ("simulator", "whatsapp")


@pytest.fixture(autouse=True)
def no_breath(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "BREATH_SECONDS", 0)


def tidy(shop: SmallShop, periods: Periods = Periods(), **other: Any) -> Tidied:  # noqa: B008 - frozen
    return retention.tidy(shop.database, periods, SERVED, shop.shop, shop.clock.now(), **other)


def preview(shop: SmallShop, periods: Periods = Periods()) -> Tidied:  # noqa: B008 - frozen
    return retention.preview(shop.database, periods, SERVED, shop.shop, shop.clock.now())


def everything(database: Database) -> dict[str, list[str]]:
    with database.reading() as session:
        return {
            table.name: sorted(
                str(tuple(row)) for row in session.connection().execute(text(f"SELECT * FROM {table}"))
            )
            for table in SQLModel.metadata.sorted_tables
        }


def a_campaign_with_clicks(shop: SmallShop) -> None:
    """Four get an offer; one of them clicks three times, one once, and two buy."""
    people = shop.crowd(4)
    shop.buy(people[0], days_ago=1)
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(days=1))
    with shop.database.transaction() as session:
        tokens = session.exec(select(TrackedLink.token).order_by(col(TrackedLink.message_id))).all()
        for token in (tokens[0], tokens[0], tokens[0], tokens[1]):
            results.open_link(session, token, shop.clock.now())
    shop.buy(people[0], order="A")
    shop.buy(people[2], order="B")


def clicks(shop: SmallShop) -> list[Interaction]:
    with shop.database.reading() as session:
        wanted = select(Interaction).where(Interaction.kind == Kind.CLICK)
        return list(session.exec(wanted.order_by(col(Interaction.id))))


def books(shop: SmallShop) -> dict[str, Any]:
    """The shop's statistics: what was sold on which day, in how many orders, for how much."""
    with shop.database.reading() as session:
        interactions, _ = frames(session)
    sold = interactions.of_kind(EngineKind.PURCHASE)
    return {
        "day": [moment(at).astimezone(shop.shop.zone).date() for at in sold.at.tolist()],
        "amount": sold.amount_minor.tolist(),
        "quantity": sold.quantity.tolist(),
        "product": sold.product.tolist(),
        "orders": len(set(sold.order.tolist())),
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_has_a_word_for_each_kind_and_no_other(language: str) -> None:
    people = {
        "done",
        "dry_run",
        "returned",
        "failed",
        "bar",
        "asked",
        "cannot_be_asked",
        "anonymised",
        "to_ask",
        "in_grace",
        "to_forget",
    }
    kinds = {rule.kind for rule in retention.RULES}
    assert set(Composer().shelf(language, "retention")) == kinds | people


def test_the_texts_of_offers_go_at_their_day_and_not_the_day_before(shop: SmallShop) -> None:
    shop.buy(shop.crowd(1)[0], days_ago=1)
    shop.launch()
    shop.drain()
    shop.clock.forward(timedelta(days=364))
    assert {kind: tidy(shop).removed[kind] for kind in ("offers", "links", "conversations")} == {
        "offers": 0,
        "links": 0,
        "conversations": 0,
    }
    shop.clock.forward(timedelta(days=1))
    done = tidy(shop).removed
    assert (done["offers"], done["links"], done["conversations"]) == (1, 1, 1)
    (message,) = shop.messages()
    assert (message.body, message.facts, message.provider_message_id) == (None, {}, None)
    assert (message.state, message.is_personal) == (State.SENT, False)
    assert message.sent_at is not None


def test_what_still_waits_to_be_sent_keeps_its_words(shop: SmallShop) -> None:
    shop.buy(shop.crowd(1)[0], days_ago=1)
    shop.launch()
    with shop.database.transaction() as session:
        session.exec(select(Message)).one().body = "once claimed, and put back"
    shop.clock.forward(timedelta(days=400))
    assert tidy(shop).removed["offers"] == 0


def test_what_was_refused_after_it_was_taken_keeps_its_words_as_long_as_any_other(shop: SmallShop) -> None:
    shop.buy(shop.crowd(1)[0], days_ago=1)
    shop.launch()
    shop.drain()
    (message,) = shop.messages()
    refused = Report(
        message.channel or "", message.provider_message_id or "", Fate.FAILED, Throttled(shop.clock.now())
    )
    shop.dispatcher().believe(refused)
    shop.clock.forward(timedelta(days=400))
    assert tidy(shop).removed["offers"] == 1
    (message,) = shop.messages()
    assert (message.state, message.body, message.facts) == (State.PLANNED, None, {})


def test_a_click_on_an_offer_is_in_the_end_a_number_and_no_report_changes(shop: SmallShop) -> None:
    a_campaign_with_clicks(shop)
    before = shop.report()
    assert (before.clicks, before.purchases) == (2, 2)
    shop.clock.forward(timedelta(days=729))
    assert tidy(shop, NOBODY_AWAY).removed["further_clicks"] == 0
    assert len(clicks(shop)) == 4
    shop.clock.forward(timedelta(days=1))
    done = tidy(shop, NOBODY_AWAY).removed
    assert (done["further_clicks"], done["clicks"]) == (2, 2)
    sent = {each.id: each.sent_at for each in shop.messages()}
    assert [(each.product_id, each.at) for each in clicks(shop)] == [
        (None, sent[each.message_id or 0]) for each in clicks(shop)
    ]
    assert shop.report() == before
    assert tidy(shop, NOBODY_AWAY).removed["clicks"] == 0


def test_the_books_and_reports_are_the_same_when_everybody_was_forgotten(shop: SmallShop) -> None:
    a_campaign_with_clicks(shop)
    before, sold = shop.report(), books(shop)
    for days in (900, 31):
        shop.clock.forward(timedelta(days=days))
        retention.tidy(shop.database, Periods(), ["telegram"], shop.shop, shop.clock.now())
    with shop.database.reading() as session:
        gone = col(Customer.erased_at).is_not(None) & (col(Customer.source) != NOBODY)
        assert session.exec(select(func.count()).where(gone)).one() == 4
        assert chain.verify(session).ok
    assert shop.report() == before
    assert books(shop) == sold


def test_a_preview_counts_what_the_night_then_does_and_changes_nothing(shop: SmallShop) -> None:
    a_campaign_with_clicks(shop)
    with shop.database.transaction() as session:
        customers.meet(session, "whatsapp", "+6281200000001", "Budi", shop.clock.now())
    shop.clock.forward(timedelta(days=800))
    before = everything(shop.database)
    foreseen = preview(shop)
    assert everything(shop.database) == before
    done = tidy(shop)
    assert foreseen.removed == done.removed
    assert sum(done.removed.values()) > 8
    assert (foreseen.cannot_be_asked, done.cannot_be_asked, foreseen.away.to_ask) == (1, 1, 4)


def test_a_run_that_stops_between_two_batches_has_lost_nothing_and_the_next_does_the_rest(
    shop: SmallShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger_retention, "ROWS_AT_ONCE", 2)
    with shop.database.transaction() as session:
        session.add_all(AuditEntry(at=shop.clock.now(), actor="test", action=f"deed {n}") for n in range(7))
    shop.clock.forward(timedelta(days=1095))

    class PowerCut(Exception):
        pass

    def stop_after_four(done: int, total: int) -> None:
        if done == 4:
            raise PowerCut

    with pytest.raises(PowerCut):
        tidy(shop, progress=stop_after_four)
    with shop.database.reading() as session:
        assert session.exec(select(RetentionRun)).one().removed["audit"] == 4
    shop.clock.forward(timedelta(minutes=1))
    assert tidy(shop).removed["audit"] == 3
    with shop.database.reading() as session:
        assert session.exec(select(AuditEntry)).all() == []
        assert sum(run.removed["audit"] for run in session.exec(select(RetentionRun))) == 7


def test_two_that_tidy_at_once_do_everything_once(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_retention, "ROWS_AT_ONCE", 5)
    with shop.database.transaction() as session:
        session.add_all(AuditEntry(at=shop.clock.now(), actor="test", action=f"deed {n}") for n in range(60))
        session.add_all(Customer(name="Sari", source="pos", created_at=shop.clock.now()) for _ in range(12))
    shop.clock.forward(timedelta(days=1095))
    tidy(shop)
    shop.clock.forward(timedelta(days=30))
    now, found = shop.clock.now(), []
    with shop.database.transaction() as session:
        session.add_all(AuditEntry(at=now - timedelta(days=2000), actor="test", action="late") for _ in range(60))

    def work(offset: int) -> None:
        at = now + timedelta(microseconds=offset)
        found.append(retention.tidy(shop.database, Periods(), SERVED, shop.shop, at))

    both = [threading.Thread(target=work, args=[n]) for n in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert sum(each.removed["audit"] for each in found) == 60
    assert sum(each.anonymised for each in found) == 12
    with shop.database.reading() as session:
        assert len(session.exec(select(Erasure)).all()) == 12


def test_nothing_of_what_went_is_left_in_sqlites_files(sqlite_database: Database) -> None:
    shop = SmallShop(sqlite_database)
    with shop.database.transaction() as session:
        known = customers.meet(session, "simulator", "sari", "Sari", shop.clock.now())
        session.add(
            Interaction(
                customer_id=known.customer_id,
                kind=Kind.MESSAGE_IN,
                at=shop.clock.now(),
                platform="simulator",
                text="Jalan Rahasia 7",
            )
        )
    shop.clock.forward(timedelta(days=365))
    tidy(shop)
    path = Path(shop.database.engine.url.database or "")
    assert b"Rahasia" not in b"".join(file.read_bytes() for file in path.parent.glob(f"{path.name}*"))


def test_who_cannot_be_asked_has_the_same_grace_and_then_is_forgotten(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        imported = Customer(name="Budi", source="shopee-orders", created_at=shop.clock.now())
        session.add(imported)
    shop.buy(imported.id)
    shop.clock.forward(timedelta(days=729))
    assert tidy(shop).cannot_be_asked == 0
    shop.clock.forward(timedelta(days=1))
    first = tidy(shop)
    assert (first.cannot_be_asked, first.anonymised, first.away.in_grace) == (1, 0, 1)
    shop.clock.forward(timedelta(days=29))
    assert tidy(shop).anonymised == 0
    shop.clock.forward(timedelta(days=1))
    assert tidy(shop).anonymised == 1
    with shop.database.reading() as session:
        gone = session.get_one(Customer, imported.id)
        assert (gone.name, gone.erased_at) == ("", shop.clock.now())
        assert session.exec(select(Interaction.amount_minor)).all() == [50_000]
        entry = session.exec(select(AuditEntry).where(AuditEntry.action == "customer erased")).one()
        assert entry.actor == "retention"


def test_one_who_cannot_be_forgotten_keeps_nobody_else_and_is_counted(
    shop: SmallShop, caplog: pytest.LogCaptureFixture
) -> None:
    people = [Customer(name=name, source="pos", created_at=shop.clock.now()) for name in ("Budi", "Wati", "Tono")]
    with shop.database.transaction() as session:
        session.add_all(people)
        session.flush()
        place = customers.add_address(session, people[1], "whatsapp", "+6281200000001", "pos", shop.clock.now())
        # Another program's table, of which erasing knows nothing, holds on to one of them.
        session.connection().execute(text("CREATE TABLE strange (address_id INTEGER REFERENCES addresses (id))"))
        session.connection().execute(text("INSERT INTO strange VALUES (:place)"), {"place": place.id})
    shop.clock.forward(timedelta(days=730))
    tidy(shop)
    shop.clock.forward(timedelta(days=30))
    assert (done := tidy(shop)).anonymised == 2
    assert done.removed["failed"] == 1
    assert "IntegrityError in " in caplog.text
    assert not {"Wati", "+6281200000001"} & set(caplog.text.split())
    with shop.database.reading() as session:
        assert session.exec(select(Customer.name).where(col(Customer.erased_at).is_(None))).all() == ["Wati"]
        runs = session.exec(select(RetentionRun).order_by(col(RetentionRun.id))).all()
        assert [run.removed.get("failed") for run in runs] == [None, 1]
        assert chain.verify(session).ok


def test_a_purchase_in_the_grace_ends_it(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        budi = Customer(name="Budi", source="pos", created_at=shop.clock.now())
        session.add(budi)
    shop.clock.forward(timedelta(days=730))
    tidy(shop)
    shop.clock.forward(timedelta(days=29))
    shop.buy(budi.id, days_ago=3)
    shop.clock.forward(timedelta(days=5))
    done = tidy(shop)
    assert (done.returned, done.anonymised, done.away.in_grace) == (1, 0, 0)
    with shop.database.reading() as session:
        kept = session.get_one(Customer, budi.id)
        assert (kept.name, kept.asked_to_stay_at) == ("Budi", None)


def test_without_inactive_days_nobody_is_ever_forgotten(shop: SmallShop) -> None:
    shop.crowd(2)
    shop.clock.forward(timedelta(days=5_000))
    done = tidy(shop, NOBODY_AWAY)
    assert asdict(done.away) == {"to_ask": 0, "cannot_be_asked": 0, "in_grace": 0, "to_forget": 0}
    assert done.anonymised == 0


def test_a_big_old_shop_forgets_no_more_than_a_nights_share(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "FORGOTTEN_A_NIGHT", 3)
    with shop.database.transaction() as session:
        session.add_all(Customer(name="Budi", source="pos", created_at=shop.clock.now()) for _ in range(7))
    shop.clock.forward(timedelta(days=3_000))
    assert tidy(shop).anonymised == 0
    shop.clock.forward(timedelta(days=30))
    nights = []
    for _ in range(4):
        nights.append((preview(shop).anonymised, tidy(shop).anonymised, preview(shop).anonymised))
        shop.clock.forward(timedelta(days=1))
    assert nights == [(3, 3, 0), (3, 3, 0), (1, 1, 0), (0, 0, 0)]


@pytest.mark.parametrize(
    "why", ["whatsapp", "unreachable", "never wrote", "left", "perhaps left", "not served", "always quiet"]
)
def test_who_is_not_to_be_written_to_is_not_asked(shop: SmallShop, why: str) -> None:
    channel = {"whatsapp": "whatsapp", "not served": "telegram"}.get(why, "simulator")
    with shop.database.transaction() as session:
        place = customers.meet(session, channel, "+6281200000001", "Budi", shop.clock.now())
        person = customers.of(session, place)
        place.unreachable_since = shop.clock.now() if why == "unreachable" else None
        place.last_inbound_at = None if why == "never wrote" else place.last_inbound_at
        person.held_since = shop.clock.now() if why == "perhaps left" else None
        if why == "always quiet":
            preferences.change(session, person.id, Manners(quiet_hours="08:00-21:00"), shop.clock.now())
    if why == "left":
        shop.leave(person.id)
    shop.clock.forward(timedelta(days=730))
    with shop.database.reading() as session:
        assert absence.to_ask(session, Periods(), SERVED, shop.shop, shop.clock.now()) == []
    assert tidy(shop).cannot_be_asked == 1


def test_who_can_be_asked_is_asked_where_it_is_day_at_the_chat_they_wrote_from_last(shop: SmallShop) -> None:
    with shop.database.transaction() as session:
        here = customers.meet(session, "simulator", "sari", "Sari", shop.clock.now())
        far = customers.meet(session, "simulator", "budi", "Budi", shop.clock.now())
        customers.of(session, far).zone = "America/New_York"
        older = customers.add_address(
            session, customers.of(session, here), "simulator", "sari-2", "chat", here.created_at
        )
        older.last_inbound_at = shop.clock.now() - timedelta(days=1)
    shop.clock.forward(timedelta(days=730))

    def asked_at(hours: int) -> list[str]:
        with shop.database.reading() as session:
            at = shop.clock.now() + timedelta(hours=hours)
            return [each.address for each in absence.to_ask(session, Periods(), SERVED, shop.shop, at)]

    # It is ten in the morning in Jakarta, and ten in the evening, the day before, in New York.
    assert asked_at(0) == ["sari"]
    assert asked_at(12) == ["budi"]
    with shop.database.transaction() as session:
        preferences.change(session, far.customer_id, Manners(quiet_hours="20:00-12:00"), shop.clock.now())
    assert asked_at(12) == []


def test_no_more_are_asked_than_a_days_share(shop: SmallShop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(absence, "ASKED_A_DAY", 3)
    shop.crowd(5)
    shop.clock.forward(timedelta(days=730))
    now = shop.clock.now()
    with shop.database.transaction() as session:
        first = absence.to_ask(session, Periods(), SERVED, shop.shop, now)
        assert [absence.note_asked(session, each, Periods(), SERVED, shop.shop, now) for each in first] == [True] * 3
        assert absence.to_ask(session, Periods(), SERVED, shop.shop, now) == []
        assert not absence.note_asked(session, first[0], Periods(), SERVED, shop.shop, now)
        later = now + timedelta(days=1)
        assert len(absence.to_ask(session, Periods(), SERVED, shop.shop, later)) == 2


def test_who_is_waiting_to_be_asked_is_not_forgotten_unasked(shop: SmallShop) -> None:
    shop.crowd(1)
    for _ in range(3):
        shop.clock.forward(timedelta(days=730))
        done = tidy(shop)
        assert (done.cannot_be_asked, done.anonymised, done.away.to_ask) == (0, 0, 1)


def test_a_shorter_period_is_kept_to(shop: SmallShop) -> None:
    a_campaign_with_clicks(shop)
    shop.clock.forward(timedelta(days=90))
    assert tidy(shop).removed["offers"] == 0
    assert tidy(shop, replace(Periods(), messages=timedelta(days=90))).removed["offers"] == 4


def test_an_address_that_was_asked_and_is_gone_has_its_grace_all_the_same(shop: SmallShop) -> None:
    (sari,) = shop.crowd(1)
    shop.clock.forward(timedelta(days=730))
    now = shop.clock.now()
    with shop.database.transaction() as session:
        (absent,) = absence.to_ask(session, Periods(), SERVED, shop.shop, now)
        assert absence.note_asked(session, absent, Periods(), SERVED, shop.shop, now)
        session.exec(select(Address)).one().unreachable_since = now
    shop.clock.forward(timedelta(days=30))
    assert tidy(shop).anonymised == 1
    with shop.database.reading() as session:
        assert session.get_one(Customer, sari).erased_at == shop.clock.now()
