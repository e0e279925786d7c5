"""The simulator's doors: its page, its line, its files, and the same chats in JSON."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket

from bot.app import App
from bot.channels.simulator import Simulator
from bot.web.simulator import files, json_door, line, page
from bot.web.simulator.json_door import SimulatorChat
from bot.web.simulator.protocol import LARGEST_WORD_BYTES
from bot.web.simulator.room import Room

LINE = f"{json_door.PATH}/line"


def is_open(app: App) -> bool:
    """Whether this shop has the simulator's doors."""
    return Simulator.name in app.channels and app.settings.simulator != "off"


def routes(app: App) -> list[BaseRoute]:
    """Where one looks, writes, sends files and looks what came; nowhere if the simulator is not open."""
    simulator = app.channels.get(Simulator.name)
    if not is_open(app) or not isinstance(simulator, Simulator):
        return []
    room = Room(app, simulator)
    chat = SimulatorChat(room)

    async def show(request: Request) -> Response:
        # As it was before there was a page; a browser asks for HTML.
        if "address" in request.query_params and "text/html" not in request.headers.get("accept", ""):
            return await chat.show(request)
        return page.shown(app, request)

    async def talk(socket: WebSocket) -> None:
        await line.talk(room, socket)

    return [
        Route(json_door.PATH, chat.receive, methods=["POST"]),
        Route(json_door.PATH, show),
        Route(json_door.MESSAGES_PATH, chat.show),
        Route(json_door.FILE_PATH, chat.receive_file, methods=["POST"], max_body_size=LARGEST_WORD_BYTES),
        Route(f"{files.PATH}/{{number}}", room.files.hand_over),
        WebSocketRoute(LINE, talk),
    ]
