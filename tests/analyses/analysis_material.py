"""A catalogue of two or three parties, and releases with numbers chosen by hand."""

from collections.abc import Sequence
from typing import Any

import msgspec

from cleanroom.analyses.registry import ANALYSES
from cleanroom.analyses.result import Result, Row, Table, Value
from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, DatasetSpec, Identifier
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import price
from cleanroom.disclosure.question import Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.tables import Type

KINDS = (
    Identifier("phone", "phone-cn11/1", "plain"),
    Identifier("email", "email-basic/1", "plain"),
    Identifier("device", "device-id/1", "plain"),
)
CHANNELS = ("feed", "search", "friend")
THRESHOLD = Policy("threshold")
DP = Policy("dp")


def category(*domain: str, missing: bool = True, sensitive: bool = False) -> ColumnSpec:
    return ColumnSpec(Type.CATEGORY, domain, missing=missing, sensitive=sensitive)


def catalogue(kinds: Sequence[Identifier] = KINDS, *, partner: bool = False) -> Catalogue:
    people = {
        "a_age": category("young", "middle", "old"),
        "a_health": category("good", "bad", missing=False, sensitive=True),
        "is_fan": ColumnSpec(Type.BOOL, missing=False),
        "first_buy": ColumnSpec(Type.DATE),
    }
    exposures = {
        "ts": ColumnSpec(Type.DATETIME),
        "channel": category(*CHANNELS, missing=False),
        "kind": category("imp", "click", missing=False),
        "campaign": category("spring", "autumn"),
        "n": ColumnSpec(Type.INTEGER, cap=20),
        "device": category("app", "web"),
        "place": category("home", "store"),
    }
    arms = {
        "test": category("spring", "autumn", missing=False),
        "arm": category("control", "test", "other", missing=False),
        "opp_ts": ColumnSpec(Type.DATETIME),
    }
    referrals = {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": category("share", "click", missing=False),
    }
    conversions = {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": category("pay", "refund", missing=False),
        "paid": ColumnSpec(Type.MONEY, cap=50_000),
        "list_price": ColumnSpec(Type.MONEY, cap=50_000),
        "category": category("serum", "phone", missing=False),
        "brand": category("ours", "theirs"),
        "device": category("app", "web"),
        "place": category("home", "store"),
        "x_style": category("plain", "bold"),
    }
    datasets = [
        DatasetSpec(
            "platform",
            "users",
            "2024-01-01",
            "2026-01-01",
            {"people": people, "exposures": exposures, "arms": arms, "referrals": referrals},
        ),
        DatasetSpec("brand", "shop", "2024-01-01", "2026-01-01", {"conversions": conversions}),
    ]
    if partner:
        datasets.append(DatasetSpec("partner", "club", "2024-01-01", "2026-01-01", {"people": {}}))
    names = tuple(dataset.party for dataset in datasets)
    return Catalogue("ab" * 16, names, tuple(kinds), tuple(datasets))


def release(
    question: Question,
    known: Catalogue,
    policy: Policy,
    vectors: Sequence[tuple[Sequence[int | None], int]],
    rounding: int = 1,
    rest: int | None = None,
) -> Release:
    """A released answer; ``vectors`` are (values, sigma) per measure of the question, ``rest`` the
    people of all withheld cells.
    """
    form = shape(question, known)
    made = tuple(
        Vector(measure.name, tuple(values), sigma, rounding if measure.unit == "people" else 1)
        for measure, (values, sigma) in zip(form.measures, vectors, strict=True)
    )
    made = (msgspec.structs.replace(made[0], rest=rest), *made[1:])
    key = replay_key(question, known)
    return Release(key, policy.mode, "released", made, price(form, policy))


def refused(question: Question, known: Catalogue, policy: Policy, reason: str) -> Release:
    key = replay_key(question, known)
    paid = price(shape(question, known), policy)
    return Release(key, policy.mode, "refused", (), paid, reason=reason)


def ask(name: str, known: Catalogue, **params: Any) -> tuple[Any, Question]:
    """Checked parameters and the one question of an analysis."""
    analysis = ANALYSES[name]
    given = msgspec.convert(params, analysis.params)
    (question,) = analysis.questions(given, known)
    return given, question


def ask_all(name: str, known: Catalogue, **params: Any) -> tuple[Any, list[Question]]:
    """Checked parameters and every question of an analysis."""
    analysis = ANALYSES[name]
    given = msgspec.convert(params, analysis.params)
    return given, analysis.questions(given, known)


def run(
    name: str,
    known: Catalogue,
    policy: Policy,
    vectors: Sequence[tuple[Sequence[int | None], int]],
    rounding: int = 1,
    rest: int | None = None,
    **params: Any,
) -> Result:
    given, question = ask(name, known, **params)
    answer = release(question, known, policy, vectors, rounding, rest)
    return ANALYSES[name].result(given, known, [answer], policy)


def table(result: Result, name: str) -> Table:
    return next(table for table in result.tables if table.id == name)


def cell(found: Table, row: Row, column: str) -> Value:
    place = [column.key for column in found.columns].index(column)
    return row.values[place]


def numbers(found: Table, column: str) -> list[float | None]:
    """One column of a table, top to bottom."""
    return [cell(found, row, column).value for row in found.rows]
