"""The settings: from the environment and `.env`, checked once, frozen, secrets masked.

The only module that reads the environment. Every field stands in `.env.example` under its name in capitals.
"""

from __future__ import annotations

import os
import secrets as random_secrets
from collections.abc import Mapping
from contextlib import suppress
from datetime import time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import phonenumbers
from babel.numbers import list_currencies
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from campaigns.shop import Alarm, Caps, QuietHours, Shop
from campaigns.words.composing import Composer
from ledger.declarations import Until
from ledger.identity import phone
from ledger.retention import Periods
from ledger.sealing import keys_of

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KEY_BYTES = 32
LONG_DAYS = 90
KEY_FILE = "secret.key"
SHORTEST_KEY = 16
"""Bytes, as of SECRET_KEY."""
ENV_FILE = Path(".env")
SHOP_FILE = "langganan.db"
DEMO_FILE = "demo.db"
FREE = {"telegram": Decimal(), "simulator": Decimal()}
"""Channels that cost nothing unless the settings say so."""
YES, NO = ("ya", "iya", "nyala", "aktif"), ("tidak", "tdk", "mati", "nonaktif")
BOUNDS = ("ge", "gt", "le", "min_length", "max_length")
OURS = {
    "shop_timezone": "zone", "shop_currency": "currency", "shop_region": "region", "quiet_hours": "hours",
    "encryption_key": "keys", "message_prices": "prices", "keep_audit_days": "endless", "inactive_days": "endless",
    "shop_language": "language", "log_format": "log_format", "simulator": "simulator",
}  # fmt: skip
"""What is wrong where our own rule was broken, as a word of [settings_wrong]."""
KINDS = {
    "int": "whole", "float": "number", "decimal": "number", "bool": "yes_or_no", "time": "clock",
    "greater_than_equal": "at_least", "less_than_equal": "at_most", "greater_than": "more_than",
    "string_too_short": "longer", "too_short": "longer", "string_too_long": "shorter", "too_long": "shorter",
}  # fmt: skip
"""The same by pydantic's name for what is wrong, or how that begins."""


class Wrong(NamedTuple):
    """A setting that cannot be used: its name, a word of [settings_wrong], and what fills it. Never its value."""

    name: str
    key: str
    values: Mapping[str, Any]


class BadSettings(ValueError):
    """A setting cannot be used; the sentence names it and says what it should look like, in the shop's language."""


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _zone(name: str) -> str:
    if name not in _zones():
        raise ValueError("must be a time zone such as Asia/Jakarta")
    return name


def _currency(code: str) -> str:
    if code.upper() not in list_currencies():
        raise ValueError("must be a currency code such as IDR")
    return code.upper()


def _region(code: str) -> str:
    if code.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("must be a country code such as ID")
    return code.upper()


def _keys(spelled: SecretStr | None) -> SecretStr | None:
    if spelled is not None:
        keys_of(spelled.get_secret_value())
    return spelled


def _hours(text: object) -> object:
    return QuietHours.read(text) if isinstance(text, str) else text


def _prices(text: object) -> object:
    """ "whatsapp=650, telegram=0": what a message costs on each channel."""
    if not isinstance(text, str):
        return text
    pairs = [part.partition("=") for part in text.split(",") if part.strip()]
    try:
        return {name.strip().lower(): Decimal(price.strip()) for name, _, price in pairs}
    except ArithmeticError as fault:
        raise ValueError("must look like whatsapp=650, telegram=0") from fault


def _costs(prices: dict[str, Decimal]) -> dict[str, Decimal]:
    if any(not price.is_finite() or price < 0 for price in prices.values()):
        raise ValueError("must be amounts of nothing or more")
    return prices


def _yes_or_no(text: object) -> object:
    """As people here say it, too; what pydantic knows by itself is left to it."""
    said = text.strip().casefold() if isinstance(text, str) else text
    return True if said in YES else False if said in NO else text


def _without_end_or_long(days: int) -> int:
    if 0 < days < LONG_DAYS:
        raise ValueError(f"must be 0 (without end) or at least {LONG_DAYS}")
    return days


class Settings(BaseSettings):
    """How this shop runs. Raises nothing of its own: see ``load``."""

    model_config = SettingsConfigDict(env_file=ENV_FILE, env_ignore_empty=True, frozen=True, extra="ignore")

    database_url: str | None = None
    data_dir: Path = Path("data")
    backup_dir: Path | None = None
    postgresql_tools: Path | None = None
    secret_key: SecretStr | None = Field(None, min_length=16)
    encryption_key: Annotated[SecretStr | None, AfterValidator(_keys)] = None

    shop_name: str = Field("Toko Kita", min_length=1, max_length=60)
    shop_language: Literal["id", "en"] = "id"
    shop_timezone: Annotated[str, AfterValidator(_zone)] = "Asia/Jakarta"
    shop_currency: Annotated[str, AfterValidator(_currency)] = "IDR"
    shop_region: Annotated[str, AfterValidator(_region)] = "ID"
    shop_contact: str = Field("", max_length=60)

    quiet_hours: Annotated[QuietHours, NoDecode, BeforeValidator(_hours)] = QuietHours()
    days_between_offers: int = Field(3, ge=0, le=365)
    offers_per_month: int = Field(4, ge=1, le=60)
    offers_per_category: int = Field(2, ge=1, le=60)
    days_between_surveys: int = Field(30, ge=1, le=365)
    survey_lapse_days: int = Field(14, ge=1, le=90)
    complaint_pause_days: int = Field(7, ge=0, le=90)
    discovery_percent: int = Field(25, ge=0, le=75)
    minimum_age: int | None = Field(None, ge=13, le=99)
    holdout_percent: int = Field(10, ge=0, le=90)
    attribution_days: int = Field(7, ge=1, le=90)
    largest_lateness_hours: int = Field(24, ge=1, le=24 * 14)
    start_lateness_minutes: int = Field(60, ge=1, le=60 * 24)
    message_prices: Annotated[dict[str, Decimal], NoDecode, BeforeValidator(_prices), AfterValidator(_costs)] = Field(
        default_factory=dict
    )
    whatsapp_daily_limit: int = Field(250, ge=1)
    pause_failures_percent: int = Field(20, ge=1, le=100)
    pause_leaves_percent: int = Field(5, ge=1, le=100)
    voucher_days: int = Field(14, ge=1, le=365)
    mine_at: time = time(3, 0)
    mining_memory_mb: int = Field(2_000, ge=300, le=1_000_000)

    keep_messages_days: int = Field(365, ge=90, le=3650)
    keep_browsing_days: int = Field(730, ge=30, le=3650)
    keep_audit_days: Annotated[int, AfterValidator(_without_end_or_long)] = Field(1095, ge=0, le=36500)
    keep_marks_days: int = Field(30, ge=2, le=365)
    inactive_days: Annotated[int, AfterValidator(_without_end_or_long)] = Field(730, ge=0, le=36500)
    grace_days: int = Field(30, ge=7, le=365)
    tidy_at: time = time(3, 30)

    public_url: str | None = None
    web_host: str = "127.0.0.1"
    web_port: int = Field(8080, ge=1, le=65535)
    metrics_token: SecretStr | None = Field(None, min_length=16)
    log_format: Literal["text", "json"] = "text"
    in_flight: int = Field(128, ge=1, le=1000)
    simulator: Literal["auto", "on", "off"] = "auto"

    telegram_bot_token: SecretStr | None = None
    telegram_webhook: Annotated[bool, BeforeValidator(_yes_or_no)] = False
    telegram_per_second: int = Field(30, ge=1, le=1000)
    twilio_account_sid: str | None = None
    twilio_auth_token: SecretStr | None = None
    twilio_whatsapp_from: str | None = None
    whatsapp_per_second: float = Field(10, gt=0, le=1000)

    def shop(self) -> Shop:
        """The shop's habits as the campaigns know them."""
        return Shop(
            name=self.shop_name,
            language=self.shop_language,
            zone=ZoneInfo(self.shop_timezone),
            currency=self.shop_currency,
            region=self.shop_region,
            contact=self.shop_contact,
            whatsapp=phone((self.twilio_whatsapp_from or "").removeprefix("whatsapp:"), self.shop_region) or "",
            public_url=(self.public_url or f"http://127.0.0.1:{self.web_port}").rstrip("/"),
            quiet_hours=self.quiet_hours,
            caps=Caps(self.days_between_offers, self.offers_per_month, self.offers_per_category),
            minimum_age=self.minimum_age,
            survey_days_between=self.days_between_surveys,
            survey_lapse_days=self.survey_lapse_days,
            complaint_pause_days=self.complaint_pause_days,
            discovery_share=self.discovery_percent / 100,
            holdout_share=self.holdout_percent / 100,
            window_days=self.attribution_days,
            largest_lateness=timedelta(hours=self.largest_lateness_hours),
            start_lateness=timedelta(minutes=self.start_lateness_minutes),
            prices={**FREE, **self.message_prices},
            daily_limits={"whatsapp": self.whatsapp_daily_limit},
            alarm=Alarm(self.pause_failures_percent / 100, self.pause_leaves_percent / 100),
            voucher_days=self.voucher_days,
            kept_days={until: kept.days for until in Until if (kept := self.periods().of(until))},
        )

    def periods(self) -> Periods:
        """How long this shop keeps what."""
        audit, inactive = timedelta(days=self.keep_audit_days), timedelta(days=self.inactive_days)
        return Periods(
            messages=timedelta(days=self.keep_messages_days),
            browsing=timedelta(days=self.keep_browsing_days),
            audit=audit or None,
            marks=timedelta(days=self.keep_marks_days),
            inactive=inactive or None,
            grace=timedelta(days=self.grace_days),
        )

    def shop_url(self) -> str:
        """The shop's own database."""
        return self.database_url or f"sqlite:///{self.data_dir / SHOP_FILE}"

    def demo_url(self) -> str:
        """The invented shop's database, apart from the real one unless DATABASE_URL says otherwise."""
        return self.database_url or f"sqlite:///{self.data_dir / DEMO_FILE}"

    def has_shop(self) -> bool:
        """Whether there is a real shop to speak of: data, a database of its own, or a messenger to open it on."""
        is_named = bool(self.database_url or self.telegram_bot_token or self.twilio_account_sid)
        return is_named or (self.data_dir / SHOP_FILE).exists()

    def has_demo(self) -> bool:
        return (self.data_dir / DEMO_FILE).exists()

    def secret(self) -> bytes:
        """The key of all fingerprints: SECRET_KEY, or one made at the first use and kept beside the data.

        Whoever loses it can no longer find addresses; back it up with the database.
        """
        if self.secret_key is not None:
            return self.secret_key.get_secret_value().encode()
        path = self.data_dir / KEY_FILE
        if not path.exists():
            self._make_key(path)
        key = path.read_bytes()
        if len(key) < SHORTEST_KEY:
            # An empty one would be known to everybody.
            raise BadSettings(f"{path} is not whole: restore it from your backup, or set SECRET_KEY")
        return key

    def keys(self) -> tuple[bytes, ...]:
        """What addresses are sealed with, 32 bytes each: the first seals, all of them open. None: they are not."""
        return keys_of(self.encryption_key.get_secret_value()) if self.encryption_key is not None else ()

    def _make_key(self, path: Path) -> None:
        self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = path.with_suffix(f".{random_secrets.token_hex(4)}")
        try:
            made.touch(mode=0o600)
            with made.open("w", encoding="ascii") as file:
                file.write(random_secrets.token_hex(KEY_BYTES))
                file.flush()
                # Everything that is found by it is lost with it: it outlasts a power cut.
                os.fsync(file.fileno())
            # Linked into place whole: of two processes that start together both read the same key.
            with suppress(FileExistsError):
                os.link(made, path)
        finally:
            made.unlink(missing_ok=True)


def load() -> Settings:
    """The settings as they stand. Raises BadSettings with every setting that will not do."""
    settings, wrong = as_far_as_it_goes()
    if wrong:
        composer, language = Composer(), settings.shop_language
        said = [f"{each.name} {composer.word(language, 'settings_wrong', each.key, **each.values)}" for each in wrong]
        raise BadSettings("; ".join(said))
    return settings


def as_far_as_it_goes() -> tuple[Settings, tuple[Wrong, ...]]:
    """The settings, each that will not do at its default; and which those are."""
    try:
        return Settings(), ()
    except ValidationError as fault:
        errors = fault.errors()
    usual = {name: Settings.model_fields[name].get_default(call_default_factory=True) for name in map(_name, errors)}
    return Settings(**usual), tuple(map(_wrong, errors))


def wrong_with(name: str, said: str) -> Wrong | None:
    """What is wrong with that value of one setting, by the rules by which all are read; None if it will do."""
    try:
        Settings(_env_file=None, **{name: said})  # type: ignore[arg-type]
    except ValidationError as fault:
        return next((_wrong(each) for each in fault.errors() if _name(each) == name), None)
    return None


def _name(error: ErrorDetails) -> str:
    return str(error["loc"][0])


def _wrong(error: ErrorDetails) -> Wrong:
    kind, name, bounds = error["type"], _name(error), error.get("ctx", {})
    found = KINDS.get(kind) or KINDS.get(kind.partition("_")[0])
    key = OURS.get(name) if kind in ("value_error", "literal_error") else found
    asked = {bound: f"{value:g}" for bound, value in bounds.items() if bound in BOUNDS}
    return Wrong(name.upper(), key or "unfit", {"n": next(iter(asked.values()), "")})
