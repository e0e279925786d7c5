"""Why a file cannot be read, and what was noticed in it, in words; and which of our fields somebody means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from babel.lists import format_list

from bot.talk.replies import Teller
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer, Laid

FIELDS = "import_fields"
MOST_LISTED = 24


def problem(teller: Teller, told: Mapping[str, Any], *, is_typed: bool = False) -> str:
    """What keeps a file out (BadFile.as_json), as a sentence with the next step.

    On the command line (``is_typed``) fields are called as its option wants them, in chat by our words for them.
    """
    values = {name: Laid(_value(teller, name, each, is_typed=is_typed)) for name, each in told["values"].items()}
    if told["key"] == "no_column":
        first = told["values"]["fields"][0][0]
        pair = f"{values['column']}={_field(teller, first, is_typed=is_typed)}"
        values["example"] = Laid(f"--map '{pair}'" if is_typed else pair)
    sentence = teller.word("import_problems", told["key"], **values)
    line = told.get("line")
    return sentence if line is None else f"{teller.word('import_problems', 'line', line=line)} {sentence}"


def notes(teller: Teller, told: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was noticed (ImportReport.as_json's notes)."""
    return [teller.word("import_notes", note["key"], **note["values"]) for note in told]


def field_meant(composer: Composer, said: str) -> str:
    """Our field that goes by that name in either language; else what was said, for the reader to know."""
    plain = said.strip().casefold()
    for language in LANGUAGES:
        for field, word in composer.shelf(language, FIELDS).items():
            if plain in (field, word.casefold()):
                return field
    return plain


def _value(teller: Teller, name: str, value: Any, *, is_typed: bool) -> str:
    match name:
        case "columns":
            shown = [f"“{_plain(column)}”" for column in value[:MOST_LISTED]] + ["…"] * (len(value) > MOST_LISTED)
            return ", ".join(shown) or teller.word("import_problems", "nothing")
        case "fields":
            named = [[_field(teller, each, is_typed=is_typed) for each in some] for some in value]
            return "; ".join(format_list(some, style="or", locale=teller.language) for some in named)
        case "known":
            return ", ".join(_field(teller, each, is_typed=is_typed) for each in value)
        case _:
            return _plain(str(value))


def _field(teller: Teller, field: str, *, is_typed: bool) -> str:
    return field if is_typed else teller.composer.shelf(teller.language, FIELDS).get(field, field)


def _plain(name: str) -> str:
    """On one line and not endless: files call themselves and their columns what they like."""
    return "".join(sign if sign.isprintable() else " " for sign in name)[:80]
