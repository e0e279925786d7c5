"""The owner's pages as an owner sees them: by the link, by the keyboard alone, on a phone and on a screen."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PHONE, House, Watched

PAGES = ("/desk", "/desk/campaigns", "/desk/segments", "/desk/bundles", "/desk/customers", "/desk/quality")


def entered(house: House, link: str, seen: Watched) -> None:
    answer = seen.page.goto(link)
    assert answer is not None
    assert answer.url == f"{house.url}/desk"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_light_accessible_and_fits_a_phone(
    house: House, desk_link: str, browse: Callable[..., Watched], path: str
) -> None:
    seen = browse(size=PHONE)
    entered(house, desk_link, seen)
    seen.page.goto(house.url + path)
    seen.require_light()
    seen.require_no_sideways()
    seen.keep_pictures(f"desk{path.removeprefix('/desk').replace('/', '-')}")
    seen.require_accessible()


def test_it_is_dark_where_the_reader_wants_it_dark_and_just_as_legible(
    house: House, desk_link: str, browse: Callable[..., Watched]
) -> None:
    seen = browse(color_scheme="dark")
    entered(house, desk_link, seen)
    seen.keep_pictures("desk-dark")
    seen.require_accessible()


def test_the_keyboard_alone_leads_through_the_pages(
    house: House, desk_link: str, browse: Callable[..., Watched]
) -> None:
    seen = browse()
    entered(house, desk_link, seen)
    page = seen.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_the_language_is_the_readers_choice(house: House, desk_link: str, browse: Callable[..., Watched]) -> None:
    seen = browse()
    entered(house, desk_link, seen)
    seen.page.get_by_role("link", name="In English").click()
    assert seen.page.get_by_role("heading", name="Waiting for a decision").is_visible()


def test_from_all_segments_one_comes_to_a_single_one_and_back(
    house: House, desk_link: str, browse: Callable[..., Watched]
) -> None:
    seen = browse(size=PHONE)
    entered(house, desk_link, seen)
    seen.page.goto(f"{house.url}/desk/segments")
    seen.page.locator(".card > a").first.click()
    assert seen.page.get_by_text("Belanja terakhir").is_visible()
    seen.require_no_sideways()
    seen.keep_pictures("desk-segment")
    seen.require_accessible()
    seen.page.get_by_role("link", name="← Segmen").click()
    assert seen.page.get_by_role("heading", name="Siapa belanja seperti siapa").is_visible()
