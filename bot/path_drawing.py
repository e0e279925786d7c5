"""A path picture for a phone: circles, arrows and their figures, as bot/path_layout.py has placed them.

Drawn twice as large and shrunk, so that slanting edges are smooth.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import as_file
from math import hypot

from PIL import Image, ImageDraw, ImageFont

from bot import drawing
from bot.path_layout import LABEL_SIZE, NOTE_SIZE, WIDTH, Disc, PathLayout, Shaft, laid_out
from campaigns.outcomes.charts import PathChart

LARGE = 2
DASH, DASH_GAP = 20.0, 14.0
RIM = 5
FILL = "#E8F1F8"


def drawn(chart: PathChart) -> Image.Image:
    """The picture with its title above and its note below, drawing.WIDTH pixels across."""
    layout = laid_out(chart)
    height = _fill(drawing.Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1)))), None, chart, layout)
    image = Image.new("RGB", (drawing.WIDTH, height), "white")
    _fill(drawing.Sheet(ImageDraw.Draw(image)), image, chart, layout)
    return image


def _fill(sheet: drawing.Sheet, image: Image.Image | None, chart: PathChart, layout: PathLayout) -> int:
    sheet.write(chart.title, drawing.TITLE, font=drawing.BOLD, most=drawing.MOST_TITLE_LINES)
    if image is not None:
        image.paste(_paths(layout), (0, sheet.y))
    sheet.y += round(layout.height) + 20
    sheet.write(chart.note, drawing.SMALL, ink=drawing.SOFT_INK, most=MOST_NOTE_LINES)
    return sheet.y + drawing.MARGIN - 14


MOST_NOTE_LINES = 8


def _paths(layout: PathLayout) -> Image.Image:
    size = round(WIDTH), round(layout.height)
    image = Image.new("RGB", (size[0] * LARGE, size[1] * LARGE), "white")
    draw = ImageDraw.Draw(image)
    for shaft in layout.shafts:
        _shaft(draw, shaft)
    for shaft in layout.shafts:
        draw.rounded_rectangle([LARGE * edge for edge in shaft.box], radius=10 * LARGE, fill="white")
    for disc in layout.discs:
        _disc(draw, disc)
    for shaft in layout.shafts:
        _figures(draw, shaft)
    return image.resize(size, Image.Resampling.LANCZOS)


def _shaft(draw: ImageDraw.ImageDraw, shaft: Shaft) -> None:
    colour = drawing.STRONG if shaft.is_told else drawing.MUTED
    for begin, end in _dashes(shaft):
        draw.line([_large(begin), _large(end)], fill=colour, width=round(LARGE * shaft.width))
    draw.polygon([_large(each) for each in shaft.head], fill=colour)


def _dashes(shaft: Shaft) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    if shaft.is_told:
        return [(shaft.start, shaft.end)]
    (x, y), (dx, dy) = shaft.start, (shaft.end[0] - shaft.start[0], shaft.end[1] - shaft.start[1])
    length = hypot(dx, dy) or 1.0
    starts = [DASH_GAP + n * (DASH + DASH_GAP) for n in range(int(length / (DASH + DASH_GAP)))]
    shares = [(each / length, min((each + DASH) / length, 1.0)) for each in starts]
    return [((x + dx * a, y + dy * a), (x + dx * b, y + dy * b)) for a, b in shares]


def _disc(draw: ImageDraw.ImageDraw, disc: Disc) -> None:
    rim = [LARGE * edge for edge in (disc.x - disc.radius, disc.y - disc.radius)]
    rim += [LARGE * edge for edge in (disc.x + disc.radius, disc.y + disc.radius)]
    draw.ellipse(rim, fill=FILL, outline=drawing.INK, width=RIM * LARGE // 2)
    for y, size, text, is_name in disc.texts:
        _text(draw, (disc.x, y), text, size, is_bold=is_name)


def _figures(draw: ImageDraw.ImageDraw, shaft: Shaft) -> None:
    (x, y), ink = shaft.at, drawing.INK if shaft.is_told else drawing.SOFT_INK
    rise = NOTE_SIZE * 0.6 if shaft.note else 0.0
    _text(draw, (x, y - rise), shaft.label, LABEL_SIZE, is_bold=True, ink=ink)
    _text(draw, (x, y + LABEL_SIZE * 0.5), shaft.note, NOTE_SIZE, ink=ink)


def _text(
    draw: ImageDraw.ImageDraw,
    at: tuple[float, float],
    text: str,
    size: float,
    *,
    is_bold: bool = False,
    ink: str = drawing.INK,
) -> None:
    font = _letters(drawing.BOLD if is_bold else drawing.PLAIN, round(LARGE * size))
    draw.text(_large(at), drawing.written(text), font=font, fill=ink, anchor="mm")


def _large(point: tuple[float, float]) -> tuple[float, float]:
    return LARGE * point[0], LARGE * point[1]


@lru_cache(maxsize=32)
def _letters(name: str, size: int) -> ImageFont.FreeTypeFont:
    with as_file(drawing.FONTS / name) as path:
        return ImageFont.truetype(path, size)
