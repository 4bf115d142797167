"""What the tables of a package must look like, by the agreement alone.

The sealing desk, the ingest worker and the engine each derive it, so nobody believes a package
about its own shape.
"""

from cleanroom.disclosure.catalogue import ColumnSpec, DatasetSpec, Identifier
from cleanroom.tables import TABLES, storage
from cleanroom.trust.package import PackedColumn

IDS = "ids:"
PERSON = PackedColumn("person", None, "<u4")
ID = PackedColumn("id", None, "<u8")
PID = (PackedColumn("pid_hi", None, "<u8"), PackedColumn("pid_lo", None, "<u8"))
TOKEN = (PackedColumn("hi", None, "<u8"), PackedColumn("lo", None, "<u8"))

Layout = tuple[tuple[str, tuple[PackedColumn, ...]], ...]


def _stored(name: str, spec: ColumnSpec) -> PackedColumn:
    return PackedColumn(name, spec.type, storage(spec.type, len(spec.domain)).str.lstrip("|"))


def declared(dataset: DatasetSpec, table: str) -> tuple[PackedColumn, ...]:
    """The agreed columns of a table, by name."""
    return tuple(_stored(n, spec) for n, spec in sorted(dataset.tables.get(table, {}).items()))


def person_columns(table: str) -> tuple[PackedColumn, ...]:
    """The columns that point at persons: ``person``, or ``from_person`` and ``to_person``."""
    if table == "referrals":
        names: tuple[str, ...] = ("from_person", "to_person")
    else:
        names = ("person",) if TABLES[table].personal else ()
    return tuple(PackedColumn(name, None, "<u4") for name in names)


def _beside_people(dataset: DatasetSpec, identifiers: tuple[Identifier, ...]) -> Layout:
    ids = tuple((IDS + identifier.kind, (PERSON, *TOKEN)) for identifier in identifiers)
    others = tuple(
        (name, (*person_columns(name), *declared(dataset, name)))
        for name in sorted(set(dataset.tables) - {"people"})
    )
    return ids + others


def in_package(dataset: DatasetSpec, identifiers: tuple[Identifier, ...]) -> Layout:
    """Tables as stored: ``people`` (row number = person), ``ids:<kind>`` each, then the others.

    ``people`` starts with the stable pid; ``ids`` hold a person's tokens of one kind.
    """
    people = (*PID, *declared(dataset, "people"))
    return (("people", people), *_beside_people(dataset, identifiers))


def in_pipe(dataset: DatasetSpec, identifiers: tuple[Identifier, ...]) -> Layout:
    """Tables as the engine reads them: the same, but people are numbered, and ``id``, the first
    half of the stable pid, tells who they are in later sessions.
    """
    people = (PERSON, ID, *declared(dataset, "people"))
    return (("people", people), *_beside_people(dataset, identifiers))
