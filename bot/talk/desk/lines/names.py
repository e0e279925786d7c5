"""The names a line may use for what the shop has: goals, audiences, bundles. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from bot.talk.desk.lines import fillers, offers, rounds, spending, times, triggers
from bot.talk.desk.lines.cover import Rule, choice, rule
from bot.talk.desk.lines.pieces import Absent, Audience, Bundle, Goal, Piece, Triggered, Trouble
from bot.talk.desk.lines.shorthand import written_out
from campaigns.insights import WITHIN
from campaigns.launching.drafts import OWN_WORDS, Trigger
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer

BUNDLE = "bundle"
GOAL_TRIGGERS = {"birthday": Trigger.BIRTHDAY, "replenishment": Trigger.REPLENISHMENT}
"""Goals that are also what a customer does."""
GAP = r"[\W_]{1,3}"
EXCEPTION = "exception"
EXCEPT = (
    "(?:kecuali|terkecuali|selain|except for|except|excepting|excluding|exclude|apart from|aside from|other than|"
    "leaving out|leave out|skipping|skip)"
)
BUT_NOT = (
    r"(?:(?:tapi |but |and |dan )?(?:bukan|jangan|tidak|not|don't|do not|never|no|tanpa|without|minus)"
    r"(?: (?:kirim|send|termasuk|including|include|untuk|to|for|ke|kepada|buat))*)"
)
QUOTE = "[\"'“”„«»]?"


@dataclass(frozen=True)
class Known:
    """``templates`` and ``audiences``: every name, in either language, to its key.

    The first name of a key is the one that is written back to the owner, so theirs should come first. ``bundles`` are
    the products of bundle 1, bundle 2 and so on. ``absent`` are the names of groups that this shop does not have now.
    ``now`` is aware, ``zone`` the shop's.
    """

    language: str
    now: datetime
    zone: ZoneInfo
    templates: Mapping[str, str]
    audiences: Mapping[str, str]
    bundles: Sequence[tuple[int, ...]] = ()
    absent: Mapping[str, str] = field(default_factory=dict)


def goal_names(composer: Composer, language: str) -> dict[str, str]:
    """What each goal may be called, in either language, the owner's own words first."""
    names: dict[str, str] = {}
    for each in (language, *LANGUAGES):
        for shelf in ("goal_names", "templates"):
            _add(names, {key: name for key, name in composer.shelf(each, shelf).items() if key in composer.catalog})
    return names | {key: key for key in [*composer.catalog, *names.values()] if key not in names}


def audience_names(composer: Composer, language: str, keys: Iterable[str]) -> dict[str, str]:
    """What each of these audiences may be called, in either language, the owner's own words first."""
    names, wanted = dict[str, str](), set(keys)
    for each in (language, *LANGUAGES):
        for shelf in ("audience_names", "audiences", "segments"):
            _add(names, composer.shelf(each, shelf))
        segments = composer.shelf(each, "segments")
        _add(names, {key: segments[key] for key in wanted if WITHIN in key})
    return {name: key for name, key in names.items() if key in wanted} | {key: key for key in wanted}


def _add(names: dict[str, str], shelf: Mapping[str, str]) -> None:
    for key, listed in shelf.items():
        for name in listed.split(","):
            names.setdefault(name.strip().casefold(), key)


def rules(known: Known) -> tuple[Rule, ...]:
    """Everything a line may say, and words that say nothing."""
    return (*telling(known), *fillers.RULES)


def telling(known: Known) -> tuple[Rule, ...]:
    """Everything a line may say."""
    names = _name_rules(*(tuple(each.items()) for each in (known.templates, known.audiences, known.absent)))
    return (*names, *times.RULES, *rounds.RULES, *triggers.RULES, *offers.RULES, *spending.RULES)


def words(name: str) -> str:
    """A name without its dress, in full words: "At-Risk" and at_risk are the same two words."""
    return " ".join(re.findall(r"[^\W_]+", written_out(name.casefold())[0]))


Names = tuple[tuple[str, str], ...]


@lru_cache(maxsize=32)
def _name_rules(templates: Names, audiences: Names, absent: Names) -> tuple[Rule, ...]:
    goals = _by_words(templates)
    bundles = [name for name, key in goals.items() if key == BUNDLE]
    found: list[Rule] = []
    if goals:
        found.append(rule(rf"{QUOTE}(?P<name>{_any(goals)}){QUOTE}", lambda said: _goal(goals[words(said["name"])])))
    if bundles:
        number = (
            rf"(?:{_any(bundles)})\s*(?:nomor |no\.?\s*|number |#\s*)?"
            rf"(?P<number>[0-9]{{1,4}}|{choice(times.NUMBERS)})"
            r"(?![0-9]|[:.][0-9])"
        )
        found.append(rule(number, lambda said: Bundle(times.amount(said["number"]))))
    for groups, piece in ((_by_words(audiences), Audience), (_by_words(absent), Absent)):
        found += _group_rules(groups, piece) if groups else ()
    found.append(rule(EXCEPT, lambda _: Trouble(EXCEPTION)))
    return tuple(found)


def _group_rules(groups: Mapping[str, str], piece: Callable[[str], Piece]) -> list[Rule]:
    """A name that is also a word of the grammar ("everyday") is a group only where it is said to be one."""
    group = (
        r"(?:the |my |our |all (?:the |my |our )?|semua |seluruh |para )?(?:people |those )?"
        r"(?:customers? |segment |pelanggan |kelompok |segmen )?"
        r"(?:who are |that are |who have |yang )?(?:sudah )?(?:in )?"
    )
    named = rf"{QUOTE}(?P<name>{_any(groups)}){QUOTE}(?: customers| segment)?"
    return [
        rule(
            rf"(?:to|ke|untuk|for|kepada|buat|pada)\s*:? {group}{named}",
            lambda said: piece(groups[words(said["name"])]),
        ),
        rule(rf"{group}{named}", lambda said: piece(groups[words(said["name"])]), weight=1),
        rule(
            rf"(?:{EXCEPT}|{BUT_NOT}|but|tapi) (?:to |ke |untuk |for )?{group}{named}",
            lambda _: Trouble(EXCEPTION),
        ),
    ]


def _goal(key: str) -> tuple[Piece, ...]:
    if key in GOAL_TRIGGERS:
        return (Triggered(GOAL_TRIGGERS[key]),)
    return (Goal(key),)


def _by_words(named: Iterable[tuple[str, str]]) -> dict[str, str]:
    spoken: dict[str, str] = {}
    for name, key in named:
        if words(name):
            spoken.setdefault(words(name), key)
    return spoken


def _any(names: Iterable[str]) -> str:
    longest = sorted(names, key=lambda name: (-len(name), name))
    return "|".join(GAP.join(map(re.escape, name.split())) for name in longest)


def owns(known: Known) -> list[str]:
    """The names of the goal whose text the owner writes."""
    return [name for name, key in known.templates.items() if key == OWN_WORDS]
