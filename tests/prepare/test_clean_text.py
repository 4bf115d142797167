"""Cleaning, against the published steps written out with the standard library."""

import hashlib
import unicodedata

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare.normalise import (
    MISSING_WORDS,
    as_text,
    clean,
    is_missing,
    missing_words,
    replace_rows,
)

# Unicode White_Space and the assigned Default_Ignorable_Code_Points that are not Cf.
SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    chr(code) for code in range(0x2000, 0x200B)
)
IGNORABLE = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0}
IGNORABLE |= set(range(0xFE00, 0xFE10)) | set(range(0xE0100, 0xE01F0))
FRONTS = ("'", "‘", "’", '"', "“", "”", '="', "=“", "=”")


def by_the_book(text: str) -> str:
    """The three steps of the module, one character at a time."""
    seen = [c for c in text if unicodedata.category(c) != "Cf" and ord(c) not in IGNORABLE]
    text = unicodedata.normalize("NFKC", "".join(seen))
    while True:
        front = next((f for f in FRONTS if text.startswith(f)), "")
        if text[:7].lower() == "mailto:":
            front = "mailto:"
        if text and text[0] in SPACE:
            front = text[0]
        if not front:
            return text.rstrip(SPACE + '"“”')
        text = text.removeprefix(front) if front != "mailto:" else text[7:]


# Letters newer than the interpreter's Unicode would compare two versions, not two codes.
ASSIGNED = st.characters(exclude_categories=("Cs", "Cn", "Co"))
HARD = st.sampled_from(
    [*SPACE, *FRONTS, "mailto:", "MAILTO:", "=", "\u200b", "\ufeff", "\u202e", "\u2066", "\u00ad"]
)
TEXT = st.lists(st.one_of(ASSIGNED, HARD), max_size=12).map("".join)


@given(st.lists(TEXT, max_size=20))
def test_cleaning_is_what_its_steps_say(texts: list[str]) -> None:
    cleaned = clean(pl.Series(texts, dtype=pl.String))
    assert cleaned.to_list() == [by_the_book(text) for text in texts]


@pytest.mark.parametrize("code", [0xFFF9, 0x600, 0x34F, 0x115F, 0x3164, 0xFFA0, 0xFE0F, 0xE0100])
def test_unseen_characters_of_either_property_alone(code: int) -> None:
    """Category Cf without Default_Ignorable, and the other way round."""
    assert clean(pl.Series([f"138{chr(code)}0013"])).to_list() == ["1380013"]


@given(st.lists(TEXT, max_size=20))
def test_cleaning_twice_changes_nothing_more(texts: list[str]) -> None:
    once = clean(pl.Series(texts, dtype=pl.String))
    assert clean(once).equals(once)


@pytest.mark.parametrize(
    ("spelt", "wanted"),
    [
        ("13800\u200b138000", "13800138000"),
        ("\ufeff13800138000", "13800138000"),
        ("\u202a13800138000\u202c", "13800138000"),
        ("\u206613800138000\u2069\u200f", "13800138000"),
        ("'13800138000", "13800138000"),
        ("＇１３８００１３８０００", "13800138000"),
        ('="13800138000"', "13800138000"),
        ("\u300013800138000\u00a0\t", "13800138000"),
        ("MailTo:A@b.cn", "A@b.cn"),
        (" ' mailto: a@b.cn", "a@b.cn"),
        ("a b", "a b"),
        ("\u200b", ""),
        (None, None),
    ],
)
def test_known_spellings(spelt: str | None, wanted: str | None) -> None:
    assert clean(pl.Series([spelt], dtype=pl.String)).to_list() == [wanted]


@pytest.mark.parametrize(
    "word", ["", " ", "NULL", "n/A", "-", "无", "　无\u200b", "'NaN", "ｎａ", "—"]
)
def test_missing_words_in_any_dress(word: str) -> None:
    assert is_missing(clean(pl.Series([word]))).to_list() == [True]


def test_every_default_word_is_found_as_written_and_in_upper_case() -> None:
    words = pl.Series([*MISSING_WORDS, *(word.upper() for word in MISSING_WORDS)])
    assert is_missing(clean(words)).all()


def test_words_are_the_columns_own() -> None:
    values = pl.Series(["NULL", "TBD", "", None])
    assert is_missing(values, ["tbd"]).to_list() == [False, True, True, True]
    assert missing_words(["TBD"]) == ("", "tbd")


@pytest.mark.parametrize("text", ["", "NULL", "无", "null", "-"])
def test_a_digest_of_nothing_is_missing_in_any_case(text: str) -> None:
    sha256 = hashlib.sha256(text.encode())
    md5 = hashlib.md5(text.encode())
    spelt = [
        sha256.hexdigest(),
        sha256.hexdigest().upper(),
        md5.hexdigest(),
        md5.hexdigest().title(),
    ]
    spelt.append(pl.Series([sha256.digest()]).bin.encode("base64").item())
    assert is_missing(clean(pl.Series(spelt))).all()
    assert not is_missing(pl.Series([hashlib.sha256(b"13800138000").hexdigest()])).any()


def test_numbers_and_categories_become_text_and_dates_are_refused() -> None:
    assert as_text(pl.Series([13800138000, None])).to_list() == ["13800138000", None]
    assert as_text(pl.Series(["a", "b"], dtype=pl.Categorical)).to_list() == ["a", "b"]
    with pytest.raises(InputError) as caught:
        as_text(pl.Series("when", [0]).cast(pl.Date))
    assert caught.value.code == "input.identifier_type"
    assert "when" in caught.value.message("en")
    assert "when" in caught.value.message("zh_CN")


@given(st.lists(st.tuples(st.text(max_size=3), st.booleans()), max_size=30))
def test_replacing_rows(rows: list[tuple[str, bool]]) -> None:
    values = pl.Series("v", [text for text, _ in rows], dtype=pl.String)
    chosen = pl.Series([pick for _, pick in rows], dtype=pl.Boolean).arg_true()
    new = pl.Series([f"new{i}" for i in range(len(chosen))], dtype=pl.String)
    numbers = iter(new.to_list())
    wanted = [next(numbers) if pick else text for text, pick in rows]
    result = replace_rows(values, chosen, new)
    assert result.to_list() == wanted
    assert result.name == "v"
