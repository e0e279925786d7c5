"""The providers as seen from here: small servers on the loopback that answer as Telegram and Twilio do."""

from __future__ import annotations

import json
import re
import threading
import time
from collections import deque
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import HTTP
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlsplit

import httpx
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.telegram import Telegram
from bot.channels.twilio_line import NO_ENVIRONMENT, Line
from bot.channels.whatsapp import WhatsApp
from bot.clock import Clock
from campaigns.channel import Document
from tests.contracts.telegram_html import NotParsed, shown, units
from tests.strangers.bot_api import published

TOKEN = "123456789:AAF-invented-token-for-tests-only"
SHOP_NUMBER = "+14155238886"
ACCOUNT = "AC" + "0" * 32
AUTH_TOKEN = "an invented auth token"
PATIENCE_SECONDS = 0.3
"""How long a channel waits for an answer whose patience is tested."""
LONG_PATIENCE_SECONDS = 20
"""And all others: a busy computer is no reason to send anything twice."""

P = TypeVar("P", bound="Provider")
Form = dict[str, str]


@dataclass
class Answer:
    """What the provider says next, after how long; without a status it hangs up."""

    status: int | None
    body: dict[str, Any] | str = ""
    delay_seconds: float = 0


@dataclass
class Provider:
    """Hears requests and gives the answers laid out for it, then its usual one."""

    server: ThreadingHTTPServer
    heard: list[tuple[str, Form]] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)
    faults: list[str] = field(default_factory=list)
    """Calls that the provider itself would not have understood."""
    clock: datetime | None = None
    """What time it is there, where it is not the computer's."""

    def got(self, path: str, params: Form) -> Answer | None:
        """What is answered to a GET, where it is no file that is asked for."""
        return None

    def examine(self, path: str, form: Form, files: Collection[str]) -> None:
        """Hold a call to what the provider publishes about its interface; ``files`` names the parts uploaded."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def will(self, status: int | None, body: dict[str, Any] | str = "", delay_seconds: float = 0) -> None:
        self.answers.append(Answer(status, body, delay_seconds))

    def forms(self, ending: str) -> list[Form]:
        """What was posted to addresses that end so."""
        return [form for path, form in self.heard if path.endswith(ending)]

    def usual(self, path: str, form: Form) -> Answer:
        raise NotImplementedError

    def answer(self, path: str, form: Form) -> Answer:
        self.heard.append((path, form))
        return self.answers.popleft() if self.answers else self.usual(path, form)


SENDING = ("/sendMessage", "/sendDocument", "/sendPhoto")
EDITING = ("/editMessageText", "/editMessageCaption", "/editMessageReplyMarkup")
LONGEST = {"text": 4_096, "caption": 1_024}
TOLD_BACK = ("message_id", "date", "chat", "text", "caption")


class BotApi(Provider):
    """Telegram. ``updates`` are handed out until they are acknowledged."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        super().__init__(server)
        self.updates: list[dict[str, Any]] = []
        self.files: dict[str, bytes] = {}
        """Documents people sent, by their file_id."""

    def examine(self, path: str, form: Form, files: Collection[str]) -> None:
        self.faults += published().faults(path.rsplit("/", 1)[-1], form, files)

    def usual(self, path: str, form: Form) -> Answer:
        if path.endswith("/getUpdates"):
            self.updates = [each for each in self.updates if each["update_id"] >= int(form.get("offset", 0))]
            return Answer(200, {"ok": True, "result": self.updates}, delay_seconds=0 if self.updates else 0.05)
        if path.endswith("/getFile"):
            name, data = form["file_id"], self.files.get(form["file_id"])
            if data is None:
                return Answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: invalid file_id"})
            told = {"file_id": name, "file_unique_id": name, "file_size": len(data), "file_path": f"documents/{name}"}
            return Answer(200, {"ok": True, "result": told})
        if path.endswith((*SENDING, *EDITING)):
            return self._shown(form)
        if path.endswith("/getMe"):
            told = {"id": 123456789, "is_bot": True, "first_name": "Toko", "username": "toko_uji_bot"}
            return Answer(200, {"ok": True, "result": {**told, "can_join_groups": False}})
        if path.endswith("/getMyCommands"):
            menus = [form["commands"] for form in self.forms("/setMyCommands")][-1:]
            return Answer(200, {"ok": True, "result": json.loads("".join(menus) or "[]")})
        if path.endswith("/getWebhookInfo"):
            set_to = [form["url"] for form in self.forms("/setWebhook")][-1:]
            told = {"url": "".join(set_to), "has_custom_certificate": False, "pending_update_count": 0}
            return Answer(200, {"ok": True, "result": told})
        return Answer(200, {"ok": True, "result": True})

    def _shown(self, form: Form) -> Answer:
        """A message as people see it; refused where Telegram would refuse it."""
        chat, told = {"id": int(form["chat_id"]), "type": "private"}, dict(form)
        try:
            for name in LONGEST.keys() & form.keys():
                told[name] = self.read(form, name)
        except NotParsed as fault:
            return refused(400, f"Bad Request: can't parse entities: {fault}")
        if any(units(told[name]) > longest for name, longest in LONGEST.items() if name in told):
            return refused(400, "Bad Request: message is too long")
        sent = {"message_id": int(form.get("message_id", len(self.heard))), "date": 0, **told, "chat": chat}
        return Answer(200, {"ok": True, "result": {key: sent[key] for key in TOLD_BACK if key in sent}})

    def read(self, form: Form, name: str) -> str:
        """The text or the caption of a request as people read it. Raises NotParsed."""
        return shown(form[name])[0] if form.get("parse_mode") == "HTML" else form[name]

    def answer(self, path: str, form: Form) -> Answer:
        # Polling goes on beside everything else; the answers laid out are meant for what is sent.
        if path.endswith((*SENDING, *EDITING, "/setWebhook")) or not self.answers:
            return super().answer(path, form)
        self.heard.append((path, form))
        return self.usual(path, form)


def refused(code: int, description: str, **parameters: Any) -> Answer:
    """What Telegram answers to what it will not do."""
    told = {"parameters": parameters} if parameters else {}
    return Answer(code, {"ok": False, "error_code": code, "description": description, **told})


LONGEST_BODY, LONGEST_VALUE = 1_600, 1_600
NOT_IN_A_VALUE = re.compile(r"[\n\r\t]| {5}")


class Twilio(Provider):
    """Twilio's Messages, which refuse what its pages on 21617, 21619, 21656, 21658 and 35127 name."""

    def usual(self, path: str, form: Form) -> Answer:
        code = self.refuses(form)
        if code is not None:
            return Answer(400, {"code": code, "message": "Unable to create record", "status": 400})
        return Answer(201, {"sid": f"SM{len(self.heard):032}", "status": "queued", "error_code": None})

    def refuses(self, form: Form) -> int | None:
        """The code for what it would not take of a message's form."""
        if not form.keys() & {"Body", "MediaUrl", "ContentSid"}:
            return 21619
        if len(form.get("Body", "")) > LONGEST_BODY:
            return 21617
        if "ContentVariables" not in form:
            return None
        return 35127 if "Body" in form else _fault_of(form["ContentVariables"])


def _fault_of(variables: str) -> int | None:
    try:
        values = json.loads(variables).values()
    except (ValueError, AttributeError):
        return 21656
    if not all(isinstance(each, str) and each.strip() and not NOT_IN_A_VALUE.search(each) for each in values):
        return 21656
    return 21658 if any(len(each) > LONGEST_VALUE for each in values) else None


@contextmanager
def running(kind: type[P]) -> Iterator[P]:
    """A provider of that kind on a free port. Raises AssertionError for calls it would not have understood."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Desk)
    server.daemon_threads = True
    provider = server.provider = kind(server)  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert not provider.faults, "\n".join(provider.faults)


class _Desk(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        form, files = _opened(self.headers.get("content-type", ""), body)
        provider.documents += files.values()
        provider.examine(urlsplit(self.path).path, form, files)
        self._say(provider.answer(urlsplit(self.path).path, form))

    def _say(self, answer: Answer) -> None:
        time.sleep(answer.delay_seconds)
        if answer.status is None:
            self.close_connection = True
            return
        said = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        with suppress(ConnectionError):  # whoever lost patience is gone
            self.send_response(answer.status)
            self.send_header("content-length", str(len(said.encode())))
            self.end_headers()
            self.wfile.write(said.encode())

    def do_GET(self) -> None:
        """A file's bytes, under the path that getFile gave, or what the provider has to say."""
        asked = urlsplit(self.path)
        answer = self.server.provider.got(asked.path, dict(parse_qsl(asked.query)))  # type: ignore[attr-defined]
        if answer is not None:
            self._say(answer)
            return
        files: dict[str, bytes] = getattr(self.server.provider, "files", {})  # type: ignore[attr-defined]
        data = files.get(self.path.rsplit("/", 1)[-1])
        self.send_response(200 if data is not None else 404)
        self.send_header("content-length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def date_time_string(self, timestamp: float | None = None) -> str:
        clock: datetime | None = self.server.provider.clock  # type: ignore[attr-defined]
        return super().date_time_string(clock.timestamp() if clock is not None else timestamp)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""


def _opened(kind: str, body: bytes) -> tuple[Form, dict[str, Document]]:
    """A posted form's words and files, each by its name."""
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(body.decode(), keep_blank_values=True)), {}
    whole = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=HTTP)
    form: Form = {}
    files: dict[str, Document] = {}
    for part in whole.iter_parts():  # type: ignore[attr-defined]
        content = part.get_payload(decode=True)
        name = part.get_param("name", header="content-disposition")
        if part.get_filename() is None:
            form[name] = content.decode()
        else:
            files[name] = Document(part.get_filename(), content, part.get_content_type())
    return form, files


class _Moved(httpx.AsyncHTTPTransport):
    """Leads to another place than the address says, as a wrong name server would."""

    def __init__(self, to: str) -> None:
        super().__init__()
        self.to = httpx.URL(to)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme=self.to.scheme, host=self.to.host, port=self.to.port)
        return await super().handle_async_request(request)


def leading_to(url: str) -> httpx.AsyncBaseTransport:
    """Whatever is asked for, ``url`` is asked."""
    return _Moved(url)


def telegram_at(url: str, clock: Clock, answer_seconds: float = LONG_PATIENCE_SECONDS) -> Telegram:
    return Telegram.connect(TOKEN, clock, f"{url}/bot", answer_seconds=answer_seconds, per_second=1_000)


def whatsapp_at(url: str, clock: Clock, answer_seconds: float = LONG_PATIENCE_SECONDS, **more: Any) -> WhatsApp:
    """``more`` as WhatsApp takes it."""
    line = Line(_Moved(url), answer_seconds, home=url)
    client = Client(ACCOUNT, AUTH_TOKEN, http_client=line, environment=NO_ENVIRONMENT)
    return WhatsApp(client, SHOP_NUMBER, clock, **more)
