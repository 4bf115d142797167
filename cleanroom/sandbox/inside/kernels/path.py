"""Kernel ``path``: the order in which people met groups of channels, and who ordered (A05)."""

from datetime import date

from cleanroom.disclosure.catalogue import Catalogue
from cleanroom.disclosure.questions.path import Path, PathQuestion, paths
from cleanroom.sandbox.inside.kernels.sql import DAY, Query, kinds_condition, party_index
from cleanroom.tables import MISSING_LONG


def query(question: PathQuestion, catalogue: Catalogue) -> Query:
    """One cell per person of the exposing party: path and outcome.

    The order of groups is first a number with one digit per step in base (groups + 1); a table of
    all paths, which are public, turns it into the place of its cell.
    """
    audience, firsts = _audience(question, catalogue), _firsts(question, catalogue)
    count = len(question.groups)
    known = paths(count)
    code = " + ".join(_digit(number, count) for number in range(1, count + 1))
    places = ", ".join(f"({_code(path, count)}, {place})" for place, path in enumerate(known))
    unmatched = ""
    if question.unmatched_apart:
        unmatched = f"WHEN a.seller IS NULL THEN {2 * len(known)} "
    text = (
        f"WITH audience AS ({audience.text}), firsts AS ({firsts.text}), "
        f"codes AS (SELECT person, {code} AS code FROM firsts), "
        f"places AS (SELECT code, place FROM (VALUES {places}) AS v(code, place)) "
        f"SELECT a.person, CASE {unmatched}WHEN a.bought IS NULL "
        "THEN 2 * COALESCE(p.place, 0) + 1 ELSE 2 * COALESCE(p.place, 0) END AS cell "
        "FROM audience a LEFT JOIN codes c ON c.person = a.person "
        "LEFT JOIN places p ON p.code = c.code"
    )
    return Query(text, [*audience.values, *firsts.values])


def _code(path: Path, groups: int) -> int:
    return sum(number * (groups + 1) ** place for place, number in enumerate(path))


def _digit(number: int, groups: int) -> str:
    """What a group adds to the code: its number at the place where it was met."""
    others = [other for other in range(1, groups + 1) if other != number]
    earlier = [f"t{other} {'<=' if other < number else '<'} t{number}" for other in others]
    met = " + ".join(f"CASE WHEN {test} THEN 1 ELSE 0 END" for test in earlier) or "0"
    powers = " ".join(f"WHEN {place} THEN {(groups + 1) ** place}" for place in range(groups))
    return f"CASE WHEN t{number} IS NULL THEN 0 ELSE {number} * CASE {met} {powers} END END"


def _audience(question: PathQuestion, catalogue: Catalogue) -> Query:
    """Everybody of the exposing party: ``viewer``, ``seller``, ``bought``, and the seconds between
    which exposures count, both included.
    """
    exposing = party_index(catalogue, question.exposures)
    selling = party_index(catalogue, question.conversions)
    counted = kinds_condition(question.order_kinds, question.conversions, catalogue)
    since, until = _seconds(question.since), _seconds(question.until)
    window = question.window_days * DAY
    text = (
        f"SELECT p.person, p.p{exposing} AS viewer, p.p{selling} AS seller, o.ts AS bought, "
        "COALESCE(o.ts, ?) - ? AS first_ts, COALESCE(o.ts, ?) AS last_ts "
        f"FROM persons p LEFT JOIN (SELECT c.person, MIN(c.ts) AS ts FROM conversions_{selling} c "
        f"WHERE c.ts <> {MISSING_LONG} AND c.ts >= ? AND c.ts < ?{counted.text} "
        f"GROUP BY c.person) o ON o.person = p.p{selling} WHERE p.p{exposing} IS NOT NULL"
    )
    return Query(text, [until, window, until - 1, since, until, *counted.values])


def _firsts(question: PathQuestion, catalogue: Catalogue) -> Query:
    """When everybody who met something first met each group: ``t1``, ``t2``, ..."""
    columns = catalogue.dataset(question.exposures).tables["exposures"]
    code_of = dict(zip(columns["channel"].levels(), columns["channel"].codes(), strict=True))
    firsts, values = [], []
    for number, group in enumerate(question.groups, 1):
        marks = ", ".join("?" for _ in group)
        firsts.append(f"MIN(CASE WHEN e.channel IN ({marks}) THEN e.ts END) AS t{number}")
        values += [code_of[label] for label in group]
    text = (
        f"SELECT a.person, {', '.join(firsts)} FROM audience a "
        f"JOIN exposures_{party_index(catalogue, question.exposures)} e ON e.person = a.viewer "
        f"WHERE e.ts <> {MISSING_LONG} AND e.ts >= ? AND e.ts >= a.first_ts AND e.ts <= a.last_ts"
    )
    values.append(_seconds(question.touch_since))
    if question.touch_kinds:
        text += f" AND e.kind IN ({', '.join('?' for _ in question.touch_kinds)})"
        values += [columns["kind"].domain.index(kind) + 1 for kind in question.touch_kinds]
    return Query(f"{text} GROUP BY a.person", list(values))


def _seconds(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
