"""The words of discounts, variants, shares and the holdout, and those that hold a sentence together. Pure."""

from __future__ import annotations

import re

from bot.talk.desk.lines.cover import phrases, rule
from bot.talk.desk.lines.pieces import Hold, Off, Piece, Products, Shares, Trouble, Word

PERCENT_SIGN = r"(?:%|persen|percent|pct|per cent)"
FIGURE = r"(?<![0-9.,])[0-9]{1,3}(?![0-9]|[.,][0-9])"
SHARE = r"[0-9]{1,3}(?:\.[0-9]{1,30})?"
DISCOUNT = "(?:discounts|discount|diskon|disc|potongan harga|potongan|potong|korting)"
HELD = (
    r"(?:hold\s*out|hold back|hold|keep back|control group|control|tahan|ditahan|sisihkan|disisihkan|sisakan"
    "|kelompok pembanding|pembanding)"
)
CONTROL = r"(?:kelompok pembanding|pembanding|control group|control|hold\s*out(?: group)?)"
AS_CONTROL = rf"(?:sebagai|untuk|buat|jadi|as|for) (?:an? |the )?{CONTROL}"
WITHOUT = (
    r"(?:tanpa|gausah|gakusah|tidak(?: (?:usah|perlu|ada|pakai|kasih|dengan|diberi)){1,3}|(?:with )?no|"
    r"without(?: an?| any)?|w/o(?: an?)?"
    r"|(?:don't|do not) (?:give|offer|use|need)(?: an?| any)?)"
)
WHOLE_PERCENT, RANGE = "whole_percent", "range"
"""Faults of a discount: not in whole percents, and between two figures."""
OR = r"(?:/|or|atau|vs\.?|versus|lawan|against)"


def _off(found: re.Match[str]) -> Piece:
    return Off((int(found["percent"]),))


def _choice(found: re.Match[str]) -> Piece:
    """10/15%, 10 or 15 %: the sign stands once for all."""
    return Off(tuple(map(int, re.findall(r"[0-9]+", found["percents"]))))


def _shares(found: re.Match[str]) -> Piece:
    """Kept as they add up, to the last digit."""
    return Shares(tuple(_share(each) for each in re.findall(SHARE, found["parts"])))


def _bare_shares(found: re.Match[str]) -> Piece | None:
    """60:40 alone is shares because no clock shows it; they must be right, or it is neither."""
    shares = _shares(found)
    return shares if isinstance(shares, Shares) and abs(sum(shares.parts) - 1) < 0.005 else None


def _share(percent: str) -> float:
    whole, _, rest = percent.partition(".")
    return float(f"{whole}{rest}e-{2 + len(rest)}")


def _range(found: re.Match[str]) -> Piece | None:
    """From ten to fifteen percent. Ten *and* fifteen are two to compare, unless they are said to be ends."""
    return (
        Trouble(RANGE)
        if not re.search(r"\b(?:dan|and)\b", found[0]) or re.search("antara|between", found[0])
        else None
    )


def _products(found: re.Match[str]) -> Piece:
    return Products(tuple(dict.fromkeys(map(int, re.findall(r"[0-9]+", found["ids"])))))


RULES = (
    rule(rf"(?:{DISCOUNT}\s*:?\s*)?(?P<percent>{FIGURE})\s*{PERCENT_SIGN}(?:\s*(?:off|{DISCOUNT}))?", _off),
    rule(rf"{DISCOUNT}\s*:?\s*(?:sebesar |of |jadi |menjadi )?(?P<percent>{FIGURE})(?:\s*{PERCENT_SIGN})?", _off),
    rule(
        rf"(?:{DISCOUNT}\s*:?\s*)?(?P<percents>{FIGURE}\s*%?(?:\s*{OR}\s*{FIGURE}\s*%?){{1,8}})\s*(?:{PERCENT_SIGN}|(?<=%))"
        rf"(?:\s*(?:off|{DISCOUNT}))?",
        _choice,
        # "Paket 1 / 10%" is bundle 1.
        weight=1,
    ),
    rule(rf"{WITHOUT} (?:{DISCOUNT}|off)(?!\s*:?\s*[0-9])", lambda _: Off((0,))),
    rule(rf"{WITHOUT} {CONTROL}(?!\s*:?\s*[0-9])", lambda _: Hold(0)),
    rule(rf"(?:{DISCOUNT} )?(?:setengah|separuh|half) (?:harga|price|off)", lambda _: Off((50,))),
    rule(
        rf"{HELD}\s*:?\s*(?:of |sebesar )?(?P<percent>{FIGURE})(?:\s*{PERCENT_SIGN})?(?: {AS_CONTROL})?(?! off)",
        lambda found: Hold(int(found["percent"])),
    ),
    rule(
        rf"(?:keep|hold|leave|set) (?P<percent>{FIGURE})\s*{PERCENT_SIGN} (?:back|aside|out)(?: {AS_CONTROL})?",
        lambda found: Hold(int(found["percent"])),
    ),
    # "10% hold 20%" could be cut either way; the word before its figure is the commoner.
    rule(
        rf"(?P<percent>{FIGURE})\s*{PERCENT_SIGN}\s*(?:{AS_CONTROL}|{HELD})",
        lambda found: Hold(int(found["percent"])),
        weight=1,
    ),
    rule(
        rf"(?:dibagi|bagi|pembagian|porsi|split|shares?|sharing)\s*:?\s*"
        rf"(?P<parts>{SHARE}\s*%?(?:\s*[:/-]\s*{SHARE}\s*%?){{1,8}})",
        _shares,
    ),
    rule(rf"(?P<parts>{SHARE}%?(?:[:/]{SHARE}%?){{1,8}})", _bare_shares),
    rule(
        r"(?:produk|products?)\s*(?:nomor |no\.?\s*|number |#)?"
        r"(?P<ids>[0-9]{1,18}(?:(?:\s*[+&]\s*|,| dan | and )#?[0-9]{1,18}){0,49})",
        _products,
    ),
    rule(
        rf"(?:{DISCOUNT}\s*)?(?:rp|idr)\.?\s*[0-9][0-9.,]*\s*(?:rb|ribu|k|jt|juta)?(?: off)?"
        rf"|(?:{DISCOUNT} )?(?:sebesar )?[0-9][0-9.,]*\s*(?:rb|ribu|rupiah|jt|juta|k)(?: rupiah)?(?: off)?"
        rf"|[0-9]{{1,3}}(?:[.,][0-9]{{3}})+ (?:off|rupiah)"
        rf"|{DISCOUNT} [0-9]{{1,3}}(?:[.,][0-9]{{3}})+|[0-9]{{1,2}}[.,][0-9]{{1,2}}\s*{PERCENT_SIGN}(?: off)?"
        rf"|{DISCOUNT}?\s*[0-9]{{4,}}\s*{PERCENT_SIGN}",
        lambda _: Trouble(WHOLE_PERCENT),
    ),
    rule(
        rf"(?:{DISCOUNT}\s*)?(?:antara |between |dari |from )?{FIGURE}\s*{PERCENT_SIGN}?\s*"
        rf"(?:[-–—]|sampai|hingga|s/d|sd|to|until|dan|and)\s*{FIGURE}\s*{PERCENT_SIGN}"
        rf"(?: (?:off|{DISCOUNT}))?",
        _range,
        # "Paket 1 - 10%" is bundle 1.
        weight=1,
    ),
    rule(
        rf"(?:{DISCOUNT}\s*)?(?:up to|at least|at most|sampai|hingga|s/d|maksimal|maksimum|max|maks|"
        r"minimal|minimum|min)\.?\s*"
        rf"(?:{DISCOUNT}\s*)?{FIGURE}\s*{PERCENT_SIGN}(?: (?:off|{DISCOUNT}))?",
        lambda _: Trouble(RANGE),
    ),
    phrases(
        {
            Off((0,)): "tidak diskon, harga normal, harga biasa, full price, regular price",
            Hold(0): "tanpa tahan, tidak usah tahan, no hold, hold none, hold nobody",
            Word.BANDIT: """
                bandit, cari yang terbaik, cari yg terbaik, cari terbaik, cari yang paling laku, pilih yang terbaik,
                pilih pemenang, pilih pemenangnya, pick the winner, pick a winner, pick winner, find the best, find
                the winner, let the best win, let the best one win, best one wins
            """,
            Word.EVENLY: """
                bagi rata, dibagi rata, sama rata, sama banyak, equal shares, in equal shares, split evenly, evenly,
                split equally, equally
            """,
            Word.COMPARE: """
                a/b, ab, a/b test, ab test, a/b testing, split test, uji a/b, uji ab, tes a/b, tes ab, uji, tes, test,
                compare, bandingkan
            """,
            Word.OR: "or, atau, vs, versus, lawan, against, dan, and, sama",
        }
    ),
)
