"""/redeem and /sold: a voucher shown at the counter, and what is sold there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot.talk.desk import confirming
from bot.talk.desk.command import Command, called
from bot.talk.desk.goods import WhichProduct
from bot.talk.desk.sale_lines import CannotSell
from bot.talk.desk.till import Sale, Till
from bot.talk.intents import Intent, Means, plain_words
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.problems import Problem
from campaigns.words import vouchers
from campaigns.words.composing import Reply
from campaigns.words.vouchers import Refused
from ledger import audit
from ledger.columns import microseconds, moment
from ledger.tables import Address, AuditEntry, ConversationState, Role

REDEEMED = "redeemed"
"""What the chat is about after a voucher: what was bought with it."""
WRONG = "voucher code refused"
MOST_WRONG, WRONG_WINDOW = 10, timedelta(minutes=10)
SELL = "sell"


GIVE_BACK = frozenset({
    "kembalikan kodenya", "kembalikan kode", "tidak jadi", "gak jadi", "ga jadi", "nggak jadi", "ngga jadi",
    "enggak jadi", "gajadi", "batal", "cancel", "never mind", "give the code back", "give it back",
})  # fmt: skip
"""Nothing was bought with the code after all."""


PATIENCE = timedelta(hours=1)
"""How long somebody may take to say what was bought with a voucher."""


@dataclass(frozen=True)
class Given:
    """What is remembered of a voucher until its purchase is told: numbers, and nobody's name.

    Not ``is_used``: what was bought was said along with the code, which is used with the sale and not before.
    """

    customer_id: int
    message_id: int
    discount_percent: int
    is_used: bool


def redeem(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/redeem CODE, and what was bought with it where that is said too. Raises CannotSell."""
    code, rest = split_code(argument)
    if not code:
        raise CannotSell("redeem_how")
    wrong, first = _wrong(turn)
    if wrong >= MOST_WRONG:
        raise CannotSell("redeem_too_often", minutes=_minutes_left(turn, first))
    till = Till(turn.session, teller, turn.actor, turn.now)
    if plain_words(rest) in GIVE_BACK:
        return [till.give_back_code(code)]
    found = till.look(code) if rest else till.redeem(code)
    if isinstance(found, Refused):
        audit.record(turn.session, turn.now, turn.actor, WRONG, _chat(turn.address), trouble=found.trouble)
        return [till.refused(found)]
    given = Given(found.customer_id, found.message_id, found.discount_percent, is_used=not rest)
    turn.open_topic(REDEEMED, **vars(given))
    if not rest:
        return [till.given(found, asks=True)]
    told = _buy(turn, till, given, rest)
    is_noted = turn.topic() is None
    return [till.given(found, asks=False, is_used=is_noted), *told]


def bought(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """What was bought with the voucher shown just now; None where the message is about something else."""
    data = dict(topic.data)
    asked = data.pop("asked", None)
    given, means = Given(**data), intent.answers(confirming.CONFIRM)
    teller = Teller(turn.composer, turn.shop, turn.language)
    till = Till(turn.session, teller, turn.actor, turn.now)
    try:
        if plain_words(turn.inbound.text) in GIVE_BACK:
            turn.close_topic()
            return [till.give_back(given.message_id)]
        if asked is not None and means in (Means.YES, Means.NO):
            return _answered(turn, till, given, asked, means)
    except Problem as problem:
        return [teller.problem(problem)]
    if means is Means.NO:
        turn.close_topic()
        return [teller.say("redeemed_only", is_used=given.is_used)]
    return _buy(turn, till, given, turn.inbound.text) if intent.means is Means.OTHER else None


def put_again(turn: Turn, topic: ConversationState) -> list[Reply]:
    """What was bought with the voucher is told again, whatever was asked about it."""
    given = {name: value for name, value in topic.data.items() if name != "asked"}
    turn.open_topic(REDEEMED, **given)
    return [Teller(turn.composer, turn.shop, turn.language).say("bought_again")]


def is_over(turn: Turn, topic: ConversationState, intent: Intent) -> bool:
    """Whether nobody waits any more for what was bought with a voucher: something else came, or time passed."""
    if topic.topic != REDEEMED:
        return False
    return intent.means is Means.COMMAND or turn.now - topic.updated_at > PATIENCE


def sold(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/sold CUSTOMER ITEM [xN] [AMOUNT], …: written down at once, or asked about where it was guessed."""
    till = Till(turn.session, teller, turn.actor, turn.now)
    try:
        sale = till.understand(argument)
    except WhichProduct as which:
        return [till.which(which, argument, f"/{called(teller.language, 'sold', COMMANDS['sold'])} ")]
    if sale.is_exact:
        return [till.log(sale).answer]
    return confirming.ask(turn, SELL, till.question(sale), **sale.as_json())


def offer_code(teller: Teller, text: str) -> list[Reply]:
    """A code that somebody of the team sends by itself: what redeems it, ready to press. Nothing of other words."""
    code = vouchers.spelled(text)
    return [teller.say("code_seen", code=code)] if code is not None else []


def unsold(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/unsold REF: it came back, or was written down by mistake."""
    return [Till(turn.session, teller, turn.actor, turn.now).take_back(argument)]


@confirming.deed(SELL)
def sell(turn: Turn, teller: Teller, data: dict[str, Any]) -> list[Reply]:
    """What the yes to a guess does."""
    return [Till(turn.session, teller, turn.actor, turn.now).log(Sale.of(data)).answer]


def split_code(argument: str) -> tuple[str, str]:
    """A voucher's code, however it is grouped, and what follows it."""
    words = argument.split()
    code = ""
    while words and len(vouchers.plain(code)) < vouchers.LENGTH:
        code += words.pop(0)
    return vouchers.plain(code), " ".join(words)


def _buy(turn: Turn, till: Till, given: Given, said: str) -> list[Reply]:
    """Note what was bought, or ask: about a guess, or once more. The topic is closed once it is noted."""
    try:
        lines, is_exact = till.items(said, given.discount_percent)
    except WhichProduct as which:
        return [till.which(which, said)]
    except CannotSell as problem:
        return [till.teller.problem(problem)]
    sale = Sale(given.customer_id, lines, is_exact, given.message_id)
    if is_exact:
        return _note(turn, till, given, sale)
    turn.open_topic(REDEEMED, **vars(given), asked={"sale": sale.as_json(), "at": microseconds(turn.now)})
    return [till.question(sale)]


def _answered(turn: Turn, till: Till, given: Given, asked: dict[str, Any], means: Means) -> list[Reply]:
    """A guess is noted with its yes; with a no, or a yes too late, what was bought is told again."""
    is_late = turn.now - moment(asked["at"]) > confirming.LIFETIME
    if means is Means.YES and not is_late:
        return _note(turn, till, given, Sale.of(asked["sale"]))
    turn.open_topic(REDEEMED, **vars(given))
    return [till.teller.say("bought_again")]


def _note(turn: Turn, till: Till, given: Given, sale: Sale) -> list[Reply]:
    turn.close_topic()
    if not given.is_used and isinstance(found := till.use(given.message_id), Refused):
        return [till.refused(found)]
    return [till.log(sale).answer]


def _chat(address: Address) -> str:
    return f"chat {address.id}"


def _wrong(turn: Turn) -> tuple[int, datetime | None]:
    """How many wrong codes this chat sent lately, and when the first of them was."""
    wanted = select(AuditEntry.at).where(
        col(AuditEntry.at) > turn.now - WRONG_WINDOW,
        AuditEntry.action == WRONG,
        AuditEntry.subject == _chat(turn.address),
    )
    times = turn.session.exec(wanted.order_by(col(AuditEntry.at)).limit(MOST_WRONG)).all()
    return len(times), next(iter(times), None)


def _minutes_left(turn: Turn, first: datetime | None) -> int:
    waits = (first or turn.now) + WRONG_WINDOW - turn.now
    return max(1, -(-waits // timedelta(minutes=1)))


COMMANDS = {
    "redeem": Command(Role.STAFF, redeem, also=("tukar",)),
    "sold": Command(Role.STAFF, sold, also=("terjual",)),
    "unsold": Command(Role.STAFF, unsold, also=("bataljual",)),
}
