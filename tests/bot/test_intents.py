"""What people mean by what they write."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.talk import phrases
from bot.talk.intents import Intent, Means, understand

LEAVING = """
STOP|stop|Stop!|  stop  |STOPPPP|s t o p|stop 🙏|*stop*|Stop promo|berhenti|BERHENTI.|Berhentiiii|batal langganan|
Batal Langganan!!|jangan kirim lagi|Jangan kirim promo lagi ya|unsubscribe|UNSUBSCRIBE ME|please stop|tolong berhenti|
stop penawaran|END|quit|Cancel|revoke|optout|opt out|stopall|setop
"""
STAYING = """
nonstop promo?|kapan toko berhenti buka?|bus stop|tokonya di halte (bus stop) mana|full stop|jangan berhenti dong|
stok berapa|one stop shop ya kak|saya batal pesan yang biru|weekend buka?|cancel pesanan nomor 5 ya|ending soon?|
quite nice|kirim lagi ya kak|jangan kirim yang merah|promo stop kapan?
"""


def listed(text: str) -> list[str]:
    return [phrase.strip("\n") for phrase in text.split("|")]


@pytest.mark.parametrize("text", listed(LEAVING))
def test_leaving_in_many_words(text: str) -> None:
    assert understand(text).means is Means.STOP


@pytest.mark.parametrize("text", listed(STAYING))
def test_words_that_only_look_like_leaving(text: str) -> None:
    assert understand(text).means is not Means.STOP


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("/start", Means.START),
        ("MULAI", Means.START),
        ("Halo", Means.GREETING),
        ("Hai kak!", Means.GREETING),
        ("ya", Means.YES),
        ("Iyaaa", Means.YES),
        ("👍", Means.YES),
        ("👍🏽", Means.YES),
        ("Boleh, kak", Means.YES),
        ("tidak", Means.NO),
        ("Gak mau", Means.NO),
        ("👎", Means.NO),
        ("/forget", Means.FORGET),
        ("Hapus data saya", Means.FORGET),
        ("PRIVASI", Means.PRIVACY),
        ("?", Means.HELP),
        ("Bahasa Indonesia", Means.INDONESIAN),
        ("English", Means.ENGLISH),
        ("", Means.OTHER),
        ("kopi gayo masih ada?", Means.OTHER),
        ("tidak tahu, ya?", Means.OTHER),
    ],
)
def test_the_other_things_one_can_say(text: str, means: Means) -> None:
    assert understand(text).means is means


def test_a_command_comes_with_what_follows_it() -> None:
    assert understand("/launch winback at_risk 10%") == Intent(Means.COMMAND, "launch", "winback at_risk 10%")
    assert understand("/report@toko_bot 3") == Intent(Means.COMMAND, "report", "3")


@pytest.mark.parametrize("text", ["ABCD-2345", "abcd-2345", "/owner ABCD2345", "ABCD2345"])
def test_an_owners_code_is_known_by_its_form(text: str) -> None:
    assert understand(text).means is Means.OWNER_CODE


@given(st.text(max_size=200))
def test_nothing_anybody_writes_breaks_it(text: str) -> None:
    assert understand(text).means in Means


@given(st.sampled_from(sorted(phrases.PROVIDERS)), st.sampled_from(["", " ", "!", "...", " 😡", "\n"]), st.booleans())
def test_every_word_providers_stop_at_is_caught_in_any_case_and_dress(word: str, tail: str, is_loud: bool) -> None:
    assert understand((word.upper() if is_loud else word) + tail).means is Means.STOP


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("Stop di sini saja ya kak", Means.STOP_HERE),
        ("stop here", Means.STOP_HERE),
        ("berhenti di chat ini", Means.STOP_HERE),
        ("stop riwayat", Means.STOP_HISTORY),
        ("Stop history please", Means.STOP_HISTORY),
        ("stop survei", Means.STOP_SURVEYS),
        ("STOP SURVEYS", Means.STOP_SURVEYS),
        ("stop penawaran", Means.STOP),
    ],
)
def test_one_can_leave_one_place_or_one_purpose_only(text: str, means: Means) -> None:
    assert understand(text).means is means


@pytest.mark.parametrize(
    ("text", "means"), [("tidak mau", Means.NO), ("hapus data saya", Means.FORGET), ("batal", Means.NO)]
)
def test_what_is_understood_is_no_doubt_about_leaving(text: str, means: Means) -> None:
    assert understand(text).means is means
