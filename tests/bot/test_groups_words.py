"""A segment in plain words: what is understood, in both languages, and that what is said back is understood again."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.talk.desk.groups.cutting import LONGEST, Around
from bot.talk.desk.groups.naming import Names
from bot.talk.desk.groups.reading import Reading, read
from bot.talk.desk.groups.saying import Titles, say
from campaigns.grouping import keeping
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
    Span,
    Speaks,
    Spent,
    Stretch,
    both,
    either,
)

TODAY = date(2026, 11, 23)
PRODUCTS = {
    "S1": "Kopi Gayo Arabika 250 g",
    "S2": "Kopi Toraja 250 g",
    "S3": "Kemeja Batik Parang Pria",
    "S4": "Sambal Teri Medan",
    "S5": "Batik dan Tenun",
}
NAMES = Names(
    categories={each: each for each in ("kopi", "teh", "sambal", "batik", "bumbu dapur")},
    brands={"omah rempah": "Omah Rempah"},
    products={name.casefold(): sku for sku, name in PRODUCTS.items()},
    titles=[(sku, name.casefold()) for sku, name in PRODUCTS.items()],
    cities={"medan": "Medan", "lhokseumawe": "Lhokseumawe", "banda aceh": "Banda Aceh"},
    segments={"mulai menjauh": "at_risk", "at risk": "at_risk", "at_risk": "at_risk", "pelanggan utama": "champions"},
    places={"whatsapp": "whatsapp", "telegram": "telegram", "shopee": "shopee"},
    chats=frozenset({"whatsapp", "telegram"}),
    also={"coffee": "kopi", "tea": "teh"},
)
TITLES = Titles(
    "IDR",
    PRODUCTS,
    {"at_risk": "mulai menjauh", "champions": "pelanggan utama"},
    {"whatsapp": "WhatsApp", "telegram": "Telegram", "shopee": "Shopee"},
)
KOPI, TEH, SAMBAL, BATIK = (Goods(Called.CATEGORY, each) for each in ("kopi", "teh", "sambal", "batik"))
D30, D60, D90 = (Span(days=n) for n in (30, 60, 90))
MEDAN, LHOKSEUMAWE = LivesIn("Medan"), LivesIn("Lhokseumawe")


def bought(*goods: Goods, least: int = 1, most: int | None = None, span: Span = EVER, place: str = "") -> Did:
    return Did(Doing.BOUGHT, goods, least, most, span, place)


def did(doing: Doing, span: Span = EVER, *goods: Goods, least: int = 1) -> Did:
    return Did(doing, goods, least, span=span)


def understood(text: str, language: str = "id") -> Reading:
    return read(text, NAMES, Around(TODAY, "IDR", language, NAMES.longer()))


COFFEE_LOVERS = All((bought(KOPI, least=2, span=D60), Not(bought(KOPI, span=D30)), LHOKSEUMAWE))
PHRASES: list[tuple[str, Condition]] = [
    ("beli kopi 2 kali dalam 60 hari, tidak dalam 30 hari terakhir, Lhokseumawe", COFFEE_LOVERS),
    ("bought coffee twice in 60 days, not in the last 30, Lhokseumawe", COFFEE_LOVERS),
    ("pelanggan yang beli kopi minimal 2x dlm 60 hari tapi tidak 30 hari terakhir di Lhokseumawe", COFFEE_LOVERS),
    ("beli", bought()),
    ("belum pernah beli", Not(bought())),
    ("never bought anything", Not(bought())),
    ("gak beli kopi", Not(bought(KOPI))),
    ("haven't bought tea in the last 90 days", Not(bought(TEH, span=D90))),
    ("beli kopi", bought(KOPI)),
    ("kopi", bought(KOPI)),
    ("kopi 2 kali 60 hari", bought(KOPI, least=2, span=D60)),
    ("customers who bought coffee or tea", bought(KOPI, TEH)),
    ("beli kopi dan teh", All((bought(KOPI), bought(TEH)))),
    ("beli kopi, teh", All((bought(KOPI), bought(TEH)))),
    ("beli kopi atau teh minimal 3 kali", bought(KOPI, TEH, least=3)),
    ("beli kopi atau teh di Shopee sejak 1 Maret",
     bought(KOPI, TEH, span=Span(since=date(2026, 3, 1)), place="shopee")),
    ("beli kopi 2 kali atau teh 3 kali", Either((bought(KOPI, least=2), bought(TEH, least=3)))),
    ("beli kopi tepat 2 kali", bought(KOPI, least=2, most=2)),
    ("bought coffee exactly once", bought(KOPI, least=1, most=1)),
    ("beli kopi maksimal 3 kali", bought(KOPI, most=3)),
    ("bought coffee at most 3 times this year", bought(KOPI, most=3, span=Span(stretch=Stretch.THIS_YEAR))),
    ("beli lebih dari 2 kali bulan ini", bought(least=3, span=Span(stretch=Stretch.THIS_MONTH))),
    ("bought fewer than 4 times", bought(most=3)),
    ("beli 2-5 kali dalam 90 hari", bought(least=2, most=5, span=D90)),
    ("bought between 2 and 5 times in 90 days", bought(least=2, most=5, span=D90)),
    ("beli kopi gayo", bought(Goods(Called.PRODUCT, "S1"))),
    ("beli arabika", bought(Goods(Called.PRODUCT, "S1"))),
    ("beli kopi 250", bought(Goods(Called.WORDS, "kopi 250"))),
    ('beli "Batik dan Tenun"', bought(Goods(Called.PRODUCT, "S5"))),
    ("beli batik dan tenun", bought(Goods(Called.PRODUCT, "S5"))),
    ("beli kemeja pria", bought(Goods(Called.PRODUCT, "S3"))),
    ("bought brand Omah Rempah", bought(Goods(Called.BRAND, "Omah Rempah"))),
    ("beli kategori bumbu dapur", bought(Goods(Called.CATEGORY, "bumbu dapur"))),
    ('bought something called "gayo"', bought(Goods(Called.WORDS, "gayo"))),
    ("Medan", MEDAN),
    ("dari Medan", MEDAN),
    ("from Banda Aceh", LivesIn("Banda Aceh")),
    ("Medan atau Lhokseumawe", Either((MEDAN, LHOKSEUMAWE))),
    ("beli kopi, Medan atau Lhokseumawe", All((bought(KOPI), Either((MEDAN, LHOKSEUMAWE))))),
    ("beli kopi atau Medan", Either((bought(KOPI), MEDAN))),
    ("bukan Medan", Not(MEDAN)),
    ("pelanggan di Medan yang beli teh 90 hari terakhir", All((MEDAN, bought(TEH, span=D90)))),
    ("berbahasa inggris", Speaks("en")),
    ("language Indonesian", Speaks("id")),
    ("kelompok mulai menjauh", Belongs("at_risk")),
    ("at risk, from Medan", All((Belongs("at_risk"), MEDAN))),
    ("bukan pelanggan utama", Not(Belongs("champions"))),
    ("whatsapp", Reached("whatsapp")),
    ("punya chat di Telegram", Reached("telegram")),
    ("beli kopi dan punya chat di WhatsApp", All((bought(KOPI), Reached("whatsapp")))),
    ("beli di Shopee", bought(place="shopee")),
    ("bought on Shopee, not on WhatsApp", All((bought(place="shopee"), Not(bought(place="whatsapp"))))),
    ("beli batik dalam 90 hari, bukan di Shopee", All((bought(BATIK, span=D90), Not(bought(BATIK, place="shopee"))))),
    ("belanja minimal 500rb", Spent(least=500_000)),
    ("spent at least Rp1.000.000 this year", Spent(least=1_000_000, span=Span(stretch=Stretch.THIS_YEAR))),
    ("belanja Rp1.000.000 atau lebih tahun ini", Spent(least=1_000_000, span=Span(stretch=Stretch.THIS_YEAR))),
    ("belanja kurang dari 100 ribu dalam 90 hari terakhir", Spent(most=100_000, span=D90)),
    ("spent more than 500k on coffee", Spent(least=500_000, goods=(KOPI,))),
    ("belanja 100rb-500rb dalam setahun terakhir", Spent(100_000, 500_000, span=Span(days=365))),
    ("lihat kopi tapi tidak beli", All((did(Doing.VIEWED, EVER, KOPI), Not(bought())))),
    ("lihat kopi tapi tidak beli kopi", All((did(Doing.VIEWED, EVER, KOPI), Not(bought(KOPI))))),
    ("viewed tea in the last 2 weeks", did(Doing.VIEWED, Span(days=14), TEH)),
    ("masukkan keranjang dalam 30 hari terakhir", did(Doing.CARTED, D30)),
    ("left a cart this week", did(Doing.CARTED, Span(stretch=Stretch.THIS_WEEK))),
    ("wrote a review", did(Doing.REVIEWED)),
    ("klik penawaran 2 kali", did(Doing.CLICKED, least=2)),
    ("opened an offer but did not buy", All((did(Doing.OPENED), Not(bought())))),
    ("balas penawaran bulan lalu", did(Doing.REPLIED, Span(stretch=Stretch.LAST_MONTH))),
    ("tidak aktif 90 hari terakhir", Not(did(Doing.SEEN, D90))),
    ("last seen more than 90 days ago", All((did(Doing.SEEN), Not(did(Doing.SEEN, D90))))),
    ("terakhir beli kopi lebih dari 60 hari lalu", All((bought(KOPI), Not(bought(KOPI, span=D60))))),
    (
        "terakhir beli sebelum 1 Maret 2026",
        All((bought(span=Span(until=date(2026, 2, 28))), Not(bought(span=Span(since=date(2026, 3, 1)))))),
    ),
    ("bergabung sejak 1 Maret", Joined(Span(since=date(2026, 3, 1)))),
    ("joined in the last 30 days", Joined(D30)),
    ("joined more than 90 days ago", Not(Joined(D90))),
    ("ulang tahun desember", BornIn(12)),
    ("birthday this month", BornIn(0)),
    ("beli kopi sejak 5 Desember", bought(KOPI, span=Span(since=date(2025, 12, 5)))),
    ("beli kopi di bulan maret 2026", bought(KOPI, span=Span(since=date(2026, 3, 1), until=date(2026, 3, 31)))),
    ("beli antara 1 Maret dan 30 April 2026", bought(span=Span(since=date(2026, 3, 1), until=date(2026, 4, 30)))),
    ("bought after March 1, 2026", bought(span=Span(since=date(2026, 3, 2)))),
    ("beli sejak bulan lalu", bought(span=Span(stretch=Stretch.SINCE_LAST_MONTH))),
    ("bought in the past month", bought(span=D30)),
    ("beli dalam 3 bulan terakhir", bought(span=D90)),
    ("(beli kopi atau lihat teh) dan tidak beli sambal",
     All((Either((bought(KOPI), did(Doing.VIEWED, EVER, TEH))), Not(bought(SAMBAL))))),
    ("tidak (beli kopi atau beli teh 2 kali)", Not(Either((bought(KOPI), bought(TEH, least=2))))),
    ("not (bought coffee and from Medan)", Not(All((bought(KOPI), MEDAN)))),
    ("beli kopi dan Medan atau Lhokseumawe", Either((All((bought(KOPI), MEDAN)), LHOKSEUMAWE))),
    ("BELI KOPI,,, MEDAN ,", All((bought(KOPI), MEDAN))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "meant"), PHRASES, ids=[text for text, _ in PHRASES])
def test_words_are_understood_as_they_are_meant(text: str, meant: Condition) -> None:
    assert understood(text) == Reading(meant)


@pytest.mark.parametrize(
    ("text", "key", "said"),
    [
        ("beli mobil", "unknown", "mobil"),
        ("Surabaya", "unknown", "Surabaya"),
        ("beli kopi sebanyak-banyaknya", "unknown", "kopi sebanyak-banyaknya"),
        ("umur di atas 40", "sensitive", "umur"),
        ("beli kopi, perempuan", "sensitive", "perempuan"),
        ("agama islam", "sensitive", "agama islam"),
        ("dalam 30 hari terakhir", "no_verb", "dalam 30 hari terakhir"),
        ("beli kopi 60 hari lalu", "ago_how", "60 hari lalu"),
        ("belanja Rp500.000", "amount_how", "Rp500.000"),
        ("beli kopi 0 kali", "no_times", "0 kali"),
        ("beli kopi sejak 31 Februari 2026", "no_date", "sejak 31 Februari 2026"),
        ("beli kopi dalam 9999 tahun", "no_days", "dalam 9999 tahun"),
        ("beli kopi, atau teh", "comma_or", ""),
        ("Medan, Lhokseumawe", "two_cities", ""),
        ("(beli kopi", "brackets", ""),
        ("beli kopi)", "brackets", ""),
        ("aktif kopi", "unknown", "kopi"),
        ("bergabung", "joined_when", ""),
        ("beli kopi 2 kali minimal 500rb", "times_and_amount", ""),
        ("beli kategori", "which", "kategori"),
        ("", "nothing", ""),
        (" , ; ", "nothing", ""),
    ],
)
def test_what_is_not_understood_is_named_and_nothing_is_guessed(text: str, key: str, said: str) -> None:
    reading = understood(text)
    assert reading.condition is None
    assert [(each.key, each.said) for each in reading.faults] == [(key, said)]


def test_a_slip_of_one_name_is_mended_and_said() -> None:
    assert understood("beli koppi 2 kali") == Reading(bought(KOPI, least=2), (), (("koppi", "kopi"),))


def test_what_comes_near_is_offered_and_not_taken() -> None:
    reading = understood("beli kopling")
    assert reading.condition is None
    assert [(each.key, each.known) for each in reading.faults] == [("unknown", ("kopi",))]


def test_a_date_in_figures_is_not_guessed_by_who_reads_english() -> None:
    assert understood("beli sejak 5/3/2026").condition == bought(span=Span(since=date(2026, 3, 5)))
    assert [each.key for each in understood("bought since 5/3/2026", "en").faults] == ["no_date"]


HOSTILE = [
    "'; DROP TABLE customers; --",
    "beli kopi'); DELETE FROM interactions WHERE 1=1; --",
    "{{ 7 * 7 }} {% for x in y %}",
    "${jndi:ldap://example.com/a}",
    "__import__('os').system('true')",
    "beli \x00\x01\x1b[2J\u202e kopi \uffff",
    "(" * 300,
    "tidak " * 100,
    "beli kopi, " * 60,
    "a" * 5_000,
    '"' * 99,
    "💥" * 200,
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_are_words(text: str) -> None:
    reading = understood(text)
    assert (reading.condition is None) == bool(reading.faults)


@given(st.text(max_size=LONGEST + 50))
def test_whatever_is_written_is_understood_or_faulted(text: str) -> None:
    reading = understood(text)
    assert (reading.condition is None) == bool(reading.faults)


GOODS = st.one_of(
    st.sampled_from([KOPI, TEH, SAMBAL, Goods(Called.CATEGORY, "bumbu dapur"), Goods(Called.BRAND, "Omah Rempah")]),
    st.sampled_from([Goods(Called.PRODUCT, sku) for sku in PRODUCTS]),
    st.sampled_from([Goods(Called.WORDS, "gayo"), Goods(Called.WORDS, "kopi 250")]),
)
DATES = st.dates(date(2020, 1, 1), date(2029, 12, 30))
SPANS = st.one_of(
    st.just(EVER),
    st.builds(Span, days=st.integers(1, 3_650)),
    st.builds(Span, since=DATES),
    st.builds(Span, until=DATES),
    st.tuples(DATES, DATES).map(lambda two: Span(since=min(two), until=max(two))),
    st.sampled_from(Stretch).map(lambda each: Span(stretch=each)),
)
SEVERAL = st.lists(GOODS, max_size=3, unique=True).map(tuple)
OFTEN = st.tuples(st.integers(1, 900), st.none() | st.integers(1, 900)).map(
    lambda two: two if two[1] is None or two[0] <= two[1] else (two[1], two[0])
)
SUMS = st.tuples(st.none() | st.integers(1, 10**9), st.none() | st.integers(1, 10**9)).filter(any).map(
    lambda two: two if None in two or two[0] <= two[1] else (two[1], two[0])
)  # fmt: skip
PLACES = st.sampled_from(["", "whatsapp", "shopee"])
OF_GOODS = [Doing.BOUGHT, Doing.VIEWED, Doing.CARTED, Doing.REVIEWED, Doing.CLICKED]
WITHOUT_GOODS = [Doing.OPENED, Doing.REPLIED, Doing.SEEN]
LEAVES: st.SearchStrategy[Condition] = st.one_of(
    st.builds(lambda d, g, o, s, p: Did(d, g, *o, s, p), st.sampled_from(OF_GOODS), SEVERAL, OFTEN, SPANS, PLACES),
    st.builds(lambda d, o, s: Did(d, (), *o, s), st.sampled_from(WITHOUT_GOODS), OFTEN, SPANS),
    st.builds(lambda a, g, s, p: Spent(*a, g, s, p), SUMS, SEVERAL, SPANS, PLACES),
    st.sampled_from([MEDAN, LivesIn("Banda Aceh"), Speaks("id"), Speaks("en"), Belongs("at_risk")]),
    st.sampled_from([Reached("whatsapp"), Reached("telegram"), *map(BornIn, range(13))]),
    SPANS.filter(lambda span: span != EVER).map(Joined),
)  # fmt: skip


def _is_said(condition: Condition) -> bool:
    """Not two cities at once, which is refused."""
    return "two_cities" not in {each.key for each in understood(say(condition, "id", TITLES)).faults}


def _deeper(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    some = st.lists(inner, min_size=2, max_size=3)
    return st.one_of(some.map(both), some.map(either), inner.filter(lambda each: not isinstance(each, Not)).map(Not))


CONDITIONS = st.recursive(LEAVES, _deeper, max_leaves=6).filter(_is_said)


@pytest.mark.parametrize("language", ["id", "en"])
@given(condition=CONDITIONS)
@settings(max_examples=150, deadline=None)
def test_what_was_understood_is_understood_again_when_it_is_said_back(language: str, condition: Condition) -> None:
    assert understood(say(condition, language, TITLES), language) == Reading(condition)


@given(CONDITIONS)
@settings(max_examples=100, deadline=None)
def test_conditions_are_kept_as_plain_data_and_come_back_the_same(condition: Condition) -> None:
    assert keeping.of(keeping.as_json(condition)) == condition


@pytest.mark.parametrize(
    "kept", [{}, {"is": "sql", "value": "1=1"}, {"is": "did", "doing": "killed", "least": 1}, None, [], {"is": "all"}]
)
def test_what_is_no_condition_is_refused_and_not_guessed(kept: object) -> None:
    with pytest.raises(keeping.Unreadable):
        keeping.of(kept)
