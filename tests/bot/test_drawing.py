"""Charts as pictures: what may be wrong with names, figures and threads, and what they cost who sees none."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image

from bot.drawing import BOLD, INNER, MARGIN, MUTED, STRONG, WIDTH, _font, picture, wrapped, written
from campaigns.outcomes.charts import Bar, Chart, Look

ROOT = Path(__file__).parents[2]
BLUE, GREY = (tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5)) for colour in (STRONG, MUTED))


def drawn(look: Look, *bars: Bar, title: str = "Kelompok pelanggan", note: str = "n = 160") -> Image.Image:
    return Image.open(BytesIO(picture(Chart(look, title, bars, note)).data)).convert("RGB")


def runs(image: Image.Image, colour: tuple[int, ...]) -> list[int]:
    """The lengths of the colour's runs from left to right, one for each bar from the top."""
    lengths, before = [], 0
    for y in range(image.height):
        here = sum(image.getpixel((x, y)) == colour for x in range(image.width))
        if here and not before:
            lengths.append(here)
        before = here
    return lengths


def test_bars_are_as_long_as_their_values() -> None:
    image = drawn(Look.BARS, Bar("A", 60, "60"), Bar("B", 30, "30"), Bar("C", 0, "0"), Bar("D", 15, "15"))
    longest, half, quarter = runs(image, BLUE)
    assert half == pytest.approx(longest / 2, abs=2)
    assert quarter == pytest.approx(longest / 4, abs=2)


def test_the_longest_figure_still_fits_beside_the_longest_bar() -> None:
    image = drawn(Look.BARS, Bar("A", 1e12, "Rp1.234.567.890.123 (99,9%)"), Bar("B", 1, "Rp1 (0,1%)"))
    right = [image.getpixel((x, y)) for x in range(WIDTH - MARGIN + 2, WIDTH) for y in range(image.height)]
    assert set(right) == {(255, 255, 255)}


def test_a_muted_bar_is_grey() -> None:
    image = drawn(Look.FUNNEL, Bar("Semua", 10, "10"), Bar("Pembanding", 5, "5", is_muted=True))
    assert (len(runs(image, BLUE)), len(runs(image, GREY))) == (1, 1)


def test_an_interval_ends_where_its_ends_are_and_one_without_ends_is_words_alone() -> None:
    told, untold = Bar("A", 1.0, "+1", -2.0, 4.0), Bar("B", 9.0, "terlalu sedikit")
    image = drawn(Look.INTERVAL, told, untold)
    ends = [x for x in range(WIDTH) if any(image.getpixel((x, y)) == BLUE for y in range(image.height))]
    assert (min(ends), max(ends)) == (MARGIN + 32, WIDTH - MARGIN - 32)
    assert drawn(Look.INTERVAL, untold).height < drawn(Look.INTERVAL, told).height


def test_hours_stand_in_twenty_four_columns() -> None:
    image = drawn(Look.HOURS, *(Bar(f"{hour:02}", 5) for hour in range(24)))
    middle = next(y for y in range(image.height) if image.getpixel((MARGIN + 20, y)) == BLUE)
    row = [image.getpixel((x, middle)) == BLUE for x in range(WIDTH)]
    assert sum(here and not before for before, here in pairwise(row)) == 24


@pytest.mark.parametrize("look", Look)
def test_nothing_to_show_is_a_title_and_a_note(look: Look) -> None:
    assert drawn(look).width == WIDTH


@pytest.mark.parametrize("look", Look)
def test_names_are_drawn_as_they_are_and_never_read_as_anything_else(look: Look) -> None:
    names = [
        "$\\frac{1}{0}$",
        "<b>Kopi</b>",
        "x" * 400,
        "",
        "Kopi\nGayo\t",
        "咖啡",
        "🔥🔥",
        "%s {0}",
        "\u202eTerbalik",
    ]
    image = drawn(look, *(Bar(name, 3.0, name[:20], 1.0, 4.0) for name in names), title=names[2])
    assert image.width == WIDTH


def test_what_belongs_together_stands_in_one_picture() -> None:
    one, other = (
        Chart(look, "Kampanye", (Bar("A", 2, "2", 1, 3),), "n = 9") for look in (Look.FUNNEL, Look.INTERVAL)
    )
    alone = [Image.open(BytesIO(picture(each).data)).height for each in (one, other)]
    both = Image.open(BytesIO(picture(replace(one, below=other)).data))
    assert max(alone) < both.height <= sum(alone)


def test_signs_nobody_can_draw_are_left_out_and_all_others_stay() -> None:
    assert written("Kopi 🔥 Gayo 咖啡 −3 – €5 £2 é × ≥ … •") == "Kopi Gayo −3 – €5 £2 é × ≥ … •"


def test_a_long_title_is_broken_between_words_and_cut_with_a_sign() -> None:
    lines = wrapped("kata " * 60, _font(BOLD, 46), INNER, 3)
    assert len(lines) == 3
    assert all(line.startswith("kata") for line in lines)
    assert lines[-1].endswith("…")


def test_many_at_once_get_the_pictures_they_asked_for() -> None:
    charts = [Chart(Look.BARS, f"Gambar {n}", (Bar("A", n + 1, str(n)), Bar("B", 9, "9"))) for n in range(12)]
    alone = [picture(each) for each in charts]
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(picture, charts)) == alone


@pytest.mark.parametrize("module", ["bot.cli", "bot.app", "bot.talk.desk.seeing", "campaigns.outcomes.charting"])
def test_who_sees_no_chart_does_not_load_what_draws_them(module: str) -> None:
    script = f"import {module}, sys; print([name for name in ('PIL', 'matplotlib') if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"
