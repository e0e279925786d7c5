"""One customer in two chats, told as whole conversations in both languages on both databases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.inbound import Contact
from ledger.database import Database
from tests.fakes import FakeChannel
from tests.stories.conftest import Story, told
from tests.stories.playing import HERE, Play

TRANSCRIPTS = sorted((HERE / "linking").glob("*.txt"))
SHOPS_NUMBER = "whatsapp:+6281100000000"


class Linking(Play):
    """A play in which codes go from chat to chat and numbers are shared.

    sari  > SAMBUNG {code}              the code that was shown last, wherever that was
          ! sari shares +6281200000001  her own number, by the messenger's button
          ! sari passes on +628120…     somebody else's contact
          ! nisa hears: Chat ini baru   what her chat was told because of what was said in the other
    """

    code = ""

    def __init__(self, story: Story, folder: Path, telegram: FakeChannel) -> None:
        super().__init__(story, folder)
        self.telegram = telegram

    def _speak(self, who: str, text: str) -> None:
        super()._speak(who, text.replace("{code}", self.code))
        self._see_code()

    def _see_code(self) -> None:
        assert self.heard is not None
        shown = [each for reply in self.heard.replies for each in reply.copyable]
        self.code = shown[-1] if shown else self.code

    def _happens(self, what: str) -> None:
        shares = re.fullmatch(r"(\w+) (shares|passes on) (\S+)", what)
        hears = re.fullmatch(r"(\w+) hears: (.*)", what)
        if shares is not None:
            channel, address = self.cast[shares[1]]
            contact = Contact(shares[3], is_own=shares[2] == "shares")
            self.heard = self.story.hear(address, "", channel=channel, name=shares[1].capitalize(), contact=contact)
            self.read_to = 0
            self._see_code()
        elif hears is not None:
            asyncio.run(self.story.app.tell_waiting())
            assert hears[2] in self._given(hears[1])[-1]
        else:
            super()._happens(what)

    def receives(self, who: str, words: str) -> None:
        assert words in self._given(who)[-1]

    def _given(self, who: str) -> list[str]:
        channel, address = self.cast[who]
        sent = self.telegram.given if channel == "telegram" else self.story.whatsapp.given
        return [each.text for each in sent if each.address == address]


@pytest.fixture
def telegram() -> FakeChannel:
    return FakeChannel("telegram")


@pytest.fixture
def shop(database: Database, tmp_path: Path, telegram: FakeChannel) -> Iterator[Story]:
    with told(database, tmp_path, also=[telegram], twilio_whatsapp_from=SHOPS_NUMBER) as story:
        yield story


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda file: file.stem)
def test_the_conversation_goes_as_written(
    shop: Story, telegram: FakeChannel, transcript: Path, tmp_path: Path
) -> None:
    play = Linking(shop, tmp_path, telegram)
    for number, line in enumerate(transcript.read_text(encoding="utf-8").splitlines(), 1):
        try:
            play.line(line)
        except AssertionError as fault:
            raise AssertionError(f"{transcript.name}, line {number}: {line.strip()}\n{fault}") from fault


def test_every_conversation_is_told_in_both_languages() -> None:
    names = {
        language: {file.stem.split(".")[0] for file in TRANSCRIPTS if f".{language}" in file.stem}
        for language in ("id", "en")
    }
    assert names["id"] == names["en"] != set()
