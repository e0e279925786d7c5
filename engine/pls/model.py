"""What a path model is made of: constructs measured by items, and arrows between them. Importable without numpy."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

ARROW = "->"
MOST_CHAINS = 100


class UnfitModel(ValueError):
    """This model cannot be estimated; ``key`` and ``values`` say why for those who word it."""

    def __init__(self, key: str, says: str, **values: str) -> None:
        super().__init__(says)
        self.key, self.values = key, values


class Mode(StrEnum):
    """How the items of a construct are weighed: A by how they go with its neighbours one by one, B all at once."""

    A = "A"
    B = "B"


@dataclass(frozen=True)
class Construct:
    """What several items are to measure together. One item alone stands for itself."""

    name: str
    items: tuple[str, ...]
    mode: Mode = Mode.A


@dataclass(frozen=True)
class Path:
    """An arrow: ``source`` is drawn as going before ``target``."""

    source: str
    target: str


@dataclass(frozen=True)
class Model:
    """Constructs and the arrows between them, without a circle. Raises UnfitModel."""

    constructs: tuple[Construct, ...]
    paths: tuple[Path, ...]

    def __post_init__(self) -> None:
        _check_constructs(self.constructs)
        _check_paths(self.paths, {each.name for each in self.constructs})
        self.in_order()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(each.name for each in self.constructs)

    @property
    def items(self) -> tuple[str, ...]:
        """All items, construct after construct."""
        return tuple(item for each in self.constructs for item in each.items)

    def before(self, name: str) -> tuple[str, ...]:
        """The constructs with an arrow to this one."""
        return tuple(each.source for each in self.paths if each.target == name)

    def after(self, name: str) -> tuple[str, ...]:
        return tuple(each.target for each in self.paths if each.source == name)

    def in_order(self) -> tuple[str, ...]:
        """The constructs so that every arrow goes forward. Raises UnfitModel where they go round."""
        found: list[str] = []
        left = list(self.names)
        while left:
            free = [each for each in left if not set(self.before(each)) - set(found)]
            if not free:
                raise UnfitModel(
                    "circle", f"the arrows between {', '.join(left)} go in a circle", names=", ".join(left)
                )
            found += free
            left = [each for each in left if each not in free]
        return tuple(found)

    def chains(self) -> tuple[tuple[str, ...], ...]:
        """All ways along two arrows or more, the shortest first; at most MOST_CHAINS."""
        found = [chain for name in self.names for chain in self._from((name,)) if len(chain) > 2]
        return tuple(sorted(found, key=len)[:MOST_CHAINS])

    def _from(self, chain: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
        for name in self.after(chain[-1]):
            yield (*chain, name)
            yield from self._from((*chain, name))

    def without(self, items: Iterable[str]) -> Model:
        """The same model when these items tell nothing. Raises UnfitModel where a construct has none left."""
        gone = frozenset(items)
        kept = (
            Construct(each.name, tuple(item for item in each.items if item not in gone), each.mode)
            for each in self.constructs
        )
        return Model(tuple(kept), self.paths) if gone else self

    @staticmethod
    def of(text: str, items: Mapping[str, Sequence[str]], modes: Mapping[str, Mode] | None = None) -> Model:
        """The model of ``text`` (see ``paths_of``), each construct measured by its ``items``."""
        names = names_of(text)
        unknown = [name for name in names if name not in items]
        if unknown:
            raise UnfitModel("no_items", f"no items are known for {unknown[0]}", name=unknown[0])
        asked = modes or {}
        constructs = (Construct(each, tuple(items[each]), asked.get(each, Mode.A)) for each in names)
        return Model(tuple(constructs), paths_of(text))


def paths_of(text: str) -> tuple[Path, ...]:
    """The arrows of "A, B -> C, D; C -> D": from each on the left to each on the right. Raises UnfitModel."""
    found: dict[Path, None] = {}
    for sides in _sides(text):
        for left, right in pairwise(sides):
            found.update(dict.fromkeys(Path(source, target) for source in left for target in right))
    return tuple(found)


def names_of(text: str) -> tuple[str, ...]:
    """The constructs of such a text, as they come in it. Raises UnfitModel."""
    return tuple(dict.fromkeys(name for sides in _sides(text) for side in sides for name in side))


def _sides(text: str) -> list[list[list[str]]]:
    found = []
    for part in text.replace("\n", ";").replace("→", ARROW).split(";"):
        if not part.strip():
            continue
        sides = [[name.strip() for name in side.split(",") if name.strip()] for side in part.split(ARROW)]
        if len(sides) < 2 or not all(sides):
            raise UnfitModel("no_arrow", f'"{part.strip()}" is no arrow: write it as "A, B -> C"', part=part.strip())
        found.append(sides)
    if not found:
        raise UnfitModel("no_paths", 'the model has no arrow: write it as "A, B -> C; C -> D"')
    return found


def _check_constructs(constructs: Sequence[Construct]) -> None:
    names = [each.name for each in constructs]
    for name in names:
        if names.count(name) > 1:
            raise UnfitModel("twice", f"{name} is there twice", name=name)
    whose: dict[str, str] = {}
    for each in constructs:
        if not each.items:
            raise UnfitModel("no_items", f"no items are known for {each.name}", name=each.name)
        for item in each.items:
            if item in whose:
                says = f"{item} belongs to {whose[item]} and to {each.name}: an item can measure one thing only"
                raise UnfitModel("shared_item", says, item=item, first=whose[item], second=each.name)
            whose[item] = each.name


def _check_paths(paths: Sequence[Path], names: set[str]) -> None:
    for each in paths:
        if each.source == each.target:
            raise UnfitModel("circle", f"{each.source} has an arrow to itself", names=each.source)
        for name in (each.source, each.target):
            if name not in names:
                raise UnfitModel("no_items", f"no items are known for {name}", name=name)
    lone = sorted(names - {name for each in paths for name in (each.source, each.target)})
    if lone:
        raise UnfitModel("lone", f"no arrow leads to or from {lone[0]}", name=lone[0])
