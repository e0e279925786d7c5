"""What is sold, as it is said at the counter: which product is meant, how many, and for how much."""

from __future__ import annotations

from collections.abc import Sequence

from sqlmodel import Session

from bot.talk.desk import sale_lines
from bot.talk.desk.sale_lines import CannotSell
from campaigns.words.composing import Laid
from campaigns.words.wording import reduced
from ledger import selling
from ledger.selling import Found, Line, Nothing, Several
from ledger.tables import Product

MOST_PIECES = 9_999
Goods = Found | Several | Nothing


class WhichProduct(CannotSell):
    """``words`` of what was said may mean any of ``products``."""

    def __init__(self, words: str, products: Sequence[Product]) -> None:
        known = "; ".join(f"{each.name or each.sku} ({each.sku})" for each in products)
        super().__init__("sold_several", name=words, known=known)
        self.words, self.products = words, products

    def said_again(self, said: str, product: Product) -> str:
        """The same with the one that was meant, by its number, in the place of the words that could mean several."""
        before, _, after = " ".join(said.split()).partition(self.words)
        return f"{before}#{product.id}{after}"


def find(session: Session, line: sale_lines.Line, percent: int) -> tuple[Line, bool]:
    """The line at ``percent`` off the list's price, and whether nothing of it was guessed. Raises CannotSell."""
    if not line.words:
        return _sum(line), True
    found = selling.find_product(session, line.words)
    if not (isinstance(found, Found) and found.is_exact):
        found, line = _otherwise(session, found, line)
    if isinstance(found, Several):
        raise WhichProduct(line.words, found.products)
    if isinstance(found, Nothing):
        raise CannotSell("sold_nothing", name=line.words, known=_named(found.nearest))
    return _priced(line, found.product, percent), found.is_exact and not line.is_guess


def _otherwise(session: Session, found: Goods, line: sale_lines.Line) -> tuple[Goods, sale_lines.Line]:
    """The number beside the name is how many, unless it stands in the name of the only one it can be."""
    for other in line.readings:
        again = selling.find_product(session, other.words)
        if isinstance(again, Found) and (again.is_exact or not _is_part(found, other.quantity)):
            return again, other
        if isinstance(again, Several) and isinstance(found, Nothing):
            return again, other
    return found, line


def _sum(line: sale_lines.Line) -> Line:
    if line.amount_minor is None:
        raise CannotSell("sold_how")
    quantity = line.quantity or 1
    return Line(None, quantity, line.amount_minor * quantity if line.is_each else line.amount_minor)


def _priced(line: sale_lines.Line, product: Product, percent: int) -> Line:
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


def _is_part(found: Goods, number: int | None) -> bool:
    """Whether this number stands in the name of the one product that may be meant."""
    return isinstance(found, Found) and selling.is_numbered(found.product.name.casefold(), number or 0)


def _named(products: Sequence[Product]) -> Laid:
    return Laid(", ".join(each.name or each.sku for each in products))
