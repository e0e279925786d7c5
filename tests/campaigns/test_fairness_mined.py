"""What a run counts of fairness, held to the demo's planted cities and to tallies made by hand."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest

from campaigns import demonstration
from campaigns.looking.belonging import SHOPS_OWN, Grouping
from campaigns.mining.fairness import find_fairness
from campaigns.mining.findings import Findings
from campaigns.mining.parameters import USUAL
from engine.frames import Products
from engine.recommend.rehearsing import Tried
from engine.synthetic.homes import homes
from engine.synthetic.shop import SyntheticShop

NOVEMBER = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def invented() -> SyntheticShop:
    return demonstration.invent(NOVEMBER)


def found(shop: SyntheticShop, known: dict[Grouping, dict[int, str]], findings: Findings) -> dict[str, Any]:
    find_fairness(findings, known, shop.interactions, shop.products, shop.now, {}, USUAL)
    told: dict[str, Any] = json.loads(findings.state["fairness"])
    return told


def test_that_dear_things_give_the_city_away_is_found(invented: SyntheticShop) -> None:
    cities = dict(zip(invented.customers.tolist(), homes(invented.groups, seed=invented.seed), strict=True))
    findings = Findings()
    told = found(invented, {Grouping.REGION: cities}, findings)
    strong = [each["feature"] for each in told["proxies"] if each["is_strong"] and each["grouping"] == "region"]
    assert strong[:2] == ["premium_share", "brand_loyalty"]
    assert {each["n"] for each in told["proxies"] if each["grouping"] == "region"} == {77}, "without Sabang's three"
    assert findings.quality["fairness"]["strong"] == sum(each["is_strong"] for each in told["proxies"])


def test_who_lives_where_is_no_secret_of_cities_dealt_by_lot(invented: SyntheticShop) -> None:
    lots = np.random.default_rng(11)
    dealt = {who: str(lots.choice(["Jakarta", "Medan", "Lhokseumawe"])) for who in invented.customers.tolist()}
    told = found(invented, {Grouping.REGION: dealt}, Findings())
    assert [each["feature"] for each in told["proxies"] if each["is_strong"] and each["grouping"] == "region"] == []


def test_what_was_tried_is_tallied_by_group(invented: SyntheticShop) -> None:
    findings = Findings(tried=Tried(np.array([1, 2, 3]), np.array([0.5, 0.25, 1.0]), np.array([True, False, True])))
    told = found(invented, {Grouping.LANGUAGE: {1: SHOPS_OWN, 2: SHOPS_OWN, 3: "en"}}, findings)
    assert told["quality"]["language"] == {
        SHOPS_OWN: {"hit": [2, 1.0, 1.0], "ndcg": [2, 0.75, 0.3125]},
        "en": {"hit": [1, 1.0, 1.0], "ndcg": [1, 1.0, 1.0]},
    }


def test_a_shop_of_which_nothing_is_known_is_audited_by_nothing(invented: SyntheticShop) -> None:
    none = np.empty(0, dtype=np.int64)
    empty = Products(none, none, none, none, (), (), (), ())
    nobody = invented.interactions.where(np.zeros(len(invented.interactions), dtype=np.bool_))
    findings = Findings()
    find_fairness(findings, {Grouping.REGION: {}}, nobody, empty, invented.now, {}, USUAL)
    assert json.loads(findings.state["fairness"]) == {"quality": {}, "proxies": []}
