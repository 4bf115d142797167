"""Phone recipes: libphonenumber as oracle on the same strings, UID2's vectors, properties."""

import json
import re
import unicodedata
from pathlib import Path

import phonenumbers
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare.normalise import Status, clean
from cleanroom.prepare.recipes import classify, get
from cleanroom.prepare.recipes.phone import phone_e164, settled

E164, CN11 = get("phone-e164/1"), get("phone-cn11/1")
MAINLAND = re.compile(r"\+86(1[3-9]\d{9}|(10|2\d)[1-9]\d{7}|[3-9]\d\d[1-9]\d{6,7})", re.ASCII)
FULL_WIDTH = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}


def oracle(text: str, region: str = "CN") -> str | None:
    """What the module promises, from libphonenumber alone, on the string as it was spelt."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), region)
        e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        again = phonenumbers.parse(e164, region)
    except phonenumbers.NumberParseException:
        return None
    if number.country_code == 86:
        return e164 if MAINLAND.fullmatch(e164) else None
    reason = phonenumbers.is_possible_number_with_reason(number)
    possible = reason == phonenumbers.ValidationResult.IS_POSSIBLE
    return e164 if possible and again == number else None


def digits(count: int) -> st.SearchStrategy[str]:
    return st.text("0123456789", min_size=count, max_size=count)


MAINLAND_PREFIXES = (
    "",
    "0",
    "+86",
    "0086",
    "86",
    "860",
    "+860",
    "00860",
    "+8600",
    "17951",
    "12593",
)
OTHER_PREFIXES = (
    "+852",
    "00852",
    "852",
    "+853",
    "00853",
    "+886",
    "00886",
    "+1",
    "001",
    "+44",
    "+65",
)
PREFIX = st.sampled_from([*MAINLAND_PREFIXES, *OTHER_PREFIXES, "+", "00"])
BODY = st.one_of(
    st.tuples(st.sampled_from("3456789"), digits(9)).map(lambda part: "1" + "".join(part)),
    st.tuples(st.sampled_from(["10", "21", "755", "991", "20", "29"]), digits(8)).map("".join),
    st.tuples(st.sampled_from("23456789"), digits(7)).map("".join),
    st.integers(4, 13).flatmap(digits),
)
GAP = st.sampled_from(["", "", "", " ", "-", "  ", ") ", " (", ".", "–", "−", "　"])


@st.composite
def spelt_numbers(draw: st.DrawFn) -> str:
    """Prefix and digits, with separators strewn in and sometimes full width."""
    prefix, body = draw(PREFIX), draw(BODY)
    cut = sorted(draw(st.lists(st.integers(0, len(body)), max_size=3)))
    pieces = [body[a:b] for a, b in zip([0, *cut], [*cut, len(body)], strict=True)]
    gaps = [draw(GAP) for _ in pieces]
    text = prefix + "".join(gap + piece for gap, piece in zip(gaps, pieces, strict=True))
    return text.translate(FULL_WIDTH) if draw(st.booleans()) else text


@given(st.lists(st.tuples(PREFIX, BODY).map("".join), min_size=1, max_size=200))
def test_what_regular_expressions_settle_is_what_libphonenumber_says(numbers: list[str]) -> None:
    for region in ("CN", "US"):
        for number, found in zip(numbers, settled(pl.Series(numbers), region), strict=True):
            if found is not None:
                assert found == oracle(number, region)


@given(st.lists(spelt_numbers(), min_size=1, max_size=50))
def test_every_spelling_is_what_libphonenumber_says(numbers: list[str]) -> None:
    found = E164.normalise(pl.Series(numbers)).to_list()
    assert found == [oracle(number) for number in numbers]


@given(st.lists(spelt_numbers() | st.text(max_size=15), min_size=1, max_size=50))
def test_short_cut_agrees_and_normalising_twice_changes_nothing(numbers: list[str]) -> None:
    values = pl.Series(numbers)
    for recipe in (E164, CN11):
        assert recipe.plain is not None
        short, general = recipe.plain(values), recipe.general(clean(values))
        taken = short.is_not_null()
        assert short.filter(taken).to_list() == general.filter(taken).to_list()
        once = recipe.normalise(values)
        assert recipe.normalise(once).to_list() == once.to_list()


@given(st.tuples(st.sampled_from("3456789"), digits(9)), st.data())
def test_every_spelling_of_a_mobile_is_that_mobile(
    part: tuple[str, str], data: st.DataObject
) -> None:
    mobile = "1" + "".join(part)
    prefix = data.draw(st.sampled_from(["", "+86", "0086", "86", "0", "+860"]))
    gap = data.draw(st.sampled_from(["", " ", "-", "－", "\u200b", "\u00a0", "–"]))
    opened = data.draw(st.sampled_from(["", "'", "(", "\ufeff", "\u202d", "　"]))
    text = f"{opened}{prefix}{gap}{mobile[:3]}{gap}{mobile[3:7]}{gap}{mobile[7:]}"
    text = text + ")" if opened == "(" else text
    assert E164.normalise(pl.Series([text])).to_list() == ["+86" + mobile]
    assert CN11.normalise(pl.Series([text])).to_list() == [mobile]


@pytest.mark.parametrize(
    ("spelt", "e164", "cn11"),
    [
        ("(021) 5441-8802", "+862154418802", None),
        ("（021）54418802", "+862154418802", None),
        ("021-54418802", "+862154418802", None),
        ("86-138-0013-8000", "+8613800138000", "13800138000"),
        ("(+86)13800138000", "+8613800138000", "13800138000"),
        ("13800138000.0", "+8613800138000", "13800138000"),
        ("tel 13800138000", None, None),
        ("+852 5123 4567", "+85251234567", None),
        ("00852-51234567", "+85251234567", None),
        ("（+852）５１２３４５６７", "+85251234567", None),
        ("+44 (0)20 7946 0958", "+442079460958", None),
        ("1380013800", None, None),  # a digit short
        ("138001380001", None, None),  # a digit long
        ("12800138000", None, None),
        ("95588", None, None),
        ("13800138000/13900139000", None, None),
        ("1.38001E+10", None, None),
        ("++8613800138000", None, None),
        ("+2700667160", None, None),  # its E.164 would read as another number
        ("无", None, None),
    ],
)
def test_known_spellings(spelt: str, e164: str | None, cn11: str | None) -> None:
    assert E164.normalise(pl.Series([spelt])).to_list() == [e164]
    assert CN11.normalise(pl.Series([spelt])).to_list() == [cn11]


def test_uid2_vectors_with_their_regions(shared: Path) -> None:
    path = shared / "data/vectors/uid2_docs_normalization.json"
    rows = [r for r in json.loads(path.read_text("utf-8"))["rows"] if r["usable"]]
    phones = [row for row in rows if row["kind"] == "phone"]
    assert len(phones) == 2
    for row in phones:
        recipe = get("phone-e164/1", region=row["region"])
        assert recipe.normalise(pl.Series([row["input"]])).to_list() == [row["normalized"]]


def test_example_numbers_of_every_region_stay_what_they_are() -> None:
    examples = [phonenumbers.example_number(region) for region in phonenumbers.SUPPORTED_REGIONS]
    form = phonenumbers.PhoneNumberFormat.E164
    e164 = [phonenumbers.format_number(number, form) for number in examples if number]
    assert len(e164) > 200
    assert E164.normalise(pl.Series(e164)).to_list() == e164


def test_statuses_of_a_column_of_whole_numbers() -> None:
    outcome = classify(CN11, pl.Series("phone", [13800138000, None, 12]))
    assert outcome.normalised.to_list() == ["13800138000", None, None]
    assert outcome.status.to_list() == [Status.VALID, Status.MISSING, Status.MALFORMED]
    assert outcome.status.dtype == pl.UInt8


def test_a_placeholder_number_can_be_declared_missing() -> None:
    values = pl.Series(["13800138000", "138-0013-8000", "13900139000"])
    outcome = classify(E164, values, missing=["13800138000", "138-0013-8000"])
    assert outcome.status.to_list() == [Status.MISSING, Status.MISSING, Status.VALID]


def test_unknown_region() -> None:
    with pytest.raises(InputError) as caught:
        phone_e164("XX")
    assert caught.value.code == "input.region_unknown"
    assert "XX" in caught.value.message("en")
    assert "XX" in caught.value.message("zh_CN")
