"""What chat says, as it is typed at a terminal."""

from __future__ import annotations

import pytest
import typer

from bot.cli import app
from bot.talk.desk.commands import COMMANDS
from bot.terminal import CHAT_ALONE, INSTEAD, typed


@pytest.mark.parametrize(
    ("said", "there"),
    [
        (
            "Teruskan: /teruskan 14. Akhiri: /batalkan 14",
            "Teruskan: langganan resume 14. Akhiri: langganan cancel 14",
        ),
        ("Go on: /resume 5", "Go on: langganan resume 5"),
        ("Kampanye baru: /kampanye", "Kampanye baru: langganan launch"),
        ("/luncurkan paket 2 ke semua", "langganan launch paket 2 ke semua"),
        ("/tim kode manajer (atau staf)", "langganan owner-code --role manager (atau staf)"),
        ("Another role: /team role 2 staff.", "Another role: langganan team --role 2=staff."),
        ("Keluarkan: /tim keluarkan 2", "Keluarkan: langganan team --remove 2"),
        ("Mau keluar dari tim: /tim keluar", "Mau keluar dari tim: /tim keluar"),
        ("Daftarnya: /tim", "Daftarnya: langganan team"),
        ("Semua perintah: /bantuan", "Semua perintah: langganan --help"),
        ("Coba: /uji 3", "Coba: /uji 3"),
        ("https://example.com/team/code dan 3/4 kg /entah", "https://example.com/team/code dan 3/4 kg /entah"),
    ],
)
def test_a_command_of_the_chat_is_one_of_the_terminal(said: str, there: str) -> None:
    assert typed(said) == there


def test_every_command_of_the_chat_has_its_like_at_the_terminal_or_stays() -> None:
    known = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    meant = {INSTEAD.get(name, name) for name in COMMANDS if name not in CHAT_ALONE}
    assert meant - known == {"--help"}
