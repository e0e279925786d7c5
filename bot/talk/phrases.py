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

NOD_WORDS = "ok, oke, okay, okey, okeh, sip, siip, siap, siapp, mantap, baik, baiklah, noted, alright, great"
"""What ends a talk, and is neither a yes nor a question."""

THANKING_WORDS = """
makasih, makasi, mksh, makasiih, kasih, terimakasih, trims, thanks, thank, thx, tq, suwun, nuwun, nuhun
"""
THANKED_FOR_WORDS = """
terima, matur, infonya, info, informasinya, jawabannya, bantuannya, balasannya, atas, banyak, for, the, your, info,
help, answer, reply, a, lot, so, much, many, very
"""
"""What may stand around thanks and asks for nothing."""

SAID = {
    "stop_here": """
        stop di sini, stop disini, stop di sini saja, stop here, stop here only, berhenti di sini, berhenti
        disini, berhenti di sini saja, berhenti di chat ini
    """,
    "stop_history": """
        stop riwayat, stop history, jangan pakai riwayat, jangan pakai riwayat saya, jangan pakai riwayat belanja,
        do not use my history, dont use my history
    """,
    "stop_surveys": "stop survei, stop surveys, stop survey",
    "go_on": "lanjut, lanjutkan, lanjut saja, tetap kirim, tetap mau, keep going, go on, keep sending",
    "start": """
        /start, start, mulai, mulai lagi, start again, langganan, subscribe, gabung, daftar, ikut, join, unstop
    """,
    "greeting": """
        halo, hallo, hai, hi, hello, hey, halo kak, hai kak, halo min, halo admin, selamat pagi, selamat siang
    """,
    "thanks": """
        makasih, makasi, terima kasih, terimakasih, trims, thanks, thank you, thx, tq, suwun, matur nuwun, nuhun,
        makasih banyak, terima kasih banyak, makasih ya, terima kasih ya, ok makasih, ok makasih ya, oke makasih,
        ok thanks, thank you so much
    """,
    "who": """
        siapa ini, ini siapa, siapa ya, who is this, who are you, dapat nomor saya dari mana, dari mana dapat
        nomor saya, dapet nomor saya dari mana, tahu nomor saya dari mana, how did you get my number, where did
        you get my number, ini penipuan, apakah ini penipuan, ini penipuan ya, is this a scam, ini bot, are you a
        bot
    """,
    "yes": """
        ya, iya, y, yes, yep, yup, ya boleh, boleh, boleh kak, boleh saja, setuju, ok, oke, okay, okey, mau, ya
        mau, sip, siap, sure, yes please, agree, betul, benar
    """,
    "no": """
        tidak, tdk, ga, gak, nggak, enggak, engga, ngga, tak, no, nope, nah, jangan, batal, /batal, tidak jadi,
        gak jadi, tidak mau, gak mau, ga mau, tidak usah, ga usah, gak usah, no thanks, no thank you, tidak terima
        kasih, belum, not yet
    """,
    "forget": """
        /forget, forget, forget me, hapus data, /hapus, /hapus data, hapus data saya, hapus semua data, hapus
        akun, hapus akun saya, hapus nomor saya, delete my data, erase my data, delete me
    """,
    "history": "riwayat, /riwayat, history, /history, riwayat belanja",
    "surveys": "survei, /survei, survey, surveys, /surveys",
    "privacy": """
        /privacy, privacy, privasi, /privasi, pilihan saya, pilihan, my choices, choices, pengaturan, settings
    """,
    "frequency": """
        sering, /sering, seberapa sering, often, how often, /often, frequency, frekuensi, lebih jarang, jarang
        aja, jarang saja, jangan sering sering, less often, fewer
    """,
    "weekly": """
        sering mingguan, seminggu sekali, sekali seminggu, seminggu 1x, 1x seminggu, setiap minggu, tiap minggu,
        mingguan, seminggu sekali aja, seminggu sekali saja, often weekly, once a week, weekly, every week,
        /weekly, /mingguan
    """,
    "monthly": """
        sering bulanan, sebulan sekali, sekali sebulan, sebulan 1x, 1x sebulan, setiap bulan, tiap bulan, bulanan,
        sebulan sekali aja, sebulan sekali saja, often monthly, once a month, monthly, every month, /monthly,
        /bulanan
    """,
    "any": "sering biasa, often usual",
    "quiet": "jam tenang, /jam, quiet hours, /quiet, quiet, quiet hour",
    "categories": "kategori, /kategori, categories, category, /categories",
    "channels": "saluran, /saluran, channel, channels, /channels",
    "birthday": "ulang tahun, ultah, ulang tahun saya, /ulangtahun, birthday, my birthday, /birthday",
    "no_birthday": """
        hapus ulang tahun, hapus ulang tahun saya, hapus ultah, ulang tahun hapus, birthday off, no birthday, delete
        my birthday, forget my birthday
    """,
    "fairness": "keadilan, /keadilan, fairness, /fairness",
    "no_fairness": "hapus keadilan, keadilan hapus, delete fairness, fairness off, forget fairness",
    "my_data": """
        data saya, /mydata, mydata, my data, /data, lihat data saya, /datasaya, datasaya, what do you know about me
    """,
    "close_page": """
        tutup halaman, /tutuphalaman, tutuphalaman, close page, close the page, /closepage, closepage
    """,
    "copy": """
        kirim berkas, salinan data, kirim data saya, unduh data saya, unduh data, /export, export my data, send
        file, send my data, download my data, send the file,
        export, ekspor, /ekspor, export data, ekspor data
    """,
    "why": """
        kenapa, /kenapa, why, /why, kenapa saya dapat ini, kenapa dapat ini, why this, why me, why did i get this,
        kenapa kok dapat ini, kok dapat ini, kok saya dapat ini, kok saya dikirimi ini
    """,
    "less": "kurangi seperti ini, kurangi yang seperti ini, less like this, fewer like this",
    "age": "umur, /umur, age, /age",
    "not_me": "bukan saya, not me",
    "link": """
        sambungkan, sambung, /sambung, sambungkan chat, sambungkan chat saya, sambungkan chat lain, hubungkan chat,
        gabungkan chat, gabungkan chat saya, /link, link chats, link my chats, link chat, connect my chats
    """,
    "unlink": """
        pisahkan, /pisah, pisahkan chat, pisahkan chat ini, pisahkan lagi, putuskan sambungan, unlink, /unlink, unlink
        chats, unlink this chat, unlink my chats
    """,
    "help": "/help, help, bantuan, /bantuan, info, menu, ?",
    "indonesian": "bahasa, bahasa indonesia, indonesia, /bahasa",
    "english": "english, /english, inggris, bahasa inggris, in english",
}
"""What is said for each of Means, in both languages."""

ANSWERS = {
    "ask_age": ("ya cukup umur, yes of age", "belum cukup umur, not of age"),
    "ask_offers": ("ya penawaran, yes offers", "tidak penawaran, no offers"),
    "confirm_offers": ("ya benar saya, yes it is me", "tidak jadi penawaran, no offers here"),
    "ask_profiling": ("ya riwayat, yes history", "tidak riwayat, no history"),
    "ask_research": ("ya survei, yes surveys", "tidak survei, no surveys"),
    "ask_who": ("ya itu saya, yes that is me", "batal dulu, never mind"),
    "link": ("ya sambungkan, yes link", "jangan sambungkan, do not link"),
    "unlink": ("ya pisahkan, yes unlink", "tetap sambung, keep linked"),
    "forget": ("ya hapus, yes erase", "tidak hapus, no erase"),
    "stay": ("ya simpan, yes keep", "ya hapus semua, erase everything"),
    "launch": ("ya kirim, yes send", "tidak kirim, no send"),
    "confirm": ("ya lakukan, yes do it", "jangan lakukan, leave it"),
}
"""What buttons say: a yes or a no together with the question it answers, so that an old button answers no other."""

STEERING = {
    "quiet": ("jam tenang", "quiet hours", "/jam", "/quiet"),
    "never_category": ("jangan kategori", "tanpa kategori", "no category"),
    "allow_category": ("boleh kategori", "allow category"),
    "channels": ("saluran", "channel"),
    "fairness": ("keadilan", "/keadilan", "fairness", "/fairness"),
    "birthday": (
        "ulang tahun saya tanggal",
        "ulang tahun saya",
        "ulang tahunku",
        "ulang tahun",
        "ultah saya",
        "ultahku",
        "ultah",
        "my birthday is on",
        "my birthday is",
        "my birthday",
        "birthday",
        "/ulangtahun",
        "/birthday",
    ),
}
"""What begins a wish whose rest says which hours, which category, which chat."""


def _listed(phrases: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in phrases.split(","))


POLITE, PROVIDERS = _listed(POLITE_WORDS), _listed(PROVIDERS_STOP)
ADDRESSING, NODS = _listed(ADDRESS_WORDS), _listed(NOD_WORDS)
THANKING, THANKED_FOR = _listed(THANKING_WORDS), _listed(THANKED_FOR_WORDS)
KNOWN = {means: _listed(text) for means, text in SAID.items()}
ANSWERED = {
    phrase: (means, question)
    for question, sides in ANSWERS.items()
    for means, side in zip(("yes", "no"), sides, strict=True)
    for phrase in _listed(side)
}
SIGNED = frozenset(phrase for phrase, (_, question) in ANSWERED.items() if question in ("confirm", "launch"))
"""Answers whose buttons say, in six more signs, which question they belong to."""
