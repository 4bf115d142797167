"""CSV in every dialect and encoding: what was written is read back, and nothing else."""

import csv
import io
import itertools
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cleanroom.errors import InputError
from cleanroom.prepare.mapping import FileSpec
from cleanroom.prepare.read import encoding, open_source
from cleanroom.prepare.read.split import Quoting, pieces

# What csv_edge/c3r holds: file -> (rows, records of a wrong width, header).
C3R = {
    "customNull5by6.csv": (5, 0, True),
    "data_sample_no_headers.csv": (7, 0, False),
    "data_sample_with_quotes.csv": (7, 0, True),
    "data_sample_without_quotes.csv": (7, 0, True),
    "empty5by6.csv": (5, 0, True),
    "marshalled_data_sample.csv": (7, 0, True),
    "null5by6.csv": (5, 0, True),
    "one_row_null_sample.csv": (1, 0, True),
    "one_row_null_sample_special_null.csv": (1, 0, True),
    "one_row_too_few_columns.csv": (0, 1, True),
    "one_row_too_many_columns.csv": (0, 1, True),
}
SCENARIO = {
    "platform/users.csv": (1673, "gb18030", ","),
    "platform/exposures.csv": (6589, "utf-8", ","),
    "platform/redemptions.csv": (2102, "utf-8", ","),
    "platform/category_sales.csv": (40945, "utf-8", ","),
    "brand/members.csv": (1916, "utf-8", ";"),
    "brand/members_hashed.csv": (1857, "utf-8", ","),
    "brand/orders.csv": (20953, "utf-8", ";"),
}


def read(
    spec: FileSpec, wanted: list[str] | None = None
) -> tuple[list[tuple[str, ...]], list[int]]:
    """All rows, and the line of each."""
    source = open_source(spec, wanted or ())
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    for block in source.blocks(wanted or list(source.shape.columns)):
        read = block()
        rows += read.frame.rows()
        lines += read.places(range(read.frame.height))
    return rows, lines


def written(folder: Path, content: bytes, name: str = "t.csv") -> FileSpec:
    path = folder / name
    path.write_bytes(content)
    return FileSpec(str(path))


def code_of(call: object) -> tuple[str, dict[str, object]]:
    with pytest.raises(InputError) as caught:
        call()  # type: ignore[operator]
    assert "…" not in caught.value.message("en") + caught.value.message("zh_CN")
    return caught.value.code, dict(caught.value.facts)


@pytest.mark.parametrize("name", sorted(C3R))
def test_edge_cases_of_others(name: str, shared: Path) -> None:
    source = open_source(FileSpec(str(shared / "data" / "csv_edge" / "c3r" / name)))
    blocks = [block() for block in source.blocks(list(source.shape.columns))]
    rows = sum(block.frame.height for block in blocks)
    wrong = sum(block.wrong.count for block in blocks)
    assert (rows, wrong, source.shape.header) == C3R[name]


def test_an_encoding_nobody_knows_names_the_line(shared: Path) -> None:
    path = shared / "data" / "csv_edge" / "c3r" / "nonUtf8Encoding.csv"
    code, facts = code_of(lambda: open_source(FileSpec(str(path))))
    assert (code, facts["line"]) == ("input.encoding", 2)


@pytest.mark.parametrize("name", sorted(SCENARIO))
def test_scenario_files(name: str, shared: Path) -> None:
    path = shared / "data" / "scenario_a" / name
    rows, encoding_name, separator = SCENARIO[name]
    text = path.read_bytes().decode("gb18030" if encoding_name == "gb18030" else "utf-8-sig")
    expected = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    source = open_source(FileSpec(str(path)))
    assert list(source.shape.columns) == expected[0]
    found, _ = read(FileSpec(str(path)))
    assert len(found) == rows
    assert found == [tuple(record) for record in expected[1:]]
    consumed = open_source(FileSpec(str(path)))
    for _ in consumed.blocks([expected[0][0]]):
        pass
    assert (consumed.shape.encoding, consumed.shape.separator) == (encoding_name, separator)


CELLS = st.text(
    st.characters(codec="utf-8", exclude_characters="\0\r", exclude_categories=("Cs",)), max_size=8
)
GB_CELLS = st.text(st.sampled_from("aZ0 ,;\t|\"'\n中文手机号测试，。１＠é€𠀀"), max_size=8)
WAYS = {
    "utf-8": b"",
    "utf-8-sig": b"",
    "utf-16-le": b"\xff\xfe",
    "utf-16-be": b"\xfe\xff",
    "gb18030": b"",
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[list[str]], str, str, str, int]:
    way = draw(st.sampled_from(sorted(WAYS)))
    width = draw(st.integers(2, 4))
    cells = GB_CELLS if way == "gb18030" else CELLS
    records = draw(st.lists(st.lists(cells, min_size=width, max_size=width), max_size=12))
    separator = draw(st.sampled_from([",", ";", "\t", "|"]))
    newline = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    quoting = draw(st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]))
    if newline == "\r":
        quoting = csv.QUOTE_ALL  # the writer would leave a line feed in a value unquoted
    return records, way, separator, newline, quoting


@given(table=tables(), chunk=st.integers(1, 40))
def test_a_table_in_any_dialect_reads_back_equal(
    tmp_path_factory: pytest.TempPathFactory,
    table: tuple[list[list[str]], str, str, str, int],
    chunk: int,
) -> None:
    records, way, separator, newline, quoting = table
    header = [
        f"名称{n}" if way == "gb18030" else f"name{n}" for n in range(len((records or [[0, 0]])[0]))
    ]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=newline, quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(header)
    writer.writerows(records)
    content = WAYS[way] + text.getvalue().encode(way)
    folder = tmp_path_factory.mktemp("dialect")
    spec = FileSpec(
        str(folder / "t.csv"),
        separator=separator,  # type: ignore[arg-type]
        quote='"',
        encoding="gb18030" if way == "gb18030" else None,
    )
    Path(spec.path).write_bytes(content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoding, "CHUNK", chunk)
        patch.setattr(encoding.TextFile.chunks, "__defaults__", (chunk,))
        rows, lines = read(spec, header)
    # A record of empty fields only is a line of separators: it is there, too.
    assert rows == [tuple(record) for record in records]
    assert lines == sorted(lines)


@given(
    text=st.text(st.sampled_from('a",\n\r'), max_size=60),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    quote=st.sampled_from(['"', ""]),
)
def test_pieces_are_whole_records_as_the_csv_module_sees_them(
    text: str, cuts: list[int], quote: str
) -> None:
    text = text.replace("\r", "\r\n")
    content = text.encode()
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    chunks = [content[a:b] for a, b in itertools.pairwise(places)]
    quoting = Quoting(b",", quote.encode())

    def records(part: str) -> list[list[str]]:
        return [r for r in csv.reader(
            io.StringIO(part, newline=""),
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
            quotechar=quote or None,
        ) if r]  # fmt: skip

    open_quote = False
    try:
        found = [bytes(piece.records) for piece in pieces(chunks, quoting, 1, "t")]
    except InputError:
        open_quote = True
    if open_quote:
        # Closing the quote changes nothing for the csv module, which closes it silently.
        assert quote
        assert records(text + '"\n') == records(text)
        return
    assert b"".join(found) == content
    assert [r for piece in found for r in records(piece.decode())] == records(text)


def test_lines_count_line_ends_inside_values(tmp_path: Path) -> None:
    spec = written(tmp_path, b'a,b\n1,"x\ny\nz"\n2,y\n\n\n3,"\n"\n4,w\n')
    rows, lines = read(spec)
    assert [row[0] for row in rows] == ["1", "2", "3", "4"]
    assert lines == [2, 5, 8, 10]


def test_records_of_a_wrong_width_are_counted_with_lines(tmp_path: Path) -> None:
    spec = written(tmp_path, b'a,b\n1,2\n3\n"4\n",5\n6,7,8\n9,10\n')
    source = open_source(spec)
    (block,) = source.blocks(["a"])
    read_block = block()
    assert read_block.frame["a"].to_list() == ["1", "4\n", "9"]
    assert read_block.places([0, 1, 2]) == [2, 4, 7]
    assert (read_block.wrong.count, read_block.wrong.lines) == (2, (3, 6))


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b'a,b\n1,2\n3,"open\n4,5\n', 3),
        (b'a,b\n"', 2),
        (b'a,b\n1,"x""\n', 2),
    ],
)
def test_an_open_quote_is_refused_with_its_line(tmp_path: Path, content: bytes, line: int) -> None:
    code, facts = code_of(lambda: read(FileSpec(written(tmp_path, content).path, quote='"')))
    assert (code, facts["line"]) == ("input.quote", line)


def test_quotes_inside_unquoted_values_are_characters(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path, b'a,b\n5" pipe,"12"" tube"\n7" hose,x\n'))
    assert rows == [('5" pipe', '12" tube'), ('7" hose', "x")]


@pytest.mark.parametrize(
    ("content", "separator", "quote", "names"),
    [
        (b"a;b\n1,5;2,5\n3,5;4,5\n", ";", '"', ("a", "b")),
        (b"a\tb\n1\t2\n", "\t", '"', ("a", "b")),
        (b"a|b\n1|2\n", "|", '"', ("a", "b")),
        (b"'a','b'\n'1,2','3'\n", ",", "'", ("a", "b")),
        (b"sep=;\r\na;b\r\n1;2\r\n", ";", '"', ("a", "b")),
        (b"only\n1\n", ",", '"', ("only",)),
        (b",mail\n0,a@b.example\n", ",", '"', ("column 1", "mail")),
        (b"a@b.example,13800000000\nc@d.example,13900000000\n", ",", '"', ("column 1", "column 2")),
    ],
)
def test_dialects_are_found(
    tmp_path: Path, content: bytes, separator: str, quote: str, names: tuple[str, ...]
) -> None:
    shape = open_source(written(tmp_path, content)).shape
    assert (shape.separator, shape.quote, shape.columns) == (separator, quote, names)


def test_backslash_escapes_are_found(tmp_path: Path) -> None:
    rows, _ = read(written(tmp_path, b'a,b\n"x\\",y",1\n"z\\"",2\n'))
    assert rows == [('x",y', "1"), ('z"', "2")]


def test_wanted_names_make_a_header(tmp_path: Path) -> None:
    spec = written(tmp_path, b"2023,2024\n1,2\n")
    assert open_source(spec).shape.header is False
    assert open_source(spec, ["2023"]).shape.header is True


@pytest.mark.parametrize("cut", [1, 2, 3])
def test_a_cut_gb18030_file_names_its_last_line(tmp_path: Path, cut: int) -> None:
    content = "姓名,手机\n张三,1\n李四,𠀀".encode("gb18030")
    code, facts = code_of(lambda: read(written(tmp_path, content[:-cut])))
    assert (code, facts["line"]) == ("input.encoding", 3)


def test_gb18030_far_behind_ascii_is_found(tmp_path: Path) -> None:
    many = 700_000
    spec = written(tmp_path, b"a,b\n" + b"1234567890,x\n" * many + "张三,y\n".encode("gb18030"))
    rows, lines = read(spec)
    assert rows[-1] == ("张三", "y")
    assert lines[-1] == many + 2


def test_utf8_broken_far_behind_names_the_line(tmp_path: Path) -> None:
    good = "张三,y\n".encode() * 600_000
    code, facts = code_of(lambda: read(written(tmp_path, b"a,b\n" + good + b"x,\xff\n")))
    assert (code, facts["line"]) == ("input.encoding", 600_002)


def test_a_reading_that_is_given_up_ends_with_the_process(tmp_path: Path) -> None:
    """pyarrow's own transcoding stream hangs or crashes the interpreter here."""
    path = tmp_path / "big.csv"
    path.write_bytes(
        "姓名,手机\n".encode("gb18030") + "张三,13800000000\n".encode("gb18030") * 10**6
    )
    script = (
        "import sys\n"
        "from cleanroom.prepare.mapping import FileSpec\n"
        "from cleanroom.prepare.read import open_source\n"
        "blocks = open_source(FileSpec(sys.argv[1])).blocks(['手机'])\n"
        "print(next(blocks)().frame.height > 1000)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, timeout=60
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "True\n", "")


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"sep=;\n"])
def test_a_file_without_records_is_empty(tmp_path: Path, content: bytes) -> None:
    assert code_of(lambda: open_source(written(tmp_path, content)))[0] == "input.empty"


def test_missing_and_double_columns(tmp_path: Path) -> None:
    spec = written(tmp_path, b"a,b,b\n1,2,3\n")
    code, facts = code_of(lambda: read(spec, ["c"]))
    assert (code, facts["columns"]) == ("input.missing_column", "a, b, b")
    assert code_of(lambda: read(spec, ["b"]))[0] == "input.duplicate_column"
    assert read(spec, ["a"])[0] == [("1",)]
