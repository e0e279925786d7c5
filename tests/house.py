"""The demo's shop, and the real `langganan serve` that opens it in a process of its own: for walks in a browser, for
what the documents say to type, and for their pictures."""

from __future__ import annotations

import fcntl
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.terminal import PYTHONPATH

STARTING_SECONDS, CLOSING_SECONDS, DEMO_SECONDS = 60, 15, 300


@dataclass
class House:
    """A shop that is open: the real `langganan serve` in a process of its own."""

    data: Path
    port: int
    environment: dict[str, str]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, *words: str) -> str:
        """What a command says that is given beside the open shop, about the same one."""
        told = subprocess.run(
            [sys.executable, "-m", "bot.cli", *words], cwd=self.data, env=self.environment, capture_output=True,
            text=True, timeout=STARTING_SECONDS, check=False,
        )  # fmt: skip
        assert told.returncode == 0, told.stderr
        return told.stdout


def made_once(folder: Path, language: str = "id") -> Path:
    """Where the demo's shop lies that was made in ``folder``, by whichever process came first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        made = folder / "made"
        if not made.exists():
            told = subprocess.run(
                [sys.executable, "-m", "bot.cli", "demo", "--fast", "--language", language], cwd=folder, check=False,
                env=_environment(folder / "data", 8080), capture_output=True, text=True, timeout=DEMO_SECONDS,
            )  # fmt: skip
            assert told.returncode == 0, told.stderr
            made.touch()
    return folder / "data"


@contextmanager
def open_house(data: Path, *more: str, **environment: str) -> Iterator[House]:
    """`langganan serve` at the shop that lies in ``data``, closed again at the end."""
    port = _free_port()
    house = House(data, port, _environment(data, port) | environment)
    log = data / "serve.log"
    with log.open("w") as said:
        process = subprocess.Popen(
            [sys.executable, "-m", "bot.cli", "serve", *more], cwd=data, env=house.environment, stdout=said,
            stderr=subprocess.STDOUT,
        )  # fmt: skip
        try:
            _wait_until_open(port, process, log)
            yield house
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(CLOSING_SECONDS)


def _wait_until_open(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as line:
            if line.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"the shop did not open: {log.read_text()[-2_000:]}")


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


def _environment(data: Path, port: int) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return {
        **kept, "PYTHONPATH": PYTHONPATH, "DATA_DIR": str(data), "WEB_PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
    }  # fmt: skip
