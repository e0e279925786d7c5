"""What sells together as a web: every join says the orders and the lift of the bundle it comes from."""

from __future__ import annotations

import pytest

from campaigns.looking.bundles import Offered
from campaigns.looking.pricing import Unpriced
from campaigns.outcomes.charting import Charting
from campaigns.tables import Bundle
from campaigns.words.composing import Composer
from ledger.tables import Product

COMPOSER = Composer()
PRODUCTS = {
    n: Product(id=n, sku=f"S{n}", name=name, currency="IDR") for n, name in enumerate(("kopi", "gula", "teh"))
}


def bundle(number: int, ids: list[int], count: int, lift: float) -> Offered:
    mined = Bundle(
        run_id=1, position=number, product_ids=ids, count=count, support=0.1, lift=lift, antecedents=ids[:1]
    )
    return Offered(number, mined, [PRODUCTS[each] for each in ids], Unpriced("no_price", ()), 1_514)


def test_products_of_a_bundle_are_joined_and_the_oftener_bundle_says_how_often() -> None:
    told = Charting(COMPOSER, "en").web([bundle(1, [0, 1, 2], 5, 9.0), bundle(2, [2, 0], 60, 2.5)])
    assert [(each.label, each.size) for each in told.nodes] == [("kopi", 60), ("gula", 5), ("teh", 60)]
    assert {(each.one, each.other): (each.weight, each.note) for each in told.edges} == {
        (0, 1): (5, "5 orders, 9 times oftener than by chance"),
        (0, 2): (60, "60 orders, 2.5 times oftener than by chance"),
        (1, 2): (5, "5 orders, 9 times oftener than by chance"),
    }
    assert told.note.startswith("n = 1,514 orders")


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_chats_chart_brings_the_web_of_the_same_bundles(language: str) -> None:
    charting = Charting(COMPOSER, language)
    found = [bundle(1, [0, 1], 5, 9.0)]
    chart = charting.bundles(found)
    assert chart is not None
    assert chart.web == charting.web(found)


def test_without_bundles_there_is_no_chart() -> None:
    assert Charting(COMPOSER, "id").bundles([]) is None
