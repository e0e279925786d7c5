"""The counter: redeem a voucher, note a sale, take one back."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from sqlmodel import Session

from bot.app import App
from bot.commands.common import COMMAND_LINE, Demo, Explained, Json, agrees, print_json, shop_of, teller_of
from bot.talk.desk.till import Noted, Sale, Till
from campaigns.words import vouchers
from campaigns.words.vouchers import Redeemed, Refused
from campaigns.words.wording import first_name

app = typer.Typer()


@app.command()
def redeem(
    code: Annotated[str, typer.Argument(help="The voucher's code, with or without dashes.")],
    items: Annotated[
        list[str] | None, typer.Argument(help="What was bought with it: Kopi Gayo x2, or only 90rb.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Note the purchase also where it was guessed.")] = False,
    give_back: Annotated[
        bool, typer.Option("--give-back", help="Nothing was bought with it after all: the code is good again.")
    ] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Use a voucher: says what it gives and marks it used. Exits with 1 where it gives nothing."""
    if give_back:
        _give_back(code, as_json=as_json, demo=demo)
        return
    with shop_of(demo) as shop, shop.database.transaction() as session:
        till = _till(shop, session)
        found = till.redeem(code)
        noted = _bought(till, found, " ".join(items or ()), may_guess=yes)
        answer = till.refused(found) if isinstance(found, Refused) else till.given(found, asks=False)
    if as_json:
        print_json(_as_json(found, noted))
    else:
        print("\n\n".join([answer.text, *([noted.answer.text] if noted else [])]))
    if isinstance(found, Refused):
        raise typer.Exit(1)


def _give_back(code: str, *, as_json: bool, demo: bool) -> None:
    with shop_of(demo) as shop, shop.database.transaction() as session:
        answer = _till(shop, session).give_back_code(code)
        found = vouchers.look(session, code, shop.clock.now())
    is_good = isinstance(found, Redeemed)
    if as_json:
        print_json({"given_back": is_good})
    else:
        print(answer.text)
    if not is_good:
        raise typer.Exit(1)


def _bought(till: Till, found: Redeemed | Refused, said: str, *, may_guess: bool) -> Noted | None:
    """What was bought with it, noted; where that is not understood nothing is, and the code is as good as before."""
    if isinstance(found, Refused) or not said:
        return None
    lines, is_exact = till.items(said, found.discount_percent)
    if not is_exact and not may_guess:
        raise Explained("nothing was noted, and the code is still good: say full names, or --yes for the nearest")
    return till.log(Sale(found.customer_id, lines, is_exact, found.message_id))


@app.command()
def sold(
    customer: Annotated[str, typer.Argument(help="A phone number, a customer's number or name; “guest” for nobody.")],
    items: Annotated[list[str], typer.Argument(help="What was sold: Kopi Gayo x2 90rb, Teh Poci.")],
    yes: Annotated[bool, typer.Option("--yes", help="Note it also where it was guessed.")] = False,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Note a sale in the shop. Amounts are the price list's unless said; the stock is reduced."""
    with shop_of(demo) as shop:
        with shop.database.reading() as session:
            till = _till(shop, session)
            sale = till.understand(f"{customer} {' '.join(items)}")
            question = till.question(sale)
        if not sale.is_exact and not yes:
            print(question.text, file=sys.stderr)
            # Asked between two transactions: customers are heard however long somebody thinks here.
            if as_json or not agrees("YA/YES"):
                raise Explained("nothing was noted; say the full names, or --yes")
        with shop.database.transaction() as session:
            noted = _till(shop, session).log(sale)
    if as_json:
        print_json(noted.as_json())
    else:
        print(noted.answer.text)


@app.command()
def unsold(
    ref: Annotated[str, typer.Argument(help="The sale's number, as it was told: K123.")],
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Take a noted sale back: a return is noted, and the stock is as before."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        answer = _till(shop, session).take_back(ref)
    if as_json:
        print_json({"ref": ref, "taken_back": True})
    else:
        print(answer.text)


def _till(shop: App, session: Session) -> Till:
    return Till(session, teller_of(shop), COMMAND_LINE, shop.clock.now())


def _as_json(found: Redeemed | Refused, noted: Noted | None) -> dict[str, Any]:
    if isinstance(found, Refused):
        return {"redeemed": False, "trouble": found.trouble, "at": found.at.isoformat() if found.at else None}
    return {
        "redeemed": True,
        "discount_percent": found.discount_percent,
        "name": first_name(found.name),
        "customer": found.customer_id,
        "campaign": found.campaign_id,
        "products": list(found.product_ids),
        "sale": noted.as_json() if noted else None,
    }
