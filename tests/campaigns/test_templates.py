"""Every message and every reply exists in both languages, with the same placeholders, and says the way out."""

import re
import shutil
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from bot.talk.intents import Means, understand
from campaigns.channel import Button
from campaigns.choosing.audiences import NAMED_AUDIENCES, PARTLY
from campaigns.choosing.offers import DUE_AGAIN, PERSONAL, PLAIN, SOMETHING_NEW, STILL_WANTED
from campaigns.grouping import members, own, ways
from campaigns.launching import drafting, previewing
from campaigns.launching.drafts import OWN_WORDS, SURVEY, Draft
from campaigns.problems import BadDraft
from campaigns.sending.gate import Reason
from campaigns.shop import LANGUAGES
from campaigns.tables import State, Status
from campaigns.words.composing import (
    TEMPLATES,
    BrokenTemplate,
    Composer,
    Laid,
    MissingPlaceholders,
    clean,
    message_path,
)
from campaigns.words.sandbox import Ready
from engine.experiments import Verdict
from engine.features import FEATURE_NAMES
from engine.recommend.answers import Reason as PickReason
from engine.segments.vocabulary import SEGMENT_KEYS
from ledger.tables import Role
from tests.campaigns.conftest import SmallShop

GROUPED = (*members.WAYS, "value_none", own.BY_HISTORY, own.OPEN, ways.CHAT, ways.SHOP)
"""How the keys of groups begin that no run finds: by value, by channel, and in the shop's own words."""

COMPOSER = Composer()
SPEAKING = sorted(path for room in ("bot", "campaigns", "ledger") for path in (TEMPLATES.parent / room).rglob("*.py"))
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in SPEAKING)
KINDS = "|".join(["Problem", *re.findall(r"^class (\w+)\(Problem\)", SOURCES, re.MULTILINE)])
RAISED = set(re.findall(rf'\b(?:{KINDS})\(\s*"(\w+)"', SOURCES))
BEGUN = tuple(re.findall(rf'\b(?:{KINDS})\(\s*f"(\w+)\{{', SOURCES))
"""What problems are called that name what they are about: "nothing_to_" and a command."""


def is_meant(key: str) -> bool:
    """Whether the program speaks of such a problem anywhere."""
    return f'"{key}"' in SOURCES or (bool(BEGUN) and key.startswith(BEGUN))


PROBLEMS = sorted({*RAISED, *filter(is_meant, COMPOSER.shelf("id", "problems"))})
REPLIES = sorted(path.stem for path in TEMPLATES.glob("replies/id/*.j2"))
VALUES = {
    "name": "Sari",
    "shop": "Toko Ratna",
    "discount": 10,
    "link": Laid("https://shop.example.com/r/abc"),
    "items": [
        {
            "name": "Kopi Gayo",
            "price": "Rp45.000",
            "was": "Rp50.000",
            "traits": "organik",
            "reason": "mirip Kopi Toraja",
        }
    ],
    "total": "Rp45.000",
    "voucher": "000-000-000",
    "until": "16 November",
    "is_chosen": False,
    "text": Laid("Hari Minggu kami buka."),
    "because": "Kopi Toraja",
    "last_product": "Kopi Toraja",
    "favourite": "Kopi Toraja",
    "days_away": 40,
    "orders": 5,
}


def message(template: str, language: str, *, is_personal: bool = True, **other: object) -> str:
    return COMPOSER.message(template, language, {**VALUES, **other}, is_personal=is_personal)


def test_every_template_compiles() -> None:
    COMPOSER.check()


def test_there_are_the_nine_the_shop_needs_and_each_knows_what_to_show() -> None:
    wanted = {"winback", "bundle", "picks", "new_arrivals", "clear_stock", "thank_you", "replenishment", "birthday"}
    assert set(COMPOSER.catalog) == set(PERSONAL) == set(PLAIN) == wanted | {OWN_WORDS}


@pytest.mark.parametrize("is_personal", [True, False])
@pytest.mark.parametrize("name", sorted(COMPOSER.catalog))
def test_a_message_asks_the_same_of_us_in_both_languages(name: str, is_personal: bool) -> None:
    asked = [COMPOSER.placeholders(message_path(name, language, is_personal=is_personal)) for language in LANGUAGES]
    assert asked[0] == asked[1]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(COMPOSER.catalog))
def test_the_plain_form_uses_nothing_of_the_customers_history(name: str, language: str) -> None:
    plain = COMPOSER.placeholders(message_path(name, language, is_personal=False))
    of_anybody = {"name", "shop", "discount", "link", "items", "total", "voucher", "until", "is_chosen"}
    assert plain <= of_anybody | ({"text"} if name == OWN_WORDS else set())


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("is_personal", [True, False])
@pytest.mark.parametrize("name", sorted(COMPOSER.catalog))
def test_every_offer_names_the_product_the_link_and_the_way_out_and_fits_whatsapp(
    name: str, is_personal: bool, language: str
) -> None:
    text = message(name, language, is_personal=is_personal)
    assert "Kopi Gayo" in text
    assert "https://shop.example.com/r/abc" in text
    assert "STOP" in text.splitlines()[-1]
    assert len(text) <= COMPOSER.catalog[name].longest
    assert "\n\n\n" not in text
    assert "000-000-000" in text
    assert "16 November" in text


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_stands_in_both_languages_with_the_same_placeholders(name: str) -> None:
    asked = [COMPOSER.placeholders(f"replies/{language}/{name}.j2") for language in LANGUAGES]
    assert asked[0] == asked[1]


def test_no_reply_stands_in_english_only() -> None:
    assert sorted(path.stem for path in TEMPLATES.glob("replies/en/*.j2")) == REPLIES


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("shelf", "terms"),
    [
        ("templates", [*COMPOSER.catalog, SURVEY]),
        ("audiences", [*NAMED_AUDIENCES, *GROUPED]),
        ("problems", PROBLEMS),
        ("states", [state for state in State if state not in (State.HOLDOUT, State.WITHHELD)]),
        ("statuses", list(Status)),
        ("withheld", list(Reason)),
        ("roles", list(Role)),
        ("verdicts", list(Verdict)),
        ("segments", list(SEGMENT_KEYS)),
        ("kindly", [*SEGMENT_KEYS, PARTLY, *GROUPED]),
        ("higher", [*FEATURE_NAMES, "platform_share"]),
        ("lower", [*FEATURE_NAMES, "platform_share"]),
        ("reasons", [*(reason.name.lower() for reason in PickReason), SOMETHING_NEW, STILL_WANTED, DUE_AGAIN]),
    ],
)
def test_the_lexicon_has_a_word_for_each_of_our_terms(language: str, shelf: str, terms: list[str]) -> None:
    assert set(COMPOSER.shelf(language, shelf)) == {str(term) for term in terms}


def test_a_missing_value_is_named() -> None:
    with pytest.raises(MissingPlaceholders, match="days_away, last_product"):
        values = {name: value for name, value in VALUES.items() if name not in ("days_away", "last_product")}
        COMPOSER.message("winback", "id", values, is_personal=True)


def test_what_an_owner_or_a_customer_wrote_is_a_value_and_never_code() -> None:
    text = message("picks", "id", name="{{ shop.__class__ }}", shop="{% for x in y %}")
    assert "{{ shop.__class__ }}" in text
    assert "{% for x in y %}" in text


@pytest.mark.parametrize(
    "attack",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__init__.__globals__ }}",
        "{{ items.append(1) }}",
        "{{ name | attr('__class__') }}",
        "{{ range(10) }}",
        "{{ lipsum() }}",
        "{{ self._TemplateReference__context }}",
    ],
)
def test_even_a_template_file_cannot_reach_out_of_the_sandbox(tmp_path: Path, attack: str) -> None:
    (tmp_path / "messages" / "id").mkdir(parents=True)
    (tmp_path / "messages" / "id" / "picks.j2").write_text(attack)
    with pytest.raises(Exception, match=r"unsafe|undefined|No filter|immutable|not safe|needs"):
        Composer(tmp_path).message("picks", "id", VALUES, is_personal=True)


def test_a_template_that_vanished_is_named(tmp_path: Path) -> None:
    with pytest.raises(BrokenTemplate, match=r"templates/messages/id/picks\.j2 is not there"):
        Composer(tmp_path).message("picks", "id", VALUES, is_personal=True)


def test_a_template_with_a_fault_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "messages" / "id").mkdir(parents=True)
    (tmp_path / "messages" / "id" / "picks.j2").write_text("Halo\n{% if %}")
    with pytest.raises(BrokenTemplate, match=r"messages/id/picks\.j2, line 2"):
        Composer(tmp_path).message("picks", "id", VALUES, is_personal=True)


def laid_out(folder: Path, picks: str, **parts: str) -> Composer:
    """A house with one message and the parts it is made of."""
    for path, text in {
        "messages/id/picks.j2": picks,
        **{f"partials/{n}.j2": part for n, part in parts.items()},
    }.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text)
    return Composer(folder)


@pytest.mark.parametrize(
    ("picks", "part"),
    [
        (
            '{% include "partials/a.j2" %}\n\nSampai jumpa',
            "Halo\n{% if discount %}\n  {{ discount }}%\n{% endif %}\n",
        ),
        ('Halo {% include "partials/a.j2" %}!', "{% if name %}Kak {{ name }}{% endif %}"),
        (
            '{% for item in items %}\n{% include "partials/a.j2" %}\n{% endfor %}\n.',
            "{{ item.name }}\n",
        ),
        ('{% include "partials/a.j2" %}{{ shop }}', "{% set shop = 'Warung' %}{{ shop }} "),
    ],
)
def test_a_part_reads_as_jinja_alone_would_include_it(tmp_path: Path, picks: str, part: str) -> None:
    jinja = Environment(
        loader=DictLoader({"picks": picks, "partials/a.j2": part}), trim_blocks=True, lstrip_blocks=True
    )
    wanted = jinja.get_template("picks").render(VALUES).strip()
    assert laid_out(tmp_path, picks, a=part).message("picks", "id", VALUES, is_personal=True) == wanted


def test_a_part_that_was_changed_is_in_the_next_program(tmp_path: Path) -> None:
    picks = 'Halo {% include "partials/a.j2" %}'
    laid_out(tmp_path, picks, a="Kak").message("picks", "id", VALUES, is_personal=True)
    assert laid_out(tmp_path, picks, a="Bu").message("picks", "id", VALUES, is_personal=True) == "Halo Bu"


@pytest.mark.parametrize(
    ("part", "named"),
    [
        ("Halo\n\n{% if %}", r"templates/partials/a\.j2, line 3"),
        ('{% include "partials/a.j2" %}', r"partials/a\.j2.*includes itself"),
        ('{% include "partials/b.j2" %}', r"templates/partials/b\.j2 is not there"),
    ],
)
def test_a_fault_in_a_part_is_named_by_its_own_file(tmp_path: Path, part: str, named: str) -> None:
    with pytest.raises(BrokenTemplate, match=named):
        laid_out(tmp_path, 'Halo\n{% include "partials/a.j2" %}', a=part).message(
            "picks", "id", VALUES, is_personal=True
        )


def test_of_our_own_values_a_template_sees_the_items_and_nothing_else(tmp_path: Path) -> None:
    line = {"name": "Kopi"}
    composer = laid_out(tmp_path, "{{ line.name }}", a="")
    assert composer.message("picks", "id", {"line": Ready(line)}, is_personal=True) == "Kopi"
    for reach in ("line.keys", "line.__class__", "line.price"):
        with pytest.raises(MissingPlaceholders):
            laid_out(tmp_path, f"{{{{ {reach} }}}}", a="").message(
                "picks", "id", {"line": Ready(line)}, is_personal=True
            )


def test_values_stay_on_one_line_and_are_not_endless() -> None:
    assert clean("Sari\n\n\tDewi\u202e ") == "Sari Dewi"
    assert clean("x" * 500) == "x" * 119 + "…"
    assert clean({"a": ["b\nc", Laid("d\ne")]}) == {"a": ["b c", "d\ne"]}


def test_the_wordings_hash_follows_the_words_that_were_shown() -> None:
    def shown(language: str) -> str:
        reply = COMPOSER.reply("ask_offers", language, shop="Toko Ratna", name="Sari", per_month=4, is_again=False)
        return COMPOSER.wording("offers", reply, language).hash

    assert shown("id") == shown("id")
    assert shown("id") != shown("en")
    assert re.fullmatch("[0-9a-f]{64}", shown("id"))


def test_buttons_come_with_the_words() -> None:
    asked = COMPOSER.reply("ask_offers", "id", shop="Toko Ratna", name="Sari", per_month=4, is_again=False)
    assert asked.buttons == (Button("Ya, boleh", "ya penawaran"), Button("Tidak", "tidak penawaran"))


def test_every_button_says_something_that_is_understood_and_names_its_question() -> None:
    asked = {
        name: name for name in ("ask_age", "ask_offers", "confirm_offers", "ask_profiling", "ask_research", "ask_who")
    }
    asked |= {"forget_ask": "forget", "preview": "launch", "sold_ask": "confirm"}
    given = {"shop": "S", "name": "", "per_month": 4, "number": 1, "template": "", "audience_name": "", "discount": 0}
    given |= {"age": 21, "is_joining": True, "is_again": False}
    counts = {"samples": [], "audience": 0, "chosen": 0, "later": 0, "holdout": 0, "reasons": []}
    counts |= {
        "forms": [],
        "is_bandit": False,
        "is_now": True,
        "is_triggered": False,
        "may_approve": True,
        "may_send": True,
        "is_chat": True,
    }
    counts |= {"remarks": [], "when": "", "who": "", "lines": [], "total": ""}
    for name, question in asked.items():
        for language in LANGUAGES:
            others = dict.fromkeys(COMPOSER.placeholders(f"replies/{language}/{name}.j2"), "")
            buttons = COMPOSER.reply(name, language, **{**others, **given, **counts}).buttons
            meant = [each for each in map(understand, (button.says for button in buttons)) if each.question]
            assert [(each.means, each.question) for each in meant] == [(Means.YES, question), (Means.NO, question)]


def test_a_template_that_asks_for_what_no_offer_has_is_refused_in_the_draft(tmp_path: Path, shop: SmallShop) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    (folder / "messages" / "en" / "picks.j2").write_text("{{ horoscope }}")
    shop.composer = Composer(folder)
    with pytest.raises(BadDraft, match=r"unfillable .*horoscope"):
        shop.launch("picks")


def test_a_message_longer_than_whatsapp_takes_is_refused_before_the_yes(tmp_path: Path, shop: SmallShop) -> None:
    folder = tmp_path / "templates"
    shutil.copytree(TEMPLATES, folder)
    for form in ("picks", "picks.plain"):
        (folder / "messages" / "id" / f"{form}.j2").write_text("a" * 1_025)
    shop.composer = Composer(folder)
    shop.buy(shop.customer("Sari"))
    with shop.database.transaction() as session, pytest.raises(BadDraft, match="too_long"):
        campaign = drafting.draft(
            session,
            shop.composer,
            Draft("picks", "all", holdout_percent=0),
            shop=shop.shop,
            by="test",
            now=shop.clock.now(),
        )
        previewing.preview(session, campaign, shop.composer, ["simulator"], shop.shop, shop.clock.now())
