"""Conditions in plain words, in either language: the words are understood as the same conditions again. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from campaigns.grouping.conditions import (
    EVER,
    All,
    Belongs,
    BornIn,
    Called,
    Condition,
    Did,
    Doing,
    Either,
    Goods,
    Joined,
    LivesIn,
    Not,
    Reached,
    Scored,
    Span,
    Speaks,
    Spent,
    Stretch,
)
from ledger import money

SAID: Mapping[str, Mapping[str, str]] = {
    "id": {
        "and": "dan", "or": "atau", "not": "tidak", "not_is": "bukan",
        Doing.BOUGHT: "beli", Doing.VIEWED: "lihat", Doing.CARTED: "masukkan keranjang", Doing.REVIEWED: "mengulas",
        Doing.CLICKED: "klik penawaran", Doing.OPENED: "buka penawaran", Doing.REPLIED: "balas penawaran",
        Doing.SEEN: "aktif", "spent": "belanja", "joined": "bergabung", "category": "kategori", "brand": "merek",
        "product": "produk", "words": "barang bernama", "least": "minimal {n} kali", "exactly": "tepat {n} kali",
        "most": "maksimal {n} kali", "between": "{n}-{m} kali", "amount_least": "minimal {n}",
        "amount_most": "maksimal {n}", "amount_between": "{n}-{m}", "days": "dalam {n} hari terakhir",
        "since": "sejak {a}", "until": "sampai {a}", "dates": "antara {a} dan {b}", "place": "di saluran",
        "city": "kota", "language": "bahasa", "segment": "kelompok", "channel": "punya chat di",
        "birthday": "ulang tahun {month}", "birthday_now": "ulang tahun bulan ini", "id": "Indonesia",
        "en": "Inggris", "scored": "nilai survei loyalitas {low}–{high}",
        "unscored": "belum menjawab survei loyalitas",
        Stretch.TODAY: "hari ini", Stretch.YESTERDAY: "kemarin", Stretch.THIS_WEEK: "minggu ini",
        Stretch.LAST_WEEK: "minggu lalu", Stretch.THIS_MONTH: "bulan ini", Stretch.LAST_MONTH: "bulan lalu",
        Stretch.THIS_YEAR: "tahun ini", Stretch.LAST_YEAR: "tahun lalu", Stretch.SINCE_YESTERDAY: "sejak kemarin",
        Stretch.SINCE_LAST_WEEK: "sejak minggu lalu", Stretch.SINCE_LAST_MONTH: "sejak bulan lalu",
        Stretch.SINCE_LAST_YEAR: "sejak tahun lalu",
    },
    "en": {
        "and": "and", "or": "or", "not": "not", "not_is": "not",
        Doing.BOUGHT: "bought", Doing.VIEWED: "viewed", Doing.CARTED: "put in the cart", Doing.REVIEWED: "reviewed",
        Doing.CLICKED: "clicked an offer", Doing.OPENED: "opened an offer", Doing.REPLIED: "replied to an offer",
        Doing.SEEN: "active", "spent": "spent", "joined": "joined", "category": "category", "brand": "brand",
        "product": "product", "words": "something called", "least": "at least {n} times",
        "exactly": "exactly {n} times", "most": "at most {n} times", "between": "{n}-{m} times",
        "amount_least": "at least {n}", "amount_most": "at most {n}", "amount_between": "{n}-{m}",
        "days": "in the last {n} days", "since": "since {a}", "until": "until {a}", "dates": "between {a} and {b}",
        "place": "on channel", "city": "city", "language": "language", "segment": "segment",
        "channel": "has a chat on", "birthday": "birthday in {month}", "birthday_now": "birthday this month",
        "id": "Indonesian", "en": "English", "scored": "loyalty survey score {low}–{high}",
        "unscored": "has not answered the loyalty survey",
        Stretch.TODAY: "today", Stretch.YESTERDAY: "yesterday", Stretch.THIS_WEEK: "this week",
        Stretch.LAST_WEEK: "last week", Stretch.THIS_MONTH: "this month", Stretch.LAST_MONTH: "last month",
        Stretch.THIS_YEAR: "this year", Stretch.LAST_YEAR: "last year", Stretch.SINCE_YESTERDAY: "since yesterday",
        Stretch.SINCE_LAST_WEEK: "since last week", Stretch.SINCE_LAST_MONTH: "since last month",
        Stretch.SINCE_LAST_YEAR: "since last year",
    },
}  # fmt: skip
DENIED = {
    Doing.BOUGHT: "did not buy", Doing.VIEWED: "did not view", Doing.CARTED: "did not put in the cart",
    Doing.REVIEWED: "did not review", Doing.CLICKED: "did not click an offer", Doing.OPENED: "did not open an offer",
    Doing.REPLIED: "did not reply to an offer",
}  # fmt: skip
"""English denies with another form of the verb."""
MONTHS = {
    "id": (
        "Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober",
        "November", "Desember",
    ),
    "en": (
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
        "November", "December",
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Titles:
    """How things are called: ``products`` by SKU, ``segments`` and ``places`` by key."""

    currency: str
    products: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)


def say(condition: Condition, language: str, names: Titles) -> str:
    """In words that mean nothing but this, and are read as this."""
    return _Saying(language if language in SAID else "en", names).whole(condition)


@dataclass(frozen=True)
class _Saying:
    language: str
    names: Titles

    def word(self, key: str, **values: object) -> str:
        return SAID[self.language][key].format(**values)

    def whole(self, condition: Condition) -> str:
        if isinstance(condition, All):
            return ", ".join(self.inner(each) for each in condition.parts)
        if isinstance(condition, Either):
            return f" {self.word('or')} ".join(self.inner(each) for each in condition.parts)
        return self.one(condition)

    def inner(self, condition: Condition) -> str:
        """In brackets where it holds several: nobody has to know what comes first."""
        if isinstance(condition, All):
            return "(" + f" {self.word('and')} ".join(map(self.inner, condition.parts)) + ")"
        if isinstance(condition, Either):
            return f"({self.whole(condition)})"
        return self.one(condition)

    def one(self, condition: Condition) -> str:
        match condition:
            case Not(inner):
                return self.denied(inner)
            case Did():
                return self.did(condition)
            case Spent():
                return self.spent(condition)
            case Joined(span):
                return f"{self.word('joined')} {self.when(span)}"
            case Scored(least, most):
                return self.scored(least, most)
        return self.plain(condition)

    def denied(self, inner: Condition) -> str:
        said = self.inner(inner)
        if self.language == "en":
            verb = DENIED.get(inner.doing) if isinstance(inner, Did) else None
            if isinstance(inner, Did) and verb is not None:
                return f"{verb}{said.removeprefix(self.word(inner.doing))}"
            return f"no {said.removeprefix('has a ')}" if isinstance(inner, Reached) else f"not {said}"
        is_thing = isinstance(inner, LivesIn | Speaks | Belongs | BornIn)
        return f"{self.word('not_is' if is_thing else 'not')} {said}"

    def plain(self, condition: Condition) -> str:
        match condition:
            case LivesIn(city):
                return f'{self.word("city")} "{city}"'
            case Speaks(language):
                return f"{self.word('language')} {self.word(language) if language in SAID else language}"
            case Reached(channel):
                return f'{self.word("channel")} "{self.names.places.get(channel, channel)}"'
            case Belongs(key):
                return f'{self.word("segment")} "{self.names.segments.get(key, key)}"'
            case BornIn(month):
                name = MONTHS[self.language][month - 1]
                return self.word("birthday", month=name) if month else self.word("birthday_now")
        return self.whole(condition)

    def did(self, did: Did) -> str:
        parts = [self.word(did.doing), self.goods(did.goods), self.times(did), self.when(did.span)]
        return self.joined([*parts, self.place(did.place)])

    def spent(self, spent: Spent) -> str:
        parts = [self.word("spent"), self.goods(spent.goods), self.amount(spent), self.when(spent.span)]
        return self.joined([*parts, self.place(spent.place)])

    def joined(self, parts: list[str]) -> str:
        return " ".join(each for each in parts if each)

    def goods(self, goods: tuple[Goods, ...]) -> str:
        return f" {self.word('or')} ".join(map(self.called, goods))

    def called(self, goods: Goods) -> str:
        is_product = goods.called is Called.PRODUCT
        name = self.names.products.get(goods.value, goods.value) if is_product else goods.value
        return f'{self.word(goods.called.value)} "{name}"'

    def times(self, did: Did) -> str:
        if did.most is None:
            return self.word("least", n=did.least) if did.least > 1 else ""
        if did.most == did.least:
            return self.word("exactly", n=did.least)
        return self.word("most", n=did.most) if did.least == 1 else self.word("between", n=did.least, m=did.most)

    def amount(self, spent: Spent) -> str:
        low, high = (None if each is None else self.sum_(each) for each in (spent.least, spent.most))
        if low is not None and high is not None:
            return self.word("amount_between", n=low, m=high)
        return self.word("amount_least", n=low) if low is not None else self.word("amount_most", n=high)

    def sum_(self, minor: int) -> str:
        return money.in_words(minor, self.names.currency, self.language)

    def when(self, span: Span) -> str:
        if span == EVER:
            return ""
        if span.days is not None:
            return self.word("days", n=span.days)
        if span.stretch is not None:
            return self.word(span.stretch)
        return self.dates(span.since, span.until)

    def dates(self, since: date | None, until: date | None) -> str:
        if since is not None and until is not None:
            return self.word("dates", a=self.day(since), b=self.day(until))
        return self.word("since", a=self.day(since)) if since is not None else self.word("until", a=self.day(until))

    def day(self, day: date | None) -> str:
        return f"{day.day} {MONTHS[self.language][day.month - 1]} {day.year}" if day is not None else ""

    def place(self, place: str) -> str:
        return f'{self.word("place")} "{self.names.places.get(place, place)}"' if place else ""

    def scored(self, least: float | None, most: float | None) -> str:
        if least is None and most is None:
            return self.word("unscored")
        return self.word("scored", low=1 if least is None else least, high=5 if most is None else most)
