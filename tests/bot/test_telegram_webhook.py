"""Telegram calling us: who may, what it is told, and that nothing it says makes it call again and again."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy.exc import OperationalError
from telegram.error import NetworkError, RetryAfter

from bot.app import App, build
from bot.channels.telegram import Telegram
from bot.channels.telegram.calling import PATH, Calling, secret_token, why_not
from bot.channels.telegram.reading import update_of
from bot.channels.telegram.waiting import Pauses
from bot.clock import ManualClock
from bot.inbound import Inbound
from bot.settings import Settings
from bot.talk.router import NotTaken
from bot.web.app import web
from bot.web.telegram import LARGEST_UPDATE_BYTES, SECRET
from ledger import customers, faults
from ledger.database import Database
from tests.bot.test_telegram import NOW, PRIVATE, SARI, membership, pressed, written
from tests.contracts.providers import TOKEN, BotApi, refused, running, telegram_at

pytestmark = pytest.mark.filterwarnings("ignore::telegram.warnings.PTBDeprecationWarning")

KEY = "a key for tests only, 32 bytes.."
PROOF = {SECRET: secret_token(KEY.encode(), TOKEN)}
PUBLIC = "https://toko.example"


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running(BotApi) as provider:
        yield provider


def patient(api: BotApi) -> Telegram:
    """An answer that was given up would be sent again."""
    return Telegram.connect(TOKEN, ManualClock(NOW), f"{api.url}/bot", per_second=1_000)


@pytest.fixture
def app(sqlite_database: Database, api: BotApi) -> Iterator[App]:
    clock = ManualClock(NOW)
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        secret_key=KEY,  # type: ignore[arg-type]
        public_url=PUBLIC,
        telegram_bot_token=TOKEN,  # type: ignore[arg-type]
        telegram_webhook=True,
    )
    url = sqlite_database.engine.url.render_as_string(hide_password=False)
    app = build(settings, clock, [patient(api)], url, settings.shop())
    yield app
    app.close()


def calls(app: App, *bodies: Any, headers: dict[str, str] = PROOF) -> list[int]:
    """What Telegram is answered to each, once all that followed from them is done."""

    async def call() -> list[int]:
        transport = httpx.ASGITransport(web(app))
        async with httpx.AsyncClient(transport=transport, base_url=PUBLIC) as telegram:
            raw = [each if isinstance(each, bytes) else json.dumps(each).encode() for each in bodies]
            answers = [await telegram.post(PATH, content=each, headers=headers) for each in raw]
        await app.answered()
        for channel in app.channels.values():
            assert isinstance(channel, Telegram)
            await channel.close()
        return [answer.status_code for answer in answers]

    return asyncio.run(call())


def unreachable_since(app: App) -> datetime | None:
    with app.database.reading() as session:
        address = customers.address_of(session, "telegram", "700100")
        assert address is not None
        return address.unreachable_since


def test_what_telegram_calls_with_is_answered_over_the_bot_api(app: App, api: BotApi) -> None:
    assert calls(app, written(1, text="/start")) == [200]
    (form,) = api.forms("/sendMessage")
    assert "Halo Kak Sari" in api.read(form, "text")


def test_the_same_update_twice_is_answered_once(app: App, api: BotApi) -> None:
    assert calls(app, written(1, text="/start"), written(1, text="/start")) == [200, 200]
    assert len(api.forms("/sendMessage")) == 1


@pytest.mark.parametrize("headers", [{}, {SECRET: "guessed"}, {SECRET: "\xe9"}, {SECRET: ""}])
def test_whoever_does_not_know_the_secret_is_turned_away(app: App, api: BotApi, headers: dict[str, str]) -> None:
    raw = {name: value.encode("latin-1") for name, value in headers.items()}
    assert calls(app, written(1, text="/start"), b"{", headers=raw) == [403, 403]  # type: ignore[arg-type]
    assert api.heard == []


NONSENSE = [
    b"", b"{", b"\xff\xfe", b"[]", b"null", b'"text"', b"{}", b'{"update_id": "one"}', b"1e999", b"[" * 200_000,
    b'{"update_id": 1, "message": 7}', b'{"update_id": 1, "message": {"message_id": 1}}',
    b'{"update_id": 1, "callback_query": {"id": "7", "from": []}}',
]  # fmt: skip


@pytest.mark.parametrize("body", NONSENSE, ids=range(len(NONSENSE)))
def test_what_cannot_be_understood_is_taken_and_not_called_with_again(
    app: App, api: BotApi, caplog: pytest.LogCaptureFixture, body: bytes
) -> None:
    assert calls(app, body) == [200]
    assert api.forms("/sendMessage") == []
    assert "Traceback" not in caplog.text
    assert len(noted(app)) == (body != b'{"update_id": "one"}')


def noted(app: App) -> list[str]:
    """Where messages could not be acted on."""
    with app.database.reading() as session:
        return [each.place for each in faults.since(session, NOW - timedelta(days=1))]


def test_what_is_larger_than_any_update_is_put_aside(app: App, caplog: pytest.LogCaptureFixture) -> None:
    huge = json.dumps(written(1, text="rahasia" * (LARGEST_UPDATE_BYTES // 7 + 1))).encode()
    assert calls(app, huge) == [200]
    assert "larger than any update" in caplog.text
    assert "rahasia" not in caplog.text


def test_a_long_message_with_all_that_belongs_to_it_is_heard(app: App, api: BotApi) -> None:
    before = {"message_id": 40, "date": 0, "chat": PRIVATE, "text": "🎉" * 2_048}
    assert calls(app, written(1, text="é" * 4_096, reply_to_message=before, padding=["x" * 90] * 400)) == [200]
    assert api.forms("/sendMessage") != []


def test_what_could_not_be_kept_is_asked_for_again(app: App) -> None:
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr(type(app.database), "transaction", _no_database)
        assert calls(app, written(1, text="Halo")) == [503]
    assert calls(app, written(1, text="Halo")) == [200]


def test_a_block_that_could_not_be_kept_is_asked_for_again(app: App) -> None:
    calls(app, written(1, text="/start"))
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr(type(app.database), "transaction", _no_database)
        assert calls(app, membership(2, "kicked")) == [503]
    assert calls(app, membership(2, "kicked")) == [200]
    assert unreachable_since(app) == NOW


def test_what_cannot_be_understood_is_called_with_again_where_that_cannot_be_noted(app: App) -> None:
    with pytest.MonkeyPatch.context() as outage:
        outage.setattr(type(app.database), "transaction", _no_database)
        assert calls(app, b'{"update_id": 1, "message": 7}') == [503]


def _no_database(_self: Database) -> Any:
    raise OperationalError("BEGIN", {}, Exception("away"))


def test_blocks_count_in_the_order_they_happened(app: App) -> None:
    blocked, back = membership(2, "kicked", NOW), membership(3, "member", NOW + timedelta(minutes=5))
    assert calls(app, written(1, text="/start"), back, blocked) == [200, 200, 200]
    assert unreachable_since(app) is None


def test_a_block_after_coming_back_counts(app: App) -> None:
    back, blocked = membership(2, "member", NOW), membership(3, "kicked", NOW + timedelta(minutes=5))
    calls(app, written(1, text="/start"), blocked, back)
    assert unreachable_since(app) == NOW + timedelta(minutes=5)


def test_a_strangers_block_makes_nobody_known(app: App) -> None:
    assert calls(app, membership(2, "kicked")) == [200]
    with app.database.reading() as session:
        assert customers.address_of(session, "telegram", "700100") is None


# Presses


def with_buttons(api: BotApi, update: dict[str, Any]) -> dict[str, Any]:
    """A press on the last message that had buttons, as Telegram tells it."""
    form = [each for each in api.forms("/sendMessage") if "inline_keyboard" in each.get("reply_markup", "")][-1]
    shown = {"text": api.read(form, "text"), "reply_markup": json.loads(form["reply_markup"])}
    entities = [{"type": "bold", "offset": 0, "length": 4}]
    update["callback_query"]["message"] |= {"from": SARI, "date": 1, "entities": entities, **shown}
    return update


def asked(app: App, api: BotApi) -> tuple[str, str, str]:
    """What a newcomer is asked: the text, a button's label and what it says."""
    calls(app, written(1, text="/start"))
    form = api.forms("/sendMessage")[-1]
    button = json.loads(form["reply_markup"])["inline_keyboard"][0][0]
    return api.read(form, "text"), button["text"], button["callback_data"]


def again(app: App, api: BotApi) -> App:
    """The same shop after its channel was closed."""
    app.channels["telegram"] = patient(api)  # type: ignore[index]
    return app


def test_a_question_that_was_answered_shows_what_was_chosen_and_has_no_buttons(app: App, api: BotApi) -> None:
    text, label, says = asked(app, api)
    calls(again(app, api), with_buttons(api, pressed(2, says)))
    (form,) = api.forms("/editMessageText")
    assert (form["message_id"], form["text"]) == ("41", f"{text}\n\n✓ {label}")
    assert json.loads(form["entities"]) == [{"type": "bold", "offset": 0, "length": 4}]
    assert "reply_markup" not in form
    assert "parse_mode" not in form
    assert api.forms("/answerCallbackQuery") == [{"callback_query_id": "77"}]


def test_a_press_that_answers_nothing_leaves_the_message_as_it_is(app: App, api: BotApi) -> None:
    asked(app, api)
    calls(again(app, api), with_buttons(api, pressed(2, "bukan apa-apa")))
    assert [path for path, _ in api.heard if "/edit" in path] == []
    assert len(api.forms("/answerCallbackQuery")) == 1


def test_a_message_that_cannot_be_marked_costs_no_answer(app: App, api: BotApi) -> None:
    _, _, says = asked(app, api)
    usual, before = api.usual, len(api.forms("/sendMessage"))

    def refusing(path: str, form: dict[str, str]) -> Any:
        return refused(400, "Bad Request: message to edit not found") if "/edit" in path else usual(path, form)

    api.usual = refusing  # type: ignore[method-assign]
    assert calls(again(app, api), with_buttons(api, pressed(2, says))) == [200]
    assert len(api.forms("/sendMessage")) > before


# Telling Telegram where


def looking(api: BotApi, times: int) -> None:
    async def look() -> None:
        telegram = telegram_at(api.url, ManualClock(NOW))
        calling = Calling(telegram.bot, PUBLIC + PATH, "proof")
        for _ in range(times):
            await calling.look()
        await telegram.close()

    asyncio.run(look())


def test_telegram_is_told_where_to_call_what_to_tell_and_its_proof(api: BotApi) -> None:
    looking(api, 1)
    (form,) = api.forms("/setWebhook")
    wanted = ["message", "edited_message", "callback_query", "my_chat_member"]
    assert (form["url"], form["secret_token"]) == (PUBLIC + PATH, "proof")
    assert (json.loads(form["allowed_updates"]), form["max_connections"]) == (wanted, "20")


def test_it_is_told_again_only_where_it_forgot(api: BotApi) -> None:
    looking(api, 2)
    assert len(api.forms("/setWebhook")) == 1
    api.heard.append(("/deleted/setWebhook", {"url": ""}))
    looking(api, 2)
    assert [form["url"] for form in api.forms("/setWebhook")] == [PUBLIC + PATH, "", PUBLIC + PATH]


def test_telling_it_is_tried_again_when_it_fails(api: BotApi, caplog: pytest.LogCaptureFixture) -> None:
    async def keep() -> None:
        telegram, stopping = telegram_at(api.url, ManualClock(NOW)), asyncio.Event()
        calling = Calling(telegram.bot, PUBLIC + PATH, "proof", Pauses(0.01))
        keeping = asyncio.create_task(calling.keep(stopping))
        async with asyncio.timeout(5):
            while len(api.forms("/setWebhook")) < 3:  # noqa: ASYNC110 - the stub rings no bell
                await asyncio.sleep(0.01)
        stopping.set()
        await keeping
        await telegram.close()

    api.answers.extend([refused(502, "Bad Gateway"), refused(400, "Bad Request: bad webhook: no such host")])
    with caplog.at_level(logging.WARNING):
        asyncio.run(keep())
    assert caplog.text.count("was not told where to call") == 2


def test_waits_grow_up_to_half_a_minute_and_telegrams_own_word_counts() -> None:
    pauses = Pauses()
    assert [pauses.after(NetworkError("x")) for _ in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert pauses.after(RetryAfter(90)) == 90
    pauses.reset()
    assert pauses.after() == 1


def test_the_secret_is_the_same_at_every_start_and_another_for_another_bot_or_shop() -> None:
    known = secret_token(b"one shop", TOKEN)
    assert known == secret_token(b"one shop", TOKEN)
    assert len({known, secret_token(b"another shop", TOKEN), secret_token(b"one shop", TOKEN + "x")}) == 3
    assert known.isalnum()
    assert 1 <= len(known) <= 256


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://toko.example", "https://"),
        ("https://127.0.0.1", "from outside"),
        ("https://localhost:8443", "from outside"),
        ("https://toko.example:8080", "443, 80, 88, 8443"),
        ("https://toko.example:eight", "443, 80, 88, 8443"),
        ("https://toko.example", None),
        ("https://toko.example:8443", None),
    ],
)
def test_an_address_telegram_cannot_call_is_said_so(url: str, words: str | None) -> None:
    shop = Settings(_env_file=None, public_url=url).shop()  # type: ignore[call-arg]
    found = why_not(shop.public_url, reaches_phones=shop.reaches_phones)
    assert (found is None) if words is None else (words in (found or ""))


# Albums


def of_album(number: int, **what: Any) -> dict[str, Any]:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    return written(number, **(what or {"photo": photo}), media_group_id="13579")


def heard_of(*updates: dict[str, Any], fail_on: int | None = None) -> list[tuple[str, str]]:
    """What is heard of an album, by number and text; at first number ``fail_on`` cannot be kept."""
    heard: list[tuple[str, str]] = []

    async def story() -> None:
        telegram, failures = Telegram.connect(TOKEN, ManualClock(NOW)), iter([True])

        async def hear(said: Inbound) -> None:
            if said.provider_message_id == f"update-{fail_on}" and next(failures, False):
                raise NotTaken
            heard.append((said.provider_message_id, said.text))

        for each in updates:
            with suppress(NotTaken):
                await telegram.attend(update_of(each), hear, hear)  # type: ignore[arg-type]
        await telegram.close()

    asyncio.run(story())
    return heard


def test_an_album_is_answered_once() -> None:
    assert heard_of(*map(of_album, range(1, 6))) == [("update-1", "")]


def test_an_albums_caption_is_what_is_said() -> None:
    photo = [{"file_id": "a", "file_unique_id": "b", "width": 1, "height": 1}]
    captioned = of_album(1, photo=photo, caption="Ada warna ini?")
    assert heard_of(captioned, of_album(2), of_album(3)) == [("update-1", "Ada warna ini?")]
    late = of_album(3, photo=photo, caption="STOP")
    assert heard_of(of_album(1), of_album(2), late) == [("update-1", ""), ("update-3", "STOP")]


def test_each_file_of_several_that_came_together_is_heard() -> None:
    documents = [{"file_id": f"F{n}", "file_unique_id": "u", "file_name": f"{n}.csv"} for n in (1, 2)]
    files = [of_album(n, document=each) for n, each in enumerate(documents, 1)]
    assert [number for number, _ in heard_of(*files)] == ["update-1", "update-2"]


def test_a_part_that_could_not_be_kept_does_not_stand_for_the_others() -> None:
    assert heard_of(of_album(1), of_album(1), of_album(2), fail_on=1) == [("update-1", "")]
