"""Our own check of Twilio's signatures says what the library's says, of whatever is posted."""

from __future__ import annotations

from urllib.parse import urlparse

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator, add_port  # type: ignore[import-untyped]

from bot.web.signing import Signatures

TOKEN = "an invented token"
SHOPS = ("https://toko.example", "https://toko.example:8443", "http://toko.example:80/shop", "https://TOKO.example")
QUERIES = ("", "?of=answer", "?of=words", "?", "?a=1&b=&a=2", "?x=%E2%98%95+%20", "?a#b", "?a#", "?bodySHA256=00")
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
FIELDS = st.lists(st.tuples(st.sampled_from(["Body", "MessageSid", "Z", "a", "a b", ""]) | TEXT, TEXT), max_size=8)


def signed(url: str, fields: list[tuple[str, str]]) -> str:
    made: str = RequestValidator(TOKEN).compute_signature(url, ImmutableMultiDict(fields))
    return made


@given(st.sampled_from(SHOPS), st.sampled_from(QUERIES), FIELDS, FIELDS, st.booleans(), TEXT)
def test_what_the_library_says_of_a_signature_we_say(
    shop: str, query: str, posted: list[tuple[str, str]], signed_for: list[tuple[str, str]], is_same: bool, other: str
) -> None:
    url = f"{shop}/webhooks/whatsapp{query}"
    fields = signed_for if is_same else posted
    for signature in (signed(url, signed_for), signed(add_port(urlparse(url)), signed_for), other):
        by_library = RequestValidator(TOKEN).validate(url, ImmutableMultiDict(fields), signature)
        assert Signatures(TOKEN).fits(url, fields, signature) is by_library


def test_another_accounts_token_signs_nothing_here() -> None:
    fields = [("MessageSid", "SM1")]
    assert Signatures(TOKEN).fits("https://toko.example/x", fields, signed("https://toko.example/x", fields))
    assert not Signatures("another").fits("https://toko.example/x", fields, signed("https://toko.example/x", fields))


@pytest.mark.parametrize("signature", ["", "é", "\ud800", "=", "0" * 10_000])
def test_what_can_be_no_signature_is_none(signature: str) -> None:
    assert not Signatures(TOKEN).fits("https://toko.example/x", [], signature)
