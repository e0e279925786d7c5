"""The strangers' servers end with the session that wanted them."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.strangers.conftest import Strangers

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="nothing forks here")
SERVER = "import http.server as h; h.HTTPServer(('127.0.0.1', {port}), h.BaseHTTPRequestHandler).serve_forever()"


def test_a_server_is_started_once_and_ends_when_its_session_does(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as session:
        kept = Strangers(tmp_path, session.pid)
        where = [kept.at("any", [sys.executable, "-c", SERVER]) for _ in range(2)]
        kept.wait_for("any")
        with socket.create_connection(("127.0.0.1", int(where[0].rpartition(":")[2]))) as line:
            session.communicate(b"\n")
            line.settimeout(20)
            assert line.recv(1) == b"", "it hangs up as it ends"
    assert where[0] == where[1]
