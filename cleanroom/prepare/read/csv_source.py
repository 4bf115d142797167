"""CSV and its relatives as a source: cut into blocks in order, parsed by pyarrow on any thread."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

import polars as pl
import pyarrow as pa
import pyarrow.csv as pa_csv

from cleanroom.errors import InputError
from cleanroom.prepare.read import dialect
from cleanroom.prepare.read.encoding import TextFile
from cleanroom.prepare.read.source import Block, Rows, Shape, Source, Wrong
from cleanroom.prepare.read.split import Piece, count_lines, pieces

LINES_SHOWN: Final = 5


class CsvSource(Source):
    """A text file of records. Encoding, separator, quoting, header and line ends are found by
    content, unless the owner states them.

    Raises ``input.empty``, ``input.encoding``; reading on also ``input.quote``.
    """

    def __init__(self, path: Path, asked: dialect.Asked, encoding: str | None = None) -> None:
        super().__init__(path)
        self._text = TextFile(path, encoding)
        sample, complete = _sample(self._text)
        found = dialect.find(sample, asked, complete=complete)
        if found is None:
            raise InputError("input.empty", file=path.name)
        self.dialect = found

    @property
    def shape(self) -> Shape:
        found = self.dialect
        return Shape(
            "csv",
            found.columns,
            self._text.encoding,
            found.separator,
            found.quote,
            found.header,
        )

    @property
    def done(self) -> int:
        return self._text.done

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        parser = _Parser(self.dialect, self.positions(wanted), wanted, self.path.name)
        chunks = _without(self._text.chunks(), self.dialect.skip)
        first_line = 1 + self.dialect.skip_lines
        for piece in pieces(chunks, self.dialect.quoting, first_line, self.path.name):
            yield partial(parser.parse, piece)


def _sample(text: TextFile) -> tuple[str, bool]:
    """The beginning of the text, and whether it is all of it."""
    found = bytearray()
    for chunk in text.chunks(dialect.SAMPLE):
        found += chunk
        if len(found) >= dialect.SAMPLE:
            return found.decode("utf-8", "ignore"), False
    return found.decode(), True


def _without(chunks: Iterator[bytes], skip: int) -> Iterator[bytes]:
    """The text behind its first ``skip`` bytes."""
    for chunk in chunks:
        if skip < len(chunk):
            yield chunk[skip:]
            break
        skip -= len(chunk)
    yield from chunks


class _Parser:
    """Turns pieces of one file into rows."""

    def __init__(
        self, found: dialect.Dialect, positions: list[int], wanted: Sequence[str], file: str
    ) -> None:
        names = [f"c{number}" for number in range(len(found.columns))]
        picked = [names[position] for position in positions]
        self._dialect = found
        self._file = file
        self._wanted = dict(zip(picked, wanted, strict=True))
        self._columns = pa_csv.ConvertOptions(
            include_columns=picked,
            column_types=dict.fromkeys(picked, pa.string()),
            strings_can_be_null=False,
        )
        self._names = names

    def parse(self, piece: Piece) -> Rows:
        """One piece as rows. Raises ``input.unreadable_part``."""
        wrong: list[int] = []

        def skip(record: Any) -> str:
            wrong.append(record.number)
            return "skip"

        found = self._dialect
        try:
            table = pa_csv.read_csv(
                pa.BufferReader(pa.py_buffer(piece.text).slice(0, piece.length)),
                # One block each: the piece holds whole records only.
                pa_csv.ReadOptions(
                    use_threads=False,
                    block_size=piece.length + 1,
                    column_names=self._names,
                ),
                pa_csv.ParseOptions(
                    delimiter=found.separator,
                    quote_char=found.quote or False,
                    escape_char=found.escape or False,
                    newlines_in_values=True,
                    invalid_row_handler=skip,
                ),
                self._columns,
            )
        except pa.ArrowInvalid:
            table = None
        if table is None:
            raise InputError("input.unreadable_part", file=self._file, line=piece.line)
        frame = pl.DataFrame(pl.from_arrow(table)).rename(self._wanted)
        records = partial(self._lines, piece, frame.height + len(wrong))
        shown = tuple(records([number - 1 for number in wrong[:LINES_SHOWN]]))
        return Rows(frame, partial(_places, records, wrong), Wrong(len(wrong), shown))

    def _lines(self, piece: Piece, count: int, records: Sequence[int]) -> list[int]:
        """The lines on which records of a piece begin; ``count``: records in it, from 0."""
        text = bytes(piece.records) if records else b""
        ends = count_lines(text) + (text[-1:] not in (b"\r", b"\n"))
        if ends == count or not records:
            return [piece.line + record for record in records]
        found = self._dialect
        reader = dialect.reader(
            dialect.lines(text.decode()), found.separator, found.quote, found.escape
        )
        starts: list[int] = []
        while len(starts) <= max(records):
            before = reader.line_num
            record = next(reader, None)
            if record is None:
                break
            if record:
                starts.append(before)
        return [piece.line + starts[min(record, len(starts) - 1)] for record in records]


def _places(records: Any, wrong: Sequence[int], rows: Sequence[int]) -> list[int]:
    """Lines of good rows: the records with a wrong number of fields lie between them."""
    if not wrong:
        return list(records(rows))
    bad = {number - 1 for number in wrong}
    good = [n for n in range(max(rows, default=0) + len(bad) + 1) if n not in bad]
    return list(records([good[row] for row in rows]))
