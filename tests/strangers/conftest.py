"""Servers and signers that nobody here wrote, each started once a session, by whichever worker needs it first.

They come with `make strangers`; without them, or without node, their tests are skipped and say so.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

import pytest

HERE = Path(__file__).parent
SPECIFICATIONS = HERE / "node_modules" / "@twilio" / "cli-core" / "src" / "services" / "twilio-api"
PRISM = HERE / "node_modules" / "@stoplight" / "prism-cli" / "dist" / "index.js"
TELEMELYA = HERE / ".venv" / "bin" / "python"
KEPT_IN = {"PYTHONPATH": str(HERE.parent / "loopback")}
"""The environment of an interpreter that reaches nobody beyond this computer."""
STARTING_SECONDS = 90


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


@dataclass(frozen=True)
class Strangers:
    """Where this session's servers are noted down, for all its workers."""

    folder: Path
    session: int
    """The process whose end is theirs."""

    def at(self, name: str, command: Sequence[str], **environment: str) -> str:
        """The address of a server, started if it is not there yet; ``{port}`` in the command becomes its port."""
        with self._alone(name):
            noted = self.folder / f"{name}.port"
            if not noted.exists():
                noted.write_text(str(self._start(name, command, environment)))
        return f"http://127.0.0.1:{noted.read_text()}"

    def wait_for(self, name: str) -> None:
        """Until it listens. Raises AssertionError with what it said instead."""
        port, until = int((self.folder / f"{name}.port").read_text()), time.monotonic() + STARTING_SECONDS
        while time.monotonic() < until:
            with socket.socket() as line:
                if line.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise AssertionError(f"{name} did not start: {(self.folder / f'{name}.log').read_text()[-2_000:]}")

    def _start(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> int:
        port = free_port()
        given = [word.replace("{port}", str(port)) for word in command]
        keeper = [sys.executable, str(HERE / "keeper.py"), str(self.session), str(self.folder / f"{name}.log")]
        subprocess.run([*keeper, *given], check=True, env={"PATH": "/usr/bin:/bin", **environment}, timeout=30)
        return port

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        with (self.folder / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> Strangers:
    base, is_worker = tmp_path_factory.getbasetemp(), "PYTEST_XDIST_WORKER" in os.environ
    folder = (base.parent if is_worker else base) / "strangers"
    folder.mkdir(exist_ok=True)
    return Strangers(folder, os.getppid() if is_worker else os.getpid())


@pytest.fixture(scope="session")
def node() -> list[str]:
    """The command that runs a script of node's, kept on this computer."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs node, which is not on this computer")
    if not PRISM.exists():
        pytest.skip("needs what `make strangers` installs")
    return [found, "--require", str(HERE / "loopback.cjs")]


@dataclass(frozen=True)
class TwilioApi:
    """Twilio as its own OpenAPI describes it: Prism refuses what does not fit and answers with its examples."""

    api: str
    content: str
    messaging: str


def _read(strangers: Strangers, name: str) -> Path:
    """The OpenAPI of that name, its answers without the format of addresses: Twilio's own examples lack the host."""
    told = json.loads((SPECIFICATIONS / f"{name}.json").read_text(encoding="utf-8"))
    for each in _answers(told["paths"]):
        if each.get("format") == "uri":
            del each["format"]
    with NamedTemporaryFile("w", dir=strangers.folder, suffix=".json", delete=False) as file:
        json.dump(told, file)
    return Path(file.name)


def _answers(told: object, *, is_answer: bool = False) -> Iterator[dict[str, Any]]:
    """Everything below a "responses"."""
    if isinstance(told, dict):
        if is_answer:
            yield told
        for name, each in told.items():
            yield from _answers(each, is_answer=is_answer or name == "responses")
    elif isinstance(told, list):
        for each in told:
            yield from _answers(each, is_answer=is_answer)


@pytest.fixture(scope="session")
def twilio_api(strangers: Strangers, node: list[str]) -> TwilioApi:
    names = {"api": "twilio_api_v2010", "content": "twilio_content_v1", "messaging": "twilio_messaging_v2"}
    told = [*node, str(PRISM), "mock", "--errors", "-h", "127.0.0.1", "-p", "{port}"]
    found = {
        each: strangers.at(f"prism-{each}", [*told, str(_read(strangers, name))]) for each, name in names.items()
    }
    for each in names:
        strangers.wait_for(f"prism-{each}")
    return TwilioApi(**found)


@pytest.fixture(scope="session")
def telemelya(strangers: Strangers) -> str:
    """Telegram as Telemelya plays it; its address."""
    if not TELEMELYA.exists():
        pytest.skip("needs what `make strangers` installs")
    address = strangers.at("telemelya", [str(TELEMELYA), str(HERE / "telemelya_server.py"), "{port}"], **KEPT_IN)
    strangers.wait_for("telemelya")
    return address
