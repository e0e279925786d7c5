"""Who wants to leave is heard, and who only uses its words is not. The phrases were written for this test."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.talk import leaving_rules, leaving_words, phrases
from bot.talk.intents import Means, understand
from bot.talk.leaving import Leaving, hears
from bot.talk.leaving_letters import clauses, slipped
from bot.talk.leaving_signs import parts

WRITTEN = Path(__file__).parent / "phrases"
LONGEST_INBOUND = 4_096
CORE = ("stop", "berhenti", "unsubscribe", "batal langganan", "jangan kirim lagi", "stop promo", "stop penawaran")


def written(name: str) -> list[str]:
    return (WRITTEN / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def heard(name: str, *, as_one_of: tuple[Leaving, ...]) -> list[str]:
    return [text for text in written(name) if hears(text) in as_one_of]


def test_there_are_enough_phrases_to_judge_by() -> None:
    assert len(written("leaving")) >= 300
    assert len(written("traps")) >= 200
    assert len(written("unsure")) >= 80


@pytest.mark.parametrize("name", ["leaving", "measured/leaving"])
def test_every_way_to_leave_is_clear(name: str) -> None:
    assert not heard(name, as_one_of=(Leaving.UNSURE, Leaving.NO))


@pytest.mark.parametrize("name", ["traps", "measured/traps"])
def test_at_most_one_trap_in_a_hundred_is_taken_for_leaving(name: str) -> None:
    fallen = heard(name, as_one_of=(Leaving.CLEAR,))
    assert len(fallen) <= len(written(name)) / 100, fallen


@pytest.mark.parametrize("name", ["traps", "measured/traps"])
def test_at_most_two_traps_in_a_hundred_cost_a_question(name: str) -> None:
    asked = heard(name, as_one_of=(Leaving.CLEAR, Leaving.UNSURE))
    assert len(asked) <= len(written(name)) / 50, asked


@pytest.mark.parametrize(("name", "least"), [("unsure", 0.9), ("measured/unsure", 0.7)])
def test_most_doubts_are_asked_about(name: str, least: float) -> None:
    missed = heard(name, as_one_of=(Leaving.NO,))
    assert len(missed) <= len(written(name)) * (1 - least), missed


@pytest.mark.parametrize("name", ["unsure", "measured/unsure"])
def test_at_most_two_doubts_in_a_hundred_are_acted_on(name: str) -> None:
    acted = heard(name, as_one_of=(Leaving.CLEAR,))
    assert len(acted) <= len(written(name)) / 50, acted


def test_a_bare_refusal_is_no_leaving() -> None:
    """What it refuses the talk knows: soon after an offer it is a doubt, see ``parting.was_just_offered``."""
    assert not heard("measured/refusals", as_one_of=(Leaving.CLEAR,))


@pytest.mark.parametrize("text", ["gimana cara berhenti?", "promo terus nih", "spam", "cukup", "bosan promo", "🛑"])
def test_a_doubt_is_asked_about(text: str) -> None:
    assert hears(text) is Leaving.UNSURE


@pytest.mark.parametrize("word", sorted(phrases.PROVIDERS))
def test_the_platforms_words_alone_mean_leaving(word: str) -> None:
    assert hears(f" {word.upper()}! ") is Leaving.CLEAR


@pytest.mark.parametrize("word", sorted(phrases.PROVIDERS - {"optout", "stopall"}))
def test_in_a_sentence_they_mean_other_things(word: str) -> None:
    assert hears(f"the {word} of it, kopi gayo") is Leaving.NO


@pytest.mark.parametrize(
    ("text", "means"),
    [
        ("stop di sini saja ya kak", Means.STOP_HERE),
        ("stop riwayat", Means.STOP_HISTORY),
        ("stop surveys", Means.STOP_SURVEYS),
        ("stop offers", Means.STOP),
        ("hapus data saya", Means.FORGET),
        ("hapus nomor saya", Means.FORGET),
        ("delete me please", Means.FORGET),
        ("tidak mau", Means.NO),
        ("tidak mau lagi", Means.STOP),
        ("ya kirim", Means.YES),
        ("promo terus nih", Means.MAYBE_STOP),
        ("/launch winback at_risk 10%", Means.COMMAND),
    ],
)
def test_leaving_leaves_every_other_meaning_its_words(text: str, means: Means) -> None:
    assert understand(text).means is means


@given(
    st.sampled_from(CORE),
    st.sampled_from([str.upper, str.title, str.swapcase, str.lower]),
    st.sampled_from(["", " ", "\n", "🙏 ", "*", "— ", "'", "\u200b"]),
    st.sampled_from(["", "!", "...", " 😡😡", "*", " 🙏🏽", "\n\n", " ,", "\u2060"]),
)
def test_case_marks_and_emoji_change_nothing(core: str, cased: Callable[[str], str], before: str, after: str) -> None:
    assert hears(before + cased(core) + after) is Leaving.CLEAR


@given(st.sampled_from(CORE), st.data())
def test_a_stretched_letter_is_one_letter(core: str, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(core) - 1))
    assert hears(core[:at] + core[at] * data.draw(st.integers(1, 9)) + core[at + 1 :]) is Leaving.CLEAR


@given(st.sampled_from(["stop", "berhenti", "unsubscribe"]), st.sampled_from([" ", ".", "-", "_", "*", "  ", ". "]))
def test_a_word_may_come_letter_by_letter(core: str, between: str) -> None:
    assert hears(between.join(core)) is Leaving.CLEAR


@given(st.text())
def test_nothing_anybody_writes_breaks_it(text: str) -> None:
    assert hears(text) in Leaving


@given(
    st.lists(st.sampled_from(sorted(leaving_words.SIGN_OF)), max_size=60), st.sampled_from([" ", ", ", "? ", "\n"])
)
def test_no_order_of_its_own_words_breaks_it(said: list[str], between: str) -> None:
    assert hears(between.join(said)) in Leaving


@pytest.mark.parametrize(
    "unit", ["stop ", "jangan kirim saya ", "ya ", "a", "s-", "? ", "kopi ", "langganam ", "́", "@$"]
)
def test_twice_the_text_is_at_most_twice_the_work(unit: str) -> None:
    long = (unit * LONGEST_INBOUND)[:LONGEST_INBOUND]
    assert calls_for(long) <= 2.1 * calls_for(long[: LONGEST_INBOUND // 2]) + 200


def test_no_rule_repeats_a_group_without_a_bound() -> None:
    assert len(leaving_rules.EXAMPLES) > 50
    assert not [rule for rule in leaving_rules.EXAMPLES if re.search(r"\)[*+]", rule)]


def test_every_rule_is_found_in_its_own_example() -> None:
    lost = [
        (rule, example)
        for rule, example in leaving_rules.EXAMPLES.items()
        if not any(re.search(rule, part.signs) for clause in clauses(example) for part in parts(clause))
    ]
    assert not lost


def legend() -> list[tuple[str, str, str]]:
    """The sign, group and example of every entry in the table over the rules."""
    table = str(leaving_rules.__doc__).split("\n\n")[1]
    entries = [entry for line in table.splitlines()[1:] for entry in re.split(r" \| (?=\S  )", line)]
    return [(entry.split()[0], entry.split()[1], " ".join(entry.split()[2:])) for entry in map(trimmed, entries)]


def trimmed(entry: str) -> str:
    """Without the line between two columns, where the last is empty; "|" is a sign too."""
    return entry.strip().removesuffix(" |").strip()


def test_the_legend_tells_of_every_sign_and_only_of_groups_there_are() -> None:
    assert {sign for sign, _, _ in legend()} == {sign for signs in leaving_words.SIGNS for sign in signs}
    for sign, group, example in legend():
        assert leaving_words.SIGNS[sign] == getattr(leaving_words, group)
        assert leaving_words.SIGN_OF[example] == sign


def test_the_rules_use_no_sign_without_a_legend() -> None:
    used = set(re.findall(r"[^\W\d_]", " ".join(leaving_rules.EXAMPLES)))
    assert used <= {sign for sign, _, _ in legend()}


@pytest.mark.parametrize(
    "other", ["stok", "shop", "step", "top", "stoples", "berganti", "subscribe", "pelanggan", "jaringan"]
)
def test_another_word_is_no_slip_of_the_finger(other: str) -> None:
    assert hears(other) is Leaving.NO
    assert hears(f"{other} promo") is not Leaving.CLEAR


@pytest.mark.parametrize(
    ("word", "is_slip"), [("brhenti", True), ("berhneti", True), ("bberhenti", True), ("berganti", False)]
)
def test_a_slip_is_one_letter_or_two_swapped(word: str, is_slip: bool) -> None:
    assert slipped(word, "berhenti") is is_slip


def test_every_word_has_one_sign() -> None:
    said = [phrase for group in leaving_words.SIGNS.values() for phrase in leaving_words.listed(group)]
    assert sorted(said) == sorted(set(said))


def calls_for(text: str) -> int:
    """How many functions are called to read ``text``: work that no busy machine changes."""
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        hears(text)
    finally:
        sys.setprofile(None)
    return calls
