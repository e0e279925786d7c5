"""Tracked links: a person who follows one is counted and told how to order; machines that look ahead are not."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from functools import partial

from sqlmodel import Session
from starlette.requests import Request
from starlette.responses import HTMLResponse

from bot.app import App
from bot.web.pages import language_of, page
from campaigns.outcomes import results
from campaigns.tables import Campaign, Message, TrackedLink
from campaigns.words import wording
from ledger.tables import Product

PATH = "/r/{token}"
TOKEN = re.compile(r"[\w-]{1,64}", re.ASCII)
"""What ours are made of; nothing else is asked of the database, some of which it could not even be asked."""
MACHINES = re.compile(
    r"(?<!cu)bot\b|crawl|spider|preview|facebookexternalhit|facebookcatalog|^whatsapp|skypeuri|embedly|slurp"
    r"|headless|monitor|scanner|^(curl|wget|python|go-http|java|okhttp|axios|node|ruby|php|libwww)",
    re.IGNORECASE,
)
"""User agents that fetch a page without anybody reading it. CUBOT is a make of telephones."""
PURPOSES = ("sec-purpose", "purpose", "x-purpose", "x-moz")
AHEAD = re.compile("prefetch|prerender|preview", re.IGNORECASE)


@dataclass(frozen=True)
class Opened:
    """What lies behind a link: the message's products with their prices in it, those still in the shop."""

    products: list[str]


class Links:
    """Answers for the links of one shop."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def show(self, request: Request) -> HTMLResponse:
        """The page behind a link, and the click counted if a person looks at it."""
        token, language = request.path_params["token"], language_of(request, self.app.shop.language)
        opened = None
        if TOKEN.fullmatch(token):
            opened = await asyncio.to_thread(self._open, token, language, is_person=is_person(request))
        shop, word = self.app.shop, partial(self.app.composer.word, language, "pages")
        if opened is None:
            return page(language, word("missing"), [word("ask")], status=404)
        contact = [word("contact", contact=shop.contact)] if shop.contact else []
        title = word("offer" if opened.products else "plain", shop=shop.name)
        return page(language, title, [*opened.products, word("order"), *contact])

    def _open(self, token: str, language: str, *, is_person: bool) -> Opened | None:
        database = self.app.database
        with database.transaction() if is_person else database.reading() as session:
            if is_person:
                link = results.open_link(session, token, self.app.clock.now())
            else:
                link = session.get(TrackedLink, token)
            if link is None:
                return None
            return Opened(_products(session, session.get_one(Message, link.message_id), language))


def _products(session: Session, message: Message, language: str) -> list[str]:
    percent = session.get_one(Campaign, message.campaign_id).form(message.variant).discount_percent
    offered = [session.get(Product, number) for number in message.facts.get("products", [])]
    return [wording.named_with_price(product, percent, language) for product in offered if product is not None]


def is_person(request: Request) -> bool:
    """Whether somebody is looking, as far as the request tells: previews, prefetching and robots are not somebody."""
    agent = request.headers.get("user-agent", "")
    is_ahead = any(AHEAD.search(request.headers.get(name, "")) for name in PURPOSES)
    return request.method == "GET" and not is_ahead and bool(agent) and not MACHINES.search(agent)
