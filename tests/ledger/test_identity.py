"""One spelling for an address, a keyed hash to find it by, a mask to show it with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from ledger.database import SECRET
from ledger.identity import BadAddress, fingerprint, mask, normalise, phone


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        ("0812-0000-0001", "+6281200000001"),
        ("+62 812 0000 0001", "+6281200000001"),
        ("6281200000001", "+6281200000001"),
        ("(021) 555-0100", "+62215550100"),
        ("+1 202 555 0100", "+12025550100"),
        ("+49 30 23125 000", "+493023125000"),
        ("\uff10\uff18\uff11\uff12\u2010 0000 0001", "+6281200000001"),  # full-width digits, a typographic hyphen
        ("******32", None),
        ("0812****0001", None),
        ("", None),
        ("halo", None),
        ("12", None),
    ],
)
def test_a_phone_number_has_one_spelling(raw: str, number: str | None) -> None:
    assert phone(raw, "ID") == number


def test_twilios_prefix_is_no_part_of_the_number() -> None:
    assert normalise("whatsapp", "whatsapp:+6281200000001", "ID") == "+6281200000001"


@pytest.mark.parametrize(("channel", "raw"), [("whatsapp", "sari"), ("telegram", "  "), ("simulator", "x" * 191)])
def test_what_cannot_be_an_address_is_refused_without_being_repeated(channel: str, raw: str) -> None:
    with pytest.raises(BadAddress) as fault:
        normalise(channel, raw, "ID")
    assert raw.strip() == "" or raw not in str(fault.value)


def test_signs_nobody_sees_are_no_part_of_an_address() -> None:
    assert normalise("simulator", " sa\u200bri\n", "ID") == "sari"


def test_the_fingerprint_depends_on_the_key_the_scope_and_the_value() -> None:
    def made(secret: bytes, scope: str, value: str) -> str:
        return fingerprint(Session(info={SECRET: secret}), scope, value)

    marks = {made(key, scope, value) for key in (b"a", b"b") for scope in ("whatsapp", "telegram") for value in "xy"}
    assert len(marks) == 8
    assert made(b"a", "whatsapp", "x") == made(b"a", "whatsapp", "x")


@given(st.text(st.characters(categories=["Nd", "L"]), min_size=5, max_size=30))
def test_a_mask_hides_at_least_half_of_a_long_address(address: str) -> None:
    shown = mask(address).replace("•", "")
    assert address not in mask(address)
    assert len(shown) <= max(3, 5, len(address) // 2)


def test_one_recognises_ones_own_number() -> None:
    assert mask("+6281200000001") == "+62•••0001"
    assert mask("sari") == "••••"
