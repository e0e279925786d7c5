"""From plain words to signs: a letter for each word of leaving, as ``leaving_words`` groups them. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.talk import leaving_words as words
from bot.talk.leaving_letters import Clause, known_form


@dataclass(frozen=True)
class Part:
    """A thought in signs; ``is_asked`` if a question mark follows it."""

    signs: str
    is_asked: bool


def parts(clause: Clause) -> Iterator[Part]:
    """A clause, parted once more where "karena" or "but" begins another thought; the last is what is asked."""
    thoughts = "".join(_signs(clause.words)).split("|")
    yield from (Part(thought, is_asked=False) for thought in thoughts[:-1])
    yield Part(thoughts[-1], clause.is_asked)


def _signs(said: Sequence[str]) -> Iterator[str]:
    """A sign for each of the longest phrases known, "_" for a word that is not."""
    spelled = [part for word in said for part in _parted(known_form(word, words.PARTS, words.CORES))]
    at = 0
    while at < len(spelled):
        sizes = range(min(words.LONGEST, len(spelled) - at), 0, -1)
        size = next((size for size in sizes if " ".join(spelled[at : at + size]) in words.SIGN_OF), 1)
        yield words.SIGN_OF.get(" ".join(spelled[at : at + size]), "_")
        at += size


def _parted(word: str) -> tuple[str, ...]:
    """ "stoppromo" is two words."""
    if word in words.PARTS:
        return (word,)
    cores = (core for core in words.JOINING if word.startswith(core) and word.removeprefix(core) in words.JOINED)
    return next(((core, word.removeprefix(core)) for core in cores), (word,))
