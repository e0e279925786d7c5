"""A customer's own data behind a signed link: a page first, the archive when they press the button.

Messengers fetch every link to show a preview; they get the page, never the data.
"""

from __future__ import annotations

import asyncio
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from bot import downloads
from bot.app import App
from bot.talk.privacy import archive_name
from bot.web.pages import language_of, page, safe_headers
from campaigns.privacy import exporting


class MyData:
    """Answers for the links of one shop."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def show(self, request: Request) -> Response:
        """What the link is for, with a button; nothing of the data."""
        language = language_of(request, self.app.shop.language)
        word = partial(self.app.composer.word, language, "pages")
        if not await asyncio.to_thread(self._is_good, request.path_params["token"]):
            return page(language, word("mydata_gone"), [word("mydata_again")], status=404)
        title = word("mydata", shop=self.app.shop.name)
        return page(language, title, [word("mydata_holds"), word("mydata_care")], button=word("mydata_button"))

    async def hand_over(self, request: Request) -> Response:
        """The archive, made at this moment and kept nowhere."""
        found = await asyncio.to_thread(self._archive, request.path_params["token"])
        if found is None:
            return await self.show(request)
        name, archive = found
        headers = {**safe_headers(), "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(archive, media_type="application/zip", headers=headers)

    def _is_good(self, token: str) -> bool:
        with self.app.database.reading() as session:
            return downloads.whose(session, token, self.app.clock.now()) is not None

    def _archive(self, token: str) -> tuple[str, bytes] | None:
        app, now = self.app, self.app.clock.now()
        with app.database.reading() as session:
            customer = downloads.whose(session, token, now)
            if customer is None:
                return None
            told = exporting.export(session, customer, composer=app.composer, shop=app.shop, made_at=now)
            return archive_name(customer.id), exporting.zipped(told, composer=app.composer)
