"""The main job as a story: history, consent by chat, the engine, a campaign by command, the report.

Everything is said and done through the same code as in a real shop; only the shop, its customers' answers and what
they buy afterwards are invented. Time is a clock that the story moves.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from random import Random
from typing import Any

import httpx
from rich.markup import escape
from rich.padding import Padding
from rich.text import Text
from sqlmodel import Session, col, select

from bot import printing
from bot.app import App, build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock, SystemClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.shops import demo_shop
from bot.showing import Board
from bot.talk.desk import bundles, grouping, segments
from bot.talk.replies import Teller
from bot.web.app import web
from campaigns import demonstration, insights, mining
from campaigns.demonstration import Crowd, HabitualCrowd, InventedCrowd, Reaction
from campaigns.listening import invented as voices
from campaigns.listening.judging import Judge
from campaigns.looking.bundles import bundles as looking_at_bundles
from campaigns.mining import Parameters
from campaigns.mining.surveys import analysable, renew
from campaigns.surveys import invented
from campaigns.tables import Campaign, Message, State, TrackedLink
from ledger import interactions, team
from ledger.imports import ShopDefaults, import_file
from ledger.tables import Address, Customer, Product, Role

OWNER = "ibu-ratna"
STORY_LASTS = timedelta(days=8)
SURVEYED_AFTER = timedelta(days=7, hours=1)
"""When the offer's week is over, in the daytime."""
OPEN_TO_SURVEYS = 0.9
MOST_WRITING, MOST_REVIEWING = 7, 120
SURVEY_YES = {"id": ("survei", "ya survei"), "en": ("survey", "yes surveys")}
MOST_TALKING = 400
"""Of a real shop's customers, so many answer: the story is about a minute long."""
YES_YES, YES_NO, NO, SILENT = "yes yes", "yes no", "no", "silent"
PICTURED = frozenset({"consent", "sending", "report"})
"""The parts that a picture shows: all of it would be too long to look at."""
ANSWERS = {"id": ("ya", "tidak"), "en": ("yes", "no")}
SAID = {
    "id": ("/kampanye", "sekarang, tahan 50%", "/laporan 1"),
    "en": ("/campaign", "now, hold 50%", "/report 1"),
}
"""What the owner says: to begin, when it is to go out and how many are held out, and in the end."""
SEGMENT = {
    "id": ("penggemar kopi", "beli kopi 2 kali dalam 60 hari, tidak dalam 30 hari terakhir"),
    "en": ("coffee lovers", "bought coffee twice in 60 days, not in the last 30"),
}
TEMPERS = ((YES_YES, 0.76), (YES_NO, 0.11), (NO, 0.08), (SILENT, 0.05))
"""How customers answer. One in eight is wary of the use of their data, as in the study behind the project."""


@dataclass(frozen=True)
class Person:
    """One of the demo's customers."""

    customer_id: int
    name: str
    address: str


class Demo:
    """Tells the story once."""

    def __init__(
        self, settings: Settings, app: App, clock: ManualClock, console: Board, pause_seconds: float
    ) -> None:
        self.settings, self.app, self.clock, self.console = settings, app, clock, console
        self.pause_seconds, self.is_pictured = pause_seconds, console.record
        self.teller = Teller(app.composer, app.shop, app.shop.language)
        self.simulator = app.channels["simulator"]
        self.zone = app.shop.zone
        self._numbers = count(1)
        self._lots = Random(demonstration.SEED)  # noqa: S311 - a story, not a secret
        self._willing: list[Person] = []

    def tell(self, data: Path | None, format: str) -> None:  # noqa: A002 - what the command line calls it
        crowd = self._history(data, format)
        people = self._consent()
        self._mining(people[0])
        leaver = self._launch(people)
        self._sending(leaver)
        self._week(crowd)
        self._report()
        self._segment()
        self._next(people[0])

    # The eight parts

    def _history(self, data: Path | None, format: str) -> Callable[[Session], Crowd]:  # noqa: A002
        """How the history's people are found again once they have joined."""
        self._part("history")
        if data is None:
            shop = demonstration.invent(self.clock.now())
            self._note("history_invented")
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "history.csv"
                demonstration.write_history(shop, path, self.zone)
                self._import(path, "csv")
        else:
            self._note("history_real", file=data.name)
            self._import(data, format)
        with self.app.database.transaction() as session:
            demonstration.invent_addresses(session, self.clock.now())
        return HabitualCrowd if data is not None else partial(InventedCrowd, shop=shop)

    def _import(self, path: Path, format: str) -> None:  # noqa: A002
        shop = self.settings.shop()
        defaults = ShopDefaults(shop.currency, str(shop.zone), shop.region)
        with printing.bar(path.name) as progress:
            report = import_file(
                self.app.database, path, format=format, shop=defaults, now=self.clock.now(), progress=progress
            )
        self.console.print(printing.imported(report))

    def _consent(self) -> list[Person]:
        self._part("consent")
        self._note("consent_why")
        people = self._people()
        shown = {YES_YES: people[0], YES_NO: people[1], NO: people[2]}
        for n, (temper, person) in enumerate(shown.items()):
            self._answer(person, temper, shows="all" if n == 0 else "last answer")
        tempers = [temper for temper, _ in TEMPERS]
        weights = [weight for _, weight in TEMPERS]
        rest = people[3:MOST_TALKING]
        drawn = [*shown, *self._lots.choices(tempers, weights, k=len(rest))]
        with printing.bar(self._word("others")) as progress:
            for n, (person, temper) in enumerate(zip(rest, drawn[3:], strict=True), 1):
                self._answer(person, temper)
                progress(n, len(rest))
        self._note(
            "consent_done",
            offers=drawn.count(YES_YES) + drawn.count(YES_NO),
            profiling=drawn.count(YES_YES),
            refused=drawn.count(NO),
            silent=drawn.count(SILENT) + max(len(people) - MOST_TALKING, 0),
        )
        self._willing = [person for person, temper in zip(people, drawn, strict=False) if temper in (YES_YES, YES_NO)]
        # Whoever said that the history is theirs has it, under the number of their chat.
        numbers = {person.address: person.customer_id for person in self._everybody()}
        return [replace(person, customer_id=numbers[person.address]) for person in people]

    def _mining(self, person: Person) -> None:
        self._part("mining")
        with printing.shares(self._word("mining")) as progress:
            mining.mine(self.app.database, self.clock.now, Parameters.of(self.app.shop), progress)
        with self.app.database.reading() as session:
            self.console.print(segments.overview(session, self.teller).text, markup=False, highlight=False)
            self.console.print(
                bundles.overview(self.teller, looking_at_bundles(session)).text, markup=False, highlight=False
            )
            self._note("recommended", name=person.name)
            for each in printing.recommendations(session, self.teller, person.customer_id)[:3]:
                self.console.print(f"  {each['rank']}. {each['product']} — {each['reason']}", markup=False)

    def _launch(self, people: Sequence[Person]) -> Person:
        """The owner launches; then somebody who would have got the offer leaves."""
        self._part("launch")
        self._note("code")
        with self.app.database.transaction() as session:
            code = team.make_code(session, Role.OWNER, self.clock.now())
        owner = Person(0, self._word("owner"), OWNER)
        self._chat(owner, code)
        with self.app.database.reading() as session:
            template = "bundle" if insights.bundles(session) else "picks"
        begins, when, _ = SAID[self.app.shop.language]
        for said in (begins, template, "all", "10%"):
            self._chat(owner, said)
        self._note("holdout_why")
        self._chat(owner, when)
        self._chat(owner, ANSWERS[self.app.shop.language][0])
        leaver = self._somebody_planned(people)
        self._part("leaving", name=leaver.name)
        self._chat(leaver, "STOP")
        return leaver

    def _sending(self, leaver: Person) -> None:
        self._part("sending")
        with printing.steps(self._word("sending")) as progress:
            drained = asyncio.run(self.app.dispatcher.drain(lambda done: progress(str(done.sent))))
        self._note("sending_done", sent=drained.sent, name=leaver.name)
        with self.app.database.reading() as session:
            for shelf, is_personal in (("personal", True), ("plain", False)):
                self._show_message(session, shelf, is_personal)

    def _week(self, crowd: Callable[[Session], Crowd]) -> None:
        self._part("week")
        with self.app.database.reading() as session:
            happening = demonstration.reactions(session, session.get_one(Campaign, 1), crowd(session))
        asyncio.run(self._happen(happening))
        clicks = sum(each.clicks_at is not None for each in happening)
        self._note("week_note", clicks=clicks, orders=sum(bool(each.bought) for each in happening))
        self.clock.forward(SURVEYED_AFTER - (self.clock.now() - self._started_at()))
        self._surveys()
        self._voices()
        self.clock.forward(STORY_LASTS - timedelta(hours=12) - (self.clock.now() - self._started_at()))

    def _surveys(self) -> None:
        """Some allow to be asked for their opinion, are asked and answer: to be found under /survey."""
        lots = Random(demonstration.SEED)  # noqa: S311 - a story, not a secret
        for person in (each for each in self._willing if lots.random() < OPEN_TO_SURVEYS):
            for said in SURVEY_YES[self.app.shop.language]:
                self._chat(person, said, shows_said=False, shows_reply=False)
        self.clock.forward(timedelta(minutes=10))
        app, now = self.app, self.clock.now()
        with app.database.transaction() as session:
            invented.send_out(session, app.composer, app.channels.keys(), app.shop, OWNER, now)
        asyncio.run(app.dispatcher.drain())
        with app.database.transaction() as session:
            invented.answer(session, app.shop, now)
            for survey in analysable(session):
                renew(session, survey, now)

    def _voices(self) -> None:
        """Some write to the shop, and some wrote reviews: to be found under /voices, not told here."""
        language, app = self.app.shop.language, self.app
        writers = self._willing[1 : 1 + MOST_WRITING]
        for person, said in zip(writers, (*voices.MESSAGES[language], *voices.COMPLAINTS[language]), strict=False):
            self._chat(person, said, shows_said=False, shows_reply=False)
        now, people = self.clock.now(), [each.address for each in self._willing[-MOST_REVIEWING:]]
        numbers = {each.address: each.customer_id for each in self._everybody()}
        with app.database.transaction() as session:
            voices.write_reviews(session, [numbers[each] for each in people], language, now)
        voices.catch_up(app.database, Judge(app.sentiment), app.shop, now)

    def _report(self) -> None:
        self._part("report")
        self._chat(Person(0, self._word("owner"), OWNER), SAID[self.app.shop.language][2])

    def _segment(self) -> None:
        """A segment in the owner's own words, to be found there; not where other goods are sold."""
        name, words = SEGMENT[self.app.shop.language]
        now, channels = self.clock.now(), self.app.channels.keys()
        with self.app.database.transaction() as session, session.begin_nested():
            grouping.make(session, self.teller, name, words, by=OWNER, channels=channels, now=now)

    def _next(self, person: Person) -> None:
        self._part("next")
        if shutil.which("langganan") is None:
            self._note("activate")
        page = f"http://{self.settings.web_host}:{self.settings.web_port}/simulator"
        lines = self._word("next_lines", who=person.address, name=person.name, page=page).strip().splitlines()
        for line in lines:
            command, _, meaning = line.partition(" | ")
            self.console.print(Text(command, style="bold"), Padding(Text(meaning), (0, 0, 0, 4)), sep="\n")

    # What the parts are made of

    def _answer(self, person: Person, temper: str, *, shows: str = "nothing") -> None:
        """One customer's whole conversation; the first is shown whole, two more in short."""
        yes, no = ANSWERS[self.app.shop.language]
        # Their addresses came with the history, so a yes to offers is asked for twice.
        says = ["Halo", *{YES_YES: (yes, yes, yes), YES_NO: (yes, yes, no), NO: (no,), SILENT: ()}[temper]]
        for n, said in enumerate(says, 1):
            is_last = n == len(says)
            self._chat(
                person,
                said,
                shows_said=shows != "nothing",
                shows_reply=shows == "all" or (shows != "nothing" and is_last),
            )
        self.clock.forward(timedelta(seconds=20))

    def _chat(self, person: Person, said: str, *, shows_said: bool = True, shows_reply: bool = True) -> None:
        inbound = Inbound("simulator", person.address, said, f"demo-{next(self._numbers)}", person.name)
        heard = asyncio.run(self.app.hear(inbound))
        if shows_said:
            self.console.print(Text(f"{person.name} › {said}", style="bold cyan"))
        for reply in heard.replies if shows_reply else ():
            self.console.print(Padding(Text(reply.text), (0, 0, 0, 4)))
            if reply.buttons:
                labels = "  ".join(f"[{button.label}]" for button in reply.buttons)
                self.console.print(Padding(Text(labels, style="cyan"), (0, 0, 0, 4)))
        if shows_reply:
            self.console.print()
            self._pause()

    async def _happen(self, happening: Sequence[Reaction]) -> None:
        """Clicks come in through the web, purchases through the till, each at its time."""
        transport = httpx.ASGITransport(app=web(self.app))
        async with httpx.AsyncClient(transport=transport, base_url="http://demo") as browser:
            for reaction in happening:
                if reaction.clicks_at is not None:
                    self.clock.set(reaction.clicks_at)
                    await browser.get(f"/r/{self._link(reaction)}", headers={"User-Agent": "Mozilla/5.0 (a person)"})
                if reaction.bought_at is not None:
                    self._till(reaction, reaction.bought_at)

    def _link(self, reaction: Reaction) -> str:
        with self.app.database.reading() as session:
            wanted = select(TrackedLink.token).where(TrackedLink.message_id == reaction.message_id)
            return session.exec(wanted).one()

    def _till(self, reaction: Reaction, at: datetime) -> None:
        with self.app.database.transaction() as session:
            for product_id, quantity, amount_minor in reaction.bought:
                interactions.log_purchase(
                    session,
                    reaction.customer_id,
                    session.get_one(Product, product_id),
                    quantity=quantity,
                    amount_minor=amount_minor,
                    order_ref=f"till-{reaction.customer_id}-{at:%m%d%H%M}",
                    platform="pos",
                    at=at,
                )

    def _people(self) -> list[Person]:
        people = self._everybody()
        self._lots.shuffle(people)
        return people

    def _everybody(self) -> list[Person]:
        with self.app.database.reading() as session:
            rows = session.exec(
                select(Customer.id, Customer.name, Address.address)
                .join(Address, col(Address.customer_id) == col(Customer.id))
                .order_by(col(Customer.id))
            ).all()
        return [Person(number, name or address, address) for number, name, address in rows]

    def _somebody_planned(self, people: Sequence[Person]) -> Person:
        with self.app.database.reading() as session:
            wanted = (
                select(Message.customer_id).where(Message.state == State.PLANNED).order_by(col(Message.id).desc())
            )
            chosen = session.exec(wanted).first()
        return next(person for person in people if person.customer_id == chosen)

    def _show_message(self, session: Session, shelf: str, is_personal: bool) -> None:
        wanted = (
            select(Message.body, Customer.name)
            .join(Customer, col(Customer.id) == col(Message.customer_id))
            .where(Message.state == State.SENT, Message.is_personal == is_personal)
        )
        found = session.exec(wanted.limit(1)).first()
        if found is not None:
            self._note(shelf, name=found[1])
            self.console.print(Padding(Text(found[0] or ""), (0, 0, 0, 4)))

    def _started_at(self) -> datetime:
        with self.app.database.reading() as session:
            return session.get_one(Campaign, 1).created_at

    def _part(self, key: str, **values: Any) -> None:
        self._pause()
        self.console.record = self.is_pictured and key in PICTURED
        self.console.print()
        self.console.rule(f"[bold]{escape(self._word(key, **values))}", align="left")

    def _note(self, key: str, **values: Any) -> None:
        self.console.print(self._word(key, **values), style="italic", markup=False, highlight=False)

    def _word(self, key: str, **values: Any) -> str:
        return self.teller.word("demo", key, **values)

    def _pause(self) -> None:
        if self.pause_seconds:
            time.sleep(self.pause_seconds)


def tell(
    settings: Settings,
    *,
    data: Path | None = None,
    format: str = "auto",  # noqa: A002
    pause_seconds: float = 0,
    picture: Path | None = None,
) -> None:
    """Tell the story in the demo's own database; ``picture`` keeps what was shown as an SVG."""
    shop = demo_shop(settings)
    clock = ManualClock(_ten_in_the_morning(SystemClock().now() - STORY_LASTS, shop.zone))
    console = Board(record=picture is not None, width=100 if picture else None)
    app = build(settings, clock, [Simulator()], settings.demo_url(), shop)
    try:
        demonstration.begin_afresh(app.database)
        Demo(settings, app, clock, console, pause_seconds).tell(data, format)
    finally:
        app.close()
    if picture is not None:
        console.record = True
        picture.write_text(_without_fonts(console.export_svg(title="langganan demo")), encoding="utf-8")


def _ten_in_the_morning(day: datetime, zone: Any) -> datetime:
    return day.astimezone(zone).replace(hour=10, minute=0, second=0, microsecond=0)


def _without_fonts(svg: str) -> str:
    """The picture with the reader's own fonts: opening it asks nobody else for anything."""
    return re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
