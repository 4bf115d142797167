"""Packages that their owner signed and that nevertheless hold what they must not.

Each is refused as a whole, with a code, before any of its rows is used.
"""

import contextlib
import io
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from engine_material import Papers, hand_grant, prepare, unpack_package
from room_material import (
    EMAIL,
    PHONE,
    Alter,
    Rows,
    World,
    one_part,
    parquet_file,
    shop,
    shop_rows,
    tokens_of,
)

from cleanroom.disclosure.policy import Policy
from cleanroom.errors import CleanroomError, TrustError
from cleanroom.sandbox import columns
from cleanroom.sandbox.inside import parts
from cleanroom.tables import MISSING_LONG
from cleanroom.trust import package
from cleanroom.trust.package import Manifest

Spoil = Callable[[pa.Table], pa.Table | bytes]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world; every test seals what it needs and grants by hand."""
    made = shop(tmp_path_factory.mktemp("content"))
    yield made
    made.close()


def papers_of(world: World) -> Papers:
    return prepare(world, grant=partial(hand_grant, world))


def refused(world: World, owner: str, **seal: Any) -> str:
    """The code with which a package is refused; the other party's still opens."""
    rows = seal.pop("rows", None) or shop_rows()[owner]
    honest = world.packages[owner]
    world.seal(owner, rows, **seal)
    try:
        papers = papers_of(world)
        with pytest.raises(TrustError) as caught:
            unpack_package(papers, owner)
        other = next(name for name in world.packages if name != owner)
        assert unpack_package(papers, other)
    finally:
        world.packages[owner] = honest
    return caught.value.code


def spoiled(table: str, spoil: Spoil) -> Callable[[str, pa.Table], Sequence[bytes]]:
    """Alter one table of a package."""

    def alter(name: str, honest: pa.Table) -> Sequence[bytes]:
        if name != table:
            return one_part(name, honest)
        made = spoil(honest)
        return [made if isinstance(made, bytes) else parquet_file(made)]

    return alter


def with_column(name: str, values: pa.Array) -> Spoil:
    """Another content of one column."""
    return lambda table: table.set_column(table.column_names.index(name), name, values)


# --- what an honest package brings ---------------------------------------------------------------


def test_an_honest_package_arrives_as_it_was_sealed(world: World) -> None:
    rows = shop_rows()["platform"]
    items = unpack_package(papers_of(world), "platform")
    got = {
        header.name: {c.name: array for c, array in zip(header.columns, batch, strict=True)}
        for header, batch in items
        if batch is not None
    }
    assert [header.name for header, batch in items if batch is None] == [
        "people",
        "ids:email",
        "exposures",
    ]
    assert list(got["people"]) == ["person", "id", "a_age"]  # numbered; half of the pid
    assert len(set(got["people"]["id"].tolist())) == 300
    assert np.array_equal(got["people"]["person"], np.arange(300))
    assert np.array_equal(got["people"]["a_age"], rows.columns["a_age"])
    for name, array in zip(("person", "hi", "lo"), rows.tokens["email"], strict=True):
        assert np.array_equal(got["ids:email"][name], array)
    for name, array in rows.events["exposures"].items():
        assert np.array_equal(got["exposures"][name], array)


def test_parts_and_batches_are_put_together(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """People keep counting over parts; a part larger than a batch arrives in several."""

    def in_thirds(_name: str, table: pa.Table) -> Sequence[bytes]:
        cut = max(1, table.num_rows // 3 + 1)
        return [parquet_file(table.slice(at, cut)) for at in range(0, table.num_rows, cut)]

    monkeypatch.setattr(columns, "MAX_BATCH_ROWS", 37)
    honest = world.packages["platform"]
    world.seal("platform", shop_rows()["platform"], alter=in_thirds)
    try:
        items = unpack_package(papers_of(world), "platform")
    finally:
        world.packages["platform"] = honest
    batches = [batch for header, batch in items if header.name == "people" and batch is not None]
    assert max(len(batch[0]) for batch in batches) == 37
    assert np.array_equal(np.concatenate([batch[0] for batch in batches]), np.arange(300))
    tokens = [b for header, b in items if header.name == "ids:email" and b is not None]
    assert np.array_equal(np.concatenate([b[0] for b in tokens]), np.arange(300))


def test_a_party_without_anybody(world: World) -> None:
    honest = world.packages["brand"]
    nothing = {"person": [], "ts": [], "paid": []}
    world.seal("brand", Rows(0, events={"conversions": nothing}))  # type: ignore[arg-type]
    try:
        items = unpack_package(papers_of(world), "brand")
    finally:
        world.packages["brand"] = honest
    assert all(batch is None for _, batch in items)


# --- values --------------------------------------------------------------------------------------

N = 300


def at_the_end(value: int, storage: str, fill: int = 1) -> pa.Array:
    """One bad value in the last of all rows."""
    array = np.full(N, fill, storage)
    array[-1] = value
    return pa.array(array)


VALUES: list[tuple[str, str, str, pa.Array]] = [
    ("platform", "people", "a_age", at_the_end(4, "u1")),  # three levels: codes 0 to 3
    ("platform", "people", "a_age", at_the_end(255, "u1")),
    ("platform", "exposures", "channel", at_the_end(0, "u1")),  # may not be missing
    ("platform", "exposures", "channel", at_the_end(3, "u1")),
    ("platform", "exposures", "ts", at_the_end(MISSING_LONG, "<i8")),
    ("platform", "exposures", "person", at_the_end(N, "<u4")),
    ("platform", "exposures", "person", at_the_end(2**32 - 1, "<u4")),
    ("platform", "ids:email", "person", at_the_end(N, "<u4")),
]


@pytest.mark.parametrize(("owner", "table", "column", "values"), VALUES)
def test_values_that_the_agreement_does_not_have(
    world: World, owner: str, table: str, column: str, values: pa.Array
) -> None:
    alter = spoiled(table, with_column(column, values))
    assert refused(world, owner, alter=alter) == "trust.package_content"


@pytest.mark.parametrize(
    "values",
    [
        pa.array([None, *[1] * (N - 1)], pa.uint8()),
        pa.array(np.ones(N, "<u2")),
        pa.array(np.ones(N, "i1")),
        pa.array(np.full(N, np.nan)),
        pa.array(np.full(N, np.inf, "<f4")),
        pa.array(["young"] * N),
        pa.array([b"\xff\xfe"] * N),
        pa.array([True] * N),
        pa.array([[1]] * N),
        pa.array([{"a": 1}] * N),
        pa.array([1] * N, pa.decimal128(5, 2)),
        pa.nulls(N),
        pa.nulls(N, pa.uint8()),
    ],
    ids=lambda values: str(values.type)[:12],
)
def test_columns_that_are_no_agreed_integers(world: World, values: pa.Array) -> None:
    alter = spoiled("people", with_column("a_age", values))
    assert refused(world, "platform", alter=alter) == "trust.package_content"


# --- tables --------------------------------------------------------------------------------------


def many_columns(table: pa.Table) -> pa.Table:
    """10,000 of them."""
    extra = {f"c{number}": np.zeros(table.num_rows, "u1") for number in range(10_000)}
    return pa.table({**{n: table.column(n) for n in table.column_names}, **extra})


TABLES: dict[str, Spoil] = {
    "extra column": lambda table: table.append_column("name", pa.array(["x"] * N)),
    "column twice": lambda table: table.append_column("a_age", table.column("a_age")),
    "column missing": lambda table: table.drop_columns(["a_age"]),
    "column renamed": lambda table: table.rename_columns(["pid_hi", "pid_lo", "A_AGE"]),
    "no row": lambda table: table.slice(0, 0),
    "many columns": many_columns,
    "not a table": lambda _: b"person,age\n1,2\n",
    "nothing": lambda _: b"",
    "cut": lambda table: parquet_file(table)[:-9],
    "half": lambda table: parquet_file(table)[: len(parquet_file(table)) // 2],
}


@pytest.mark.parametrize("which", TABLES)
def test_tables_that_are_not_the_agreed_ones(world: World, which: str) -> None:
    alter = spoiled("people", TABLES[which])
    assert refused(world, "platform", alter=alter) == "trust.package_content"


def test_every_flipped_byte_of_a_table_is_an_answer(world: World) -> None:
    """Inside the ciphertext, so only the parser can notice: refused, or other agreed numbers."""
    plain = parquet_file(pa.table({"a": np.arange(50, dtype="u1")}))
    agreed = (package.PackedColumn("a", None, "u1"),)
    for place in range(len(plain)):
        damaged = bytearray(plain)
        damaged[place] ^= 0xFF
        with contextlib.suppress(TrustError):
            (array,) = parts.arrays(bytes(damaged), agreed)
            assert array.dtype == np.dtype("u1")
            assert array.ndim == 1


def rows_claimed(rows: int) -> bytes:
    """A Parquet file of few bytes whose one column has very many equal values."""
    sink = io.BytesIO()
    pq.write_table(
        pa.table({"a": np.zeros(rows, "u1")}), sink, compression="zstd", row_group_size=1 << 26
    )
    return sink.getvalue()


def test_a_few_bytes_that_hold_millions_of_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Run lengths: refused by the stated number of rows, before any is made."""
    bomb = rows_claimed(parts.MAX_PART_ROWS + 1)
    assert len(bomb) < parts.MAX_PART_ROWS / 100

    def read(*_: object, **__: object) -> None:
        raise AssertionError("the rows were made")

    monkeypatch.setattr(pq.ParquetFile, "read", read)
    with pytest.raises(TrustError) as caught:
        parts.arrays(bomb, (package.PackedColumn("a", None, "u1"),))
    assert caught.value.code == "trust.package_content"


# --- persons and tokens --------------------------------------------------------------------------


def with_id(person: int, value: int | None = None) -> Spoil:
    """Somebody gets another id, or the first person's when none is given."""

    def spoil(table: pa.Table) -> pa.Table:
        ids = table.column("pid_hi").to_pylist()
        ids[person] = ids[0] if value is None else value
        return with_column("pid_hi", pa.array(ids, pa.uint64()))(table)  # type: ignore[return-value]

    return spoil


@pytest.mark.parametrize("owner", ["platform", "brand"])
@pytest.mark.parametrize("spoil", [with_id(1), with_id(N - 1), with_id(7, 0)])
def test_people_that_cannot_be_told_apart(world: World, owner: str, spoil: Spoil) -> None:
    """Two with one id, or one without: sessions could not be compared person by person."""
    assert refused(world, owner, alter=spoiled("people", spoil)) == "trust.package_content"


def test_two_people_with_one_id_in_two_parts(world: World) -> None:
    def alter(name: str, honest: pa.Table) -> Sequence[bytes]:
        return halves(name, with_id(N - 1)(honest) if name == "people" else honest)

    assert refused(world, "brand", alter=alter) == "trust.package_content"


def test_a_token_of_two_people(world: World) -> None:
    rows = shop_rows()["brand"]
    _, hi, lo = rows.tokens["email"]
    hi[7], lo[7] = hi[3], lo[3]
    assert refused(world, "brand", rows=rows) == "trust.package_tokens"


def test_a_token_said_twice(world: World) -> None:
    rows = shop_rows()["brand"]
    rows.tokens["email"] = tuple(  # type: ignore[assignment]
        np.append(array, array[5]) for array in rows.tokens["email"]
    )
    assert refused(world, "brand", rows=rows) == "trust.package_tokens"


def halves(_name: str, table: pa.Table) -> Sequence[bytes]:
    """Every table in two parts."""
    cut = table.num_rows // 2
    return [parquet_file(table.slice(0, cut)), parquet_file(table.slice(cut))] if cut else []


def test_a_token_of_two_people_in_two_parts(world: World) -> None:
    rows = shop_rows()["brand"]
    _, hi, lo = rows.tokens["email"]
    hi[-1], lo[-1] = hi[0], lo[0]
    assert refused(world, "brand", rows=rows, alter=halves) == "trust.package_tokens"


def test_tokens_that_are_equal_in_one_half_only(world: World) -> None:
    """Not equal: every person keeps its own."""
    rows = shop_rows()["brand"]
    _, hi, lo = rows.tokens["email"]
    hi[:] = hi[0]
    lo[:] = np.arange(len(lo))
    honest = world.packages["brand"]
    world.seal("brand", rows)
    try:
        assert unpack_package(papers_of(world), "brand")
    finally:
        world.packages["brand"] = honest


@pytest.mark.parametrize(
    ("mode", "alter", "code"),
    [
        ("dp", one_part, "trust.package_tokens"),
        ("dp", halves, "trust.package_tokens"),
        ("threshold", halves, ""),
    ],
)
def test_two_tokens_of_one_person(tmp_path: Path, mode: str, alter: Alter, code: str) -> None:
    """Differential privacy: at most one token each, else one person could be two."""
    policy = Policy(mode, min_match=0, answer_quantum_ms=0)  # type: ignore[arg-type]
    world = shop(tmp_path, policy=policy)
    rows = shop_rows()["brand"]
    rows.tokens["email"] = tokens_of([*range(300), 0], [*range(1000, 1300), 2000])
    if code:
        assert refused(world, "brand", rows=rows, alter=alter) == code
    else:
        world.seal("brand", rows, alter=alter)
        assert unpack_package(papers_of(world), "brand")
    world.close()


def test_each_kind_of_identifier_is_checked(tmp_path: Path) -> None:
    world = shop(tmp_path, identifiers=(EMAIL, PHONE))
    rows = shop_rows()["brand"]
    rows.tokens["phone"] = tokens_of([1, 2], [9, 9])
    assert refused(world, "brand", rows=rows) == "trust.package_tokens"
    world.close()


# --- the file ------------------------------------------------------------------------------------


def test_a_part_that_was_flipped(world: World, tmp_path: Path) -> None:
    data = bytearray(world.packages["brand"].read_bytes())
    data[len(package.MAGIC) + 100] ^= 1
    broken = tmp_path / "broken.crpkg"
    broken.write_bytes(data)
    with pytest.raises(TrustError) as caught:
        unpack_package(papers_of(world), "brand", broken)
    assert caught.value.code == "trust.package_damaged"


def test_a_file_that_was_cut(world: World, tmp_path: Path) -> None:
    data = world.packages["brand"].read_bytes()
    for keep, code in ((len(data) - 1, "truncated"), (len(data) // 2, "truncated"), (0, "")):
        cut = tmp_path / f"{keep}.crpkg"
        cut.write_bytes(data[:keep])
        with pytest.raises(TrustError) as caught:
            unpack_package(papers_of(world), "brand", cut)
        expected = f"trust.package_{code}" if code else "trust.not_a_package"
        assert caught.value.code == expected


def test_the_other_partys_file(world: World) -> None:
    with pytest.raises(TrustError) as caught:
        unpack_package(papers_of(world), "brand", world.packages["platform"])
    assert caught.value.code == "trust.signature"


def test_an_earlier_package_of_the_same_owner(world: World) -> None:
    """Swapped after the grant: the grant names the manifest."""
    earlier = world.packages["brand"]
    world.seal("brand", shop_rows()["brand"])
    with pytest.raises(TrustError) as caught:
        unpack_package(papers_of(world), "brand", earlier)
    assert caught.value.code == "trust.package_for_another"


RESTATED: dict[str, tuple[dict[str, Any], str]] = {
    "agreement id": ({"agreement_id": "00" * 16}, "trust.package_for_another"),
    "agreement hash": ({"agreement_hash": "00" * 32}, "trust.package_for_another"),
    "owner": ({"owner": "platform"}, "trust.package_for_another"),
    "dataset": ({"dataset": "another"}, "trust.package_for_another"),
    "period": ({"end": "2026-06-01"}, "trust.package_for_another"),
}


@pytest.mark.parametrize("which", RESTATED)
def test_manifests_that_say_something_else(world: World, which: str) -> None:
    changes, code = RESTATED[which]

    def restate(manifest: Manifest) -> Manifest:
        return msgspec.structs.replace(manifest, **changes)

    assert refused(world, "brand", restate=restate) == code


def fewer_tables(manifest: Manifest) -> Manifest:
    return msgspec.structs.replace(manifest, tables=manifest.tables[:-1])


def wider_column(manifest: Manifest) -> Manifest:
    table = manifest.tables[-1]
    first = msgspec.structs.replace(table.columns[0], storage="<u8")
    changed = msgspec.structs.replace(table, columns=(first, *table.columns[1:]))
    return msgspec.structs.replace(manifest, tables=(*manifest.tables[:-1], changed))


def renamed_column(manifest: Manifest) -> Manifest:
    table = manifest.tables[-1]
    first = msgspec.structs.replace(table.columns[0], name="nobody")
    changed = msgspec.structs.replace(table, columns=(first, *table.columns[1:]))
    return msgspec.structs.replace(manifest, tables=(*manifest.tables[:-1], changed))


@pytest.mark.parametrize("restate", [wider_column, renamed_column])
def test_manifests_with_other_columns(
    world: World, restate: Callable[[Manifest], Manifest]
) -> None:
    assert refused(world, "brand", restate=restate) == "trust.package_content"


def test_a_manifest_without_a_table(world: World) -> None:
    """An empty one has no part, so nothing else is wrong with the file."""
    rows = shop_rows()["brand"]
    rows.events["conversions"] = dict.fromkeys(("person", "ts", "paid"), np.zeros(0))
    code = refused(world, "brand", rows=rows, restate=fewer_tables)
    assert code == "trust.package_content"


def test_parts_in_each_others_place(world: World, tmp_path: Path) -> None:
    """Signed so by the owner: what is encrypted for one table does not open as another."""

    def restate(manifest: Manifest) -> Manifest:
        first, second, *rest = manifest.parts
        tables = (second.table, first.table)
        swapped = [
            msgspec.structs.replace(part, table=table)
            for part, table in zip((first, second), tables, strict=True)
        ]
        return msgspec.structs.replace(manifest, parts=(*swapped, *rest))

    assert refused(world, "brand", restate=restate) == "trust.package_damaged"


def test_a_package_under_another_key(world: World) -> None:
    papers = papers_of(world)
    request = papers.requests["brand"]
    papers.grants["brand"] = hand_grant(world, "brand", request, package_key=bytes(32))
    with pytest.raises(CleanroomError) as caught:
        unpack_package(papers, "brand")
    assert caught.value.code == "trust.package_damaged"
