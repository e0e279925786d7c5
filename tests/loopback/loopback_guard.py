"""Nothing under test talks to the outside: a connection that would leave the loopback is refused before it is made.

Loading this module puts the guard up, and nothing takes it down again: an audit hook of the interpreter sees what
every library does with a socket, in forks too. What resolves or connects in C before it asks the interpreter is
asked here first: a socket given a name instead of an address, and PostgreSQL's own library. Processes started by
the tests load it as well, because ``sitecustomize`` beside it is on their path.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from collections.abc import Callable
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from types import ModuleType
from typing import Any

HERE = __file__.rpartition(os.sep)[0]
LOOKUPS = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
TALKS = {"socket.connect", "socket.sendto", "socket.sendmsg"}
refused: list[str] = []
"""Whom this process was kept from, in order. A test that leaves one here has failed, whatever it caught."""


class LeavesLoopback(OSError):
    """Somebody outside this computer would have been reached."""


def is_here(host: object) -> bool:
    """Whether a host, by name or by number, is this computer. Nothing at all means it is."""
    name = (host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host or "")).lower()
    if name in {"", "localhost", "localhost.", "ip6-localhost"}:
        return True
    try:
        found = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def check(host: object) -> None:
    """Raises LeavesLoopback."""
    if not is_here(host):
        shown = host.decode("ascii", "replace") if isinstance(host, bytes | bytearray) else str(host)
        refused.append(shown)
        raise LeavesLoopback(
            f"a test wanted to reach {shown}, which is not on this computer; "
            "give it a server on 127.0.0.1 instead (tests/contracts/providers.py has some)"
        )


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if event in LOOKUPS:
        check(arguments[0])
    elif event in TALKS:
        line, to = arguments[0], arguments[1]
        if to is not None and line.family in {socket.AF_INET, socket.AF_INET6}:
            check(to[0])


def _named_first(connect: Callable[..., Any]) -> Callable[..., Any]:
    """A socket looks a name up before the interpreter hears of it."""

    def checked(self: socket.socket, address: Any) -> Any:
        _watch("socket.connect", (self, address))
        return connect(self, address)

    return checked


class _OnceLoaded(MetaPathFinder):
    """PostgreSQL's library asks nobody, so its Python half is asked; it is not loaded for that alone."""

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        if name != "psycopg":
            return None
        sys.meta_path.remove(self)
        found = find_spec(name)
        if found is not None and found.loader is not None:
            load = found.loader.exec_module

            def load_and_watch(module: ModuleType) -> None:
                load(module)
                _watch_postgresql(module)

            found.loader.exec_module = load_and_watch  # type: ignore[method-assign]
        return found


def _watch_postgresql(psycopg: Any) -> None:
    def ask(connect: Callable[..., Any]) -> Callable[..., Any]:
        def checked(cls: type, conninfo: str = "", **more: Any) -> Any:
            told = psycopg.conninfo.conninfo_to_dict(conninfo)
            for key in ("host", "hostaddr"):
                for host in str(more.get(key) or told.get(key) or "").split(","):
                    if not host.startswith(("/", "@")):
                        check(host)
            return connect(cls, conninfo, **more)

        return checked

    for kind in (psycopg.Connection, psycopg.AsyncConnection):
        kind.connect = classmethod(ask(kind.connect.__func__))
    psycopg.connect = psycopg.Connection.connect


sys.addaudithook(_watch)
socket.socket.connect = _named_first(socket.socket.connect)  # type: ignore[method-assign]
socket.socket.connect_ex = _named_first(socket.socket.connect_ex)  # type: ignore[method-assign]
sys.meta_path.insert(0, _OnceLoaded())
os.environ["PYTHONPATH"] = os.pathsep.join(
    [HERE, *(each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each not in {"", HERE})]
)
