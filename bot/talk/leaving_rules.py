"""The rules of leaving: patterns of signs, and beside each a sentence it was made for. Pure, and linear in the text.

    sign  group          for example | sign  group          for example | sign  group          for example
    S     STOP           berhenti    | U     UNSUBSCRIBE    opt out     | R     REMOVE         hapus
    N     FORBID         jangan      | n     NOT            tidak       | o     NO             anti
    C     CANCEL         batalkan    | D     SWITCH_OFF     matikan     | e     EXIT           keluar
    K     SEND           kirim       | T     CALL           telepon     | B     BOTHER         ganggu
    O     OFFER          promo       | G     PUSH           notifikasi  | E     CHAT           wa
    J     MESSAGE        pesan       | Y     THINGS_SENT    apa apa     | L     LIST           langganan
    W     WANT           mau         | w     INTEREST       minat       | k     NEED           butuh
    V     RECEIVE        terima      | M     ME             saya        | p     REQUEST        tolong
    A     AGAIN          lagi        | Z     NO_MORE        no more     | s     ALREADY        sudah
    P     DRESS          kak         | d     TIME           dulu        | f     OFTEN          tiap hari
    c     COMPLAINT      bosan       | g     ENOUGH         cukup       | H     LESS           kurangi
    q     ASKING         kapan       | h     HOW            gimana      | y     WHY            kenapa
    j     STILL          masih       | i     IF             kalau       | m     MAYBE          mungkin
    t     OTHERS         suami       | b     SOMEBODY_ELSE  salah nomor | v     ELSEWHERE      netflix
    r     RESUME         kepencet    | l     MISS           lupa        | x     THING          kopi
    +     GLAD           asik        | |     BECAUSE        karena      |

"_" is a word we do not know, "#" what is to go on (see KEPT), "~" and "≈" some small words. A few groups stand for
two signs: "menolak" is ``nW``, as "tidak mau" is.

Every repetition is bounded or of single signs: however long the text, reading it stays linear.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

SMALL_WORDS = {"~": "[PMs]{0,3}", "≈": "[PMsp]{0,4}"}
"""What a rule steps over: "ya", "saya", "sudah"; with "≈" also "tolong"."""

EXAMPLES: dict[str, str] = {}
"""A sentence for every rule; the tests hold each rule to its own."""


def _rules(examples: Mapping[str, str]) -> re.Pattern[str]:
    """One pattern of several rules, each given with a sentence in which it is found."""
    written = {_spelled_out(rule): example for rule, example in examples.items()}
    EXAMPLES.update(written)
    return re.compile("|".join(written))


def _spelled_out(rule: str) -> str:
    for sign, stands_for in SMALL_WORDS.items():
        rule = rule.replace(sign, stands_for)
    return rule


DRESS = "PpMAWsjkcg+"
"""What may stand around a request and changes nothing: "tolong", "saya mau", "ya kak"."""

FORBID = "(?:N|[p|]≈n)[PMAWsp]{0,3}"
"""A ban: "jangan", "mohon tidak"."""
UNWANTED = "[nN][PMAsp]{0,3}W[PMAVKWwLspJY]{0,6}"
"""A wish denied, up to what it is about: "tidak mau", "saya ga mau lagi dikirimi"."""
UNNEEDED = "[nN]≈[wk]"
"""No use for it: "ga butuh", "tidak tertarik"."""
OBJECTS = "[PMKEBTOGJYLVAsp]*+"
"""All that a sentence of offers is about: "promo ke wa saya lagi"."""
UNBOUNDED = "(?![xdfi])(?:(?<=[PMspAL])|(?!_))"
"""The object of a sentence is not narrowed by what follows: "jangan kirim promo kopi", "jangan kirim promo dulu"."""

BARRED = _rules(
    {
        f"{FORBID}B(?!d)": "jangan ganggu",
        f"{FORBID}[KE]~B": "jangan kirim spam",
        f"{FORBID}[KET](?=[PMKE]{{0,5}}[OGELJY]){OBJECTS}{UNBOUNDED}": "jangan kirim iklan",
        f"{FORBID}[KET][PMKEOGJYLsp]{{0,8}}A(?!≈x)": "jgn kirim2 lg",
        f"{FORBID}[KE][^xdq]{{0,8}}[OGL][^xdq]{{0,8}}A": "jangan kirim yuk promo lagi",
        f"{FORBID}[KE]P{{0,2}}M[PMAsp+]*$": "jangan chat saya",
        "N~[OGE]~A": "jangan promo lagi",
        "N~O[PEs]{0,3}M": "jangan promosi di wa saya",
        f"[OGEJY][PMpsj]{{0,4}}{FORBID}[KET][PMAsp]*$": "iklannya ga usah dikirim",
    }
)
"""It is forbidden."""

UNWISHED = _rules(
    {
        f"{UNWANTED}[OGL]{OBJECTS}{UNBOUNDED}": "ga mau terima promo",
        f"{UNWANTED}[VK][PMAsp]{{0,4}}[EJY]{OBJECTS}{UNBOUNDED}": "tdk ingin dikirimi pesan lg",
        f"{UNWANTED}(?:B|[KBET][PMOGELs]{{0,5}}A)": "saya tidak bersedia dihubungi lagi",
        f"{UNNEEDED}[PMVKsw]{{0,4}}A[PMVKsw]{{0,4}}[OGEL]": "saya tidak tertarik lagi dengan promonya",
        f"{UNNEEDED}[PMVKsw]{{0,4}}[OGEL]~A": "not interested in your offers anymore",
        "nA~[wk][PMVKs]{0,4}[OGEL]": "no longer interested in receiving promos",
        "n[PMA]{0,2}L[P]{0,3}Y?[KG]": "I do not consent to these messages",
        "n[PMWVs]{0,4}(?:A[PMWVs]{0,4}L|L~A)": "udah ga langganan lagi ya",
    }
)
"""It is no longer wished."""

ENDED = _rules(
    {
        f"S[PMApsd]{{0,4}}(?=[KEBTV]{{0,3}}[PMAs]{{0,3}}[OGJYLEBTV]){OBJECTS}(?![xf])(?:(?<=[PMspA])|(?!_))": (
            "berhenti kirim promo ke saya"
        ),
        f"S[PMAps]{{0,4}}[KT][PMAKsp]*+{UNBOUNDED}": "stop kirim",
        f"^[{DRESS}JYBfbZ]*S[{DRESS}Sd]*$": "saya mau berhenti ya kak",
        "p~S[PMs]*$": "promonya tolong dihentikan ya",
        "^[PM]*o[PM]*p[PMp]*S": "no please stop",
        "U(?![PM]{0,3}x)": "unsubscribe me",
        "C[PMpsOGE]{0,4}L": "batalkan langganan",
        "C[PMsYO]{0,3}G": "cancel all messages",
        "D[PMpsJY]{0,3}[OGL]": "matikan promo",
        "R[Ps]{0,2}M≈[LGEO](?!P{0,2}x)": "hapus saya dari daftar",
        "M≈R~[LG](?!P{0,2}x)": "nomor saya dihapus dari daftar",
        "R~L(?!P{0,2}x)": "hapus langganan saya",
        "e~[LG]": "keluar dari grup",
        "sg~[KV]?~[OG][PMsA]*$": "udah cukup promonya",
        "^[PpMsAc]*(?:R[Ps]{0,2}M|M[PMps]*R)[PMpsA]*$": "coret nomor saya",
        "[pW]~R[PMs]*(?:L|$)": "I want to be removed",
    }
)
"""It shall end."""

ENDED_AFTER_ITS_OBJECT = _rules(
    {
        "[OGLE][PMpWA]{0,5}S[PMpAdcs]*$": "promonya stop aja kak",
        "L≈C[PMAps+]*$": "langganan saya dibatalkan saja",
        "[OGL]≈D[PMAps+]*$": "notifnya tolong dimatikan",
    }
)
ABSENT = _rules(
    {
        "Z[PMKVTpWw]{0,4}[OGEJYKTLBV]": "no more ads",
        "^[PpMs]*o[PA]{0,2}[OGB][OGEPpMAsB]*$": "no promos",
    }
)
"""There shall be none. With a question mark it asks whether there are some."""

KEPT = _rules(
    {
        "[nN][PMWVspd]{0,4}[SUDC]": "jangan berhenti",
        "[nNC][PMWsp]{0,3}l[PMWs]{0,3}[KVEOGT]?": "jangan lupa kirim",
        "C~[SU]": "tidak jadi stop",
        "[nN][PMAs]{0,3}W[PMOGLY]{1,5}C": "saya gak mau promo ini berakhir",
        "[nN][PMW]{0,3}R[PM]": "jangan hapus saya dari daftar",
        "[nN][PMWs]{0,3}e": "don't leave me out",
        "x[PMpsd]{0,3}N[PMAsp]{0,2}K(?![PMAs]{0,4}[OGJY])": "kopinya jangan dikirim lagi",
        "[SUC][^|]{0,8}v": "mau berhenti langganan netflix",
    }
)
"""What is not to end, or is no offer of this shop."""

WEARY = _rules({f"[{DRESS}JY]*[cgBf][{DRESS}BYd]*": "spam nih"})
"""Nothing but a sigh."""

UNCLEAR = _rules(
    {
        "n~p~(?:U|S[PM]{0,2}[OGKL])": "saya tidak minta berhenti langganan",
        "i~[nN]~S": "kalau tidak berhenti saya blokir",
        "[nN][PMWVspd]{0,3}_[PMWVspd]{0,2}[SU]": "tidak berhasil unsubscribe",
        "NKA_": "jangan kirim lagi Toraja",
    }
)
"""A no that may or may not belong to the leaving."""

DOUBTS = _rules(
    {
        f"^[{DRESS}]*S(?![PMpsd]{{0,4}}x)": "stop Toraja",
        "[im][PMWsp]{0,4}[SU]": "kayaknya mau berhenti deh",
        "h[^x]{0,6}[SUe]": "cara berhenti",
        "[SU].{0,8}h": "berhentinya gimana",
        "h[^x]{0,4}n~[VK]~[OGEJY]": "gimana biar ga dapat promo lagi?",
        "y[^x]{0,6}j[^x]{0,4}[KOGEVT]": "kenapa masih dikirim promo",
        "y[^xn]{0,3}K[^x]{0,3}c": "kenapa saya dikirimi terus",
        "y~c": "why do you keep texting me",
        "y~[VK]~[JYGO]": "kenapa saya dapat pesan ini?",
        "y~E[PMs]*$": "why are you texting me?",
        "N[PMA]{0,2}f": "promonya jangan tiap hari",
        "H[PMsd]{0,4}[OGE]": "kurangi promo",
        "^P*YP*B": "is this spam?",
        "^[^x]*b[^x]*$": "salah nomor",
    }
)
"""They may want to leave, even if they only ask."""

COMPLAINTS = _rules(
    {
        f"^[{DRESS}]*(?:[eZ]|RM|N[KET]M|n[PMs]*w)[PpMsA]*$": "saya mau keluar",
        "[OGEJ][PMjsVKA]{0,4}[cgfB]": "promo terus nih",
        "K~[cg][PM]*$": "dikirimin terus",
        "^[Pp]*CP?O": "cancel all promos",
        "[cf][PMpKVsY]{0,4}[OGEJ]": "tiap hari promo",
        "g[PMpKVsY]{0,4}[OGJ]": "cukup ya promonya",
        "K~Y~[cg]": "saya kok dikirimi ini terus",
        "(?:[OGE]A){2}": "promo lagi promo lagi",
        "N[KE][PMOGJE]{0,4}f": "jangan kirim promo tiap hari",
        "H[PMsd]{0,4}[JK]": "kurangin pesan",
        "[OG]≈H": "promonya dikurangin dong kak",
        "N~[OG]": "gak perlu promo",
        f"{UNNEEDED}[PMVKsw]{{0,4}}[OGELKY]": "ga butuh promo",
        f"{FORBID}[KE][PMsx]{{0,3}}[OGL]": "jangan kirim promo kopi",
        "S[PMAps]{0,4}[OGK][OG]": "stop kirim promo kopi",
        f"{UNWANTED}[OGK]": "ga mau promo kopi",
        "B[Ps]{0,2}M": "mengganggu saya",
        "N~Kc": "jangan kirim terus",
    }
)
"""It is too much, or too often, or some of it."""

CURT = _rules({"[PpMsA]*(?:n[PMs]*[Ww][PMs]*A|n[PMs]*A[PMs]*[Ww])[PpMs]*": "tidak mau lagi"})
"""Nothing but a wish denied for good."""

LATER = _rules(
    {
        "d[PMWs]{0,2}[SU]": "nanti saya unsubscribe",
        f"^[{DRESS}]*S[PM]*d[PMd]*$": "stop dulu kak",
        "d[PM]*d": "stop promo dulu bulan ini",
    }
)
"""Not yet, or for a while."""

UNREDUCED = re.compile(
    r"(?:(?:so|there|theres|is|are|with|i|we|have|got|get) ){0,4}(?:no|without|nodiscount)(?: (?:a|any))?"
    r" (?:discounts?|diskon|vouchers?|coupons?|kupon|kode promo|promo ?codes?|codes?)(?: codes?)?"
    r"(?: for (?:this|now|all|everyone|everybody))?"
)
"""Words, not signs: that the price stays as it is. "No promos" and "no ads" are another thing."""

ASKS_HOW = _rules({"[PpMj]*h[hPpMj]*": "gimana caranya"})
