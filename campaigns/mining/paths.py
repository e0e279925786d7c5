"""Which ways people take to a purchase: on the shop's pages, where a clickstream tells of them, and in chat and shop.

steps of visits, or the interactions → visits → funnel, chain, sequences, rhythm, episodes → JSON in the run's state
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import polars as pl

from campaigns.insights import PATHS
from campaigns.mining.findings import Findings
from campaigns.mining.parameters import Parameters
from engine.errors import TooLittleData
from engine.experiments import difference_interval
from engine.frames import IntColumn, Interactions, Kind
from engine.paths import chain, funnel, sequences
from engine.paths.episodes import Episode, episodes
from engine.paths.steps import Steps, steps
from ledger.visits import StepColumns

SITE, CHAT = "site", "chat"
WEB = "web"
"""The platform of what a clickstream told: on the pages it is counted already."""
STAGES: tuple[tuple[str, ...], ...] = (
    ("view", "product_view", "product view", "view_item", "view item", "lihat", "click"),
    ("cart", "add_to_cart", "add to cart", "keranjang"),
    ("checkout", "begin_checkout", "shipping_details", "shipping", "checkout_started"),
    ("payment", "payment_details", "add_payment_info", "pembayaran"),
    ("purchase", "order", "beli", "order_completed", "transaction"),
)
"""What pages usually call the stages on the way to a purchase; the first is what we call it."""
OF_CHAT = {
    Kind.MESSAGE_IN: "message", Kind.CLICK: "click", Kind.VIEW: "view", Kind.CART: "cart", Kind.PURCHASE: "purchase",
}  # fmt: skip
CHAT_PAUSE_MINUTES = 24 * 60
"""Who asks in the morning and buys in the evening came once."""
LEAST_VISITS = 30
MOST_WAYS, MOST_SEQUENCES, MOST_REMOVED, MOST_EPISODES = 8, 5, 12, 5
SUPPORT = 0.1
"""Of the visits that bought, the share that has to have come a way."""
MOST_COMPARED = 200
CHANCE = 0.05
"""Divided by how many ways are compared (Bonferroni)."""
OFTENER = 1.2
"""A way that those who did not buy come nearly as often is not told."""


def find_paths(
    findings: Findings, profiled: Interactions, visits: StepColumns, refusing: Sequence[int], parameters: Parameters
) -> None:
    """Raises TooLittleData where neither pages nor chats tell of LEAST_VISITS visits."""
    told = []
    for scope, found in ((SITE, _of_site(visits, refusing)), (CHAT, _of_chat(profiled))):
        if found.n_visits >= LEAST_VISITS:
            told.append(_told(scope, found, parameters.zone))
    if not told:
        raise TooLittleData("visits", LEAST_VISITS, _of_chat(profiled).n_visits)
    findings.state[PATHS] = json.dumps(told, separators=(",", ":")).encode()
    findings.quality[PATHS] = {"n": sum(each["visits"] for each in told)}


def _of_site(visits: StepColumns, refusing: Sequence[int]) -> Steps:
    rows = ~np.isin(visits.customer, list(refusing))
    return steps(
        visits.customer[rows],
        visits.at[rows],
        visits.step[rows],
        visits.steps,
        session=visits.visit[rows],
        device=visits.device[rows],
        source=visits.source[rows],
        devices=visits.devices,
        sources=visits.sources,
    )


def _of_chat(profiled: Interactions) -> Steps:
    """What people did in chat and shop. Who only ever came to the counter took no way that could be seen."""
    kinds = np.array(list(OF_CHAT), dtype=np.int64)
    on_web = _platform(profiled, WEB)
    did = profiled.where(np.isin(profiled.kind, kinds) & ~on_web)
    place = np.zeros(len(Kind), dtype=np.int64)
    place[kinds] = np.arange(len(kinds))
    # Lines of one order are one step.
    _, first = np.unique(np.column_stack([did.customer, did.at, did.kind]), axis=0, return_index=True)
    once = np.zeros(len(did), dtype=np.bool_)
    once[first] = True
    did = did.where(once)
    told = steps(
        did.customer,
        did.at,
        place[did.kind],
        tuple(OF_CHAT.values()),
        device=did.platform,
        devices=did.platforms,
        pause_minutes=CHAT_PAUSE_MINUTES,
    )
    seen = np.zeros(told.n_visits, dtype=np.bool_)
    seen[told.visit[told.step != told.names.index("purchase")]] = True
    return told.of_visits(seen) if told.n_visits else told


def _platform(interactions: Interactions, name: str) -> Any:
    if name not in interactions.platforms:
        return np.zeros(len(interactions), dtype=np.bool_)
    return interactions.platform == interactions.platforms.index(name)


def _told(scope: str, found: Steps, zone: str) -> dict[str, Any]:
    day, weekday, hour = _calendar(found.at, zone)
    stages = [each for each in (tuple(n for n in names if n in found.names) for names in STAGES) if each]
    reached = funnel.funnel(found, stages)
    begins = found.first
    return {
        "scope": scope,
        "visits": found.n_visits,
        "visitors": len(np.unique(found.visitor)),
        "first": _date(int(day.min())),
        "last": _date(int(day.max())),
        "funnel": _stages(reached),
        "leak": reached.leak.name if reached.leak is not None else None,
        "devices": _devices(found, stages),
        "chain": _chain(found, stages),
        "sequences": _sequences(found, stages),
        "weekdays": np.bincount(weekday[begins], minlength=7).tolist(),
        "hours": np.bincount(hour[begins], minlength=24).tolist(),
        # In chat a day with an offer is unlike the others because of the offer.
        "episodes": _episodes(found, day) if scope == SITE else [],
    }


def _calendar(at: IntColumn, zone: str) -> tuple[IntColumn, IntColumn, IntColumn]:
    """Day since the epoch, weekday (Monday 0) and hour by the shop's clock."""
    local = pl.Series(at).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(zone).dt.replace_time_zone(None)
    day = local.dt.epoch("d").cast(pl.Int64)
    weekday, hour = local.dt.weekday().cast(pl.Int64) - 1, local.dt.hour().cast(pl.Int64)
    return day.to_numpy(), weekday.to_numpy(), hour.to_numpy()


def _date(day: int) -> str:
    return str(np.datetime64(day, "D"))


def _stages(found: funnel.Funnel) -> list[dict[str, Any]]:
    return [
        {
            "name": each.name,
            "n": each.n,
            "share": each.onward.value if each.onward else None,
            "low": each.onward.low if each.onward else None,
            "high": each.onward.high if each.onward else None,
        }
        for each in found.stages
    ]


def _devices(found: Steps, stages: Sequence[Sequence[str]]) -> dict[str, dict[str, Any]]:
    by_kind = funnel.by_kind(found, found.device, found.devices, stages)
    return {name: {"visits": each.visits, "funnel": _stages(each)} for name, each in by_kind.items()}


def _goal(found: Steps, stages: Sequence[Sequence[str]]) -> str | None:
    last = stages[-1] if stages and stages[-1][0] in STAGES[-1] else ()
    counts = np.bincount(found.step, minlength=len(found.names))
    return max(last, key=lambda name: int(counts[found.names.index(name)]), default=None)


def _chain(found: Steps, stages: Sequence[Sequence[str]]) -> dict[str, Any] | None:
    goal = _goal(found, stages)
    if goal is None:
        return None
    ways = chain.transitions(found)
    seen = chain.outlook(ways, goal)
    chance, length = seen.from_start()
    lost: list[dict[str, Any]] = [
        {"step": label, "lost": round(float(seen.removal[place]), 4), "n": int(seen.n[place])}
        for place, label in enumerate(seen.labels)
        if np.isfinite(seen.removal[place])
    ]
    lost.sort(key=lambda each: (-float(each["lost"]), str(each["step"])))
    return {
        "goal": goal,
        "chance": round(chance, 4),
        "steps": round(length, 2) if np.isfinite(length) else None,
        "removal": lost[:MOST_REMOVED],
        "ways": [
            {"from": a, "to": b, "n": n, "share": round(share, 4)}
            for a, b, n, share in chain.usual_ways(ways, MOST_WAYS)
        ],
    }


def _sequences(found: Steps, stages: Sequence[Sequence[str]]) -> list[dict[str, Any]]:
    """Ways that visits which bought came, beside how often the others came them as far."""
    goal = _goal(found, stages)
    if goal is None:
        return []
    bought = np.zeros(found.n_visits, dtype=np.bool_)
    bought[found.visit[found.step == found.names.index(goal)]] = True
    buyers, others = int(bought.sum()), int((~bought).sum())
    if min(buyers, others) < LEAST_VISITS:
        return []
    late = {found.names.index(name) for names in stages[1:] for name in names}
    before = found.where(~np.isin(found.step, list(late)) & bought[found.visit])
    if before.n_visits < LEAST_VISITS:
        return []
    usual = [
        each.elements
        for each in sequences.of_visits(before, support=SUPPORT, longest=3)
        if len(each.elements) > 1 and len({*each.elements}) == len(each.elements)
    ]
    rest = found.of_visits(~bought)
    ranked = [
        (tuple(found.names[code] for (code,) in each), _n_with(found.of_visits(bought), each), _n_with(rest, each))
        for each in usual[:MOST_COMPARED]
    ]
    sure = 1 - CHANCE / max(len(ranked), 1)
    ranked.sort(key=lambda each: (-(each[1] / buyers) / max(each[2] / others, 1e-9), each[0]))
    return [
        {"steps": list(names), "n": n, "of": buyers, "n_else": n_else, "of_else": others}
        for names, n, n_else in ranked
        if n / buyers >= OFTENER * n_else / others and difference_interval(n, buyers, n_else, others, sure).low > 0
    ][:MOST_SEQUENCES]


def _n_with(found: Steps, elements: Sequence[tuple[int, ...]]) -> int:
    """In how many visits these steps come in this order."""
    reached = np.full(found.n_visits, -1, dtype=np.int64)
    place = np.arange(len(found), dtype=np.int64)
    for (code,) in elements:
        ahead = (found.step == code) & (place > reached[found.visit]) & (reached[found.visit] < len(found))
        nearest = np.full(found.n_visits, len(found), dtype=np.int64)
        np.minimum.at(nearest, found.visit[ahead], place[ahead])
        reached = nearest
    return int((reached < len(found)).sum())


def _episodes(found: Steps, day: IntColumn) -> list[dict[str, Any]]:
    try:
        seen = episodes(found, day)
    except TooLittleData:
        return []
    return [_episode(each) for each in seen[:MOST_EPISODES]]


def _episode(each: Episode) -> dict[str, Any]:
    plain: Mapping[str, Any] = vars(each)
    told = {**plain, "first": _date(each.first), "last": _date(each.last), "also": list(each.also)}
    return {**told, "is_more": each.is_more}
