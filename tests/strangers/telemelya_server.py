"""Telemelya, a Bot API server that nobody here wrote, with the Redis and the S3 it wants, on the loopback.

    .venv/bin/python telemelya_server.py PORT

Run by an interpreter of its own (requirements.txt beside this file). What Telemelya 0.2.2 does not do is added in
front of it: documents, the menu of commands, and Telegram's secret in the calls. Public names lead to the port in
them, as a name server and a proxy with a certificate would see to: https://shop-8123.example.com to 127.0.0.1:8123.
"""

from __future__ import annotations

import os
import re
import sys
import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any

import aiohttp
import uvicorn
from fakeredis import TcpFakeServer
from fastapi import APIRouter, FastAPI, Request
from moto.server import ThreadedMotoServer

PUBLIC = re.compile(r"https://shop-(\d+)\.example\.com")
SECRET = "X-Telegram-Bot-Api-Secret-Token"


def backed() -> None:
    """Redis and S3, told to Telemelya by its environment, which it reads as it is loaded."""
    redis = TcpFakeServer(("127.0.0.1", 0))
    threading.Thread(target=redis.serve_forever, daemon=True).start()
    s3 = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    s3.start()
    os.environ["REDIS_URL"] = f"redis://127.0.0.1:{redis.server_address[1]}/0"
    os.environ["MINIO_ENDPOINT"] = f"127.0.0.1:{s3.get_host_and_port()[1]}"
    os.environ["STRICT_EDIT"] = "true"


def completed() -> FastAPI:
    """Telemelya with what it lacks in front of it."""
    from telemelya.models import TelegramApiResponse
    from telemelya.server import app as telemelya
    from telemelya.server import bot_api, control_api, webhook
    from telemelya.server.media import media_manager
    from telemelya.server.state import state_manager

    secrets: dict[str, str] = {}
    router = APIRouter()

    @router.post("/bot{token}/setWebhook")
    async def set_webhook(token: str, request: Request) -> Any:
        form = await request.form()
        secrets[str(form["url"])] = str(form.get("secret_token", ""))
        return await bot_api.set_webhook(token, request)

    @router.post("/bot{token}/sendDocument")
    async def send_document(token: str, request: Request) -> Any:
        form = await bot_api._parse_body(request)
        chat, file = int(form["chat_id"]), form["document"]
        session = await bot_api._extract_session_id(request, chat)
        number, name = str(uuid.uuid4()), {"filename": file.filename}
        data = await file.read()
        await media_manager.upload(session, number, file.filename, data, file.content_type)
        await state_manager.push_media_meta(session, {"file_id": number, "session_id": session, **name})
        document = {"file_id": number, "file_unique_id": number[:16], "file_name": file.filename}
        return await _said(session, chat, "sendDocument", form, document=document, file_id=number)

    @router.post("/bot{token}/setMyCommands")
    @router.post("/bot{token}/deleteMyCommands")
    async def settle_menu(token: str, request: Request) -> Any:
        told = {"method": request.url.path.rpartition("/")[2], "raw": await bot_api._parse_body(request)}
        await state_manager.push_response(f"menus-{token}", told)
        return TelegramApiResponse(ok=True, result=True)

    async def _said(session: str, chat: int, method: str, form: Any, *, document: Any, file_id: str) -> Any:
        message = {
            "message_id": await state_manager.next_message_id(session),
            "from": bot_api.DEFAULT_BOT_INFO,
            "chat": {"id": chat, "type": "private"},
            "date": int(time.time()),
            "document": document,
            **{name: form[name] for name in ("caption", "reply_markup") if name in form},
        }
        await state_manager.store_message(session, message["message_id"], message)
        await state_manager.push_response(session, {**message, "method": method, "chat_id": chat, "file_id": file_id})
        return TelegramApiResponse(ok=True, result=message)

    class Calling(aiohttp.ClientSession):
        """Calls as Telegram does: with the secret it was given, wherever the name leads."""

        def post(self, url: Any, **more: Any) -> Any:
            headers = {SECRET: secrets[url]} if secrets.get(url) else {}
            return super().post(PUBLIC.sub(r"http://127.0.0.1:\1", url), headers=headers, **more)

    webhook.aiohttp = SimpleNamespace(ClientSession=Calling, ClientTimeout=aiohttp.ClientTimeout)  # type: ignore[assignment]
    app = FastAPI(lifespan=telemelya.lifespan)
    for each in (router, bot_api.router, control_api.router):
        app.include_router(each)
    return app


if __name__ == "__main__":
    backed()
    uvicorn.run(completed(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
