"""How shops write in a hurry, written out: abbreviations, spoken verb forms, -nya, and numbers in words. Pure.

Only what can mean one thing is here. A word of refusing becomes another word of refusing, and never nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

MEANT = {
    "untuk": "utk tuk bwt",
    "yang": "yg",
    "dengan": "dgn dg dngn",
    "tidak": "tdk gak ga nggak ngga enggak engga gk kagak ndak",
    "pakai": "pake pk pki memakai",
    "sebagai": "sbg sbgai",
    "diskon": "dskn dsc diskonan",
    "pelanggan": "plgn plg pelanggan2",
    "semua": "smua smw",
    "persen": "prsn",
    "atau": "ato atw",
    "dan": "dn",
    "kalau": "kalo klo klau jika bila",
    "sudah": "sdh udah udh telah",
    "belum": "blm blum",
    "tapi": "tp tetapi namun",
    "tolong": "tlg tlong",
    "saja": "aja aj",
    "juga": "jg jga",
    "lagi": "lg lgi",
    "barang": "brg brng",
    "lihat": "liat ngeliat melihat lihat-lihat liat-liat",
    "besok": "bsk bsok besuk",
    "sekarang": "skrg skg skrng",
    "nanti": "nnti ntar entar ntr",
    "hari": "hr",
    "bulan": "bln",
    "pagi": "pgi",
    "malam": "mlm malem",
    "sabtu": "sbtu sbt",
    "jumat": "jmt jumaat jum'at",
    "setiap": "stiap stp",
    "kirim": "krm kirimin kirimi kirimkan ngirim mengirim dikirim",
    "jadwalkan": "jadwalin dijadwalkan jadwal",
    "buatkan": "buatin bikin bikinin buatlah siapkan siapin",
    "ucapkan": "ngucapin ucapin mengucapkan",
    "bandingkan": "bandingin membandingkan",
    "kasih": "kasi ksh dikasih",
    "habiskan": "dihabiskan dihabisin habisin abisin ngabisin menghabiskan abiskan",
    "sisihkan": "sisihin sisain sisakan disisihkan",
    "tinggalkan": "ninggalin tinggalin meninggalkan ninggalkan",
    "ditinggal": "ditinggalin ditinggalkan",
    "tomorrow": "tmr tmrw",
    "please": "pls plz",
    "customers": "custs",
    "customer": "cust",
    "didn't": "didnt",
    "don't": "dont",
    "doesn't": "doesnt",
    "haven't": "havent",
    "hasn't": "hasnt",
    "cart": "basket",
}
NOUNS = [
    "diskon",
    "potongan",
    "jam",
    "hari",
    "tanggal",
    "pembanding",
    "paket",
    "pelanggan",
    "kampanye",
    "promo",
    "segmen",
    "kelompok",
    "keranjang",
    "stok",
    "barang",
    "tujuan",
    "harga",
]
UNITS = ["satu", "dua", "tiga", "empat", "lima", "enam", "tujuh", "delapan", "sembilan"]
ONES = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine"]
TEENS = ["eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]
TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def _numbers() -> dict[str, int]:
    """One to ninety-nine, in both languages."""
    counted = {"sepuluh": 10, "sebelas": 11, "ten": 10}
    counted |= {word: number for number, word in enumerate(UNITS, 1)}
    counted |= {f"{word} belas": 10 + number for number, word in enumerate(UNITS[1:], 2)}
    counted |= {word: 10 * number for number, word in enumerate(_tens(), 2)}
    counted |= {f"{tens} {one}": 10 * a + b for a, tens in enumerate(_tens(), 2) for b, one in enumerate(UNITS, 1)}
    counted |= {word: number for number, word in enumerate(ONES, 1)}
    counted |= {word: number for number, word in enumerate(TEENS, 11)}
    counted |= {word: 10 * number for number, word in enumerate(TENS, 2)}
    counted |= {f"{tens} {one}": 10 * a + b for a, tens in enumerate(TENS, 2) for b, one in enumerate(ONES, 1)}
    return counted


def _tens() -> list[str]:
    return [f"{word} puluh" for word in UNITS[1:]]


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(each).replace(r"\ ", r"[\s-]+") for each in sorted(words, key=len, reverse=True))


NUMBERS = _numbers()
FULL = {short: word for word, listed in MEANT.items() for short in listed.split()}
FULL |= {f"{noun}nya": noun for noun in NOUNS}
ANOTHER = rf"(?:\s*(?:,|/|-|or|atau|ato|dan|and|vs|to|sampai)\s*(?:{_any(NUMBERS)}|[0-9]+))"
"""Ten or fifteen percent: the sign stands once for both."""
SHORT = re.compile(
    rf"(?<![\w'])(?:(?P<short>{_any(FULL)})(?![\w']|-\w)"
    rf"|(?P<number>{_any(NUMBERS)})(?={ANOTHER}{{0,4}}[\s-]*(?:%|(?:persen|percent|per cent|pct)(?!\w))))"
)


def written_out(line: str) -> tuple[str, list[int]]:
    """The line in full words, and for each place in it the place it was written at. ``line`` is in lower case."""
    parts: list[str] = []
    places: list[int] = []
    end = 0
    for found in SHORT.finditer(line):
        full = FULL[found[0]] if found["short"] else str(NUMBERS[" ".join(re.split(r"[\s-]+", found[0]))])
        parts += [line[end : found.start()], full]
        places += [*range(end, found.start()), *[found.start()] * len(full)]
        end = found.end()
    return "".join([*parts, line[end:]]), [*places, *range(end, len(line) + 1)]
