"""Device and account recipes, and what all recipes have in common."""

import uuid

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare.normalise import Status, clean
from cleanroom.prepare.recipes import RECIPES, classify, get

DIGITS = st.text("0123456789", min_size=14, max_size=14)


def one(name: str, text: str | None) -> tuple[str | None, Status]:
    outcome = classify(get(name), pl.Series([text], dtype=pl.String))
    return outcome.normalised.to_list()[0], Status(outcome.status.item())


def luhn(body: str) -> str:
    """The check digit of 14 digits, 3GPP TS 23.003 annex B.2, on decimal digits."""
    total = 0
    for place, digit in enumerate(body):
        doubled = int(digit) * (1 + place % 2)
        total += doubled // 10 + doubled % 10
    return str(-total % 10)


@given(DIGITS, st.integers(1, 9))
def test_imei_check_digit(body: str, off: int) -> None:
    right = luhn(body)
    wrong = str((int(right) + off) % 10)
    assert one("imei/1", body + wrong) == (None, Status.MALFORMED)
    status = Status.MISSING if int(body) == 0 else Status.VALID
    wanted = body + right if status == Status.VALID else None
    spelt = f"{body[:2]}-{body[2:8]} {body[8:]}/{right}"
    assert one("imei/1", body + right) == one("imei/1", spelt) == (wanted, status)


def test_imei_published_example() -> None:
    assert one("imei/1", "49-015420-323751-8")[0] == "490154203237518"
    assert one("imei/1", "490154203237518.0")[0] == "490154203237518"
    assert one("imei/1", "4901542032375180")[1] == Status.MALFORMED


@given(st.uuids())
def test_uuid_spellings(value: uuid.UUID) -> None:
    text = str(value)
    spellings = [text, text.upper(), value.hex, value.hex.upper(), f"{{{text}}}", f" {text}\u200b "]
    spellings.append(text.translate({code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}))
    gone = value.int == 0
    idfa = get("idfa/1").normalise(pl.Series(spellings)).unique().to_list()
    device = get("device-id/1").normalise(pl.Series(spellings)).unique().to_list()
    assert idfa == [None if gone else text.upper()]
    assert device == [None if gone else value.hex]


@pytest.mark.parametrize("name", ["idfa/1", "device-id/1", "oaid/1", "imei/1"])
def test_all_zeros_are_missing(name: str) -> None:
    zeros = "0" * 15 if name == "imei/1" else "00000000-0000-0000-0000-000000000000"
    assert one(name, zeros) == (None, Status.MISSING)
    assert one(name, f"' {zeros}") == (None, Status.MISSING)


@pytest.mark.parametrize("name", ["idfa/1", "device-id/1", "oaid/1"])
def test_a_blank_digest_is_no_device(name: str) -> None:
    assert one(name, "D41D8CD98F00B204E9800998ECF8427E") == (None, Status.MISSING)


@pytest.mark.parametrize(
    ("name", "spelt", "wanted"),
    [
        ("device-id/1", "9774D56D682E549C", "9774d56d682e549c"),
        ("device-id/1", "9774d56d682e549g", None),
        ("device-id/1", "abc", None),
        ("device-id/1", "{9774d56d682e549c", None),
        ("idfa/1", "AEBE52E7-03EE-455A-B3C4", None),
        ("oaid/1", "1FE9A970-efbb-29e0-0bdd-f5dbbf751ab5", "1fe9a970-efbb-29e0-0bdd-f5dbbf751ab5"),
        ("oaid/1", "a" * 64, "a" * 64),
        ("oaid/1", "a" * 65, None),
        ("oaid/1", "a" * 15, None),
        ("wechat-unionid/1", " o6_bmasdasdsad6_2sgVt7hMZOPfL", "o6_bmasdasdsad6_2sgVt7hMZOPfL"),
        ("wechat-unionid/1", "O6_bmasdasdsad6_2sgVt7hMZOPf", None),
        ("wechat-unionid/1", "d41d8cd98f00b204e9800998ecf8427f", None),
        ("customer-id/1", "  ＶＩＰ\u3000００1 ", "VIP 001"),
        ("customer-id/1", "Ab-1", "Ab-1"),
        ("customer-id/1", "a\x07b", None),
        ("customer-id/1", "a\nb", None),
        ("customer-id/1", "x" * 129, None),
    ],
)
def test_known_values(name: str, spelt: str, wanted: str | None) -> None:
    status = Status.VALID if wanted else Status.MALFORMED
    assert one(name, spelt) == (wanted, status)


ANY = st.text(max_size=40) | st.text("0123456789abcdefABCDEF-{} ", max_size=66)


@given(st.lists(ANY | st.none(), max_size=20))
def test_all_recipes_are_idempotent_and_their_statuses_fit(texts: list[str | None]) -> None:
    values = pl.Series("id", texts, dtype=pl.String)
    for recipe in RECIPES.values():
        outcome = classify(recipe, values)
        valid = outcome.status == int(Status.VALID)
        assert outcome.normalised.name == "id"
        assert len(outcome.status) == len(outcome.normalised) == len(texts)
        assert outcome.status.null_count() == 0
        assert valid.to_list() == outcome.normalised.is_not_null().to_list()
        again = classify(recipe, outcome.normalised.filter(valid))
        assert again.normalised.to_list() == outcome.normalised.filter(valid).to_list()


@given(st.lists(ANY, max_size=20))
def test_short_cuts_agree_with_the_general_path(texts: list[str]) -> None:
    values = pl.Series(texts, dtype=pl.String)
    for recipe in RECIPES.values():
        if recipe.plain is not None:
            short, general = recipe.plain(values), recipe.general(clean(values))
            taken = short.is_not_null()
            assert short.filter(taken).to_list() == general.filter(taken).to_list()


def test_names_are_versioned_and_kinds_are_known() -> None:
    assert {name: recipe.kind for name, recipe in RECIPES.items()} == {
        "phone-cn11/1": "phone",
        "phone-e164/1": "phone",
        "email-basic/1": "email",
        "email-uid2/1": "email",
        "imei/1": "imei",
        "oaid/1": "oaid",
        "idfa/1": "idfa",
        "device-id/1": "device",
        "wechat-unionid/1": "unionid",
        "customer-id/1": "customer",
    }
    assert all(get(name).name == name for name in RECIPES)


def test_an_unknown_recipe_is_named_with_the_known_ones() -> None:
    with pytest.raises(InputError) as caught:
        get("phone-e164/2")
    assert caught.value.code == "input.recipe_unknown"
    for language in ("en", "zh_CN"):
        assert "phone-e164/2" in caught.value.message(language)
        assert "customer-id/1" in caught.value.message(language)
