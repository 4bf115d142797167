"""Errors that a worker of one's own desk reports: their facts are the worker's words."""

import pytest

from cleanroom.errors import InputError, SandboxError, from_code
from cleanroom.text import LANGUAGES


@pytest.mark.parametrize("name", ["code", "self", "facts", "0", "", "what.more"])
def test_facts_of_any_name(name: str) -> None:
    """A worker that was taken over must not bring down whoever listens to it."""
    error = from_code("input.no_file", **{name: "x", "file": "a.csv"})
    assert isinstance(error, InputError)
    assert error.facts[name] == "x"
    for language in LANGUAGES:
        assert "a.csv" in error.message(language)


@pytest.mark.parametrize("code", ["", "input", "input.", "input.nothing", "x.y", "errors.input"])
def test_codes_that_nobody_knows(code: str) -> None:
    error = from_code(code, code="x")
    assert isinstance(error, SandboxError)
    assert error.code == "sandbox.failed"
