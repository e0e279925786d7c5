"""/redeem and /sold: a voucher shown at the counter, and what is sold there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from bot.talk.desk import confirming
from bot.talk.desk.command import Command
from bot.talk.desk.till import CannotSell, Sale, Till
from bot.talk.intents import Intent, Means
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns import vouchers
from campaigns.composing import Reply
from campaigns.vouchers import Refused
from ledger import audit
from ledger.tables import Address, AuditEntry, ConversationState, Role

REDEEMED = "redeemed"
"""What the chat is about after a voucher: what was bought with it."""
WRONG = "voucher code refused"
MOST_WRONG, WRONG_WINDOW = 10, timedelta(minutes=10)
SELL = "sell"


@dataclass(frozen=True)
class Given:
    """What is remembered of a redeemed voucher until its purchase is told: numbers, and nobody's name."""

    customer_id: int
    message_id: int
    discount_percent: int


def redeem(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/redeem CODE, and what was bought with it where that is said too. Raises CannotSell."""
    code, rest = split_code(argument)
    if not code:
        raise CannotSell("redeem_how")
    wrong, first = _wrong(turn)
    if wrong >= MOST_WRONG:
        raise CannotSell("redeem_too_often", minutes=_minutes_left(turn, first))
    till = Till(turn.session, teller, turn.actor, turn.now)
    found = till.redeem(code)
    if isinstance(found, Refused):
        audit.record(turn.session, turn.now, turn.actor, WRONG, _chat(turn.address), trouble=found.trouble)
        return [till.refused(found)]
    given = Given(found.customer_id, found.message_id, found.discount_percent)
    turn.open_topic(REDEEMED, **vars(given))
    if not rest:
        return [till.given(found, asks=True)]
    try:
        return [till.given(found, asks=False), *_buy(turn, till, given, rest)]
    except CannotSell as problem:
        # The customer stands at the counter: their code counts, and only what they bought is asked again.
        return [till.given(found, asks=True), teller.problem(problem)]


def bought(turn: Turn, topic: ConversationState, intent: Intent) -> list[Reply] | None:
    """What was bought with the voucher redeemed just now; None where the message is about something else."""
    if intent.means is Means.NO:
        turn.close_topic()
        return [Teller(turn.composer, turn.shop, turn.language).say("redeemed_only")]
    if intent.means is not Means.OTHER:
        return None
    teller = Teller(turn.composer, turn.shop, turn.language)
    try:
        return _buy(turn, Till(turn.session, teller, turn.actor, turn.now), Given(**topic.data), turn.inbound.text)
    except CannotSell as problem:
        return [teller.problem(problem)]


def sold(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """/sold CUSTOMER ITEM [xN] [AMOUNT], …: written down at once, or asked about where it was guessed."""
    till = Till(turn.session, teller, turn.actor, turn.now)
    return _write_down(turn, till, till.understand(argument))


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
    lines, is_exact = till.items(said, given.discount_percent)
    turn.close_topic()
    return _write_down(turn, till, Sale(given.customer_id, lines, is_exact, given.message_id))


def _write_down(turn: Turn, till: Till, sale: Sale) -> list[Reply]:
    if sale.is_exact:
        return [till.log(sale).answer]
    return confirming.ask(turn, SELL, till.question(sale), **sale.as_json())


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
