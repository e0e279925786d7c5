"""Messages are taken at once and answered in the background: in order per chat, as often as it takes, and no more."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.app import App, build
from bot.channels.lanes import Lane
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.sending import ANSWER, MOST_WAITING, ONCE, QUESTION, send
from bot.settings import Settings
from bot.talk.router import NotTaken
from campaigns.channel import Cause, Failed, FateUnknown, Outcome, Outgoing, Sent, Throttled, Unreachable
from ledger import consent, customers, notices
from ledger.database import Database
from ledger.tables import Role
from ledger.team import make_code
from tests.virtual_time import run

NOON = datetime(2026, 11, 2, 5, tzinfo=UTC)
BROKEN = FateUnknown("ReadTimeout")


def elapsed() -> float:
    return asyncio.get_running_loop().time() - 1_000


class LoopClock(ManualClock):
    """The wall clock beside the loop's own; noon where there is no loop."""

    def now(self) -> datetime:
        try:
            return self._now + timedelta(seconds=elapsed())
        except RuntimeError:
            return self._now


class Messenger:
    """Takes its time for each message, and answers as told; remembers what began when."""

    name = "simulator"
    carries_documents = True
    carries_pictures = True

    def __init__(self) -> None:
        self.seconds: Callable[[Outgoing], float] = lambda _outgoing: 0
        self.says: Callable[[Outgoing], Outcome] = lambda _outgoing: Sent("1")
        self.begun: list[tuple[float, Outgoing]] = []
        self.done: list[tuple[float, Outgoing]] = []

    async def send(self, outgoing: Outgoing) -> Outcome:
        self.begun.append((elapsed(), outgoing))
        await asyncio.sleep(self.seconds(outgoing))
        self.done.append((elapsed(), outgoing))
        return self.says(outgoing)

    def to(self, address: str) -> list[tuple[float, str]]:
        return [(at, outgoing.text) for at, outgoing in self.done if outgoing.address == address]


@pytest.fixture
def messenger() -> Messenger:
    return Messenger()


@pytest.fixture
def app(sqlite_database: Database, tmp_path: Path, messenger: Messenger) -> Iterator[App]:
    settings = Settings(
        _env_file=None,
        secret_key="a key for tests only, 32 bytes..",
        shop_name="Toko Ratna",
        data_dir=tmp_path,
    )
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, LoopClock(NOON), [messenger], url, settings.shop())
    yield app
    app.close()


def said(who: str, text: str, number: str) -> Inbound:
    return Inbound("simulator", who, text, number, name=who.capitalize())


def join_as_owner(app: App, who: str) -> None:
    with app.database.transaction() as session:
        code = make_code(session, Role.OWNER, NOON)
    app.router.receive(said(who, code, f"code of {who}"))


def offers_allowed(app: App, who: str) -> bool | None:
    with app.database.reading() as session:
        return consent.standing(session, customers.find(session, who, "ID").id, "simulator").offers


def test_what_is_said_is_taken_before_it_is_answered(app: App, messenger: Messenger) -> None:
    messenger.seconds = lambda _outgoing: 7

    async def story() -> tuple[float, int]:
        heard = await app.take(said("sari", "MULAI", "1"))
        taken = elapsed()
        await app.answered()
        return taken, len(heard.replies)

    assert run(story()) == (0, 1)
    assert [at for at, _ in messenger.to("sari")] == [7]


def test_whoever_hears_waits_until_it_is_sent(app: App, messenger: Messenger) -> None:
    messenger.seconds = lambda _outgoing: 7

    async def story() -> float:
        await app.hear(said("sari", "MULAI", "1"))
        return elapsed()

    assert run(story()) == 7


def test_a_chat_is_answered_in_order_and_holds_up_no_other(app: App, messenger: Messenger) -> None:
    messenger.seconds = lambda outgoing: 10 if outgoing.address == "sari" else 1

    async def story() -> None:
        await asyncio.gather(*(app.take(said("sari", text, text)) for text in ("MULAI", "STOP", "english")))
        await app.take(said("budi", "MULAI", "b"))
        await app.answered()

    run(story())
    assert [at for at, _ in messenger.to("sari")] == [10, 20, 30]
    first, second, third = (text for _, text in messenger.to("sari"))
    assert "Boleh" in first
    assert "Sudah berhenti" in second
    assert "English" in third
    assert [at for at, _ in messenger.to("budi")] == [1]


def test_a_slow_telling_of_news_holds_up_nobody(app: App, messenger: Messenger) -> None:
    join_as_owner(app, "ratna")
    messenger.seconds = lambda outgoing: 29 if outgoing.address == "ratna" else 1

    async def story() -> tuple[float, int]:
        await app.take(said("sari", "Ada kopi gayo?", "1"))
        await app.take(said("budi", "Ada teh hijau?", "2"))
        taken = elapsed()
        await asyncio.sleep(2.5)
        answered = len(messenger.to("sari")) + len(messenger.to("budi"))
        await app.answered()
        return taken, answered

    assert run(story()) == (0, 4)
    assert len(messenger.to("ratna")) == 2


def test_news_that_waited_too_long_for_its_chat_is_left_to_the_next_round(app: App, messenger: Messenger) -> None:
    join_as_owner(app, "ratna")
    messenger.seconds = lambda outgoing: 100 if outgoing.address == "ratna" else 1

    async def story() -> tuple[int, int]:
        await app.take(said("sari", "Ada kopi gayo?", "1"))
        await app.take(said("budi", "Ada teh hijau?", "2"))
        await app.answered()
        told = len(messenger.to("ratna"))
        await asyncio.sleep(60)
        await app.tell_waiting()
        return told, len(messenger.to("ratna"))

    assert run(story()) == (1, 2)


def test_beside_news_that_hangs_other_news_is_told(app: App, messenger: Messenger) -> None:
    join_as_owner(app, "ratna")
    join_as_owner(app, "bima")
    messenger.seconds = lambda outgoing: 100 if outgoing.address == "ratna" else 1

    async def story() -> None:
        with app.database.transaction() as session:
            for who in ("ratna", "bima"):
                known = customers.address_of(session, "simulator", who)
                assert known is not None
                later = NOON + timedelta(seconds=20 if who == "bima" else 0)
                notices.tell(session, known.id, "mining_failed", NOON, not_before=later, why="Belum ada riwayat")
        await app.tell_waiting()

    run(story())
    assert [at for at, _ in messenger.to("ratna")] == [100]
    assert [at <= 26 for at, _ in messenger.to("bima")] == [True]


def test_news_comes_after_the_answers_in_the_same_chat(app: App, messenger: Messenger) -> None:
    join_as_owner(app, "ratna")
    messenger.seconds = lambda outgoing: 20 if outgoing.address == "ratna" else 0

    async def story() -> None:
        await app.take(said("ratna", "/kampanye", "1"))
        await app.take(said("sari", "Ada kopi gayo?", "2"))
        await app.answered()

    run(story())
    (answered, _), (told, news) = messenger.to("ratna")
    assert (answered, told) == (20, 40)
    assert "kopi gayo" in news


def test_who_goes_away_before_it_is_answered_is_answered(app: App, messenger: Messenger) -> None:
    async def story() -> None:
        hearing = asyncio.create_task(app.hear(said("sari", "MULAI", "1")))
        await asyncio.sleep(0)
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)
        await app.answered()

    run(story())
    assert len(messenger.to("sari")) == 1


def test_what_is_not_said_when_the_house_closes_is_given_up(
    app: App, messenger: Messenger, caplog: pytest.LogCaptureFixture
) -> None:
    messenger.seconds = lambda _outgoing: 1_000

    async def story() -> float:
        await app.take(said("sari", "MULAI", "1"))
        await asyncio.sleep(5)
        await app.hush()
        return elapsed()

    assert run(story()) == 5
    assert "not sent" in caplog.text


def tries(
    outcomes: list[Outcome], again_after: Collection[type[Outcome]] = ANSWER, is_offer: bool = False
) -> tuple[list[float], Outcome]:
    """When each try began, and the last outcome, with a messenger that says one thing after the other."""
    messenger, left = Messenger(), list(outcomes)
    messenger.says = lambda _outgoing: left.pop(0) if len(left) > 1 else left[0]

    async def story() -> Outcome:
        return await send(messenger, Outgoing("sari", "Halo", is_offer=is_offer), LoopClock(NOON), again_after)

    last = run(story())
    return [at for at, _ in messenger.begun], last


@pytest.mark.parametrize(
    ("outcomes", "began"),
    [
        ([Sent("1")], [0]),
        ([BROKEN, Sent("1")], [0, 2]),
        ([BROKEN, BROKEN, Sent("1")], [0, 2, 10]),
        ([BROKEN], [0, 2, 10, 40]),
        ([Throttled(NOON + timedelta(seconds=35)), Sent("1")], [0, 35]),
        ([Throttled(NOON + timedelta(minutes=15), Cause.NOT_ADMITTED), Sent("1")], [0, 60]),
        ([Throttled(NOON + timedelta(minutes=14)), Sent("1")], [0, 14 * 60]),
        (
            [Throttled(NOON + timedelta(minutes=5)), Throttled(NOON + timedelta(minutes=9)), Sent("1")],
            [0, 300, 540],
        ),
        ([BROKEN, Throttled(NOON + timedelta(minutes=5)), BROKEN, Sent("1")], [0, 2, 300, 308]),
        ([Throttled(NOON)] * 6 + [Sent("1")], [0, 0, 2, 10, 40, 70, 100]),
        ([Throttled(NOON + timedelta(days=1))], [60 * n for n in range(16)]),
        ([FateUnknown("sent in part", is_partial=True)], [0]),
        ([Throttled(NOON + timedelta(days=1), Cause.PERSONAL)], [0]),
        ([Failed("400")], [0]),
        ([Unreachable("forbidden")], [0]),
    ],
)
def test_an_answer_is_tried_again_where_that_may_help(outcomes: list[Outcome], began: list[float]) -> None:
    assert tries(outcomes) == (began, outcomes[-1])


@pytest.mark.parametrize("outcome", [BROKEN, Throttled(NOON + timedelta(seconds=5))])
def test_an_offer_never_is(outcome: Outcome) -> None:
    assert tries([outcome], is_offer=True) == ([0], outcome)


def test_a_question_asked_at_most_once_is_repeated_only_where_it_was_surely_not_sent() -> None:
    assert tries([BROKEN], QUESTION) == ([0], BROKEN)
    assert tries([Throttled(NOON + timedelta(days=1))], QUESTION)[0] == [0, 60, 120, 180]
    assert tries([Throttled(NOON + timedelta(seconds=5)), Sent("1")], QUESTION) == ([0, 5], Sent("1"))
    assert tries([BROKEN], ONCE) == ([0], BROKEN)


def test_more_answers_than_there_is_room_for_do_not_wait() -> None:
    messenger, clock = Messenger(), LoopClock(NOON)
    messenger.says = lambda _outgoing: Throttled(NOON + timedelta(minutes=5)) if elapsed() < 300 else Sent("1")

    async def story() -> list[Outcome]:
        many = (Outgoing(f"guest {n}", "Halo") for n in range(MOST_WAITING + 2))
        return await asyncio.gather(*(send(messenger, each, clock, ANSWER) for each in many))

    assert sum(isinstance(each, Sent) for each in run(story())) == MOST_WAITING


def test_a_messenger_that_breaks_its_promise_is_a_broken_line(
    app: App, messenger: Messenger, caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(_outgoing: Outgoing) -> Outcome:
        raise ValueError("the text of somebody")

    messenger.says = breaks
    run(app.hear(said("sari", "MULAI", "1")))
    assert len(messenger.begun) == 4
    assert "an answer on simulator was not delivered: FateUnknown" in caplog.text
    assert "somebody" not in caplog.text


def test_nobody_is_told_the_rest_who_cannot_be_reached(app: App, messenger: Messenger) -> None:
    messenger.says = lambda _outgoing: Unreachable("forbidden")
    heard = run(app.hear(said("sari", "Ada kopi?", "1")))
    assert len(heard.replies) == 2
    assert len(messenger.begun) == 1


@pytest.fixture
def away(app: App, tmp_path: Path) -> Callable[[bool], None]:
    """Takes the database away, and brings it back."""
    there, elsewhere = tmp_path / "db", tmp_path / "elsewhere"

    def take(is_away: bool) -> None:
        app.database.engine.dispose()
        (there if is_away else elsewhere).rename(elsewhere if is_away else there)

    return take


@pytest.fixture
def sqlite_database(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    """In a folder of its own, which can be taken away."""
    folder = tmp_path / "db"
    folder.mkdir()
    (folder / "shop.db").write_bytes(migrated_sqlite.read_bytes())
    database = Database(f"sqlite:///{folder / 'shop.db'}", secret=b"a key for tests only, 32 bytes..")
    yield database
    database.close()


def test_without_its_database_the_shop_claims_nothing_and_apologises_to_nobody(
    app: App, messenger: Messenger, away: Callable[[bool], None]
) -> None:
    async def story() -> None:
        for number in range(5):
            with pytest.raises(NotTaken):
                await app.take(said("sari", "Ada kopi?", f"{number}"))

    away(True)
    run(story())
    assert messenger.begun == []


def test_what_is_delivered_again_once_the_database_is_back_is_answered_once(
    app: App, messenger: Messenger, away: Callable[[bool], None]
) -> None:
    async def story() -> None:
        away(True)
        with pytest.raises(NotTaken):
            await app.take(said("sari", "MULAI", "1"))
        away(False)
        await app.hear(said("sari", "MULAI", "1"))
        await app.hear(said("sari", "MULAI", "1"))

    run(story())
    assert len(messenger.to("sari")) == 1


def test_a_stop_is_heard_once_the_database_is_back_even_if_nobody_delivers_it_again(
    app: App, messenger: Messenger, away: Callable[[bool], None]
) -> None:
    for number, text in enumerate(("MULAI", "ya", "tidak")):
        app.note_given(app.router.receive(said("sari", text, f"joined {number}")).asks)
    assert offers_allowed(app, "sari") is True

    async def story() -> None:
        away(True)
        for _ in range(3):
            with pytest.raises(NotTaken):
                await app.take(said("sari", "stop kirim promo", "1"))
        await asyncio.sleep(100)
        away(False)
        await asyncio.sleep(61)

    run(story())
    assert [text[:14] for _, text in messenger.to("sari")] == ["Sudah berhenti"]
    assert offers_allowed(app, "sari") is False


def test_an_answer_goes_out_within_a_second_while_a_campaign_fills_the_lane(app: App, messenger: Messenger) -> None:
    lane = Lane(30, LoopClock(NOON), per_chat_seconds=1, chat_burst=3)
    send_now = messenger.send

    async def in_turn(outgoing: Outgoing) -> Outcome:
        return await lane.turn(outgoing.address, outgoing.is_offer) or await send_now(outgoing)

    messenger.send = in_turn  # type: ignore[method-assign]
    messenger.seconds = lambda _outgoing: 0.2

    async def story() -> float:
        offers = [
            asyncio.create_task(messenger.send(Outgoing(f"guest {n}", "Kopi!", is_offer=True))) for n in range(900)
        ]
        await asyncio.sleep(12.34)
        begun = elapsed()
        await app.hear(said("sari", "STOP", "1"))
        answered = elapsed() - begun
        await asyncio.gather(*offers)
        return answered

    assert run(story()) < 0.25
    assert len(messenger.done) == 901
