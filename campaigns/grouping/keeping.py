"""Conditions as JSON and back. What was not written by ``as_json`` is refused, not guessed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from campaigns.grouping.conditions import (
    All,
    Belongs,
    BornIn,
    Called,
    Condition,
    Did,
    Doing,
    Either,
    Goods,
    Joined,
    LivesIn,
    Not,
    Plain,
    Reached,
    Scored,
    Span,
    Speaks,
    Spent,
    Stretch,
)

DEEPEST = 20


class Unreadable(ValueError):
    """What was kept is no condition, or one of a newer version."""


NAMED: Mapping[str, type[LivesIn | Speaks | Reached | Belongs]] = {
    "city": LivesIn,
    "language": Speaks,
    "channel": Reached,
    "segment": Belongs,
}
"""Conditions that say one name."""
NAME_OF = {kind: name for name, kind in NAMED.items()}


def as_json(condition: Condition) -> dict[str, Any]:
    """For a JSON column: ``{"is": "did", …}``, only what differs from nothing said."""
    match condition:
        case Not(inner):
            return {"is": "not", "of": as_json(inner)}
        case All(parts) | Either(parts):
            kind = "all" if isinstance(condition, All) else "either"
            return {"is": kind, "of": [as_json(each) for each in parts]}
        case BornIn(month):
            return {"is": "birthday", "value": month}
        case LivesIn(value) | Speaks(value) | Reached(value) | Belongs(value):
            return {"is": NAME_OF[type(condition)], "value": value}
    return _asked(condition)


def _asked(condition: Did | Spent | Joined | Scored) -> dict[str, Any]:
    match condition:
        case Did(doing, goods, least, most, span, place):
            named = {"doing": doing.value, "goods": _goods(goods)}
            return _told("did", **named, least=least, most=most, span=_span(span), place=place)
        case Spent(least, most, goods, span, place):
            return _told("spent", least=least, most=most, goods=_goods(goods), span=_span(span), place=place)
        case Joined(span):
            return _told("joined", span=_span(span))
        case Scored(at_least, at_most):
            return _told("scored", least=at_least, most=at_most)


def of(kept: Any) -> Condition:
    """From ``as_json``. Raises Unreadable."""
    try:
        return _of(kept, DEEPEST)
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        raise Unreadable(f"not a condition: {type(fault).__name__}") from fault


def _of(kept: Any, deep: int) -> Condition:
    if not deep:
        raise Unreadable("too deep")
    kind = kept["is"]
    if kind == "not":
        return Not(_of(kept["of"], deep - 1))
    if kind in ("all", "either"):
        parts = tuple(_of(each, deep - 1) for each in kept["of"])
        return All(parts) if kind == "all" else Either(parts)
    return _READ[kind](kept)


def _did_of(kept: dict[str, Any]) -> Did:
    doing, least = Doing(kept["doing"]), int(kept["least"])
    return Did(doing, _goods_of(kept), least, _number(kept, "most"), _span_of(kept), _place_of(kept))


def _spent_of(kept: dict[str, Any]) -> Spent:
    least, most = _number(kept, "least"), _number(kept, "most")
    return Spent(least, most, _goods_of(kept), _span_of(kept), _place_of(kept))


def _scored_of(kept: dict[str, Any]) -> Scored:
    return Scored(*(float(kept[each]) if each in kept else None for each in ("least", "most")))


_READ: Mapping[str, Callable[[dict[str, Any]], Plain]] = {
    "did": _did_of,
    "spent": _spent_of,
    "scored": _scored_of,
    "joined": lambda kept: Joined(_span_of(kept)),
    "birthday": lambda kept: BornIn(int(kept["value"])),
    "city": lambda kept: LivesIn(str(kept["value"])),
    "language": lambda kept: Speaks(str(kept["value"])),
    "channel": lambda kept: Reached(str(kept["value"])),
    "segment": lambda kept: Belongs(str(kept["value"])),
}


def _place_of(kept: dict[str, Any]) -> str:
    return str(kept.get("place", ""))


def _told(kind: str, **values: Any) -> dict[str, Any]:
    return {"is": kind, **{name: each for name, each in values.items() if each not in (None, "", [], {})}}


def _goods(goods: tuple[Goods, ...]) -> list[list[str]]:
    return [[each.called.value, each.value] for each in goods]


def _goods_of(kept: dict[str, Any]) -> tuple[Goods, ...]:
    return tuple(Goods(Called(called), str(value)) for called, value in kept.get("goods", ()))


def _number(kept: dict[str, Any], name: str) -> int | None:
    return int(kept[name]) if name in kept else None


def _span(span: Span) -> dict[str, Any]:
    told = {
        "days": span.days,
        "since": span.since.isoformat() if span.since else None,
        "until": span.until.isoformat() if span.until else None,
        "stretch": span.stretch.value if span.stretch else None,
    }
    return {name: each for name, each in told.items() if each is not None}


def _span_of(kept: dict[str, Any]) -> Span:
    told = kept.get("span", {})
    since, until = (date.fromisoformat(told[each]) if each in told else None for each in ("since", "until"))
    stretch = Stretch(told["stretch"]) if "stretch" in told else None
    return Span(int(told["days"]) if "days" in told else None, since, until, stretch)
