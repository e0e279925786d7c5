"""Who may give commands: let in by a code that works once, changed and sent off after a second yes."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlmodel import col, func, select

from ledger import team
from ledger.database import Database
from ledger.tables import AuditEntry, Role, TeamMember, WrongCode
from ledger.team import make_code
from tests.stories.conftest import Story, told


@pytest.fixture
def shop(story: Story) -> Story:
    """An owner, a manager, and one of the staff, in this order."""
    story.make_owner()
    for who, role in (("john-baker", Role.MANAGER), ("budi-santoso", Role.STAFF)):
        story.clock.forward(timedelta(minutes=1))
        story.say(who, code(story, role))
    return story


def code(story: Story, role: Role = Role.OWNER) -> str:
    with story.app.database.transaction() as session:
        return make_code(session, role, story.clock.now())


def roles(story: Story) -> dict[str, str]:
    """Who is what, by first name."""
    with story.app.database.reading() as session:
        return {each.name: each.role.value for each in team.members(session)}


def fresh(story: Story) -> str:
    """What somebody hears for words that mean nothing, who wrote to us once before and never joined."""
    return unknown_to(story, "somebody-else", "xyzzy")


def unknown_to(story: Story, who: str, said: str) -> str:
    story.say(who, "MULAI")
    story.say(who, "tidak")
    return story.say(who, said)


def news(story: Story, who: str) -> str:
    """What was told in that chat unasked, with all that was answered there."""
    asyncio.run(story.app.tell_waiting())
    return "\n".join(story.received_by(who))


def test_a_code_works_once_and_not_after_half_an_hour(story: Story) -> None:
    first, second = code(story), code(story)
    assert "sebagai pemilik" in story.say("ibu-ratna", f"/owner {first}")
    assert "sebagai pemilik" not in story.say("maling", first)
    story.clock.forward(timedelta(minutes=30))
    assert "sebagai pemilik" not in story.say("maling", second)


@pytest.mark.parametrize("way", [str.lower, str.upper, lambda said: f"/owner {said.lower()}"])
def test_a_code_typed_with_a_space_is_one_too(story: Story, way) -> None:  # type: ignore[no-untyped-def]
    made = code(story)
    while made[:4].isalpha() and made[5:].isalpha():
        made = code(story)
    assert "sebagai pemilik" in story.say("ibu-ratna", way(made.replace("-", " ")))


def test_two_words_that_only_look_like_a_code_are_what_they_say(shop: Story) -> None:
    assert "Sudah saya teruskan" in shop.say("wayan", "susu 2pak")
    # One of the team in the middle of a draft goes on with it.
    shop.say("ibu-ratna", "/kampanye")
    assert "/bantuan" not in shop.say("ibu-ratna", "susu 2pak")


def test_a_guess_with_a_space_counts_as_one(shop: Story) -> None:
    for _ in range(5):
        shop.say("pelanggan-1", "ab2d 2345")
    assert "sebagai" not in shop.say("pelanggan-1", code(shop))


def test_the_owner_sees_the_team_with_masked_addresses(shop: Story) -> None:
    told = shop.say("ibu-ratna", "/tim")
    assert "1. Ibu — pemilik, simulator i•••atna, sejak 2 November 2026 (chat ini)" in told
    assert "2. John — manajer, simulator j•••aker" in told
    assert "3. Budi — staf" in told
    assert "budi-santoso" not in told


@pytest.mark.parametrize("said", ["/tim", "/tim kode pemilik", "/tim keluarkan 1", "/team role 1 staff"])
@pytest.mark.parametrize("who", ["john-baker", "budi-santoso"])
def test_the_team_is_the_owners_affair(shop: Story, who: str, said: str) -> None:
    assert "hanya untuk pemilik: Ibu" in shop.say(who, said)
    assert roles(shop) == {"Ibu": "owner", "John": "manager", "Budi": "staff"}


def test_a_code_made_in_chat_lets_one_in_as_it_says_and_the_owner_hears_of_it(shop: Story) -> None:
    made = shop.say("ibu-ratna", "/team code manager").split()[0]
    assert "sebagai manajer" in shop.say("wati", made)
    assert "manajer" not in shop.say("maling", made)
    assert "Chat baru di tim: " in news(shop, "ibu-ratna")


def test_a_second_code_of_a_known_member_is_no_new_chat(shop: Story) -> None:
    shop.say("budi-santoso", code(shop, Role.STAFF))
    told = news(shop, "ibu-ratna")
    assert told.count("Chat baru di tim") == 2
    assert "Budi (simulator b•••toso) sekarang staf." in told
    shop.say("budi-santoso", code(shop, Role.MANAGER))
    assert "Budi (simulator b•••toso) sekarang manajer." in news(shop, "ibu-ratna")


def test_a_name_that_only_one_has_is_as_good_as_a_number(shop: Story) -> None:
    assert "Ganti peran Budi" in shop.say("ibu-ratna", "/tim peran budi manajer")
    assert "Keluarkan Budi" in shop.say("ibu-ratna", "/tim keluarkan BUDI")
    shop.say("ibu-ratna", "ya")
    assert "Budi" not in roles(shop)


def test_of_two_of_one_name_the_number_decides(shop: Story) -> None:
    shop.say("budi-hartono", code(shop, Role.STAFF))
    assert "Ada beberapa yang bernama budi: nomor 3, 4" in shop.say("ibu-ratna", "/tim keluarkan budi")
    assert "tidak ada yang bernomor atau bernama itu" in shop.say("ibu-ratna", "/tim keluarkan joko")


@pytest.mark.parametrize(("said", "sentence"), [
    ("/tim kode bos", "Peran “bos” tidak ada"),
    ("/tim kode", "Peran “?” tidak ada"),
    ("/tim pecat 2", "Belum jelas maksudnya"),
    ("/tim keluarkan 9", "tidak ada yang bernomor atau bernama itu"),
    ("/tim peran 2 manajer", "John memang sudah manajer"),
])  # fmt: skip
def test_what_cannot_be_is_said_with_the_next_step(shop: Story, said: str, sentence: str) -> None:
    answer = shop.say("ibu-ratna", said)
    assert sentence in answer
    assert "/tim" in answer


def test_somebody_is_sent_off_after_a_second_yes_and_is_a_customer_from_then_on(shop: Story) -> None:
    question = shop.say("ibu-ratna", "/team remove 3")
    assert "Keluarkan Budi (staf, simulator b•••toso, sejak 2 November 2026) dari tim?" in question
    assert roles(shop)["Budi"] == "staff"
    assert "sudah dikeluarkan" in shop.say("ibu-ratna", "ya")
    assert roles(shop) == {"Ibu": "owner", "John": "manager"}
    assert "tidak lagi termasuk tim" in news(shop, "budi-santoso")
    assert "Kampanye" not in shop.say("budi-santoso", "/campaigns")


def test_a_role_changes_after_a_second_yes_and_whose_it_is_hears_of_it(shop: Story) -> None:
    assert "dari staf menjadi manajer" in shop.say("ibu-ratna", "/tim peran 3 manajer")
    shop.say("ibu-ratna", "tidak")
    assert roles(shop)["Budi"] == "staff"
    shop.say("ibu-ratna", "/tim peran 3 manajer")
    assert "sekarang manajer" in shop.say("ibu-ratna", "ya lakukan")
    assert roles(shop)["Budi"] == "manager"
    assert "sekarang: manajer" in news(shop, "budi-santoso")


@pytest.mark.parametrize("said", ["/tim keluarkan 1", "/tim peran 1 staf", "/tim keluar"])
def test_the_last_owner_stays_one(shop: Story, said: str) -> None:
    assert "Pemilik satu-satunya" in shop.say("ibu-ratna", said)
    shop.say("ibu-ratna", "ya")
    assert roles(shop)["Ibu"] == "owner"


def test_of_two_owners_who_send_each_other_off_one_stays(shop: Story) -> None:
    shop.say("wati", code(shop))
    shop.say("ibu-ratna", "/tim keluarkan 4")
    shop.say("wati", "/tim keluarkan 1")
    shop.say("ibu-ratna", "ya")
    shop.say("wati", "ya")
    assert roles(shop)["Ibu"] == "owner"
    assert "Wati" not in roles(shop)


def test_a_member_may_leave_by_themselves(shop: Story) -> None:
    assert "Keluar dari tim Toko Ratna?" in shop.say("budi-santoso", "/tim keluar")
    shop.say("budi-santoso", "ya")
    assert "Budi" not in roles(shop)
    assert "tidak lagi termasuk tim" not in news(shop, "budi-santoso")


def test_a_lesser_code_takes_nothing_away_and_stays_good(shop: Story) -> None:
    made = code(shop, Role.STAFF)
    assert "sebagai pemilik" in shop.say("ibu-ratna", made)
    assert "sebagai staf" in shop.say("wati", made)


def test_everything_is_on_record_without_an_address(shop: Story) -> None:
    made = shop.say("ibu-ratna", "/tim kode staf").split()[0]
    shop.say("wati-lestari", made)
    for said in ("/tim peran 4 manajer", "ya", "/tim keluarkan 4", "ya"):
        shop.say("ibu-ratna", said)
    shop.say("budi-santoso", "/tim keluar")
    shop.say("budi-santoso", "ya")
    with shop.app.database.reading() as session:
        entries = session.exec(select(AuditEntry).order_by(col(AuditEntry.id))).all()[3:]
    assert [(each.actor, each.action, each.subject) for each in entries] == [
        ("simulator:i•••atna", "code made", "staff"),
        ("simulator:w•••tari", "joined the team", "staff"),
        ("simulator:i•••atna", "role changed", "simulator:w•••tari"),
        ("simulator:i•••atna", "removed from the team", "simulator:w•••tari"),
        ("simulator:b•••toso", "left the team", "staff"),
    ]


@pytest.mark.parametrize(
    "said",
    ["/launch picks all", "/report 1", "/tim", "/batalkan 1", "/owner AAAA-BBBB", "ABCD-2345", "ab2d 2345", "/owner"],
)
def test_a_customer_who_types_an_owners_command_or_a_code_gets_what_any_unknown_text_gets(
    shop: Story, said: str
) -> None:
    assert unknown_to(shop, "pelanggan-1", said) == fresh(shop)


def test_a_newcomer_who_begins_with_a_code_hears_what_any_newcomer_hears(shop: Story) -> None:
    assert shop.say("pelanggan-1", "ABCD-2345") == shop.say("pelanggan-2", "xyzzy")


def test_after_five_wrong_codes_a_chat_is_not_listened_to_for_an_hour(shop: Story) -> None:
    for _ in range(5):
        shop.say("pelanggan-1", "ABCD-2345")
        shop.clock.forward(timedelta(minutes=1))
    assert shop.say("pelanggan-1", code(shop)) == shop.say("pelanggan-1", "xyzzy")
    # Somebody else's code is none of it.
    assert "sebagai staf" in shop.say("wati", code(shop, Role.STAFF))
    shop.clock.forward(timedelta(minutes=54))
    assert "sebagai" not in shop.say("pelanggan-1", code(shop))
    shop.clock.forward(timedelta(minutes=1))
    assert "sebagai staf" in shop.say("pelanggan-1", code(shop, Role.STAFF))


def test_a_right_code_said_to_no_avail_is_worth_nothing_any_more(shop: Story) -> None:
    for _ in range(5):
        shop.say("pelanggan-1", "ABCD-2345")
    made = code(shop, Role.OWNER)
    shop.say("pelanggan-1", made)
    assert "pemilik" not in shop.say("wati", made)


def wrong_codes_of_others(shop: Story, n: int) -> None:
    with shop.app.database.transaction() as session:
        session.add_all(WrongCode(fingerprint=f"chat {i // 5}", at=shop.clock.now()) for i in range(n))


def test_wrong_codes_of_a_thousand_chats_close_the_door_for_everybody_and_burn_no_code(shop: Story) -> None:
    wrong_codes_of_others(shop, team.WRONG_BY_ALL - 1)
    assert "sebagai staf" in shop.say("siti", code(shop, Role.STAFF))
    wrong_codes_of_others(shop, 1)
    shop.clock.forward(timedelta(minutes=45))
    made = code(shop, Role.STAFF)
    assert "Coba lagi satu jam lagi" in shop.say("wati", made)
    assert "Coba lagi satu jam lagi" not in shop.say("wati", "ABCD-2345")
    shop.clock.forward(timedelta(minutes=16))
    assert "sebagai staf" in shop.say("wati", made)


def test_one_chat_alone_closes_the_door_for_nobody_else(shop: Story) -> None:
    for n in range(9):
        shop.say("maling", "ABCD-2345" if n % 2 else "SAMBUNG ABCD-2345")
    with shop.app.database.reading() as session:
        assert session.exec(select(func.count()).select_from(WrongCode)).one() == 5


def test_erasing_oneself_does_not_make_one_a_stranger_who_may_guess_again(shop: Story) -> None:
    for _ in range(5):
        shop.say("pelanggan-1", "ABCD-2345")
    shop.say("pelanggan-1", "HAPUS DATA")
    assert "sudah dihapus" in shop.say("pelanggan-1", "ya hapus")
    assert "sebagai" not in shop.say("pelanggan-1", code(shop))


def test_a_restart_does_not_forget_who_guessed(database: Database, tmp_path) -> None:  # type: ignore[no-untyped-def]
    with told(database, tmp_path) as before:
        for _ in range(5):
            before.say("pelanggan-1", "ABCD-2345")
    with told(database, tmp_path) as after:
        said = after.hear("pelanggan-1", code(after), number="after-the-restart").replies[0].text
        assert "sebagai" not in said


def test_an_erased_owner_is_no_owner_and_leaves_no_member(shop: Story) -> None:
    shop.say("john-baker", "HAPUS DATA")
    shop.say("john-baker", "ya hapus")
    assert roles(shop) == {"Ibu": "owner", "Budi": "staff"}
    with shop.app.database.reading() as session:
        assert session.exec(select(func.count()).select_from(TeamMember)).one() == 2
