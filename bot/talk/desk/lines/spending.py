"""The words of a campaign's budget. Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from bot.talk import amounts
from bot.talk.desk.lines.cover import rule
from bot.talk.desk.lines.offers import WITHOUT
from bot.talk.desk.lines.pieces import Budget, Piece, Trouble

FAULT = "budget"
CALLED = (
    r"(?:anggaran(?:nya)?|budget(?:nya)?|bujet(?:nya)?|biaya (?:maksimal|maksimum|maks)|(?:maksimal|maks) biaya"
    r"|(?:max|maximum) (?:cost|spend)|spend (?:at most|up to|no more than))"
)
UP_TO = r"(?:(?:maksimal|maks|max|paling banyak|sampai|sebesar|jadi|menjadi|of|to|at most|up to|is)\.? ){0,2}"
TIMES = r"(?:rbu|ribu|rb|k|juta|jt|mio)"
SUM = (
    rf"(?:(?:rp|idr|us\$|s\$|[$€£])\.?\s*)?[0-9][0-9.,]*(?<![.,])(?:\s*{TIMES}(?:\s*[0-9]+\s*{TIMES})?)?(?: rupiah)?"
)


def _budget(found: re.Match[str]) -> Piece:
    amount = amounts.amount(found["sum"])
    return Budget(_plain(amount)) if amount is not None else Trouble(FAULT)


def _plain(amount: Decimal) -> Decimal:
    """1,5 million is 1500000, and no 15E+5."""
    whole = amount.to_integral_value()
    return whole if whole == amount else amount.normalize()


RULES = (
    rule(rf"(?:(?:dengan|with)(?: a)? )?{CALLED}\s*:?\s*{UP_TO}(?P<sum>{SUM})(?!\s*%)", _budget),
    rule(rf"{WITHOUT} (?:batas )?(?:anggaran|budget|bujet)(?: limit)?", lambda _: Budget(None)),
)
