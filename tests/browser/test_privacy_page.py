"""A customer's privacy page in a browser that runs no script, and what becomes of it in the chat."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import PHONE, House, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Page

WHO = "lestari-4"


def said(house: House, text: str) -> str:
    return house.command("say", "--demo", "--as", WHO, text)


def link(house: House) -> str:
    found = re.search(r"http://\S+/privacy/\S+", said(house, "PRIVASI"))
    assert found is not None
    return found[0]


def entered(house: House, seen: Watched) -> Page:
    seen.page.goto(link(house))
    seen.page.get_by_role("button", name="Buka halaman saya").click()
    return seen.page


def test_a_change_without_a_script_shows_in_the_chat_and_is_undone(
    house: House, browse: Callable[..., Watched]
) -> None:
    page = entered(house, browse(size=PHONE, java_script_enabled=False))
    page.get_by_role("button", name="Hentikan semuanya").click()
    assert page.get_by_role("status").get_by_text("Semua izin dicabut").is_visible()
    assert "Penawaran lewat chat ini: tidak" in said(house, "PRIVASI")
    page.get_by_text("Salah pencet? Izinkan penawaran lagi").click()
    page.get_by_role("status").get_by_role("button", name="Ya, boleh").first.click()
    assert "Penawaran lewat chat ini: boleh" in said(house, "PRIVASI")
    assert '"ok": true' in house.command("verify-ledger", "--demo", "--json")


def test_erasing_asks_and_can_be_left(house: House, browse: Callable[..., Watched]) -> None:
    page = entered(house, browse(java_script_enabled=False))
    page.get_by_role("link", name="Hapus data saya").click()
    page.get_by_role("link", name="Tidak jadi").click()
    assert page.get_by_role("heading", name="Pilihan dan data Kakak").is_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_light_accessible_and_fits_a_phone(house: House, browse: Callable[..., Watched], scheme: str) -> None:
    seen = browse(size=PHONE, color_scheme=scheme)
    page = entered(house, seen)
    page.evaluate("document.querySelectorAll('details').forEach(fold => { fold.open = true })")
    seen.require_light()
    seen.require_no_sideways()
    seen.keep_pictures(f"privacy-{scheme}")
    seen.require_accessible()


def test_the_keyboard_alone_is_enough(house: House, browse: Callable[..., Watched]) -> None:
    seen = browse()
    seen.page.goto(link(house))
    for _ in range(2):
        seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    seen.page.wait_for_selector("#may")
    seen.page.focus("input[value=weekly]")
    seen.page.keyboard.press("Space")
    seen.page.keyboard.press("Tab")
    seen.page.keyboard.press("Enter")
    seen.page.get_by_role("status").get_by_text("seminggu sekali").wait_for()
