"""The running product in a real browser: Debian's Chromium, driven by Playwright, at a shop of its own.

Without the browser these tests are skipped and say so; without what `make strangers` brings (axe-core) those about
accessibility are. Pictures of what was seen lie in artifacts/ afterwards, to be looked at.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.house import House, made_once, open_house

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts"
AXE = ROOT / "tests" / "strangers" / "node_modules" / "axe-core" / "axe.min.js"
PHONE, DESKTOP = (390, 844), (1280, 800)
QUIETLY = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
"""Chromium as root, without a screen, calling nobody."""
HEAVIEST_BYTES = 200_000
LOADED = """[...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
  .map(each => [each.name, each.encodedBodySize])"""
SERIOUS = {"serious", "critical"}


@dataclass
class Watched:
    """A page, and what it complained of."""

    page: Page
    complaints: list[str] = field(default_factory=list)

    def watch(self) -> None:
        self.page.on("console", lambda said: self._note(said.text) if said.type in {"error", "warning"} else None)
        self.page.on("pageerror", lambda fault: self._note(str(fault)))
        self.page.on("requestfailed", lambda request: self._failed(request.url, request.failure or ""))

    def _note(self, complaint: str) -> None:
        self.complaints.append(complaint)

    def _failed(self, url: str, why: str) -> None:
        # What was under way when the next page was asked for is broken off, and nobody misses it.
        if "ERR_ABORTED" not in why:
            self._note(f"{url}: {why}")

    def require_light(self) -> None:
        """With all that it loads the page stays below HEAVIEST_BYTES; how soon it is seen benchmarks/bench_pages.py
        measures, where nothing else uses the computer."""
        self.page.wait_for_load_state("load")
        loaded = dict(self.page.evaluate(LOADED))
        assert sum(loaded.values()) < HEAVIEST_BYTES, loaded

    def require_accessible(self) -> None:
        """What axe-core finds of serious faults is none; skips where it is not installed."""
        if not AXE.exists():
            pytest.skip("needs axe-core, which `make strangers` installs")
        # As a debugger does, past the page's own policy: it has no scripts but its own.
        self.page.evaluate(AXE.read_text(encoding="utf-8") + "; 0")
        found = self.page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        faults = [
            f"{each['id']} ({each['impact']}): {[node['html'] for node in each['nodes']][:3]}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]
        assert faults == []

    def keep_pictures(self, name: str) -> None:
        """How it looks on a phone and on a screen."""
        ARTIFACTS.mkdir(exist_ok=True)
        for width, height in (PHONE, DESKTOP):
            self.page.set_viewport_size({"width": width, "height": height})
            self.page.screenshot(path=ARTIFACTS / f"{name}-{width}.png", full_page=True)

    def require_no_sideways(self) -> None:
        """On a phone nothing has to be pushed sideways to be read, but tables and pictures in their own frames."""
        self.page.set_viewport_size({"width": PHONE[0], "height": PHONE[1]})
        beyond = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert beyond <= 0, f"{beyond} pixels too wide"


def found_chromium() -> str | None:
    """Where the browser is: what CHROMIUM says, or Debian's."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@contextmanager
def driven(chromium: str) -> Iterator[Browser]:
    """The browser at that path, until the end."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, headless=True, args=list(QUIETLY))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for each file of tests: while Playwright is there nobody else can run a loop of their own."""
    pytest.importorskip("playwright.sync_api", reason="needs playwright, which `make setup` installs")
    found = found_chromium()
    if found is None:
        pytest.skip("needs Chromium, which is not on this computer (Debian: apt-get install chromium)")
    with driven(found) as browser:
        yield browser


@pytest.fixture(scope="session")
def demo_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's shop, made once for all workers; to be copied, never opened."""
    base = tmp_path_factory.getbasetemp()
    return made_once((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "demo-data")


@pytest.fixture
def own_house(demo_data: Path, chromium: Browser, tmp_path: Path) -> Iterator[House]:
    """The same for a walk that changes the shop, and finds it as the demo left it."""
    shutil.copytree(demo_data, tmp_path / "data")
    with open_house(tmp_path / "data", "--demo") as opened:
        yield opened


@pytest.fixture(scope="module")
def house(demo_data: Path, chromium: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's shop, open; one for each file of tests."""
    data = tmp_path_factory.mktemp("house") / "data"
    shutil.copytree(demo_data, data)
    with open_house(data, "--demo") as opened:
        yield opened


@pytest.fixture
def browse(chromium: Browser) -> Iterator[Callable[..., Watched]]:
    """A fresh page, as often as asked; whatever one of them complained of fails the test."""
    opened: list[Watched] = []

    def fresh(**how: Any) -> Watched:
        width, height = how.pop("size", DESKTOP)
        context = chromium.new_context(viewport={"width": width, "height": height}, **{"locale": "id-ID", **how})
        watched = Watched(context.new_page())
        watched.watch()
        opened.append(watched)
        return watched

    yield fresh
    complaints = [complaint for each in opened for complaint in each.complaints]
    for each in opened:
        each.page.context.close()
    assert complaints == []


@pytest.fixture(scope="module")
def desk_link(house: House) -> str:
    """Where the demo's owner finds their pages."""
    return str(json.loads(house.command("desk", "--demo", "--json"))["link"])
