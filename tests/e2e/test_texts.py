"""The sentences that commands print exist, and name only commands and options that exist."""

import re
from string import Formatter
from typing import Any

import pytest
import typer

from cleanroom import text
from cleanroom.cli.app import app
from cleanroom.session import demo, recognise

NAMED = re.compile(r"cleanroom ((?:[a-z][a-z-]*)(?: [a-z][a-z-]*)?)")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")


def shown(language: str) -> dict[str, str]:
    """Every sentence that is not of an analysis or a report's page."""
    kept = ("errors.", "files.", "demo.", "doctor.", "selftest.")
    return {k: v for k, v in text.sentences(language).items() if k.startswith(kept)}


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, *_ in Formatter().parse(sentence) if name is not None}


def options(group: Any) -> set[str]:
    """Every option of every command."""
    found = {name for option in group.params for name in option.opts}
    for command in getattr(group, "commands", {}).values():
        found |= options(command)
    return found


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_sentences_name_commands_that_exist(language: str) -> None:
    root: Any = typer.main.get_command(app)
    wrong = []
    for key, sentence in shown(language).items():
        for named in NAMED.findall(sentence):
            first, _, second = named.partition(" ")
            command = root.commands.get(first)
            group = getattr(command, "commands", None)
            if command is None or (group is not None and second not in group):
                wrong.append((key, named))
    assert wrong == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_sentences_name_options_that_exist(language: str) -> None:
    known = options(typer.main.get_command(app)) | {"--help"}
    wrong = [
        (key, option)
        for key, sentence in shown(language).items()
        for option in OPTION.findall(sentence)
        if option not in known
    ]
    assert wrong == []


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_kind_of_file_has_its_sentences(language: str) -> None:
    kinds = {*recognise.KINDS}
    keys = {key.split(".")[1] for key in text.sentences(language) if key.startswith("files.")}
    assert keys == kinds
    for kind in kinds:
        assert text.say(f"files.{kind}.what", language)
        assert text.say(f"files.{kind}.next", language)


@pytest.mark.parametrize("language", text.LANGUAGES)
def test_every_step_of_the_demo_has_its_sentence(language: str) -> None:
    keys = {key.split(".")[1] for key in text.sentences(language) if key.startswith("demo.")}
    assert keys == {*demo.STEPS, "done"}


@pytest.mark.parametrize("prefix", ["files.", "demo.", "selftest."])
def test_both_languages_are_filled_alike(prefix: str) -> None:
    english, chinese = (
        {k: placeholders(v) for k, v in text.sentences(language).items() if k.startswith(prefix)}
        for language in ("en", "zh_CN")
    )
    assert english == chinese
