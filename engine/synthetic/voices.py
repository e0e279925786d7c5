"""What customers of an invented shop write: reviews and messages of our own, their leaning known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Final

SEED: Final = 23
COMPLAINTS: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (
        "Kak toplesnya pecah pas dibuka, isinya berantakan semua. Tolong gmn ini 😡",
        "Pesanan sy blm nyampe2 udh 6 hari, tolong dicek ya",
        "Salah kirim nih, saya pesan yg gayo datangnya yg lain",
    ),
    "en": (
        "The jar was broken when I opened it, everything spilled. What now? 😡",
        "My order still hasn't arrived after 6 days, please check",
        "You sent the wrong item, I ordered the gayo",
    ),
}
"""Urgent ones, written to the shop's chat."""
MESSAGES: Final[Mapping[str, tuple[str, ...]]] = {
    "id": (
        "Stok kopi gayo 250 gram masih ada kak?",
        "Kopinya enak bgt, makasih ya",
        "Bisa bayar pakai qris kak?",
        "Ongkir ke Bireuen brp ya?",
    ),
    "en": (
        "Is the gayo coffee 250 gram in stock?",
        "The coffee is really delicious, thanks",
        "Can I pay by transfer?",
        "How much is delivery to Bireuen?",
    ),
}
REVIEWS: Final[Mapping[str, tuple[tuple[str, int], ...]]] = {
    "id": (
        ("Enak banget, rasanya konsisten", 9),
        ("Barangnya bagus, kemasannya rapi sekali", 8),
        ("Pelayanannya ramah, balasnya cepat", 7),
        ("Mantap, bakal beli lagi", 6),
        ("Harganya terjangkau, kualitas oke", 5),
        ("Pengirimannya lama bgt, hampir seminggu baru sampai", 6),
        ("Agak mahal dibanding toko sebelah", 4),
        ("Sesuai pesanan", 3),
        ("Kemasannya penyok, isinya untung aman", 3),
        ("Lumayan lah", 3),
        ("Stoknya sering kosong, kecewa", 3),
        ("Parkirnya susah kalau ke toko", 2),
        ("Tempat parkir sempit, susah putar balik", 2),
    ),
    "en": (
        ("Delicious, always tastes the same", 9),
        ("Great quality, neatly packed", 8),
        ("Friendly service, quick reply", 7),
        ("Excellent, will buy again", 6),
        ("Affordable and good", 5),
        ("Delivery took almost a week, far too late", 6),
        ("A bit expensive compared to next door", 4),
        ("As ordered", 3),
        ("The box was dented", 3),
        ("It is okay", 3),
        ("Often out of stock, disappointing", 3),
        ("Parking is hard at the shop", 2),
        ("Parking space is tiny", 2),
    ),
}
"""Each with how often it is written, relative to the others."""


def reviews(people: int, language: str, seed: int = SEED) -> Sequence[str]:
    """One for each of so many people."""
    lots = Random(seed)  # noqa: S311 - invented words, not a secret
    texts, weights = zip(*REVIEWS[language], strict=True)
    return lots.choices(texts, weights, k=people)
