"""What the names in a segment's words mean: goods, cities, segments, channels. A slip is mended, and said. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from bot.talk.desk.groups.words import LANGUAGES
from campaigns.grouping.conditions import Called, Goods
from ledger.catalog import folded

LIKENESS = 0.8
"""How like a name a word must be to be taken for a slip of it; 1 is the same."""
FARTHER = 0.6
"""How like, to be asked about."""
MOST_NEAR = 3
LEAST_LETTERS = 3


@dataclass(frozen=True)
class City:
    name: str


@dataclass(frozen=True)
class Tongue:
    language: str


@dataclass(frozen=True)
class Group:
    key: str


@dataclass(frozen=True)
class Place:
    """Where one buys, or has a chat."""

    key: str


Thing = Goods | City | Tongue | Group | Place


@dataclass(frozen=True)
class Found:
    """``instead``: what was taken for what was said, where it was not said so."""

    thing: Thing
    instead: str = ""


@dataclass(frozen=True)
class Unclear:
    """Nothing goes by that name; ``nearest`` are what comes near."""

    nearest: tuple[str, ...] = ()


@dataclass(frozen=True)
class Names:
    """What this shop has, by folded name. ``products`` gives SKUs; ``also`` other words for the same goods."""

    categories: Mapping[str, str] = field(default_factory=dict)
    brands: Mapping[str, str] = field(default_factory=dict)
    products: Mapping[str, str] = field(default_factory=dict)
    titles: Sequence[tuple[str, str]] = ()
    """Every product's SKU and folded name."""
    cities: Mapping[str, str] = field(default_factory=dict)
    segments: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    chats: frozenset[str] = frozenset()
    """The places where one writes to the shop; in the others one only buys."""
    also: Mapping[str, str] = field(default_factory=dict)

    def exactly(self, said: str) -> list[Thing]:
        """Everything that goes by this name, goods first."""
        name = folded(said)
        return [*self.goods(name), *self.others(name)]

    def goods(self, said: str) -> list[Goods]:
        """The goods of that very name: a category before a product, a product before a brand."""
        name = folded(said)
        name = name if self._is_goods(name) else self.also.get(name, name)
        shelves = ((Called.CATEGORY, self.categories), (Called.PRODUCT, self.products), (Called.BRAND, self.brands))
        return [Goods(called, shelf[name]) for called, shelf in shelves if name in shelf]

    def others(self, said: str) -> list[Thing]:
        name = folded(said)
        found: list[Thing] = []
        for make, shelf in ((City, self.cities), (Group, self.segments), (Tongue, LANGUAGES), (Place, self.places)):
            found += [make(shelf[name])] if name in shelf else []
        return found

    def _is_goods(self, name: str) -> bool:
        return name in self.categories or name in self.products or name in self.brands

    def wordy(self, said: str) -> Goods | None:
        """Products in whose name all these words stand: the one, or as many as there will be."""
        wanted = folded(said).split()
        if not any(len(word) >= LEAST_LETTERS for word in wanted):
            return None
        having = [sku for sku, title in self.titles if _stand(wanted, title)]
        if len(having) == 1:
            return Goods(Called.PRODUCT, having[0])
        return Goods(Called.WORDS, " ".join(wanted)) if having else None

    def longer(self) -> dict[str, list[tuple[str, ...]]]:
        """The names of more than one word, by their first, the longest first."""
        every = (self.categories, self.brands, self.products, self.cities, self.segments, self.places)
        found: dict[str, list[tuple[str, ...]]] = {}
        for name in {name for shelf in every for name in shelf if " " in name}:
            words = tuple(name.split())
            found.setdefault(words[0], []).append(words)
        return {first: sorted(each, key=lambda words: (-len(words), words)) for first, each in found.items()}


def _stand(wanted: Sequence[str], title: str) -> bool:
    words = title.split()
    return all(any(each.startswith(word) for each in words) for word in wanted)


def find(names: Names, said: str, *, is_goods: bool = False) -> Found | Unclear:
    """What is meant; ``is_goods``: it can only be something sold, or where. Of what is unclear, what comes near."""
    exact = [*names.goods(said), *names.others(said)]
    if exact:
        return Found(exact[0])
    if is_goods and (wordy := names.wordy(said)) is not None:
        return Found(wordy)
    shelves = [names.categories, names.brands, names.products, names.places]
    shelves += [] if is_goods else [names.cities, names.segments, LANGUAGES]
    known = {name for shelf in shelves for name in shelf}
    near = _near(said, known, LIKENESS)
    if len(near) == 1:
        thing = names.exactly(near[0])[0]
        return Found(thing, instead=near[0])
    if not is_goods and (wordy := names.wordy(said)) is not None:
        return Found(wordy)
    return Unclear(tuple(near or _near(said, known, FARTHER)))


def of_sort(shelf: Mapping[str, str], said: str) -> str | Unclear:
    """What goes by that name on one shelf; a slip of one name alone is mended."""
    name = folded(said)
    if name in shelf:
        return shelf[name]
    near = _near(said, shelf, LIKENESS)
    return shelf[near[0]] if len(near) == 1 else Unclear(tuple(near or _near(said, shelf, FARTHER)))


def _near(said: str, known: Iterable[str], likeness: float) -> list[str]:
    return get_close_matches(folded(said), sorted(known), MOST_NEAR, likeness)
