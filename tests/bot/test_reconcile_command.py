"""What became of offers of which nothing more was heard, on the command line."""

from tests.bot.test_cli import Shell
from tests.bot.test_prompts import opened, shop  # noqa: F401 - fixtures


def test_where_no_provider_can_be_asked_that_is_said_in_figures(shop: Shell) -> None:  # noqa: F811
    nothing = {"open": 0, "learned": 0, "unknown": 0, "found": 0, "unanswered": 0}
    assert shop.json("reconcile") == nothing
    said = shop.run("reconcile").stdout
    assert "0 penawaran terkirim tanpa kabar lanjutan ditanyakan" in said
    assert "0 belum bisa ditanyakan" in said
