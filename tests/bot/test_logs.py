"""What a log shows and what it keeps to itself."""

from __future__ import annotations

import asyncio
import io
import logging
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as some

from bot import logs
from bot.app import build
from bot.channels.simulator import Simulator
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.logs import masked
from bot.settings import Settings
from ledger.database import Database
from ledger.identity import mask
from tests.contracts.providers import ACCOUNT, TOKEN

NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
GAPS = [
    "",
    " ",
    "-",
    ".",
    " - ",
    "\N{NO-BREAK SPACE}",
    "\N{EN DASH}",
    ") ",
    " (",
    "\N{ZERO WIDTH SPACE}",
    "%20",
    "\\xa0",
]
DATE = re.compile(r"\d{4}-\d\d-\d\d")


@some.composite
def spelled(draw: some.DrawFn) -> tuple[str, str]:
    """A number of 7 to 15 digits as somebody may write it, and as it is."""
    groups = draw(some.lists(some.from_regex(r"\A[0-9]{1,4}\Z"), min_size=2, max_size=8))
    digits, plus = "".join(groups), draw(some.sampled_from(["", "+"]))
    assume(7 <= len(digits) <= 15)
    written = groups[0] + "".join(draw(some.sampled_from(GAPS)) + group for group in groups[1:])
    assume(not DATE.fullmatch(written))
    return plus + written, plus + digits


@contextmanager
def logging_to(stream: io.StringIO) -> Iterator[logging.Logger]:
    """Everything that is logged meanwhile goes through our handler to ``stream``."""
    handler, root = logs.handler(stream), logging.getLogger()
    root.addHandler(handler)
    try:
        yield logging.getLogger("anybody")
    finally:
        root.removeHandler(handler)


@given(spelled())
def test_a_number_is_masked_however_it_is_written(number: tuple[str, str]) -> None:
    written, plain = number
    assert masked(f"dari {written}, ya?") == f"dari {mask(plain)}, ya?"


@given(
    spelled(),
    some.sampled_from(["whatsapp:{}", "chat={}", "'{}'", "/{}/", "update_{}", "2026-11-22 10:15:30,123 {}"]),
)
def test_a_number_is_masked_wherever_it_stands(number: tuple[str, str], place: str) -> None:
    written, plain = number
    assert masked(place.format(written)) == place.format(mask(plain))


@given(some.integers(0, 999_999))
def test_a_short_number_can_be_read(number: int) -> None:
    text = f"port {number}, HTTP {number}: {number} orders"
    assert masked(text) == text


zones = some.sampled_from([None, UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=-9, minutes=-30))])


@given(some.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31), timezones=zones))  # noqa: DTZ001 - bounds have no zone
def test_dates_and_times_can_be_read(moment: datetime) -> None:
    shown = f"{moment.isoformat()} {moment:%Y-%m-%d %H:%M:%S,123} on {moment:%Y-%m-%d}, at {moment:%H:%M} from 08:00"
    assert masked(shown) == shown


def test_what_stands_in_the_days_log_can_be_read() -> None:
    entry = (
        "2026-11-22 03:00:01,204 INFO uvicorn.error: Uvicorn running on http://127.0.0.1:8080 (pid 12345), "
        "200 OK, took 0:00:05.123456, 1,234,567 lines, from 2026-11-01 to 2026-11-22, data-2026-11-02.zip"
    )
    assert masked(entry) == entry


@given(some.emails(domains=some.sampled_from(["example.com", "toko.example.co.id"])))
def test_an_e_mail_address_is_masked(address: str) -> None:
    # Signs that hardly anybody has in their address are left standing before it.
    assume(re.fullmatch(r"[\w.+~-]+", address.split("@", maxsplit=1)[0]))
    assert masked(f"to <{address}>") == f"to <{mask(address)}>"


@pytest.mark.parametrize(
    "secret",
    [f"bot{TOKEN}", TOKEN, TOKEN.replace(":", "%3A"), ACCOUNT, "SM" + "0a1b" * 8, "0a1b" * 8],
    ids=["in Telegram's address", "a bot's token", "escaped", "an account", "a message", "an account's token"],
)
def test_tokens_and_provider_ids_are_masked(secret: str) -> None:
    shown = masked(f"POST https://api.example/{secret}/send and '{secret}'")
    assert secret[-20:] not in shown
    assert shown.count("•••") == 2


def test_arguments_faults_and_tracebacks_are_masked_too() -> None:
    stream = io.StringIO()
    with logging_to(stream) as log:
        try:
            try:
                raise LookupError("+62 812-3456-7890")
            except LookupError as fault:
                raise ValueError("sari@example.com") from fault
        except ValueError:
            log.exception("chat %s and %r", 700100200, {"to": "0812 3456 7890"})
    told = stream.getvalue()
    assert "chat 7•••0200 and {'to': '0•••7890'}" in told
    assert "LookupError: +62•••7890" in told
    assert "ValueError: s•••.com" in told
    assert "Traceback" in told


def test_an_entry_that_cannot_be_put_together_shows_nothing_of_its_arguments(
    capsys: pytest.CaptureFixture[str],
) -> None:
    stream = io.StringIO()
    record = logging.LogRecord("anybody", logging.ERROR, "shop.py", 7, "%d orders", ("081234567890",), None)
    logs.handler(stream).handle(record)
    assert stream.getvalue() == "an entry of anybody (shop:7) could not be written: <class 'TypeError'>\n"
    assert capsys.readouterr().err == ""


CRASH = """
import logging
from bot import logs
logs.configure(logging.INFO)
logging.getLogger("anybody").info("hello 081234567890")
logging.getLogger("anybody").debug("too quiet to be heard")
raise LookupError("nobody has 081234567890")
"""


def test_the_last_words_of_a_process_are_masked_as_everything_before() -> None:
    done = subprocess.run([sys.executable, "-c", CRASH], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert "INFO anybody: hello 0•••7890" in done.stderr
    assert "LookupError: nobody has 0•••7890" in done.stderr
    assert not re.search(r"081234567890|too quiet", done.stderr + done.stdout)


def test_when_a_message_cannot_be_acted_on_the_log_tells_nothing_of_whoever_wrote_it(
    sqlite_database: Database,
) -> None:
    key = "a key for tests only, 32 bytes.."
    settings = Settings(_env_file=None, secret_key=key)  # type: ignore[call-arg,arg-type]
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, ManualClock(NOW), [Simulator()], url, settings.shop())
    with app.database.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE interactions")
    stream, words = io.StringIO(), "Saya sakit, hubungi 0812 3456 7890 atau sari@example.com"
    with logging_to(stream):
        heard = asyncio.run(app.hear(Inbound("simulator", "+6281200000001", words, "in-1", "Sari Dewi")))
    app.close()
    assert "Maaf" in heard.replies[0].text
    told = stream.getvalue()
    assert "a message on simulator was not acted on: OperationalError" in told
    assert not re.search(r"sakit|hubungi|3456|example|Sari|Dewi|0000001", told)
