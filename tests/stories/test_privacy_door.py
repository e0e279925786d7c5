"""The door of the privacy page: for whoever has the link of their own chat, while it is good, and from our page."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlmodel import select

from bot import privacy_links
from bot.web.privacy import visiting
from ledger.tables import Address, ConsentEvent, Customer, Interaction, Notice, PrivacyRequest
from tests.stories.conftest import Story
from tests.stories.reader import OURS, Reader, reader

HOSTILE = "<script>alert(1)</script>*_`[x](javascript:y)\"'{{ 7*7 }}"
EVERYTHING = {"do": "stop", "purpose": "everything", "where": "all"}


@pytest.fixture
def page(sqlite_story: Story) -> Reader:
    sqlite_story.join("sari")
    return reader(sqlite_story, "sari")


def standing(page: Reader) -> bool | None:
    with page.story.app.database.reading() as session:
        said = session.exec(select(ConsentEvent).where(ConsentEvent.purpose == "offers")).all()
    return said[-1].granted


def test_a_preview_that_opens_the_link_sees_nothing_and_changes_nothing(page: Reader) -> None:
    def rows() -> list[int]:
        with page.story.app.database.reading() as session:
            return [len(session.exec(select(each)).all()) for each in (ConsentEvent, Notice, PrivacyRequest)]

    before = rows()
    for method in ("GET", "HEAD"):
        shown = page.ask(method, page.path, headers={"user-agent": "TelegramBot (like TwitterBot)"})
        assert shown.status_code == 200
        assert "Sari" not in shown.text
        assert "set-cookie" not in shown.headers
    page.ask("GET", f"{page.path}/erase")
    assert rows() == before


def test_the_page_needs_no_script_loads_nothing_from_elsewhere_and_is_kept_nowhere(page: Reader) -> None:
    shown = page.open()
    answer = page.get()
    rules = answer.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "form-action 'self'" in rules
    assert "script-src" not in rules
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "<script" not in shown
    assert "style=" not in shown
    assert "Sari" not in shown.split("</title>")[0]


def test_the_cookies_are_for_that_address_and_no_script_reads_them(page: Reader) -> None:
    opened = page.ask("POST", f"{page.path}/open", follow=False)
    kept = opened.headers["set-cookie"].lower()
    assert all(word in kept for word in ("httponly", "samesite=strict", f"path={page.path}".lower()))
    assert opened.headers["location"] == page.path


@pytest.mark.parametrize("part", [0, 1, 2, 3])
def test_an_altered_link_is_kindly_refused(page: Reader, part: int) -> None:
    parts = page.path.removeprefix("/privacy/").split(".")
    parts[part] = f"{parts[part][:-1]}{'0' if parts[part][-1] != '0' else '1'}"
    path = f"/privacy/{'.'.join(parts)}"
    refused = page.ask("GET", path)
    assert refused.status_code == 404
    assert "tulis PRIVASI di chat toko" in refused.text
    for door in ("", "/open", "/file", "/erase"):
        assert page.ask("POST", path + door, EVERYTHING | {"sure": "yes"}).status_code == 404
    assert standing(page) is True


def test_a_link_made_for_another_purpose_opens_nothing(page: Reader) -> None:
    found = page.story.say("sari", "PRIVASI")
    assert page.ask("POST", page.path.replace("/privacy/", "/mydata/")).status_code == 404
    assert page.ask("GET", page.path.replace("/privacy/", "/desk/open/")).status_code == 403
    assert "/privacy/" in found


def test_the_link_is_over_after_two_hours_whatever_was_opened_before(page: Reader) -> None:
    page.open()
    page.story.clock.forward(privacy_links.LIFETIME - timedelta(seconds=1))
    assert page.get().status_code == 200
    page.story.clock.forward(timedelta(seconds=1))
    assert page.get().status_code == 404
    assert page.ask("POST", page.path, EVERYTHING).status_code == 404
    assert standing(page) is True


def test_a_link_is_void_after_an_erasure_also_for_whoever_comes_back(page: Reader) -> None:
    page.open()
    page.story.say("sari", "hapus data")
    page.story.say("sari", "ya")
    page.story.join("sari")
    assert page.get().status_code == 404
    assert page.ask("POST", page.path, EVERYTHING).status_code == 404
    assert standing(page) is True


def test_whoever_closes_it_in_the_chat_voids_every_link_until_then(page: Reader) -> None:
    page.open()
    assert "tidak bisa dipakai siapa pun lagi" in page.story.say("sari", "TUTUP HALAMAN")
    assert page.get().status_code == 404
    page.story.clock.forward(timedelta(seconds=1))
    assert reader(page.story, "sari").open()


def test_it_can_be_closed_on_the_page_itself(page: Reader) -> None:
    assert "Halaman ini sudah ditutup" in page.press(page.open(), "Tutup halaman ini")
    assert page.get().status_code == 404


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example.com"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "https://other.example.com"},
        {"origin": "https://evil.example.com", "sec-fetch-site": "same-origin"},
    ],
)
def test_a_form_on_a_page_elsewhere_changes_nothing(page: Reader, headers: dict[str, str]) -> None:
    page.open()
    for door in ("", "/open", "/file", "/erase"):
        refused = page.ask("POST", page.path + door, EVERYTHING | {"sure": "yes"}, headers)
        assert refused.status_code == 403
        assert "Tidak ada yang diubah" in refused.text
    assert standing(page) is True


def test_another_customers_page_is_not_opened_by_the_first_ones_cookie(page: Reader) -> None:
    page.open()
    page.story.join("budi")
    other = reader(page.story, "budi")
    shown = page.ask("GET", other.path).text
    assert "Buka halaman saya" in shown
    assert "Budi" not in shown


def test_what_people_and_shops_wrote_is_only_ever_text(sqlite_story: Story) -> None:
    sqlite_story.sells(HOSTILE, HOSTILE)
    sqlite_story.hear("sari", "MULAI", name=HOSTILE)
    page = reader(sqlite_story, "sari")
    shown = page.open() + page.do(do="category", name=HOSTILE, show="no")
    assert "<script" not in shown
    assert "&lt;script&gt;" in shown
    assert "49" not in shown.split("Yang disimpan")[0].split("<h2")[0]


def test_a_forged_word_about_what_was_done_is_not_shown(page: Reader) -> None:
    page.open()
    page.cookies.set("done", "eyJrZXkiOiAic3RvcF9vZmZlcnMifQ==.0", domain="127.0.0.1", path=page.path)
    assert "Penawaran dihentikan" not in page.get().text


def test_a_machine_that_presses_without_end_is_slowed_but_a_stop_always_counts(page: Reader) -> None:
    page.open()
    pressed = [
        page.ask("POST", page.path, {"do": "often", "often": "any"}, follow=False).status_code
        for _ in range(visiting.MOST_CHANGES + 1)
    ]
    assert pressed[-2:] == [303, 429]
    assert page.ask("POST", page.path, EVERYTHING, follow=False).status_code == 303
    assert standing(page) is False


def test_the_conversation_that_is_kept_holds_no_link(page: Reader) -> None:
    with page.story.app.database.reading() as session:
        kept = [each.text or "" for each in session.exec(select(Interaction))]
    assert any("satu halaman" in each for each in kept)
    assert not any(page.path in each for each in kept)


def test_a_chat_that_is_parted_needs_a_new_link(page: Reader) -> None:
    with page.story.app.database.transaction() as session:
        other = Customer(name="Ani", source="chat", created_at=page.story.clock.now())
        session.add(other)
        session.flush()
        place = session.exec(select(Address)).one()
        place.customer_id = other.id
        session.add(place)
    assert page.get().status_code == 404


def test_an_old_browser_that_does_not_say_where_a_form_stood_is_let_in_by_the_link(page: Reader) -> None:
    page.open()
    page.ask("POST", page.path, EVERYTHING, {})
    assert standing(page) is False
    assert OURS["origin"].startswith("http")
