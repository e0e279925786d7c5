"""The doors of the owner's pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.app import App
from bot.web import assets
from bot.web.desk import access, bundles, campaigns, customers, quality, segments, today
from bot.web.desk.access import Visitor
from bot.web.desk.frame import Page, Place, Visit, composed, printer_of
from bot.web.pages import SAFE, language_of, printed
from campaigns.shop import LANGUAGES
from ledger.notices import RANK
from ledger.tables import Role

ROOT = "/desk"
COOKIE, LANGUAGE = "desk", "desk_language"
PAGES: Mapping[str, Place] = {
    "": Place("today", today.show),
    "/campaigns": Place("campaigns", campaigns.show),
    "/campaigns/{number:int}": Place("campaigns", campaigns.show_one),
    "/segments": Place("segments", segments.show),
    "/segments/{key}": Place("segments", segments.show_one),
    "/bundles": Place("bundles", bundles.show),
    "/customers": Place("customers", customers.show, Role.MANAGER),
    "/quality": Place("quality", quality.show),
}
"""Behind ROOT, in the order of their tabs. Whom a page is for is whom the chat tells as much."""


class Desk:
    """Answers for the owner's pages of one shop."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def open(self, request: Request) -> Response:
        """A link becomes a cookie and stands in no address any more. A preview that opens it harms nothing."""
        token = request.path_params["token"]
        who = await asyncio.to_thread(self._opened, token, is_seen=request.method == "GET")
        if who is None:
            return self._refused(request)
        answer = RedirectResponse(ROOT, status_code=303, headers=SAFE_REDIRECT)
        seconds = max(int((who.until - self.app.clock.now()).total_seconds()), 0)
        answer.set_cookie(
            COOKIE, token, max_age=seconds, path=ROOT, httponly=True, samesite="lax",
            secure=self.app.shop.public_url.startswith("https://") and request.url.hostname not in LOCAL,
        )  # fmt: skip
        return answer

    async def speak(self, request: Request) -> Response:
        """From now on in that language, in this browser."""
        language = request.path_params["language"]
        answer = RedirectResponse(_back(request), status_code=303, headers=SAFE_REDIRECT)
        if language in LANGUAGES:
            answer.set_cookie(LANGUAGE, language, path=ROOT, httponly=True, samesite="lax")
        return answer

    async def show(self, request: Request, place: Place) -> Response:
        """One page, for whoever may see it."""
        return await asyncio.to_thread(self._shown, request, place)

    def _shown(self, request: Request, place: Place) -> Response:
        with self.app.database.reading() as session:
            now = self.app.clock.now()
            who = access.visitor(session, request.cookies.get(COOKIE, ""), now)
            if who is None:
                return self._refused(request)
            language = self._language(request, who)
            path = {name: str(value) for name, value in request.path_params.items()}
            visit = Visit(self.app, session, who, now, language, dict(request.query_params), path)
            page = place.show(visit) if _may(visit, place) else Page("not_yours", {}, status=403)
            tabs = dict.fromkeys(each.tab for each in PAGES.values() if _may(visit, each))
            return printed(
                composed(visit, place.tab, tuple(tabs), page), page.status, scripts=bool(page.refresh_seconds)
            )

    def _opened(self, token: str, *, is_seen: bool) -> Visitor | None:
        with self.app.database.reading() as session:
            who = access.visitor(session, token, self.app.clock.now())
        if who is not None and is_seen:
            with self.app.database.transaction() as session:
                access.note_opened(session, who, self.app.clock.now())
        return who

    def _language(self, request: Request, who: Visitor) -> str:
        chosen = request.cookies.get(LANGUAGE, "")
        return chosen if chosen in LANGUAGES else who.language or self.app.shop.language

    def _refused(self, request: Request) -> Response:
        """Without a word why: an altered link, one that is over and one of somebody removed look the same."""
        language = language_of(request, self.app.shop.language)
        html = self.app.composer.page(
            "desk/closed", printer_of(self.app, language), shop=self.app.shop.name, asset=assets.address
        )
        return printed(html, 403)


LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
SAFE_REDIRECT = {name: SAFE[name] for name in ("Cache-Control", "Referrer-Policy", "X-Robots-Tag")}


def _back(request: Request) -> str:
    """The page they came from, where it is one of these; nothing that leads elsewhere."""
    wanted = request.query_params.get("from", ROOT)
    return wanted if wanted == ROOT or wanted.startswith(f"{ROOT}/") else ROOT


def _may(visit: Visit, place: Place) -> bool:
    return RANK[visit.role] >= RANK[place.least]


def nothing_here(_visit: Visit) -> Page:
    """What is asked for is not there, or not any more."""
    return Page("missing", {}, status=404)


def routes(app: App) -> list[Route]:
    """Where a link is opened, and each page."""
    desk = Desk(app)
    shown = [Route(ROOT + path, partial(desk.show, place=place), name=f"desk{path}") for path, place in PAGES.items()]
    return [
        Route(f"{ROOT}/open/{{token}}", desk.open),
        Route(f"{ROOT}/in/{{language}}", desk.speak),
        *shown,
        Route(f"{ROOT}/{{rest:path}}", partial(desk.show, place=Place("", nothing_here))),
        Route(assets.PATH, assets.hand_over),
    ]
