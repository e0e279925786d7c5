"""Whether somebody asks from this very computer, which opens doors that are closed to everybody else."""

from __future__ import annotations

from ipaddress import ip_address

from starlette.requests import HTTPConnection

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


def is_local(request: HTTPConnection) -> bool:
    """Whether a request comes from this computer, was not passed on by a proxy, and asked for us by a local name:
    a page elsewhere can have its own name lead here."""
    try:
        is_near = request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        is_near = False
    return is_near and request.url.hostname in LOCAL_NAMES and not any(name in request.headers for name in FORWARDED)
