"""A customer's browser without scripts: it reads a page's forms, and presses their buttons."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx

from bot.web.app import web
from tests.stories.conftest import Story

SHOP = "http://127.0.0.1:8080"
OURS = {"origin": SHOP, "sec-fetch-site": "same-origin"}


@dataclass
class Form:
    """A form of a page: where it goes, what it sends, and the words on its button."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    button: str = ""


class Forms(HTMLParser):
    """All forms of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[Form] = []
        self._is_button = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.found.append(Form(told.get("action", ""), told.get("method", "get")))
        elif tag == "input" and self.found and told.get("type") not in ("radio", "checkbox"):
            self.found[-1].fields[told["name"]] = told.get("value", "")
        self._is_button = tag == "button"

    def handle_data(self, data: str) -> None:
        if self._is_button and self.found:
            self.found[-1].button += data.strip()
            self._is_button = False


class Reader:
    """Somebody's browser. ``path``: the page their link led to."""

    def __init__(self, story: Story, path: str) -> None:
        self.story, self.path, self.cookies = story, path, httpx.Cookies()
        self._web = web(story.app)

    def ask(
        self,
        method: str,
        path: str,
        fields: Mapping[str, str] | None = None,
        headers: Mapping[str, str] = OURS,
        *,
        follow: bool = True,
    ) -> httpx.Response:
        async def ask() -> httpx.Response:
            transport = httpx.ASGITransport(self._web)
            async with httpx.AsyncClient(
                transport=transport, base_url=SHOP, cookies=self.cookies, follow_redirects=follow
            ) as browser:
                answer = await browser.request(method, path, data=fields, headers=dict(headers))
                self.cookies = browser.cookies
                return answer

        return asyncio.run(ask())

    def get(self) -> httpx.Response:
        return self.ask("GET", self.path)

    def open(self) -> str:
        """Press the door's button; the page."""
        return self.press(self.get().text, "/open")

    def press(self, page: str, wanted: str, **more: str) -> str:
        """Press the first button with these words, or of the form that goes there; what is shown then."""
        form = next(
            each for each in Forms(page).found if wanted in (each.button, each.action.removeprefix(self.path))
        )
        return self.ask(form.method, form.action, {**form.fields, **more}).text

    def do(self, **fields: str) -> str:
        """Send a form of the page as it may be filled in."""
        return self.ask("POST", self.path, fields).text


def reader(story: Story, who: str, word: str = "PRIVASI") -> Reader:
    """The browser of whoever asked for their page in the chat."""
    found = re.search(r"http://127\.0\.0\.1:8080(/privacy/\S+)", story.say(who, word))
    assert found is not None
    return Reader(story, found[1])
