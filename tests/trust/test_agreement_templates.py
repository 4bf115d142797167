"""The templates that ship with the program."""

import tomllib
from pathlib import Path

import msgspec
import pytest

from cleanroom.disclosure import policy
from cleanroom.errors import InputError
from cleanroom.trust import templates
from cleanroom.trust.agreement_rules import ANALYSES, FIRST_ANALYSIS, RECIPES


def raw(repository: Path, name: str = "platform-hosts") -> dict[str, object]:
    path = repository / "resources" / "templates" / f"{name}.toml"
    return tomllib.loads(path.read_text("utf-8"))


def test_there_are_templates_and_one_to_start_from() -> None:
    assert set(templates.names()) >= {"platform-hosts", "neutral-host", "three-party"}
    assert templates.DEFAULT in templates.names()


@pytest.mark.parametrize("name", templates.names())
def test_a_template_says_what_its_file_is_called(name: str) -> None:
    template = templates.load(name)
    assert template.name == name
    seats = [seat.name for seat in template.parties]
    assert template.host in seats
    assert FIRST_ANALYSIS in [allowed.id for allowed in template.analyses]
    for allowed in template.analyses:
        assert allowed.id in ANALYSES
        assert set(allowed.receivers) <= set(seats)
    for identifier in template.identifiers:
        assert RECIPES[identifier.recipe] == identifier.kind
    for mode in ("dp", "threshold"):
        wish = template.default_policy(mode)
        assert policy.check(wish).mode == mode
    assert template.min_isolation == 2


def test_the_first_template_has_a_neutral_host() -> None:
    template = templates.load(templates.DEFAULT)
    (host,) = [seat for seat in template.parties if seat.name == template.host]
    assert (host.role, host.brings_data) == ("host", False)


@pytest.mark.parametrize("name", ["", "nobody", "../plans/demo", "platform-hosts.toml"])
def test_an_unknown_template_is_refused(name: str) -> None:
    with pytest.raises(InputError, match=r"input\.template"):
        templates.load(name)


@pytest.mark.parametrize(
    ("field", "value"),
    [("more", 1), ("days", "180"), ("days", 180.0), ("parties", [{"name": "x"}]), ("host", None)],
)
def test_a_template_is_read_strictly(repository: Path, field: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        templates.parse({**raw(repository), field: value})


@pytest.mark.parametrize("field", ["name", "host", "title", "policy", "days"])
def test_a_template_leaves_nothing_out(repository: Path, field: str) -> None:
    content = raw(repository)
    del content[field]
    with pytest.raises(msgspec.ValidationError):
        templates.parse(content)
