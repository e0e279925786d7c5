"""What owners are told is in their words: of what stopped a campaign, and of what an offer changed."""

from __future__ import annotations

import pytest

from bot import telling
from bot.talk.desk import announcing, reporting
from bot.talk.replies import Teller
from campaigns.outcomes.comparing import Arm, lift, verdict
from campaigns.problems import BadDraft
from campaigns.shop import Shop
from campaigns.tables import Campaign, Message, State, Status
from campaigns.words.composing import Composer
from ledger import customers, notices
from ledger.database import Database
from ledger.tables import Role, TeamMember
from tests.campaigns.conftest import TEN

COMPOSER = Composer()


def alarm(**more: object) -> str:
    values = {"number": 5, "reason": "failures", "n": 9, "of": 20, "code": "", "content": "", "waiting": 0, **more}
    return telling.said(announcing.ALARM, values, Teller(COMPOSER, Shop(), "id")).text


@pytest.mark.parametrize("code", ["ReadError", "ConnectTimeout", "TimedOut", "Forbidden", "unreachable"])
def test_a_technicians_word_is_not_passed_on(code: str) -> None:
    assert code not in alarm(code=code)


def test_a_lost_line_and_a_providers_number_are_told() -> None:
    assert "Paling sering sambungan ke penyedia pesan terputus." in alarm(code="ReadError")
    assert "(paling sering kode 63024)." in alarm(code="63024")


def test_a_full_portfolio_names_the_setting_to_look_at() -> None:
    assert "WHATSAPP_DAILY_LIMIT" in alarm(reason="portfolio_limit")


def test_nothing_is_said_of_none_that_wait() -> None:
    assert "belum dikirim" not in alarm()
    assert "2 pesan lain belum dikirim" in alarm(waiting=2)


def test_what_waits_is_counted_when_it_is_told(sqlite_database: Database) -> None:
    with sqlite_database.transaction() as session:
        chat = customers.meet(session, "simulator", "ratna", "Ratna", TEN)
        session.add(TeamMember(address_id=chat.id, role=Role.OWNER, since=TEN))
        made = Campaign(
            template="picks", audience="all", holdout_share=0, seed="s", created_by="test", created_at=TEN,
            status=Status.PAUSED,
        )  # fmt: skip
        session.add(made)
        session.flush()
        values = {"reason": "portfolio_limit", "n": 0, "of": 0, "code": "", "content": "", "waiting": 0}
        told = notices.tell(session, chat.id, announcing.ALARM, TEN, number=made.id, **values)
        session.add(
            Message(
                campaign_id=made.id, customer_id=chat.customer_id, address_id=chat.id, channel="simulator",
                was_eligible=True, state=State.PLANNED, planned_at=TEN, counts_from=TEN,
            )
        )  # fmt: skip
        session.flush()
        said = telling.compose(session, told, COMPOSER, Shop(), TEN)
    assert said is not None
    assert "1 pesan lain belum dikirim" in said.text


@pytest.mark.parametrize(
    ("treated", "control", "said"),
    [
        # By hand, after Newcombe (1998), method 10: +1.9 to +15.8 of a hundred.
        ((31, 5), (3, 1), ""),
        ((500, 100), (100, 10), "Dari tiap 100 yang dipilih, 2 sampai 16 orang lebih banyak yang membeli."),
    ],
)
def test_a_lift_is_said_of_a_hundred_people_and_of_too_few_it_is_not(
    treated: tuple[int, int], control: tuple[int, int], said: str
) -> None:
    arms = Arm(*treated), Arm(*control)
    assert reporting.lift_told(Teller(COMPOSER, Shop(), "id"), lift(*arms), verdict(*arms)) == said


def test_an_offer_is_called_what_the_shop_calls_it() -> None:
    told = Teller(COMPOSER, Shop(), "id").sentence(BadDraft("nothing_to_show", template="picks"))
    assert "“pilihan untuk masing-masing”" in told
    assert "/pelajari" in told
