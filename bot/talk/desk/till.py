"""Selling at the counter, in chat and on the command line: who bought what, and what a voucher gives."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from babel.dates import format_datetime
from sqlmodel import Session

from bot.talk.desk import sale_lines
from bot.talk.replies import Teller
from campaigns import vouchers
from campaigns.composing import Laid, Reply
from campaigns.problems import Problem
from campaigns.vouchers import Redeemed, Refused, Trouble
from campaigns.wording import first_name, reduced
from ledger import customers, money, nobody, selling
from ledger.customers import UnknownCustomer
from ledger.identity import phone
from ledger.selling import Found, Line, Nothing, Several
from ledger.tables import Customer, Product

GUESTS = frozenset({"-", "–", "—", "tamu", "guest", "umum", "anonim", "walkin"})
"""How somebody is called whom the shop does not know."""
NUMBERS = re.compile(r"[+0-9()./ -]+")
OWN_NUMBER = re.compile(r"#?([0-9]{1,9})")
ADDRESSING = frozenset({"bu", "ibu", "pak", "bapak", "kak", "kakak", "mas", "mbak", "bang", "mr", "mrs", "ms"})
MOST_NAME_WORDS = 4
MOST_PIECES = 9_999
MOMENT = timedelta(seconds=1)


class CannotSell(Problem):
    """What was said at the counter cannot be written down as it is."""


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
        customer_id, rest = self._customer(words)
        lines, is_exact = self.items(rest)
        return Sale(customer_id, lines, is_exact)

    def items(self, said: str, percent: int = 0) -> tuple[tuple[Line, ...], bool]:
        """The lines of a sale at ``percent`` off, and whether nothing of them was guessed. Raises CannotSell."""
        read = sale_lines.read(said, self.teller.shop.currency)
        if not read or (len(read) > 1 and not all(each.words for each in read)):
            raise CannotSell("sold_how")
        found = [self._item(each, percent) for each in read]
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
        returned = selling.take_back(self.session, ref, by=self.by, at=self.now)
        if not returned:
            raise CannotSell("unsold_unknown", ref=ref.strip() or "?")
        lines = [
            Line(each.product_id, each.quantity or 1, each.amount_minor or 0, each.discount_minor)
            for each in returned
        ]
        return self.teller.say("unsold", ref=returned[0].order_ref, lines=self._lines(lines))

    def redeem(self, code: str) -> Redeemed | Refused:
        return vouchers.redeem(self.session, code, by=self.by, now=self.now)

    def given(self, redeemed: Redeemed, *, asks: bool) -> Reply:
        """What the voucher gives; ``asks``: and then for what was bought with it."""
        goods = vouchers.products(self.session, redeemed)
        percent, language = redeemed.discount_percent, self.teller.language
        rows = [
            {
                "name": each.name or each.sku,
                "price": money.in_words(reduced(each.price_minor, percent), each.currency, language)
                if each.price_minor is not None
                else "",
            }
            for each in goods
        ]
        return self.teller.say(
            "redeemed",
            discount=percent,
            name=first_name(redeemed.name),
            number=redeemed.campaign_id,
            template=self.teller.word("templates", redeemed.template),
            rows=rows,
            asks=asks,
        )

    def refused(self, refused: Refused) -> Reply:
        """Why a code gives nothing, and since when."""
        # It counted to the last moment of the day before it ran out.
        shown = refused.at - (MOMENT if refused.trouble is Trouble.EXPIRED else timedelta()) if refused.at else None
        at = shown.astimezone(self.teller.shop.zone) if shown is not None else None
        pattern = "d MMMM y HH:mm" if refused.trouble is Trouble.USED else "d MMMM y"
        when = format_datetime(at, pattern, locale=self.teller.language) if at is not None else ""
        return self.teller.say("redeem_refused", trouble=refused.trouble.value, when=when)

    def _customer(self, words: Sequence[str]) -> tuple[int | None, str]:
        """Who it was sold to, and the words after them; the more words name somebody, the surer it is them."""
        if words[0].casefold().rstrip(":") in GUESTS:
            return None, " ".join(words[1:])
        for n in range(min(len(words) - 1, MOST_NAME_WORDS), 0, -1):
            said, rest = " ".join(words[:n]).rstrip(":,"), " ".join(words[n:])
            found = self._by_number(said) if NUMBERS.fullmatch(said) else None
            if found is None and OWN_NUMBER.fullmatch(said):
                found = self._by_own_number(said)
            people = [found] if found is not None else self._by_name(said)
            if len(people) == 1:
                return people[0].id, rest
            if people:
                known = "; ".join(f"#{each.id} {each.name}" for each in people)
                raise CannotSell("sold_whom", name=said, known=known, number=people[0].id, rest=rest)
        if phone(words[0], self.teller.shop.region) is not None:
            raise CannotSell("sold_unknown_number", rest=" ".join(words[1:]))
        raise CannotSell("sold_who", name=words[0], rest=" ".join(words[1:]))

    def _by_number(self, said: str) -> Customer | None:
        if sum(map(str.isdigit, said)) < 7:
            return None
        try:
            return customers.find(self.session, said, self.teller.shop.region)
        except UnknownCustomer:
            return None

    def _by_own_number(self, said: str) -> Customer | None:
        found = self.session.get(Customer, int(said.removeprefix("#")))
        return found if found is not None and found.erased_at is None else None

    def _by_name(self, said: str) -> Sequence[Customer]:
        if said.isdigit():
            return ()
        words = said.split()
        is_addressed = len(words) > 1 and words[0].casefold() in ADDRESSING
        return selling.customers_named(self.session, said) or (
            selling.customers_named(self.session, " ".join(words[1:])) if is_addressed else ()
        )

    def _item(self, line: sale_lines.Line, percent: int) -> tuple[Line, bool]:
        if not line.words:
            return self._sum(line), True
        found = selling.find_product(self.session, line.words)
        if not (isinstance(found, Found) and found.is_exact):
            for other in line.readings:
                again = selling.find_product(self.session, other.words)
                if isinstance(again, Found) and (again.is_exact or not isinstance(found, Found)):
                    found, line = again, other
                    break
        if isinstance(found, Several):
            raise CannotSell("sold_several", name=line.words, known=_named(found.products))
        if isinstance(found, Nothing):
            raise CannotSell("sold_nothing", name=line.words, known=_named(found.nearest))
        return self._priced(line, found.product, percent), found.is_exact and not line.is_guess

    def _sum(self, line: sale_lines.Line) -> Line:
        if line.amount_minor is None:
            raise CannotSell("sold_how")
        quantity = line.quantity or 1
        return Line(None, quantity, line.amount_minor * quantity if line.is_each else line.amount_minor)

    def _priced(self, line: sale_lines.Line, product: Product, percent: int) -> Line:
        quantity, price = line.quantity or 1, product.price_minor
        if quantity > MOST_PIECES:
            raise CannotSell("sold_how")
        amount = line.amount_minor
        if amount is None and price is None:
            raise CannotSell("sold_no_price", name=product.name or product.sku)
        if amount is None:
            amount = reduced(price or 0, percent) * quantity
        elif line.is_each:
            amount *= quantity
        saved = (price or 0) * quantity - amount
        return Line(product.id, quantity, amount, saved if saved > 0 else None)

    def _buyer(self, sale: Sale) -> Sale:
        """The same sale; a guest's, where its customer had themselves erased before it was written down."""
        customer = self.session.get(Customer, sale.customer_id) if sale.customer_id is not None else None
        is_here = customer is not None and customer.erased_at is None
        return sale if is_here else replace(sale, customer_id=None, message_id=None)

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

    def _lines(self, lines: Sequence[Line]) -> list[str]:
        return list(self._each(lines))

    def _each(self, lines: Sequence[Line]) -> Iterator[str]:
        for line in lines:
            product = self.session.get(Product, line.product_id) if line.product_id is not None else None
            name = (product.name or product.sku) if product is not None else self.teller.word("counter", "goods")
            currency = product.currency if product is not None else self.teller.shop.currency
            yield f"{line.quantity} × {name}: {money.in_words(line.amount_minor, currency, self.teller.language)}"


def _named(products: Sequence[Product]) -> Laid:
    return Laid(", ".join(each.name or each.sku for each in products))
