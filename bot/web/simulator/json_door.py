"""The same chats over plain HTTP, for programs on this computer: words in, the answers and the standing out."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from dataclasses import replace

from pydantic import Base64Bytes, BaseModel, Field, ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse

from bot.channels.simulator import Simulator
from bot.inbound import Inbound
from bot.talk.router import LONGEST_INBOUND, Heard
from bot.web.nearness import is_local
from bot.web.simulator.page import NOT_HERE
from bot.web.simulator.room import Room, new_number
from campaigns.channel import Document, Outgoing
from campaigns.words.composing import Reply
from ledger.identity import BadAddress

PATH = "/simulator"
FILE_PATH = f"{PATH}/file"
MESSAGES_PATH = f"{PATH}/messages"


class Said(BaseModel):
    """What somebody writes. The address is any name; a shop's owner joins with a code as everywhere."""

    address: str = Field(min_length=1, max_length=190)
    text: str = Field(max_length=LONGEST_INBOUND)
    name: str = Field("", max_length=190)
    in_reply_to: str | None = Field(None, max_length=190)
    """The number of the message that is quoted."""


class SentFile(Said):
    """What somebody sends along; the text is its caption."""

    text: str = Field("", max_length=LONGEST_INBOUND)
    file_name: str = Field(min_length=1, max_length=190)
    base64: Base64Bytes


class SimulatorChat:
    """The simulator's chats."""

    def __init__(self, room: Room) -> None:
        self.room, self.simulator = room, room.simulator

    async def receive(self, request: Request) -> JSONResponse:
        """One message in, the answers and the person's standing out."""
        return await self._hear(request, lambda body: _inbound(Said.model_validate_json(body)))

    async def receive_file(self, request: Request) -> JSONResponse:
        """A file in; what comes of it is told later, see ``show``."""
        return await self._hear(request, self._with_file)

    async def show(self, request: Request) -> JSONResponse:
        """What a chat was sent: answers, offers and notices, the last of them last."""
        if not is_local(request):
            return JSONResponse(NOT_HERE, status_code=403)
        received = self.simulator.received_by(request.query_params.get("address", ""))
        return JSONResponse({"messages": [{"number": number, **_outgoing(each)} for number, each in received]})

    def _with_file(self, body: bytes) -> Inbound:
        sent = SentFile.model_validate_json(body)
        return replace(_inbound(sent), attachment=self.room.attach(sent.file_name, sent.base64))

    async def _hear(self, request: Request, read: Callable[[bytes], Inbound]) -> JSONResponse:
        if not is_local(request):
            return JSONResponse(NOT_HERE, status_code=403)
        # A page in a browser cannot send this type to us unasked.
        if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
            return JSONResponse({"problem": "send application/json"}, status_code=415)
        try:
            heard = await self.room.hear(read(await request.body()))
        except ValidationError as fault:
            problems = [f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in fault.errors()]
            return JSONResponse({"problem": "; ".join(problems)}, status_code=400)
        except BadAddress as fault:
            return JSONResponse({"problem": str(fault)}, status_code=400)
        return JSONResponse(told(heard))


def _inbound(said: Said) -> Inbound:
    return Inbound(Simulator.name, said.address, said.text, new_number(), said.name, in_reply_to=said.in_reply_to)


def told(heard: Heard) -> dict[str, object]:
    """The answers and the person's standing as they are sent back."""
    return {"replies": [_reply(each) for each in heard.replies], "standing": heard.standing.as_json()}


def _reply(reply: Reply) -> dict[str, object]:
    buttons = [{"label": each.label, "says": each.says} for each in reply.buttons]
    shown: dict[str, object] = {"text": reply.text, "buttons": buttons}
    return shown if reply.document is None else {**shown, "document": _document(reply.document)}


def _outgoing(sent: Outgoing) -> dict[str, object]:
    return _reply(Reply(sent.text, sent.buttons, sent.document))


def _document(document: Document) -> dict[str, str]:
    data = b64encode(document.data).decode()
    return {"name": document.name, "media_type": document.media_type, "base64": data}
