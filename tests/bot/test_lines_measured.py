"""Whole lines written by somebody who had not seen the grammar, and read: how many as meant, and none otherwise.

The first of them measured it once, blind (docs/decisions/0017); the grammar has learnt from its misses since, so that
they no longer measure it, but hold what was reached.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.talk.desk.lines import Known, Line, nearest, read
from bot.talk.desk.lines.names import audience_names, goal_names
from campaigns.launching.drafts import Allocation, Draft, When
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer

MEASURED = Path(__file__).parent / "phrases" / "measured"
JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 11, 2, 10, tzinfo=JAKARTA)
GROUPS = ["all", "unsegmented", "at_risk", "champions", "regulars", "newcomers", "lapsed"]
COMPOSER = Composer()


def known(language: str) -> Known:
    names = goal_names(COMPOSER, language), audience_names(COMPOSER, language, GROUPS)
    return Known(language, NOW, JAKARTA, *names, bundles=[(1, 2), (3, 4), (5, 6)])


ID = known("id")


def rows(name: str, *, ok: bool) -> list[dict[str, Any]]:
    lines = (MEASURED / name).read_text(encoding="utf-8").splitlines()
    return [row for row in map(json.loads, lines) if row["ok"] is ok]


def told(draft: Draft) -> dict[str, Any]:
    """A draft as the rows tell of it. Shares only where they were said."""
    when = draft.when or When()
    again = when.repeats
    return {
        "template": draft.template,
        "audience": draft.audience,
        "discounts": [each.discount_percent for each in draft.variants],
        "shares": [round(each.share * 100) for each in draft.variants],
        "bandit": draft.allocation is Allocation.BANDIT,
        "holdout": draft.holdout_percent,
        "at": when.at.astimezone(JAKARTA).strftime("%Y-%m-%dT%H:%M") if when.at else None,
        "repeats": (again.every.value, sorted(again.weekdays), again.day, f"{again.at:%H:%M}") if again else None,
        "trigger": when.trigger.value if when.trigger else None,
        "best_hour": when.at_best_hour,
        "products": list(draft.product_ids),
        "text": draft.text,
    }


def meant(row: dict[str, Any]) -> dict[str, Any]:
    expected = dict(row["expect"])
    again, shares, count = expected["repeats"], expected["shares"], len(expected["discounts"])
    at = expected.pop("time", None)
    if again:
        again = (again["every"], sorted(again.get("weekdays", [])), again.get("day"), again.get("time", at))
    evenly = [round(100 / count)] * count if count else []
    shares = [round(each * 100 if each <= 1 else each) for each in shares] if shares else evenly
    return expected | {"repeats": again, "shares": shares}


def is_clean(line: Line) -> bool:
    return not line.unknown and not line.faults


def could_go_out(line: Line) -> bool:
    """Whether nothing more would be asked before the preview. Own words without a text are asked for."""
    draft = line.draft
    has_words = draft.template != "own" or draft.text is not None or any(each.text for each in draft.variants)
    return is_clean(line) and bool(draft.template and draft.audience) and has_words


@pytest.mark.parametrize(("name", "right"), [("launches.jsonl", 117), ("launches_second.jsonl", 55)])
def test_lines_are_read_as_meant_or_asked_about_and_never_otherwise(name: str, right: int) -> None:
    read_as_meant = 0
    for row in rows(name, ok=True):
        line = read(row["text"], ID)
        if is_clean(line):
            assert told(line.draft) == meant(row), row["text"]
            read_as_meant += 1
    assert read_as_meant >= right


@pytest.mark.parametrize("name", ["launches.jsonl", "launches_second.jsonl"])
def test_what_cannot_be_is_never_read_as_if_it_could(name: str) -> None:
    for row in rows(name, ok=False):
        assert not could_go_out(read(row["text"], ID)), (row["text"], row["why"])


REFUSING = """
jangan bukan tidak tdk gak ga nggak tanpa kecuali terkecuali selain belum tapi hanya cuma sampai sebelum maksimal min
not don't never no without except excluding but unless until before nobody minus max less other half cancel stop batal
"""


@pytest.mark.parametrize("word", REFUSING.split())
@pytest.mark.parametrize(
    "line",
    [
        "{} picks ke semua diskon 10% besok jam 9",
        "picks {} ke semua diskon 10% besok jam 9",
        "picks ke semua {} diskon 10% besok jam 9",
        "picks ke semua diskon 10% {} besok jam 9",
        "picks ke semua diskon 10% besok jam 9 {}",
        "picks ke semua diskon 10% besok {} langganan tetap",
        "picks ke semua {} ke langganan tetap besok",
    ],
)
def test_no_word_of_refusing_or_narrowing_is_passed_over(line: str, word: str) -> None:
    assert not is_clean(read(line.format(word), ID))


@pytest.mark.parametrize(
    "said",
    [
        "picks ke semua gak jadi besok",
        "picks to all who didn't leave a cart",
        "picks to regulars who bought coffee",
        "batal picks ke semua",
    ],
)
def test_where_something_is_refused_or_narrowed_the_nearest_line_goes_to_nobody_yet(said: str) -> None:
    line = read(said, ID)
    assert line.unknown
    assert read(nearest(said, ID, line), ID).draft.audience is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "said",
    [
        "picks ke semua kecuali pelanggan baru",
        "picks to everyone except new customers",
        "picks to all but not regulars",
        "picks ke semua, jangan ke langganan tetap",
        "picks ke semua selain yang di Bandung",
    ],
)
def test_with_an_exception_the_nearest_line_goes_to_nobody_yet(said: str, language: str) -> None:
    words = known(language)
    line = read(said, words)
    assert "exception" in line.faults
    assert read(nearest(said, words, line), words).draft.audience is None
