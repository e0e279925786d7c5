"""Pages of plain words: everything in them is escaped, nothing in them comes from elsewhere."""

from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from hashlib import sha256
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse

from campaigns.shop import LANGUAGES

STYLE = (
    "body{font:1.1rem/1.5 system-ui,sans-serif;max-width:32rem;margin:4rem auto;padding:0 1.5rem;color:#222;"
    "background:#fffdf8}h1{font-size:1.6rem}button{font:inherit;padding:.6rem 1.2rem;border:0;border-radius:.4rem;"
    "background:#1d5c3f;color:#fff}"
)
SAFE = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action {forms}; frame-ancestors 'none'; "
    f"style-src 'sha256-{base64.b64encode(sha256(STYLE.encode()).digest()).decode()}'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


def printed(html: str, status: int = 200, *, forms: bool = False, scripts: bool = False) -> HTMLResponse:
    """A page that was composed, with looks and, if it has any, scripts of ours and of nobody else's."""
    headers = {**SAFE, "Content-Security-Policy": policy(forms=forms, scripts=scripts)}
    return HTMLResponse(html, status_code=status, headers=headers)


def policy(*, forms: bool = False, scripts: bool = False) -> str:
    """What a browser may do with a page: load looks, pictures and, if it has any, scripts from us, and nothing else.
    Forms lead to us or nowhere."""
    allowed = {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data: blob:",
        "base-uri": "'none'",
        "form-action": "'self'" if forms else "'none'",
        "frame-ancestors": "'none'",
        **({"script-src": "'self'", "connect-src": "'self'"} if scripts else {}),
    }
    return "; ".join(f"{name} {value}" for name, value in allowed.items())


def page(
    language: str, title: str, paragraphs: Sequence[str], status: int = 200, *, button: str = ""
) -> HTMLResponse:
    """A heading, paragraphs and, where it has a label, a button that posts to the page's own address."""
    body = "".join(f"<p>{escape(each)}</p>" for each in paragraphs)
    form = f'<form method="post"><button>{escape(button)}</button></form>' if button else ""
    return HTMLResponse(
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>"
        f"<body><h1>{escape(title)}</h1>{body}{form}</body></html>",
        status_code=status,
        headers=safe_headers(has_form=bool(button)),
    )


def safe_headers(*, has_form: bool = False) -> dict[str, str]:
    """Nothing is loaded, framed, kept or told on; forms lead nowhere but to us."""
    forms = "'self'" if has_form else "'none'"
    return {name: value.replace("{forms}", forms) for name, value in SAFE.items()}


def language_of(request: Request, usual: str) -> str:
    """The first of our languages among those the browser asks for."""
    asked = (part.split(";")[0].strip().lower() for part in request.headers.get("accept-language", "").split(","))
    return next((tag[:2] for tag in asked if re.split("[-_]", tag)[0] in LANGUAGES), usual)
