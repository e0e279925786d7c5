"""The web application: what the shop answers over HTTP."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from bot import downloads, handouts
from bot.app import App
from bot.overview import WORKING
from bot.talk.router import NotTaken
from bot.web import health, links
from bot.web.desk import routes as desk
from bot.web.handouts import HandoutDesk
from bot.web.links import Links
from bot.web.pages import language_of, page
from bot.web.patience import Patience, without_database
from bot.web.privacy import doors as privacy
from bot.web.privacy.mydata import MyData
from bot.web.simulator import doors as simulator
from bot.web.simulator.protocol import LARGEST_WORD_BYTES

LARGEST_BODY_BYTES = 64 * 1024
MOST_OPEN = 2_500
"""Connections at once, at some 25 kB each while they wait: more are asked to come again (503) before they cost more.
It is more than wait for a commit at most (see bot/gathering.py)."""

TOLD_EVERY = 1_000


def web(app: App, *, needs_worker: bool = True) -> Starlette:
    """The shop's pages and webhooks. A body larger than LARGEST_BODY_BYTES is answered with 413.

    ``needs_worker``: it is not ready while nobody sends; see bot/web/health.py.
    """
    mine = MyData(app)
    routes: list[BaseRoute] = [
        Route("/", Welcome(app).show),
        *health.routes(app, WORKING if needs_worker else ()),
        Route(links.PATH, Links(app).show),
        Route(downloads.PATH, mine.show),
        Route(downloads.PATH, mine.hand_over, methods=["POST"]),
        Route(handouts.PATH, HandoutDesk(app).hand_over),
        *privacy.routes(app),
        *desk.routes(app),
    ]
    routes += simulator.routes(app)
    token = app.settings.twilio_auth_token
    if "whatsapp" in app.channels and token is not None:
        from bot.web import whatsapp  # Twilio's library is loaded only where there is an account

        routes += whatsapp.routes(app, token.get_secret_value())
    telegram = app.channels.get("telegram")
    if app.settings.telegram_webhook and telegram is not None:
        from bot.channels.telegram import Telegram  # its library is loaded only where there is a bot
        from bot.web import telegram as calls

        if isinstance(telegram, Telegram):
            routes += calls.routes(app, telegram)
    return Starlette(
        routes=routes,
        max_body_size=LARGEST_BODY_BYTES,
        middleware=[Middleware(Patience)],
        exception_handlers={SQLAlchemyError: without_database, NotTaken: without_database},
    )


def server_of(
    app: App, *, closing_seconds: int, needs_worker: bool = True, most_open: int = MOST_OPEN
) -> uvicorn.Server:
    """The web application, ready to be served. Whoever serves it sees to signals."""
    logging.getLogger("uvicorn.error").addFilter(SPARING)
    config = uvicorn.Config(
        web(app, needs_worker=needs_worker),
        # Requests name links' tokens, and those lead to people: no access log.
        access_log=False,
        log_config=None,
        lifespan="off",
        # Only the simulator's page has a line open, and nobody outside is offered one.
        ws="websockets-sansio" if simulator.is_open(app) else "none",
        ws_max_size=LARGEST_WORD_BYTES,
        ws_per_message_deflate=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=closing_seconds,
        limit_concurrency=most_open,
    )
    return QuietServer(config)


class Sparing(logging.Filter):
    """Of warnings that say the same the first, and then each TOLD_EVERY-th: a crowd fills no disk with lines."""

    def __init__(self) -> None:
        super().__init__()
        self._said: Counter[str] = Counter()

    def filter(self, record: logging.LogRecord) -> bool:
        if record.levelno >= logging.ERROR:
            return True
        self._said[str(record.msg)] += 1
        return self._said[str(record.msg)] % TOLD_EVERY == 1


SPARING = Sparing()


class QuietServer(uvicorn.Server):
    """Leaves signals alone: uvicorn's own way ends the process before the worker has finished."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class Welcome:
    """The front door: which shop this is and where to chat with it."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def show(self, request: Request) -> Response:
        shop, language = self.app.shop, language_of(request, self.app.shop.language)
        channels = ", ".join(sorted(self.app.channels)) or "–"
        return page(
            language,
            shop.name,
            [self.app.composer.word(language, "pages", "open", shop=shop.name, channels=channels)],
        )
