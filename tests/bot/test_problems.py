"""What stands in the way is said whole: a sentence of the lexicon is never cut off, and what it quotes is cleaned."""

import pytest
from jinja2 import Environment, meta

from bot.talk.replies import Teller
from campaigns.problems import Problem
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import LONGEST_VALUE, Composer

COMPOSER = Composer()
PROBLEMS = [(language, key) for language in LANGUAGES for key in COMPOSER.shelf(language, "problems")]


def told(language: str, key: str, value: str = "x") -> tuple[str, str]:
    """What the chat says of a problem, and the lexicon's sentence filled with the same."""
    teller = Teller(COMPOSER, Shop(name="Toko Ratna"), language)
    sentence = Environment(autoescape=False).parse(COMPOSER.shelf(language, "problems")[key])
    named = meta.find_undeclared_variables(sentence)
    values = {name: value for name in named if name != "status"} | ({"status": "draft"} if "status" in named else {})
    problem = Problem(key, **values)
    return teller.problem(problem).text, teller.sentence(problem)


@pytest.mark.parametrize(("language", "key"), PROBLEMS)
def test_a_sentence_is_said_to_its_end(language: str, key: str) -> None:
    text, sentence = told(language, key)
    assert text.startswith(f"{sentence}\n")
    assert "…" not in sentence


def test_what_a_sentence_quotes_is_still_one_line_and_not_endless() -> None:
    text, _ = told("id", "sold_who", "Sari\n\n" + "a" * 500)
    assert "“Sari aaa" in text
    assert "a" * LONGEST_VALUE not in text
