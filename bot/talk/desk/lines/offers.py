"""The words of discounts, variants, shares and the holdout, and those that hold a sentence together. Pure."""

from __future__ import annotations

import re

from bot.talk.desk.lines.cover import phrases, rule
from bot.talk.desk.lines.pieces import Hold, Off, Piece, Products, Shares, Trouble, Word

PERCENT_SIGN = r"(?:%|persen|percent|pct|per cent)"
FIGURE = r"(?<![0-9.,])[0-9]{1,3}(?![0-9]|[.,][0-9])"
SHARE = r"[0-9]{1,3}(?:\.[0-9]{1,30})?"
DISCOUNT = "(?:diskon|discount|disc|diskon|potongan harga|potongan|potong|korting)"
HELD = (
    r"(?:hold\s*out|hold back|hold|keep back|control group|control|tahan|ditahan|sisihkan|disisihkan|sisakan"
    "|kelompok pembanding|pembanding)"
)
OR = r"(?:/|or|atau|vs\.?|versus|lawan)"


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


def _products(found: re.Match[str]) -> Piece:
    return Products(tuple(dict.fromkeys(map(int, re.findall(r"[0-9]+", found["ids"])))))


RULES = (
    rule(rf"(?:{DISCOUNT}\s*:?\s*)?(?P<percent>{FIGURE})\s*{PERCENT_SIGN}(?:\s*(?:off|{DISCOUNT}))?", _off),
    rule(rf"{DISCOUNT}\s*:?\s*(?:sebesar |of )?(?P<percent>{FIGURE})(?:\s*{PERCENT_SIGN})?", _off),
    rule(
        rf"(?:{DISCOUNT}\s*:?\s*)?(?P<percents>{FIGURE}\s*%?(?:\s*{OR}\s*{FIGURE}\s*%?){{1,8}})\s*(?:{PERCENT_SIGN}|(?<=%))"
        rf"(?:\s*(?:off|{DISCOUNT}))?",
        _choice,
        # "Paket 1 / 10%" is bundle 1.
        weight=1,
    ),
    rule(
        rf"{HELD}\s*:?\s*(?:of |sebesar )?(?P<percent>{FIGURE})(?:\s*{PERCENT_SIGN})?(?! off)",
        lambda found: Hold(int(found["percent"])),
    ),
    # "10% hold 20%" could be cut either way; the word before its figure is the commoner.
    rule(rf"(?P<percent>{FIGURE})\s*{PERCENT_SIGN}\s*{HELD}", lambda found: Hold(int(found["percent"])), weight=1),
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
        rf"{DISCOUNT}?\s*rp\.?\s*[0-9][0-9.,]*\s*(?:rb|ribu|k|jt|juta)?|(?:{DISCOUNT} )?[0-9][0-9.,]*\s*(?:rb|ribu)"
        rf"|{DISCOUNT} [0-9]{{1,3}}(?:[.,][0-9]{{3}})+|[0-9]{{1,2}}[.,][0-9]{{1,2}}\s*{PERCENT_SIGN}(?: off)?"
        rf"|{DISCOUNT}?\s*[0-9]{{4,}}\s*{PERCENT_SIGN}",
        lambda _: Trouble("whole_percent"),
    ),
    phrases(
        {
            Off((0,)): """
                tanpa diskon, tanpa potongan, tidak usah diskon, gak usah diskon, ga usah diskon, tidak ada diskon,
                tidak pakai diskon, gak pakai diskon, ga pakai diskon, harga normal, harga biasa, no discount, without
                discount, without a discount, full price
            """,
            Hold(0): """
                tanpa pembanding, tidak ada pembanding, tanpa kelompok pembanding, tanpa tahan, no holdout, without
                holdout, without a holdout, no control group, no hold, hold none, hold nobody
            """,
            Word.BANDIT: """
                bandit, cari yang terbaik, cari yg terbaik, cari terbaik, cari yang paling laku, pilih yang terbaik,
                pilih pemenang, pilih pemenangnya, pick the winner, pick a winner, pick winner, find the best, find
                the winner, let the best win, best one wins
            """,
            Word.EVENLY: """
                bagi rata, dibagi rata, sama rata, sama banyak, equal shares, in equal shares, split evenly, evenly,
                split equally, equally
            """,
            Word.COMPARE: "a/b, ab, a/b test, ab test, a/b testing, split test, uji a/b, uji ab, tes a/b, tes ab",
            Word.OR: "or, atau, vs, versus, lawan, dan, and, sama",
        }
    ),
)
FILLERS = phrases(
    {
        # No word of refusing or leaving out is among these: "all but the regulars" must not become all.
        Word.NOTHING: """
            to, for, the, a, an, at, on, with, of, please, pls, send, launch, start, starting, campaign, offer,
            offers, customers, customer, segment, audience, their, them, everyone's, only, just, also, it, my, our,
            when, after, those who, who, for those who, they, who have, have, has, give, do, make, ke, untuk, kepada,
            buat, pada, di, dengan, pakai, yang, ya, yaa, kak, dong, tolong, mohon, kirim, kirimkan, luncurkan,
            kampanye, penawaran, promo, pelanggan, kelompok, segmen, mereka, masing-masing, saja, aja, juga, sebesar,
            mulai, saat, ketika, kalau, setelah, sesudah, begitu, bagi yang, bagi, buatkan, coba, yg, utk, dgn, pake,
            kasih, beri, berikan, tawarkan, ingatkan, remind, those, minta
        """,
    }
)
