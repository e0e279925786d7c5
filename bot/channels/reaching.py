"""What our lines over aiohttp share: whom they trust, the way out of this computer, and what surely never left it."""

from __future__ import annotations

from functools import cache
from ssl import SSLContext
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import aiohttp
import httpx

FORM = "application/x-www-form-urlencoded"
NEVER_LEFT = (aiohttp.ClientConnectorError, aiohttp.ClientHttpProxyError, aiohttp.ConnectionTimeoutError)
"""Faults by which nothing was sent."""


@cache
def certificates() -> SSLContext:
    """Those httpx goes by: slim computers have none, and reading them takes a while."""
    return httpx.create_ssl_context()


def proxy(url: str) -> str | None:
    """The proxy this computer is set to for that address."""
    parts = urlsplit(url)
    return None if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme)
