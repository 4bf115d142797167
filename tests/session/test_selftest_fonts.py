"""Fonts in the self-test: what is chosen, and what is said when a script cannot be drawn."""

from pathlib import Path

import pytest
from selftest_material import by_name

from cleanroom import text
from cleanroom.report import fonts as report_fonts
from cleanroom.report.fonts import Chosen
from cleanroom.session.selftest import fonts

LETTERS = frozenset(range(0x20, 0x180))
HAN = frozenset(range(0x4E00, 0xA000))
NONE = frozenset[int]()


def test_fonts_are_those_of_the_typesetter() -> None:
    found = by_name(fonts.checks_of(Chosen(("Arial", "SimHei", "Last"), LETTERS | HAN, True)))
    assert {name: check.facts["font"] for name, check in found.items()} == {
        "latin": "Arial",
        "chinese": "SimHei",
    }
    assert not any(check.to_do() for check in found.values())


def test_letters_that_come_with_the_typesetter() -> None:
    found = by_name(fonts.checks_of(Chosen(("SimHei", "Last"), LETTERS | HAN, True)))
    assert (found["latin"].status, found["latin"].facts["font"]) == ("ok", "Last")


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_without_chinese_it_warns_and_says_what_to_install(language: str) -> None:
    found = by_name(fonts.checks_of(Chosen(("Arial", "Last"), LETTERS, False)))
    assert {name: str(check.status) for name, check in found.items()} == {
        "latin": "ok",
        "chinese": "warning",
    }
    assert found["chinese"].sentence(language)
    assert "fonts-noto-cjk" in found["chinese"].to_do(language)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_without_letters_it_fails(language: str) -> None:
    found = by_name(fonts.checks_of(Chosen(("SimHei", "Last"), HAN, True)))
    assert found["latin"].status == "failed"
    assert found["latin"].sentence(language)
    assert "fonts-dejavu-core" in found["latin"].to_do(language)


def test_the_folders_of_this_computer_are_searched(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where nothing is installed there is no Chinese, whatever else is found."""
    here = by_name(fonts.trial())
    assert here["latin"].status == "ok"
    monkeypatch.setattr(report_fonts, "folders", lambda: [tmp_path])
    assert by_name(fonts.trial())["chinese"].status == "warning"
