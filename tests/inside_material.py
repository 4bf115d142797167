"""The inside of the sandbox without its processes: rows in a database, and a gate on them."""

from collections.abc import Mapping, Sequence
from types import SimpleNamespace

import numpy as np
from room_material import EMAIL, Rows, dataset, tokens_of

from cleanroom.disclosure.catalogue import Catalogue, ColumnSpec, DatasetSpec, Identifier
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.price import FREE, Price
from cleanroom.disclosure.question import AttributeQuestion, Question
from cleanroom.disclosure.release import Release
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import database, kernels, matching
from cleanroom.sandbox.inside.books import Books
from cleanroom.sandbox.inside.database import Connection
from cleanroom.sandbox.inside.earlier import People
from cleanroom.sandbox.inside.gate import Decision, Gate
from cleanroom.sandbox.inside.matching import Links, PartyRows
from cleanroom.sandbox.inside.room import Room
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.state import Stored
from cleanroom.tables import Type
from cleanroom.trust import layout

AGREEMENT_ID = "ab" * 16
PLENTY = Price(10**9, 10**9, 10**9)


def catalogue_of(
    datasets: Mapping[str, DatasetSpec], identifiers: tuple[Identifier, ...] = (EMAIL,)
) -> Catalogue:
    """A catalogue as an agreement would give it."""
    return Catalogue(AGREEMENT_ID, tuple(datasets), identifiers, tuple(datasets.values()))


def party_rows(catalogue: Catalogue, party: str, rows: Rows) -> PartyRows:
    """What matching gets of a party."""
    people = {
        column.name: np.asarray(rows.columns[column.name], column.storage)
        for column in layout.declared(catalogue.dataset(party), "people")
    }
    tokens = {}
    for identifier in catalogue.identifiers:
        person, hi, lo = rows.tokens.get(identifier.kind, ([], [], []))
        tokens[identifier.kind] = {
            "person": np.asarray(person, "<u4"),
            "hi": np.asarray(hi, "<u8"),
            "lo": np.asarray(lo, "<u8"),
        }
    ids = np.arange(1, rows.people + 1, dtype="<u8")
    return PartyRows(rows.people, ids, people, tokens)


def load_rows(connection: Connection, catalogue: Catalogue, rows: Mapping[str, Rows]) -> Links:
    """Fill (or refill) a database as the engine does: event tables, and who is who."""
    for (table,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall():
        connection.execute(f'DROP TABLE "{table}"').fetchall()
    for index, party in enumerate(catalogue.parties):
        for name, columns in layout.in_pipe(catalogue.datasets[index], catalogue.identifiers):
            if name != "people" and not name.startswith(layout.IDS):
                events = rows[party].events.get(name, {"person": np.zeros(0)})
                length = len(next(iter(events.values())))
                nothing = np.zeros(length)  # columns that a test leaves out
                arrays = [np.asarray(events.get(c.name, nothing), c.storage) for c in columns]
                database.create_table(connection, f"{name}_{index}", columns)
                if len(arrays[0]):
                    database.insert(connection, f"{name}_{index}", columns, arrays)
    parties = [party_rows(catalogue, party, rows[party]) for party in catalogue.parties]
    links = matching.link(connection, catalogue, parties)
    matching.create_persons(connection, catalogue, parties, links)
    return links


def open_database(catalogue: Catalogue, rows: Mapping[str, Rows]) -> Connection:
    """A new database with these rows."""
    connection = database.connect(512, 1)
    load_rows(connection, catalogue, rows)
    return connection


def person_rows(
    connection: Connection, question: Question, catalogue: Catalogue
) -> list[tuple[int, ...]]:
    """What a kernel says before anything is added up: (person, cell, amounts...)."""
    kernel = kernels.query(question, catalogue)
    return database.rows(connection, kernel.text, kernel.values)


def roster_of(connection: Connection, catalogue: Catalogue) -> Roster:
    """Who is in a database: everybody's id is its place in its party's rows, from 1."""
    fields = ", ".join(f"coalesce(p{i} + 1, 0) AS p{i}" for i in range(len(catalogue.parties)))
    found = connection.execute(f"SELECT {fields} FROM persons ORDER BY person").fetchnumpy()
    ids = tuple(np.asarray(found[f"p{i}"], "<u8") for i in range(len(catalogue.parties)))
    packages = dict.fromkeys(catalogue.parties, "00" * 32)
    return Roster(packages, "2026-01-01T00:00:00Z", {}, ids)


class Desk:
    """A gate with the bookkeeping that the engine does around it."""

    def __init__(
        self,
        connection: Connection,
        catalogue: Catalogue,
        policy: Policy,
        allowance: Price = PLENTY,
        *,
        known: dict[str, Stored] | None = None,
        lifetime: Price = FREE,
        analyses: tuple[str, ...] = ("A01", "A03", "A04"),
        roster: Roster | None = None,
        rosters: Mapping[str, Roster] | None = None,
    ) -> None:
        self.known = {} if known is None else known
        self.books = Books(policy, allowance, lifetime=lifetime)
        people = None
        if policy.mode == "threshold":
            people = People(roster or roster_of(connection, catalogue), rosters or {})
        self.gate = Gate(connection, catalogue, policy, analyses, self.books, self.known, people)
        self._engine = SimpleNamespace(_books=self.books, _gate=self.gate, _catalogue=catalogue)

    def decide(self, analysis: str, question: Question) -> Decision:
        """Decide and book."""
        decision = self.gate.decide(analysis, question)
        Room._book(self._engine, messages.Ask(analysis, question), decision)  # type: ignore[arg-type]
        return decision

    def ask(self, analysis: str, question: Question) -> Release:
        """The release."""
        return self.decide(analysis, question).release


def one_column_world(
    sizes: Sequence[int], others: int = 0
) -> tuple[Connection, Catalogue, AttributeQuestion]:
    """A platform whose people fall into levels of these sizes, ``others`` of them matched by a
    brand that has 300 more; and the question for the sizes.
    """
    labels = tuple(f"v{number}" for number in range(len(sizes)))
    column = ColumnSpec(Type.CATEGORY, labels, missing=False)
    agreed = catalogue_of(
        {
            "platform": dataset("platform", {"people": {"a_group": column}}),
            "brand": dataset("brand", {"people": {}}),
        }
    )
    people = sum(sizes)
    levels = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    rows = {
        "platform": Rows(
            people, {"a_group": levels}, {"email": tokens_of(range(people), range(people))}
        ),
        "brand": Rows(
            others + 300,
            {},
            {
                "email": tokens_of(
                    range(others + 300), [*range(others), *range(people, people + 300)]
                )
            },
        ),
    }
    question = AttributeQuestion(("platform",), ("platform.people.a_group",))
    return open_database(agreed, rows), agreed, question
