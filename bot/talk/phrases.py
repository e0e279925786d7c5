"""The phrases we know, as people write them: lower case, without punctuation, separated by commas."""

from __future__ import annotations

PROVIDERS_STOP = "stopall, end, quit, cancel, revoke, optout"
"""WhatsApp's provider takes these alone for a stop, so they are one here; in a sentence they mean other things.
The other words of leaving stand in ``leaving_words``."""

POLITE_WORDS = """
ya, yaa, kak, kakak, min, admin, dong, deh, aja, saja, bang, mas, mbak, bu, pak, gan, sis, please, pls, plis, tolong,
mohon, maaf, sekarang, now, thanks, thank, you, terima, kasih, makasih, udah, sudah, sih, lah
"""

ADDRESS_WORDS = "kak, kakak, min, admin, dong, deh, saja, aja, bang, mas, mbak, bu, pak, gan, sis, please, pls, plis"
"""What may stand around a yes. "Ya sudah" and "ok maaf" are how one ends a talk, and allow nothing."""

STOP_HERE = """
stop di sini, stop disini, stop di sini saja, stop here, stop here only, berhenti di sini, berhenti disini,
berhenti di sini saja, berhenti di chat ini
"""

STOP_HISTORY = "stop riwayat, stop history"

STOP_SURVEYS = "stop survei, stop surveys"

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
KNOWN = {
    "stop_here": _listed(STOP_HERE),
    "stop_history": _listed(STOP_HISTORY),
    "stop_surveys": _listed(STOP_SURVEYS),
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
