"""Chats without buttons: numbers are shown, mean what they were shown for, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest
from jinja2 import Environment, nodes
from sqlmodel import select

from bot.talk import choosing, steering
from bot.talk.desk import counter, wizard
from campaigns.channel import Button
from campaigns.words.composing import TEMPLATES, Reply
from ledger import conversations, preferences
from ledger.database import Database
from ledger.tables import Address, ConsentEvent, ConversationState, Interaction, Kind, Role, ShownChoices
from ledger.team import make_code
from tests.fakes import FakeChannel
from tests.stories.conftest import MONDAY_TEN, Story, told

SARI = "+6281200000001"


class Plain(FakeChannel):
    """A messenger with buttons for the sets in ``known`` alone."""

    def __init__(self) -> None:
        super().__init__("whatsapp")
        self.known: list[tuple[str, ...]] = []
        self.asked: list[tuple[str, ...]] = []

    def shows(self, buttons: Sequence[Button], text: str) -> bool:
        labels = tuple(each.label for each in buttons)
        self.asked.append(labels)
        return labels in self.known


@pytest.fixture
def plain() -> Plain:
    return Plain()


@pytest.fixture
def story(database: Database, tmp_path: Path, plain: Plain) -> Iterator[Story]:
    with told(database, tmp_path, plain) as telling:
        yield telling


@pytest.fixture
def sqlite_story(sqlite_database: Database, tmp_path: Path, plain: Plain) -> Iterator[Story]:
    with told(sqlite_database, tmp_path, plain) as telling:
        yield telling


def says(story: Story, text: str, **more: object) -> str:
    """Sari on WhatsApp, and what she reads back."""
    heard = story.hear(SARI, text, channel="whatsapp", name="Sari", **more)  # type: ignore[arg-type]
    return "\n\n".join(reply.text for reply in heard.replies)


def events(story: Story) -> list[tuple[str, bool, str | None]]:
    with story.app.database.reading() as session:
        said = session.exec(select(ConsentEvent).order_by(ConsentEvent.id)).all()  # type: ignore[arg-type]
        return [(each.purpose, each.granted, each.verbatim) for each in said]


def frequency(story: Story) -> str:
    with story.app.database.reading() as session:
        return preferences.manners(session, story.number_of(SARI)).frequency.value


def test_a_number_answers_what_was_shown_and_the_proof_keeps_both(story: Story) -> None:
    assert says(story, "MULAI").endswith("Atau balas angkanya saja:\n1 Ya, boleh\n2 Tidak")
    assert "riwayat belanja" in says(story, "1")
    assert "1 Ya, boleh\n2 Tidak" not in says(story, "nomor 2")
    assert events(story) == [("offers", True, "1 (Ya, boleh)"), ("profiling", False, "nomor 2 (Tidak)")]


@pytest.mark.parametrize(
    "written",
    [
        "1",
        " 1. ",
        "1)",
        "nomor 1",
        "no 1",
        "No. 1",
        "pilih 1",
        "１",
        "1️⃣",
        "#1",
        "(1)",
        "1 ya",
        "ok 1",
        "iya 1",
        "satu",
        "Satu kak",
        "yang pertama",
        "the first one",
        "pertama",
        "ke-1",
        "oke, nomor satu",
    ],
)
def test_a_number_is_understood_however_it_is_written(written: str) -> None:
    assert choosing.chosen(written) == 1


@pytest.mark.parametrize(
    "written",
    ["", "1 kg", "1, 2", "10%", "1.000", "satu kilo", "12 3", "01-02", "-1", "1?", "tidak 1", "mau 2", "seratus"],
)
def test_whatever_else_has_digits_is_no_choice(written: str) -> None:
    assert choosing.chosen(written) is None


def test_what_was_written_is_logged_with_what_it_meant(sqlite_story: Story) -> None:
    says(sqlite_story, "MULAI")
    says(sqlite_story, "1")
    with sqlite_story.app.database.reading() as session:
        logged = session.exec(select(Interaction.text).where(Interaction.kind == Kind.MESSAGE_IN)).all()
    assert list(logged) == ["MULAI", "1 (Ya, boleh)"]


@pytest.mark.parametrize("number", ["0", "3", "99"])
def test_a_number_nobody_showed_means_nothing(sqlite_story: Story, number: str) -> None:
    says(sqlite_story, "MULAI")
    says(sqlite_story, number)
    assert events(sqlite_story) == []


def test_a_number_says_nothing_a_day_later(sqlite_story: Story) -> None:
    says(sqlite_story, "MULAI")
    sqlite_story.clock.forward(timedelta(hours=24, minutes=1))
    says(sqlite_story, "1")
    assert events(sqlite_story) == []


def test_a_number_is_about_what_was_shown_last(sqlite_story: Story) -> None:
    for words in ("MULAI", "ya", "ya", "SERING"):
        shown = says(sqlite_story, words)
    assert "2 Seminggu sekali" in shown
    assert "angkanya" not in says(sqlite_story, "terima kasih")
    says(sqlite_story, "2")
    assert frequency(sqlite_story) == "any"


def test_a_choice_that_is_no_question_of_consent_is_taken_too(sqlite_story: Story) -> None:
    for words in ("MULAI", "ya", "ya", "SERING", "2"):
        says(sqlite_story, words)
    assert frequency(sqlite_story) == "weekly"


def test_a_number_that_quotes_a_message_may_be_about_another_question(sqlite_story: Story) -> None:
    says(sqlite_story, "MULAI")
    says(sqlite_story, "1", in_reply_to="SM7")
    assert events(sqlite_story) == []


def test_a_number_after_an_offer_may_be_about_the_offer(sqlite_story: Story) -> None:
    for words in ("MULAI", "ya", "ya"):
        says(sqlite_story, words)
    sqlite_story.sells("Kopi Gayo", "Kopi")
    assert "1 Seperti biasa" in says(sqlite_story, "SERING")
    owner = sqlite_story.owner()
    sqlite_story.clock.forward(timedelta(hours=1))
    sqlite_story.hear(owner, "/launch picks all hold 0%")
    sqlite_story.hear(owner, "ya kirim")
    assert sqlite_story.dispatch() == 1
    says(sqlite_story, "2")
    assert frequency(sqlite_story) == "any"


def test_where_the_messenger_has_the_buttons_no_numbers_are_shown_or_heard(sqlite_story: Story, plain: Plain) -> None:
    plain.known = [("Ya, boleh", "Tidak")]
    assert "angkanya" not in says(sqlite_story, "MULAI")
    assert [each.label for each in plain.given[-1].buttons] == ["Ya, boleh", "Tidak"]
    says(sqlite_story, "1")
    assert events(sqlite_story) == []


def test_buttons_that_name_one_question_or_one_thing_are_never_made_for_everybody(
    sqlite_story: Story, plain: Plain
) -> None:
    owner = "+6281200000009"
    with sqlite_story.app.database.transaction() as session:
        code = make_code(session, Role.OWNER, sqlite_story.clock.now())
    sqlite_story.hear(owner, code, channel="whatsapp")
    plain.asked.clear()
    sqlite_story.sells("Kopi Gayo", "Kopi")
    sqlite_story.hear(owner, "/luncurkan pilihan ke semua", channel="whatsapp")
    sqlite_story.hear(owner, "10%", channel="whatsapp")
    assert plain.asked == []


def test_nothing_is_remembered_of_a_chat_with_buttons(sqlite_story: Story) -> None:
    sqlite_story.say("budi", "MULAI")
    sqlite_story.say("budi", "1")
    with sqlite_story.app.database.reading() as session:
        assert session.exec(select(ShownChoices)).all() == []
    assert events(sqlite_story) == []


def test_a_discount_is_a_discount_and_not_a_choice(sqlite_story: Story) -> None:
    assert choosing.may_be_numbers("Diskon?", [Button("Tanpa diskon", "tanpa diskon"), Button("10%", "10%")]) is False


def test_a_stop_after_a_number_is_a_stop(sqlite_story: Story) -> None:
    says(sqlite_story, "MULAI")
    says(sqlite_story, "1")
    says(sqlite_story, "STOP")
    assert events(sqlite_story)[-1][1] is False


def test_the_answer_to_a_question_for_a_number_is_that_number(sqlite_story: Story) -> None:
    owner = "+6281200000009"
    with sqlite_story.app.database.transaction() as session:
        code = make_code(session, Role.OWNER, sqlite_story.clock.now())
    sqlite_story.sells("Kopi Gayo", "Kopi")
    sqlite_story.hear(owner, code, channel="whatsapp")
    sqlite_story.hear(owner, "/luncurkan pilihan", channel="whatsapp")
    asked = sqlite_story.hear(owner, "1", channel="whatsapp").replies[-1]
    assert "Diskon berapa persen" in asked.text
    assert "angkanya" not in asked.text
    noted = sqlite_story.hear(owner, "2", channel="whatsapp").replies[-1].text
    shown = sqlite_story.hear(owner, "sekarang", channel="whatsapp").replies[-1].text
    assert "2%" in noted + shown


def test_what_came_of_a_file_is_answered_by_number_too(sqlite_story: Story, plain: Plain) -> None:
    owner, app = "+6281200000009", sqlite_story.app
    with app.database.transaction() as session:
        code = make_code(session, Role.OWNER, sqlite_story.clock.now())
    sqlite_story.hear(owner, code, channel="whatsapp")
    mark = f"12345678901a-{int(sqlite_story.clock.now().timestamp()):x}"
    asked = Reply(
        "penjualan.csv: 4 baris.",
        (Button("Ya, impor", f"/import ya {mark}"), Button("Tidak jadi", f"/import tidak {mark}")),
    )
    with app.database.transaction() as session:
        chat = session.exec(select(Address).where(Address.channel == "whatsapp")).one()
        before = conversations.marks(session, chat.id)
        shown = choosing.laid_out_in(session, chat.id, plain, asked, "Angkanya:", sqlite_story.clock.now())
        asks = conversations.asked_since(session, chat.id, before)
    app.note_given(asks)
    assert shown.text == "penjualan.csv: 4 baris.\n\nAngkanya:\n1 Ya, impor\n2 Tidak jadi"
    (begun,) = sqlite_story.hear(owner, "1", channel="whatsapp").replies
    assert begun.text.startswith("Impor dimulai")


def test_a_chat_that_is_gone_is_shown_nothing_to_choose(sqlite_story: Story, plain: Plain) -> None:
    asked = Reply("Halo", (Button("Ya", "ya"),))
    with sqlite_story.app.database.transaction() as session:
        assert choosing.laid_out_in(session, 404, plain, asked, "", sqlite_story.clock.now()) == asked


DYNAMIC = "7"
"""What stands for a value in a button: the worst it can be."""


def button_sets(source: str) -> list[tuple[str, str]]:
    """The pairs of label and words that a template's buttons may be, values as DYNAMIC."""
    tree = Environment(autoescape=False).parse(source)
    sets = [each.node for each in tree.find_all(nodes.Assign) if getattr(each.target, "name", "") == "buttons"]
    found = []
    for each in sets:
        pairs = [pair for pair in [*each.find_all(nodes.Tuple)] if len(pair.items) >= 2]
        found += [(spoken(pair.items[0]), spoken(pair.items[1])) for pair in pairs]
        if not pairs or any(name.name in ("choices", "yes_no") for name in each.find_all(nodes.Name)):
            found.append((DYNAMIC, DYNAMIC))
    return found


def spoken(node: nodes.Node) -> str:
    if isinstance(node, nodes.Const):
        return str(node.value)
    if isinstance(node, nodes.Concat):
        return "".join(map(spoken, node.nodes))
    return DYNAMIC


REPLIES = {(file.parent.name, file.stem): file for file in sorted(TEMPLATES.glob("replies/*/*.j2"))}
OFTEN = "ask_age ask_frequency ask_offers ask_profiling ask_research ask_to_stay ask_who confirm_offers forget_ask"
NUMBERED = {
    *OFTEN.split(),
    "birthday", "cancel_ask", "compliance", "fairness", "forget_sure", "group_delete_ask", "link_contact",
    "link_sure", "link_told", "maybe_stop", "mydata", "privacy", "resume_ask", "sold_ask", "survey_invitation",
    "survey_preview", "team_leave_ask", "team_remove_ask", "team_role_ask", "unlink_ask",
}  # fmt: skip
"""The replies whose buttons are numbers whatever they are given: none of their questions takes a number."""
ASKS_FOR_NUMBERS = {"bought_again": counter.REDEEMED, "redeemed": counter.REDEEMED, "launch_when": wizard.LAUNCH}
"""Replies that could have numbers for their buttons, and what the chat is about then."""


def test_of_every_reply_with_buttons_it_is_known_whether_a_number_may_mean_one() -> None:
    found = {key: button_sets(file.read_text(encoding="utf-8")) for key, file in REPLIES.items()}
    numbered = {
        name
        for (_language, name), pairs in found.items()
        if pairs and choosing.may_be_numbers("", [Button(*pair) for pair in pairs])
    }
    assert numbered - ASKS_FOR_NUMBERS.keys() == NUMBERED


@pytest.mark.parametrize("topic", [*ASKS_FOR_NUMBERS.values(), steering.QUIET])
def test_where_a_number_is_an_answer_there_are_no_numbers_to_choose(topic: str) -> None:
    open_one = ConversationState(address_id=1, topic=topic, data={"asked": "when"}, updated_at=MONDAY_TEN)
    assert choosing.expects_a_number(open_one)


def test_an_owner_who_may_say_yes_to_a_draft_may_do_so_by_number() -> None:
    shown = ConversationState(address_id=1, topic=wizard.LAUNCH, data={"campaign": 3}, updated_at=MONDAY_TEN)
    assert not choosing.expects_a_number(shown)


def test_an_owner_sends_a_campaign_by_number(sqlite_story: Story) -> None:
    owner = "+6281200000009"
    with sqlite_story.app.database.transaction() as session:
        code = make_code(session, Role.OWNER, sqlite_story.clock.now())
    for words in ("MULAI", "ya", "ya"):
        says(sqlite_story, words)
    sqlite_story.sells("Kopi Gayo", "Kopi")
    sqlite_story.hear(owner, code, channel="whatsapp")
    shown = sqlite_story.hear(owner, "/launch picks all hold 0%", channel="whatsapp").replies[-1].text
    assert "\n1 Ya, kirim" in shown
    sqlite_story.hear(owner, "1", channel="whatsapp")
    assert sqlite_story.dispatch() == 1


def test_a_mistyped_number_is_told_the_choices_and_they_stay(sqlite_story: Story) -> None:
    says(sqlite_story, "MULAI")
    told = says(sqlite_story, "99")
    assert "Pilihannya 1–2" in told
    assert "1 Ya, boleh\n2 Tidak" in told
    assert "riwayat belanja" in says(sqlite_story, "satu")


def test_where_nothing_is_to_choose_a_number_is_what_it_was(sqlite_story: Story) -> None:
    for words in ("MULAI", "ya", "ya", "makasih"):
        says(sqlite_story, words)
    assert "Pilihannya" not in says(sqlite_story, "99")


def test_categories_are_switched_by_number_one_after_the_other(sqlite_story: Story) -> None:
    for name, category in (("Kopi Gayo", "Kopi"), ("Teh Poci", "Teh")):
        sqlite_story.sells(name, category)
    for words in ("MULAI", "ya", "ya"):
        says(sqlite_story, words)
    assert says(sqlite_story, "KATEGORI").endswith("1 Jangan Kopi lagi\n2 Jangan Teh lagi")
    assert says(sqlite_story, "2").endswith("1 Jangan Kopi lagi\n2 Boleh Teh lagi")
    told = says(sqlite_story, "2")
    assert "✓ Teh" in told
    assert told.endswith("2 Jangan Teh lagi")
