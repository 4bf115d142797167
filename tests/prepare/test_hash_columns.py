"""Columns of hashed identifiers, against hashlib and base64 of the standard library."""

import base64
import hashlib

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.prepare.hashkind import HashProfile, classify_hashed, profile
from cleanroom.prepare.normalise import Status

DIGEST = {"sha256": hashlib.sha256, "md5": hashlib.md5}
SPELLINGS = (
    lambda raw: raw.hex(),
    lambda raw: raw.hex().upper(),
    lambda raw: raw.hex().title(),
    lambda raw: f"  '{raw.hex()}\u200b",
    lambda raw: raw.hex().translate({code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}),
    lambda raw: base64.b64encode(raw).decode(),
    lambda raw: base64.b64encode(raw).decode().rstrip("="),
    lambda raw: base64.urlsafe_b64encode(raw).decode(),
    lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("=") + "\u00a0",
)


@pytest.mark.parametrize("digest", ["sha256", "md5"])
@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=10))
def test_every_spelling_becomes_lower_case_hex(digest: str, texts: list[bytes]) -> None:
    raw = [DIGEST[digest](b"person " + text).digest() for text in texts]
    for spell in SPELLINGS:
        outcome = classify_hashed(pl.Series("h", [spell(one) for one in raw]), digest)
        assert outcome.normalised.to_list() == [one.hex() for one in raw]
        assert outcome.count(Status.VALID) == len(raw)
        assert outcome.normalised.name == "h"


@pytest.mark.parametrize("digest", ["sha256", "md5"])
@pytest.mark.parametrize("nothing", ["", "NULL", "无", "00000000-0000-0000-0000-000000000000"])
def test_digests_of_nothing_are_told_apart_from_missing(digest: str, nothing: str) -> None:
    raw = DIGEST[digest](nothing.encode()).digest()
    for spell in SPELLINGS:
        outcome = classify_hashed(pl.Series([spell(raw), "N/A", None, ""]), digest)
        assert outcome.normalised.null_count() == 4
        gone = int(Status.MISSING)
        assert outcome.status.to_list() == [int(Status.BLANK_HASH), gone, gone, gone]


@pytest.mark.parametrize("digest", ["sha256", "md5"])
def test_what_is_not_this_digest_is_malformed(digest: str) -> None:
    whole = DIGEST[digest](b"x").hexdigest()
    other = DIGEST["md5" if digest == "sha256" else "sha256"](b"x").hexdigest()
    raw = base64.b64encode(bytes.fromhex(whole)).decode()
    stray = raw.rstrip("=")[:-1] + "B"  # bits behind the last byte must be zero
    # As long as Base64 and well-formed as such, but plainly a cut hex digest.
    cut_to_base64_length = whole[: len(raw.rstrip("=")) - 1].upper() + "A"
    values = [whole[:-1], whole + "0", "g" + whole[1:], other, hashlib.sha1(b"x").hexdigest()]
    values += [stray, cut_to_base64_length, "13800138000", f"{whole} {whole}", whole[:16]]
    outcome = classify_hashed(pl.Series(values), digest)
    assert outcome.status.to_list() == [int(Status.MALFORMED)] * len(values)
    assert outcome.normalised.null_count() == len(values)


def test_sha256_of_md5_of_nothing_is_blank() -> None:
    text = hashlib.sha256(hashlib.md5(b"").hexdigest().encode()).hexdigest().upper()
    assert classify_hashed(pl.Series([text]), "sha256").status.to_list() == [Status.BLANK_HASH]


def test_the_columns_own_missing_words_may_be_digests() -> None:
    placeholder = hashlib.sha256(b"placeholder").hexdigest()
    outcome = classify_hashed(
        pl.Series([placeholder.upper(), "TBD", "null"]), "sha256", missing=[placeholder, "tbd"]
    )
    assert outcome.status.to_list() == [Status.MISSING, Status.MISSING, Status.MALFORMED]


def test_profile_counts_each_form_once() -> None:
    sha256, md5 = hashlib.sha256(b"p"), hashlib.md5(b"p")
    sha256_hex, md5_hex = sha256.hexdigest(), md5.hexdigest()
    sha256_forms = [
        sha256_hex,
        sha256_hex,
        sha256_hex.upper(),
        sha256_hex[:32] + sha256_hex[32:].upper(),
    ]
    sha256_forms.append(base64.b64encode(sha256.digest()).decode())
    md5_forms = [md5_hex.upper(), base64.urlsafe_b64encode(md5.digest()).decode()]
    strange = [hashlib.sha1(b"p").hexdigest(), md5_hex[:16], "13800138000x"]
    gone = ["NULL", None, hashlib.md5(b"").hexdigest()]
    column = pl.Series([*sha256_forms, *md5_forms, *strange, *gone])
    found = profile(column)
    assert found == HashProfile(
        rows=13,
        missing=2,
        blank_hash=1,
        sha256_hex=4,
        md5_hex=1,
        sha256_base64=1,
        md5_base64=1,
        wrong_length=2,
        other=1,
        lower=2,
        upper=2,
        mixed=1,
    )
    assert found.digest is None  # 5 of 10 present values are not most of them
    assert profile(column[:5]).digest == "sha256"
    assert profile(column[5:7]).digest == "md5"
    assert profile(column[10:]).digest is None


FORMS = st.binary(min_size=1, max_size=8).flatmap(
    lambda text: st.sampled_from(
        [spell(make(text).digest()) for spell in SPELLINGS for make in DIGEST.values()]
        + ["NULL", "", "abc", "zz", "13800138000"]
    )
)


@given(st.lists(FORMS | st.none() | st.text(max_size=50), max_size=20), st.integers(0, 20))
def test_profiles_add_up_and_cover_every_row(texts: list[str | None], cut: int) -> None:
    column = pl.Series(texts, dtype=pl.String)
    whole = profile(column)
    assert profile(column[:cut]) + profile(column[cut:]) == whole
    parts = whole.missing + whole.blank_hash + whole.sha256_hex + whole.md5_hex
    parts += whole.sha256_base64 + whole.md5_base64 + whole.wrong_length + whole.other
    assert parts == whole.rows == len(texts)
    for digest in ("sha256", "md5"):
        outcome = classify_hashed(column, digest)
        counted = getattr(whole, f"{digest}_hex") + getattr(whole, f"{digest}_base64")
        assert outcome.count(Status.VALID) == counted
        assert outcome.count(Status.MISSING) == whole.missing
