"""What setup writes into `.env` is read as it was meant, and what else stands there stays."""

from __future__ import annotations

import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot.setup import envfile

AT = datetime(2026, 11, 23, 8, tzinfo=UTC)
SAID = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=40)
OLD = """# Ours
export SHOP_NAME="Old"  # on the sign
UNKNOWN='keeps "this" ${HOME}'

SHOP_CONTACT = 0812  # the till
not a setting at all
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("env")


class Read(BaseSettings):
    """One setting, read as the program reads all of its own."""

    model_config = SettingsConfigDict(extra="ignore")
    shop_contact: str = ""


@example("${HOME}")
@example("$${HOME}{x:-y}")
@example('a "b" \\" \\n c')
@example("#no comment # at all")
@example(" spaces \t")
@example("two\nlines\r\nthree\r")
@example("Kios Ñandú 🙏 \u2028 \x85 \x1c")
@example("\\")
@given(SAID)
def test_whatever_is_written_is_read_back_equal(folder: Path, said: str) -> None:
    path = folder / ".env"
    path.write_bytes(envfile.changed(OLD, {"SHOP_CONTACT": said}).encode())
    assert Read(_env_file=path).shop_contact == said


@given(SAID, SAID)
def test_it_may_be_said_anew_any_number_of_times(first: str, second: str) -> None:
    once = envfile.changed("A=1\nB='2'\n", {"A": first, "NEW": first})
    assert envfile.changed(once, {"A": second, "NEW": second}) == envfile.changed(
        envfile.changed("A=1\nB='2'\n", {"A": second, "NEW": first}), {"NEW": second}
    )


def test_comments_unknown_names_and_everything_else_stay() -> None:
    changed = envfile.changed(OLD, {"SHOP_NAME": "Toko Ratna", "SHOP_CONTACT": "", "SHOP_REGION": "ID"})
    assert changed == (
        "# Ours\n"
        'export SHOP_NAME="Toko Ratna"  # on the sign\n'
        "UNKNOWN='keeps \"this\" ${HOME}'\n\n"
        "SHOP_CONTACT=  # the till\n"
        "not a setting at all\n"
        "SHOP_REGION=ID\n"
    )


def test_of_a_setting_that_stands_twice_the_one_that_counts_is_changed() -> None:
    assert envfile.changed("A=1\nA=2\n", {"A": "3"}) == "A=1\nA=3\n"


def test_the_line_ends_of_windows_are_kept() -> None:
    assert envfile.changed("A=1\r\nB=2", {"A": "3", "C": "4"}) == "A=3\r\nB=2\r\nC=4\r\n"


def test_a_quote_that_nobody_closed_is_not_made_to_swallow_what_is_new() -> None:
    with pytest.raises(envfile.Unwritable):
        envfile.changed('A="open\nB=2\n', {"SHOP_NAME": "Toko Ratna"})


def test_the_file_and_the_one_before_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("OLD=1\n")
    path.chmod(0o644)
    kept = envfile.written(path, "NEW=1\n", AT)
    assert kept is not None
    assert [(each.read_text(), stat.S_IMODE(each.stat().st_mode)) for each in (path, kept)] == [
        ("NEW=1\n", 0o600),
        ("OLD=1\n", 0o600),
    ]
    assert set(tmp_path.iterdir()) == {path, kept}


def test_a_link_to_a_file_elsewhere_stays_a_link(tmp_path: Path) -> None:
    there = tmp_path / "elsewhere.env"
    there.write_text("OLD=1\n")
    (tmp_path / ".env").symlink_to(there)
    envfile.written(tmp_path / ".env", "NEW=1\n", AT)
    assert ((tmp_path / ".env").is_symlink(), there.read_text()) == (True, "NEW=1\n")
