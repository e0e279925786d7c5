"""The fixed words of a segment's description, in both languages at once: shops mix them. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from bot.talk.desk.groups.pieces import Mark, Meaning, Sort, Verb, Word
from bot.talk.desk.lines.cover import spread
from campaigns.grouping.conditions import Stretch

SAID: Mapping[Meaning, str] = {
    Mark.AND: "dan, and, serta, plus, juga, also, tapi, but, as well as, and also, dan juga, then, lalu",
    Mark.OR: "atau, or, maupun",
    Mark.NOT: """
        tidak, bukan, belum, tanpa, jangan, kecuali, selain, not, never, no, without, except, excluding, haven't,
        hasn't, have not, has not, didn't, did not, don't, do not, doesn't, does not, isn't, aren't, is not, are not,
        wasn't, weren't, was not, were not, tidak pernah, belum pernah, tak, tak pernah, have never, has never
    """,
    Verb.BOUGHT: """
        beli, membeli, dibeli, belanja, berbelanja, memesan, pesan, order, orders, ordered, bought, buy, buys, buying,
        purchased, purchase, purchases, pembelian, ambil, mengambil
    """,
    Verb.SPENT: """
        spent, spend, spends, spending, paid, pay, habiskan, membelanjakan, total belanja, belanja total, bayar,
        membayar, nilai belanja, total pembelian
    """,
    Verb.VIEWED: "viewed, view, views, looked at, looks at, saw, browsed, lihat, menengok",
    Verb.CARTED: """
        put in the cart, put in a cart, put in cart, added to cart, added to the cart, add to cart, left a cart, left
        in the cart, left in cart, carted, masukkan keranjang, masukkan ke keranjang, masuk keranjang, isi keranjang,
        taruh di keranjang, keranjang, memasukkan ke keranjang, in cart
    """,
    Verb.REVIEWED: """
        reviewed, review, reviews, wrote a review, left a review, gave a review, ulas, mengulas, beri ulasan, kasih
        ulasan, memberi ulasan, menulis ulasan, tulis ulasan, ulasan
    """,
    Verb.CLICKED: """
        clicked, click, clicks, clicked on, tapped, klik, mengklik, clicked an offer, clicked on an offer,
        click an offer, klik penawaran, mengklik penawaran
    """,
    Verb.OPENED: """
        opened, open, opens, read, reads, buka, membuka, baca, membaca, opened an offer, read an offer, open an offer,
        buka penawaran, membuka penawaran, baca penawaran, membaca penawaran
    """,
    Verb.REPLIED: """
        replied, reply, replies, replied to, answered, balas, membalas, jawab, menjawab, replied to an offer,
        reply to an offer, answered an offer, balas penawaran, membalas penawaran, menjawab penawaran
    """,
    Verb.SEEN: """
        seen, been seen, was seen, active, been active, visited, visit, visits, came, come, came by, been here, been
        around, showed up, terlihat, aktif, muncul, datang, mampir, berkunjung, ada kabar
    """,
    Verb.JOINED: """
        joined, join, became a customer, become a customer, first seen, first came, registered, customer since,
        customers since, bergabung, gabung, jadi pelanggan, menjadi pelanggan, terdaftar, mendaftar, pertama datang,
        baru datang
    """,
    Sort.CITY: """
        city, from, lives in, live in, living in, kota, dari, tinggal di, berdomisili di, asal, asal kota, domisili,
        in the city of, city of, orang
    """,
    Sort.LANGUAGE: "language, speaks, speak, speaking, bahasa, berbahasa, pakai bahasa, writes in, memakai bahasa",
    Sort.SEGMENT: """
        segment, segmen, kelompok, group, in segment, in the segment, di kelompok, di segmen, masuk kelompok
    """,
    Sort.CHANNEL: """
        channel, chat on, a chat on, chats on, writes on, reached on, reachable on, has a chat on, have a chat on,
        saluran, chat di, chat lewat, punya chat di, bisa dihubungi lewat, dihubungi lewat, terhubung di,
        di saluran, on channel, on the channel, lewat saluran, via channel
    """,
    Sort.CATEGORY: "category, kategori, jenis",
    Sort.BRAND: "brand, merek, merk",
    Sort.PRODUCT: "product, produk",
    Sort.NAMED: """
        something called, anything called, products called, something named, anything named, barang bernama, sesuatu
        bernama, apa pun bernama, apapun bernama
    """,
    Word.LAST: "terakhir, terakhir kali, last, last time, most recently",
    Word.NOTHING: """
        pelanggan, pelanggan yang, customer, customers, customers who, yang, who, whom, people, people who,
        those, those who, orang yang, mereka, mereka yang, they, the, a, an, any, some, have, has, had, been,
        sudah, pernah, ever, is, are, was, were, did, does, do, that, which, with, dengan, di, pada, at, on,
        in, via, lewat, through, dlm, di dalam, by, for, untuk, of, dalam, ke, to, penawaran, offer, offers,
        an offer, our offers, promo, kami, our, us, shop, toko, anything, something, apa pun, apapun, apa
        saja, apa-apa, sesuatu, barang, items, kali ini, saja, only, whose, nya, in total, total, all, semua,
        everyone, siapa pun yang, siapa yang, masih, still, ada, adalah, and who, dan yang, senilai, sebesar,
        worth, goods, things, products, of ours, all the customers who, sama sekali, at all, itu, one, ones
    """,
}
FIXED: dict[str, Meaning] = {phrase: meaning for meaning, listed in SAID.items() for phrase in spread(listed)}
STRETCHES: Mapping[Stretch, str] = {
    Stretch.TODAY: "hari ini, today",
    Stretch.YESTERDAY: "kemarin, yesterday",
    Stretch.THIS_WEEK: "minggu ini, pekan ini, this week",
    Stretch.LAST_WEEK: "minggu lalu, pekan lalu, minggu kemarin, last week",
    Stretch.THIS_MONTH: "bulan ini, this month",
    Stretch.LAST_MONTH: "bulan lalu, bulan kemarin, last month",
    Stretch.THIS_YEAR: "tahun ini, this year",
    Stretch.LAST_YEAR: "tahun lalu, tahun kemarin, last year",
}
STRETCH: dict[str, Stretch] = {phrase: each for each, listed in STRETCHES.items() for phrase in spread(listed)}
SINCE_THEN: Mapping[Stretch, Stretch] = {
    Stretch.YESTERDAY: Stretch.SINCE_YESTERDAY,
    Stretch.LAST_WEEK: Stretch.SINCE_LAST_WEEK,
    Stretch.LAST_MONTH: Stretch.SINCE_LAST_MONTH,
    Stretch.LAST_YEAR: Stretch.SINCE_LAST_YEAR,
}
LANGUAGES: dict[str, str] = {
    **dict.fromkeys(spread("indonesia, indonesian, bahasa indonesia, bahasa"), "id"),
    **dict.fromkeys(spread("inggris, english, bahasa inggris"), "en"),
}
SENSITIVE = frozenset(
    spread(
        """
        umur, usia, berumur, berusia, age, aged, old, tua, muda, young, gender, sex, kelamin, perempuan, wanita,
        laki-laki, laki, pria, cewek, cowok, female, male, women, woman, men, man, agama, religion, muslim, kristen,
        katolik, hindu, buddha, konghucu, suku, ethnicity, race, ras, hamil, pregnant, sakit, sick, penyakit, disease,
        disabled, disabilitas, cacat, gaji, salary, income, penghasilan, miskin, kaya, poor, rich, menikah, married,
        janda, duda, single, politik, politics
        """
    )
)
"""What a segment never goes by, whatever the shop knows of it."""
