"""The catalogue's entries: whole for every analysis, true to its code, in both languages."""

import re
from typing import Any

import msgspec
import pytest
from catalogue_material import everything, without

from cleanroom import text
from cleanroom.analyses import handbook, needs, plan
from cleanroom.analyses.base import Analysis
from cleanroom.analyses.registry import ANALYSES
from cleanroom.cli.analysis_pages import Page
from cleanroom.disclosure import kernels
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.question import kernel
from cleanroom.errors import InputError

ALL = sorted(ANALYSES)
AGREED = tuple(ALL)


@pytest.mark.parametrize("name", ALL)
def test_every_analysis_says_what_it_needs(name: str) -> None:
    analysis = ANALYSES[name]
    assert analysis.needs
    parameters = {one.name for one in handbook.parameters(analysis)}
    for need in analysis.needs:
        assert needs.known(need), need
        assert need.party in parameters
    assert handbook.fit(analysis, everything(), AGREED).possible


@pytest.mark.parametrize("name", ALL)
def test_every_analysis_stands_on_one_shelf(name: str) -> None:
    assert sum(name in names for names in handbook.GROUPS.values()) == 1


@pytest.mark.parametrize("name", ALL)
def test_the_example_can_be_asked(name: str) -> None:
    (line,) = plan.load(handbook.example(ANALYSES[name]).encode())
    assert line.analysis.id == name
    known = everything()
    questions = line.analysis.questions(line.params, known)
    assert questions
    for question in questions:
        assert shape(question, known).cells
        assert kernel(question) in kernels.KERNELS[name]


@pytest.mark.parametrize("name", ALL)
def test_an_example_cannot_be_asked_without_what_is_needed(name: str) -> None:
    """So the needs leave nothing out, and nothing required is idle."""
    (line,) = plan.load(handbook.example(ANALYSES[name]).encode())
    for need in line.analysis.needs:
        for column in need.columns:
            known = everything()
            columns = handbook_columns(column)
            for one in columns:
                known = without(known, need.table, one)
            assert not handbook.fit(line.analysis, known, AGREED).possible
            if column in ("ts", "opp_ts", "date"):
                continue  # every table of events has its time: the data model requires it
            with pytest.raises(Exception, match=r"disclosure\.\w+"):
                [shape(q, known) for q in line.analysis.questions(line.params, known)]


def handbook_columns(column: str) -> tuple[str, ...]:
    """The columns of a catalogue with everything that a required one may mean."""
    if column == needs.ANY:
        return ("a_age_band", "a_gender", "a_city_tier", "is_customer", "is_fan", "stage")
    return (column,)


@pytest.mark.parametrize("language", text.LANGUAGES)
@pytest.mark.parametrize("name", ALL)
def test_the_page_is_whole(name: str, language: str) -> None:
    page = Page(name, language, handbook.fit(ANALYSES[name], everything(), AGREED))
    lines = list(page.lines())
    for line in lines:
        assert "{" not in line or "=" in line  # a table in the example
        assert "None" not in line
    headings = [
        text.say(f"help.heading.{one}", language)
        for one in ("evidence", "agreement", "requirements", "parameters", "returns", "example",
                    "metrics", "interpretation", "recommendation", "can_say", "cannot_say")
    ]  # fmt: skip
    assert [line for line in lines if line in headings] == headings
    record = page.whole()
    assert msgspec.json.encode(record)
    for section in ("metrics", "can_say", "cannot_say", "parameters"):
        assert record[section]


@pytest.mark.parametrize("name", ALL)
def test_sentences_and_parameters_are_the_same(name: str) -> None:
    said = {key.rpartition(".")[2] for key in handbook.sentences(f"help.{name}.parameter")}
    assert said == {one.name for one in handbook.parameters(ANALYSES[name])}


def test_no_help_is_left_over() -> None:
    keys = {key.split(".")[1] for key in text.sentences("en") if re.match(r"help\.A\d\d\.", key)}
    assert keys == set(ANALYSES)


def test_defaults_and_choices_are_those_of_the_code() -> None:
    found = {one.name: one for one in handbook.parameters(ANALYSES["A04"])}
    assert found["exposures"] == handbook.Parameter("exposures", "text", required=True)
    assert found["touch"] == handbook.Parameter("touch", "choice", ("first", "last"), "last")
    assert found["window_days"].default == 14
    assert found["while_active"].kind == "yes_no"
    assert found["targets_percent"].kind == "number_list"
    assert list(found["targets_percent"].default) == [20, 50]


@pytest.mark.parametrize(
    ("name", "table", "column", "party", "lacks"),
    [
        ("A03", "people", "", "party", "people.a_"),
        ("A04", "exposures", "channel", "exposures", "exposures.channel"),
        ("A04", "conversions", "", "conversions", "conversions.ts"),
    ],
)
def test_what_nobody_brings_is_named(
    name: str, table: str, column: str, party: str, lacks: str
) -> None:
    known = without(everything(), table, column)
    fit = handbook.fit(ANALYSES[name], known, AGREED)
    assert (fit.agreed, fit.possible) == (True, False)
    assert [(lack.party, lack.columns) for lack in fit.lacking] == [(party, (lacks,))]
    assert any(lacks in line for line in Page(name, "en", fit).brief())


def test_one_party_has_to_bring_all_of_a_parameter() -> None:
    """Columns that only two parties together have do not help."""
    known = everything()
    one, two = known.datasets
    parts = (
        msgspec.structs.replace(one, tables={"exposures": {"ts": one.tables["exposures"]["ts"]}}),
        msgspec.structs.replace(
            two, tables={"exposures": {"channel": two.tables["exposures"]["channel"]}}
        ),
    )
    apart = msgspec.structs.replace(known, datasets=parts)
    need = needs.Need("exposures", "exposures", ("ts", "channel"))
    (lack,) = needs.lacking([need], apart)
    assert len(lack.columns) == 1


def test_what_is_not_agreed_is_said() -> None:
    analysis: Analysis[Any] = ANALYSES["A03"]
    fit = handbook.fit(analysis, everything(), ("A01",))
    assert (fit.agreed, fit.lacking, fit.possible) == (False, (), False)
    assert "does not allow" in " ".join(Page("A03", "en", fit).brief())
    assert "未允许" in " ".join(Page("A03", "zh_CN", fit).brief())


def test_an_unknown_analysis() -> None:
    with pytest.raises(InputError) as caught:
        handbook.find("A99\u202e")
    assert "A01" in caught.value.message("en")
    assert "\u202e" not in caught.value.message("en")
