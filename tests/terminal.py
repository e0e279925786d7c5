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
from collections.abc import Mapping, Sequence
from functools import cache
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
        server = _server()
        server.write(json.dumps(request) + "\n")
        server.flush()
        code = int(_answers().readline())
        out, err = (Path(files[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    if code == TIMED_OUT:
        raise subprocess.TimeoutExpired(list(words), SECONDS)
    return subprocess.CompletedProcess(list(words), code, out, err)


TIMED_OUT = 999


@cache
def _process() -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.terminal"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": PYTHONPATH}
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=ROOT
    )
    atexit.register(process.communicate)
    return process


def _server() -> IO[str]:
    found = _process().stdin
    assert found is not None
    return found


def _answers() -> IO[str]:
    found = _process().stdout
    assert found is not None
    return found


def _serve() -> None:
    import bot.cli  # noqa: F401 - loaded once, for every fork

    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if not child:
            _become(request)
        sys.stdout.write(f"{_ended(child)}\n")
        sys.stdout.flush()


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
