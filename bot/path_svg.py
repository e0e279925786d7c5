"""A path picture as SVG, for a page or a file of its own: placed as in the chat's picture, its words as text."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from bot.path_layout import LABEL_SIZE, NOTE_SIZE, WIDTH, Disc, Shaft, laid_out
from campaigns.outcomes.charts import PathChart

STYLE = (
    "text{font-family:system-ui,sans-serif;fill:#1a1a1a;text-anchor:middle;dominant-baseline:central}"
    ".name,.figure{font-weight:700}.thing{fill:#e8f1f8;stroke:#1a1a1a;stroke-width:3}.box{fill:#fff}"
    ".told{stroke:#0072b2;fill:#0072b2}.untold{stroke:#8a9096;fill:#8a9096;stroke-dasharray:20 14}"
    "polygon{stroke:none}"
)


def svg(chart: PathChart) -> str:
    """The whole picture; ``title`` and ``desc`` say to whoever does not see it what it shows."""
    layout = laid_out(chart)
    arrows = [*map(_shaft, layout.shafts), *map(_box, layout.shafts)]
    parts = [*arrows, *map(_disc, layout.discs), *map(_figures, layout.shafts)]
    told = "; ".join(_in_words(chart))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH:g} {layout.height:g}" role="img">'
        f"<title>{escape(chart.title)}</title><desc>{escape(f'{told}. {chart.note}')}</desc>"
        f"<style>{STYLE}</style>{''.join(parts)}</svg>\n"
    )


def _in_words(chart: PathChart) -> Iterator[str]:
    for each in chart.arrows:
        source, target = chart.circles[each.source].label, chart.circles[each.target].label
        yield f"{source} → {target} {each.label} ({each.note})" if each.note else f"{source} → {target} {each.label}"


def _shaft(shaft: Shaft) -> str:
    look = "told" if shaft.is_told else "untold"
    (x1, y1), (x2, y2) = shaft.start, shaft.end
    head = " ".join(f"{x:.1f},{y:.1f}" for x, y in shaft.head)
    line = f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke-width="{shaft.width:.1f}"/>'
    return f'<g class="{look}">{line}<polygon points="{head}"/></g>'


def _disc(disc: Disc) -> str:
    texts = (
        _text(disc.x, y, size, "name" if is_name else "", text) for y, size, text, is_name in disc.texts
    )  # fmt: skip
    circle = f'<circle class="thing" cx="{disc.x:.1f}" cy="{disc.y:.1f}" r="{disc.radius:.1f}"/>'
    return f"<g><title>{escape(disc.whole)}</title>{circle}{''.join(texts)}</g>"


def _box(shaft: Shaft) -> str:
    """White behind the figures, and under the circles."""
    left, top, right, bottom = shaft.box
    size = f'width="{right - left:.1f}" height="{bottom - top:.1f}"'
    return f'<rect class="box" x="{left:.1f}" y="{top:.1f}" {size} rx="10"/>'


def _figures(shaft: Shaft) -> str:
    (x, y), rise = shaft.at, NOTE_SIZE * 0.6 if shaft.note else 0.0
    note = _text(x, y + LABEL_SIZE * 0.5, NOTE_SIZE, "", shaft.note) if shaft.note else ""
    return f"<g>{_text(x, y - rise, LABEL_SIZE, 'figure', shaft.label)}{note}</g>"


def _text(x: float, y: float, size: float, look: str, text: str) -> str:
    named = f' class="{look}"' if look else ""
    return f'<text{named} x="{x:.1f}" y="{y:.1f}" font-size="{size:g}">{escape(text)}</text>'
