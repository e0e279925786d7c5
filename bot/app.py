"""The only place where concrete things meet: settings, clock, database, channels."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from bot import doctor, handouts, noting, passing, sending, telling
from bot.arrivals import Arrivals
from bot.checkups.finding import Patient
from bot.clock import Clock, ManualClock, MovableClock, sure_of
from bot.errands import Chat, Errand
from bot.gathering import Gathering
from bot.hearing import Hearing, Taken, together
from bot.importing import Errands
from bot.inbound import Inbound, Reach
from bot.metrics import Metrics
from bot.news import News
from bot.passing import Passage
from bot.saying import Mouth, outgoing_of
from bot.settings import BadSettings, Settings
from bot.talk import choosing, staying
from bot.talk.replies import Teller
from bot.talk.router import Heard, NotTaken, Router
from campaigns.channel import Channel, Fate, Outgoing, Report, Sent
from campaigns.learning import keeping
from campaigns.learning.keeping import Sentiment
from campaigns.listening.judging import Judge
from campaigns.privacy import absence, forgetting
from campaigns.privacy.absence import Absent
from campaigns.sending import restored
from campaigns.sending.dispatching import Dispatcher
from campaigns.sending.restored import NOTHING, HeldBack
from campaigns.shop import Shop
from campaigns.words.composing import Composer, Reply
from ledger import conversations, customers, faults, identity, leases, repeating, resealing
from ledger.ailments import is_away
from ledger.conversations import Asked
from ledger.database import Database
from ledger.tables import ShopFact

log = logging.getLogger(__name__)
RESTORER = "command line"
"""Who puts backups back: `langganan restore`."""


@dataclass(frozen=True)
class App:
    """A shop, ready to speak."""

    settings: Settings
    shop: Shop
    clock: Clock
    database: Database
    composer: Composer
    channels: Mapping[str, Channel]
    router: Router
    dispatcher: Dispatcher
    errands: Errands
    mouth: Mouth
    news: News
    hearing: Hearing
    reports: Gathering[Report, bool]
    metrics: Metrics = field(default_factory=Metrics)
    sentiment: Sentiment = field(default_factory=Sentiment.shipped)
    """How messages are judged: what the shop trained, or what ships."""
    passage: Passage | None = None
    """How time passes, where the clock can be moved."""
    repeated_erasures: int = 0
    """How many had to be repeated when it was opened, because a backup had been restored."""
    repeated_withdrawals: int = 0
    held_back: HeldBack = NOTHING
    """What was not to go out by itself any more, for the same reason."""

    async def take(self, inbound: Inbound) -> Heard:
        """Act on one message of one person; what is answered goes out in the background, in order per chat.

        Returns once it is committed. Raises BadAddress, and NotTaken where nothing of it could be kept: then the
        provider must not be told that it arrived, so that it delivers it again.
        """
        return (await self._take(inbound)).heard

    async def hear(self, inbound: Inbound) -> Heard:
        """As ``take``, but waits until the answers are sent and what is news to others is told."""
        taken = await self._take(inbound)
        replies = await asyncio.shield(taken.answered)
        await asyncio.shield(taken.told)
        return replace(taken.heard, replies=replies)

    async def _take(self, inbound: Inbound) -> Taken:
        arrived = time.perf_counter()
        try:
            taken = await self.hearing.take(inbound)
        except Exception:
            self.metrics.heard(inbound.channel, is_taken=False)
            raise
        self.metrics.heard(inbound.channel, is_taken=True)
        taken.answered.add_done_callback(
            lambda _: self.metrics.answered(inbound.channel, time.perf_counter() - arrived)
        )
        return taken

    async def answered(self) -> None:
        """Wait until every answer that is under way is sent or given up, and every notice told."""
        await self.hearing.finish()

    async def hush(self) -> None:
        """Give up what is not said yet: the house closes."""
        await self.hearing.stop()

    async def tell_waiting(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Tell the notices that are due, each at least once; how many arrived. See ledger/notices.py."""
        return await self.news.tell(may_go_on)

    async def see_to(self, errands: Iterable[Errand]) -> list[Reply]:
        """Do what an answer left to be done, and give what comes of it instead of sending it."""
        told: list[Reply] = []

        async def keep(_chat: Chat, reply: Reply, asks: Asked | None = None) -> None:
            told.append(reply)
            self.note_given(asks)

        for errand in errands:
            self.errands.take(errand, keep, _nothing)
        await self.errands.finish()
        return told

    def note_given(self, asks: Asked | None) -> None:
        """Whoever asked was given the replies themselves, so that what they ask was shown."""
        if asks is not None:
            self.mouth.note_asked(asks, Sent(""))

    async def ask_to_stay(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Ask who has been away too long whether they want to stay: once, and at most once, each.

        That they are asked is committed before it is sent. Says how many were.
        """
        now, asked = self.clock.now(), 0
        for absent in await asyncio.to_thread(self._absent, now):
            question = await asyncio.to_thread(self._question, absent, now) if may_go_on() else None
            if question is not None:
                outgoing, asks = question
                await self.mouth.say(absent.channel, outgoing, sending.QUESTION, asks)
                asked += 1
        return asked

    def _absent(self, now: datetime) -> Sequence[Absent]:
        with self.database.reading() as session:
            return absence.to_ask(session, self.settings.periods(), self.channels.keys(), self.shop, now)

    def _question(self, absent: Absent, now: datetime) -> tuple[Outgoing, Asked | None] | None:
        periods, served = self.settings.periods(), self.channels.keys()
        with self.database.transaction() as session:
            return staying.ask(session, absent, self.composer, self.shop, served, periods, now)

    async def believe(self, report: Report) -> None:
        """What a provider told later of a message of ours. That of answers is not followed; a notice that failed
        after all is told again, or waits. Raises NotTaken where it could not be kept, and Overfull."""
        try:
            is_offers = await self.reports.add(report)
            self.metrics.reported(report)
        except SQLAlchemyError as fault:
            raise (NotTaken() if is_away(fault) else fault) from None
        if not is_offers and report.fate is Fate.FAILED:
            await asyncio.to_thread(self._untell, report)

    def _untell(self, report: Report) -> None:
        with self.database.transaction() as session:
            telling.untell(session, report, self.clock.now())

    def note_unreachable(self, channel: str, address: str) -> None:
        """Blocked or gone: nothing is planned for that address until they write again."""
        self.mouth.note_unreachable(channel, address)

    async def note_reach(self, reach: Reach) -> None:
        """Somebody blocked us or let us write again, says the messenger: known at once, at the time it happened.

        Raises NotTaken where it could not be kept.
        """
        await asyncio.to_thread(noting.keep, self.database, partial(self._note_reach, reach))

    def _note_reach(self, reach: Reach, session: Session) -> None:
        known = customers.address_of(session, reach.channel, reach.address)
        if known is not None and reach.is_open:
            customers.mark_reachable(session, known, reach.at)
        elif known is not None:
            customers.mark_unreachable(session, known, reach.at, by_messenger=True)

    async def note_fault(self, channel: str, place: str) -> None:
        """Something that came by ``channel`` could not be acted on. Raises NotTaken where that could not be kept."""
        at = self.clock.now()
        await asyncio.to_thread(noting.keep, self.database, lambda session: faults.note(session, channel, place, at))

    def close(self) -> None:
        self.database.close()


@dataclass(frozen=True)
class Reporter:
    """Begins errands, and says in their chats what comes of them."""

    errands: Errands
    mouth: Mouth
    news: News
    composer: Composer

    def begin(self, errand: Errand) -> None:
        self.errands.take(errand, self._say, self.news.tell_at_once)

    async def _say(self, chat: Chat, reply: Reply, asks: Asked | None = None) -> None:
        shown, numbers = await asyncio.to_thread(self._laid_out, chat, reply)
        asked = [each.marks for each in (asks, numbers) if each is not None]
        asks = Asked(chat.address_id, frozenset[str]().union(*asked)) if asked else None
        await self.mouth.say_in_turn(chat.channel, outgoing_of(chat.address, shown), asks)

    def _laid_out(self, chat: Chat, reply: Reply) -> tuple[Reply, Asked | None]:
        """With numbers in place of buttons where the chat has none for these; and they, if so."""
        channel, hint = self.mouth.channels[chat.channel], self.composer.word(chat.language, "choosing", "hint")
        with self.mouth.database.transaction() as session:
            before = conversations.marks(session, chat.address_id)
            shown = choosing.laid_out_in(session, chat.address_id, channel, reply, hint, self.mouth.clock.now())
            return shown, conversations.asked_since(session, chat.address_id, before)


async def _nothing() -> None:
    """Whoever is to be told what else came of it is told when the shop is open."""


def _move_in(database: Database, shop: Shop, clock: Clock) -> tuple[int, int, HeldBack]:
    """What is done to every database before anything else: one that was restored, too, while the shop was open.

    How many erasures and withdrawals were repeated, and what was held back. Raises BadSettings, OtherVersion,
    WrongKey.
    """
    database.migrate()
    if isinstance(clock, MovableClock):
        passing.recall(database, clock)
    _recognise(database)
    held = restored.settle(database, RESTORER, clock.now())
    return *_repeat(database, shop, clock), held


def _recognise(database: Database) -> None:
    with database.reading() as session:
        is_known = session.get(ShopFact, identity.KEY_CHECK) is not None
        if is_known and identity.is_the_right_key(session) and resealing.recognise(session, database.keyring):
            return
    with database.transaction() as session:
        if not identity.is_the_right_key(session):
            raise BadSettings(
                "SECRET_KEY (or data/secret.key) is not the key this database was made with; restore it"
            )
        resealing.recognise(session, database.keyring)
        resealing.remember(session, database.keyring)


def _repeat(database: Database, shop: Shop, clock: Clock) -> tuple[int, int]:
    """A restored backup holds people who were erased since, and the yes of people who said no since: they are gone
    again, and their no stands again, before anything else happens. How many of each."""
    erased = forgetting.replay(database, zone=shop.zone, now=clock.now())
    if erased:
        log.warning("Erasures repeated, as this database is older than they are: %d", erased)
    withdrawn = repeating.repeat_withdrawals(database, clock.now())
    if withdrawn:
        log.warning("Withdrawals repeated, as this database is older than they are: %d", withdrawn)
    return erased, withdrawn


def _errands(
    settings: Settings,
    url: str,
    database: Database,
    channels: Mapping[str, Channel],
    composer: Composer,
    shop: Shop,
    clock: Clock,
) -> Errands:
    is_demo = url == settings.demo_url() != settings.shop_url()
    return Errands(
        channels,
        database,
        Arrivals(settings.data_dir),
        clock,
        partial(Teller, composer, shop),
        partial(doctor.in_short, Patient(settings, shop, clock, database, composer, channels)),
        options=["--demo"] if is_demo else [],
    )


def build(settings: Settings, clock: Clock, channels: Iterable[Channel], url: str, shop: Shop) -> App:
    """The shop of ``url``, its tables brought up to date, its templates checked.

    Raises BadDatabaseUrl, BadSettings, BrokenTemplate, OtherVersion, WrongKey.
    """
    database = Database(url, secret=settings.secret(), keys=settings.keys(), erasures=settings.data_dir)
    with ExitStack() as undo:
        undo.callback(database.close)
        erased, withdrawn, held = _move_in(database, shop, clock)
        undo.pop_all()
    database.when_replaced = partial(_move_in, database, shop, clock)
    composer = Composer()
    composer.check()
    by_name = {channel.name: channel for channel in channels}
    if shop.reaches_phones:
        handouts.open_for(by_name.values(), handouts.Handouts(database, shop.public_url, clock))
    mouth = Mouth(database, by_name, clock)
    news = News(mouth, composer, shop)
    sentiment = keeping.in_use(settings.data_dir)
    router = Router(database, composer, shop, by_name, clock, Judge(sentiment))
    errands = _errands(settings, url, database, by_name, composer, shop, clock)
    metrics = Metrics()
    time_of = leases.told_time if isinstance(clock, ManualClock | MovableClock) else leases.shared_time
    dispatcher = Dispatcher(
        database, by_name, composer, shop, clock.now, settings.in_flight, meter=metrics, sure=sure_of(clock),
        time_of=time_of,
    )  # fmt: skip
    passage = None
    if isinstance(clock, MovableClock):
        passage = Passage(clock, database, dispatcher, news, by_name.keys(), shop)
    return App(
        settings=settings,
        shop=shop,
        clock=clock,
        database=database,
        composer=composer,
        channels=by_name,
        router=router,
        dispatcher=dispatcher,
        errands=errands,
        mouth=mouth,
        news=news,
        hearing=Hearing(router, mouth, news, Reporter(errands, mouth, news, composer).begin, together(router)),
        reports=Gathering(dispatcher.believe_all, is_away),
        metrics=metrics,
        sentiment=sentiment,
        passage=passage,
        repeated_erasures=erased,
        repeated_withdrawals=withdrawn,
        held_back=held,
    )
