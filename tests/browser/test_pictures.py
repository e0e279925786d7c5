"""The script behind the documents' pictures still finds what it takes pictures of, and they weigh little."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image

from tests.browser.conftest import PHONE, ROOT, House
from tests.browser.pictures import PICTURES, SIGHTS, take

if TYPE_CHECKING:
    from playwright.sync_api import Browser

HEAVIEST_BYTES = 1_500_000


def test_the_script_takes_its_pictures_from_an_open_shop(house: House, chromium: Browser, tmp_path: Path) -> None:
    take(chromium, house, ("simulator", "today", "privacy"), tmp_path)
    sizes = {path.stem: Image.open(io.BytesIO(path.read_bytes())).size for path in tmp_path.glob("*.png")}
    assert sizes == {"simulator": (1280, 800), **dict.fromkeys(("today", "privacy"), (PHONE[0] * 2, PHONE[1] * 2))}


def test_the_documents_have_every_picture_and_together_they_are_light() -> None:
    there = {path.stem: path.stat().st_size for path in PICTURES.glob("*.png")}
    assert set(there) == set(SIGHTS)
    assert sum(there.values()) < HEAVIEST_BYTES


def test_every_picture_stands_in_a_document() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "README.md", *ROOT.glob("docs/**/*.md")))
    assert [name for name in SIGHTS if f"pictures/{name}.png" not in pages] == []
