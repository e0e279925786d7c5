"""The words of leaving, as people write them: lower case, without punctuation, separated by commas."""

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

OPENING_WORDS = """
stop, setop, berhenti, brenti, berenti, hentikan, unsubscribe, jangan kirim, jgn kirim, jangan ganggu, jgn ganggu
"""
"""Whoever begins with these wants it to end, whatever follows, unless they ask something or name one of THINGS."""

THING_WORDS = "stop kontak, stop motion, stop over, stop lamp, jangan kirim yang, jgn kirim yang, stop press"
ASKING_WORDS = (
    "apa, apakah, kapan, jam, mana, dimana, berapa, kenapa, mengapa, gimana, bagaimana, when, where, what, why"
)
NARROWER_WORDS = """
stop di sini, stop disini, stop here, berhenti di sini, berhenti disini, berhenti di chat ini,
stop riwayat, stop history, stop survei, stop surveys
"""
"""These leave one channel or one purpose, not the shop."""


def _listed(phrases: str) -> frozenset[str]:
    return frozenset(" ".join(phrase.split()) for phrase in phrases.split(","))


WHOLE = _listed(STOP)
OPENINGS, THINGS, ASKING = _listed(OPENING_WORDS), _listed(THING_WORDS), _listed(ASKING_WORDS)
NARROWER = _listed(NARROWER_WORDS)
