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
        ("SHOP_TIMEZONE", "Jakarta", "SHOP_TIMEZONE must be a time zone such as Asia/Jakarta"),
        ("SHOP_CURRENCY", "Rp", "SHOP_CURRENCY must be a currency code such as IDR"),
        ("SHOP_REGION", "Indonesia", "SHOP_REGION must be a country code such as ID"),
        ("QUIET_HOURS", "at night", "QUIET_HOURS must look like 21:00-08:00"),
        ("SHOP_LANGUAGE", "jv", "SHOP_LANGUAGE Input should be 'id' or 'en'"),
        ("KEEP_MESSAGES_DAYS", "89", "KEEP_MESSAGES_DAYS Input should be greater than or equal to 90"),
        ("INACTIVE_DAYS", "5", "INACTIVE_DAYS must be 0 (without end) or at least 90"),
        ("HOLDOUT_PERCENT", "100", "HOLDOUT_PERCENT Input should be less than or equal to 90"),
        ("DISCOVERY_PERCENT", "80", "DISCOVERY_PERCENT Input should be less than or equal to 75"),
        ("MINIMUM_AGE", "12", "MINIMUM_AGE Input should be greater than or equal to 13"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_should_look_like(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, sentence: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as fault:
        settings.load()
    assert str(fault.value) == sentence


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
