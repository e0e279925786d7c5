"""Reads a transcript and plays it: what is said, what must be heard, what happens in between.

cast: sari = whatsapp +6281200000001        who writes from where; whoever is not cast is on the simulator

sari  > Halo                                what somebody writes
      < Boleh Toko Ratna mengirim           must stand in the answer, after what stood before it
      [Ya, boleh] [Tidak]                   the buttons, all of them
      = offers, profiling                   what the person allows now; "= nothing"
      # {name} is a file                    a document with such a name comes along
      ! 2 days pass                         see ``ACTIONS``
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from bot.talk.router import Heard
from ledger.imports import ShopDefaults, import_file
from tests.stories.conftest import Story

HERE = Path(__file__).parent / "transcripts"
SPOKEN = re.compile(r"(\w[\w-]*)\s*> (.*)")
CAST = re.compile(r"cast: (\w+) = (\w+) (\S+)")
BUTTON = re.compile(r"\[([^]]+)\]")


@dataclass
class Play:
    """A transcript being played in a shop."""

    story: Story
    folder: Path
    cast: dict[str, tuple[str, str]] = field(default_factory=dict)
    heard: Heard | None = None
    read_to: int = 0
    is_open: bool = False

    def line(self, line: str) -> None:
        said, cast, bare = SPOKEN.fullmatch(line.strip()), CAST.fullmatch(line), line.strip()
        if cast is not None:
            self.cast[cast[1]] = (cast[2], cast[3])
        elif said is not None and not bare.startswith(("<", "=", "!", "#", "[")):
            self._speak(said[1], said[2])
        elif bare.startswith("<"):
            self._hears(bare[1:].strip())
        elif bare.startswith("["):
            self._sees(BUTTON.findall(bare))
        elif bare.startswith("="):
            self._stands(bare[1:].strip())
        elif bare.startswith("#"):
            self._is_handed(bare[1:].strip())
        elif bare.startswith("!"):
            self._happens(bare[1:].strip())

    def _speak(self, who: str, text: str) -> None:
        channel, address = self.cast.get(who, ("simulator", who))
        self.heard, self.read_to = self.story.hear(address, text, channel=channel, name=who.capitalize()), 0

    @property
    def _answer(self) -> str:
        assert self.heard is not None, "nobody has said anything yet"
        return "\n\n".join(reply.text for reply in self.heard.replies)

    def _hears(self, words: str) -> None:
        at = self._answer.find(words, self.read_to)
        assert at >= 0, f"{words!r} is not in the rest of:\n{self._answer[self.read_to :]}"
        self.read_to = at + len(words)

    def _sees(self, labels: list[str]) -> None:
        assert self.heard is not None
        assert [button.label for reply in self.heard.replies for button in reply.buttons] == labels

    def _stands(self, allowed: str) -> None:
        assert self.heard is not None
        wanted = set() if allowed == "nothing" else {each.strip() for each in allowed.split(",")}
        assert {purpose for purpose, yes in self.heard.standing.as_json().items() if yes} == wanted

    def _is_handed(self, name: str) -> None:
        assert self.heard is not None
        assert [reply.document.name for reply in self.heard.replies if reply.document] == [name]

    def _happens(self, what: str) -> None:
        for pattern, action in ACTIONS.items():
            found = re.fullmatch(pattern, what)
            if found is not None:
                action(self, *found.groups())
                return
        raise AssertionError(f"nobody knows how this happens: {what}")

    def passes(self, number: str, unit: str) -> None:
        self.story.clock.forward(timedelta(**{unit.rstrip("s") + "s": int(number)}))

    def sells(self, goods: str) -> None:
        """ "the shop sells Kopi Gayo (Kopi), Teh Hijau (Teh)"."""
        for name, category in re.findall(r"([^,(]+) \(([^)]+)\)", goods):
            self.story.sells(name.strip(), category)

    def imports(self, name: str, phone: str, goods: str) -> None:
        """The shop's till knows somebody by their number."""
        file = self.folder / f"till-{name}-{goods}.csv"
        day = (self.story.clock.now() - timedelta(days=3)).strftime("%Y-%m-%d %H:%M:%S")
        file.write_text(
            "order_id,date,customer_name,phone,product,quantity,price\n"
            f"T-{name}-{goods},{day},{name},{phone},{goods},1,50000\n"
        )
        shop = ShopDefaults("IDR", "Asia/Jakarta", "ID")
        import_file(self.story.app.database, file, shop=shop, now=self.story.clock.now())

    def launches(self, template: str, count: str) -> None:
        owner = self.story.owner()
        self.story.hear(owner, f"/launch {template} all hold 0%")
        self.story.hear(owner, "ya kirim")
        assert self.story.dispatch() == int(count)

    def asks(self, what: str, count: str) -> None:
        """The owner has everybody asked who allows it: "the owner asks nps: 1 asked"."""
        owner = self.story.owner()
        self.story.hear(owner, f"/survey {what}")
        self.story.hear(owner, "ya lakukan")
        assert self.story.dispatch() == int(count)

    def receives(self, who: str, words: str) -> None:
        """The last offer somebody got says so; the next line may be their answer to it."""
        assert words in self.story.received_by(self.cast.get(who, ("simulator", who))[1])[-1]


ACTIONS = {
    r"(\d+) (minutes?|hours?|days?) pass(?:es)?": Play.passes,
    r"the shop sells (.*)": Play.sells,
    r"the till knows (\w+) by ([+0-9 -]+), who bought (.*)": Play.imports,
    r"the owner sends (\w+): (\d+) sent": Play.launches,
    r"the owner asks (.*): (\d+) asked": Play.asks,
    r"(\w+) receives: (.*)": Play.receives,
}


def play(story: Story, file: Path, folder: Path) -> Play:
    """Play all of a transcript. Raises AssertionError naming the line where the story goes otherwise."""
    on = Play(story, folder)
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        try:
            on.line(line)
        except AssertionError as fault:
            raise AssertionError(f"{file.name}, line {number}: {line.strip()}\n{fault}") from fault
    return on
