"""A shop is set up by questions: as an owner types, at a desk of the tests and at a real terminal."""

from __future__ import annotations

import os
import pty
import re
import select
import stat
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot import cli
from bot.cli import app
from bot.settings import Settings
from bot.setup import afterwards, checking, envfile, questions
from bot.setup.conversation import Conversation
from bot.setup.desk import Voice
from bot.setup.questions import QUESTIONS, Question, Section
from bot.talk.intents import Means, understand
from campaigns.words.composing import Composer
from tests.contracts.providers import ACCOUNT, AUTH_TOKEN, TOKEN, Answer, BotApi, Form, Twilio, leading_to, running

WELL = {"ok": True, "result": {"id": 1, "is_bot": True, "username": "toko_ratna_bot"}}
DEFAULTS = {
    "shop_language": "id", "shop_name": "Toko Kita", "shop_region": "ID", "shop_timezone": "Asia/Jakarta",
    "shop_currency": "IDR", "quiet_hours": "21:00-08:00", "shop_contact": "", "public_url": "",
}  # fmt: skip


@dataclass
class Paper:
    """A desk whose owner's answers are written down beforehand."""

    lines: list[str]
    said: list[str] = field(default_factory=list)

    def say(self, line: str) -> None:
        self.said.append(line)

    def read(self, prompt: str) -> str:
        self.said.append(prompt)
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    read_secret = read

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.said).split())


class Asked(BotApi):
    """Telegram, when a token is tried."""

    def got(self, path: str, params: Form) -> Answer | None:
        self.heard.append((path, params))
        return self.answers.popleft() if self.answers else self.usual(path, params)

    def usual(self, path: str, form: Form) -> Answer:
        return Answer(200, WELL)


class Console(Twilio):
    """Twilio, when an account is tried."""

    def got(self, path: str, params: Form) -> Answer | None:
        return Answer(200, {"sid": ACCOUNT, "status": "active", "friendly_name": "Toko Ratna"})


def of(section: Section) -> list[Question]:
    return [each for each in QUESTIONS if each.section is section]


def at(*lines: str, url: str = "", before: dict[str, str] | None = None) -> tuple[Conversation, Paper]:
    paper = Paper(list(lines))
    voice = Voice(paper, Composer(), "en")
    transport = leading_to(url) if url else None
    return Conversation(
        voice, {"shop_language": "en", **(before or {})}, DEFAULTS, transport, is_offline=not url
    ), paper


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def test_bare_enters_are_the_defaults() -> None:
    talk, _ = at(*[""] * 7)
    talk.go_through(of(Section.SHOP))
    assert talk.answers == {
        name: each for name, each in {**DEFAULTS, "shop_language": "en"}.items() if name != "public_url"
    }


def test_the_country_chooses_what_is_offered_for_zone_and_currency() -> None:
    talk, _ = at("en", "Kedai", "malaysia", "", "", "", "")
    talk.go_through(of(Section.SHOP))
    assert (talk.answers["shop_region"], talk.answers["shop_currency"]) == ("MY", "MYR")
    assert talk.answers["shop_timezone"] in ("Asia/Kuala_Lumpur", "Asia/Kuching")


def test_indonesia_is_offered_its_three_clocks() -> None:
    assert questions.choices("shop_timezone", {"shop_region": "ID"}) == (
        "Asia/Jakarta",
        "Asia/Makassar",
        "Asia/Jayapura",
    )


@pytest.mark.parametrize("region", sorted({"ID", "MY", "SG", "AU", "US", "NL", "TL"}))
def test_what_is_offered_is_what_the_settings_take(region: str) -> None:
    composer, answers = Composer(), {"shop_region": region}
    offered = [
        (name, each) for name in ("shop_timezone", "shop_currency") for each in questions.choices(name, answers)
    ]
    assert offered
    assert [checking.fault(name, each, answers, composer) for name, each in offered] == [""] * len(offered)


def test_an_answer_that_will_not_do_is_said_why_with_an_example() -> None:
    talk, paper = at("en", "x" * 61, "Toko Ratna", "", "", "", "at night", "20:00-07:00", "")
    talk.go_through(of(Section.SHOP))
    assert (talk.answers["shop_name"], talk.answers["quiet_hours"]) == ("Toko Ratna", "20:00-07:00")
    assert "That will not do: is too long: at most 60 letters." in paper.text
    assert "That will not do: must look like 21:00-08:00. For example: 21:00-08:00" in paper.text


def test_one_can_go_back_to_the_question_before() -> None:
    talk, _ = at("en", "Toko Satu", "<", "Toko Dua", "", "", "", "", "")
    talk.go_through(of(Section.SHOP))
    assert talk.answers["shop_name"] == "Toko Dua"


def test_what_was_set_before_is_offered_and_can_be_emptied() -> None:
    talk, paper = at("", "", "", "", "", "", "-", before={"shop_name": "Toko Ratna", "shop_contact": "0812"})
    talk.go_through(of(Section.SHOP))
    assert (talk.answers["shop_name"], talk.answers["shop_contact"]) == ("Toko Ratna", "")
    assert "[Toko Ratna]" in paper.text


def test_a_line_of_the_summary_is_changed_by_its_number() -> None:
    talk, paper = at("en", *[""] * 6, "2", "Toko Ratna", "yes")
    talk.go_through(of(Section.SHOP))
    assert talk.agree(of(Section.SHOP))
    assert (talk.answers["shop_name"], "2. Name: Toko Ratna" in paper.text) == ("Toko Ratna", True)


def test_telegram_is_asked_whose_token_it_is() -> None:
    with running(Asked) as telegram:
        talk, paper = at(TOKEN, url=telegram.url)
        talk.go_through(of(Section.TELEGRAM))
    assert telegram.heard[0][0] == f"/bot{TOKEN}/getMe"
    assert (talk.answers["telegram_bot_token"], talk.bot_name) == (TOKEN, "toko_ratna_bot")
    assert "your bot is @toko_ratna_bot" in paper.text


def test_a_token_that_telegram_refuses_is_asked_for_again() -> None:
    with running(Asked) as telegram:
        telegram.will(401, {"ok": False, "error_code": 401, "description": "Unauthorized"})
        talk, paper = at(TOKEN, "", url=telegram.url)
        talk.go_through(of(Section.TELEGRAM))
    assert talk.answers == {"telegram_bot_token": ""}
    assert "Telegram refuses this token" in paper.text


@pytest.mark.parametrize(
    ("choice", "answers"), [("1", {"telegram_bot_token": TOKEN}), ("2", {"telegram_bot_token": TOKEN}), ("3", {})]
)
def test_where_nobody_answers_one_tries_again_or_keeps_it_or_leaves_it(choice: str, answers: dict[str, str]) -> None:
    with running(Asked) as telegram:
        telegram.will(None)
        talk, paper = at(TOKEN, choice, url=telegram.url)
        talk.go_through(of(Section.TELEGRAM))
    assert talk.answers == answers
    assert "Telegram could not be asked" in paper.text


def test_no_token_is_ever_shown() -> None:
    with running(Asked) as telegram:
        telegram.will(None)
        talk, paper = at(TOKEN, "1", "1", TOKEN, "yes", url=telegram.url)
        talk.go_through(of(Section.TELEGRAM))
        assert talk.agree(of(Section.TELEGRAM))
    assert TOKEN.partition(":")[2] not in paper.text
    assert "Telegram token: ••••" in paper.text


def test_half_a_token_is_turned_down_by_the_sentence_of_serve() -> None:
    talk, paper = at("123456789", "")
    talk.go_through(of(Section.TELEGRAM))
    assert "TELEGRAM_BOT_TOKEN must look like" in paper.text


def test_twilio_is_asked_whether_it_lets_the_account_in() -> None:
    with running(Console) as twilio:
        talk, paper = at(ACCOUNT, AUTH_TOKEN, "+14155238886", url=twilio.url)
        talk.go_through(of(Section.WHATSAPP))
    assert talk.answers["twilio_whatsapp_from"] == "+14155238886"
    assert ("Twilio lets you in: Toko Ratna" in paper.text, AUTH_TOKEN in paper.text) == (True, False)


def test_without_an_account_nobody_is_asked_for_its_token() -> None:
    talk, _ = at("-", before={"twilio_account_sid": ACCOUNT, "twilio_auth_token": AUTH_TOKEN})
    talk.go_through(of(Section.WHATSAPP))
    assert talk.answers == dict.fromkeys(questions.TWILIO, "")


def test_the_public_address_is_one_that_telephones_reach() -> None:
    talk, paper = at("http://127.0.0.1:8080", "ftp://shop.example.com", "https://shop.example.com")
    talk.go_through(of(Section.ADDRESS))
    assert talk.answers == {"public_url": "https://shop.example.com"}
    assert paper.text.count("it must be an address on the internet") == 2


def test_the_link_to_scan_brings_the_owners_code_along() -> None:
    link = afterwards.telegram_link("toko_ratna_bot", "K7QM-2XHD")
    intent = understand(f"/start {link.partition('?start=')[2]}")
    assert (intent.means, intent.argument) == (Means.OWNER_CODE, "K7QM-2XHD")
    assert understand("/start K7QM-2XHD").means is Means.START


def test_the_picture_of_a_link_fits_a_terminal() -> None:
    lines = afterwards.picture(afterwards.telegram_link("a" * 32, "K7QM-2XHD"))
    assert {len(line) for line in lines} == {len(lines[0])}
    assert len(lines[0]) <= 80
    assert set("".join(lines)) == set("█▀▄ ")


@pytest.mark.parametrize(
    "said", ["'/tmp/my sales.csv' ", '"/tmp/my sales.csv"', r"/tmp/my\ sales.csv", "file:///tmp/my%20sales.csv"]
)
def test_a_file_dropped_into_the_window_is_found(said: str) -> None:
    assert afterwards.path_of(said) == Path("/tmp/my sales.csv")


@pytest.mark.parametrize("language", ["id", "en"])
def test_every_question_has_its_words(language: str) -> None:
    composer = Composer()
    for shelf in ("setup_ask", "setup_what", "setup_example", "setup_names"):
        assert composer.shelf(language, shelf).keys() == {each.name for each in QUESTIONS}


def test_without_a_terminal_it_says_which_settings_to_write(tmp_path: Path) -> None:
    ended = CliRunner().invoke(app, ["setup"])
    assert (ended.exit_code, "--answers FILE" in str(ended.exception)) == (1, True)
    assert not (tmp_path / ".env").exists()


def test_answers_from_a_file_are_checked_and_written(tmp_path: Path) -> None:
    (tmp_path / "said").write_text("SHOP_NAME='Toko Ratna'\nSHOP_TIMEZONE=Asia/Makassar\n")
    (tmp_path / ".env").write_text("HOLDOUT_PERCENT=20\n")
    assert CliRunner().invoke(app, ["setup", "--answers", "said"]).exit_code == 0
    text = (tmp_path / ".env").read_text()
    assert text == 'HOLDOUT_PERCENT=20\nSHOP_NAME="Toko Ratna"\nSHOP_TIMEZONE=Asia/Makassar\n'


@pytest.mark.parametrize("said", ["SHOP_TIMEZONE=Jakarta", "SHOP_NAM=x", f"TWILIO_ACCOUNT_SID={ACCOUNT}"])
def test_answers_that_will_not_do_leave_the_file_alone(tmp_path: Path, said: str) -> None:
    (tmp_path / "said").write_text(f"SHOP_NAME=Toko\n{said}\n")
    assert CliRunner().invoke(app, ["setup", "--answers", "said"]).exit_code == 1
    assert not (tmp_path / ".env").exists()


@dataclass
class Window:
    """A real terminal, 80 signs wide, in which setup runs."""

    folder: Path
    process: int
    door: int
    shown: str = ""

    def wait_for(self, words: str) -> None:
        begun, end = len(self.shown), time.monotonic() + 30
        while words not in self.shown[begun:]:
            assert time.monotonic() < end, self.shown
            if select.select([self.door], [], [], 1)[0]:
                self.shown += os.read(self.door, 65536).decode()

    def answer(self, *lines: str) -> None:
        for line in lines:
            os.write(self.door, f"{line}\n".encode())

    def ended(self) -> int:
        try:
            while data := os.read(self.door, 65536):
                self.shown += data.decode()
        except OSError:
            pass  # Linux tells so that the other side is closed
        return os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])


def _become_setup() -> None:
    """In the fork, which has the program loaded: the command, and nothing after it."""
    code: object = 1
    try:
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
        sys.argv = ["langganan", "setup"]
        cli.main()
    except SystemExit as ended:
        code = ended.code
    finally:
        sys.stdout.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    process, door = pty.fork()
    if not process:
        os.chdir(tmp_path)
        _become_setup()
    yield Window(tmp_path, process, door)
    os.close(door)


def test_at_a_real_terminal_a_shop_is_set_up_and_no_token_is_echoed(window: Window) -> None:
    window.wait_for("[id]:")
    window.answer("en", "Toko Ratna", "", "2", "", "", "")
    window.wait_for("not shown.)\r\nYour answer [empty]: ")
    window.answer(TOKEN)
    window.wait_for("Enter for another answer:")
    window.answer("2", "", "")
    window.wait_for("to change that line:")
    window.answer("yes", "", "yes")
    assert window.ended() == 0
    assert re.search(r"Your owner code: [2-9A-Z]{4}-[2-9A-Z]{4}", window.shown)
    text = (window.folder / ".env").read_text()
    assert envfile.values(text)["TELEGRAM_BOT_TOKEN"] == TOKEN
    assert envfile.values(text)["SHOP_TIMEZONE"] == "Asia/Makassar"
    assert stat.S_IMODE((window.folder / ".env").stat().st_mode) == 0o600
    assert TOKEN.partition(":")[2] not in window.shown
    assert "\x1b[" not in window.shown
    shown = window.shown.replace(str(window.folder), "/srv/toko")
    assert [line for line in shown.splitlines() if len(line) > 80] == []


def test_ctrl_c_leaves_everything_as_it_was(window: Window) -> None:
    window.wait_for("[id]:")
    window.answer("en", "Toko Ratna")
    window.wait_for("Singapore")
    os.write(window.door, b"\x03")
    assert window.ended() == 130
    assert "Nothing was changed." in window.shown
    assert list(window.folder.iterdir()) == []
