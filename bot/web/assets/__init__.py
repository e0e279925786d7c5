"""The looks and the little scripts of our pages: files of ours, lying beside this one, under a name that changes with
their content. Nothing comes from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

PATH = "/assets/{name}"
FOLDER = Path(__file__).parent
KINDS = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True)
class Asset:
    data: bytes
    media_type: str


@cache
def _all() -> tuple[dict[str, str], dict[str, Asset]]:
    """The address of each file by its name, and each by the last part of its address."""
    addresses: dict[str, str] = {}
    assets: dict[str, Asset] = {}
    # A script names others: its mark has to change with theirs, so all scripts share one.
    scripts = sha256(b"".join(each.read_bytes() for each in sorted(FOLDER.glob("*.js")))).hexdigest()[:12]
    for file in sorted(FOLDER.iterdir()):
        if file.suffix in KINDS:
            data = file.read_bytes()
            mark = scripts if file.suffix == ".js" else sha256(data).hexdigest()[:12]
            name = f"{file.stem}.{mark}{file.suffix}"
            addresses[file.name] = f"/assets/{name}"
            assets[name] = Asset(_led_on(data, mark) if file.suffix == ".js" else data, KINDS[file.suffix])
    return addresses, assets


def _led_on(script: bytes, mark: str) -> bytes:
    """A script whose imports of its neighbours lead to their addresses."""
    for file in FOLDER.glob("*.js"):
        script = script.replace(f'"./{file.name}"'.encode(), f'"./{file.stem}.{mark}.js"'.encode())
    return script


def address(name: str) -> str:
    """Where a file of ours is to be had. Raises KeyError for one that is not there."""
    return _all()[0][name]


async def hand_over(request: Request) -> Response:
    """A file under its present name; 404 for whatever else."""
    found = _all()[1].get(request.path_params["name"])
    if found is None:
        return Response(status_code=404, headers={"X-Content-Type-Options": "nosniff"})
    return Response(found.data, media_type=found.media_type, headers=HEADERS)
