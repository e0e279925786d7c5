"""Sums of money as people say and type them: "90rb", "Rp90.000", "1,5jt", "sembilan puluh ribu". Pure."""

from __future__ import annotations

import re
from decimal import Decimal

from ledger.money import minor_digits, to_minor

TIMES = {
    "rb": 1_000, "rbu": 1_000, "ribu": 1_000, "k": 1_000, "jt": 1_000_000, "juta": 1_000_000, "mio": 1_000_000,
}  # fmt: skip
SIGNS = re.compile(r"^(?:rp\.?|idr|rupiah|us\$|s\$|rm|myr|sgd|usd|eur|gbp|[$€£])\s*|\s*(?:rupiah|perak|,-|\.-)$")
PART = re.compile(r"\s*(\d+(?:[.,]\d+)*)\s*(rbu|ribu|rb|k|jt|juta|mio)?(?![a-z])")
GROUPED = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")
UNITS = {
    "satu": 1, "dua": 2, "tiga": 3, "empat": 4, "lima": 5, "enam": 6, "tujuh": 7, "delapan": 8, "sembilan": 9,
}  # fmt: skip
ONES = {"sepuluh": "satu puluh", "sebelas": "satu belas", "seratus": "satu ratus", "seribu": "satu ribu",
        "sejuta": "satu juta"}  # fmt: skip
LARGEST = 10**12


def read(text: str, currency: str) -> int | None:
    """The sum in minor units of ``currency``, or None where it is none. A bare number is a sum too: "90" is 90.

    Marks before exactly three digits separate thousands ("90.000", "1,500,000"), others decimals ("1,5jt", "12.50");
    in a currency that has no decimals, only zeros may stand there ("Rp90.000,00").
    """
    total = amount(text)
    if total is None:
        return None
    is_whole = total == total.quantize(Decimal(1).scaleb(-minor_digits(currency)))
    return to_minor(total, currency) if is_whole else None


def amount(text: str) -> Decimal | None:
    """The sum as it is said, in whatever currency; None where it is none."""
    said = " ".join(text.casefold().split())
    said = SIGNS.sub("", SIGNS.sub("", said)).strip()
    total = _in_figures(said)
    if total is None:
        total = _in_words(said)
    return total if total is not None and 0 < total < LARGEST else None


LEAST_IN_WORDS = 100
"""A smaller number in words is how many, not how much."""


def is_money(text: str) -> bool:
    """Whether a number is surely meant as money: with Rp, its thousands, in words, or of four digits or more."""
    said = " ".join(text.casefold().split())
    return bool(
        SIGNS.search(said)
        or re.search(r"\d\s*(?:rbu|ribu|rb|k|jt|juta|mio)\b", said)
        or re.search(r"\d[.,]\d{3}|\d{4,}|\d[.,]\d{2}$", said)
        or (_in_words(said) or 0) >= LEAST_IN_WORDS
    )


def _in_figures(said: str) -> Decimal | None:
    """ "1jt500rb" is a sum of its parts, each smaller than the one before."""
    total, at, last = Decimal(0), 0, LARGEST
    while at < len(said):
        part = PART.match(said, at)
        if part is None:
            return None
        times = TIMES.get(part[2] or "", 1)
        number = _number(part[1])
        # "1jt500" is half a million more to one and five hundred more to another.
        if number is None or times >= last or (times == 1 and (at or part.end() < len(said))):
            return None
        total, at, last = total + number * times, part.end(), times
    return total if said else None


def _number(figures: str) -> Decimal | None:
    if GROUPED.fullmatch(figures):
        return Decimal(re.sub("[.,]", "", figures))
    marks = re.findall("[.,]", figures)
    if not marks:
        return Decimal(figures)
    whole, fraction = re.split(rf"[{marks[-1]}](?=\d+$)", figures, maxsplit=1)
    if len(marks) > 1 and not (GROUPED.fullmatch(whole) and marks[-1] not in whole):
        return None
    return Decimal(f"{re.sub('[.,]', '', whole)}.{fraction}")


def _in_words(said: str) -> Decimal | None:
    """ "dua ratus lima puluh ribu": units, belas, puluh and ratus make a group; ribu and juta end one."""
    words = " ".join(ONES.get(word, word) for word in said.split()).split()
    total = group = unit = 0
    has_any = False
    for word in words:
        if word in UNITS and not unit:
            unit, has_any = UNITS[word], True
        elif word == "belas" and unit:
            group, unit = group + 10 + unit, 0
        elif word in ("puluh", "ratus") and unit:
            group, unit = group + unit * (10 if word == "puluh" else 100), 0
        elif word in ("ribu", "juta") and group + unit:
            total, group, unit = total + (group + unit) * TIMES[word], 0, 0
        else:
            return None
    return Decimal(total + group + unit) if has_any else None
