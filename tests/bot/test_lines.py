"""A campaign in one line."""

import re
from dataclasses import replace
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from bot.talk.desk.lines import Known, Line, nearest, read, spell
from bot.talk.desk.lines.names import GOAL_TRIGGERS, audience_names, goal_names
from campaigns.launching.drafts import (
    LARGEST_DISCOUNT,
    LARGEST_HOLDOUT,
    Allocation,
    Draft,
    Trigger,
    Variant,
    When,
    by_discount,
)
from campaigns.launching.recurring import Every, Recurrence
from campaigns.shop import LANGUAGES
from campaigns.words.composing import Composer

PHRASES = Path(__file__).parent / "phrases" / "launches.txt"
JAKARTA = ZoneInfo("Asia/Jakarta")
NOW = datetime(2026, 12, 2, 10, 20, 37, tzinfo=JAKARTA)
BUNDLES = ((11, 12), (13, 14, 15))
COMPOSER = Composer()
ABSENT = "mixed_7"
GROUPS = ["all", "unsegmented", "partly", *(key for key in COMPOSER.shelf("en", "segments") if key != ABSENT)]


def known(language: str, zone: ZoneInfo = JAKARTA, now: datetime = NOW) -> Known:
    names = goal_names(COMPOSER, language), audience_names(COMPOSER, language, GROUPS)
    return Known(language, now, zone, *names, BUNDLES, audience_names(COMPOSER, language, [ABSENT]))


KNOWN = {language: known(language) for language in LANGUAGES}


def phrasings() -> list[tuple[str, str, str]]:
    """Language, line and what is meant by it."""
    language, said, found = "", "", []
    for line in PHRASES.read_text(encoding="utf-8").splitlines():
        if re.fullmatch(r"\[\w+\]", line):
            language = line[1:-1]
        elif line.startswith("    "):
            found.append((language, said, line.strip()))
        elif line and not line.startswith("#"):
            said = line
    return found


def meant(listed: str) -> tuple[Line, str | None]:
    """The line the table tells of, and its nearest."""
    told = {word: value for each in listed.split(" · ") for word, _, value in [each.partition(" ")]}
    at = datetime.fromisoformat(told["at"]).replace(tzinfo=JAKARTA) if "at" in told else None
    repeats = Recurrence.read(told["every"]) if "every" in told else None
    trigger = Trigger(told["on"]) if "on" in told else None
    is_timed = told.keys() & {"at", "every", "on", "now"}
    texts = told["texts"].split(" | ") if "texts" in told else []
    percents = [int(each) for each in told.get("off", "").split()] or [0] * len(texts)
    variants = by_discount(*percents) if percents else ()
    if "shares" in told:
        shares = [int(each) / 100 for each in told["shares"].split()]
        variants = tuple(replace(each, share=share) for each, share in zip(variants, shares, strict=True))
    if texts:
        variants = tuple(replace(each, text=text) for each, text in zip(variants, texts, strict=True))
    draft = Draft(
        template=told.get("goal"),
        audience=told.get("to"),
        variants=variants,
        allocation=Allocation.BANDIT if "bandit" in told else Allocation.FIXED,
        holdout_percent=int(told["hold"]) if "hold" in told else None,
        budget=Decimal(told["budget"]) if "budget" in told else None,
        when=When(at=at, repeats=repeats, trigger=trigger, at_best_hour="best" in told) if is_timed else None,
        product_ids=tuple(int(each) for each in told.get("products", "").split()),
        text=told.get("text"),
    )
    unknown = tuple(told["unknown"].split(", ")) if "unknown" in told else ()
    faults, absent = (tuple(told.get(each, "").split()) for each in ("fault", "absent"))
    return Line(draft, unknown, faults, absent), told.get("nearest")


@pytest.mark.parametrize(("language", "said", "listed"), phrasings())
def test_what_owners_write_in_one_line(language: str, said: str, listed: str) -> None:
    expected, nearest_line = meant(listed)
    line = read(said, KNOWN[language])
    assert line == expected
    if nearest_line:
        assert nearest(said, KNOWN[language], line) == nearest_line


def test_the_table_is_long_enough_in_both_languages() -> None:
    told = phrasings()
    assert len(told) >= 140
    assert all(sum(language == each for language, _, _ in told) >= 60 for each in LANGUAGES)


# The laws.

WORDS = sorted({word for _, said, _ in phrasings() for word in said.split()})
ZONES = [ZoneInfo(f"Asia/{city}") for city in ("Jakarta", "Makassar", "Jayapura")]
ZONES += [ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")]
anything = st.text(max_size=120) | st.lists(st.sampled_from(WORDS), max_size=14).map(" ".join)
languages = st.sampled_from(LANGUAGES)
moments = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31), timezones=st.sampled_from(ZONES))  # noqa: DTZ001
percents = st.integers(0, LARGEST_DISCOUNT)
clocks = st.times().map(lambda at: time(at.hour, at.minute))
own_texts = st.text(min_size=1, max_size=60).filter(lambda text: bool(text.strip()) and not set(text) & set("«»「」"))


@st.composite
def shares(draw: st.DrawFn, count: int) -> list[float]:
    """Shares that add up to one, to a tenth of a percent."""
    cuts = sorted(draw(st.sets(st.integers(1, 999), min_size=count - 1, max_size=count - 1)))
    return [(end - start) / 1000 for start, end in zip([0, *cuts], [*cuts, 1000], strict=True)]


@st.composite
def offers(draw: st.DrawFn) -> tuple[Variant, ...]:
    count = draw(st.integers(0, 5))
    if count == 0:
        return ()
    parts = draw(shares(count)) if draw(st.booleans()) else ()
    return by_discount(*draw(st.lists(percents, min_size=count, max_size=count)), shares=parts)


@st.composite
def rounds(draw: st.DrawFn) -> Recurrence:
    every, at = draw(st.sampled_from(Every)), draw(clocks)
    days = tuple(sorted(draw(st.sets(st.integers(0, 6), min_size=1)))) if every is Every.WEEK else ()
    return Recurrence(every, at, days, draw(st.integers(1, 31)) if every is Every.MONTH else None)


@st.composite
def whens(draw: st.DrawFn, now: datetime) -> When:
    kind, is_best = draw(st.sampled_from(["now", "at", "repeats", "trigger"])), draw(st.booleans())
    if kind == "at":
        minutes = draw(st.integers(1, 366 * 24 * 60 - 1))
        this_minute = now.astimezone(ZoneInfo("UTC")).replace(second=0, microsecond=0)
        return When(at=this_minute + timedelta(minutes=minutes), at_best_hour=is_best)
    if kind == "repeats":
        return When(repeats=draw(rounds()), at_best_hour=is_best)
    return When(trigger=draw(st.sampled_from(Trigger)) if kind == "trigger" else None, at_best_hour=is_best)


@st.composite
def drafts(draw: st.DrawFn, now: datetime) -> Draft:
    """What one line can say: see ``spell``."""
    template = draw(st.none() | st.sampled_from(sorted(set(KNOWN["en"].templates.values()))))
    variants = draw(offers())
    when = draw(st.none() | whens(now))
    if template in GOAL_TRIGGERS and (template == "birthday" or when is None):
        when = When(trigger=GOAL_TRIGGERS[template], at_best_hour=draw(st.booleans()))
    assume(template is not None or when is None or when.trigger not in GOAL_TRIGGERS.values())
    text = draw(st.none() | own_texts) if template == "own" else None
    if template == "own" and text is None and variants and draw(st.booleans()):
        texts = draw(st.lists(own_texts, min_size=len(variants), max_size=len(variants)))
        assume(len(variants) > 1 and not any('"' in each or "”" in each or "“" in each for each in texts))
        variants = tuple(
            replace(each, discount_percent=variants[0].discount_percent, text=said)
            for each, said in zip(variants, texts, strict=True)
        )
    return Draft(
        template=template,
        audience=draw(st.none() | st.sampled_from(GROUPS)),
        variants=variants,
        allocation=draw(st.sampled_from(Allocation)) if len(variants) > 1 else Allocation.FIXED,
        holdout_percent=draw(st.none() | st.integers(0, round(LARGEST_HOLDOUT * 100))),
        budget=draw(st.none() | st.integers(1, 10**11).map(Decimal)),
        when=when,
        product_ids=draw(
            st.just(()) | st.sampled_from(BUNDLES) | st.lists(st.integers(1, 999), unique=True).map(tuple)
        ),
        text=text,
    )


@settings(max_examples=300)
@given(anything, languages)
def test_whatever_is_written_is_read_and_every_unknown_word_stands_in_it(text: str, language: str) -> None:
    line = read(text, KNOWN[language])
    assert all(word and word in text for word in line.unknown)
    assert set(line.faults) <= COMPOSER.shelf(language, "line_faults").keys()


@settings(max_examples=300)
@given(anything, languages)
def test_the_nearest_line_has_nothing_unknown_and_no_fault(text: str, language: str) -> None:
    words = KNOWN[language]
    proposed = nearest(text, words, read(text, words))
    line = read(proposed, words)
    assert proposed.startswith("/luncurkan " if language == "id" else "/launch ")
    assert (line.unknown, line.faults) == ((), ())
    assert line.draft.template


@settings(max_examples=500)
@given(st.data(), moments, languages)
def test_a_draft_that_is_spelled_reads_as_itself(data: st.DataObject, now: datetime, language: str) -> None:
    words = replace(KNOWN[language], now=now, zone=now.tzinfo)
    draft = data.draw(drafts(now))
    assert read(spell(draft, words), words) == Line(draft)


@given(anything, languages)
def test_the_nearest_line_goes_to_nobody_whom_the_line_did_not_name(text: str, language: str) -> None:
    line = read(text, KNOWN[language])
    proposed = read(nearest(text, KNOWN[language], line), KNOWN[language]).draft.audience
    assert "exception" not in line.faults or proposed is None
    assert proposed is None or line.draft.audience in (None, proposed)


@given(st.data(), moments, languages, anything)
def test_the_nearest_change_to_a_draft_is_a_line_too(
    data: st.DataObject, now: datetime, language: str, text: str
) -> None:
    words = replace(KNOWN[language], now=now, zone=now.tzinfo)
    line = read(text, words, data.draw(drafts(now)))
    again = read(nearest(text, words, line), words)
    assert (again.unknown, again.faults) == ((), ())


@given(st.data(), moments, languages)
def test_what_is_not_mentioned_stays(data: st.DataObject, now: datetime, language: str) -> None:
    words = replace(KNOWN[language], now=now, zone=now.tzinfo)
    draft = data.draw(drafts(now))
    assert read("", words, draft) == Line(draft)
    assert read("hold 30%", words, draft) == Line(replace(draft, holdout_percent=30))


# A few words change a draft.

DRAFT = Draft(
    "winback",
    "at_risk",
    by_discount(10, 15, shares=(0.6, 0.4)),
    when=When(at=datetime(2026, 12, 4, 9, tzinfo=JAKARTA)),
)


@pytest.mark.parametrize(
    ("said", "changed"),
    [
        ("ke semua", {"audience": "all"}),
        ("15% atau 20%", {"variants": by_discount(15, 20, shares=(0.6, 0.4))}),
        ("diskon 20%", {"variants": by_discount(20)}),
        ("bagi rata", {"variants": by_discount(10, 15)}),
        ("bagi 30:70", {"variants": by_discount(10, 15, shares=(0.3, 0.7))}),
        ("cari yang terbaik", {"allocation": Allocation.BANDIT}),
        ("tanpa diskon", {"variants": by_discount(0)}),
        ("tanpa pembanding", {"holdout_percent": 0}),
        ("anggaran 750rb", {"budget": Decimal(750_000)}),
        ("jam 10", {"when": When(at=datetime(2026, 12, 4, 10, tzinfo=JAKARTA))}),
        ("besok saja", {"when": When(at=datetime(2026, 12, 3, 9, tzinfo=JAKARTA))}),
        ("sekarang", {"when": When()}),
        ("tiap senin", {"when": When(repeats=Recurrence(Every.WEEK, time(9), (0,)))}),
        ("jam terbaik", {"when": When(at=DRAFT.when and DRAFT.when.at, at_best_hour=True)}),
        ("saat ulang tahun", {"when": When(trigger=Trigger.BIRTHDAY)}),
        ("paket 1", {"template": "bundle", "product_ids": (11, 12)}),
        (
            "pesan sendiri: Kami tutup jam 5",
            {"template": "own", "text": "Kami tutup jam 5"},
        ),
    ],
)
def test_a_few_words_change_a_draft(said: str, changed: dict[str, object]) -> None:
    assert read(said, KNOWN["id"], DRAFT) == Line(replace(DRAFT, **changed))  # type: ignore[arg-type]


def test_another_goal_drops_what_belonged_to_the_one_before() -> None:
    bundle = Draft("bundle", "all", product_ids=(13, 14, 15))
    assert read("winback", KNOWN["en"], bundle).draft == Draft("winback", "all")
    own = Draft("own", "all", text="Halo")
    assert read("picks", KNOWN["en"], own).draft == Draft("picks", "all")


def test_what_is_at_fault_leaves_the_draft_as_it_was() -> None:
    line = read("120% jam 25 tahan 95% ke semua", KNOWN["id"], DRAFT)
    assert line == Line(replace(DRAFT, audience="all"), faults=("discount", "holdout", "no_such_time"))


def test_an_hour_changes_what_comes_round_again() -> None:
    weekly = Draft("picks", "all", when=When(repeats=Recurrence(Every.WEEK, time(10), (4,))))
    moved = Draft("picks", "all", when=When(repeats=Recurrence(Every.WEEK, time(15), (4,))))
    assert read("jam 3 sore", KNOWN["id"], weekly) == Line(moved)


def test_a_group_named_like_a_word_of_the_grammar_is_reached_by_its_name() -> None:
    odd = replace(KNOWN["en"], audiences={"friday": "friday", "all": "all"})
    assert read("picks to friday on friday 5pm", odd).draft == Draft(
        "picks", "friday", when=When(at=datetime(2026, 12, 4, 17, tzinfo=JAKARTA))
    )
    assert read(spell(Draft("picks", "friday"), odd), odd) == Line(Draft("picks", "friday"))


# The lexicon.


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_fault_has_its_sentence_and_its_figures_are_the_limits(language: str) -> None:
    sentences = COMPOSER.shelf(language, "line_faults")
    told = {fault for _, _, listed in phrasings() for fault in meant(listed)[0].faults}
    assert told == sentences.keys(), "each fault is in the table of phrasings"
    assert str(LARGEST_DISCOUNT) in sentences["discount"]
    assert str(round(LARGEST_HOLDOUT * 100)) in sentences["holdout"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_goal_and_group_can_be_said_by_each_of_its_names(language: str) -> None:
    words = KNOWN[language]
    for name, key in words.templates.items():
        assert read(name, words).draft.template == key, name
    for name, key in words.audiences.items():
        assert read(f"to {name}", words).draft.audience == key, name


@pytest.mark.parametrize(
    "piece",
    [
        "picks to 'at rsik' 10% or 60:40 jam 9 tiap senin, ",
        "own: " + '"a" or ' * 500,
        '"',
        "“a",
        "1/",
        "tiap senin, ",
        "a",
    ],
)
def test_the_longest_text_a_channel_lets_through_is_read_in_time(piece: str) -> None:
    text = (piece * 4096)[:4096]
    begun = perf_counter()
    nearest(text, KNOWN["en"], read(text, KNOWN["en"]))
    assert perf_counter() - begun < 5
