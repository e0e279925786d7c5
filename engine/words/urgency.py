"""Whether somebody of the shop has to look at a message now: rules of our own in plain spelling, and how it is meant.

    a text → clauses → in each: what is wrong (SIGNS), unless it is asked, supposed, denied or already mended
    anger alone is urgent only where the judge of sentiment is sure of it

Better one look too many than a poisoned customer who waits: harm and threats need no other sign.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache

from engine.words.sentiment import Judged
from engine.words.spelling import MARKS, NEGATIONS, TURNS, pieces
from engine.words.themes import grams, stem

HARM, THREAT, MONEY, MISSING, WRONG, BROKEN, ANGER = (
    "harm",
    "threat",
    "money",
    "missing",
    "wrong",
    "broken",
    "anger",
)
SIGNS: Mapping[str, str] = {
    HARM: """
        bruntusan bengkak muka_merah pusing_setelah swollen keracunan alergi gatal bentol ruam muntah diare mencret
        sakit_perut perut_sakit masuk_rumah_sakit ke_igd opname sesak_napas iritasi melepuh kesetrum korslet
        terbakar meledak poisoned poisoning food_poisoning allergic allergy rash hives vomiting vomited threw_up
        diarrhea diarrhoea stomach_ache got_sick made_me_sick hospital burned burnt exploded caught_fire
        electric_shock
    """,
    THREAT: """
        lapor_ke lapor_polisi dirugikan merugikan lapor_polisi laporkan_polisi ke_polisi saya_laporkan laporin
        lapor_bpom ke_bpom ylki lapor_ylki viralkan viralin saya_viral tuntut gugat jalur_hukum penipu penipuan nipu
        tipu ditipu ketipu menipu modus_penipuan scam scammer scammed fraud police lawyer sue report_you
        consumer_protection ripped_off rip_off
    """,
    MONEY: """
        saldo_kepotong uang_hilang kembalian_saya kembalian_kurang belum_lunas potong_saldo dibatalkan_sepihak
        refund minta_refund uang_kembali kembalikan_uang balikin_uang balikin_duit kembaliin_uang uang_dikembalikan
        uang_saya_balik duit_balik balikin_dana ganti_rugi minta_ganti tertagih_dua terdebet_dua kepotong_dua
        dua_kali_bayar double_bayar bayar_dua_kali money_back refunded charged_twice double_charged overcharged
    """,
    MISSING: """
        resi_tidak stuck tidak_masuk tidak_gerak tidak_bergerak tidak_ditanggapi sampai_sekarang_belum belum_sampai
        belum_datang belum_tiba belum_diterima belum_dikirim belum_terima tidak_sampai tidak_datang tidak_dikirim
        tidak_pernah_sampai tidak_pernah_datang kapan_dikirim_nya barang_hilang paket_hilang mana_pesanan mana_paket
        mana_barang not_arrived never_arrived not_received never_received have_not_received still_waiting never_came
        not_come not_been_delivered not_shipped lost_package lost_parcel where_is_my
    """,
    WRONG: """
        beda_sama beda_dengan pieces_were tidak_sama_dengan ukuran_ngaco asked_for_no jauh_beda cuma_separuh separuh
        separo salah_kirim salah_barang barang_salah salah_pesanan pesanan_salah salah_warna salah_ukuran salah_rasa
        salah_produk tidak_sesuai beda_dengan beda_dari tidak_lengkap kurang_satu kurang_1 kurang_dua kurang_2
        isinya_kurang isi_kurang keliru_kirim tertukar wrong_item wrong_order wrong_size wrong_colour wrong_color
        wrong_product wrong_one wrong_thing missing_item items_missing item_missing not_what_i one_missing
        was_missing is_missing
    """,
    BROKEN: """
        jamuran luntur copot jahitan_lepas layu semut ada_semut ada_lalat gosong lecet mangap stale shrank
        came_apart rusak pecah cacat broke broken bocor basi busuk jamur berjamur kadaluarsa kedaluwarsa expired
        penyok sobek robek hancur patah retak belatung ulat kecoa rambut_di tidak_menyala tidak_nyala mati_total
        tidak_bisa_dipakai tidak_bisa_nyala tidak_berfungsi palsu broken damaged defective cracked leaking leaked
        rotten mouldy moldy spoiled expired torn shattered not_working does_not_work stopped_working fake mold mould
    """,
    ANGER: """
        kecewa marah kesal kesel emosi kapok jijik parah keterlaluan kurang_ajar bohong pembohong nyesal menyesal
        mengecewakan tidak_profesional tidak_becus goblok bodoh bangsat anjing brengsek sialan disappointed angry
        furious disgusting unacceptable ridiculous terrible worst awful horrible outrageous 😡 🤬 😠
    """,
}
"""What is wrong → its words; a ``_`` joins words that count only side by side."""
SUPPOSED = """
    kalau jika bila misal misalnya seandainya andai takut khawatir anti apakah kah supaya biar agar semoga if
    in_case afraid worried whether
"""
"""Before a sign in its clause: it did not happen."""
MENDED = """
    sudah_diganti langsung_diganti sudah_beres sudah_selesai sudah_sampai sudah_dikembalikan sudah_direfund
    sudah_aman tidak_jadi ternyata_sudah was_replaced got_replaced been_replaced has_arrived already_arrived
    was_refunded been_refunded sorted_out all_good all_sorted they_replaced
"""
"""Said anywhere: it is over."""
WHEN = "kapan berapa when"
"""Asks without a question mark."""
ASKING = """
    bisa boleh ada apa apakah berapa gimana bagaimana can could do does is are what how may any policy
"""
"""Begins a question about the shop's ways: "bisa refund?"."""
DENIED = NEGATIONS - {"kurang"}
DENIAL_REACHES = 3
"""Words: "tidak ada yang rusak"."""
SURELY_NEGATIVE = 0.7
SURELY_POSITIVE = 0.8
ABOUT_GOODS = frozenset({MONEY, WRONG, BROKEN})
WIDEST = 3
"""Words of the longest sign."""
NEVER_SUPPOSED = frozenset({THREAT})
"""A threat is mostly put so: "kalau begini saya lapor polisi"."""
NEVER_DOUBTED = frozenset({HARM, THREAT})


def urgent(text: str, judged: Judged) -> tuple[str, ...]:
    """What is wrong, by its key in SIGNS; nothing where nobody has to look now. ``judged``: how ``text`` is meant."""
    said = [stem(each) for each in pieces(text)]
    is_bad = judged.label == "negative"
    found = {
        sign for clause, is_asked in _clauses(said) for sign in _signs(clause, is_doubted=is_asked and not is_bad)
    }
    is_well = judged.label == "positive" and judged.probability >= SURELY_POSITIVE
    if is_well or _one_of(MENDED) & set(grams(said)):
        found &= NEVER_DOUBTED
    if judged.probabilities["negative"] < SURELY_NEGATIVE:
        found -= {ANGER}
    return tuple(sign for sign in SIGNS if sign in found)


def _clauses(said: Sequence[str]) -> Iterator[tuple[list[str], bool]]:
    """Each clause, and whether it ends in a question mark."""
    clause = list[str]()
    for piece in (*said, "."):
        if piece in MARKS or piece in TURNS:
            if clause:
                yield clause, piece == "?" or bool(_one_of(WHEN) & set(clause))
            clause = []
        else:
            clause.append(piece)


def _signs(clause: Sequence[str], *, is_doubted: bool) -> Iterator[str]:
    """What is wrong by one clause. A doubted one asks without complaining: "expired kapan?"."""
    asks_of_the_ways = is_doubted and bool(_one_of(ASKING) & set(clause[:3]))
    for place, sign in _found(clause):
        before = clause[:place]
        is_supposed = sign not in NEVER_SUPPOSED and bool(_one_of(SUPPOSED) & {*before, *grams(before)})
        is_unreal = is_supposed or bool(DENIED & set(before[-DENIAL_REACHES:]))
        is_only_asked = sign in ABOUT_GOODS if is_doubted else False
        if not is_unreal and not is_only_asked and not (asks_of_the_ways and sign != THREAT):
            yield sign


def _found(clause: Sequence[str]) -> Iterator[tuple[int, str]]:
    """Every sign with the place where it begins."""
    for place in range(len(clause)):
        for width in range(1, min(WIDEST, len(clause) - place) + 1):
            for sign in _known().get("_".join(clause[place : place + width]), ()):
                yield place, sign


@cache
def _one_of(said: str) -> frozenset[str]:
    return frozenset(said.split())


@cache
def _known() -> dict[str, tuple[str, ...]]:
    known: dict[str, list[str]] = {}
    for sign, said in SIGNS.items():
        for each in said.split():
            known.setdefault("_".join(map(stem, each.split("_"))), []).append(sign)
    return {each: tuple(signs) for each, signs in known.items()}
