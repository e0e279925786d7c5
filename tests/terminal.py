"""Commands in processes of their own that need not load the program each time.

One process a test worker has the command line loaded and waits; for each command it forks, and the fork runs it in
the folder and with the environment it is given. Nothing else is shared: a command behaves as one typed in a shell.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout, suppress
from dataclasses import dataclass
from functools import cache
from io import StringIO
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
PYTHONPATH = os.pathsep.join((str(ROOT / "tests" / "loopback"), str(ROOT)))
"""For a process of its own: the program, and the guard that keeps it on this computer."""
SECONDS = 120


def run(
    words: Sequence[str], folder: Path, environment: Mapping[str, str], said: str
) -> subprocess.CompletedProcess[str]:
    """What a command said and how it ended. Raises TimeoutExpired after SECONDS."""
    with tempfile.TemporaryDirectory() as place:
        files = {name: str(Path(place) / name) for name in ("stdin", "stdout", "stderr")}
        Path(files["stdin"]).write_text(said, encoding="utf-8")
        request = {"words": list(words), "folder": str(folder), "environment": dict(environment), **files}
        _ask(HERE, request)
        code = int(_answers(HERE).readline())
        out, err = (Path(files[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    if code == TIMED_OUT:
        raise subprocess.TimeoutExpired(list(words), SECONDS)
    return subprocess.CompletedProcess(list(words), code, out, err)


TIMED_OUT = 999
HERE, ASIDE = "here", "aside"
"""Two servers: while one command waits for an answer, others are run."""


@dataclass
class Dialogue:
    """A command that runs until it ends, with what is said to it and what it says. One at a time."""

    said: IO[str]
    out: IO[str]
    err: IO[str]

    def answer(self, text: str) -> tuple[int, str, str]:
        """How it ends, and what more it says after the answer. Raises TimeoutExpired after SECONDS."""
        self.said.write(text)
        self.said.close()
        out, err = self.out.read(), self.err.read()
        code = int(_answers(ASIDE).readline())
        if code == TIMED_OUT:
            raise subprocess.TimeoutExpired("a dialogue", SECONDS)
        return code, out.strip(), err


@contextmanager
def talking(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Iterator[Dialogue]:
    """A command as far as its first question; it ends at the latest when this does."""
    with tempfile.TemporaryDirectory() as place, ExitStack() as opened:
        files = {name: str(Path(place) / name) for name in ("stdin", "stdout", "stderr")}
        for each in files.values():
            os.mkfifo(each)
        _ask(ASIDE, {"words": list(words), "folder": str(folder), "environment": dict(environment), **files})
        # In the order in which the command opens them, or both would wait.
        modes = zip(files.values(), ("w", "r", "r"), strict=True)
        dialogue = Dialogue(*(opened.enter_context(Path(each).open(mode, encoding="utf-8")) for each, mode in modes))
        yield dialogue
        if not dialogue.said.closed:
            dialogue.answer("")


@cache
def _process(_name: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.terminal"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": PYTHONPATH}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    atexit.register(process.communicate)
    return process


def _ask(name: str, request: Mapping[str, object]) -> None:
    server = _process(name).stdin
    assert server is not None
    server.write(json.dumps(request) + "\n")
    server.flush()


def _answers(name: str) -> IO[str]:
    found = _process(name).stdout
    assert found is not None
    return found


def _serve() -> None:
    """Load the program and use it once, so that templates and statements are compiled for every fork."""
    import bot.cli  # noqa: F401
    from tests import compiling

    compiling.share()
    with tempfile.TemporaryDirectory() as folder:
        for words in WARMING_UP:
            _rehearse(words, folder)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(request)
        sys.stdout.write(f"{_ended(child)}\n")
        sys.stdout.flush()


WARMING_UP = (("say", "--as", "sari", "halo"), ("say", "--as", "sari", "ya"), ("campaigns", "--json"))


def _rehearse(words: Sequence[str], folder: str) -> None:
    from bot import cli

    before = Path.cwd(), dict(os.environ), sys.argv
    os.chdir(folder)
    sys.argv = ["langganan", *words]
    try:
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()), suppress(SystemExit):
            cli.main()
    finally:
        os.chdir(before[0])
        os.environ.clear()
        os.environ.update(before[1])
        sys.argv = before[2]


def _become(request: Mapping[str, object]) -> None:
    """In the fork: the command, and nothing after it."""
    import signal

    from bot import cli

    signal.alarm(SECONDS)
    for number, name, flags in (
        (0, "stdin", os.O_RDONLY),
        (1, "stdout", os.O_WRONLY | os.O_CREAT),
        (2, "stderr", os.O_WRONLY | os.O_CREAT),
    ):
        os.dup2(os.open(str(request[name]), flags, 0o600), number)
    sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in ((0, "r"), (1, "w"), (2, "w")))
    os.chdir(str(request["folder"]))
    os.environ.clear()
    os.environ.update(request["environment"])  # type: ignore[arg-type]
    sys.argv = ["langganan", *request["words"]]  # type: ignore[misc]
    code: object = 0
    try:
        cli.main()
    except SystemExit as ended:
        code = ended.code
    except BaseException:  # noqa: BLE001 - as a shell shows it
        import traceback

        traceback.print_exc()
        code = 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code if isinstance(code, int) else int(code is not None))


def _ended(child: int) -> int:
    status = os.waitpid(child, 0)[1]
    return TIMED_OUT if os.WIFSIGNALED(status) else os.waitstatus_to_exitcode(status)


if __name__ == "__main__":
    _serve()
