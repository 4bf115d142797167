"""Parquet, XLSX, and files that are not what their names say."""

import datetime
import zipfile
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cleanroom.errors import InputError
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.read import open_source, parquet_source, xlsx_source


def rows_of(spec: FileSpec, wanted: list[str]) -> tuple[list[tuple[str | None, ...]], list[int]]:
    rows: list[tuple[str | None, ...]] = []
    places: list[int] = []
    for block in open_source(spec, wanted).blocks(wanted):
        read = block()
        rows += read.frame.rows()
        places += read.places(range(read.frame.height))
    return rows, places


def code_of(spec: FileSpec, wanted: list[str] | None = None) -> InputError:
    with pytest.raises(InputError) as caught:
        rows_of(spec, wanted or ["a"])
    assert "…" not in caught.value.message("en") + caught.value.message("zh_CN")
    return caught.value


def test_parquet_types_become_plain_text(tmp_path: Path) -> None:
    moment = datetime.datetime.fromisoformat("2017-01-02 03:04:05")
    table = pa.table(
        {
            "text": ["a", None],
            "phone": pa.array([13800138000.0, None]),
            "share": pa.array([0.5, float("nan")]),
            "whole": pa.array([7, None], pa.int32()),
            "money": pa.array([Decimal("12.50"), None]),
            "day": pa.array([moment.date(), None]),
            "ts": pa.array([moment, None], pa.timestamp("s")),
            "yes": pa.array([True, None]),
            "coded": pa.array(["x", None]).dictionary_encode(),
            "digest": pa.array([bytes(range(16)), None], pa.binary(16)),
            "bytes": pa.array([b"old text", None]),
        }
    )
    path = tmp_path / "t.parquet"
    pq.write_table(table, path)
    rows, places = rows_of(FileSpec(str(path)), table.column_names)
    assert rows[0] == (
        *("a", "13800138000", "0.5", "7", "12.50", "2017-01-02", "2017-01-02 03:04:05.000", "true"),
        *("x", bytes(range(16)).hex(), "old text"),
    )
    assert rows[1] == (None,) * len(table.column_names)
    assert places == [1, 2]


def test_parquet_is_read_in_batches_across_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parquet_source, "BATCH_ROWS", 7)
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [str(n) for n in range(40)], "b": [0] * 40}), path, 11)
    rows, places = rows_of(FileSpec(str(path)), ["a"])
    assert rows == [(str(n),) for n in range(40)]
    assert places == list(range(1, 41))


def test_parquet_columns_of_lists_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": [[1, 2]]}), path)
    assert code_of(FileSpec(str(path))).code == "input.column_type"


def test_damaged_and_empty_parquet(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    pq.write_table(pa.table({"a": ["x"] * 1000}), path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-10])
    assert code_of(FileSpec(str(path))).code == "input.damaged"
    middle = bytearray(whole)
    middle[4:40] = bytes(36)
    path.write_bytes(middle)
    assert code_of(FileSpec(str(path))).code in ("input.damaged", "input.column_type")
    pq.write_table(pa.table({"a": pa.array([], pa.string())}), path)
    assert code_of(FileSpec(str(path))).code == "input.empty"


def sheet_xml(cells: dict[str, str], dimension: str) -> str:
    """A sheet of cells given as XML attributes and content by their address."""
    rows: dict[int, list[str]] = {}
    for address, content in cells.items():
        number = int(address.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
        rows.setdefault(number, []).append(f'<c r="{address}" {content}</c>')
    body = "".join(f'<row r="{n}">{"".join(found)}</row>' for n, found in rows.items())
    return (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        f'<dimension ref="{dimension}"/><sheetData>{body}</sheetData></worksheet>'
    )


def text(value: str) -> str:
    return f't="inlineStr"><is><t>{value}</t></is>'


def number(value: str, style: int = 0) -> str:
    return f's="{style}"><v>{value}</v>'


SHEETS = {
    "empty": sheet_xml({}, "A1"),
    "members": sheet_xml(
        {
            "B3": text("a"),
            "C3": text("手机"),
            "D3": text("when"),
            "E3": text("yes"),
            "B4": text("x"),
            "C4": number("13800138000"),
            "D4": number("42737.127835648147", 1),
            "E4": 't="b"><v>1</v>',
            "B6": text("y"),
            "C6": number("0.5"),
        },
        "B3:E6",
    ),
    "other": sheet_xml({"A1": text("a"), "A2": text("z")}, "A1:A2"),
}
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    """A workbook by the letter of ECMA-376, with a date style, and cells that begin at B3."""
    path = tmp_path / "t.xlsx"
    numbered = list(enumerate(SHEETS, 1))
    listed = "".join(f'<sheet name="{s}" sheetId="{n}" r:id="r{n}"/>' for n, s in numbered)
    related = "".join(
        f'<Relationship Id="r{n}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{n}.xml"/>'
        for n, _ in numbered
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="w" '
            f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr("[Content_Types].xml", f'<Types xmlns="{PACKAGE}/content-types"/>')
        book.writestr(
            "xl/workbook.xml",
            f'<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PACKAGE}/relationships">{related}'
            f'<Relationship Id="s" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet xmlns="{MAIN}"><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/></cellXfs>'
            "</styleSheet>",
        )
        for n, name in numbered:
            book.writestr(f"xl/worksheets/sheet{n}.xml", SHEETS[name])
    return path


def test_xlsx_takes_the_first_sheet_with_cells(workbook: Path) -> None:
    spec = FileSpec(str(workbook))
    source = open_source(spec)
    assert source.shape.sheet == "members"
    assert source.shape.columns == ("a", "手机", "when", "yes")
    rows, places = rows_of(spec, ["a", "手机", "when", "yes"])
    assert rows == [("x", "13800138000", "2017-01-02 03:04:05", "true"), ("y", "0.5", "", "")]
    assert places == [4, 6]  # as the spreadsheet numbers its rows; the empty one is none


def test_xlsx_takes_a_named_sheet(workbook: Path) -> None:
    assert rows_of(FileSpec(str(workbook), sheet="other"), ["a"])[0] == [("z",)]
    error = code_of(FileSpec(str(workbook), sheet="nope"))
    assert (error.code, error.facts["sheets"]) == ("input.no_sheet", "empty, members, other")
    assert code_of(FileSpec(str(workbook), sheet="empty")).code == "input.empty"


def test_xlsx_is_bounded(workbook: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xlsx_source, "MAX_CELLS", 8)
    assert code_of(FileSpec(str(workbook))).code == "input.too_large"
    monkeypatch.setattr(xlsx_source, "MAX_CELLS", 10**6)
    monkeypatch.setattr(xlsx_source, "MAX_BYTES", 1000)
    assert code_of(FileSpec(str(workbook))).code == "input.too_large"


def test_damaged_xlsx(workbook: Path) -> None:
    with zipfile.ZipFile(workbook, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook")
    assert code_of(FileSpec(str(workbook))).code == "input.damaged"


@pytest.mark.parametrize(
    ("name", "content", "found"),
    [
        ("t.csv", b"PAR1....PAR1", "parquet"),
        ("t.csv", b"%PDF-1.7\n", "PDF"),
        ("t.csv", b"\x1f\x8b\x08\x00", "gzip"),
        ("t.csv", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "XLS"),
        ("t.csv", b"a,b\n\0\0\0\0\x01\x02", "binary"),
        ("t.parquet", b"a,b\n1,2\n", "csv"),
        ("t.xlsx", b"a,b\n1,2\n", "csv"),
        ("t.xlsx", b"PK\x03\x04 nothing", "ZIP"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(
    tmp_path: Path, name: str, content: bytes, found: str
) -> None:
    (tmp_path / name).write_bytes(content)
    error = code_of(FileSpec(str(tmp_path / name)))
    assert (error.code, error.facts["found"]) == ("input.not_this_format", found)


def test_the_stated_format_counts_more_than_the_name(tmp_path: Path) -> None:
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"a,b\n1,2\n")
    assert rows_of(FileSpec(str(path), format="csv"), ["a"])[0] == [("1",)]
    assert code_of(FileSpec(str(path), format="parquet")).code == "input.not_this_format"


def test_a_file_without_a_known_ending_is_what_it_is(tmp_path: Path) -> None:
    path = tmp_path / "data"
    pq.write_table(pa.table({"a": ["x"]}), path)
    assert rows_of(FileSpec(str(path)), ["a"])[0] == [("x",)]


def test_a_missing_file(tmp_path: Path) -> None:
    assert code_of(FileSpec(str(tmp_path / "no.csv"))).code == "input.no_file"
    assert code_of(FileSpec(str(tmp_path))).code == "input.no_file"
