"""How often and for how much, as rules. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from bot.talk import amounts
from bot.talk.desk.groups.pieces import Amount, Meaning, Times, Trouble
from bot.talk.desk.lines.cover import choice
from bot.talk.desk.lines.times import NUMBERS, amount

if TYPE_CHECKING:
    from bot.talk.desk.groups.cutting import Around

N = rf"(?:[0-9]{{1,4}}|{choice(NUMBERS)})"
ONCE = {"sekali": 1, "once": 1, "twice": 2, "thrice": 3}
TIMES = r"(?:kali|x|times|time|orders|order|pesanan|pembelian|purchases)"
LEAST = (
    "at least|minimal|minimum|min|paling sedikit|sedikitnya|setidaknya|paling tidak|no less than|tidak kurang dari|>="
)
MOST = "at most|maksimal|maksimum|max|maks|paling banyak|up to|no more than|not more than|tidak lebih dari|<="
MORE = "more than|lebih dari|over|above|di atas|diatas|>"
LESS = "less than|fewer than|kurang dari|under|below|di bawah|dibawah|<"
EXACTLY = "exactly|persis|tepat|hanya|cuma|only|just"
WAYS = rf"(?:(?P<least>{LEAST})|(?P<most>{MOST})|(?P<more>{MORE})|(?P<less>{LESS})|(?P<exactly>{EXACTLY}))"
UP = r"(?P<up>atau lebih|ke atas|keatas|or more|and up|and more|dan lebih)"
BETWEEN = r"(?:-|–|sampai|hingga|s/d|to|and|dan)"
FROM = "(?:antara |between |dari |from )?"
SIGN = r"(?:rp\.?|idr|us\$|s\$|rm|myr|sgd|usd|eur|gbp|[$€£])\s*"
THOUSANDS = r"\s*(?:rbu|ribu|rb|k|jt|juta|mio)"
FIGURES = r"[0-9][0-9.,]*(?<![.,])"
NO_UNIT = r"(?!\s*(?:kali|x|times?|orders?|hari|days?|minggu|weeks?|bulan|months?|tahun|years?|pekan)(?!\w))"
MONEY = (
    rf"(?:{SIGN}{FIGURES}(?:{THOUSANDS})?|{FIGURES}{THOUSANDS}|[0-9]{{1,3}}(?:[.,][0-9]{{3}})+|[0-9]+{NO_UNIT})"
    r"(?:\s*rupiah)?(?!\w|[.,]?[0-9]|\s*%)"
)


def _rule(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern.replace(" ", r"\s+"))


def _number(said: str) -> int:
    return ONCE[said] if said in ONCE else amount(said)


def _times(found: re.Match[str], _around: Around) -> Meaning | None:
    n = _number(found["n"])
    if found["most"]:
        return Times(1, n) if n else Trouble("no_times")
    if found["more"]:
        return Times(n + 1)
    if found["less"]:
        return Times(1, n - 1) if n > 1 else Trouble("no_times")
    if not n:
        return Trouble("no_times")
    return Times(n, n) if found["exactly"] else Times(n)


def _times_between(found: re.Match[str], _around: Around) -> Meaning:
    low, high = sorted((amount(found["low"]), amount(found["high"])))
    return Times(low, high) if low else Trouble("no_times")


def _amount(found: re.Match[str], around: Around) -> Meaning | None:
    sum_ = amounts.read(found["money"].strip(), around.currency)
    if sum_ is None:
        return Trouble("no_amount")
    if found["exactly"]:
        return Trouble("amount_how")
    is_most = found["most"] or found["less"]
    is_least = found["least"] or found["more"] or found["up"]
    if not is_most and not is_least:
        return Trouble("amount_how") if amounts.is_money(found["money"].strip()) else None
    return Amount(most=sum_) if is_most else Amount(least=sum_)


def _amount_between(found: re.Match[str], around: Around) -> Meaning | None:
    if not amounts.is_money(found["high"].strip()):
        return None
    sums = [amounts.read(found[each].strip(), around.currency) for each in ("low", "high")]
    if sums[0] is None or sums[1] is None:
        return Trouble("no_amount")
    return Amount(min(sums[0], sums[1]), max(sums[0], sums[1]))


RULES = (
    (_rule(rf"(?:{WAYS} ?)?(?P<n>{'|'.join(ONCE)})(?!\w)"), _times),
    (_rule(rf"(?:{WAYS} ?)?(?P<n>{N})\s*{TIMES}(?: {UP})?(?!\w)"), _times),
    (
        _rule(rf"{FROM}(?P<low>{N})\s*(?:kali|x|times)?\s*{BETWEEN}\s*(?P<high>{N})\s*{TIMES}(?!\w)"),
        _times_between,
    ),
    (_rule(rf"(?:{WAYS} ?)?(?P<money>{MONEY})(?: {UP})?(?!\w)"), _amount),
    (
        _rule(rf"{FROM}(?P<low>{MONEY})\s*{BETWEEN}\s*(?P<high>{MONEY})(?!\w)"),
        _amount_between,
    ),
)
