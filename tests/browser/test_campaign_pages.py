"""Campaigns as an owner looks at them: from the list to the one campaign and what is told there."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.conftest import PHONE, House, Watched

SIGHTS = (("id", "light"), ("en", "dark"))


@pytest.mark.parametrize(("language", "scheme"), SIGHTS)
def test_from_the_list_to_one_campaign(
    house: House, desk_link: str, browse: Callable[..., Watched], language: str, scheme: str
) -> None:
    seen = browse(size=PHONE, color_scheme=scheme)
    seen.page.goto(desk_link)
    seen.page.goto(f"{house.url}/desk/in/{language}?from=/desk/campaigns")
    seen.require_light()
    seen.require_no_sideways()
    seen.keep_pictures(f"desk-campaigns-{language}-{scheme}")
    seen.require_accessible()
    seen.page.locator(".card a[href$='/campaigns/1']").first.click()
    assert seen.page.url == f"{house.url}/desk/campaigns/1"
    seen.require_light()
    seen.require_no_sideways()
    seen.keep_pictures(f"desk-campaign-{language}-{scheme}")
    for each in seen.page.locator("summary").all():
        each.click()
    seen.require_no_sideways()
    seen.require_accessible()


def test_the_tables_unfold_by_the_keyboard(house: House, desk_link: str, browse: Callable[..., Watched]) -> None:
    seen = browse()
    seen.page.goto(desk_link)
    seen.page.goto(f"{house.url}/desk/campaigns/1")
    folded = seen.page.locator("summary").first
    folded.focus()
    seen.page.keyboard.press("Enter")
    assert seen.page.locator("details").first.evaluate("each => each.open")
