"""Not now, never mind: what puts an end to a draft beside a plain no. Pure."""

from __future__ import annotations

from bot.talk import phrases
from bot.talk.desk.lines.shorthand import written_out
from bot.talk.intents import plain_words, unstretched

SAID = """
tidak jadi, gajadi, tidak jadi kirim, tidak usah, gausah, tidak usah kirim, tidak usah jadi, tidak dulu, jangan dulu,
jangan kirim, jangan kirim dulu, jangan sekarang, jangan hari ini, bukan sekarang, tidak sekarang, tidak hari ini,
nanti saja, nanti dulu, lain kali, lain kali saja, lain waktu, kapan kapan, kapan kapan saja, batalkan, batalin,
batalkan saja, batal saja, mending tidak usah, mending batal, lupakan, lupakan saja, not now, not today,
not yet, maybe later, some other time, another time, never mind, nevermind, nvm, forget it, forget that, forget about
it, cancel it, cancel that, cancel this, drop it, drop that, leave it, dont, dont send, dont send it, do not send, do
not send it, dont do it, no need, scrap it, scrap that, changed my mind, i changed my mind
"""
AROUND_WORDS = """
ya, yaa, yah, sih, lah, ah, oh, eh, maaf, makasih, terima, kasih, thanks, thank, you, sorry, ok, oke, okay, ternyata,
kayaknya, actually, dulu, deh, udah, sudah, for
"""
AROUND = (phrases.ADDRESSING - {"saja", "aja"}) | {each.strip() for each in AROUND_WORDS.split(",")}
"""What may stand around it."""


def is_not_now(text: str) -> bool:
    """Whether somebody takes back what they were about, and says nothing else."""
    words = _words(text)
    return any(" ".join(words[:end][start:]) in REFUSALS for start, end in _ways(words))


def _ways(words: list[str]) -> list[tuple[int, int]]:
    """Where the words may begin and end without what only stands around them."""
    begins = [n for n in range(len(words)) if all(each in AROUND for each in words[:n])]
    ends = [n for n in range(1, len(words) + 1) if all(each in AROUND for each in words[n:])]
    return [(start, end) for start in begins for end in ends if start < end]


def _words(text: str) -> list[str]:
    return written_out(unstretched(plain_words(text)))[0].split()


REFUSALS = frozenset(" ".join(_words(each)) for each in SAID.split(","))
