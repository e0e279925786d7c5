"""Customers type in bursts: nothing they wrote before a question reached them is an answer to it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlmodel import select

from bot.inbound import Inbound
from campaigns.channel import Failed, FateUnknown, Outcome, Outgoing, Sent
from campaigns.tables import Campaign, Status
from ledger import conversations, customers
from ledger.database import Database
from ledger.tables import ConsentEvent, Customer, Purpose, Role
from ledger.team import make_code
from tests.stories.conftest import Story, told
from tests.stories.test_choosing import Plain
from tests.virtual_time import run

TOO_EARLY = "Jawaban ini masuk sebelum pertanyaan di atas sampai"
LOST = "Pertanyaan kami tadi tidak sampai"
ASKS = {
    Purpose.OFFERS: "Boleh Toko Ratna mengirim penawaran ke chat ini?",
    Purpose.PROFILING: "Boleh kami memakai riwayat belanja Kakak",
    Purpose.RESEARCH: "Boleh Toko Ratna sesekali menanyakan pendapat",
}
IN_ENGLISH = {
    Purpose.OFFERS: "May Toko Ratna send offers to this chat?",
    Purpose.PROFILING: "May we use what you bought at Toko Ratna",
    Purpose.RESEARCH: "May Toko Ratna ask for your opinion",
}
BROKEN, REFUSED = FateUnknown("ReadTimeout"), Failed("63013")
PEOPLE, NUMBERS = count(6281200001000), count(1)
WAITS = (0.0, 0.5, 3.0, 60.0)


class Slow(Plain):
    """Takes a second for each message, or as long as it is told, and comes to what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.fates: list[tuple[float, Outcome | None]] = []
        self.log: list[tuple[str, str]] = []

    async def send(self, outgoing: Outgoing) -> Outcome:
        seconds, fate = self.fates.pop(0) if self.fates else (1.0, None)
        await asyncio.sleep(seconds)
        self.given.append(outgoing)
        outcome = fate or Sent(f"out-{len(self.given)}")
        if isinstance(outcome, Sent):
            self.log.append(("sent", outgoing.text))
        return outcome


class Chat:
    """Somebody who writes without waiting, or after some seconds."""

    def __init__(self, story: Story, line: Slow, who: str | None = None) -> None:
        self.story, self.line = story, line
        self.who = who or f"+{next(PEOPLE)}"

    async def write(self, text: str, **more: object) -> None:
        number = f"in-{next(NUMBERS)}"
        self.line.log.append(("taken", number))
        await self.story.app.take(Inbound("whatsapp", self.who, text, number, name="Sari", **more))  # type: ignore[arg-type]

    def burst(self, *texts: str) -> list[str]:
        """All at once; what is read back in the end."""
        return self.writes(*((text, 0.0) for text in texts))

    def writes(self, *said: tuple[str, float]) -> list[str]:
        """Each text, and how many seconds pass after it; in the end all that is under way arrives."""

        async def story() -> None:
            for text, wait in said:
                await self.write(text)
                await asyncio.sleep(wait)
            await self.story.app.answered()

        before = len(self.line.given)
        run(story())
        return [each.text for each in self.line.given[before:] if each.address == self.who]

    def events(self) -> list[tuple[str, bool, str | None]]:
        with self.story.app.database.reading() as session:
            address = customers.address_of(session, "whatsapp", self.who)
            mine = select(ConsentEvent).where(ConsentEvent.customer_id == address.customer_id)
            said = session.exec(mine.order_by(ConsentEvent.id)).all()  # type: ignore[arg-type]
            return [(each.purpose, each.granted, each.verbatim) for each in said]


@pytest.fixture
def line() -> Slow:
    return Slow()


@pytest.fixture
def story(sqlite_database: Database, tmp_path: Path, line: Slow) -> Iterator[Story]:
    with told(sqlite_database, tmp_path, line) as telling:
        yield telling


@pytest.fixture
def sari(story: Story, line: Slow) -> Chat:
    return Chat(story, line)


def owner(story: Story, line: Slow) -> Chat:
    """The owner, and twelve customers who allow offers of what the shop sells."""
    for name in ("Kopi Gayo", "Kopi Toraja"):
        story.sells(name, "kopi")
    for n in range(12):
        story.join(f"pelanggan-{n}")
    with story.app.database.transaction() as session:
        code = make_code(session, Role.OWNER, story.clock.now())
    ratna = Chat(story, line)
    ratna.burst(code)
    return ratna


def statuses(story: Story) -> list[str]:
    with story.app.database.reading() as session:
        return [each.status for each in session.exec(select(Campaign)).all()]


@pytest.mark.parametrize(
    "texts",
    [
        ("Halo kak", "1"),
        ("Mau pesan kopi gayo", "2", "1"),
        ("Kopi gayo", "1"),
        ("Halo", "ya"),
        ("mulai", "1", "1"),
        ("mulai", "ya", "ya", "ya"),
        ("Halo kak, mau pesan", "nomor 1"),
        ("Halo", "ya penawaran"),
    ],
)
def test_what_is_written_before_the_question_came_allows_nothing(sari: Chat, texts: Sequence[str]) -> None:
    sari.burst(*texts)
    assert sari.events() == []


@pytest.mark.parametrize("answer", ["ya", "1"])
def test_it_is_said_so_once_and_the_answer_after_it_counts(sari: Chat, answer: str) -> None:
    question, note = sari.burst("Halo", answer)
    assert ASKS[Purpose.OFFERS] in question
    assert note.startswith(TOO_EARLY)
    sari.burst(answer)
    assert [event[:2] for event in sari.events()] == [("offers", True)]


def test_a_second_yes_before_the_question_gets_the_question_again(sari: Chat) -> None:
    question, note, again = sari.burst("mulai", "1", "1")
    assert (ASKS[Purpose.OFFERS] in question, TOO_EARLY in note, ASKS[Purpose.OFFERS] in again) == (True, True, True)
    assert ASKS[Purpose.PROFILING] not in "".join((question, note, again))
    sari.burst("1")
    assert sari.events() == [("offers", True, "1 (Ya, boleh)")]


def test_a_stop_is_heard_whatever_is_on_its_way(sari: Chat) -> None:
    sari.burst("mulai", "STOP")
    assert {(purpose, granted) for purpose, granted, _ in sari.events()} == {(each, False) for each in Purpose}


def test_a_no_that_names_its_question_is_heard_too(sari: Chat) -> None:
    sari.writes(("mulai", 9), ("ya", 9), ("tidak", 9))
    sari.burst("mulai lagi", "tidak penawaran")
    assert sari.events()[-1] == ("offers", False, "tidak penawaran")


@pytest.mark.parametrize("fate", [REFUSED, BROKEN])
def test_a_question_that_did_not_arrive_is_put_again_and_no_number_answers_it(
    sari: Chat, line: Slow, fate: Outcome
) -> None:
    line.fates = [(1.0, fate)] * (4 if fate is BROKEN else 1)
    sari.burst("Halo kak")
    (again,) = sari.burst("ya")
    assert ASKS[Purpose.OFFERS] in again
    assert sari.events() == []
    sari.burst("1")
    assert sari.events() == [("offers", True, "1 (Ya, boleh)")]


def test_a_question_whose_process_ended_before_it_was_noted_is_put_again_after_a_while(sari: Chat) -> None:
    inbound = Inbound("whatsapp", sari.who, "mulai", "before the end")
    sari.story.app.router.receive(inbound)
    sari.story.clock.forward(conversations.ON_ITS_WAY)
    (again,) = sari.burst("ya")
    assert ASKS[Purpose.OFFERS] in again
    assert sari.events() == []


def test_a_button_of_that_very_message_proves_that_it_was_read(sari: Chat) -> None:
    async def story() -> None:
        await sari.write("mulai")
        await sari.story.app.answered()
        with sari.story.app.database.transaction() as session:
            address = customers.address_of(session, "whatsapp", sari.who)
            topic = conversations.topic(session, address, sari.story.clock.now())
            topic.shown_at = None  # as if it could not be noted
        await sari.write("ya penawaran", is_press=True, in_reply_to="out-404")
        await sari.story.app.answered()
        assert sari.events() == []
        await sari.write("ya penawaran", is_press=True, in_reply_to="out-1")
        await sari.story.app.answered()

    run(story())
    assert [event[:2] for event in sari.events()] == [("offers", True)]


def test_nobody_is_erased_by_a_yes_to_what_they_did_not_read(sari: Chat) -> None:
    sari.writes(("mulai", 9), ("tidak", 9))
    asked, note = sari.burst("hapus data", "ya")
    assert asked.startswith("Hapus semua data")
    assert note.startswith(TOO_EARLY)
    with sari.story.app.database.reading() as session:
        assert customers.of(session, customers.address_of(session, "whatsapp", sari.who)).erased_at is None
    assert "dihapus" in sari.burst("ya")[0]


def test_no_campaign_runs_by_a_yes_before_its_preview(story: Story, line: Slow) -> None:
    ratna = owner(story, line)
    _, note = ratna.burst("/luncurkan picks ke semua tanpa diskon sekarang", "ya")
    assert note.startswith(TOO_EARLY)
    assert statuses(story) == [Status.DRAFT]
    ratna.burst("ya")
    assert statuses(story) == [Status.RUNNING]


def test_a_preview_that_was_lost_is_shown_again_before_a_yes_counts(story: Story, line: Slow) -> None:
    ratna = owner(story, line)
    line.fates = [(1.0, REFUSED)]
    ratna.burst("/luncurkan picks ke semua tanpa diskon sekarang")
    (again,) = ratna.burst("ya")
    assert "Kampanye 1" in again
    assert statuses(story) == [Status.DRAFT]


def test_the_steps_of_a_draft_wait_for_their_question(story: Story, line: Slow) -> None:
    ratna = owner(story, line)
    first, note = ratna.burst("/kampanye", "picks")
    assert note.startswith(TOO_EARLY)
    line.fates = [(1.0, REFUSED)]
    ratna.burst("picks")
    (second,) = ratna.burst("semua")
    assert second != first
    assert statuses(story) == []


def test_a_second_yes_that_was_not_asked_for_yet_does_nothing(story: Story, line: Slow) -> None:
    ratna = owner(story, line)
    ratna.writes(("/luncurkan picks ke semua tanpa diskon sekarang", 9), ("ya", 9))
    assert statuses(story) == [Status.RUNNING]
    line.fates = [(1.0, REFUSED)]
    ratna.burst("/batalkan 1")
    assert ratna.burst("ya")[0].startswith(LOST)
    assert statuses(story) == [Status.RUNNING]


SAID = st.sampled_from([
    "mulai", "Halo", "Kopi gayo ada?", "1", "1", "2", "ya", "ya", "tidak", "riwayat", "survei", "ya penawaran",
    "ya riwayat", "STOP", "menu", "english", "bahasa",
])  # fmt: skip
FATES = st.tuples(st.sampled_from([0.0, 0.5, 2.0, 30.0]), st.sampled_from([None, None, None, REFUSED, BROKEN]))
law = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@law
@example(said=[("STOP", 0.0), ("Halo", 0.0), ("mulai", 3.0), ("1", 0.0)], fates=[])
@given(said=st.lists(st.tuples(SAID, st.sampled_from(WAITS)), max_size=12), fates=st.lists(FATES, max_size=12))
def test_whatever_meets_whatever_nobody_allows_what_they_were_not_asked_before(
    story: Story, line: Slow, said: list[tuple[str, float]], fates: list[tuple[float, Outcome | None]]
) -> None:
    line.fates, line.log = list(fates), []
    chat = Chat(story, line)
    chat.writes(*said)
    line.fates = []
    with story.app.database.reading() as session:
        address = customers.address_of(session, "whatsapp", chat.who)
        person = session.get_one(Customer, address.customer_id).id if address is not None else None
        events = session.exec(select(ConsentEvent).where(ConsentEvent.customer_id == person)).all()
    for event in (each for each in events if each.granted):
        taken = line.log.index(("taken", str(event.provider_message_id)))
        question = ASKS[Purpose(event.purpose)] if event.language == "id" else IN_ENGLISH[Purpose(event.purpose)]
        assert any(kind == "sent" and question in text for kind, text in line.log[:taken]), (said, fates, event)
