"""What age alone ends: each kind at its day and not the day before."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import Session, SQLModel, select

from ledger import consent, conversations, retention
from ledger.consent import Evidence, Wording
from ledger.database import Database
from ledger.declarations import Until
from ledger.retention import Periods
from ledger.tables import (
    Address,
    AuditEntry,
    ConversationState,
    Customer,
    Fault,
    Handout,
    InboundReceipt,
    Interaction,
    Kind,
    LinkCode,
    Notice,
    OwnerCode,
    PrivacyRequest,
    Purpose,
    Question,
    QuestionLine,
    RetentionRun,
    Role,
    ShownChoices,
    Step,
    TeamMember,
    WrongCode,
)

NOW = datetime(2026, 11, 2, 20, 30, tzinfo=UTC)
PERIODS = Periods()
RULES = {rule.kind: rule for rule in retention.RULES}


def person(session: Session, created_at: datetime) -> Customer:
    customer = Customer(name="Sari", source="test", created_at=created_at)
    session.add(customer)
    session.flush()
    return customer


def address(session: Session, customer: Customer) -> Address:
    place = Address(
        customer_id=customer.id,
        channel="simulator",
        address=f"sari-{customer.id}",
        fingerprint=f"f-{customer.id}",
        origin="chat",
        created_at=customer.created_at,
    )
    session.add(place)
    session.flush()
    return place


def question(session: Session, at: datetime) -> Question:
    sari = person(session, at)
    return Question(customer_id=sari.id, address_id=address(session, sari).id, asked_at=at)


def happened(kind: Kind, **other: object) -> Callable[[Session, datetime], SQLModel]:
    return lambda session, at: Interaction(
        customer_id=person(session, at).id, kind=kind, at=at, platform="simulator", **other
    )


ROWS: dict[str, tuple[str, int, Callable[[Session, datetime], SQLModel]]] = {
    "a message in": ("conversations", 365, happened(Kind.MESSAGE_IN, text="halo")),
    "a message out": ("conversations", 365, happened(Kind.MESSAGE_OUT, text="halo", message_id=7)),
    "a view": ("browsing", 730, happened(Kind.VIEW)),
    "a cart": ("browsing", 730, happened(Kind.CART)),
    "a click in a shop": ("browsing", 730, happened(Kind.CLICK)),
    "a step": ("steps", 730, lambda session, at: Step(customer_id=person(session, at).id, at=at, step="search")),
    "an audit entry": ("audit", 1095, lambda _session, at: AuditEntry(at=at, actor="test", action="tested")),
    "an answered request": (
        "requests",
        1095,
        lambda session, at: PrivacyRequest(
            kind="copy",
            customer_id=person(session, at).id,
            channel="simulator",
            made_by="customer",
            asked_at=at,
            answered_at=at,
        ),
    ),
    "a tidying": ("runs", 1095, lambda _session, at: RetentionRun(at=at)),
    "a receipt": (
        "receipts",
        30,
        lambda _session, at: InboundReceipt(channel="simulator", fingerprint="f", received_on=at),
    ),
    "a code": (
        "codes",
        30,
        lambda _session, at: OwnerCode(fingerprint="f", role="owner", created_at=at, expires_at=at),
    ),
    "a wrong code": ("wrong_codes", 30, lambda _session, at: WrongCode(fingerprint="f", at=at)),
    "a fault": ("faults", 30, lambda _session, at: Fault(at=at, channel="simulator", place="here")),
    "a picture": (
        "handouts",
        1,
        lambda _session, at: Handout(name="a.png", media_type="image/png", data=b"", made_at=at, expires_at=at),
    ),
    "a linking code": (
        "link_codes",
        1,
        lambda session, at: LinkCode(
            fingerprint="f", address_id=address(session, person(session, at)).id, made_at=at, expires_at=at
        ),
    ),
    "numbered choices": (
        "choices",
        1,
        lambda session, at: ShownChoices(
            address_id=address(session, person(session, at)).id, choices=["YA"], made_at=at
        ),
    ),
    "a notice": (
        "notices",
        30,
        lambda session, at: Notice(
            address_id=address(session, person(session, at)).id, template="campaign_done", made_at=at
        ),
    ),
    "a question passed on": ("asked_us", 365, question),
    "an open question": (
        "questions",
        1,
        lambda session, at: ConversationState(
            address_id=address(session, person(session, at)).id, topic="launch", updated_at=at
        ),
    ),
}


def sweep(database: Database, kind: str, now: datetime) -> int:
    rule = RULES[kind]
    since = PERIODS.since(rule.until, now)
    assert since is not None
    with database.transaction() as session:
        return retention.act(session, rule, since, retention.find(session, rule, since))


def everybody_away(database: Database, now: datetime = NOW) -> list[int]:
    since = PERIODS.since(Until.ERASED, now)
    assert since is not None
    with database.reading() as session:
        return list(retention.away(session, since))


@pytest.mark.parametrize("row", ROWS)
def test_each_kind_goes_at_its_day_and_not_the_day_before(database: Database, row: str) -> None:
    kind, days, make = ROWS[row]
    with database.transaction() as session:
        session.add(make(session, NOW))
    assert sweep(database, kind, NOW + timedelta(days=days - 1)) == 0
    assert sweep(database, kind, NOW + timedelta(days=days) - timedelta(microseconds=1)) == 0
    assert sweep(database, kind, NOW + timedelta(days=days)) == 1
    assert sweep(database, kind, NOW + timedelta(days=days)) == 0


def test_every_rule_is_tried_above() -> None:
    assert {kind for kind, _, _ in ROWS.values()} | {"reviews"} == set(RULES)


def test_words_go_at_their_day_though_a_question_and_its_notice_are_kept_longer(database: Database) -> None:
    with database.transaction() as session:
        said = happened(Kind.MESSAGE_IN, text="ada kopi?")(session, NOW)
        session.add(said)
        session.flush()
        asked = question(session, NOW + timedelta(days=9))
        session.add(asked)
        session.flush()
        session.add(QuestionLine(question_id=asked.id, interaction_id=said.id))  # type: ignore[attr-defined]
        session.add(
            Notice(address_id=asked.address_id, template="question", question_id=asked.id, made_at=asked.asked_at)
        )
    assert sweep(database, "conversations", NOW + timedelta(days=365)) == 1
    with database.reading() as session:
        assert session.exec(select(QuestionLine)).all() == []
    assert sweep(database, "asked_us", NOW + timedelta(days=374)) == 1
    with database.reading() as session:
        assert session.exec(select(Notice)).all() == []


def test_of_a_review_the_words_go_and_the_rest_stays(database: Database) -> None:
    with database.transaction() as session:
        session.add(happened(Kind.REVIEW, text="enak sekali, kata Sari", quantity=5)(session, NOW))
    assert sweep(database, "reviews", NOW + timedelta(days=364)) == 0
    assert sweep(database, "reviews", NOW + timedelta(days=365)) == 1
    with database.reading() as session:
        review = session.exec(select(Interaction)).one()
    assert (review.kind, review.text, review.quantity) == ("review", None, 5)


def test_purchases_returns_and_the_click_on_an_offer_are_not_the_ledgers_to_remove(database: Database) -> None:
    with database.transaction() as session:
        for kind, message in ((Kind.PURCHASE, None), (Kind.RETURN, None), (Kind.CLICK, 7)):
            session.add(happened(kind, message_id=message)(session, NOW))
    assert [sweep(database, kind, NOW + timedelta(days=9_999)) for kind in RULES] == [0] * len(RULES)


def test_a_request_nobody_answered_stays_until_somebody_does(database: Database) -> None:
    with database.transaction() as session:
        request = PrivacyRequest(
            kind="copy",
            customer_id=person(session, NOW).id,
            channel="simulator",
            made_by="customer",
            asked_at=NOW,
        )
        session.add(request)
    assert sweep(database, "requests", NOW + timedelta(days=9_999)) == 0


def test_a_row_that_grew_young_again_is_spared(database: Database) -> None:
    with database.transaction() as session:
        place = address(session, person(session, NOW))
        conversations.open_topic(session, place, "launch", NOW)
    rule, since = RULES["questions"], NOW
    with database.reading() as session:
        found = retention.find(session, rule, since)
    with database.transaction() as session:
        conversations.open_topic(session, place, "ask_offers", NOW + timedelta(hours=1))
    with database.transaction() as session:
        assert retention.act(session, rule, since, found) == 0


def test_somebody_is_away_from_the_day_on_and_not_before(database: Database) -> None:
    with database.transaction() as session:
        sari = person(session, NOW).id
    assert everybody_away(database, NOW + timedelta(days=729)) == []
    assert everybody_away(database, NOW + timedelta(days=730)) == [sari]


@pytest.mark.parametrize("kind", [Kind.PURCHASE, Kind.CLICK, Kind.MESSAGE_IN])
def test_whoever_bought_clicked_or_wrote_is_here(database: Database, kind: Kind) -> None:
    with database.transaction() as session:
        sari = person(session, NOW - timedelta(days=3_000))
        session.add(Interaction(customer_id=sari.id, kind=kind, at=NOW - timedelta(days=729), platform="pos"))
    assert everybody_away(database) == []


@pytest.mark.parametrize("kind", [Kind.MESSAGE_OUT, Kind.VIEW, Kind.RETURN])
def test_what_we_wrote_and_what_was_only_looked_at_is_no_sign_of_life(database: Database, kind: Kind) -> None:
    with database.transaction() as session:
        sari = person(session, NOW - timedelta(days=3_000))
        session.add(Interaction(customer_id=sari.id, kind=kind, at=NOW, platform="pos"))
    assert everybody_away(database) == [sari.id]


def test_a_message_counts_also_when_its_words_are_gone(database: Database) -> None:
    with database.transaction() as session:
        address(session, person(session, NOW - timedelta(days=3_000))).last_inbound_at = NOW - timedelta(days=729)
    assert everybody_away(database) == []


def test_an_answer_about_consent_is_a_sign_of_life(database: Database) -> None:
    with database.transaction() as session:
        consent.withdraw(
            session,
            person(session, NOW - timedelta(days=3_000)).id,
            Purpose.OFFERS,
            wording=Wording("stop-1", "", "id"),
            evidence=Evidence("simulator", "stop"),
            at=NOW - timedelta(days=1),
        )
    assert everybody_away(database) == []


def test_ten_years_of_history_imported_yesterday_make_nobody_away(database: Database) -> None:
    with database.transaction() as session:
        sari = person(session, NOW - timedelta(days=1))
        session.add(
            Interaction(
                customer_id=sari.id, kind=Kind.PURCHASE, at=NOW - timedelta(days=3_650), platform="shopee", quantity=1
            )
        )
    assert everybody_away(database) == []


def test_nobody_of_the_team_is_ever_away(database: Database) -> None:
    with database.transaction() as session:
        place = address(session, person(session, NOW - timedelta(days=3_000)))
        session.add(TeamMember(address_id=place.id, role=Role.OWNER, since=NOW - timedelta(days=3_000)))
    assert everybody_away(database) == []


def test_the_erased_are_not_away_for_there_is_nobody_left(database: Database) -> None:
    with database.transaction() as session:
        person(session, NOW - timedelta(days=3_000)).erased_at = NOW
    assert everybody_away(database) == []


def test_a_run_counts_what_is_done_where_it_is_done(database: Database) -> None:
    with database.transaction() as session:
        retention.note(session, NOW, {"audit": 0, "codes": 0})
    with database.transaction() as session:
        retention.note(session, NOW, {"audit": 500})
    with database.transaction() as session:
        retention.note(session, NOW, {"audit": 3}, asked=1)
    with database.reading() as session:
        run = session.exec(select(RetentionRun)).one()
        assert (run.removed, run.asked) == ({"audit": 503, "codes": 0}, 1)
        assert retention.lately(session, NOW - timedelta(hours=1)) == (1, 0)


def test_a_run_that_only_asked_is_no_tidying(database: Database) -> None:
    with database.transaction() as session:
        retention.note(session, NOW, {"audit": 0})
        retention.note(session, NOW + timedelta(hours=9), asked=1)
    with database.reading() as session:
        last = retention.last_run(session)
    assert last is not None
    assert last.at == NOW


def test_without_end_means_nothing_is_ever_old() -> None:
    periods = Periods(audit=None, inactive=None)
    assert periods.since(Until.AUDIT, NOW) is None
    assert periods.since(Until.ERASED, NOW) is None
    assert periods.since(Until.ALWAYS, NOW) is None
