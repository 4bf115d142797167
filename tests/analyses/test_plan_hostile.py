"""Plans that were passed on by somebody else: numbers and nesting that no plan has."""

import pytest

from cleanroom.analyses.plan import load
from cleanroom.errors import InputError

LINE = b'[[analysis]]\nid = "A01"\n'


@pytest.mark.parametrize(
    "content",
    [
        LINE + b"x = " + b"9" * 5_000,
        LINE + b"x = 0x" + b"f" * 5_000,
        LINE + b"x = " + b"[" * 20_000,
        LINE + b"x" + b".x" * 50_000 + b" = 1",
        b"[" + b"a." * 50_000 + b"a]",
    ],
    ids=["digits", "hex", "lists", "key", "header"],
)
def test_what_no_plan_says_is_no_plan(content: bytes) -> None:
    with pytest.raises(InputError) as caught:
        load(content)
    assert caught.value.code == "input.plan"
