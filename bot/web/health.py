"""What whoever watches the shop may ask: whether it lives, whether it is ready, and what it counts.

/healthz  the process answers                  always, at once, without the database
/readyz   it can do its work, or why not       within ANSWER_SECONDS, though the database hangs
/metrics  what is counted, for Prometheus      with METRICS_TOKEN; without one on this computer only
"""

from __future__ import annotations

import asyncio
import hmac
import logging
from collections.abc import Callable, Collection, Sequence

from sqlalchemy import text
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from bot import metrics, recognising
from bot.app import App
from bot.metrics import Counting, Page
from bot.overview import WORKING
from bot.web.nearness import is_local
from campaigns.words.composing import Composer
from ledger import pulse, revisions
from ledger.database import MIGRATIONS

log = logging.getLogger(__name__)
ANSWER_SECONDS = 3.0
FORMAT = "text/plain; version=0.0.4; charset=utf-8"
DATABASE, SCHEMA, TEMPLATES, WORKER = "database", "migrations", "templates", "worker"
LATE = "late"
"""Why a shop is not ready."""
TELLING = {
    DATABASE: "the database does not answer",
    SCHEMA: "the database's tables have not the form of this version",
    TEMPLATES: "a template is missing or broken",
    WORKER: "no process that sends gave a sign of life lately",
    LATE: "looking took too long",
}
LOCKED = "Set METRICS_TOKEN in .env and send it: Authorization: Bearer …\n"


def routes(app: App, roles: Collection[str] = WORKING) -> list[Route]:
    """``roles``: of which of these one has to be alive for this process to be ready; none: it does without."""
    return [
        Route("/healthz", Health(app).tell),
        Route("/readyz", Readiness(app, roles).tell),
        Route("/metrics", Figures(app).tell),
    ]


class Health:
    """Whether the process lives. Whether it can work is another question: restarting mends no database."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def tell(self, request: Request) -> Response:
        """Given a ``number`` of ours it is signed, so that the doctor knows whose door this is."""
        mark = recognising.mark_of(self.app.settings.secret(), request.query_params.get("number", ""))
        return JSONResponse({"status": "ok", **({"mark": mark} if mark else {})})


class Readiness:
    """Whether the process can do its work. Looked at by one at a time: a database that hangs is not asked twice."""

    def __init__(self, app: App, roles: Collection[str]) -> None:
        self.app, self.roles = app, roles
        self._looking: asyncio.Task[list[str]] | None = None
        self._heads = revisions.newest(MIGRATIONS)

    async def tell(self, _request: Request) -> Response:
        """200 and "ready", or 503 and why not: kinds of trouble, nothing of what they were about."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(asyncio.to_thread(self._look))
        looking = self._looking
        await asyncio.wait([looking], timeout=ANSWER_SECONDS)
        missing = looking.result() if looking.done() else [LATE]
        if missing:
            reasons = {each: TELLING[each] for each in missing}
            return JSONResponse({"status": "not ready", "reasons": reasons}, status_code=503)
        return JSONResponse({"status": "ready"})

    def _look(self) -> list[str]:
        checks: Sequence[tuple[str, Callable[[], bool]]] = (
            (DATABASE, self._answers),
            (SCHEMA, self._is_current),
            (TEMPLATES, self._is_worded),
            (WORKER, self._is_worked),
        )
        missing: list[str] = []
        for name, is_well in checks:
            if DATABASE in missing and name != TEMPLATES:
                continue
            try:
                fits = is_well()
            except Exception as fault:  # noqa: BLE001 - whatever keeps it from working, this is to be told
                # The type alone: what a fault says may hold the database's address.
                log.warning("not ready: %s (%s)", name, type(fault).__name__)
                fits = False
            if not fits:
                missing.append(name)
        return missing

    def _answers(self) -> bool:
        with self.app.database.reading() as session:
            return bool(session.connection().execute(text("SELECT 1")).scalar_one())

    def _is_current(self) -> bool:
        with self.app.database.reading() as session:
            return revisions.found(session.connection()) == self._heads

    def _is_worded(self) -> bool:
        # This process goes on with words it has read before; one that is to take its place could not begin.
        Composer(self.app.composer.folder).check()
        return True

    def _is_worked(self) -> bool:
        if not self.roles:
            return True
        with self.app.database.reading() as session:
            return any(each.role in self.roles for each in pulse.alive(session, self.app.clock.now()))


class Figures:
    """Trade figures are nobody's business: whoever comes from outside needs the token."""

    def __init__(self, app: App) -> None:
        self.app = app
        counting = Counting(app.database, app.channels.keys(), app.clock.now)
        doors = app.dispatcher.doors
        self.page = Page(app.metrics, counting, lambda: metrics.doors_of(doors, app.channels, app.clock.now))

    async def tell(self, request: Request) -> Response:
        if not self._may(request):
            return PlainTextResponse(LOCKED, status_code=401, headers={"WWW-Authenticate": "Bearer"})
        return Response(await self.page.text(), headers={"Content-Type": FORMAT, "Cache-Control": "no-store"})

    def _may(self, request: Request) -> bool:
        token = self.app.settings.metrics_token
        if token is None:
            # Behind a proxy on the same computer everybody seems to come from it.
            return not self.app.shop.reaches_phones and is_local(request)
        kind, _, given = request.headers.get("authorization", "").partition(" ")
        wanted = token.get_secret_value().encode()
        return kind.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), wanted)
