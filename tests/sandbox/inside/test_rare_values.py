"""Values that few people have: merged before matching, and no question asks for them again."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from engine_material import ThreadEngine, hand_grant, prepare, session_in_threads
from inside_material import catalogue_of, load_rows, party_rows, person_rows
from room_material import Rows, World, dataset, shop, shop_datasets, shop_rows, tokens_of

from cleanroom.disclosure.canonical import canonical
from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.policy import Policy, tau
from cleanroom.disclosure.question import AttributeQuestion, Filter, MatchQuestion
from cleanroom.errors import CleanroomError
from cleanroom.sandbox.inside import database, kernels, matching, noise, rare
from cleanroom.sandbox.inside.matching import PartyRows
from cleanroom.tables import MAX_DOMAIN, Type, storage

POLICY = Policy("threshold", min_match=0, people_per_cell=1, version_days=0, answer_quantum_ms=0)
TAU = tau(POLICY.k, POLICY.threshold_sigma)
ILL = ColumnSpec(Type.CATEGORY, ("ill", "well"), sensitive=True)
FAN = ColumnSpec(Type.BOOL)
LETTERS = ColumnSpec(Type.CATEGORY, tuple("abcdef"))
Shifted = Callable[..., None]


def people_of(column: str, spec: ColumnSpec, counts: Sequence[int]) -> dict[str, np.ndarray]:
    """So many people with each code, from 0."""
    kind = storage(spec.type, len(spec.domain))
    return {column: np.repeat(np.arange(len(counts)), counts).astype(kind)}


def decided(spec: ColumnSpec, counts: Sequence[int]) -> tuple[int, ...]:
    data = dataset("platform", {"people": {"a_x": spec}})
    return rare.decide(data, people_of("a_x", spec, counts), POLICY, None)["a_x"]


# --- what is decided -----------------------------------------------------------------------------


def test_a_value_needs_k_people_and_a_noisy_count_of_tau(shifted: Shifted) -> None:
    """49 people never pass, however large the noise; 50 pass only when noise lifts them to tau."""
    assert TAU == 57
    counts = [0, 49, 50, 56, 57, 500, 3]
    shifted(0)
    assert decided(LETTERS, counts) == (1, 1, 1, 1, 0, 0, 1)
    shifted(7)
    assert decided(LETTERS, counts) == (1, 1, 0, 0, 0, 0, 1)
    shifted(1000)
    assert decided(LETTERS, counts) == (1, 1, 0, 0, 0, 0, 1)
    shifted(-1)
    assert decided(LETTERS, counts) == (1, 1, 1, 1, 1, 0, 1)


def test_sensitive_values_need_more_people(shifted: Shifted) -> None:
    shifted(7)
    assert decided(ILL, [0, 99, 100]) == (1, 1, 0)
    shifted(0)
    assert decided(ILL, [200, 107, 106]) == (0, 0, 1)


def test_a_missing_value_is_a_value(shifted: Shifted) -> None:
    shifted(0)
    assert decided(FAN, [5, 100, 100]) == (1, 0, 0)


def test_noise_is_drawn_with_the_agreed_spread(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[list[int], int]] = []

    def add(exact: Sequence[int], sigma: int) -> list[int]:
        asked.append((list(exact), sigma))
        return list(exact)

    monkeypatch.setattr(noise, "add", add)
    decided(FAN, [1, 2, 3])
    assert asked == [([1, 2, 3], POLICY.threshold_sigma)]


def test_what_was_decided_stays_decided(monkeypatch: pytest.MonkeyPatch) -> None:
    """No second look at the same people, whatever the numbers say now."""

    def add(*_: object) -> list[int]:
        raise AssertionError("noise was drawn again")

    monkeypatch.setattr(noise, "add", add)
    data = dataset("platform", {"people": {"is_fan": FAN}})
    people = people_of("is_fan", FAN, [0, 1000, 1000])
    assert rare.decide(data, people, POLICY, {"is_fan": (1, 0, 1)}) == {"is_fan": (1, 0, 1)}


@pytest.mark.parametrize("earlier", [{}, {"is_fan": (1, 0)}, {"is_fan": (1, 0, 0), "stage": ()}])
def test_decisions_about_other_columns_are_damage(earlier: rare.Flags) -> None:
    data = dataset("platform", {"people": {"is_fan": FAN}})
    with pytest.raises(CleanroomError) as caught:
        rare.decide(data, people_of("is_fan", FAN, [0, 1, 1]), POLICY, earlier)
    assert caught.value.code == "trust.state_damaged"


def test_only_columns_that_split_people_are_looked_at() -> None:
    data = dataset("platform", {"people": {"a_x": LETTERS, "first_buy": ColumnSpec(Type.DATE)}})
    people = {**people_of("a_x", LETTERS, [9]), "first_buy": np.zeros(9, "<i4")}
    assert set(rare.decide(data, people, POLICY, None)) == {"a_x"}


# --- what is merged ------------------------------------------------------------------------------


@pytest.mark.parametrize("values", [1, 253, 254, 255, MAX_DOMAIN])
def test_the_code_of_merged_values_is_in_no_domain(values: int) -> None:
    spec = ColumnSpec(Type.CATEGORY, tuple(str(number) for number in range(values)))
    data = dataset("platform", {"people": {"a_x": spec}})
    flags = tuple(code % 2 for code in range(values + 1))
    people = people_of("a_x", spec, [1] * (values + 1))
    (merged,) = rare.merge(data, people, {"a_x": flags}).values()
    code = rare.rare_code(spec)
    assert code not in spec.codes()
    assert merged.dtype == people["a_x"].dtype
    expected = [code if flag else kept for kept, flag in enumerate(flags)]
    assert merged.tolist() == expected
    assert people["a_x"].tolist() == list(range(values + 1))  # the owner's rows are not touched


def test_a_yes_or_no_can_be_merged() -> None:
    data = dataset("platform", {"people": {"is_fan": FAN}})
    merged = rare.merge(data, people_of("is_fan", FAN, [1, 1, 1]), {"is_fan": (0, 0, 1)})
    assert merged["is_fan"].tolist() == [0, 1, rare.rare_code(FAN)]
    assert rare.rare_code(FAN) not in FAN.codes()


# --- what questions see --------------------------------------------------------------------------

TABLES = {"platform": {"people": {"a_x": LETTERS, "is_fan": FAN}}, "brand": {"people": {}}}


def a_database(flags: rare.Flags) -> tuple[database.Connection, Catalogue]:
    """A platform of 21 people, one of them with the first letter, two with the second and so on,
    all of them fans; the brand has the first ten. Values are merged as the flags say.
    """
    agreed = catalogue_of({name: dataset(name, TABLES[name]) for name in TABLES})
    letters = np.repeat(np.arange(1, 7), np.arange(1, 7))
    rows = {
        "platform": Rows(
            21,
            {"a_x": letters, "is_fan": np.full(21, 2)},
            {"email": tokens_of(range(21), range(21))},
        ),
        "brand": Rows(10, tokens={"email": tokens_of(range(10), range(10))}),
    }
    connection = database.connect(64, 1)
    parties: list[PartyRows] = [party_rows(agreed, party, rows[party]) for party in rows]
    people = rare.merge(agreed.datasets[0], parties[0].people, flags)
    parties[0] = PartyRows(21, parties[0].ids, people, parties[0].tokens)
    links = matching.link(connection, agreed, parties)
    matching.create_persons(connection, agreed, parties, links)
    return connection, agreed


X, FANS = "platform.people.a_x", "platform.people.is_fan"
FLAGS = {"a_x": (1, 1, 1, 0, 0, 0, 0), "is_fan": (1, 1, 0)}  # a and b are merged
COLUMNS = [(X,), (FANS, X), (X, FANS)]


@pytest.mark.parametrize("columns", COLUMNS)
@pytest.mark.parametrize("versus", ["", "brand"])
def test_people_with_a_merged_value_are_in_no_public_cell(
    columns: tuple[str, ...], versus: str
) -> None:
    """They stay people of the question: the cell after the last is theirs."""
    connection, agreed = a_database(FLAGS)
    question = canonical(AttributeQuestion(("platform",), columns, versus), agreed)
    cells = shape(question, agreed).cells
    said = person_rows(connection, question, agreed)
    outside = [person for person, cell in said if cell == len(cells)]
    assert sorted(outside) == [0, 1, 2]
    seen = {cells[cell] for _, cell in said if cell < len(cells)}
    assert {letter for labels in seen for letter in labels} & set("abcdef") == set("cdef")
    exact = kernels.run(connection, question, agreed)
    assert sum(exact.vectors[0]) == 18


def test_no_filter_keeps_people_with_a_merged_value() -> None:
    connection, agreed = a_database(FLAGS)
    for values, kept in (("abc", 3), ("ab", 0), ("abcdef", 18)):
        where = (Filter(X, tuple(values)),)
        question = AttributeQuestion(("platform",), (FANS,), where=where)
        assert len(person_rows(connection, question, agreed)) == kept


def test_without_merged_values_nobody_is_left_out() -> None:
    connection, agreed = a_database({"a_x": (0,) * 7, "is_fan": (0, 0, 0)})
    question = AttributeQuestion(("platform",), (X,))
    assert kernels.run(connection, question, agreed).vectors[0] == [0, 1, 2, 3, 4, 5, 6]


def test_people_whom_a_party_does_not_have_are_not_merged() -> None:
    """Their code is 0, "missing", in every column of that party, and no question asks for it."""
    agreed = catalogue_of({name: dataset(name, TABLES[name]) for name in TABLES})
    rows = {
        "platform": Rows(1, {"a_x": np.array([3]), "is_fan": np.array([2])}),
        "brand": Rows(1),
    }
    connection = database.connect(64, 1)
    load_rows(connection, agreed, rows)
    assert database.rows(connection, "SELECT c0_a_x FROM persons ORDER BY person") == [(3,), (0,)]


# --- in a session --------------------------------------------------------------------------------

MATCH = MatchQuestion(("platform", "brand"))
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",))


def rows_with(young: int) -> dict[str, Rows]:
    """The shop, with so many young people among the platform's 300 and nobody without an age."""
    rows = shop_rows()
    ages = np.repeat([1, 2, 3], [young, 150, 150 - young])
    rows["platform"].columns["a_age"] = ages
    return rows


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, shop_datasets(), rows_with(20), policy=POLICY)
    yield made
    made.close()


def remembered(world: World) -> list[rare.Flags]:
    """What was decided about the platform's people, by all rosters of the ledger."""
    books = world.books()
    papers = prepare(world, books=books, grant=partial(hand_grant, world))
    with ThreadEngine(papers, books) as engine:
        engine.open()
        assert engine.room is not None
        known = [each.rare["platform"] for each in engine.room._memory.openings]
        engine.close()
    return known


def test_decisions_go_with_the_package(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kept for the same package; taken anew when it was sealed anew."""
    _, receipts = session_in_threads(world, [("A01", MATCH), ("A03", AGE)])
    world.settle(receipts)
    with monkeypatch.context() as patch:
        patch.setattr(rare, "_fail", lambda *_: pytest.fail("decided again"))
        _, receipts = session_in_threads(world, [])
        world.settle(receipts)
    assert remembered(world) == [{"a_age": (1, 1, 0, 0)}] * 2
    world.seal("platform", rows_with(110)["platform"])
    remembered(world)
    assert remembered(world)[-1] == {"a_age": (1, 0, 0, 1)}


def test_differential_privacy_never_looks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rare, "_fail", lambda *_: pytest.fail("looked"))
    world = shop(tmp_path, policy=Policy("dp", min_match=0, answer_quantum_ms=0))
    (release,), _ = session_in_threads(world, [("A01", MATCH)])
    assert release is not None
    assert release.status == "released"
    world.close()
