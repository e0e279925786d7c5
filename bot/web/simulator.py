"""Chatting with the shop over HTTP, from this computer only, where no messenger is configured."""

from __future__ import annotations

import uuid
from base64 import b64encode
from ipaddress import ip_address

from pydantic import BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.app import App
from bot.channels.simulator import Simulator
from bot.inbound import Inbound
from bot.talk.router import LONGEST_INBOUND, Heard
from campaigns.channel import Document
from campaigns.composing import Reply
from ledger.identity import BadAddress

PATH = "/simulator"
LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


class Said(BaseModel):
    """What somebody writes. The address is any name; a shop's owner joins with a code as everywhere."""

    address: str = Field(min_length=1, max_length=190)
    text: str = Field(max_length=LONGEST_INBOUND)
    name: str = Field("", max_length=190)


class SimulatorChat:
    """The simulator's chats."""

    def __init__(self, app: App) -> None:
        self.app = app

    async def receive(self, request: Request) -> JSONResponse:
        """One message in, the answers and the person's standing out."""
        if not is_local(request):
            return JSONResponse({"problem": "the simulator answers this computer only"}, status_code=403)
        # A page in a browser cannot send this type to us unasked.
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return JSONResponse({"problem": "send application/json"}, status_code=415)
        try:
            said = Said.model_validate_json(await request.body())
            heard = await self.app.hear(_inbound(said))
        except ValidationError as fault:
            problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in fault.errors()]
            return JSONResponse({"problem": "; ".join(problems)}, status_code=400)
        except BadAddress as fault:
            return JSONResponse({"problem": str(fault)}, status_code=400)
        return JSONResponse(told(heard))


def is_local(request: Request) -> bool:
    """Whether a request comes from this computer, was not passed on by a proxy, and asked for us by a local name."""
    try:
        is_near = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        is_near = False
    return is_near and request.url.hostname in LOCAL_NAMES and not any(name in request.headers for name in FORWARDED)


def _inbound(said: Said) -> Inbound:
    return Inbound(Simulator.name, said.address, said.text, f"web-{uuid.uuid4()}", said.name)


def told(heard: Heard) -> dict[str, object]:
    """The answers and the person's standing as they are sent back."""
    return {"replies": [_reply(each) for each in heard.replies], "standing": heard.standing.as_json()}


def _reply(reply: Reply) -> dict[str, object]:
    buttons = [{"label": each.label, "says": each.says} for each in reply.buttons]
    shown: dict[str, object] = {"text": reply.text, "buttons": buttons}
    return shown if reply.document is None else {**shown, "document": _document(reply.document)}


def _document(document: Document) -> dict[str, str]:
    data = b64encode(document.data).decode()
    return {"name": document.name, "media_type": document.media_type, "base64": data}
