"""The words of what customers do that is answered: viewing, leaving a cart, buying first, running out. Pure."""

from __future__ import annotations

from bot.talk.desk.lines.cover import Rule, rule, spread
from bot.talk.desk.lines.pieces import Triggered
from campaigns.launching.drafts import Trigger

AFTER = r"(?:after|once|setelah|sesudah|sehabis|abis|habis)"
"""These say nothing only before what customers do: "after Friday" is not Friday."""
WHO = (
    r"(?:(?:they|he|she|someone|somebody|customers?|people|pelanggan|mereka|orang|have|has|have just|the|their|a)\s+)"
)
PERHAPS = rf"(?:{AFTER} {WHO}{{0,3}})?"
A = r"(?:(?:an?|the|their|his|her|my|our) )?(?:shopping )?"
VIEW = r"(?:sudah |cuma |hanya |only |just )?(?:views?|viewed|looks?|looked|browses?|browsed|dilihat|lihat)(?: at)?"
THING = r"(?: (?:a |the |some )?(?:products?|items?|something|things|produk|barang|katalog))?"
NOT = (
    r"(?:tidak|belum|did not|didn't|do not|don't|does not|doesn't|have not|haven't|has not|hasn't|never|not|without)"
    r"(?: jadi| pernah| sampai| yet)?"
)
BUY = r"(?:beli|membeli|dibeli|order|checkout|buy|bought|buying|purchase|purchased|purchasing|ordering|ordered)"
LEAVE = r"(?:leaves?|left|leaving|abandons?|abandoned|abandoning)"
PHRASES = {
    Trigger.VIEWED: "viewed",
    Trigger.CART: """
        abandoned cart, cart abandoned, cart left, cart abandonment, cart is left, keranjang ditinggal, keranjang
        tertinggal, tinggalkan keranjang, tinggal keranjang, tinggalkan isi keranjang
    """,
    Trigger.FIRST_PURCHASE: """
        first purchase, their first purchase, the first purchase, very first purchase, first order, their first order,
        bought for the first time, buy for the first time, pembelian pertama, belanja pertama, beli pertama, beli
        pertama kali, pertama beli, pertama kali beli, pertama kali belanja, pesanan pertama, order pertama
    """,
    Trigger.REPLENISHMENT: """
        due, due again, due for replenishment, due to buy again, due to reorder, replenishment, time to buy again,
        time to reorder, time to restock, run out, runs out, waktunya beli lagi, saatnya beli lagi, waktunya belanja
        lagi, saatnya belanja lagi, saatnya isi ulang, waktunya isi ulang, isi ulang
    """,
    Trigger.QUIET: """
        gone quiet, went quiet, goes quiet, go quiet, going quiet, quiet, lama diam, sudah lama diam, lama tidak
        belanja, sudah lama tidak belanja, lama tidak beli, sudah lama tidak beli, lama tidak order
    """,
    Trigger.BIRTHDAY: """
        birthday, birthdays, their birthday, on their birthday, ulang tahun, ultah, hari ulang tahun, hari ultah, hari
        lahir, ulang tahunnya, ultahnya, hari ulang tahunnya, ulang tahun mereka
    """,
}


def _said(trigger: Trigger) -> str:
    return "|".join(sorted(spread(PHRASES[trigger]), key=len, reverse=True))


def _named(trigger: Trigger) -> Rule:
    return rule(rf"{PERHAPS}(?:{_said(trigger)})", lambda _: Triggered(trigger))


RULES = (
    *map(_named, PHRASES),
    rule(
        rf"{PERHAPS}{VIEW}{THING},? (?:(?:but|and|yet|then|tapi|dan) )?(?:they )?{NOT} {BUY}(?: it| anything)?",
        lambda _: Triggered(Trigger.VIEWED),
    ),
    rule(rf"{PERHAPS}{LEAVE} {A}cart(?: behind)?", lambda _: Triggered(Trigger.CART)),
)
