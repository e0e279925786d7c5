"""An offer in words: as full as it fits into what a messenger takes."""

import pytest

from campaigns import wording
from campaigns.audiences import Candidate
from campaigns.composing import Composer
from campaigns.drafts import Variant
from campaigns.gate import Facts
from campaigns.offers import PERSONAL, Choice, Item
from campaigns.shelf import Shelf
from campaigns.shop import LANGUAGES, Shop
from campaigns.tables import Campaign
from campaigns.wording import Worded
from ledger.tables import Product
from tests.campaigns.conftest import TEN

COMPOSER = Composer()
LONGEST_SHOP_NAME = "Toko Oleh-Oleh Kerajinan dan Kuliner Nusantara Ibu Ratna Sari"[:60]
PERSONAL_FACTS = {
    "winback": {"last_product": 1, "days_away": 365},
    "bundle": {"because": 1},
    "thank_you": {"orders": 1_000, "favourite": 1},
}


def worded(template: str, language: str, *, is_personal: bool, name: str, n: int = 4) -> Worded:
    products = {
        k: Product(id=k, sku=f"S{k}", name=f"{k} {name}", currency="IDR", price_minor=123_456_789)
        for k in range(1, n + 1)
    }
    items = tuple(Item(k, "bought_together_with", 1) if is_personal else Item(k) for k in products)
    choice = Choice(items, PERSONAL_FACTS.get(template, {}) if is_personal else {}, template == "bundle")
    return wording.word_offer(
        Campaign(template=template, audience="all", holdout_share=0, seed="", created_by=""),
        Variant(discount_percent=90),
        Candidate(1, "Maharaniputri Dewi", language, None, 1, "m", is_personal, Facts()),
        (choice, is_personal),
        "https://toko-oleh-oleh-ibu-ratna.example.com/r/0123456789abcdef",
        shelf=Shelf(products, (), (), (), (), TEN),
        shop=Shop(name=LONGEST_SHOP_NAME),
        composer=COMPOSER,
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_personal", [True, False])
@pytest.mark.parametrize("template", sorted(PERSONAL))
def test_four_products_with_endless_names_still_fit(template: str, is_personal: bool, language: str) -> None:
    made = worded(template, language, is_personal=is_personal, name="Keripik Tempe Pedas " * 20)
    assert len(made.text) <= COMPOSER.catalog[template].longest
    assert made.facts["products"] == [1, 2, 3, 4]
    assert all(f"• {n} Keripik" in made.text for n in (1, 2, 3, 4))
    assert "STOP" in made.text.splitlines()[-1]


def test_names_that_fit_are_said_in_full() -> None:
    name = "Keripik Tempe Pedas Malang Isi 250 Gram"
    assert f"• 4 {name} — Rp12.345.679 (biasanya" in worded("picks", "id", is_personal=False, name=name).text


def test_what_does_not_fit_is_left_out_and_not_said_to_have_been_shown() -> None:
    made = worded("picks", "id", is_personal=True, name="Keripik Tempe Pedas " * 20, n=12)
    assert len(made.text) <= 1_024
    assert 4 < len(made.facts["products"]) < 12
    assert len(made.facts["reasons"]) == len(made.facts["products"]) == made.text.count("• ")


def test_a_bundle_stays_whole() -> None:
    assert worded("bundle", "id", is_personal=True, name="Keripik", n=12).facts["products"] == list(range(1, 13))
