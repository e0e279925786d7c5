"""The settings are read once, checked, and stand in .env.example to the last one."""

import stat
from datetime import time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from dotenv import dotenv_values

from bot import settings
from bot.settings import BadSettings, Settings
from ledger.retention import Periods

EXAMPLE = Path(__file__).parents[2] / ".env.example"


@pytest.fixture(autouse=True)
def an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in Settings.model_fields:
        monkeypatch.delenv(name.upper(), raising=False)
    return tmp_path


def test_the_example_names_every_setting_and_no_other() -> None:
    assert {name.lower() for name in dotenv_values(EXAMPLE)} == set(Settings.model_fields)


def test_the_example_is_what_one_gets_without_it() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)  # type: ignore[call-arg]


def test_a_shop_is_made_from_what_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TIMEZONE", "Asia/Makassar")
    monkeypatch.setenv("QUIET_HOURS", "22:30-07:00")
    monkeypatch.setenv("HOLDOUT_PERCENT", "25")
    shop = settings.load().shop()
    assert shop.zone == ZoneInfo("Asia/Makassar")
    assert (shop.quiet_hours.start, shop.quiet_hours.end) == (time(22, 30), time(7))
    assert shop.holdout_share == 0.25
    assert (shop.caps.per_category, shop.discovery_share, shop.minimum_age) == (2, 0.25, None)
    assert shop.largest_lateness == timedelta(hours=24)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("SHOP_TIMEZONE", "Jakarta", "SHOP_TIMEZONE harus zona waktu seperti Asia/Jakarta"),
        ("SHOP_CURRENCY", "Rp", "SHOP_CURRENCY harus kode mata uang seperti IDR"),
        ("SHOP_REGION", "Indonesia", "SHOP_REGION harus kode negara seperti ID"),
        ("QUIET_HOURS", "at night", "QUIET_HOURS harus seperti 21:00-08:00"),
        ("SHOP_LANGUAGE", "jv", "SHOP_LANGUAGE harus id (bahasa Indonesia) atau en (bahasa Inggris)"),
        ("KEEP_MESSAGES_DAYS", "89", "KEEP_MESSAGES_DAYS harus paling sedikit 90"),
        ("INACTIVE_DAYS", "5", "INACTIVE_DAYS harus 0 (tanpa akhir) atau paling sedikit 90"),
        ("HOLDOUT_PERCENT", "100", "HOLDOUT_PERCENT harus paling banyak 90"),
        ("OFFERS_PER_MONTH", "banyak", "OFFERS_PER_MONTH harus bilangan bulat, tanpa titik dan koma"),
        ("WHATSAPP_PER_SECOND", "0", "WHATSAPP_PER_SECOND harus lebih dari 0"),
        ("WHATSAPP_PER_SECOND", "0,33", "WHATSAPP_PER_SECOND harus angka, misalnya 10 atau 0.33"),
        ("TELEGRAM_WEBHOOK", "kadang", "TELEGRAM_WEBHOOK harus ya atau tidak"),
        ("MINE_AT", "malam", "MINE_AT harus jam seperti 03:30"),
        ("SECRET_KEY", "pendek", "SECRET_KEY terlalu pendek: paling sedikit 16 huruf"),
        ("SHOP_NAME", "x" * 61, "SHOP_NAME terlalu panjang: paling banyak 60 huruf"),
        (
            "MESSAGE_PRICES",
            "mahal",
            "MESSAGE_PRICES harus seperti whatsapp=650, telegram=0, dan tidak kurang dari nol",
        ),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_look_like(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as fault:
        settings.load()
    assert str(fault.value) == sentence


def test_all_that_is_wrong_is_told_in_the_shops_language_and_the_rest_can_be_used(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in {"SHOP_LANGUAGE": "en", "SHOP_CURRENCY": "Rp", "HOLDOUT_PERCENT": "100"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as fault:
        settings.load()
    assert str(fault.value) == (
        "SHOP_CURRENCY must be a currency code such as IDR; HOLDOUT_PERCENT must be at most 90"
    )
    usable, wrong = settings.as_far_as_it_goes()
    assert (usable.shop_language, usable.shop_currency, usable.holdout_percent) == ("en", "IDR", 10)
    assert [each.name for each in wrong] == ["SHOP_CURRENCY", "HOLDOUT_PERCENT"]


@pytest.mark.parametrize(
    ("said", "meant"), [("ya", True), ("Tidak", False), ("yes", True), ("no", False), ("on", True), ("OFF", False)]
)
def test_yes_and_no_are_understood_as_people_say_them(
    monkeypatch: pytest.MonkeyPatch, said: str, meant: bool
) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK", said)
    assert settings.load().telegram_webhook is meant


def test_nothing_is_kept_for_another_time_than_the_ledger_says_unless_it_is_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert settings.load().periods() == Periods()
    monkeypatch.setenv("INACTIVE_DAYS", "0")
    monkeypatch.setenv("KEEP_AUDIT_DAYS", "0")
    monkeypatch.setenv("KEEP_MESSAGES_DAYS", "90")
    set_so = settings.load().periods()
    assert (set_so.inactive, set_so.audit, set_so.messages) == (None, None, timedelta(days=90))


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", "123:unmistakable")
    assert "unmistakable" not in repr(settings.load())


def test_the_key_is_made_once_and_only_its_owner_may_read_it(an_empty_folder: Path) -> None:
    first = settings.load().secret()
    assert settings.load().secret() == first
    key = an_empty_folder / "data" / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(first) == 64
