"""The phrases we know, as people write them: lower case, without punctuation, separated by commas."""

from __future__ import annotations

STOP = """
stop, berhenti, setop, hentikan, mau berhenti, mau stop, ingin berhenti, saya mau berhenti, saya ingin berhenti,
stop promo, stop penawaran, stop iklan, stop kirim, stop langganan, stop pesan, batal langganan, batalkan
langganan, berhenti langganan, berhenti kirim, berhenti promo, tolong berhenti, tolong stop, mohon berhenti,
mohon stop, jangan kirim lagi, jangan kirim promo, jangan kirim promo lagi, jangan kirim pesan lagi, jangan
kirim penawaran lagi, jangan hubungi saya, jangan hubungi saya lagi, stop kirim promo, stop kirim pesan, stop
kirim penawaran, hentikan promo, hentikan penawaran, i want to stop, stop the offers, stop offers, unsubscribe,
unsub, stop please, please stop, stop it, stop now, stop all, stop sending, stop sending me, stop messages, stop
texting me, leave me alone, no more offers, no more messages, opt out, tidak mau lagi, gak mau lagi, ga mau
lagi, unsubscribe me
"""

PROVIDERS_STOP = "stopall, end, quit, cancel, revoke, optout"
"""WhatsApp's provider takes these alone for a stop, so they are one here; in a sentence they mean other things."""

POLITE_WORDS = """
ya, yaa, kak, kakak, min, admin, dong, deh, aja, saja, bang, mas, mbak, bu, pak, gan, sis, please, pls, plis, tolong,
mohon, maaf, sekarang, now, thanks, thank, you, terima, kasih, makasih, udah, sudah, sih, lah
"""

ADDRESS_WORDS = "kak, kakak, min, admin, dong, deh, saja, aja, bang, mas, mbak, bu, pak, gan, sis, please, pls, plis"
"""What may stand around a yes. "Ya sudah" and "ok maaf" are how one ends a talk, and allow nothing."""

OPENING_WORDS = """
stop, setop, berhenti, brenti, berenti, hentikan, unsubscribe, jangan kirim, jgn kirim, jangan ganggu, jgn ganggu
"""
"""Whoever begins with these wants it to end, whatever follows, unless they ask something or name one of THINGS."""

THING_WORDS = "stop kontak, stop motion, stop over, stop lamp, jangan kirim yang, jgn kirim yang, stop press"
ASKING_WORDS = (
    "apa, apakah, kapan, jam, mana, dimana, berapa, kenapa, mengapa, gimana, bagaimana, when, where, what, why"
)

START = "/start, start, mulai, mulai lagi, start again, langganan, subscribe, gabung, daftar, ikut, join, unstop"

GREETING = "halo, hallo, hai, hi, hello, hey, halo kak, hai kak, halo min, halo admin, selamat pagi, selamat siang"

YES = """
ya, iya, y, yes, yep, yup, ya boleh, boleh, boleh kak, boleh saja, setuju, ok, oke, okay, okey, mau, ya mau, sip,
siap, sure, yes please, agree, betul, benar
"""

NO = """
tidak, tdk, ga, gak, nggak, enggak, engga, ngga, tak, no, nope, nah, jangan, batal, /batal, tidak jadi, gak jadi,
tidak mau, gak mau, ga mau, tidak usah, ga usah, gak usah, no thanks, no thank you, tidak terima kasih
"""

FORGET = """
/forget, forget, forget me, hapus data, /hapus, /hapus data, hapus data saya, hapus semua data, hapus akun,
hapus akun saya, hapus nomor saya, delete my data, erase my data, delete me
"""

HISTORY = "riwayat, /riwayat, history, /history, riwayat belanja"

ANSWERS = {
    "ask_offers": ("ya penawaran, yes offers", "tidak penawaran, no offers"),
    "ask_profiling": ("ya riwayat, yes history", "tidak riwayat, no history"),
    "forget": ("ya hapus, yes erase", "tidak hapus, no erase"),
    "launch": ("ya kirim, yes send", "tidak kirim, no send"),
}
"""What buttons say: a yes or a no together with the question it answers, so that an old button answers no other."""

PRIVACY = "/privacy, privacy, privasi, /privasi, pilihan saya, my choices"

HELP = "/help, help, bantuan, /bantuan, info, menu, ?"

INDONESIAN = "bahasa, bahasa indonesia, indonesia, /bahasa"

ENGLISH = "english, /english, inggris, bahasa inggris, in english"


def _listed(phrases: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in phrases.split(","))


POLITE, PROVIDERS = _listed(POLITE_WORDS), _listed(PROVIDERS_STOP)
ADDRESSING = _listed(ADDRESS_WORDS)
OPENINGS, THINGS, ASKING = _listed(OPENING_WORDS), _listed(THING_WORDS), _listed(ASKING_WORDS)
KNOWN = {
    "stop": _listed(STOP) | PROVIDERS,
    "start": _listed(START),
    "greeting": _listed(GREETING),
    "yes": _listed(YES),
    "no": _listed(NO),
    "forget": _listed(FORGET),
    "history": _listed(HISTORY),
    "privacy": _listed(PRIVACY),
    "help": _listed(HELP),
    "indonesian": _listed(INDONESIAN),
    "english": _listed(ENGLISH),
}
ANSWERED = {
    phrase: (means, question)
    for question, sides in ANSWERS.items()
    for means, side in zip(("yes", "no"), sides, strict=True)
    for phrase in _listed(side)
}
