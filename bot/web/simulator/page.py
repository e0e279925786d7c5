"""The simulator's page: two phones and a clock, for a browser on this computer."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.app import App
from bot.web import assets
from bot.web.desk.frame import printer_of
from bot.web.nearness import is_local
from bot.web.pages import printed
from campaigns.shop import LANGUAGES

NOT_HERE = {"problem": "the simulator answers this computer only"}


def shown(app: App, request: Request) -> Response:
    """The page, in the shop's language unless another is asked for (?language=en); 403 to other computers."""
    if not is_local(request):
        return JSONResponse(NOT_HERE, status_code=403)
    asked = request.query_params.get("language", "")
    language = asked if asked in LANGUAGES else app.shop.language
    html = app.composer.page("simulator", printer_of(app, language), shop=app.shop.name, asset=assets.address)
    return printed(html, scripts=True)
