"""Words from templates: the one place where they are compiled.

Only files under ``templates/`` are code, in a sandbox that cannot change or reach anything. What owners and customers
wrote is filled in as values.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from jinja2 import FileSystemLoader, Template, TemplateError, TemplateNotFound, UndefinedError

from campaigns.channel import Button, Document
from campaigns.launching.drafts import SURVEY
from campaigns.outcomes.charts import Chart, PathChart
from campaigns.shop import LANGUAGES
from campaigns.words.frames import Frame, faults
from campaigns.words.pages import FILTERS, Printer
from campaigns.words.sandbox import Ready, Sandbox, names
from ledger.consent import Wording
from ledger.tables import Purpose

TEMPLATES = Path(__file__).parents[2] / "templates"
LONGEST_VALUE = 120
GAP = re.compile(r"\n{3,}")
Values = Mapping[str, Any]


class Laid(str):
    """Text that was laid out here, lines and all, and goes into another as it is."""

    __slots__ = ()


class BrokenTemplate(ValueError):
    """A file under templates/ is missing or cannot be read; the sentence says which and where."""


class MissingPlaceholders(ValueError):
    """A message needs values that were not given."""

    def __init__(self, template: str, names: Iterable[str]) -> None:
        self.names = tuple(sorted(names))
        super().__init__(f"{template} needs {', '.join(self.names)}")


@dataclass(frozen=True)
class Reply:
    """What is said to a person who just wrote, what they can press, and what they are handed.

    ``copyable``: parts of the text that one taps to copy. ``in_place``: pressed for, it takes the place of the
    message whose button was pressed, where the messenger can.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    document: Document | None = None
    chart: Chart | PathChart | None = None
    """A picture that is drawn when it is sent."""
    copyable: tuple[str, ...] = ()
    in_place: bool = False


@dataclass(frozen=True)
class ContentEntry:
    """Words for approval by WhatsApp, by the catalogue: whatsapp/<language>/<name>.j2, and its places in order."""

    name: str
    languages: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True)
class MessageTemplate:
    """An entry of the catalogue: what a campaign's message is for and how long it may be."""

    name: str
    purpose: Purpose
    longest: int
    contents: tuple[ContentEntry, ContentEntry]
    """Its counterparts for approval by WhatsApp: without and with a discount."""

    def content(self, is_discounted: bool) -> ContentEntry:
        return self.contents[is_discounted]


PICTURE = "[\u2190-\u2bff\U0001f000-\U0001faff]"
UNPRINTABLE = re.compile(rf"(?<!{PICTURE})(?<!\ufe0f)\u200d|\u200d(?!{PICTURE})|[^\u200d]")
"""A joiner between two pictures makes one of them, a family say; elsewhere it is nothing that is seen."""
WELL: set[tuple[Path, frozenset[tuple[str, int, int]]]] = set()
"""Folders whose files were all checked, with when each was changed."""


JOINED = {"segments": " / ", "kindly": ", "}
"""Shelves on which a key may be made of two, with a dot between: what joins their words."""


class Compound(dict[str, str]):
    """Words by their keys, and those of "one.other" by its parts' keys."""

    def __init__(self, words: Mapping[str, str], joiner: str) -> None:
        super().__init__(words)
        self.joiner = joiner

    def __missing__(self, key: str) -> str:
        parts = key.split(".")
        if len(parts) < 2:
            raise KeyError(key)
        return self.joiner.join(self[part] for part in parts)

    def get(self, key: str, default: Any = None) -> Any:
        try:
            return self[key]
        except KeyError:
            return default


class Composer:
    """Compiles every template once and fills it as often as asked."""

    def __init__(self, folder: Path = TEMPLATES) -> None:
        self.folder = folder
        self.environment = Sandbox(FileSystemLoader(folder))
        self._pages = Sandbox(FileSystemLoader(folder), is_html=True)
        self._pages.filters |= FILTERS
        self._templates: dict[str, Template] = {}
        self._asked_for: dict[str, frozenset[str]] = {}
        self._lexicons: dict[str, dict[str, dict[str, str]]] = {}
        self._phrases: dict[str, Template] = {}
        self._frames: dict[tuple[str, str, bool], Frame] = {}

    @cached_property
    def catalog(self) -> dict[str, MessageTemplate]:
        """Every campaign template by name. Raises BrokenTemplate."""
        entries = self._toml.get("messages", {})
        try:
            return {name: _entry(name, entry) for name, entry in entries.items()}
        except (KeyError, ValueError) as fault:
            raise BrokenTemplate(f"templates/catalog.toml: {fault}") from fault

    @cached_property
    def invitation(self) -> ContentEntry:
        """The words for approval by which people are invited to a survey. Raises BrokenTemplate."""
        try:
            return _content(self._toml["invitations"][SURVEY]["whatsapp"])
        except KeyError as fault:
            raise BrokenTemplate(f"templates/catalog.toml: [invitations.{SURVEY}] has no {fault}") from fault

    def content_of(self, template: str, is_discounted: bool) -> ContentEntry:
        """The counterpart of a campaign's message for approval by WhatsApp."""
        return self.invitation if template == SURVEY else self.catalog[template].content(is_discounted)

    def data(self, path: str) -> Mapping[str, Any]:
        """The values of a TOML file below templates/, to be read only. Raises BrokenTemplate."""
        return self._read_toml(path)

    @cached_property
    def _toml(self) -> dict[str, Any]:
        return self._read_toml("catalog.toml")

    def _read_toml(self, path: str) -> dict[str, Any]:
        file = self.folder / path
        try:
            stamp = file.stat()
            return _parsed(file, stamp.st_mtime_ns, stamp.st_size)
        except (OSError, ValueError) as fault:
            raise BrokenTemplate(f"templates/{path}: {fault}") from fault

    def message(self, name: str, language: str, values: Values, *, is_personal: bool) -> str:
        """A campaign's message. Raises MissingPlaceholders or BrokenTemplate, both found earlier by ``missing``."""
        path = message_path(name, language, is_personal=is_personal)
        try:
            return _tidy(self._template(path).render(clean(values)))
        except UndefinedError as fault:
            raise MissingPlaceholders(path, self.missing(name, language, values, is_personal=is_personal)) from fault

    def missing(self, name: str, language: str, values: Values, *, is_personal: bool) -> frozenset[str]:
        """The placeholders of a message that ``values`` does not fill."""
        return self.placeholders(message_path(name, language, is_personal=is_personal)) - set(values)

    def placeholders(self, path: str) -> frozenset[str]:
        """Every name a template and what it includes expects to be given, as it was when it was compiled."""
        if path not in self._asked_for:
            self._template(path)
            own, included = names((self.folder / path).read_text(encoding="utf-8"), path)
            self._asked_for[path] = own.union(*(self.placeholders(each) for each in included))
        return self._asked_for[path]

    def reply(self, name: str, language: str, /, **values: Any) -> Reply:
        """What is answered to a person.

        A template's ``buttons`` are pairs of label and what pressing it says; a third part, "contact", makes one that
        shares the person's number. Its ``copyable`` are parts of its text; ``in_place`` is true or false.
        """
        path = f"replies/{language}/{name}.j2"
        try:
            said = self._template(path).make_module(dict(clean(values)))
        except UndefinedError as fault:
            raise MissingPlaceholders(path, self.placeholders(path) - set(values)) from fault
        buttons = tuple(_button(*parts) for parts in getattr(said, "buttons", ()))
        copyable = tuple(str(each) for each in getattr(said, "copyable", ()))
        return Reply(_tidy(str(said)), buttons, copyable=copyable, in_place=bool(getattr(said, "in_place", False)))

    def document(self, name: str, language: str, /, **values: Any) -> str:
        """A document's text, Markdown with lines and all. Raises MissingPlaceholders or BrokenTemplate."""
        path = f"documents/{language}/{name}.md.j2"
        try:
            return _tidy(self._template(path).render(clean(values))) + "\n"
        except UndefinedError as fault:
            raise MissingPlaceholders(path, self.placeholders(path) - set(values)) from fault

    def page(self, name: str, printer: Printer, /, **values: Any) -> str:
        """A page of HTML, from templates/pages: one text for all languages, which asks for its words. Everything
        that is filled in is escaped. Raises MissingPlaceholders or BrokenTemplate."""
        path = f"pages/{name}.html.j2"
        given = {"word": partial(self.word, printer.language), "printer": printer, "lang": printer.language, **values}
        try:
            return self._template(path, self._pages).render(given)
        except UndefinedError as fault:
            raise MissingPlaceholders(path, [fault.message or "something"]) from fault

    def word(self, language: str, shelf: str, key: str, /, **values: Any) -> str:
        """The lexicon's word for one of our own terms: word("id", "states", "sent"). Raises BrokenTemplate."""
        try:
            entry = self._lexicon(language)[shelf][key]
        except KeyError as fault:
            raise BrokenTemplate(f"templates/words/{language}: [{shelf}] has no {key!r}") from fault
        return self._phrase(entry).render(clean(values)) if values else str(entry)

    def shelf(self, language: str, shelf: str) -> Mapping[str, str]:
        """All words of one shelf of the lexicon."""
        return self._lexicon(language)[shelf]

    def _lexicon(self, language: str) -> dict[str, dict[str, str]]:
        if language not in self._lexicons:
            self._lexicons[language] = self._read_lexicon(language)
        return self._lexicons[language]

    def _read_lexicon(self, language: str) -> dict[str, dict[str, str]]:
        """Every file of a language; a shelf may have words in several. Raises BrokenTemplate for one given twice."""
        lexicon: dict[str, dict[str, str]] = {}
        for file in sorted(self.folder.glob(f"words/{language}/*.toml")):
            path = str(file.relative_to(self.folder))
            for shelf, words in self._read_toml(path).items():
                twice = lexicon.setdefault(shelf, {}).keys() & words.keys()
                if twice:
                    named = ", ".join(sorted(twice))
                    raise BrokenTemplate(f"templates/{path}: [{shelf}] {named} stands in another file too")
                lexicon[shelf] |= words
        for shelf in JOINED.keys() & lexicon.keys():
            lexicon[shelf] = Compound(lexicon[shelf], JOINED[shelf])
        return lexicon

    def _phrase(self, entry: str) -> Template:
        if entry not in self._phrases:
            self._phrases[entry] = self.environment.from_string(entry)
        return self._phrases[entry]

    def wording(self, question: str, shown: Reply, language: str) -> Wording:
        """The version, text and hash of a question of consent. ``shown`` names nobody, so that all share one hash."""
        version = self._toml.get("wordings", {}).get(question)
        if version is None:
            raise BrokenTemplate(f"templates/catalog.toml: [wordings] has no version for {question}")
        text = "\n".join([shown.text, *(button.label for button in shown.buttons)])
        return Wording(version, sha256(text.encode()).hexdigest(), language, text)

    @property
    def wordings(self) -> frozenset[str]:
        """The versions of the words by which consent is asked today."""
        return frozenset(self._toml.get("wordings", {}).values())

    def check(self) -> None:
        """Compile every template there is. Raises BrokenTemplate for the first that will not do.

        Files that were well and have not changed since are not looked at again in this process.
        """
        try:
            seen = self._as_it_stands()
        except OSError as fault:
            raise BrokenTemplate(f"templates: {fault}") from fault
        if seen not in WELL:
            self._check()
            WELL.add(seen)

    def _as_it_stands(self) -> tuple[Path, frozenset[tuple[str, int, int]]]:
        return self.folder, frozenset(_stamps(self.folder))

    def _check(self) -> None:
        for name in self.catalog:
            for language in LANGUAGES:
                for is_personal in (True, False):
                    self.placeholders(message_path(name, language, is_personal=is_personal))
        for path in sorted([*self.folder.glob("replies/*/*.j2"), *self.folder.glob("documents/*/*.j2")]):
            self.placeholders(str(path.relative_to(self.folder)))
        for path in sorted(self.folder.glob("pages/**/*.j2")):
            self._template(str(path.relative_to(self.folder)), self._pages)
        for _ in self.frames():  # each is looked at when it is made
            pass

    def frame(self, template: str, language: str, is_discounted: bool) -> Frame:
        """The words of a message for approval by WhatsApp. Raises BrokenTemplate, also where they break its rules."""
        key = template, language, is_discounted
        if key not in self._frames:
            self._frames[key] = self._framed(*key)
        return self._frames[key]

    def _framed(self, template: str, language: str, is_discounted: bool) -> Frame:
        entry = self.content_of(template, is_discounted)
        path = f"whatsapp/{language}/{entry.name}.j2"
        numbered = {name: f"{{{{{place}}}}}" for place, name in enumerate(entry.places, 1)}
        try:
            body = _tidy(self._template(path).render(numbered))
        except UndefinedError as fault:
            unknown = ", ".join(sorted(self.placeholders(path) - set(numbered)))
            raise BrokenTemplate(f"templates/{path}: {unknown} is no place of it in catalog.toml") from fault
        shelf = SURVEY if template == SURVEY else "approved"
        labels = self.shelf(language, f"{shelf}_buttons")
        buttons = tuple((label, self.word(language, f"{shelf}_says", key)) for key, label in labels.items())
        frame = Frame(entry.name, language, body, entry.places, buttons)
        broken = next(faults(frame), None)
        if broken is not None:
            raise BrokenTemplate(f"templates/{path}: {broken}")
        return frame

    def frames(self) -> Iterator[tuple[str, bool, Frame]]:
        """All words for approval there are, with the template and whether it is the one with a discount."""
        for name, entry in self.catalog.items():
            for is_discounted in (False, True):
                for language in entry.content(is_discounted).languages:
                    yield name, is_discounted, self.frame(name, language, is_discounted)
        for language in self.invitation.languages:
            yield SURVEY, False, self.frame(SURVEY, language, is_discounted=False)

    def _template(self, path: str, environment: Sandbox | None = None) -> Template:
        known = self._templates.get(path)
        if known is not None:
            return known
        try:
            return self._templates.setdefault(path, (environment or self.environment).get_template(path))
        except TemplateNotFound as fault:
            raise BrokenTemplate(f"templates/{fault.name} is not there") from fault
        except TemplateError as fault:
            line = getattr(fault, "lineno", None)
            # What is drawn in is at fault in its own file.
            at = f"{getattr(fault, 'name', None) or path}{f', line {line}' if line else ''}"
            raise BrokenTemplate(f"templates/{at}: {fault.message}") from fault
        except (OSError, ValueError) as fault:
            raise BrokenTemplate(f"templates/{path}: {fault}") from fault


@lru_cache(maxsize=256)
def _parsed(file: Path, _changed_ns: int, _size: int) -> dict[str, Any]:
    """A TOML file as it was then; to be read only. Raises OSError, ValueError."""
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _stamps(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    """Every file below, with when it was changed and its size in bytes."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _stamps(entry.path)
            else:
                stat = entry.stat()
                yield entry.path, stat.st_mtime_ns, stat.st_size


def message_path(name: str, language: str, *, is_personal: bool) -> str:
    """Where a campaign's text stands; ``.plain`` is for those who did not allow their history to be used."""
    return f"messages/{language}/{name}{'' if is_personal else '.plain'}.j2"


def clean(value: Any) -> Any:
    """A value as it may stand in a message: text on one line, nothing unprintable, not endless."""
    if isinstance(value, str):
        return value if isinstance(value, Laid) else _one_line(value)
    if isinstance(value, Mapping):
        return value if isinstance(value, Ready) else {key: clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [clean(each) for each in value]
    return value


def _one_line(value: str) -> str:
    printable = value if value.isprintable() else UNPRINTABLE.sub(_blank, value)
    text = " ".join(printable.split()).replace("```", "'''")
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 1]}…"


def _blank(found: re.Match[str]) -> str:
    return found[0] if found[0].isprintable() else " "


def _entry(name: str, entry: Mapping[str, Any]) -> MessageTemplate:
    return MessageTemplate(
        name=name,
        purpose=Purpose(entry["purpose"]),
        longest=int(entry["longest"]),
        contents=(_content(entry["whatsapp"]), _content(entry["whatsapp_discount"])),
    )


def _content(entry: Mapping[str, Any]) -> ContentEntry:
    return ContentEntry(str(entry["content"]), tuple(entry["languages"]), tuple(entry["variables"]))


def _button(label: Any, says: Any, kind: str = "") -> Button:
    return Button(str(label), str(says), asks_contact=kind == "contact")


def _tidy(text: str) -> str:
    lines = "\n".join([line.rstrip() for line in text.strip().splitlines()])
    return GAP.sub("\n\n", lines) if "\n\n\n" in lines else lines
