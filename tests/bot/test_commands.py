"""The registry of commands, the messenger's menu in both languages, the help and the documentation say the same."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.channels import menus
from bot.channels.menus import CUSTOMERS, MenuKeeper
from bot.channels.telegram import Telegram
from bot.clock import ManualClock
from bot.talk.desk.command import called
from bot.talk.desk.commands import COMMANDS, MAIN, NAMES, ROOMS
from bot.talk.desk.helping import EXAMPLE
from bot.talk.intents import COMMAND, Means, understand
from campaigns.shop import LANGUAGES, Shop
from campaigns.words.composing import Composer
from ledger import customers, team
from ledger.database import Database
from ledger.notices import RANK
from ledger.tables import Role, TeamMember
from tests.contracts.providers import TOKEN, Answer, BotApi, running
from tests.stories.conftest import Story, told

COMPOSER = Composer()
DOCUMENT = (Path(__file__).parents[2] / "docs/commands.md").read_text(encoding="utf-8")
WHO = {Role.STAFF: "everybody", Role.MANAGER: "manager, owner", Role.OWNER: "owner"}
NAME = re.compile(r"[a-z0-9_]{1,32}")
NOW = datetime(2026, 11, 2, 3, tzinfo=UTC)
each_language = pytest.mark.parametrize("language", LANGUAGES)
each_role = pytest.mark.parametrize("role", [*Role])


def may(role: Role) -> dict[str, str]:
    """What a role may command, by hand: the name of each command and its Indonesian one."""
    return {name: each.also[0] for name, each in COMMANDS.items() if RANK[role] >= RANK[each.least]}


def test_no_two_commands_share_a_name_and_each_has_an_indonesian_one() -> None:
    names = [name for main, each in COMMANDS.items() for name in (main, *each.also)]
    assert len(names) == len(set(names)) == len(NAMES)
    assert sum(len(commands) for commands in ROOMS.values()) == len(COMMANDS)
    assert [name for name in names if not NAME.fullmatch(name)] == []
    assert [name for name, each in COMMANDS.items() if not each.also] == []


@each_language
@pytest.mark.parametrize("shelf", ["commands", "command_help"])
def test_the_lexicon_has_words_for_each_command_and_for_no_other(language: str, shelf: str) -> None:
    assert set(COMPOSER.shelf(language, shelf)) == set(COMMANDS)


@each_language
@each_role
def test_the_menu_of_a_role_is_what_it_may_command(language: str, role: Role) -> None:
    entries = menus.of_team(COMPOSER, language, role)
    wanted = may(role)
    assert [each.name for each in entries] == [*(wanted.values() if language == "id" else wanted)]
    assert all(NAME.fullmatch(each.name) and 3 <= len(each.what) <= 256 for each in entries)
    assert len(entries) <= 100


@each_language
def test_what_the_customers_menu_offers_is_understood_as_meant(language: str) -> None:
    entries = menus.of_customers(COMPOSER, language)
    assert all(NAME.fullmatch(each.name) and 3 <= len(each.what) <= 256 for each in entries)
    opposite = Means.ENGLISH if language == "id" else Means.INDONESIAN
    meant = [opposite if key == "language" else means for key, (means, _) in CUSTOMERS.items()]
    assert [understand(f"/{each.name}").means for each in entries] == meant


@each_language
def test_both_menus_stand_in_the_language_they_are_for(language: str) -> None:
    assert set(COMPOSER.shelf(language, "customer_commands")) == set(CUSTOMERS)
    assert set(COMPOSER.shelf(language, "command_groups")) == set(ROOMS)


@each_language
def test_every_example_is_the_command_it_is_an_example_of(language: str) -> None:
    for name, how in COMPOSER.shelf(language, "command_help").items():
        for example in EXAMPLE.split(how):
            found = COMMAND.fullmatch(example.strip().split(",")[0])
            assert found is not None, example
            assert MAIN[found[1]] == name
            assert found[1] == called(language, name, COMMANDS[name]), example


@pytest.fixture
def shop(sqlite_database: Database, tmp_path: Path) -> Iterator[Story]:
    """A chat for each role in each language."""
    with told(sqlite_database, tmp_path) as story:
        with story.app.database.transaction() as session:
            for role in Role:
                for language in LANGUAGES:
                    chat = customers.meet(session, "simulator", f"{role}-{language}", role, story.clock.now())
                    customers.of(session, chat).language = language
                    session.add(TeamMember(address_id=chat.id, role=role, since=story.clock.now()))
        yield story


LINE = re.compile(r"^/(\w+) — (.+)$", re.MULTILINE)


@each_language
@each_role
def test_the_help_lists_what_the_role_may_and_nothing_else(shop: Story, language: str, role: Role) -> None:
    listed = LINE.findall(shop.say(f"{role}-{language}", "/help"))
    assert listed == [(each.name, each.what) for each in menus.of_team(COMPOSER, language, role)]


@each_language
def test_every_command_has_help_of_its_own_under_all_its_names(shop: Story, language: str) -> None:
    for name, command in COMMANDS.items():
        answer = shop.say(f"owner-{language}", f"/help {name}")
        assert answer.startswith(f"/{called(language, name, command)} — ")
        examples = [each.strip() for each in EXAMPLE.split(COMPOSER.word(language, "command_help", name))]
        assert [f"• {each}" for each in examples] == [line for line in answer.splitlines() if line.startswith("•")]
        for other in command.also:
            assert shop.say(f"owner-{language}", f"/bantuan /{other}") == answer


def rows() -> dict[str, list[str]]:
    """The document's rows by the English name, a text for each cell."""
    cells = [line.strip("| ").split(" | ") for line in DOCUMENT.splitlines() if line.startswith("| `/")]
    return {row[0].strip("`/"): row for row in cells}


def test_the_document_tells_of_every_command_as_it_is() -> None:
    documented = rows()
    what = COMPOSER.shelf("en", "commands")
    for name, each in COMMANDS.items():
        english, indonesian, who, does, examples = documented[name]
        assert english == f"`/{name}`"
        assert indonesian.split() == [f"`/{other}`" for other in each.also]
        assert (who, does) == (WHO[each.least], what[name]), name
        for language in LANGUAGES:
            for example in EXAMPLE.split(COMPOSER.word(language, "command_help", name)):
                assert f"`{example.strip()}`" in examples


def test_the_document_tells_customers_of_everything_in_their_menu_and_of_no_command_that_is_none() -> None:
    documented = rows()
    what = COMPOSER.shelf("en", "customer_commands")
    theirs = {names["en"]: (names["id"], what[key]) for key, (_, names) in CUSTOMERS.items()}
    # "/help" is the team's too, and stands in both tables.
    found = {name: (documented[name][1].strip("`/"), documented[name][2]) for name in theirs if name != "help"}
    assert found == {name: each for name, each in theirs.items() if name != "help"}
    assert set(documented) == set(COMMANDS) | set(theirs)


def test_a_slip_of_the_pen_is_answered_with_the_command_that_was_meant(shop: Story) -> None:
    (reply,) = shop.hear("owner-id", "/luncurkn picks ke semua").replies
    assert [button.says for button in reply.buttons] == ["/luncurkan picks ke semua"]
    (reply,) = shop.hear("owner-en", "report 3").replies
    assert [button.says for button in reply.buttons] == ["/report 3"]
    (reply,) = shop.hear("owner-en", "/qwxz").replies
    assert (reply.buttons, "/help" in reply.text) == ((), True)


def test_nobody_is_led_to_a_command_that_is_not_theirs(shop: Story) -> None:
    (reply,) = shop.hear("staff-en", "/resum").replies
    assert "/resume" not in reply.text


def test_cancel_ends_a_campaign_in_a_chat_of_the_team_and_offers_in_a_customers(shop: Story) -> None:
    assert "No campaign is running" in shop.say("owner-en", "/cancel")
    shop.join("sari")
    assert shop.hear("sari", "/cancel").standing.offers is False


# The menu at Telegram


class Menus(BotApi):
    """A Telegram that may be out of order, and from whose point of view some chats are gone."""

    is_failing = False
    gone: frozenset[int] = frozenset()

    def usual(self, path: str, form: dict[str, str]) -> Answer:
        if self.is_failing:
            return Answer(502, "Bad Gateway")
        if json.loads(form.get("scope", "{}")).get("chat_id") in self.gone:
            return Answer(400, {"ok": False, "error_code": 400, "description": "Bad Request: chat not found"})
        return super().usual(path, form)


@pytest.fixture
def provider() -> Iterator[Menus]:
    with running(Menus) as api:
        yield api


def posted(provider: Menus, since: int) -> list[tuple[str, dict[str, Any]]]:
    """What was asked of Telegram about menus: the method, and what came with it."""
    found = []
    for path, form in provider.heard[since:]:
        method = path.rsplit("/", 1)[1]
        if method.endswith("MyCommands"):
            came = {key: json.loads(value) if key != "language_code" else value for key, value in form.items()}
            found.append((method, came))
    return found


class Keeping:
    """A keeper of menus beside a Telegram on the loopback."""

    def __init__(self, database: Database, provider: Menus) -> None:
        self.database, self.provider = database, provider
        self.shop = Shop(name="Toko Ratna", language="id")

    def look(self, keeper: MenuKeeper | None = None) -> tuple[bool, MenuKeeper, list[tuple[str, dict[str, Any]]]]:
        return asyncio.run(self._look(keeper))

    async def _look(self, keeper: MenuKeeper | None) -> tuple[bool, MenuKeeper, list[tuple[str, dict[str, Any]]]]:
        channel = Telegram.connect(TOKEN, ManualClock(NOW), f"{self.provider.url}/bot", answer_seconds=2)
        keeper = keeper or MenuKeeper(self.database, COMPOSER, self.shop, channel)
        keeper.channel, before = channel, len(self.provider.heard)
        is_well = await keeper.look()
        await channel.close()
        return is_well, keeper, posted(self.provider, before)

    def join(self, chat: str, role: Role, language: str | None = None) -> int:
        with self.database.transaction() as session:
            place = customers.meet(session, "telegram", chat, "Ratna", NOW)
            customers.of(session, place).language = language
            session.merge(TeamMember(address_id=place.id, role=role, since=NOW))
            return place.id


@pytest.fixture
def keeping(sqlite_database: Database, provider: Menus) -> Keeping:
    return Keeping(sqlite_database, provider)


def names(came: dict[str, Any]) -> list[str]:
    return [each["command"] for each in came["commands"]]


def test_at_the_start_customers_get_their_menu_in_both_languages(keeping: Keeping) -> None:
    is_well, _, asked = keeping.look()
    assert is_well
    assert [(method, came["scope"], came.get("language_code")) for method, came in asked] == [
        ("setMyCommands", {"type": "all_private_chats"}, None),
        ("setMyCommands", {"type": "all_private_chats"}, "id"),
        ("setMyCommands", {"type": "all_private_chats"}, "en"),
    ]
    usual, indonesian, english = (names(came) for _, came in asked)
    assert usual == indonesian
    assert ("berhenti" in indonesian, "stop" in english, "launch" in english) == (True, True, False)


def test_a_chat_of_the_team_gets_the_menu_of_its_role_in_its_language_and_another_with_another_role(
    keeping: Keeping,
) -> None:
    keeping.join("71", Role.OWNER)
    place = keeping.join("72", Role.STAFF, "en")
    _, keeper, asked = keeping.look()
    theirs = [(came["scope"], names(came)) for _, came in asked[3:]]
    assert theirs == [
        ({"type": "chat", "chat_id": 71}, [*may(Role.OWNER).values()]),
        ({"type": "chat", "chat_id": 72}, [*may(Role.STAFF)]),
    ]
    assert keeping.look(keeper)[2] == []
    with keeping.database.transaction() as session:
        team.change_role(session, place, Role.MANAGER, by="command line", at=NOW)
    assert [names(came) for _, came in keeping.look(keeper)[2]] == [[*may(Role.MANAGER)]]
    with keeping.database.transaction() as session:
        team.remove(session, place, by="command line", at=NOW)
    assert keeping.look(keeper)[2] == [("deleteMyCommands", {"scope": {"type": "chat", "chat_id": 72}})]
    assert keeping.look(keeper)[2] == []


def test_what_telegram_does_not_take_now_is_shown_the_next_time(keeping: Keeping) -> None:
    keeping.join("71", Role.OWNER)
    keeping.provider.is_failing = True
    is_well, keeper, _ = keeping.look()
    assert not is_well
    keeping.provider.is_failing = False
    is_well, _, asked = keeping.look(keeper)
    assert (is_well, len(asked)) == (True, 4)


def test_a_chat_that_is_gone_is_not_asked_about_for_ever(keeping: Keeping) -> None:
    keeping.join("71", Role.OWNER)
    keeping.provider.gone = frozenset({71})
    is_well, keeper, asked = keeping.look()
    assert (is_well, len(asked)) == (True, 4)
    assert keeping.look(keeper)[2] == []
