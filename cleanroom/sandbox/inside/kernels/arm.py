"""Kernel ``arm``: subjects of a test by arm and by what they bought afterwards (A08)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions import arm
from cleanroom.disclosure.questions.arm import CONVERTED, NOT_CONVERTED, UNMATCHED, ArmQuestion
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, kinds_condition, party_index
from cleanroom.tables import MISSING_LONG


def query(question: ArmQuestion, catalogue: Catalogue) -> Query:
    """One cell per subject: its arm, and whether it converted in the window."""
    trying = party_index(catalogue, question.arms)
    selling = party_index(catalogue, question.conversions)
    first, bought = _first_rows(question, catalogue, trying), _bought(question, catalogue, selling)
    known = arm.outcomes(question)
    asked = question.between or arm.arms(question, catalogue)
    codes = [arm.arms(question, catalogue).index(label) + 1 for label in asked]
    ranks = " ".join(f"WHEN {code} THEN {place}" for place, code in enumerate(codes))
    unmatched = ""
    if UNMATCHED in known:
        unmatched = f"WHEN s.seller IS NULL THEN {known.index(UNMATCHED)} "
    amounts, values = "", [*first.values, *codes, *bought.values]
    if question.sales_value:
        amounts = (
            ", COALESCE(b.paid, 0) AS amount_1"
            # in floating point a square can't overflow, and is exact up to 2^53
            ", COALESCE(FLOOR(CAST(b.paid AS DOUBLE) * b.paid / ? + 0.5), 0) AS amount_2"
        )
        values.append(_cap(question, catalogue))
    text = (
        f"WITH placed AS ({first.text}), "
        f"subjects AS (SELECT p.person, p.p{selling} AS seller, r.arm, r.opp_ts "
        f"FROM persons p JOIN placed r ON p.p{trying} = r.subject "
        f"WHERE r.place = 1 AND r.arm IN ({', '.join('?' for _ in codes)})), "
        f"bought AS ({bought.text}) "
        f"SELECT s.person, (CASE s.arm {ranks} END) * {len(known)} + CASE {unmatched}"
        f"WHEN b.person IS NULL THEN {known.index(NOT_CONVERTED)} "
        f"ELSE {known.index(CONVERTED)} END AS cell"
        f"{amounts} FROM subjects s LEFT JOIN bought b ON b.person = s.person"
    )
    return Query(text, values)


def _first_rows(question: ArmQuestion, catalogue: Catalogue, trying: int) -> Query:
    """Rows of the test, numbered so that place 1 is the one that counts. Times outside the period
    count for nothing, so none is so large that a window could not be added.
    """
    dataset = catalogue.dataset(question.arms)
    test = dataset.tables["arms"]["test"].domain.index(question.test) + 1
    text = (
        "SELECT person AS subject, arm, opp_ts, "
        "ROW_NUMBER() OVER (PARTITION BY person ORDER BY opp_ts, arm) AS place "
        f"FROM arms_{trying} WHERE test = ? AND arm > 0 AND opp_ts >= ? AND opp_ts < ?"
    )
    return Query(text, [test, _seconds(dataset.start), _seconds(dataset.end)])


def _bought(question: ArmQuestion, catalogue: Catalogue, selling: int) -> Query:
    """Subjects who bought in the window, and what they paid there: clipped, so that its square is
    bounded too. Missing amounts count as 0.
    """
    counted = kinds_condition(question.order_kinds, question.conversions, catalogue)
    paid, values = "", [question.window_days * DAY, *counted.values]
    if question.sales_value:
        total = f"SUM(CASE WHEN c.paid = {MISSING_LONG} THEN 0 ELSE c.paid END)"
        paid = f", CAST(LEAST(GREATEST({total}, 0), ?) AS BIGINT) AS paid"
        values = [_cap(question, catalogue), *values]
    text = (
        f"SELECT s.person{paid} FROM subjects s JOIN conversions_{selling} c "
        f"ON c.person = s.seller WHERE c.ts >= s.opp_ts AND c.ts <= s.opp_ts + ?{counted.text} "
        "GROUP BY s.person"
    )
    return Query(text, values)


def _cap(question: ArmQuestion, catalogue: Catalogue) -> int:
    return catalogue.column(f"{question.conversions}.conversions.paid")[3].cap


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
