"""Whatever comes out of the gate, every analysis says it in whole sentences, in both languages."""

from random import Random
from typing import Any

import pytest
from analysis_material import DP, KINDS, THRESHOLD, ask, ask_all, catalogue, refused, release
from hypothesis import given
from hypothesis import strategies as st

from cleanroom import text
from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Result
from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import PUBLIC_REASONS, Release
from cleanroom.report.wording import Wording
from cleanroom.trust import codec

SHOP = {"exposures": "platform", "conversions": "brand"}
TRIED = {
    "arms": "platform",
    "conversions": "brand",
    "test": "spring",
    "treatment": "test",
    "control": "control",
    "random": True,
}
EVENT = {
    "lead_since": "2025-10-20",
    "event_since": "2025-11-01",
    "out_since": "2025-11-12",
    "out_until": "2025-11-21",
}
PARAMS: dict[str, list[dict[str, Any]]] = {
    "A01": [{}, {"by": "pattern"}],
    "A02": [{}],
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
    "A06": [
        {**SHOP, "since": "2025-05-01", "until": "2025-07-01"},
        {
            **SHOP,
            "since": "2025-05-01",
            "until": "2025-07-01",
            "campaign": "spring",
            "shown_kinds": ["imp"],
            "order_kinds": ["pay"],
            "unmatched": "no_purchase",
            "window_days": 14,
            "top": 4,
            "customers": True,
            "impressions": True,
            "cost_per_thousand": 6_000,
            "value_per_purchase": 30_000,
        },
    ],
    "A07": [
        {**SHOP, "since": "2025-05-01", "until": "2025-07-01", "cost_per_thousand": 6_000},
        {
            **SHOP,
            "since": "2025-05-01",
            "until": "2025-07-01",
            "shown_kinds": ["imp"],
            "response_kinds": ["click"],
            "unmatched": "no_purchase",
            "purchases": True,
            "cost_total": 5_000_000,
        },
        {**SHOP, "since": "2025-05-01", "until": "2025-07-01", "cap": 0, "existing": False},
    ],
    "A08": [
        TRIED | {"sales": True, "cost": 90_000, "order_kinds": ["pay"]},
        TRIED | {"unmatched": "not_converted", "split": [9, 1]},
        TRIED | {"random": False, "sales": True},
    ],
    "A15": [
        {
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2026-01-01",
            "party": "platform",
            "column": "is_fan",
            "order_kinds": ["pay"],
            "refund_kinds": ["refund"],
            "praise_kinds": ["pay"],
            "praise_column": "x_style",
            "praise_values": ["bold"],
        },
        {"conversions": "brand", "since": "2025-01-01", "until": "2025-07-01", "unit": "month"},
        {"conversions": "brand", "since": "2025-10-01", "until": "2026-01-01"},
    ],
    "A09": [
        {
            "exposures": "platform",
            "conversions": "brand",
            "new_since": "2024-06-01",
            "new_until": "2025-07-01",
            "costs": {"feed": 90_000, "search": 8_000},
            "order_kinds": ["pay"],
        },
        {
            "exposures": "platform",
            "conversions": "brand",
            "new_since": "2025-06-01",
            "new_until": "2025-07-01",
            "costs": {"friend": 1},
            "touch": "first",
            "while_active": True,
            "test": TRIED | {"sales": True, "cost": 90_000},
        },
    ],
    "A16": [
        {
            "party": "platform",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "conversions": "brand",
            "order_kinds": ["pay"],
        },
        {
            "party": "brand",
            "table": "conversions",
            "kinds": ["pay"],
            "since": "2025-01-01",
            "until": "2025-07-01",
            "dimensions": ["place", "device"],
        },
    ],
    "A12": [
        {
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "band_edges": [100, 300],
            "versus": "platform",
            "column": "is_fan",
            "category": "serum",
            "order_kinds": ["pay"],
        },
        {
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "attribute": "x_style",
            "versus": "platform",
        },
        {
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "band_edges": [100],
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
    "A05": [
        {**SHOP, "since": "2025-05-01", "until": "2025-07-01", "order_kinds": ["pay"]},
        {
            **SHOP,
            "since": "2025-05-01",
            "until": "2025-07-01",
            "groups": [["feed", "search"]],
            "touch_since": "2025-04-01",
            "unmatched_apart": False,
        },
    ],
    "A13": [
        {
            "referrals": "platform",
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2025-07-01",
            "most_referees": 2,
        },
        {
            "referrals": "platform",
            "conversions": "brand",
            "since": "2025-01-01",
            "until": "2026-01-01",
            "referral_kinds": ["share"],
            "order_kinds": ["pay"],
            "first_order_value": True,
            "repeat_days": 0,
        },
    ],
    "A18": [
        {"party": "platform", "columns": ["a_age"], "versus": "brand", "target_index": 105},
        {"party": "platform", "columns": ["is_fan", "a_age"], "versus": "brand"},
    ],
    "A14": [
        {
            **SHOP,
            "start": "2025-01-01",
            "end": "2025-07-01",
            "seen_kinds": ["imp"],
            "engaged_kinds": ["click"],
            "ordered_kinds": ["pay"],
        },
        {
            **SHOP,
            "start": "2024-02-01",
            "end": "2025-07-01",
            "preset": "own",
            "own": [
                {"name": "seen", "rules": [{"source": "exposures"}]},
                {"name": "buyer", "rules": [{"source": "conversions", "days": 2}]},
            ],
        },
    ],
    "A10": [
        {**SHOP, "since": "2025-01-01", "until": "2025-02-05", "order_kinds": ["pay"]},
        {
            **SHOP,
            "since": "2025-08-01",
            "until": "2026-01-01",
            "step": "month",
            "touch_kinds": ["click"],
            "unmatched_apart": False,
        },
    ],
    "A17": [
        {**SHOP, **EVENT, "order_kinds": ["pay"]},
        {
            **SHOP,
            **EVENT,
            "baseline_since": "2025-09-20",
            "costs": [1000, 3000, 500],
            "touch_kinds": ["click"],
            "unmatched_apart": False,
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


def any_release(draw: Random, question: Question, known: Catalogue, policy: Policy) -> Release:
    """Numbers of any size, some of them withheld."""
    form = shape(question, known)
    size = draw.choice((100, 1_000, 100_000, 300_000_000))
    hidden = draw.choice((0, 0.2, 0.6, 1)) if policy.mode == "threshold" else 0
    out = [draw.random() < hidden for _ in form.cells]
    vectors = []
    for measure in form.measures:
        low = -30 if policy.mode == "dp" else 57
        numbers = [draw.randint(low, size) * measure.cap for _ in form.cells]
        cells = [None if gone else n for gone, n in zip(out, numbers, strict=True)]
        vectors.append((cells, policy.sigma * measure.cap))
    rest = draw.choice((None, size)) if None in vectors[0][0] else None
    rounding = 5 if policy.mode == "threshold" else 1
    return release(question, known, policy, vectors, rounding, rest)


@pytest.mark.parametrize(("name", "params"), CASES)
@given(seed=st.integers(0, 10**6), mode=st.sampled_from(["dp", "threshold"]))
def test_any_release_is_said_whole(name: str, params: dict[str, Any], seed: int, mode: str) -> None:
    draw = Random(seed)
    policy: Policy = DP if mode == "dp" else THRESHOLD
    known = catalogue(KINDS[:1] if mode == "dp" else KINDS)
    given_params, questions = ask_all(name, known, **params)
    answers = [any_release(draw, question, known, policy) for question in questions]
    result = ANALYSES[name].result(given_params, known, answers, policy)
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
        given_params, questions = ask_all(name, known, **params)
        answers = [refused(question, known, THRESHOLD, reason) for question in questions]
        result = ANALYSES[name].result(given_params, known, answers, THRESHOLD)
        for wording in WORDINGS:
            assert all(say_all(result, wording))


def test_a_release_of_another_question_is_refused() -> None:
    known = catalogue()
    _, question = ask("A01", known)
    answer = release(question, known, THRESHOLD, [([100] * 5, 3)])
    other, _ = ask("A03", known, **PARAMS["A03"][0])
    with pytest.raises(ValueError, match="does not answer"):
        ANALYSES["A03"].result(other, known, [answer], THRESHOLD)
