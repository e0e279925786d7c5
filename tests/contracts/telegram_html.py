"""What Telegram shows of a text it is given as HTML, by the rules of https://core.telegram.org/bots/api#html-style.

A reader of its own, with nothing of ours in it: whatever it cannot read is refused as Telegram refuses it.
"""

from __future__ import annotations

import re

TAGS = {"b": "bold", "i": "italic", "u": "underline", "s": "strikethrough", "code": "code", "pre": "pre"}
NAMED = {"lt": "<", "gt": ">", "amp": "&", "quot": '"'}
TOKEN = re.compile(r"<(/?)([a-z]+)>|<|&(?:([a-z]+)|#(\d+));|([^<&]+|&)", re.DOTALL)


class NotParsed(ValueError):
    """Telegram would answer with 400: can't parse entities."""


def shown(html: str) -> tuple[str, list[dict[str, object]]]:
    """The text and its entities, counted in UTF-16 units as the Bot API counts them."""
    text, entities, open_tags = "", [], []
    for found in TOKEN.finditer(html):
        closing, tag, name, number, plain = found.groups()
        if found[0] == "<" or (tag and tag not in TAGS):
            raise NotParsed(f"Unsupported start tag at byte offset {len(html[: found.start()].encode())}")
        if tag and not closing:
            open_tags.append((tag, units(text)))
        elif tag:
            if not open_tags or open_tags[-1][0] != tag:
                raise NotParsed("Unexpected end tag")
            _, start = open_tags.pop()
            entities.append({"type": TAGS[tag], "offset": start, "length": units(text) - start})
        elif number:
            text += chr(int(number))
        else:
            text += NAMED.get(name, found[0]) if name else plain
    if open_tags:
        raise NotParsed("Can't find end tag corresponding to start tag")
    return text, entities


def units(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2
