"""E-mail recipes: UID2's published vectors, a reference in plain Python, properties."""

import base64
import hashlib
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.prepare.normalise import Status, clean
from cleanroom.prepare.recipes import classify, get
from cleanroom.prepare.tokens import message

BASIC, UID2 = get("email-basic/1"), get("email-uid2/1")
LOCAL = st.text("abcdefghijkmnopqrstuvwxyzABCXYZ0123456789._+-%&'=é中", min_size=1, max_size=12)
DOMAIN = st.sampled_from(
    [
        "gmail.com",
        "Gmail.COM",
        "example.com",
        "mail.example.org",
        "qq.com",
        "a-b.cn",
        "gmail.com.cn",
        "例子.中国",
        "xn--fsq.xn--fiqs8s",
        "gmail.co",
        "-bad.com",
        "nodot",
        "a..b.com",
        "x.c0m",
        "a_b.cn",
    ]
)
FULL_WIDTH = {code: chr(code + 0xFEE0) for code in range(0x21, 0x7F)}
DRESS = st.sampled_from(
    [
        lambda text: text,
        str.upper,
        lambda text: f"  {text} ",
        lambda text: f"\u3000{text}\u00a0",
        lambda text: text.translate(FULL_WIDTH),
        lambda text: text.replace("@", "\uff20"),
        lambda text: f"mailto:{text}",
        lambda text: f"'{text}",
        lambda text: "\u200b".join(text),
        lambda text: f"\ufeff\u202a{text}\u202c",
        lambda text: text.replace(".", "。"),
    ]
)


def one(recipe_name: str, text: str | None) -> str | None:
    return get(recipe_name).normalise(pl.Series([text], dtype=pl.String)).to_list()[0]


def test_uid2_vectors(shared: Path) -> None:
    path = shared / "data/vectors/uid2_docs_normalization.json"
    rows = [r for r in json.loads(path.read_text("utf-8"))["rows"] if r["usable"]]
    mails = [row for row in rows if row["kind"] == "email"]
    assert len(mails) == 12
    found = UID2.normalise(pl.Series([row["input"] for row in mails]))
    assert found.to_list() == [row["normalized"] for row in mails]
    digests = message(found, "raw", "sha256").to_list()
    assert digests == [row["sha256_hex"] for row in mails]
    based = [base64.b64encode(bytes.fromhex(digest)).decode() for digest in digests]
    assert based == [row["sha256_b64"] for row in mails]


@pytest.mark.parametrize(
    ("spelt", "basic", "uid2"),
    [
        ("A.B+c@Gmail.com", "a.b+c@gmail.com", "ab@gmail.com"),
        ("a.b+c@googlemail.com", "a.b+c@googlemail.com", "a.b+c@googlemail.com"),
        ("a.b+c@x.gmail.com", "a.b+c@x.gmail.com", "a.b+c@x.gmail.com"),
        ("+tag@gmail.com", "+tag@gmail.com", None),
        ("..@gmail.com", "..@gmail.com", None),
        ("mailto:Jane@Example.com", "jane@example.com", "jane@example.com"),
        ("o'hara@example.com", "o'hara@example.com", "o'hara@example.com"),
        ("ΟΔΟΣ@example.com", "οδος@example.com", "οδος@example.com"),  # final sigma
        ("\u0130@example.com", "i\u0307@example.com", "i\u0307@example.com"),  # dotted capital I
        ("J\u030c@example.com", "\u01f0@example.com", "\u01f0@example.com"),  # NFKC after lower
        ("张三@例子。中国", "张三@例子.中国", "张三@例子.中国"),
        ("a@b@c.com", None, None),
        ("a b@c.com", None, None),
        ("a@c", None, None),
        ("a@1.2.3.4", None, None),
        ("<a@b.com>", None, None),
        ("a@b.com;c@d.com", None, None),
        ("a\x00@b.com", None, None),
        ("x" * 249 + "@b.cn", "x" * 249 + "@b.cn", "x" * 249 + "@b.cn"),
        ("x" * 250 + "@b.cn", None, None),
    ],
)
def test_known_addresses(spelt: str, basic: str | None, uid2: str | None) -> None:
    assert one("email-basic/1", spelt) == basic
    assert one("email-uid2/1", spelt) == uid2


@given(st.lists(st.tuples(LOCAL, DOMAIN, DRESS), min_size=1, max_size=10))
def test_dress_does_not_matter(parts: list) -> None:
    undressed = pl.Series([f"{local}@{domain}" for local, domain, _ in parts])
    # Upper-casing is not always undone by lower-casing (sharp s, final sigma); none is drawn here.
    dressed = pl.Series([dress(text) for text, (_, _, dress) in zip(undressed, parts, strict=True)])
    for recipe in (BASIC, UID2):
        plain, other = classify(recipe, undressed), classify(recipe, dressed)
        assert other.normalised.to_list() == plain.normalised.to_list()
        assert other.status.to_list() == plain.status.to_list()


@given(st.lists(st.tuples(LOCAL, DOMAIN).map("@".join) | st.text(max_size=12), max_size=20))
def test_short_cut_and_general_path_agree_and_are_idempotent(texts: list[str]) -> None:
    values = pl.Series(texts, dtype=pl.String)
    for recipe in (BASIC, UID2):
        assert recipe.plain is not None
        short, general = recipe.plain(values), recipe.general(clean(values))
        taken = short.is_not_null()
        assert short.filter(taken).to_list() == general.filter(taken).to_list()
        once = recipe.normalise(values)
        assert recipe.normalise(once).to_list() == once.to_list()


@given(st.from_regex(r"\A[a-z0-9+.]{1,10}@(gmail\.com|example\.com)\Z"))
def test_uid2_against_its_rule_in_python(address: str) -> None:
    local, domain = address.split("@")
    if domain == "gmail.com":
        local = local.split("+")[0].replace(".", "")
    assert one("email-uid2/1", address) == (f"{local}@{domain}" if local else None)


def test_every_letter_once_keeps_idempotence() -> None:
    letters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    once = BASIC.normalise(pl.Series([f"a{letter}b@example.com" for letter in letters]))
    assert once.drop_nulls().len() > 1_000_000
    assert BASIC.normalise(once).equals(once, null_equal=True)


def test_statuses_and_custom_words() -> None:
    values = pl.Series(
        ["a@b.cn", None, "  ", "NULL", "no mail", hashlib.md5(b"").hexdigest(), "Test@test.com"]
    )
    outcome = classify(BASIC, values, missing=["test@TEST.com", "null"])
    valid, gone, bad = (int(s) for s in (Status.VALID, Status.MISSING, Status.MALFORMED))
    assert outcome.status.to_list() == [valid, gone, gone, gone, bad, gone, gone]
    assert outcome.normalised.to_list() == ["a@b.cn", None, None, None, None, None, None]
    assert outcome.count(Status.MISSING) == 5
    assert outcome.rows(Status.MALFORMED).to_list() == [4]
