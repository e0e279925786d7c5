"""Selling at the counter, in chat and on the command line: who bought what, and what a voucher gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from sqlmodel import Session

from bot.talk.desk import goods, sale_lines, whom
from bot.talk.desk.goods import WhichProduct
from bot.talk.desk.sale_lines import CannotSell
from bot.talk.replies import Teller
from campaigns.words import vouchers
from campaigns.words.composing import Reply
from campaigns.words.vouchers import Redeemed, Refused, Trouble
from campaigns.words.wording import first_name, reduced
from ledger import customers, money, nobody, selling
from ledger.selling import Line
from ledger.tables import Customer, Product

MOMENT = timedelta(seconds=1)


@dataclass(frozen=True)
class Sale:
    """What is to be written down; ``customer_id`` is None for a guest. Not ``is_exact``: some of it was guessed."""

    customer_id: int | None
    lines: tuple[Line, ...]
    is_exact: bool = True
    message_id: int | None = None

    def as_json(self) -> dict[str, Any]:
        """For keeping it until the yes."""
        lines = [[each.product_id, each.quantity, each.amount_minor, each.discount_minor] for each in self.lines]
        return {"customer": self.customer_id, "lines": lines, "message": self.message_id}

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Sale:
        """From ``as_json``."""
        return cls(kept["customer"], tuple(Line(*each) for each in kept["lines"]), message_id=kept["message"])


@dataclass(frozen=True)
class Noted:
    """A sale as it was written down: its reference, whose it is, and the answer."""

    ref: str
    sale: Sale
    answer: Reply

    def as_json(self) -> dict[str, Any]:
        lines = [
            {"product": each.product_id, "quantity": each.quantity, "amount_minor": each.amount_minor}
            for each in self.sale.lines
        ]
        return {"ref": self.ref, "customer": self.sale.customer_id, "lines": lines}


@dataclass(frozen=True)
class Till:
    """Understands, writes down and tells, within one transaction. ``by`` is who stands at it, for the audit."""

    session: Session
    teller: Teller
    by: str
    now: datetime

    def understand(self, said: str) -> Sale:
        """ "0812… Kopi Gayo x2 90rb, Teh". Raises CannotSell with what to say instead."""
        words = said.replace("\n", ", ").split()
        if len(words) < 2:
            raise CannotSell("sold_how")
        customer_id, rest = whom.find(self.session, self.teller.shop.region, words)
        lines, is_exact = self.items(rest)
        return Sale(customer_id, lines, is_exact)

    def items(self, said: str, percent: int = 0) -> tuple[tuple[Line, ...], bool]:
        """The lines of a sale at ``percent`` off, and whether nothing of them was guessed. Raises CannotSell."""
        read = sale_lines.read(said, self.teller.shop.currency)
        if not read or (len(read) > 1 and not all(each.words for each in read)):
            raise CannotSell("sold_how")
        found = [goods.find(self.session, each, percent) for each in read]
        return tuple(line for line, _ in found), all(is_exact for _, is_exact in found)

    def log(self, sale: Sale) -> Noted:
        """Write it down, and say what and how it is taken back."""
        buyer = self._buyer(sale)
        ref = selling.sell(
            self.session,
            buyer.customer_id or self._nobody(),
            buyer.lines,
            currency=self.teller.shop.currency,
            by=self.by,
            at=self.now,
            message_id=buyer.message_id,
        )
        return Noted(ref, buyer, self.teller.say("sold", ref=ref, **self._told(buyer)))

    def question(self, sale: Sale) -> Reply:
        """What would be written down, for a yes: some of it was guessed."""
        return self.teller.say("sold_ask", **self._told(sale))

    def take_back(self, ref: str) -> Reply:
        """Write down that it came back. Raises CannotSell where there is no such sale, or it came back before."""
        if not ref.strip():
            raise CannotSell("unsold_which")
        back = selling.take_back(self.session, ref, by=self.by, at=self.now)
        if not back:
            raise CannotSell("unsold_unknown", ref=ref.strip())
        lines = [
            Line(each.product_id, each.quantity or 1, each.amount_minor or 0, each.discount_minor) for each in back
        ]
        message_id = back[0].message_id
        until = (
            vouchers.give_back(self.session, message_id, by=self.by, now=self.now) if message_id is not None else None
        )
        return self.teller.say(
            "unsold",
            ref=back[0].order_ref,
            lines=self._lines(lines),
            is_stocked=any(self._is_stocked(each.product_id) for each in back),
            code_until=self._until(until),
        )

    def redeem(self, code: str) -> Redeemed | Refused:
        return vouchers.redeem(self.session, code, by=self.by, now=self.now)

    def look(self, code: str) -> Redeemed | Refused:
        """What a code would give. It is not used by that."""
        return vouchers.look(self.session, code, self.now)

    def use(self, message_id: int) -> Redeemed | Refused:
        """Use the code of a message."""
        return vouchers.redeem_of(self.session, message_id, by=self.by, now=self.now)

    def give_back(self, message_id: int) -> Reply:
        """Make the code of a message good again. Raises Problem where a sale stands on it."""
        until = vouchers.give_back(self.session, message_id, by=self.by, now=self.now)
        return self.teller.say("code_given_back", was_used=until is not None, until=self._until(until))

    def give_back_code(self, code: str) -> Reply:
        """The same of a code that is said once more."""
        message_id = vouchers.message_of(self.session, code)
        if message_id is None:
            return self.refused(Refused(Trouble.UNKNOWN))
        return self.give_back(message_id)

    def which(self, problem: WhichProduct, said: str, command: str = "") -> Reply:
        """What the words may mean, each with what tells it apart and a button that says it all with this one."""
        rows = [self._shown(each) for each in problem.products]
        again = [f"{command}{problem.said_again(said, each)}" for each in problem.products]
        choices = list(zip(rows, again, strict=True))
        return self.teller.say("sold_which", name=problem.words, rows=rows, choices=choices)

    def given(self, redeemed: Redeemed, *, asks: bool, is_used: bool = True) -> Reply:
        """What the voucher gives, and whether it is used by now; ``asks``: and then for what was bought with it."""
        offered = vouchers.products(self.session, redeemed)
        percent, language = redeemed.discount_percent, self.teller.language
        rows = [
            {
                "name": each.name or each.sku,
                "price": money.in_words(reduced(each.price_minor, percent), each.currency, language)
                if each.price_minor is not None
                else "",
            }
            for each in offered
        ]
        return self.teller.say(
            "redeemed",
            discount=percent,
            name=first_name(redeemed.name),
            number=redeemed.campaign_id,
            template=self.teller.word("templates", redeemed.template),
            rows=rows,
            asks=asks,
            is_used=is_used,
        )

    def refused(self, refused: Refused) -> Reply:
        """Why a code gives nothing, and since when."""
        # It counted to the last moment of the day before it ran out.
        shown = refused.at - (MOMENT if refused.trouble is Trouble.EXPIRED else timedelta()) if refused.at else None
        clock = f" {self.teller.word('recurrence', 'clock')}" if refused.trouble is Trouble.USED else ""
        when = self._in_words(shown, f"d MMMM y{clock}")
        return self.teller.say("redeem_refused", trouble=refused.trouble.value, when=when)

    def _in_words(self, at: datetime | None, pattern: str) -> str:
        local = at.astimezone(self.teller.shop.zone) if at is not None else None
        return format_datetime(local, pattern, locale=self.teller.language) if local is not None else ""

    def _until(self, expires_at: datetime | None) -> str:
        """The last day on which a code counts; empty where that is over, or there is no code."""
        is_good = expires_at is not None and expires_at > self.now
        return self._in_words(expires_at - MOMENT if expires_at is not None and is_good else None, "d MMMM y")

    def _buyer(self, sale: Sale) -> Sale:
        """The same sale; a guest's, where its customer had themselves erased before it was written down."""
        customer = customers.here(self.session, sale.customer_id) if sale.customer_id is not None else None
        if customer is None:
            return replace(sale, customer_id=None, message_id=None)
        return replace(sale, customer_id=customer.id)

    def _nobody(self) -> int:
        nobody.take_turn(self.session)
        return nobody.number(self.session, self.teller.shop.zone, self.now)

    def _told(self, sale: Sale) -> dict[str, Any]:
        buyer = self.session.get(Customer, sale.customer_id) if sale.customer_id is not None else None
        name = first_name(buyer.name) if buyer is not None else ""
        who = name or (f"#{buyer.id}" if buyer is not None else self.teller.word("counter", "guest"))
        total = sum(each.amount_minor for each in sale.lines)
        currency = self.teller.shop.currency
        return {
            "who": who,
            "lines": self._lines(sale.lines),
            "total": money.in_words(total, currency, self.teller.language) if len(sale.lines) > 1 else "",
        }

    def _is_stocked(self, product_id: int | None) -> bool:
        product = self.session.get(Product, product_id) if product_id is not None else None
        return product is not None and product.stock is not None

    def _shown(self, product: Product) -> str:
        """A product with what tells it from another of its name."""
        price, stock = product.price_minor, product.stock
        known = [
            product.sku,
            money.in_words(price, product.currency, self.teller.language) if price is not None else "",
            self.teller.word("counter", "stock", n=stock) if stock is not None else "",
        ]
        return f"{product.name or product.sku} ({', '.join(each for each in known if each)})"

    def _lines(self, lines: Sequence[Line]) -> list[str]:
        return list(self._each(lines))

    def _each(self, lines: Sequence[Line]) -> Iterator[str]:
        for line in lines:
            product = self.session.get(Product, line.product_id) if line.product_id is not None else None
            name = (product.name or product.sku) if product is not None else self.teller.word("counter", "goods")
            currency = product.currency if product is not None else self.teller.shop.currency
            yield f"{line.quantity} × {name}: {money.in_words(line.amount_minor, currency, self.teller.language)}"
