"""The owner's own words to customers: what may be filled into them, and the filling. Pure.

Their text is a value and never code: names in braces are exchanged for values in one pass, and what a value contains
is not looked at again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from campaigns.problems import BadDraft

NAMES = {
    "name": "name", "nama": "name", "shop": "shop", "toko": "shop", "discount": "discount", "diskon": "discount",
    "link": "link", "tautan": "link", "voucher": "voucher", "kode": "voucher", "code": "voucher",
}  # fmt: skip
"""What stands in braces, and the value it means."""
PAIRS = (("nama", "name"), ("toko", "shop"), ("diskon", "discount"), ("tautan", "link"), ("kode", "voucher"))
"""As an owner is told of them."""
OF_A_DISCOUNT = frozenset({"discount", "voucher"})
"""Without a discount there is nothing to fill these with."""
LONGEST_NAME = 30
"""How much of a customer's name is filled in, so that what fits for one fits for all."""
HOLE = re.compile(r"\{([^{}]*)\}")
FILLED = re.compile(r"([ \t]*)\{([^{}]*)\}([ \t]*(?:%|persen\b|percent\b))?", re.IGNORECASE)
LOST_START = re.compile(r"^[ \t]*[,;:.!?]+[ \t]*", re.MULTILINE)


def require(text: str, discount_percent: int) -> None:
    """Raises BadDraft for what cannot be filled: a name that is none, a brace alone, a code without a discount."""
    strange = [hole for hole in HOLE.findall(text) if _meant(hole) is None]
    if strange:
        raise BadDraft("own_unknown", name="{" + strange[0].strip() + "}", known=listed())
    if any(sign in HOLE.sub("", text) for sign in "{}"):
        raise BadDraft("own_braces", known=listed())
    if not discount_percent and asked(text) & OF_A_DISCOUNT:
        raise BadDraft("own_needs_discount")
    if not HOLE.sub("", text).strip():
        raise BadDraft("own_needs_text")


def asked(text: str) -> frozenset[str]:
    """Which values a text asks for."""
    return frozenset(meant for hole in HOLE.findall(text) if (meant := _meant(hole)) is not None)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with ``values`` in it, by what NAMES mean; "discount" in figures only ("10").

    Where a value is empty the blanks before it go too, and so does the comma that would then begin a line.
    """

    def filled(found: re.Match[str]) -> str:
        blanks, meant, unit = found[1], _meant(found[2]), found[3] or ""
        value = values.get(meant or "", "")
        if not value:
            return unit
        return f"{blanks}{value}{unit or '%'}" if meant == "discount" else f"{blanks}{value}{unit}"

    lines = ("".join(sign for sign in line if sign.isprintable()) for line in text.strip().splitlines())
    return "\n".join(_mended(line, FILLED.sub(filled, line)) for line in lines)


def listed() -> str:
    """The names an owner can use, as they are written."""
    return ", ".join(f"{{{local}}}/{{{name}}}" for local, name in PAIRS)


def _meant(hole: str) -> str | None:
    return NAMES.get(hole.strip().casefold())


def _mended(line: str, filled: str) -> str:
    """A line that began with somebody's name begins with its next word where there is no name."""
    if not line.lstrip().startswith("{"):
        return filled
    rest = LOST_START.sub("", filled)
    return rest if rest == filled else rest[:1].upper() + rest[1:]
