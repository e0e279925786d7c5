"""Words that hold a sentence together, and courtesy: they say nothing, wherever they stand. Pure.

No word of refusing, leaving out or narrowing is among these: "all but the regulars" must not become all, nor "those
who have ordered" everybody. A word that says nothing in one place and something in another has a rule of its own.
"""

from __future__ import annotations

import re

from bot.talk.desk.lines.cover import phrases, rule
from bot.talk.desk.lines.pieces import Piece, Word

ADDRESS = "(?:kak|kakak|min|mimin|admin|gan|bos|boss|sis|mas|mbak|pak|bu|bang|bro)"
HELLO = "(?:ha+i|ha+lo+|hallo+|he+y|hi+|hello+|permisi|assalamualaikum|good (?:morning|afternoon|evening))"
PART = "(?:pagi|siang|sore|malam|petang)"
COURTESY = "(?:ya+|do+ng|donk|tolong|mohon|please|makasih|thanks|maaf|punten)"
OPENING = re.compile(r"[\W_]*(?:(?:min|kak|kakak|gan|bos|mas|mbak|pak|bu)[\W_]*)?")


def _at_the_beginning(found: re.Match[str]) -> Piece | None:
    """ "Pagi kak" greets where a line begins, and is a time in "besok pagi kak"."""
    return Word.NOTHING if OPENING.fullmatch(found.string, 0, found.start()) else None


GREETINGS = (
    rule(rf"{HELLO}(?: (?:{ADDRESS}|there|team|tim))?", lambda _: Word.NOTHING),
    rule(rf"selamat {PART}(?: {ADDRESS})?", _at_the_beginning),
    rule(rf"{PART} {ADDRESS}", _at_the_beginning),
    # "Min" is the admin beside a word of courtesy, and otherwise the least there may be: "min 2 pcs".
    rule(rf"(?:{COURTESY} )+(?:min|mimin)(?!\s*[.:]?\s*[0-9])", lambda _: Word.NOTHING),
    rule(rf"(?:min|mimin)(?=,? (?:{COURTESY}|mau|minta|bisa|boleh|kirim)(?!\w))", lambda _: Word.NOTHING),
)
FILLERS = phrases(
    {
        Word.NOTHING: """
            to, for, the, a, an, at, on, with, of, please, send, launch, start, starting, campaign, offer, offers,
            customers, customer, segment, audience, their, them, everyone's, only, just, also, it, my, our, when,
            those who, who, for those who, they, who have, have, has, give, do, make, people, who's, get, gets, reach,
            someone, somebody, are, is, be, it's, it is, they're, they are, when it's, that, this is, let's, let us,
            okay, ok, schedule, blast, broadcast, create, run, set, use, send out, a message, send a message, send
            this, could you, can you, would you, will you, i want to, i want, i'd like to, i would like to, i'd like,
            we want to, we want, we'd like to, need to, i need to, i need, kindly, w/, going to, should go, should go
            to, ke, untuk, kepada, buat, pada, di, dengan, pakai, yang, ya, yaa, yah, kak, kakak, dong, donk, sih,
            nih, deh, kok, lah, oke, tolong, mohon, kirim, luncurkan, jadwalkan, sebarkan, jalankan, kampanye,
            penawaran, promo, pelanggan, kelompok, segmen, mereka, masing-masing, saja, juga, sebesar, mulai, saat,
            ketika, pas, kalau, begitu, bagi yang, bagi, buatkan, coba, kasih, beri, berikan, tawarkan, ingatkan,
            remind, those, minta, gan, bos, sis, mas, mbak, pak, bu, admin, saya, aku, kami, kita, mau, saya mau, saya
            ingin, aku mau, kami mau, mau minta, bisa, boleh, bantu, bantuin, ingin, pengen, sebuah, ada, adalah,
            ucapan, ucapkan, masing2, kirim pesan, buatkan pesan, kirim ucapan, sebagai promo
        """,
    }
)
RULES = (*GREETINGS, FILLERS)
