"""Files that people sent on WhatsApp, fetched from Twilio and from nowhere else."""

from __future__ import annotations

import httpx

from bot.errands import CannotFetch

HOME = "api.twilio.com"
STORES = (".twiliocdn.com", ".twilio.com", ".amazonaws.com")
"""Where Twilio's own answer may lead on to; the way there carries a signature and needs no password."""
MOST_STEPS = 3
AS_IT_IS = {"Accept-Encoding": "identity"}


async def fetch(http: httpx.AsyncClient, reference: str, auth: tuple[str, str], largest_bytes: int) -> bytes:
    """What lies under a link that Twilio gave. Raises CannotFetch, also for a link that leads anywhere else.

    ``auth`` is shown to Twilio's own host alone.
    """
    url = _url(reference)
    if url is None or url.host != HOME:
        raise CannotFetch
    try:
        for _step in range(MOST_STEPS):
            found = await _step_to(http, url, auth if url.host == HOME else None, largest_bytes)
            if isinstance(found, bytes):
                return found
            url = found
    except httpx.HTTPError as fault:
        raise CannotFetch from fault
    raise CannotFetch


async def _step_to(
    http: httpx.AsyncClient, url: httpx.URL, auth: tuple[str, str] | None, largest_bytes: int
) -> bytes | httpx.URL:
    """The file, or where else it is. Raises CannotFetch, httpx.HTTPError."""
    async with http.stream("GET", url, auth=auth, follow_redirects=False, headers=AS_IT_IS) as answer:
        if answer.has_redirect_location:
            onward = _url(str(url.join(answer.headers["location"])))
            if onward is None or not (onward.host == HOME or onward.host.endswith(STORES)):
                raise CannotFetch
            return onward
        # Packed all the same it could grow beyond all measure in one piece.
        if answer.status_code != httpx.codes.OK or answer.headers.get("content-encoding", "identity") != "identity":
            raise CannotFetch
        data = bytearray()
        async for piece in answer.aiter_bytes():
            data += piece
            if len(data) > largest_bytes:
                raise CannotFetch
        return bytes(data)


def _url(reference: str) -> httpx.URL | None:
    """A plain https address without a password or a port of its own."""
    try:
        url = httpx.URL(reference)
    except (httpx.InvalidURL, TypeError, ValueError):
        return None
    is_plain = url.scheme == "https" and not url.userinfo and url.port in (None, 443)
    return url if is_plain else None
