"""How soon an owner sees something, and how much is loaded for it: each page of a shop of 4,338 customers.

Online Retail is imported and mined, the shop is opened (`langganan serve`, a process of its own), and Debian's
Chromium looks at each page three times as on a phone; the quickest counts, for other work on the machine must not.
Budgets: the first paint within a second, 200 kB with all that a page loads. There is no peer: nobody else has them.
Run: python benchmarks/bench_pages.py [--small]
"""

from __future__ import annotations

import gzip
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT)]

from measuring import arguments, judge  # noqa: E402 - the project's folder must be findable first

from tests.browser.conftest import LOADED, PHONE, QUIETLY  # noqa: E402
from tests.house import House, open_house  # noqa: E402

DATA = ROOT.parent / "shared/data/online_retail.csv.gz"
FEW_LINES = 15_000
LOOKS = 3
MOST_SECONDS, MOST_BYTES = 1.0, 200_000
SEGMENTS = "/desk/segments"
PAGES = ("/desk", "/desk/campaigns", SEGMENTS, "/desk/bundles", "/desk/customers", "/desk/quality", "/simulator")
PAINTED = "performance.getEntriesByName('first-contentful-paint').map(each => each.startTime / 1000)[0] ?? 99"
NEVER = 99.0
ANSWERED = "performance.getEntriesByType('navigation')[0].responseStart / 1000"


@dataclass
class Seen:
    """Seconds until the server answered and until something was seen, at the quickest; bytes with all it loads."""

    path: str
    answered: float
    painted: float
    size: int


def source(folder: Path, *, is_small: bool) -> Path:
    """The history: all of it, or its first lines."""
    if not is_small:
        return DATA
    few = folder / "few.csv"
    with gzip.open(DATA, "rt", encoding="utf-8") as lines, few.open("w", encoding="utf-8") as kept:
        kept.writelines(line for _, line in zip(range(FEW_LINES), lines, strict=False))
    return few


@contextmanager
def a_shop(folder: Path, *, is_small: bool) -> Iterator[House]:
    """Open, with what it sold and what the engine found, and with an owner."""
    data = folder / "data"
    data.mkdir()
    with open_house(data, SHOP_CURRENCY="GBP", SHOP_TIMEZONE="Europe/London", SHOP_REGION="GB") as house:
        house.command("import", str(source(folder, is_small=is_small)))
        house.command("mine")
        code = json.loads(house.command("owner-code", "--json"))["code"]
        house.command("say", "--as", "pemilik", code)
        yield house


def look(page: Any, house: House, path: str) -> Seen:
    """A page, looked at LOOKS times."""
    answered, painted = [], []
    for _ in range(LOOKS):
        answer = page.goto(house.url + path)
        if answer.status != 200:
            raise SystemExit(f"{path} was answered with {answer.status}")
        painted.append(_first_paint(page))
        answered.append(page.evaluate(ANSWERED))
    return Seen(path, min(answered), min(painted), sum(size for _, size in page.evaluate(LOADED)))


def _first_paint(page: Any) -> float:
    """Seconds; asked again until there was one, for it may come after the page is loaded."""
    for _ in range(100):
        seconds = float(page.evaluate(PAINTED))
        if seconds < NEVER:
            return seconds
        page.wait_for_timeout(20)
    return NEVER


def walk(house: House, chromium: str) -> list[Seen]:
    """Every page, the largest segment's own among them."""
    from playwright.sync_api import sync_playwright

    link = json.loads(house.command("desk", "--json"))["link"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, headless=True, args=list(QUIETLY))
        page = browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]})
        page.goto(link)
        page.goto(house.url + SEGMENTS)
        first = page.locator(".card > a").first.get_attribute("href")
        seen = [look(page, house, path) for path in (*PAGES, *([first] if first else []))]
        browser.close()
    return seen


def main() -> int:
    small = arguments(__doc__).small
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None or not DATA.exists():
        print("not tried: needs Chromium and ../shared/data/online_retail.csv.gz")
        return judge(is_well=True, is_small=True)
    with tempfile.TemporaryDirectory() as folder, a_shop(Path(folder), is_small=small) as house:
        seen = walk(house, chromium)
    for each in seen:
        print(f"{each.path:<28} answered {each.answered:5.2f} s, seen {each.painted:5.2f} s, {each.size:>7,} bytes")
    slowest, heaviest = max(each.painted for each in seen), max(each.size for each in seen)
    print(f"slowest {slowest:.2f} s of {MOST_SECONDS} s, heaviest {heaviest:,} of {MOST_BYTES:,} bytes")
    return judge(is_well=slowest < MOST_SECONDS and heaviest < MOST_BYTES, is_small=small)


if __name__ == "__main__":
    raise SystemExit(main())
