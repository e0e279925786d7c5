"""What surveys ask and what their answers come to, held to tables and to other programs."""

from __future__ import annotations

from statistics import fmean

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from campaigns.problems import BadDraft
from campaigns.shop import LANGUAGES
from campaigns.surveys import figures, questionnaires, voices
from campaigns.surveys.questionnaires import Asks
from campaigns.surveys.voices import Written
from campaigns.words.composing import Composer
from engine.student import student
from engine.synthetic.surveys import recommendations
from engine.words.codebook import BOOK

COMPOSER = Composer()
SCALE = st.lists(st.integers(1, 5), min_size=5, max_size=60)


def test_a_share_has_the_interval_wilson_gave_it() -> None:
    """81 of 263: Newcombe (1998), Two-sided confidence intervals for the single proportion, method 3."""
    found = figures.share(81, 263)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


@given(values=SCALE)
def test_a_mean_has_students_interval_within_the_scale(values: list[int]) -> None:
    found = figures.mean(values, 1, 5)
    assert found is not None
    assert found.value == pytest.approx(fmean(values))
    error = stats.sem(values)
    low, high = stats.t.interval(0.95, len(values) - 1, fmean(values), error) if error else (values[0], values[0])
    assert found.low == pytest.approx(max(1, low), abs=2e-3)
    assert found.high == pytest.approx(min(5, high), abs=2e-3)


@pytest.mark.parametrize("freedom", [1, 4, 30, 31, 60, 500])
def test_students_t_is_that_of_scipy(freedom: int) -> None:
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-3)


def test_the_net_promoter_score_is_promoters_less_detractors() -> None:
    found = figures.promoters([10, 9, 9, 9, 8, 7, 6, 0])
    assert found is not None
    assert found.value == 25
    signs = [1, 1, 1, 1, 0, 0, -1, -1]
    low, high = stats.t.interval(0.95, 7, fmean(signs), stats.sem(signs))
    assert (found.low, found.high) == (pytest.approx(100 * low, abs=0.1), pytest.approx(100 * min(1, high), abs=0.1))


@pytest.mark.parametrize("n", range(figures.LEAST))
def test_of_fewer_than_five_nothing_is_told(n: int) -> None:
    assert figures.mean([4] * n, 1, 5) is None
    assert figures.share(n, n) is None
    assert figures.promoters([9] * n) is None
    assert voices.coded([Written("harganya mahal")] * n) == ()


def test_the_study_s_twelve_statements_stand_in_four_for_each_of_three_things() -> None:
    asked = questionnaires.ready(COMPOSER, questionnaires.LOYALTY).questions
    measured = {each.key: each.construct for each in asked}
    assert list(measured) == [f"{begins}{n}" for begins in ("PM", "CV", "LY") for n in range(1, 5)]
    assert list(dict.fromkeys(measured.values())) == ["PERSONAL", "CONVENIENCE", "LOYALTY"]
    assert {each.asks for each in asked} == {Asks.AGREE}


@pytest.mark.parametrize("kind", questionnaires.READY)
def test_every_question_is_worded_in_every_language_and_versioned(kind: str) -> None:
    found = questionnaires.ready(COMPOSER, kind)
    assert found.version.startswith(f"{kind}-")
    for question in found.questions:
        texts = [question.in_words(language) for language in LANGUAGES]
        assert len(set(texts)) == len(LANGUAGES)
        assert all(0 < len(text) <= questionnaires.LONGEST_OWN for text in texts)
        assert questionnaires.Question.of(question.as_json()) == question


@pytest.mark.parametrize(
    ("said", "asks", "words"),
    [
        ("Bagaimana rasanya? 1-5", Asks.RATING, "Bagaimana rasanya?"),
        ("How is it (1 to 5)", Asks.RATING, "How is it"),
        ("Mau pesan lagi? ya/tidak", Asks.YES_NO, "Mau pesan lagi?"),
        ("Would you come again? (yes/no)", Asks.YES_NO, "Would you come again?"),
        ("1. Apa yang kurang?", Asks.OPEN, "Apa yang kurang?"),
        ("Buka jam 1-5 sore cukup?", Asks.OPEN, "Buka jam 1-5 sore cukup?"),
        ("Tab\tand\x07bell", Asks.OPEN, "Tab and bell"),
    ],
)
def test_an_owner_says_at_the_end_how_a_question_is_answered(said: str, asks: Asks, words: str) -> None:
    (question,) = questionnaires.own(said).questions
    assert (question.asks, question.in_words("id"), question.key) == (asks, words, "Q1")


@pytest.mark.parametrize(
    ("said", "problem"),
    [("  ", "own_survey_empty"), ("a | b | c | d | e | f", "own_survey_many"), ("x" * 201, "own_survey_long")],
)
def test_what_cannot_be_asked_is_said_before_there_is_a_survey(said: str, problem: str) -> None:
    with pytest.raises(BadDraft) as fault:
        questionnaires.own(said)
    assert fault.value.key == problem


def test_themes_of_five_or_more_are_told_with_sentences_in_which_nobody_is_named() -> None:
    told = [Written(f"Harganya kemahalan, kata Sari {n}. Hubungi 0812-0000-000{n}", "Sari Dewi") for n in range(5)]
    themes = voices.coded([*told, Written("pelayanannya ramah", "Budi")])
    assert [(each.key, each.n) for each in themes] == [("price", 5)]
    assert not any("Sari" in quote or "0812" in quote for each in themes for quote in each.quotes)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_theme_of_the_code_book_has_its_word(language: str) -> None:
    assert set(COMPOSER.shelf(language, "survey_themes")) == set(BOOK)


@pytest.mark.parametrize("language", LANGUAGES)
def test_invented_recommendations_lie_about_their_middle_and_are_the_same_each_time(language: str) -> None:
    found = recommendations(400, language)
    assert found == recommendations(400, language)
    assert fmean(score for score, _ in found) == pytest.approx(8.2, abs=0.25)
    assert all(0 <= score <= 10 for score, _ in found)
