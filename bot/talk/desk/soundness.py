"""/check_data: what looks odd in the shop's data; and the same after an import, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from babel.dates import format_date
from babel.lists import format_list
from sqlmodel import Session

from bot.talk.desk.command import Command
from bot.talk.replies import Teller, product_names
from bot.talk.turn import Turn
from campaigns import insights
from campaigns.words.composing import Laid, Reply
from ledger import money
from ledger.soundness.findings import Check
from ledger.tables import Role

LACKING = (Check.NO_NAME, Check.NO_PRICE, Check.NO_CATEGORY, Check.NO_COST, Check.NO_STOCK, Check.NO_CITY)
"""Facts not filled in: told in one sentence."""
SHELF = "soundness"
LONGEST_NAME = 40
ALL = "purchases"
"""Among the counts of what a run left out: of how many."""


def answer(turn: Turn, teller: Teller, _argument: str) -> list[Reply]:
    """What the last run found odd, and what it left out."""
    run = insights.current_run(turn.session)
    if run is None:
        return [overview(turn.session, teller, None, [], {})]
    found, counts = run.quality.get(insights.SOUNDNESS, []), run.quality.get("ignored", {})
    return [overview(turn.session, teller, run.ready_at, found, counts)]


def overview(
    session: Session,
    teller: Teller,
    as_of: datetime | None,
    found: Sequence[Mapping[str, Any]],
    counts: Mapping[str, int],
) -> Reply:
    """The findings (Finding.as_json) as of that moment; None where nothing was looked at yet.

    ``counts`` are what the run left out, and of how many purchases.
    """
    lacking = [each for each in found if each["check"] in LACKING]
    odd = [each for each in found if each["check"] not in LACKING]
    return teller.say(
        "check_data",
        is_mined=as_of is not None,
        as_of=teller.moment(as_of) if as_of is not None else "",
        purchases=teller.number(counts.get(ALL, 0)),
        rows=[Laid(each) for each in sentences(session, teller, odd)],
        lacking=Laid(_listed(teller, sentences(session, teller, lacking))),
        ignored=Laid(ignored(teller, counts)),
    )


def ignored(teller: Teller, counts: Mapping[str, int]) -> str:
    """What a run left out, in a few words; "" where it left out nothing."""
    return _listed(
        teller, [teller.word("ignored", why, n=teller.number(n)) for why, n in counts.items() if why != ALL]
    )


def sentences(session: Session | None, teller: Teller, found: Sequence[Mapping[str, Any]]) -> list[str]:
    """One for each finding. Products are numbers in a ledger's findings, and codes in a file's (no session)."""
    named = product_names(session, set(_products(found))) if session is not None else {}
    return [_sentence(teller, each, named) for each in found]


def _products(found: Sequence[Mapping[str, Any]]) -> Iterator[int]:
    for each in found:
        for example in each["values"].get("examples", ()):
            if isinstance(example, Mapping):
                yield example["product"]


def _sentence(teller: Teller, told: Mapping[str, Any], named: Mapping[int, str]) -> str:
    values = {name: _value(teller, name, each, named) for name, each in told["values"].items()}
    counts = {"n": teller.number(told["n"]), "of": teller.number(told["of"])}
    laid = {name: Laid(each) for name, each in {"examples": "", **values, **counts}.items()}
    return teller.word(SHELF, told["check"], **laid)


def _value(teller: Teller, name: str, value: Any, named: Mapping[int, str]) -> str:
    match name:
        case "first" | "last":
            return format_date(date.fromisoformat(value), "d MMMM y", locale=teller.language) if value else ""
        case "others":
            return ", ".join(f"{_plain(each)} {teller.number(n)}" for each, n in value.items())
        case "examples":
            return "; ".join(_example(teller, each, named) for each in value)
        case _:
            return teller.number(value) if isinstance(value, int | float) else _plain(str(value))


def _example(teller: Teller, example: Any, named: Mapping[int, str]) -> str:
    if not isinstance(example, Mapping):
        return _plain(str(example))
    product = Laid(_plain(str(named.get(example["product"], example["product"]))))
    if "quantity" in example:
        usual = teller.number(example["usual"])
        return teller.word(
            SHELF, "counted", product=product, quantity=teller.number(example["quantity"]), usual=usual
        )
    price, usual = (
        money.in_words(example[each], example["currency"], teller.language) for each in ("price_minor", "usual_minor")
    )
    return teller.word(SHELF, "priced", product=product, price=Laid(price), usual=Laid(usual))


def _listed(teller: Teller, words: Sequence[str]) -> str:
    return format_list(list(words), locale=teller.language) if words else ""


def _plain(name: str) -> str:
    """On one line and not endless: files call their goods what they like."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:LONGEST_NAME]


COMMANDS = {"check_data": Command(Role.STAFF, answer, also=("periksa_data",))}
