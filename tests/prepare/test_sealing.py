"""Sealing small tables: what is in the package, what is left out, what refuses the whole."""

import hashlib
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sealing_material import EMAIL, PHONE, Desk, Opened, token

from cleanroom.disclosure.catalogue import ColumnSpec, Identifier
from cleanroom.errors import InputError
from cleanroom.prepare import package_writer, seal
from cleanroom.prepare.pid_index import UNKNOWN, PidIndex
from cleanroom.tables import MISSING_LONG, Type
from cleanroom.trust.package import IdentifierProfile, PackedTable

BAND = ColumnSpec(Type.CATEGORY, ("x", "y"))
PEOPLE = """
[people]
file = "people.csv"
pid = "id"
identifiers = [{ column = "mail", kind = "email" }]
columns.a_band = "band"
"""
ROWS = "id,mail,band\n1,a@b.example,x\n2,c@d.example,y\n3,,\n"
CANARY = "canary.person"


def desk(tmp_path: Path, people: str = ROWS, mapping: str = PEOPLE, **rest: object) -> Desk:
    rest.setdefault("tables", {"people": {"a_band": BAND}})
    return Desk(tmp_path, mapping, files={"people.csv": people}, **rest)  # type: ignore[arg-type]


def refused(one: Desk) -> tuple[str, dict[str, object]]:
    with pytest.raises(InputError) as caught:
        one.seal()
    said = caught.value.message("en") + caught.value.message("zh_CN")
    assert "…" not in said.replace("[…]", "")
    assert CANARY not in said
    assert not one.output.exists()
    return caught.value.code.removeprefix("input."), dict(caught.value.facts)


def test_people_and_tokens(tmp_path: Path) -> None:
    opened = desk(tmp_path).seal()
    assert opened.column("people", "a_band") == [1, 2, 0]
    assert opened.tokens("email") == {
        token("email", "a@b.example"): 0,
        token("email", "c@d.example"): 1,
    }
    assert len({(row["pid_hi"], row["pid_lo"]) for row in opened.tables["people"]}) == 3
    assert opened.sealed.tables[0].rows == "1-9"
    assert [table.name for table in opened.sealed.tables] == ["people", "ids:email"]
    assert opened.sealed.profile == (
        IdentifierProfile("email", "raw", "email-basic/1", "plain", 65, 35, 0),
    )


def test_pids_are_stable_over_reseals_and_orders(tmp_path: Path) -> None:
    first = desk(tmp_path).seal()
    (tmp_path / "package.part").unlink()
    turned = "id,mail,band\n3,,\n2,c@d.example,x\n1,a@b.example,x\n4,e@f.example,x\n"
    second = desk(tmp_path, turned).seal()

    def pids(opened: Opened) -> list[tuple[int, int]]:
        return [(row["pid_hi"], row["pid_lo"]) for row in opened.tables["people"]]

    assert pids(second)[:3] == pids(first)[::-1]


def test_without_pid_the_first_valid_identifier_is_the_person(tmp_path: Path) -> None:
    mapping = PEOPLE.replace('pid = "id"\n', "").replace(
        '"email" }', '"email" }, { column = "tel", kind = "phone" }'
    )
    rows = (
        "mail,tel,band\n"
        "a@b.example,13800000001,x\n"
        ",13800000002,y\n"  # known by the phone alone
        "A@B.example,,y\n"  # the first again
        ",,x\n"  # nobody
    )
    opened = desk(tmp_path, rows, mapping, identifiers=(EMAIL, PHONE)).seal()
    assert opened.column("people", "a_band") == [2, 2]
    assert sorted(opened.tokens("phone").values()) == [0, 1]
    people = opened.sealed.findings.tables[0]
    assert (people.rows, people.sealed, people.without_person.count) == (4, 2, 1)
    assert people.without_person.examples[0].line == 5


def test_latest_row_hot_and_shared_identifiers(tmp_path: Path) -> None:
    mapping = PEOPLE + 'columns.as_of = "seen"\n'
    rows = "id,mail,band,seen\n" + "".join(
        [
            "1,a@b.example,x,2024-03-01\n",
            "1,a2@b.example,y,2024-02-01\n",
            "2,a@b.example,y,2024-01-01\n",  # shares with 1: one person
            *(f"{n},hot@b.example,x,2024-01-01\n" for n in range(3, 7)),
        ]
    )
    opened = desk(tmp_path, rows, mapping).seal()
    assert opened.column("people", "a_band") == [1, 1, 1, 1, 1]
    assert opened.tokens("email") == {
        token("email", "a@b.example"): 0,
        token("email", "a2@b.example"): 0,
    }
    findings = opened.sealed.findings
    assert (findings.persons.pids, findings.persons.merged, findings.kinds[0].hot) == (6, 1, 1)

    (tmp_path / "package.part").unlink()
    one = desk(tmp_path, rows, mapping, one_token=True).seal()
    assert one.tokens("email") == {token("email", "a@b.example"): 0}


def test_consent_opt_out_and_children_are_left_out_with_their_events(tmp_path: Path) -> None:
    mapping = (
        PEOPLE
        + 'consent = { column = "ok", accepted = ["Y"] }\n'
        + 'under_14 = { column = "age", below = 14 }\n'
        + '[[opt_out]]\nfile = "left.csv"\ncolumn = "who"\nkind = "email"\n'
        + '[[opt_out]]\nfile = "pids.csv"\ncolumn = "who"\n'
        + '[conversions]\nfile = "orders.csv"\npid = "id"\ncolumns.ts = "ts"\n'
    )
    rows = (
        "id,mail,band,ok,age\n"
        "1,a@b.example,x,Y,30\n"
        "2,b@b.example,x,N,30\n"
        "3,c@b.example,x,Y,30\n"
        "4,d@b.example,x,Y,13\n"
        "5,e@b.example,x,Y,\n"
        "6,f@b.example,x,,30\n"
        "7,a@b.example,y,Y,31\n"  # one person with 1
    )
    one = desk(
        tmp_path,
        rows,
        mapping,
        tables={"people": {"a_band": BAND}, "conversions": {"ts": ColumnSpec(Type.DATETIME)}},
    )
    one.files = {
        **one.files,
        "left.csv": "who\n C@B.EXAMPLE \nnobody@b.example\n",
        "pids.csv": "who\n5\n",
        "orders.csv": "id,ts\n" + "".join(f"{n},2024-05-01\n" for n in range(1, 9)),
    }
    opened = one.seal()
    persons = opened.sealed.findings.persons
    assert (persons.no_consent, persons.opted_out, persons.under_14) == (2, 2, 1)
    assert opened.column("people", "a_band") == [2]
    assert set(opened.tokens("email")) == {token("email", "a@b.example")}
    assert opened.column("conversions", "person") == [0, 0]
    orders = opened.sealed.findings.tables[1]
    assert (orders.rows, orders.sealed, orders.left_out) == (8, 2, 5)
    assert (orders.unknown_person.count, orders.unknown_person.line) == (1, 9)


def test_an_opt_out_list_may_be_empty_but_not_broken(tmp_path: Path) -> None:
    mapping = PEOPLE + '[[opt_out]]\nfile = "left.csv"\ncolumn = "who"\nkind = "email"\n'
    one = desk(tmp_path, mapping=mapping)
    one.files = {**one.files, "left.csv": "who\n"}
    assert len(one.seal().tables["people"]) == 3
    one.output.unlink()
    one.files = {**one.files, "left.csv": "who,since\na@b.example\n"}
    assert refused(one)[0] == "row_width"


def test_a_later_consent_counts_and_an_opt_out_always_does(tmp_path: Path) -> None:
    mapping = (
        PEOPLE
        + 'columns.as_of = "seen"\nconsent = { column = "ok", accepted = ["Y"] }\n'
        + '[[opt_out]]\nfile = "left.csv"\ncolumn = "who"\nkind = "email"\n'
    )
    rows = (
        "id,mail,band,seen,ok\n"
        "1,a@b.example,x,2024-01-01,N\n1,a@b.example,x,2024-02-01,Y\n"
        "2,b@b.example,x,2024-02-01,N\n2,b@b.example,x,2024-01-01,Y\n"
        "3,old@b.example,x,2024-01-01,Y\n3,c@b.example,x,2024-02-01,Y\n"
    )
    one = desk(tmp_path, rows, mapping)
    one.files = {**one.files, "left.csv": "who\nold@b.example\n"}
    assert set(one.seal().tokens("email")) == {token("email", "a@b.example")}


EVENTS = """
[conversions]
file = "orders.csv"
pid = "who"
columns.ts = { column = "when", formats = ["%d/%m/%Y %H:%M"] }
columns.paid = { column = "sum", decimal = "," }
columns.order_id = { column = "no", hashed = true }
[referrals]
file = "friends.csv"
from_pid = "a"
to_pid = "b"
columns.ts = "ts"
columns.kind = { constant = "share" }
[costs]
file = "costs.csv"
columns.date = "day"
columns.cost = "cost"
"""
TABLES = {
    "people": {"a_band": BAND},
    "conversions": {
        "ts": ColumnSpec(Type.DATETIME),
        "paid": ColumnSpec(Type.MONEY),
        "order_id": ColumnSpec(Type.INTEGER),
    },
    "referrals": {
        "ts": ColumnSpec(Type.DATETIME),
        "kind": ColumnSpec(Type.CATEGORY, ("share", "click")),
    },
    "costs": {"date": ColumnSpec(Type.DATE), "cost": ColumnSpec(Type.MONEY)},
}
FILES = {
    "orders.csv": (
        "who;when;sum;no\n"
        "2;31/12/2024 23:59;1.234,56;A1\n"
        "1;01/01/2024 00:00;0,5;A1\n"
        "1;31/12/2023 23:59;1;B\n"  # before the period
        "9;01/02/2024 00:00;1;B\n"  # nobody
        ";01/02/2024 00:00;1;B\n"  # no pid
        "3;01/02/2024 00:00;;\n"
    ),
    "friends.csv": "a,b,ts\n1,2,2024-01-02\n1,9,2024-01-02\n",
    "costs.csv": "day,cost\n2024-01-01,10.005\n2025-01-01,1\n",
}


def test_events_point_at_persons(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(package_writer, "PART_ROWS", 2)
    one = desk(tmp_path, mapping=PEOPLE + EVENTS, tables=TABLES)
    one.files = {**one.files, **FILES}
    opened = one.seal()
    rows = [tuple(row.values()) for row in opened.tables["conversions"]]
    number = rows[0][1]
    assert number > 0
    assert rows == [
        (1, number, 123456, 1735689540),
        (0, number, 50, 1704067200),
        (2, MISSING_LONG, MISSING_LONG, 1706745600),
    ]
    assert [tuple(row.values()) for row in opened.tables["referrals"]] == [(0, 1, 1, 1704153600)]
    assert [tuple(row.values()) for row in opened.tables["costs"]] == [(1000, 19723)]
    names = [(part.table, part.index) for part in opened.sealed.parts]
    assert names[:3] == [("people", 0), ("people", 1), ("ids:email", 0)]
    found = {table.table: table for table in opened.sealed.findings.tables}
    orders = found["conversions"]
    assert (orders.outside_period.count, orders.outside_period.line) == (1, 4)
    assert (orders.unknown_person.count, orders.unknown_person.line) == (1, 5)
    assert (orders.without_person.count, orders.without_person.line) == (1, 6)
    assert found["costs"].outside_period.count == 1
    assert found["referrals"].unknown_person.count == 1
    assert "write" in one.stages
    assert "conversions" in one.stages


def test_events_of_people_without_pid_name_the_identifier(tmp_path: Path) -> None:
    mapping = PEOPLE.replace('pid = "id"\n', "") + (
        '[conversions]\nfile = "orders.csv"\npid = "address"\ncolumns.ts = "ts"\n'
    )
    tables = {"people": {"a_band": BAND}, "conversions": {"ts": ColumnSpec(Type.DATETIME)}}
    one = desk(tmp_path, mapping=mapping, tables=tables)
    orders = "address,ts\nC@D.EXAMPLE,2024-02-02\nx@y.example,2024-02-02\n"
    one.files = {**one.files, "orders.csv": orders}
    assert one.seal().column("conversions", "person") == [1]


@pytest.mark.parametrize(
    ("given", "base", "digests"),
    [
        ("auto", "sha256", True),
        ("sha256", "sha256", True),
        ("auto", "sha256", False),
        ("auto", "plain", False),
    ],
)
def test_hashed_and_raw_lists_meet_on_the_agreed_base(
    tmp_path: Path, given: str, base: str, digests: bool
) -> None:
    digest = hashlib.sha256(b"a@b.example").hexdigest()
    value = digest.upper() if digests else " A@b.example"
    mapping = PEOPLE.replace('"email" }', f'"email", given = "{given}" }}')
    identifiers = (Identifier("email", "email-basic/1", base),)
    opened = desk(tmp_path, f"id,mail,band\n1,{value},x\n", mapping, identifiers=identifiers).seal()
    expected = digest if base == "sha256" else "a@b.example"
    assert opened.tokens("email") == {token("email", expected): 0}


def test_a_base_that_cannot_be_made(tmp_path: Path) -> None:
    rows = f"id,mail,band\n1,{'0a' * 32},x\n"
    assert refused(desk(tmp_path, rows))[0] == "token_base"


@pytest.mark.parametrize(
    ("rows", "mapping", "code", "line"),
    [
        ("id,mail,bond\n1,a@b.example,x\n", PEOPLE, "missing_column", None),
        ("id,mail,band\n", PEOPLE, "empty", None),
        ("", PEOPLE, "empty", None),
        (
            f"id,mail,band\n1,{CANARY}@b.example,x\n2,b@b.example,{CANARY}\n",
            PEOPLE,
            "outside_domain",
            3,
        ),
        (ROWS + "4,d@e.example\n", PEOPLE, "row_width", 5),
        (ROWS + f'4,"{CANARY}\n', PEOPLE, "quote", 5),
        ("id,mail,band\n,a@b.example,x\n", PEOPLE, "nobody", None),
        (
            "id,mail,band\n1,a@b.example,x\n",
            PEOPLE + 'consent = { column = "band", accepted = ["y"] }\n',
            "nobody",
            None,
        ),
    ],
)
def test_what_refuses_the_whole(
    tmp_path: Path, rows: str, mapping: str, code: str, line: int | None
) -> None:
    found, facts = refused(desk(tmp_path, rows, mapping))
    assert (found, facts.get("line")) == (code, line)


def test_a_missing_value_that_may_not_be_missing(tmp_path: Path) -> None:
    tables = {"people": {"a_band": ColumnSpec(Type.CATEGORY, ("x", "y"), missing=False)}}
    found, facts = refused(desk(tmp_path, tables=tables))
    assert (found, facts["line"], facts["column"]) == ("missing_value", 4, "a_band")


def test_a_required_time_may_never_be_missing(tmp_path: Path) -> None:
    one = desk(tmp_path, mapping=PEOPLE + EVENTS, tables=TABLES)
    one.files = {**one.files, **FILES, "friends.csv": "a,b,ts\n1,2,\n"}
    found, facts = refused(one)
    assert (found, facts["table"]) == ("missing_value", "referrals")


def test_an_unreadable_value(tmp_path: Path) -> None:
    one = desk(tmp_path, mapping=PEOPLE + EVENTS, tables=TABLES)
    one.files = {
        **one.files,
        **FILES,
        "costs.csv": f"day,cost\n2024-01-01,1\n2024-01-02,{CANARY}\n",
    }
    found, facts = refused(one)
    assert (found, facts["line"], facts["column"]) == ("unreadable_value", 3, "cost")


def test_bad_rows_may_be_allowed(tmp_path: Path) -> None:
    mapping = PEOPLE + "bad_rows = 1\n"
    opened = desk(tmp_path, ROWS + "4,d@e.example\n", mapping).seal()
    assert opened.sealed.findings.tables[0].wrong_width_lines == (5,)
    assert len(opened.tables["people"]) == 3


def test_an_opt_out_list_by_something_not_agreed(tmp_path: Path) -> None:
    mapping = PEOPLE.replace('"email" }', '"email" }, { column = "tel", kind = "phone" }')
    mapping += '[[opt_out]]\nfile = "people.csv"\ncolumn = "mail"\nkind = "phone"\n'
    found, facts = refused(desk(tmp_path, mapping=mapping))
    assert (found, facts["known"]) == ("opt_out_kind", "pid, email")


def test_no_raw_identifier_in_the_package(tmp_path: Path) -> None:
    rows = "id,mail,band\n" + "".join(
        f"pid-{CANARY}-{n},{CANARY}{n}@b.example,x\n" for n in range(500)
    )
    opened = desk(tmp_path, rows).seal()
    plain = str(opened.tables)
    for form in (CANARY, "b.example", "pid-"):
        assert form.encode() not in opened.content
        assert form.encode("utf-16-le") not in opened.content
        assert form not in plain


def test_an_interruption_leaves_nothing(tmp_path: Path) -> None:
    one = desk(tmp_path)

    def stop(stage: str, done: int, total: int) -> None:
        if stage == "write":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        seal.seal(one.terms(), one.output, b"k" * 32, "f" * 32, stop)
    assert not one.output.exists()


DISK_FULL = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_sealing import desk
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
one = desk(Path(sys.argv[2]))
one.files = {}
try:
    one.seal()
except Exception as error:
    print(error.code, one.output.exists())
"""


def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    rows = "id,mail,band\n" + "".join(f"{n},a{n}@b.example,x\n" for n in range(2000))
    (tmp_path / "people.csv").write_text(rows)
    done = subprocess.run(
        [sys.executable, "-c", DISK_FULL, str(Path(__file__).parent), str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout == "input.disk_full False\n", done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 1000


def test_rows_are_listed_as_bands(tmp_path: Path) -> None:
    rows = "id,mail,band\n" + "".join(f"{n},a{n}@b.example,x\n" for n in range(123))
    tables = desk(tmp_path, rows).seal().sealed.tables
    assert [(t.name, t.rows) for t in tables] == [("people", "100-199"), ("ids:email", "100-199")]
    assert all(isinstance(table, PackedTable) for table in tables)


@given(
    keys=st.lists(
        st.tuples(
            st.integers(0, 3) | st.integers(0, 2**64 - 1) | st.integers(2**64 - 4, 2**64 - 1),
            st.integers(0, 2),
        ),
        unique=True,
        max_size=60,
    ),
    asked=st.lists(st.tuples(st.integers(0, 2**64 - 1), st.integers(0, 2)), max_size=20),
)
def test_looking_up_pids(keys: list[tuple[int, int]], asked: list[tuple[int, int]]) -> None:
    def halves(pairs: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
        return np.array([p[0] for p in pairs], "<u8"), np.array([p[1] for p in pairs], "<u8")

    known = {key: number * 7 for number, key in enumerate(keys)}
    index = PidIndex(*halves(keys), np.array(list(known.values()), "<u4"))
    wanted = [*asked, *keys]
    assert index.find(*halves(wanted)).tolist() == [known.get(key, UNKNOWN) for key in wanted]
