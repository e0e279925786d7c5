"""What customers ask, and the shop's answers: as in chat, from the command line."""

from __future__ import annotations

from typing import Annotated

import typer
from sqlmodel import Session

from bot.commands.common import COMMAND_LINE, Demo, Json, print_json, shop_of, teller_of
from bot.talk.desk import passing
from bot.talk.desk import questions as desk
from bot.talk.replies import Teller
from bot.terminal import at_terminal
from ledger import questions as asked
from ledger.tables import Customer, Question

app = typer.Typer()


@app.command()
def questions(
    number: Annotated[int | None, typer.Argument(help="One of them, with all that was said.")] = None,
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """What customers asked and nobody has answered, the oldest first; or one question in full."""
    with shop_of(demo) as shop, shop.database.reading() as session:
        teller = teller_of(shop)
        if number is not None:
            one = desk.found(session, number)
            told = _told(session, teller, one, session.get_one(Customer, one.customer_id))
            words = at_terminal(desk.shown(session, teller, one, shop.clock.now()))
            print_json(told) if as_json else print(words)
            return
        found = [_told(session, teller, *each) for each in asked.waiting(session)]
        ages = [passing.age(each.asked_at, shop.clock.now(), teller) for each, _ in asked.waiting(session)]
    if as_json:
        print_json(found)
        return
    if not found:
        print("No question waits for an answer.")
    for each, age in zip(found, ages, strict=True):
        print(f"{each['number']}. {each['name']}, {age}")
        for line in each["lines"]:  # type: ignore[attr-defined]
            print(f"   {'shop: ' if line['is_answer'] else ''}{line['text']}")


@app.command()
def answer(
    number: Annotated[int, typer.Argument(help="The question's number, as `langganan questions` shows it.")],
    text: Annotated[str, typer.Argument(help="What the customer is to read.")],
    as_json: Json = False,
    demo: Demo = False,
) -> None:
    """Answer a customer's question; it goes to the chat they asked in as soon as `langganan serve` runs."""
    with shop_of(demo) as shop, shop.database.transaction() as session:
        question = asked.answerable(session, number, text, shop.channels.keys())
        if isinstance(question, asked.Hindrance):
            raise desk.hindered(session, question, number, teller_of(shop))
        is_second = question.answered_at is not None
        asked.answer(session, question, text.strip(), by=COMMAND_LINE, now=shop.clock.now())
        is_kept = asked.answer_until(session, question) <= shop.clock.now()
    if as_json:
        print_json({"number": number, "is_second": is_second, "is_kept": is_kept})
        return
    then = "it is sent when they write again" if is_kept else "`langganan serve` sends it"
    print(f"Question {number} is answered{' once more' if is_second else ''}; {then}.")


def _told(session: Session, teller: Teller, question: Question, customer: Customer) -> dict[str, object]:
    return {
        "number": question.id,
        "name": passing.called(customer, teller),
        "asked_at": question.asked_at.isoformat(),
        "lines": [
            {"at": line.at.isoformat(), "text": passing.heard(line, teller), "is_answer": line.is_answer}
            for line in asked.lines(session, question)
        ],
    }
