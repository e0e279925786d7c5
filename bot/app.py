"""The only place where concrete things meet: settings, clock, database, channels."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from itertools import chain, repeat

from bot import doctor, handouts, sending, telling
from bot.arrivals import Arrivals
from bot.checkups.finding import Patient
from bot.clock import Clock
from bot.errands import Chat, Errand
from bot.importing import Errands
from bot.inbound import Inbound, Reach
from bot.one_by_one import OneByOne
from bot.panels import Panels
from bot.settings import BadSettings, Settings
from bot.talk import choosing, staying
from bot.talk.replies import Teller
from bot.talk.router import Heard, NotTaken, Router, is_leaving
from bot.telling import Telling
from campaigns import absence, forgetting
from campaigns.absence import Absent
from campaigns.channel import Channel, Fate, Outcome, Outgoing, Report, Sent, Unreachable
from campaigns.composing import Composer, Reply
from campaigns.dispatching import Dispatcher
from campaigns.shop import Shop
from ledger import customers, identity, notices, resealing
from ledger.database import Database
from ledger.tables import ShopFact

log = logging.getLogger(__name__)
LATEST_TELLING = notices.CLAIM / 4
"""A notice that waited so long for its chat is left to the next round: soon somebody else may tell it as well."""
HELD_WAITS_SECONDS = (5, 15, 30, 60)
MOST_HELD = 1_000


@dataclass(frozen=True)
class Taken:
    """What was committed, and what goes on in the background."""

    heard: Heard
    answered: asyncio.Task[list[Reply]]
    told: asyncio.Task[None]


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
    repeated_erasures: int = 0
    """How many had to be repeated when it was opened, because a backup had been restored."""
    hearing: OneByOne = field(default_factory=OneByOne)
    """What is being acted on, by chat."""
    chats: OneByOne = field(default_factory=OneByOne)
    """What is being said, by chat."""
    held: OneByOne = field(default_factory=OneByOne)
    """Who said that they leave while the database was away."""
    panels: Panels = field(default_factory=Panels)

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

    async def answered(self) -> None:
        """Wait until every answer that is under way is sent or given up, and every notice told."""
        await self.hearing.finish()
        await self.chats.finish()

    async def hush(self) -> None:
        """Give up what is not said yet: the house closes."""
        late = await self.hearing.stop() + await self.chats.stop()
        await self.held.stop()
        if late:
            log.warning("%d answers or notices were not sent: the time for closing was over", late)

    async def _take(self, inbound: Inbound) -> Taken:
        chat = inbound.channel, identity.normalise(inbound.channel, inbound.address, self.shop.region)
        # Whoever asked may go away meanwhile; what is committed is answered all the same.
        return await asyncio.shield(self.hearing.begin(chat, partial(self._act_on, inbound, chat)))

    async def _act_on(self, inbound: Inbound, chat: tuple[str, str]) -> Taken:
        try:
            heard = await asyncio.to_thread(self.router.receive, inbound)
        except NotTaken:
            self._hold(inbound)
            raise
        answered = self.chats.begin(chat, partial(self._answer, inbound, heard))
        told = self.chats.begin(answered, self._tell_at_once)
        for errand in heard.errands:
            self.errands.take(errand, self._say, self._tell_at_once)
        return Taken(self._placed(inbound, heard), answered, told)

    def _hold(self, inbound: Inbound) -> None:
        """Not every provider delivers again what we could not take, and a STOP is not to be lost to that."""
        number = inbound.channel, inbound.provider_message_id
        if is_leaving(inbound) and number not in self.held and len(self.held) < MOST_HELD:
            self.held.begin(number, partial(self._take_later, inbound))

    async def _take_later(self, inbound: Inbound) -> None:
        for wait in chain(HELD_WAITS_SECONDS, repeat(HELD_WAITS_SECONDS[-1])):
            await asyncio.sleep(wait)
            with suppress(NotTaken):
                await self._take(inbound)
                return

    async def _answer(self, inbound: Inbound, heard: Heard) -> list[Reply]:
        channel, address = inbound.channel, inbound.address
        replies = [await asyncio.to_thread(self._drawn, channel, reply) for reply in heard.replies]
        for reply in replies:
            replaces = inbound.in_reply_to if self._takes_a_place(inbound, heard, reply) else None
            outcome = await self._send(channel, outgoing_of(address, reply, replaces), sending.ANSWER)
            if isinstance(outcome, Unreachable):
                break
            if reply.in_place and isinstance(outcome, Sent):
                self.panels.add(channel, address, outcome.provider_message_id)
        return replies

    def _takes_a_place(self, inbound: Inbound, heard: Heard, reply: Reply) -> bool:
        """Whether it is written over the message that was pressed: one that was itself meant for that."""
        is_alone = reply.in_place and len(heard.replies) == 1
        return (
            is_alone and inbound.is_press and self.panels.has(inbound.channel, inbound.address, inbound.in_reply_to)
        )

    def _placed(self, inbound: Inbound, heard: Heard) -> Heard:
        """As it is told: in place is what really takes one."""
        told = [replace(each, in_place=self._takes_a_place(inbound, heard, each)) for each in heard.replies]
        return replace(heard, replies=told)

    def _drawn(self, channel: str, reply: Reply) -> Reply:
        """The reply with its chart as a picture where one can go; its text says everything also without."""
        if reply.chart is None or reply.document is not None or not self.channels[channel].carries_pictures:
            return reply
        from bot import drawing  # Pillow, which nobody needs who looks at no chart

        try:
            return replace(reply, document=drawing.picture(reply.chart))
        except Exception as fault:  # noqa: BLE001 - whatever cannot be drawn, the words must arrive
            log.error("a chart was not drawn: %s", type(fault).__name__)  # noqa: TRY400
            return reply

    async def tell_waiting(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Tell the notices that are due, each at least once; how many arrived. See ledger/notices.py."""
        arrived, under_way = 0, set[asyncio.Task[int]]()
        while (claimed := await self._claimed(may_go_on)) or under_way:
            by_chat: dict[tuple[str, str], list[Telling]] = {}
            for each in claimed:
                by_chat.setdefault((each.channel, each.outgoing.address), []).append(each)
            # Within a chat the order is kept, answers and all; one that hangs does not hold up the others.
            under_way |= {self.chats.begin(chat, partial(self._tell, told)) for chat, told in by_chat.items()}
            if not claimed:
                # How one telling went may be news to others.
                told, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                arrived += sum(each.result() for each in told)
        return arrived

    async def _claimed(self, may_go_on: Callable[[], bool]) -> Sequence[Telling]:
        return await asyncio.to_thread(self._notices) if may_go_on() else ()

    async def see_to(self, errands: Iterable[Errand]) -> list[Reply]:
        """Do what an answer left to be done, and give what comes of it instead of sending it."""
        told: list[Reply] = []

        async def keep(_chat: Chat, reply: Reply) -> None:
            told.append(reply)

        for errand in errands:
            self.errands.take(errand, keep, _nothing)
        await self.errands.finish()
        return told

    async def _say(self, chat: Chat, reply: Reply) -> None:
        """What came of an errand."""
        shown = await asyncio.to_thread(self._laid_out, chat, reply)
        once = partial(self._send, chat.channel, outgoing_of(chat.address, shown), sending.ANSWER)
        await asyncio.shield(self.chats.begin((chat.channel, chat.address), once))

    def _laid_out(self, chat: Chat, reply: Reply) -> Reply:
        """With numbers in place of buttons where the chat has none for these."""
        channel, hint = self.channels[chat.channel], self.composer.word(chat.language, "choosing", "hint")
        with self.database.transaction() as session:
            return choosing.laid_out_in(session, chat.address_id, channel, reply, hint, self.clock.now())

    async def _tell_at_once(self) -> None:
        """What somebody just said may be news to others. Whoever said it has their answer, whatever fails here."""
        try:
            await self.tell_waiting()
        except Exception as fault:  # noqa: BLE001 - it is tried again by itself
            log.error("notices were not told: %s", type(fault).__name__)  # noqa: TRY400

    async def _tell(self, chat: Sequence[Telling]) -> int:
        arrived = 0
        for each in chat:
            if self.clock.now() - each.claimed_at > LATEST_TELLING:
                continue
            outcome = await self._send(each.channel, each.outgoing, sending.ONCE)
            await asyncio.to_thread(self._settle_notice, each.notice_id, outcome)
            arrived += isinstance(outcome, Sent)
        return arrived

    def _notices(self) -> Sequence[Telling]:
        now, served = self.clock.now(), self.channels.keys()
        with self.database.reading() as session:
            if not notices.are_due(session, served, now):
                return ()
        with self.database.transaction() as session:
            return telling.claim(session, self.composer, self.shop, served, now)

    def _settle_notice(self, notice_id: int, outcome: Outcome) -> None:
        with self.database.transaction() as session:
            telling.settle(session, notice_id, outcome, self.clock.now())

    async def ask_to_stay(self, may_go_on: Callable[[], bool] = lambda: True) -> int:
        """Ask who has been away too long whether they want to stay: once, and at most once, each.

        That they are asked is committed before it is sent. Says how many were.
        """
        now, asked = self.clock.now(), 0
        for absent in await asyncio.to_thread(self._absent, now):
            question = await asyncio.to_thread(self._question, absent, now) if may_go_on() else None
            if question is not None:
                await self._send(absent.channel, question, sending.QUESTION)
                asked += 1
        return asked

    def _absent(self, now: datetime) -> Sequence[Absent]:
        with self.database.reading() as session:
            return absence.to_ask(session, self.settings.periods(), self.channels.keys(), self.shop, now)

    def _question(self, absent: Absent, now: datetime) -> Outgoing | None:
        periods, served = self.settings.periods(), self.channels.keys()
        with self.database.transaction() as session:
            return staying.ask(session, absent, self.composer, self.shop, served, periods, now)

    async def _send(self, channel: str, outgoing: Outgoing, again_after: Collection[type[Outcome]]) -> Outcome:
        """Whoever cannot be reached is noted; of what was given up the log has the kind alone."""
        outcome = await sending.send(self.channels[channel], outgoing, self.clock, again_after)
        if isinstance(outcome, Unreachable):
            await asyncio.to_thread(self.note_unreachable, channel, outgoing.address)
        if not isinstance(outcome, Sent):
            log.warning("an answer on %s was not delivered: %s", channel, type(outcome).__name__)
        return outcome

    async def believe(self, report: Report) -> None:
        """What a provider told later of a message of ours. That of answers is not followed; a notice that failed
        after all is told again, or waits."""
        is_offers = await asyncio.to_thread(self.dispatcher.believe, report)
        if not is_offers and report.fate is Fate.FAILED:
            await asyncio.to_thread(self._untell, report)

    def _untell(self, report: Report) -> None:
        with self.database.transaction() as session:
            telling.untell(session, report, self.clock.now())

    def note_unreachable(self, channel: str, address: str) -> None:
        """Blocked or gone: nothing is planned for that address until they write again."""
        with self.database.transaction() as session:
            known = customers.address_of(session, channel, address)
            if known is not None:
                customers.mark_unreachable(session, known, self.clock.now())

    async def note_reach(self, reach: Reach) -> None:
        """Somebody blocked us or let us write again, says the messenger: known at once, at the time it happened."""
        await asyncio.to_thread(self._note_reach, reach)

    def _note_reach(self, reach: Reach) -> None:
        mark = customers.mark_reachable if reach.is_open else customers.mark_unreachable
        with self.database.transaction() as session:
            known = customers.address_of(session, reach.channel, reach.address)
            if known is not None:
                mark(session, known, reach.at)

    def close(self) -> None:
        self.database.close()


def outgoing_of(address: str, reply: Reply, replaces: str | None = None) -> Outgoing:
    """A reply on its way to an address."""
    return Outgoing(address, reply.text, reply.buttons, reply.document, replaces=replaces, copyable=reply.copyable)


async def _nothing() -> None:
    """Whoever is to be told what else came of it is told when the shop is open."""


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


def _repeat_erasures(database: Database, shop: Shop, clock: Clock) -> int:
    """A restored backup holds people who were erased since; they are gone again before anything else happens."""
    repeated = forgetting.replay(database, zone=shop.zone, now=clock.now())
    if repeated:
        log.warning("%d erasures were repeated: this database is older than they are", repeated)
    return repeated


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
        database.migrate()
        _recognise(database)
        repeated = _repeat_erasures(database, shop, clock)
        undo.pop_all()
    composer = Composer()
    composer.check()
    by_name = {channel.name: channel for channel in channels}
    if shop.reaches_phones:
        handouts.open_for(by_name.values(), handouts.Handouts(database, shop.public_url, clock))
    return App(
        settings=settings,
        shop=shop,
        clock=clock,
        database=database,
        composer=composer,
        channels=by_name,
        router=Router(database, composer, shop, by_name, clock),
        dispatcher=Dispatcher(database, by_name, composer, shop, clock.now),
        errands=_errands(settings, url, database, by_name, composer, shop, clock),
        repeated_erasures=repeated,
    )
