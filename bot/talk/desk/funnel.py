"""/funnel: how far visits come, where they are lost, which ways lead to a purchase, and days unlike the others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from babel.dates import format_date, get_day_names
from babel.numbers import format_percent
from sqlmodel import Session

from bot.talk.desk.command import Command
from bot.talk.replies import Teller
from bot.talk.turn import Turn
from campaigns.looking import paths
from campaigns.looking.paths import CHAT, SITE
from campaigns.outcomes.charting import Charting
from campaigns.words.composing import Laid, Reply
from ledger.tables import Role

STEPS = "path_steps"
SCOPES = {"chat": CHAT, "toko": CHAT, "shop": CHAT, "situs": SITE, "halaman": SITE, "site": SITE, "web": SITE}
MOST_WAYS, MOST_HOURS = 3, 3


def answer(turn: Turn, teller: Teller, argument: str) -> list[Reply]:
    """Of the shop's pages where there are visits to them, else of its chats; or of the one that is named."""
    return [told(turn.session, teller, argument)]


def told(session: Session, teller: Teller, said: str = "") -> Reply:
    """What the current run found, with a picture of the funnel."""
    found = {each["scope"]: each for each in paths.paths(session)}
    wanted = SCOPES.get(said.strip().casefold())
    scope = found.get(wanted) if wanted is not None else next(iter(found.values()), None)
    if scope is None:
        return teller.say("funnel_none", other=bool(found))
    reply = teller.say("funnel", other=_other(teller, scope, found), **_values(teller, scope))
    stages = [(stage(teller, each["name"]), each["n"]) for each in scope["funnel"]]
    return replace(reply, chart=Charting(teller.composer, teller.language).funnel_of_visits(stages, scope["visits"]))


def _other(teller: Teller, scope: Mapping[str, Any], found: Mapping[str, Any]) -> str:
    names = [each for each in found if each != scope["scope"]]
    return teller.word("path_scopes", f"see_{names[0]}") if names else ""


def _values(teller: Teller, scope: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "scope": teller.word("path_scopes", scope["scope"]),
        "visits": teller.number(scope["visits"]),
        "visitors": teller.number(scope["visitors"]),
        "first": day(teller, scope["first"]),
        "last": day(teller, scope["last"]),
        "stages": [_stage(teller, each) for each in scope["funnel"]],
        "leak": stage(teller, scope["leak"]) if scope["leak"] else "",
        "leaks": [Laid(_leak(teller, each)) for each in paths.leaks(scope)[:MOST_WAYS]],
        "chance": _percent(teller, scope["funnel"][-1]["n"] / scope["visits"]) if scope["chain"] else "",
        "steps": teller.number(scope["chain"]["steps"], 1) if scope["chain"] and scope["chain"]["steps"] else "",
        "removal": [Laid(_removed(teller, each)) for each in _removal(scope)],
        "sequences": [Laid(_sequence(teller, each)) for each in scope["sequences"][:MOST_WAYS]],
        "busy": Laid(_busy(teller, scope)),
        "episodes": [Laid(episode(teller, each)) for each in scope["episodes"]],
    }


def _removal(scope: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """What is not itself a stage of the funnel, for of those it goes without saying."""
    stages = {each["name"] for each in scope["funnel"]}
    lost = scope["chain"]["removal"] if scope["chain"] else []
    return [each for each in lost if each["step"] not in stages][:MOST_WAYS]


def stage(teller: Teller, name: str) -> str:
    """A step's name in the reader's words; what a file calls otherwise stays as it is called."""
    known = teller.composer.shelf(teller.language, STEPS)
    return known.get(name, f"“{name}”")


def day(teller: Teller, said: str) -> str:
    return format_date(date.fromisoformat(said), "d MMM y", locale=teller.language)


def _percent(teller: Teller, share: float) -> str:
    return str(format_percent(share, "#,##0.#%" if share < 0.1 else "#,##0%", locale=teller.language))


def _stage(teller: Teller, each: Mapping[str, Any]) -> dict[str, Any]:
    said = {"name": stage(teller, each["name"]), "n": teller.number(each["n"]), "onward": ""}
    if each["share"] is not None:
        shares = {name: _percent(teller, each[name]) for name in ("share", "low", "high")}
        said["onward"] = teller.word("path_said", "onward", **shares)
    return said


def _leak(teller: Teller, leak: paths.Leak) -> str:
    return teller.word(
        "path_said",
        "leak",
        device=stage(teller, leak.device),
        before=stage(teller, leak.before),
        stage=stage(teller, leak.stage),
        share=_percent(teller, leak.share),
        n=teller.number(leak.n),
        share_else=_percent(teller, leak.share_else),
        n_else=teller.number(leak.n_else),
    )


def _removed(teller: Teller, each: Mapping[str, Any]) -> str:
    return teller.word(
        "path_said",
        "removed",
        step=stage(teller, each["step"]),
        lost=_percent(teller, each["lost"]),
        n=teller.number(each["n"]),
    )


def _sequence(teller: Teller, each: Mapping[str, Any]) -> str:
    return teller.word(
        "path_said",
        "sequence",
        way=" → ".join(stage(teller, name) for name in each["steps"]),
        share=_percent(teller, each["n"] / each["of"]),
        of=teller.number(each["of"]),
        share_else=_percent(teller, each["n_else"] / each["of_else"]),
        of_else=teller.number(each["of_else"]),
    )


def _busy(teller: Teller, scope: Mapping[str, Any]) -> str:
    """The weekday, where one clearly stands out, and the hours at which most visits begin."""
    weekdays = scope["weekdays"]
    best = paths.busy_weekday(scope)
    hours = ", ".join(f"{hour:02}" for hour in sorted(_busiest(scope["hours"])))
    n = teller.number(sum(weekdays))
    if best is None:
        return teller.word("path_said", "busy_hours", hours=hours, n=n)
    weekday = get_day_names("wide", locale=teller.language)[best]
    share = _percent(teller, weekdays[best] / sum(weekdays))
    return teller.word("path_said", "busy", weekday=weekday, share=share, hours=hours, n=n)


def _busiest(hours: Sequence[int]) -> list[int]:
    return sorted(range(len(hours)), key=lambda hour: (-hours[hour], hour))[:MOST_HOURS]


def episode(teller: Teller, each: Mapping[str, Any]) -> str:
    """Days unlike the others, with both counts."""
    whose = [
        teller.word("path_said", kind, name=stage(teller, each[kind])) for kind in ("device", "source") if each[kind]
    ]
    return teller.word(
        "path_said",
        "more" if each["is_more"] else "less",
        first=day(teller, each["first"]),
        last=day(teller, each["last"]),
        step=stage(teller, each["step"]) if each["step"] else teller.word("path_said", "any"),
        whose=Laid("".join(f" {one}" for one in whose)),
        cases=teller.number(each["cases"]),
        visits=teller.number(each["visits"]),
        cases_else=teller.number(each["cases_else"]),
        visits_else=teller.number(each["visits_else"]),
        also=", ".join(stage(teller, one) for one in each["also"][:MOST_WAYS]),
    )


SAYS: Mapping[str, Callable[[Teller, Mapping[str, Any]], str]] = {
    "episode": episode,
    "device_leak": lambda teller, figures: _leak(teller, paths.Leak(**figures)),
}
"""Findings about ways, in words."""
COMMANDS = {"funnel": Command(Role.STAFF, answer, also=("corong",))}
