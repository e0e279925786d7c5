"""What goes with what, told and drawn: no more than the answers bear, and nothing over anything."""

from __future__ import annotations

import random
import re
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from itertools import combinations
from math import hypot
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from PIL import Image

from bot.drawing import STRONG, WIDTH, picture
from bot.path_layout import Disc, PathLayout, laid_out
from bot.path_svg import svg
from bot.talk.desk import survey_analysis
from bot.talk.replies import Teller
from campaigns.outcomes.charts import Arrow, Circle, PathChart
from campaigns.shop import LANGUAGES, Shop
from campaigns.surveys.analysis import Analysis, Caution, Kept, Span, Verdict
from campaigns.surveys.analysis_made import analysed
from campaigns.words.composing import Composer
from engine.synthetic.opinions import ITEMS, opinions
from tests.bot.test_cli import Shell

COMPOSER = Composer()
STUDY = "PERSONAL -> CONVENIENCE, LOYALTY; CONVENIENCE -> LOYALTY"
CONSTRUCTS = {"PERSONAL": ITEMS[:4], "CONVENIENCE": ITEMS[4:8], "LOYALTY": ITEMS[8:]}
CLAIMS = re.compile(
    r"\b(causes?|leads? to (more|less)|because of|makes? (them|people|customers)|membuat|menyebabkan orang)\b"
)
CAUTIONS = [
    Caution("unsettled", {"rounds": 300}),
    Caution("few_answers", {"n": 25, "needed": 33}),
    Caution("silent", {"item": "PM4"}),
    Caution("flat", {"flat": 12, "n": 80}),
    Caution("filled", {"share": 0.25, "n": 80}),
    Caution("lost", {"drawn": 800, "samples": 10_000}),
    Caution("mirrored", {"item": "CV3", "name": "CONVENIENCE", "loading": -0.8}),
    Caution("weak", {"item": "LY2", "name": "LOYALTY", "loading": 0.1}),
    Caution("elsewhere", {"item": "LY2", "name": "LOYALTY", "closest": "PERSONAL"}),
    Caution("alike", {"first": "PERSONAL", "second": "CONVENIENCE", "htmt": 0.95}),
    Caution("blurred", {"name": "LOYALTY", "vif": 7.2}),
]


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analysed(opinions(80), STUDY, CONSTRUCTS, samples=300)


def teller(language: str) -> Teller:
    return Teller(COMPOSER, Shop(), language)


def said(language: str, found: Analysis) -> str:
    return survey_analysis.told(teller(language), "survey 3", found).text


def test_it_is_told_in_plain_words_with_intervals_and_how_many(found: Analysis) -> None:
    strong = found.links[0].path
    assert (strong.value, strong.low, strong.high) == pytest.approx((0.69, 0.57, 0.79), abs=0.03)
    text = said(
        "en", replace(found, links=(replace(found.links[0], path=Span(0.97, 0.951, 0.984)), *found.links[1:]))
    )
    assert "n = 80 answers" in text
    assert "Messages that fit and convenience go together: 0.97 (95%: 0.95 to 0.98)" in text
    assert "Convenience and loyalty: too few answers to tell" in text


def test_it_is_told_in_indonesian_with_their_commas(found: Analysis) -> None:
    text = said(
        "id", replace(found, links=(replace(found.links[0], path=Span(0.97, 0.951, 0.984)), *found.links[1:]))
    )
    assert "Pesan yang pas dan kemudahan berjalan seiring: 0,97 (95%: 0,95 sampai 0,98)" in text
    assert "jawabannya belum cukup untuk memastikan" in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_is_said_to_bring_anything_about(found: Analysis, language: str) -> None:
    text = said(language, found)
    assert not CLAIMS.search(text), CLAIMS.search(text)
    assert text.rstrip().endswith("(/campaign)." if language == "en" else "(/kampanye).")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("caution", CAUTIONS, ids=lambda each: each.key)
def test_every_caution_is_a_sentence(found: Analysis, language: str, caution: Caution) -> None:
    text = said(language, replace(found, cautions=(caution,)))
    assert "{{" not in text
    assert "None" not in text
    assert text.count("\n• ") > said(language, replace(found, cautions=())).count("\n• ")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("span", "verdict"),
    [
        (Span(-0.42, -0.6, -0.2, 0.1), Verdict.TOLD),
        (Span(0.01, -0.1, 0.12, 0.05), Verdict.HARDLY),
        (Span(0.3), Verdict.TOO_FEW),
    ],
)
def test_a_link_is_told_whatever_it_is(found: Analysis, language: str, span: Span, verdict: Verdict) -> None:
    link = replace(found.links[0], path=span, verdict=verdict)
    chain = replace(found.chains[0], effect=span, verdict=verdict)
    text = said(language, replace(found, links=(link,), chains=(chain,)))
    assert teller(language).number(abs(span.value or 0), 2).strip("0") in text
    assert "{{" not in text


def test_what_questions_do_not_measure_is_not_told_by_more_answers() -> None:
    mixed = {**opinions(80), **{f"LY{n}": opinions(80, seed=20 + n)["LY1"] for n in (1, 2, 3)}}
    text = said("en", analysed(mixed, STUDY, CONSTRUCTS, samples=300))
    assert "The 4 questions on loyalty do not measure one thing (α " in text
    assert "cannot be told as long as the questions on loyalty do not measure one thing" in text
    assert "Ask more customers" not in text


def test_a_mirrored_question_is_to_be_turned_before_others_are_reworded() -> None:
    turned = [None if each is None else 6 - each for each in opinions(80)["LY3"]]
    text = said("en", analysed({**opinions(80), "LY3": turned}, STUDY, CONSTRUCTS, samples=300))
    assert "If LY3 is asked the other way round, turn its numbers" in text
    assert "Reword" not in text


NOW = datetime(2026, 11, 2, 20, tzinfo=UTC)


@pytest.mark.parametrize("language", LANGUAGES)
def test_before_there_is_an_analysis_the_next_step_is_named(found: Analysis, language: str) -> None:
    few = Kept(NOW, None, Caution("survey_few_answers", {"needed": 20, "n": 7}))
    mine = "/mine" if language == "en" else "/pelajari"
    for kept in (None, few):
        text = survey_analysis.analysed(teller(language), "3", kept, number=3).text
        assert mine in text
        assert ("20" in text) is (kept is few)
    without = survey_analysis.analysed(teller(language), "3", None, number=3, has_model=False)
    assert ("/survey 3" if language == "en" else "/survei 3") in without.text
    assert without.chart is None


def test_answers_that_came_since_are_counted(found: Analysis) -> None:
    told = survey_analysis.analysed(teller("en"), "survey 3", Kept(NOW, found, None), number=3, newer=4)
    assert "4 answers came in since" in told.text
    # Three in the morning in Jakarta: by the shop's clock it is the next day.
    assert "3 November" in told.text


def test_a_construct_called_like_markup_is_a_name_and_nothing_else(found: Analysis) -> None:
    chart = PathChart(
        "a < b", (Circle("<b>&Kopi</b>"), Circle("B")), (Arrow(0, 1, "0.5", "0.1 … 0.9", 0.5, True),), "n"
    )
    texts = [each.text for each in ET.fromstring(svg(chart)).iter() if each.tag.endswith("}text")]
    assert "<b>&Kopi</b>" in texts


def test_the_svg_says_to_who_does_not_see_it_what_it_shows(found: Analysis) -> None:
    root = ET.fromstring(svg(survey_analysis.picture(teller("en"), found)))
    desc = next(each.text or "" for each in root if each.tag.endswith("}desc"))
    assert "messages that fit → convenience 0.69" in desc
    assert "80 answers" in desc
    assert len([each for each in root.iter() if each.get("class") == "untold"]) == 2


def test_the_picture_is_drawn_with_what_is_told_in_blue(found: Analysis) -> None:
    image = Image.open(BytesIO(picture(survey_analysis.picture(teller("id"), found)).data)).convert("RGB")
    blue = tuple(int(STRONG[n : n + 2], 16) for n in (1, 3, 5))
    assert image.width == WIDTH
    assert sum(pixel == blue for pixel in image.get_flattened_data()) > 500


def chart(n: int, arrows: list[tuple[int, int]]) -> PathChart:
    circles = tuple(Circle(f"Construct {each}", ("R² 0.56", "α 0.83")) for each in range(n))
    return PathChart("t", circles, tuple(Arrow(*each, "−0.42", "−0.61 … −0.23", 0.4, True) for each in arrows))


MODELS = {
    "mediation": (3, [(0, 1), (0, 2), (1, 2)]),
    "reputation": (4, [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)]),
    "mobi": (4, [(0, 3), (1, 3), (2, 3)]),
    "chain": (5, [(0, 1), (1, 2), (2, 3), (3, 4)]),
    "two": (2, [(0, 1)]),
}


@pytest.mark.parametrize("model", MODELS)
def test_in_usual_models_no_arrow_runs_behind_a_circle_and_no_figure_hides_another(model: str) -> None:
    layout = laid_out(chart(*MODELS[model]))
    assert not hidden(layout)
    for one, other in combinations([each.box for each in layout.shafts], 2):
        assert one[0] >= other[2] or other[0] >= one[2] or one[1] >= other[3] or other[1] >= one[3]


def hidden(layout: PathLayout) -> list[tuple[float, float]]:
    """Circles that an arrow touches on its way, at either end's own aside."""
    found = []
    for shaft in layout.shafts:
        (x1, y1), (x2, y2) = shaft.start, shaft.end
        for share in (n / 50 for n in range(4, 47)):
            x, y = x1 + (x2 - x1) * share, y1 + (y2 - y1) * share
            found += [(x, y) for disc in layout.discs if hypot(disc.x - x, disc.y - y) < disc.radius - 1]
    return found


def apart(one: Disc, other: Disc) -> float:
    return hypot(one.x - other.x, one.y - other.y) - one.radius - other.radius


def test_whatever_the_model_circles_lie_apart_and_within_and_arrows_down() -> None:
    draw = random.Random(7)
    for n in range(2, 11):
        arrows = [(a, b) for a, b in combinations(range(n), 2) if draw.random() < 0.4] or [(0, 1)]
        layout = laid_out(chart(n, arrows))
        assert min(apart(one, other) for one, other in combinations(layout.discs, 2)) > 0
        assert all(each.x - each.radius >= 0 and each.x + each.radius <= layout.width for each in layout.discs)
        assert all(each.y + each.radius <= layout.height for each in layout.discs)
        assert all(each.start[1] < each.end[1] for each in layout.shafts)


def test_a_long_name_stays_within_its_circle() -> None:
    names = PathChart(
        "t", (Circle("Kepuasanpelangganterhadaplayanan " * 4), Circle("B")), (Arrow(0, 1, "", "", 0, True),)
    )
    disc = laid_out(names).discs[0]
    assert len(disc.name) <= 3
    assert disc.name[-1].endswith("…")


ANSWERS = opinions(60)
TABLE = "\n".join(
    [
        ",".join(ANSWERS),
        *(",".join("" if v is None else str(v) for v in row) for row in zip(*ANSWERS.values(), strict=True)),
    ]
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "answers.csv").write_text(TABLE, encoding="utf-8")
    return Shell(tmp_path)


def test_a_file_is_analysed_on_the_command_line_in_words_figures_and_pictures(shell: Shell) -> None:
    asked = ("survey", "analyse", "answers.csv", "--model", "PM -> CV, LY; CV -> LY", "--samples", "200")
    words = shell.run(*asked, "--figures", "--picture", "paths.svg").stdout
    assert "PM and CV go together: " in words
    assert "rho_C" in words
    assert (shell.folder / "paths.svg").read_text().startswith("<svg ")
    told = shell.json(*asked, "--picture", "paths.png")
    assert (told["n"], told["model"], told["method"]["drawn"]) == (60, "PM -> CV, LY; CV -> LY", 200)
    assert (shell.folder / "paths.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        (("answers.csv",), "What is to be analysed?"),
        (("answers.csv", "--model", "PM"), "“PM” is no arrow"),
        (("answers.csv", "--model", "PM -> XX"), "No column measures XX"),
        (("answers.csv", "--model", "PM -> CV; CV -> PM"), "go in a circle"),
        (("answers.csv", "--model", "PM -> CV", "--picture", "x.gif"), "ends in .png or .svg"),
        (("answers.csv", "--model", "PM -> CV", "--construct", "PM"), "“PM” is no construct"),
        (("gone.csv", "--model", "PM -> CV"), "There is no file gone.csv"),
        (("9",), "There is no survey 9"),
    ],
)
def test_what_cannot_be_analysed_is_said_with_how_to_mend_it(shell: Shell, asked: tuple[str, ...], says: str) -> None:
    assert says in " ".join(shell.run("survey", "analyse", *asked, fails=True).stderr.split())
