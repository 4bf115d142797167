"""Whatever comes out of the gate, every analysis says it in whole sentences, in both languages."""

from random import Random
from typing import Any

import pytest
from analysis_material import DP, KINDS, THRESHOLD, ask, catalogue, refused, release
from hypothesis import given
from hypothesis import strategies as st

from cleanroom import text
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Result
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.release import PUBLIC_REASONS
from cleanroom.report.wording import Wording
from cleanroom.trust import codec

PARAMS: dict[str, list[dict[str, Any]]] = {
    "A01": [{}, {"by": "pattern"}],
    "A03": [
        {"party": "platform", "column": "a_age", "versus": "brand"},
        {"party": "platform", "column": "a_age", "versus": "brand", "missing": "level"},
        {"party": "platform", "column": "is_fan", "versus": "brand"},
    ],
    "A04": [
        {
            "exposures": "platform",
            "conversions": "brand",
            "new_since": "2024-06-01",
            "new_until": "2025-07-01",
            "first_order_value": True,
            "order_kinds": ["pay"],
        },
        {
            "exposures": "platform",
            "conversions": "brand",
            "new_since": "2025-06-01",
            "new_until": "2025-07-01",
            "touch": "first",
            "while_active": True,
            "targets_percent": [],
        },
    ],
    "A11": [
        {
            "conversions": "brand",
            "party": "platform",
            "column": "a_age",
            "focus": "young",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "benchmarks": {"serum": 120, "phone": 3_990},
            "brand": "ours",
            "order_kinds": ["pay"],
            "list_price": True,
            "paid": True,
        },
        {
            "conversions": "brand",
            "party": "platform",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "benchmarks": {"serum": 120},
        },
    ],
}
CASES = [(name, params) for name, many in PARAMS.items() for params in many]
WORDINGS = [Wording(language, {}, "CNY") for language in text.LANGUAGES]


def say_all(result: Result, wording: Wording) -> list[str]:
    """Every sentence and label of a result."""
    said = [result.title, result.purpose, result.finding, *result.notes, *result.method]
    said += [*result.can_say, *result.cannot_say, *(card.title for card in result.cards)]
    said += [card.note for card in result.cards if card.note]
    for chart in result.charts:
        said += [chart.title, chart.alt]
    for table in result.tables:
        said += [table.title, table.head, *(column.heading for column in table.columns)]
    labels = [row.label for table in result.tables for row in table.rows]
    labels += [mark.label for chart in result.charts for mark in chart.marks]
    labels += [name for chart in result.charts for name in chart.series]
    return [wording.sentence(one) for one in said] + [wording.label(one) for one in labels]


def values(result: Result, wording: Wording) -> list[str]:
    shown = [value for table in result.tables for row in table.rows for value in row.values]
    shown += [card.value for card in result.cards]
    return [wording.value(one) + wording.range(one) for one in shown]


@pytest.mark.parametrize(("name", "params"), CASES)
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["dp", "threshold"]))
def test_any_release_is_said_whole(name: str, params: dict[str, Any], seed: int, mode: str) -> None:
    draw = Random(seed)
    policy: Policy = DP if mode == "dp" else THRESHOLD
    known = catalogue(KINDS[:1] if mode == "dp" else KINDS)
    given_params, question = ask(name, known, **params)
    form = shape(question, known)
    size = draw.choice((100, 1_000, 100_000, 300_000_000))
    hidden = draw.choice((0, 0.2, 0.6, 1)) if mode == "threshold" else 0
    out = [draw.random() < hidden for _ in form.cells]
    vectors = []
    for measure in form.measures:
        low = -30 if mode == "dp" else 57
        numbers = [draw.randint(low, size) * measure.cap for _ in form.cells]
        cells = [None if gone else n for gone, n in zip(out, numbers, strict=True)]
        vectors.append((cells, policy.sigma * measure.cap))
    rest = draw.choice((None, size)) if None in vectors[0][0] else None
    answer = release(question, known, policy, vectors, 5 if mode == "threshold" else 1, rest)
    result = ANALYSES[name].result(given_params, known, [answer], policy)
    for wording in WORDINGS:
        for sentence in say_all(result, wording) + values(result, wording):
            assert sentence
            assert "{" not in sentence
            assert "None" not in sentence
    # A result survives its own file format.
    assert codec.decode(codec.encode(result), Result, "result") == result


@pytest.mark.parametrize("reason", [*PUBLIC_REASONS, "anything"])
def test_refusals_are_said(reason: str) -> None:
    known = catalogue()
    for name, params in CASES:
        given_params, question = ask(name, known, **params)
        answer = refused(question, known, THRESHOLD, reason)
        result = ANALYSES[name].result(given_params, known, [answer], THRESHOLD)
        for wording in WORDINGS:
            assert all(say_all(result, wording))


def test_a_release_of_another_question_is_refused() -> None:
    known = catalogue()
    _, question = ask("A01", known)
    answer = release(question, known, THRESHOLD, [([100] * 5, 3)])
    other, _ = ask("A03", known, **PARAMS["A03"][0])
    with pytest.raises(ValueError, match="does not answer"):
        ANALYSES["A03"].result(other, known, [answer], THRESHOLD)
