"""The pictures of the documents, taken from the running product: `make pictures` writes them to docs/pictures/.

A fresh demo shop in English is opened and looked at as customers and owners do; nothing is drawn by hand.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.browser.conftest import DESKTOP, PHONE, ROOT, driven, found_chromium
from tests.house import House, made_once, open_house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PICTURES = ROOT / "docs" / "pictures"
COLOURS = 128
WHO = "dewi"


def simulator(house: House, page: Page) -> None:
    """An offer on the customer's phone and why it came; beside it what became of the campaign."""
    page.goto(f"{house.url}/simulator?language=en")
    for phone in ("owner", "customer"):
        page.wait_for_selector(f"#{phone} .log[aria-busy=false]", state="attached")
    page.locator("#customer button.who").click()
    page.keyboard.type(_offered(house))
    page.locator("#customer .person:not(.new)").first.click()
    page.locator("#customer .is-offer").first.wait_for()
    _say(page, "customer", "WHY")
    _say(page, "owner", "/segments")
    page.locator("#owner .picture img").last.wait_for()
    page.locator("#owner .picture img").last.evaluate("image => image.scrollIntoView({block: 'center'})")
    page.locator("#customer textarea").focus()


def _offered(house: House) -> str:
    """The only customer of that name, who got the demo's offer."""
    with closing(sqlite3.connect(house.data / "demo.db")) as database:
        offered = (
            "SELECT name FROM customers WHERE id IN (SELECT customer_id FROM messages WHERE sent_at IS NOT NULL)"
        )
        (name,) = database.execute(
            f"{offered} AND name IN (SELECT name FROM customers GROUP BY name HAVING count(*) = 1) ORDER BY id"
        ).fetchone()
    return str(name)


def desk(path: str) -> Callable[[House, Page], None]:
    """A page of the owner's."""

    def look(house: House, page: Page) -> None:
        page.goto(str(json.loads(house.command("desk", "--demo", "--json"))["link"]))
        page.goto(house.url + path)

    return look


def privacy(house: House, page: Page) -> None:
    """A customer's own page, behind the link that their chat gives."""
    found = re.search(r"http://\S+/privacy/\S+", house.command("say", "--demo", "--as", WHO, "PRIVACY"))
    assert found is not None
    page.goto(found[0])
    page.locator("main button").first.click()
    page.wait_for_load_state()


def _say(page: Page, phone: str, text: str) -> None:
    before = page.locator(f"#{phone} article.theirs").count()
    page.locator(f"#{phone} textarea").fill(text)
    page.locator(f"#{phone} textarea").press("Enter")
    page.locator(f"#{phone} article.theirs").nth(before).wait_for()


SIGHTS: Mapping[str, tuple[Callable[[House, Page], None], tuple[int, int]]] = {
    "simulator": (simulator, DESKTOP),
    "today": (desk("/desk"), PHONE),
    "campaign": (desk("/desk/campaigns/1"), PHONE),
    "segments": (desk("/desk/segments"), PHONE),
    "bundles": (desk("/desk/bundles"), PHONE),
    "customers": (desk("/desk/customers"), PHONE),
    "privacy": (privacy, PHONE),
}


def take(chromium: Browser, house: House, names: Iterable[str], folder: Path) -> None:
    """Each sight as a PNG of few colours in ``folder``, a phone's at twice its size."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        go, (width, height) = SIGHTS[name]
        context = chromium.new_context(
            viewport={"width": width, "height": height}, locale="en-GB", reduced_motion="reduce",
            device_scale_factor=2 if width == PHONE[0] else 1,
        )  # fmt: skip
        page = context.new_page()
        go(house, page)
        seen = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        seen.quantize(COLOURS, dither=Image.Dither.NONE).save(folder / f"{name}.png", optimize=True)
        context.close()


def main() -> str | None:
    """What is missing, if the pictures could not be taken."""
    chromium = found_chromium()
    if chromium is None:
        return "Chromium is needed (Debian: apt-get install chromium), or its path in CHROMIUM"
    with tempfile.TemporaryDirectory() as place, driven(chromium) as browser:
        data = made_once(Path(place), "en")
        with open_house(data, "--demo", SHOP_LANGUAGE="en") as house:
            take(browser, house, SIGHTS, PICTURES)
    return None


if __name__ == "__main__":
    sys.exit(main())
