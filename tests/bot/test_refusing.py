"""What puts an end to a draft, and what only sounds like it."""

import pytest

from bot.talk.desk.refusing import is_not_now


@pytest.mark.parametrize(
    "said",
    [
        "not now", "Not today.", "ga jadi", "gak jadi", "nggak jadi ya", "tidak jadi kak", "ga usah", "gausah deh",
        "nanti aja", "Nanti saja kak", "nanti dulu", "never mind", "Nevermind!", "forget it", "ok forget it",
        "maaf, ga jadi", "jangan dikirim dulu", "gak usah dikirim", "don't send", "jangan hari ini", "lain kali aja",
    ],
)  # fmt: skip
def test_not_now_is_a_no(said: str) -> None:
    assert is_not_now(said)


@pytest.mark.parametrize(
    "said",
    [
        "", "ya", "sekarang", "nanti jam 5", "nanti sore", "tidak usah diskon", "ga usah pakai diskon",
        "tanpa diskon", "jangan ke semua", "bukan semua, langganan saja", "forget it, make it 15%", "besok aja",
        "tidak", "later at 5pm",
    ],
)  # fmt: skip
def test_a_change_is_no_refusal(said: str) -> None:
    assert not is_not_now(said)
