"""The doors of the customer's privacy page.

link → a door without data (messengers open every link) → pressed: a cookie for that address alone → the page
press → is it from our own page? is the link still good? → done by the chat's function, told in the chat → the page
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from sqlmodel import Session, col, select
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot import privacy_links
from bot.app import App
from bot.talk import privacy
from bot.talk.turn import Turn
from bot.web import assets
from bot.web.desk.frame import printer_of
from bot.web.pages import SAFE, language_of, policy
from bot.web.privacy import deeds, done, showing, visiting
from bot.web.privacy.done import Done
from campaigns.channel import Outgoing
from ledger.tables import Address, RequestKind

OPEN, DONE = "open", "done"
"""Cookies of one link's address, and of no other."""
MOST_FIELDS = 12
LIFETIME_SECONDS = int(privacy_links.LIFETIME.total_seconds())
Act = Callable[[Session, datetime], Response]


@dataclass(frozen=True)
class Knock:
    """One request to a page: which link, and what was pressed."""

    token: str
    fields: Mapping[str, str]
    language: str
    is_secure: bool

    @property
    def path(self) -> str:
        return f"{privacy_links.ROOT}/{self.token}"


class PrivacyPage:
    """Answers for the privacy pages of one shop."""

    def __init__(self, app: App) -> None:
        self.app = app
        self._pace = visiting.Pace()

    async def show(self, request: Request) -> Response:
        """The page for whoever opened it by the button; for anybody else, a preview above all, the door."""
        knock = await self._knock(request)
        is_open = request.cookies.get(OPEN) == "yes"
        cookie = request.cookies.get(DONE, "")
        return await asyncio.to_thread(self._show, knock, cookie, is_open=is_open)

    async def ask_to_erase(self, request: Request) -> Response:
        """What erasing means, and the button that does it."""
        knock = await self._knock(request)
        if request.cookies.get(OPEN) != "yes":
            return self._back(knock)
        return await asyncio.to_thread(self._ask_to_erase, knock)

    async def open(self, request: Request) -> Response:
        """The door's button."""
        return await self._pressed(request, self._open)

    async def change(self, request: Request) -> Response:
        """One of the page's forms."""
        return await self._pressed(request, self._change)

    async def hand_over(self, request: Request) -> Response:
        """Everything, as an archive that is made at this moment and kept nowhere."""
        return await self._pressed(request, self._hand_over)

    async def erase(self, request: Request) -> Response:
        """Everything goes; the receipt is all that is shown."""
        return await self._pressed(request, self._erase)

    async def _pressed(self, request: Request, act: Callable[[Knock], Response]) -> Response:
        knock = await self._knock(request)
        if not self._is_from_our_page(request):
            return self._said(knock, "strange", 403)
        return await asyncio.to_thread(act, knock)

    async def _knock(self, request: Request) -> Knock:
        body = await request.body() if request.method == "POST" else b""
        try:
            fields = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MOST_FIELDS))
        except ValueError:
            fields = {}
        token = request.path_params["token"]
        return Knock(token, fields, language_of(request, self.app.shop.language), request.url.scheme == "https")

    def _is_from_our_page(self, request: Request) -> bool:
        """Browsers say which page a form stands on; only very old ones do not, and those still need the link."""
        site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
        if site is not None and site not in ("same-origin", "none"):
            return False
        ours = {urlsplit(self.app.shop.public_url).netloc, request.headers.get("host", "")}
        return origin is None or urlsplit(origin).netloc in ours - {""}

    def _show(self, knock: Knock, cookie: str, *, is_open: bool) -> Response:
        app, now = self.app, self.app.clock.now()
        with app.database.reading() as session:
            turn = visiting.turn_of(app, session, knock.token, now)
            if turn is None:
                return self._said(knock, "gone", 404)
            if not is_open:
                return self._page(knock, turn.language, "privacy_door", {})
            said = done.unsealed(session, knock.token, cookie) if cookie else None
            values = {**showing.values(turn, said), "until": self._until(session, knock, now), "now": now}
            answer = self._page(knock, turn.language, "privacy", values)
        if cookie:
            answer.delete_cookie(DONE, path=knock.path)
        return answer

    def _until(self, session: Session, knock: Knock, now: datetime) -> datetime:
        found = privacy_links.visitor(session, knock.token, now)
        return found.until if found is not None else now

    def _ask_to_erase(self, knock: Knock) -> Response:
        with self.app.database.reading() as session:
            turn = visiting.turn_of(self.app, session, knock.token, self.app.clock.now())
            if turn is None:
                return self._said(knock, "gone", 404)
            if not turn.is_proven:
                return self._back(knock)
            chats = [turn.word("channels", each.channel) for each in _chats(turn)]
            return self._page(knock, turn.language, "privacy_erase", {"chats": chats, "is_unsure": False})

    def _open(self, knock: Knock) -> Response:
        with self.app.database.transaction(is_for_people=True) as session:
            turn = visiting.taken(self.app, session, knock.token, self.app.clock.now())
            if turn is None:
                return self._said(knock, "gone", 404)
            privacy.note_given(turn, RequestKind.SUMMARY)
        answer = self._back(knock)
        self._keep(answer, knock, OPEN, "yes")
        return answer

    def _change(self, knock: Knock) -> Response:
        now = self.app.clock.now()
        with self.app.database.transaction(is_for_people=True) as session:
            turn = visiting.taken(self.app, session, knock.token, now)
            if turn is None:
                return self._said(knock, "gone", 404)
            if not self._pace.allows(turn.address.id, now) and knock.fields.get("do") != "stop":
                return self._said(knock, "slow", 429)
            said = deeds.do(turn, knock.fields) or Done("nothing")
            if said.key in done.SILENT:
                cookie = done.sealed(session, knock.token, said)
            elif said.key == deeds.CLOSED:
                return self._said(knock, "closed", 200)
            else:
                done.tell(turn, said)
                cookie = done.sealed(session, knock.token, said)
        answer = self._back(knock)
        if cookie:
            self._keep(answer, knock, DONE, cookie)
        answer.background = BackgroundTask(self.app.news.tell_at_once)
        return answer

    def _hand_over(self, knock: Knock) -> Response:
        app, now = self.app, self.app.clock.now()
        with app.database.transaction(is_for_people=True) as session:
            turn = visiting.taken(app, session, knock.token, now)
            if turn is None:
                return self._said(knock, "gone", 404)
            if not turn.is_proven:
                return self._back(knock)
            if not self._pace.allows(turn.address.id, now):
                return self._said(knock, "slow", 429)
            privacy.note_given(turn, RequestKind.COPY)
            done.tell(turn, Done("file"))
            document = privacy.archive(turn)
        headers = {**_headers(), "Content-Disposition": f'attachment; filename="{document.name}"'}
        news = BackgroundTask(app.news.tell_at_once)
        return Response(document.data, media_type=document.media_type, headers=headers, background=news)

    def _erase(self, knock: Knock) -> Response:
        app, now = self.app, self.app.clock.now()
        with app.database.transaction(is_for_people=True) as session:
            turn = visiting.taken(app, session, knock.token, now)
            if turn is None:
                return self._said(knock, "gone", 404)
            if not turn.is_proven:
                return self._back(knock)
            places = [(each.channel, each.address) for each in _chats(turn)]
            language = turn.language
            if knock.fields.get("sure") != "yes":
                chats = [turn.word("channels", each) for each, _ in places]
                return self._page(knock, language, "privacy_erase", {"chats": chats, "is_unsure": True}, 422)
            receipt = privacy.forget(turn, now)
            told = {"number": receipt.number, "rows": sum(receipt.erased.values())}
        answer = self._page(knock, language, "privacy_erased", told)
        for name in (OPEN, DONE):
            answer.delete_cookie(name, path=knock.path)
        answer.background = BackgroundTask(self._tell_erased, places, language, told)
        return answer

    async def _tell_erased(self, places: list[tuple[str, str]], language: str, told: Mapping[str, Any]) -> None:
        """In their chats too, as where it is asked for there: nothing of this is kept, so it is said once or not."""
        said = self.app.composer.reply("forgotten", language, shop=self.app.shop.name, **told)
        for channel, address in places:
            if channel in self.app.channels:
                await self.app.mouth.say_in_turn(channel, Outgoing(address, said.text))

    def _page(self, knock: Knock, language: str, name: str, values: Mapping[str, Any], status: int = 200) -> Response:
        given = {"shop": self.app.shop.name, "contact": self.app.shop.contact, "asset": assets.address}
        html = self.app.composer.page(
            f"privacy/{name}", printer_of(self.app, language), path=knock.path, **given, **values
        )
        return Response(html, status, media_type="text/html", headers=_headers())

    def _said(self, knock: Knock, key: str, status: int) -> Response:
        """A word about the link itself, and how to get a new one; nothing of anybody."""
        return self._page(knock, knock.language, "privacy_said", {"key": key}, status)

    def _back(self, knock: Knock) -> Response:
        return RedirectResponse(knock.path, status_code=303, headers=_headers())

    def _keep(self, answer: Response, knock: Knock, name: str, value: str) -> None:
        answer.set_cookie(
            name, value, max_age=LIFETIME_SECONDS, path=knock.path, httponly=True, samesite="strict",
            secure=knock.is_secure,
        )  # fmt: skip


def _chats(turn: Turn) -> list[Address]:
    """The chats they wrote from."""
    theirs = select(Address).where(Address.customer_id == turn.customer.id, col(Address.last_inbound_at).is_not(None))
    return list(turn.session.exec(theirs.order_by(col(Address.id))))


def _headers() -> dict[str, str]:
    """As everywhere, but that a form's origin is told to ourselves: without it nobody knows where it stood."""
    return {**SAFE, "Content-Security-Policy": policy(forms=True), "Referrer-Policy": "same-origin"}


def routes(app: App) -> list[Route]:
    """The page, and what is pressed on it."""
    page = PrivacyPage(app)
    post = partial(Route, methods=["POST"])
    return [
        Route(privacy_links.PATH, page.show),
        post(privacy_links.PATH, page.change),
        post(f"{privacy_links.PATH}/open", page.open),
        post(f"{privacy_links.PATH}/file", page.hand_over),
        Route(f"{privacy_links.PATH}/erase", page.ask_to_erase),
        post(f"{privacy_links.PATH}/erase", page.erase),
    ]
