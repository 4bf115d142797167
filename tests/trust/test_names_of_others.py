"""Names that could deceive whoever reads them are refused at the door."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError, TrustError
from cleanroom.trust import names

DECEIVING = {
    "empty": "",
    "space around": " Brand",
    "long": "a" * 65,
    "right to left override": "Brand\u202egnp.",
    "isolate": "Brand\u2066x\u2069",
    "mark": "Brand\u200f",
    "zero-width space": "Bra\u200bnd",
    "zero-width joiner": "Bra\u200dnd",
    "byte order mark": "\ufeffBrand",
    "soft hyphen": "Bra\u00adnd",
    "grapheme joiner": "Bra\u034fnd",
    "Hangul filler": "Brand\u3164",
    "half-width filler": "Brand\uffa0",
    "blank Braille": "Brand\u2800",
    "variation selector": "Brand\ufe0f",
    "tag letters": "Brand\U000e0041",
    "no-break space": "Brand\u00a0A",
    "wide space": "品牌\u3000方",
    "line break": "Brand\nA",
    "tab": "Brand\tA",
    "line separator": "Brand\u2028A",
    "escape": "Brand\x1b[31m",
    "delete": "Brand\x7f",
    "private": "Brand\ue000",
    "not assigned": "Brand\u0378",
    "surrogate": "Brand\ud800",
    "not NFC": "Cafe\u0301",
    "accent first": "\u0301Brand",
}
HONEST = [
    "Brand",
    "品牌方",
    "微光社交(北京)有限公司",
    "Café",
    "18-24",
    "<18",
    "A & B, Ltd.",
    "ß",
    "a" * 64,
    "ヴ",
]


@pytest.mark.parametrize("name", DECEIVING)
def test_a_deceiving_label_is_refused(name: str) -> None:
    assert not names.is_label(DECEIVING[name])
    with pytest.raises(InputError, match=r"input\.label"):
        names.check_label(DECEIVING[name])


@pytest.mark.parametrize("text", HONEST)
def test_an_honest_label_is_kept(text: str) -> None:
    assert names.check_label(text) == text


@given(st.text(max_size=70))
def test_what_passes_has_the_properties(text: str) -> None:
    if names.is_label(text):
        assert 1 <= len(text) <= 64
        assert unicodedata.normalize("NFC", text) == text
        assert not {unicodedata.category(c) for c in text} & {"Cc", "Cf", "Cs", "Co", "Cn"}
        assert not any(unicodedata.bidirectional(c) in {"RLO", "LRO", "RLI", "BN"} for c in text)
        assert {c for c in text if unicodedata.category(c).startswith("Z")} <= {" "}
    else:
        with pytest.raises(InputError):
            names.check_label(text)


@pytest.mark.parametrize("text", ["platform", "brand-2", "平台方", "a_age_band", "Brand"])
def test_a_name_can_be_part_of_a_reference(text: str) -> None:
    assert names.is_name(text)


@pytest.mark.parametrize(
    "text", ["a.b", "a+b", "a=b", "a/b", "..", "-a", "_a", "1a", "a b", "a'", 'a"', "a;", ""]
)
def test_what_is_no_name(text: str) -> None:
    assert not names.is_name(text)


@pytest.mark.parametrize("text", ["", "../x", "a/b", ".hidden", "-x", "a" * 65, "a b", "é", "a\n"])
def test_what_is_no_token(text: str) -> None:
    assert not names.is_token(text)
    assert names.is_token("0aZ_-")


@pytest.mark.parametrize("place", [{"a": "x\u202e"}, {"\u202e": 1}, [["ok", "\x1b"]], "\u200b"])
def test_a_document_is_searched_through(place: object) -> None:
    names.check_document({"a": ["ok", {"b": "c"}], "n": 1, "none": None}, "grant")
    with pytest.raises(TrustError, match=r"trust\.malformed"):
        names.check_document({"outer": place}, "grant")


def test_sentences_are_longer_labels() -> None:
    assert names.is_sentence("")
    assert names.is_sentence("a" * 400)
    assert not names.is_sentence("a" * 401)
    assert not names.is_sentence("a\nb")
