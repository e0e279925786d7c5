"""The simulator's page as a newcomer uses it: two phones, a clock, and the real shop behind them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser.conftest import DESKTOP, PHONE, House, Watched

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

HOSTILE = "<img src=x onerror=alert(1)><b>Eko</b> *tebal* _miring_ [x](javascript:a)"
LONGEST_NIGHT_MS = 120_000


class Phones:
    """Both phones of the page, as fingers and eyes know them."""

    def __init__(self, house: House, seen: Watched, language: str = "id") -> None:
        self.page: Page = seen.page
        self.page.goto(f"{house.url}/simulator?language={language}")
        self.wait("#owner .log[aria-busy=false]")
        self.wait("#customer .log[aria-busy=false]")

    def wait(self, selector: str) -> None:
        self.page.wait_for_selector(selector, state="attached")

    def log(self, phone: str) -> Locator:
        return self.page.locator(f"#{phone} .log")

    def say(self, phone: str, text: str) -> None:
        field = self.page.locator(f"#{phone} textarea")
        field.fill(text)
        field.press("Enter")

    def press(self, phone: str, label: str) -> None:
        self.page.locator(f"#{phone} .answers").get_by_role("button", name=label, exact=True).last.click()

    def reads(self, phone: str, *words: str) -> None:
        """The newest message of the shop says so, or soon will."""
        newest = self.page.locator(f"#{phone} article.theirs").last
        for each in words:
            newest.filter(has_text=each).wait_for()

    def become(self, name: str) -> None:
        """The customer's phone is theirs from now on."""
        self.page.locator("#customer button.who").click()
        self.page.keyboard.type(name)
        self.page.locator("#customer .person.new").click()
        self.page.locator("#customer .who-name", has_text=name).wait_for()

    def join(self) -> None:
        """To get offers, chosen by their history."""
        self.say("customer", "MULAI")
        self.reads("customer", "Boleh Toko Ratna mengirim penawaran")
        self.press("customer", "Ya, boleh")
        self.reads("customer", "riwayat belanja")
        self.press("customer", "Ya, boleh")
        self.reads("customer", "PRIVASI")

    def forward(self, to: str) -> None:
        """What lies between is done: a night's learning too."""
        self.page.locator(f"[data-to={to}]").click()
        self.page.locator("#notice.is-shown", has_text="Sekarang").wait_for(timeout=LONGEST_NIGHT_MS)


def test_an_owner_drafts_previews_launches_moves_the_clock_and_reads_the_report(
    own_house: House, browse: Callable[..., Watched]
) -> None:
    seen = browse()
    phones = Phones(own_house, seen)
    phones.say("owner", "/kampanye")
    phones.reads("owner", "Kampanye apa")
    phones.say("owner", "1")
    phones.reads("owner", "Untuk siapa?")
    phones.say("owner", "semua")
    phones.reads("owner", "Diskon berapa persen?")
    phones.press("owner", "10%")
    phones.reads("owner", "Kapan dikirim?")
    phones.press("owner", "Besok jam 9")
    phones.reads("owner", "dikirimi:", "pembanding")
    phones.press("owner", "Ya, kirim")
    phones.reads("owner", "terjadwal")
    phones.forward("morning")
    phones.say("owner", "/laporan")
    phones.reads("owner", "Laporan kampanye", "Terkirim:")
    phones.log("owner").locator(".picture img").last.wait_for()
    seen.keep_pictures("simulator-report")


def test_a_customer_joins_gets_an_offer_asks_why_and_leaves(own_house: House, browse: Callable[..., Watched]) -> None:
    phones = Phones(own_house, browse())
    phones.become("Sari")
    phones.join()
    phones.say("owner", "/luncurkan pilihan ke semua besok jam 9, diskon 10%, tanpa pembanding")
    phones.reads("owner", "Mau diubah?")
    phones.press("owner", "Ya, kirim")
    phones.reads("owner", "terjadwal")
    phones.forward("morning")
    phones.log("customer").locator(".is-offer").wait_for()
    phones.say("customer", "KENAPA")
    phones.reads("customer", "PRIVASI", "STOP")
    phones.say("customer", "STOP")
    phones.reads("customer", "MULAI")
    phones.page.locator("#customer button.who").click()
    phones.page.keyboard.type("Sari")
    phones.page.get_by_role("button", name=re.compile("^Sari.*berhenti")).wait_for()


def test_it_is_light_accessible_and_fits_a_phone(house: House, browse: Callable[..., Watched]) -> None:
    seen = browse(size=PHONE)
    phones = Phones(house, seen)
    seen.require_light()
    seen.require_no_sideways()
    assert not phones.page.locator("#owner").is_visible()
    phones.page.get_by_role("button", name="Pemilik", exact=True).click()
    assert phones.page.locator("#owner textarea").is_visible()
    seen.keep_pictures("simulator")
    seen.require_accessible()


def test_it_is_as_legible_in_the_dark_and_in_english(house: House, browse: Callable[..., Watched]) -> None:
    seen = browse(color_scheme="dark", size=DESKTOP)
    phones = Phones(house, seen, "en")
    phones.say("owner", "/paket")
    phones.log("owner").locator(".picture img").last.wait_for()
    assert phones.page.get_by_role("button", name="Next morning", exact=True).is_visible()
    seen.keep_pictures("simulator-dark")
    seen.require_accessible()


def test_the_keyboard_alone_writes_chooses_and_answers(house: House, browse: Callable[..., Watched]) -> None:
    page = Phones(house, browse()).page
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.type("Wati")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.matches('#customer button.who')")
    page.locator("#owner textarea").focus()
    page.keyboard.type("/har")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.locator("#owner article.mine", has_text="/hari_ini").wait_for()
    assert page.evaluate("document.activeElement.matches('#owner textarea')")


def test_what_people_write_is_text_whatever_it_looks_like(own_house: House, browse: Callable[..., Watched]) -> None:
    phones = Phones(own_house, browse())
    phones.become(HOSTILE)
    phones.say("customer", HOSTILE)
    mine = phones.page.locator("#customer article.mine .text").last
    assert mine.inner_text() == HOSTILE
    question = phones.page.locator("#owner article.theirs", has_text="*tebal*").last
    question.wait_for()
    assert phones.page.locator(".log b, .log img[src=x], .log a[href^=javascript]").count() == 0


def test_a_file_of_past_orders_is_dropped_into_the_owners_chat(
    own_house: House, browse: Callable[..., Watched]
) -> None:
    phones = Phones(own_house, browse())
    rows = f'customer,date,order,product,quantity,price\nUji Coba,2026-10-01,ord-x1,"{HOSTILE}",1,10000\n'
    phones.page.set_input_files(
        "#owner input[type=file]", {"name": "riwayat.csv", "mimeType": "text/csv", "buffer": rows.encode()}
    )
    phones.page.locator("#owner article.mine .papers", has_text="riwayat.csv").wait_for()
    phones.reads("owner", "riwayat.csv")


def test_the_line_comes_back_by_itself(house: House, browse: Callable[..., Watched]) -> None:
    seen = browse()
    lines: list[Callable[[], None]] = []

    def through(line: object) -> None:
        line.connect_to_server()  # type: ignore[attr-defined]
        lines.append(line.close)  # type: ignore[attr-defined]

    seen.page.route_web_socket(re.compile("/simulator/line$"), through)
    phones = Phones(house, seen)
    lines[0]()
    phones.page.locator("#notice.is-shown", has_text="Tersambung lagi").wait_for()
    phones.say("owner", "/bantuan")
    phones.reads("owner", "/bantuan")
