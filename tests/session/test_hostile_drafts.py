"""Drafts, policies and files of any kind, as somebody else may have changed them on the way."""

from pathlib import Path

import msgspec
import pytest
from room_material import SHOP_TABLES, dataset

from cleanroom.errors import CleanroomError
from cleanroom.session import drafts, recognise
from cleanroom.trust import agreement as agreements
from cleanroom.trust import drafting
from cleanroom.trust.identity import Identity
from cleanroom.trust.instants import instant
from cleanroom.trust.templates import load

MADE = "2026-01-05T08:00:00Z"
BRAND = dataset("brand", SHOP_TABLES["brand"])


@pytest.fixture
def draft() -> agreements.Agreement:
    """Begun by the platform."""
    cards = {name: Identity.create(f"{name} Ltd", MADE).card() for name in ("platform", "brand")}
    own = dataset("platform", SHOP_TABLES["platform"])
    return drafting.draft(load("platform-hosts"), cards, own, now=instant(MADE))


def contributed(draft: agreements.Agreement, policy: bytes | None = None) -> str:
    """The state after the brand's contribution, or the code of the refusal."""
    file = agreements.wrap(draft).envelope.to_bytes()
    try:
        return drafts.contribute(file, msgspec.json.encode(BRAND), policy)[1]
    except CleanroomError as error:
        return error.code


def test_a_draft_to_which_nobody_brought_anything(draft: agreements.Agreement) -> None:
    """Whose mode would it have? Whoever drafts brings its own part."""
    assert contributed(draft) == "proposed"
    empty = msgspec.structs.replace(draft, datasets=(), policies={})
    assert contributed(empty) == "trust.agreement_rule"


@pytest.mark.parametrize("policy", [b"k = " + b"9" * 5_000, b"k" + b".k" * 50_000 + b" = 1"])
def test_wishes_that_are_no_toml_of_ours(draft: agreements.Agreement, policy: bytes) -> None:
    assert contributed(draft, policy) == "input.policy"


@pytest.mark.parametrize("text", [b"a = " + b"9" * 5_000, b"a" + b".a" * 50_000 + b" = 1"])
def test_files_of_no_kind(tmp_path: Path, text: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(text)
    with pytest.raises(CleanroomError) as caught:
        recognise.recognise(path, "en")
    assert caught.value.code == "input.unknown_file"
