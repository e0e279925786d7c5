"""A chart as a picture for a phone: big type, dark on white, colours that everybody can tell apart.

Pillow is loaded by the first picture and not before: import this module where one is drawn. Several threads may ask
for pictures; they are drawn one after the other, since they share their letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import as_file, files
from io import BytesIO
from threading import Lock

from PIL import Image, ImageDraw, ImageFont

from bot.ladder import NAMES_AT, NODES_AT, Arc, Ladder, Rung, ladder
from bot.ladder import WIDTH as LADDER_WIDTH
from campaigns.channel import Document
from campaigns.outcomes.charts import Bar, Chart, Look, PathChart

FONTS = files("font_source_sans_pro") / "files"
PLAIN, BOLD = "SourceSansPro-Regular.ttf", "SourceSansPro-Bold.ttf"
PNG = "image/png"
WIDTH, MARGIN = 1080, 48
INNER = WIDTH - 2 * MARGIN
TITLE, LABEL, NOTE, SMALL = 46, 36, 34, 30
"""Heights of letters, in pixels of a picture that fills a phone's width."""
LEAST_NOTE = 24
THICK, ROW_GAP = 44, 30
LEAST_BAR_WIDTH = 300
COLUMNS_HEIGHT = 520
LADDER_SCALE = INNER / LADDER_WIDTH
DOT, WHISKER, STRIP = 16, 10, 52
INK, SOFT_INK, RULE = "#1A1A1A", "#4A4A4A", "#BDBDBD"
# Okabe and Ito's blue, and a grey that is lighter than it also without any colour.
STRONG, MUTED = "#0072B2", "#B4BAC0"
MOST_TITLE_LINES, MOST_LABEL_LINES, MOST_NOTE_LINES = 3, 2, 5
UNKNOWN_SIGN = "\U0010fffd"
ONE_AT_A_TIME = Lock()


def picture(chart: Chart | PathChart, name: str = "chart") -> Document:
    """``chart`` as a PNG of WIDTH pixels across, as high as it needs."""
    data = BytesIO()
    with ONE_AT_A_TIME:
        (_paths(chart) if isinstance(chart, PathChart) else _draw(chart)).save(data, "PNG", optimize=True)
    return Document(f"{name}.png", data.getvalue(), PNG)


@dataclass
class Sheet:
    """What is drawn on, and how far down one has come."""

    draw: ImageDraw.ImageDraw
    y: int = MARGIN

    def write(self, text: str, size: int, *, font: str = PLAIN, ink: str = INK, most: int = 1) -> None:
        """Lines of text across the sheet, and on to below them."""
        for line in wrapped(text, _font(font, size), INNER, most):
            self.draw.text((MARGIN, self.y), line, font=_font(font, size), fill=ink, anchor="la")
            self.y += round(size * 1.35)

    def bar(self, right: float, colour: str) -> None:
        self.draw.rectangle((MARGIN, self.y, max(right, MARGIN + 3), self.y + THICK), fill=colour)

    def dot(self, x: float, y: float, colour: str) -> None:
        # Drawn large and shrunk, so that its edge is smooth.
        large = Image.new("L", (8 * DOT, 8 * DOT))
        ImageDraw.Draw(large).ellipse((0, 0, 8 * DOT - 1, 8 * DOT - 1), fill=255)
        self.draw.bitmap((round(x) - DOT, round(y) - DOT), large.resize((2 * DOT, 2 * DOT)), fill=colour)


def _paths(chart: PathChart) -> Image.Image:
    from bot import path_drawing  # it draws on a sheet of ours

    return path_drawing.drawn(chart)


def _draw(chart: Chart) -> Image.Image:
    # First on a sheet of no height, to see how long it gets.
    height = _fill(Sheet(ImageDraw.Draw(Image.new("RGB", (1, 1)))), chart)
    image = Image.new("RGB", (WIDTH, height), "white")
    _fill(Sheet(ImageDraw.Draw(image)), chart)
    return image


def _fill(sheet: Sheet, chart: Chart) -> int:
    sheet.write(chart.title, TITLE, font=BOLD, most=MOST_TITLE_LINES)
    sheet.y += 28
    DRAWN[chart.look](sheet, chart.bars)
    sheet.y += 14
    sheet.write(chart.note, SMALL, ink=SOFT_INK, most=MOST_NOTE_LINES)
    web = ladder(chart.web) if chart.web is not None else None
    if web is not None:
        _part(sheet)
        _web(sheet, web)
    if chart.below is not None:
        _part(sheet)
        return _fill(sheet, chart.below)
    return sheet.y + MARGIN - 14


def _part(sheet: Sheet) -> None:
    sheet.y += 30
    sheet.draw.line((MARGIN, sheet.y, WIDTH - MARGIN, sheet.y), fill=RULE, width=2)
    sheet.y += 44


def _web(sheet: Sheet, web: Ladder) -> None:
    """Arcs and dots drawn large and shrunk, so that their edges are smooth; then the names beside them."""
    sheet.write(web.title, TITLE, font=BOLD, most=MOST_TITLE_LINES)
    sheet.y += 14
    size = round(NAMES_AT * LADDER_SCALE), round(web.height * LADDER_SCALE)
    for parts, colour in ((web.arcs, STRONG), (web.rungs, INK)):
        large = Image.new("L", (2 * size[0], 2 * size[1]))
        _stroke(ImageDraw.Draw(large), parts, 2 * LADDER_SCALE)
        sheet.draw.bitmap((MARGIN, sheet.y), large.resize(size), fill=colour)
    left, font = MARGIN + NAMES_AT * LADDER_SCALE, _font(PLAIN, LABEL)
    for each in web.rungs:
        name = wrapped(each.whole, font, WIDTH - MARGIN - left, 1)
        place = (left, sheet.y + each.y * LADDER_SCALE)
        sheet.draw.text(place, name[0] if name else "", font=font, fill=INK, anchor="lm")
    sheet.y += size[1] + 14
    sheet.write(web.note, SMALL, ink=SOFT_INK, most=MOST_NOTE_LINES)


def _stroke(draw: ImageDraw.ImageDraw, parts: Sequence[Arc | Rung], scale: float) -> None:
    for each in parts:
        if isinstance(each, Arc):
            box = [NODES_AT - each.depth, each.top, NODES_AT + each.depth, each.bottom]
            draw.arc([scale * edge for edge in box], 90, 270, fill=255, width=round(scale * each.width))
        else:
            draw.circle((scale * NODES_AT, scale * each.y), scale * each.radius, fill=255)


def _bars(sheet: Sheet, bars: Sequence[Bar]) -> None:
    """A bar under each label, its value at its end: so names may be long and figures large."""
    size = _note_size(bars)
    font = _font(PLAIN, size)
    longest = max(INNER - 18 - max((_length(each.note, font) for each in bars), default=0), THICK)
    most = max((each.value for each in bars), default=0) or 1
    for each in bars:
        sheet.write(each.label, LABEL, most=MOST_LABEL_LINES)
        sheet.y += 4
        end = MARGIN + longest * max(each.value, 0) / most
        if each.value > 0:
            sheet.bar(end, MUTED if each.is_muted else STRONG)
        place = (end + 18 if each.value > 0 else MARGIN, sheet.y + THICK // 2)
        sheet.draw.text(place, written(each.note), font=font, fill=INK, anchor="lm")
        sheet.y += THICK + ROW_GAP


def _note_size(bars: Sequence[Bar]) -> int:
    """As large as leaves room for the bars themselves."""
    room = INNER - LEAST_BAR_WIDTH
    for size in range(NOTE, LEAST_NOTE, -2):
        if all(_length(each.note, _font(PLAIN, size)) <= room for each in bars):
            return size
    return LEAST_NOTE


def _intervals(sheet: Sheet, bars: Sequence[Bar]) -> None:
    """A dot where the value is and a line over all it may be, beside an upright line at nothing."""
    edges = [
        edge for each in bars if _is_told(each) for edge in (each.low, each.high, each.value) if edge is not None
    ]
    low, high = min([0.0, *edges]), max([0.0, *edges])
    span = (high - low) or 1.0

    def across(value: float) -> float:
        return MARGIN + 2 * DOT + (INNER - 4 * DOT) * (value - low) / span

    for each in bars:
        sheet.write(each.label, LABEL, font=BOLD, most=MOST_LABEL_LINES)
        if each.low is not None and each.high is not None:
            nothing, top = across(0.0), sheet.y + 4
            sheet.draw.line((nothing, top, nothing, top + STRIP), fill=INK, width=3)
            sheet.draw.text((nothing, top + STRIP + 2), "0", font=_font(PLAIN, SMALL), fill=INK, anchor="ma")
            middle, colour = top + STRIP // 2, MUTED if each.is_muted else STRONG
            ends = (across(each.low), middle - WHISKER // 2, across(each.high), middle + WHISKER // 2)
            sheet.draw.rectangle(ends, fill=colour)
            sheet.dot(across(each.value), middle, colour)
            sheet.y += STRIP + round(SMALL * 1.4) + 8
        sheet.write(each.note, SMALL, ink=SOFT_INK, most=2)
        sheet.y += ROW_GAP


def _columns(sheet: Sheet, bars: Sequence[Bar]) -> None:
    """A column for each, named below wherever there is room, the notes above; a line over all it may be."""
    step = INNER / max(len(bars), 1)
    most = max((max(each.value, each.high or 0) for each in bars), default=0) or 1
    font, top = _font(PLAIN, SMALL), sheet.y + round(SMALL * 1.4)
    ground = top + COLUMNS_HEIGHT
    every = max(1, round(max((_length(each.label, font) for each in bars), default=0) * 1.8 / step))
    for n, each in enumerate(bars):
        left, right = MARGIN + n * step + 3, MARGIN + (n + 1) * step - 3
        height = COLUMNS_HEIGHT * max(each.value, 0) / most
        if each.value > 0:
            sheet.draw.rectangle((left, ground - height, right, ground), fill=MUTED if each.is_muted else STRONG)
        if each.low is not None and each.high is not None:
            x, ends = (left + right) / 2, [ground - COLUMNS_HEIGHT * end / most for end in (each.low, each.high)]
            sheet.draw.line((x, ends[1], x, ends[0]), fill=INK, width=3)
            for end in ends:
                sheet.draw.line((x - WHISKER // 2, end, x + WHISKER // 2, end), fill=INK, width=3)
        if each.note:
            half = _length(each.note, font) / 2
            x = min(max((left + right) / 2, MARGIN + half), WIDTH - MARGIN - half)
            sheet.draw.text((x, ground - height - 8), written(each.note), font=font, fill=INK, anchor="ms")
        if n % every == 0:
            sheet.draw.text(((left + right) / 2, ground + 12), each.label, font=font, fill=INK, anchor="ma")
    sheet.draw.line((MARGIN, ground, WIDTH - MARGIN, ground), fill=INK, width=3)
    sheet.y = ground + round(SMALL * 1.4) + 24


DRAWN = {Look.BARS: _bars, Look.FUNNEL: _bars, Look.INTERVAL: _intervals, Look.HOURS: _columns}


def _is_told(bar: Bar) -> bool:
    return bar.low is not None and bar.high is not None


def wrapped(text: str, font: ImageFont.FreeTypeFont, room: float, most: int) -> list[str]:
    """``text`` in at most ``most`` lines of ``room`` pixels; what does not fit ends in "…"."""
    lines: list[str] = []
    for word in written(text).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and font.getlength(longer) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    shown = lines[:most]
    if len(lines) > most:
        shown[-1] = " ".join([shown[-1], *lines[most:]])
    return [_cut(line, font, room) for line in shown]


def _cut(line: str, font: ImageFont.FreeTypeFont, room: float) -> str:
    if font.getlength(line) <= room:
        return line
    while line and font.getlength(f"{line}…") > room:
        line = line[:-1]
    return f"{line.rstrip()}…"


def _length(text: str, font: ImageFont.FreeTypeFont) -> float:
    return font.getlength(written(text))


def written(text: str) -> str:
    """``text`` without what the letters we have cannot write: an emoji in a name would be an empty box."""
    return " ".join("".join(sign for sign in text if sign.isspace() or _has(sign)).split())


@lru_cache(maxsize=2_048)
def _has(sign: str) -> bool:
    font = _font(PLAIN, LEAST_NOTE)
    return sign.isprintable() and bytes(font.getmask(sign)) != bytes(font.getmask(UNKNOWN_SIGN))


@lru_cache(maxsize=64)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    with as_file(FONTS / name) as path:
        return ImageFont.truetype(path, size)
