"""Parquet as a source: wanted columns of one row group after the other, as text."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl
import pyarrow as pa
import pyarrow.compute as pa_compute
import pyarrow.parquet as pa_parquet

from cleanroom.errors import InputError
from cleanroom.prepare.read.source import Block, Rows, Shape, Source

BATCH_ROWS: Final = 1 << 16
_EXACT: Final = float(1 << 53)  # whole numbers up to here are exact as doubles


class ParquetSource(Source):
    """A Parquet file. Raises ``input.damaged``, ``input.empty``; reading on also
    ``input.column_type`` and ``input.encoding``."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._rows = 0
        try:
            # Without prefetching of whole row groups: some writers put all rows into one.
            self._file = pa_parquet.ParquetFile(path, pre_buffer=False, buffer_size=1 << 20)
        except (pa.ArrowException, OSError):
            self._file = None
        if self._file is None:
            raise InputError("input.damaged", file=path.name)
        if self._file.metadata.num_rows == 0:
            raise InputError("input.empty", file=path.name)

    @property
    def shape(self) -> Shape:
        return Shape("parquet", tuple(self._file.schema_arrow.names))

    @property
    def done(self) -> int:
        return self.size * self._rows // int(self._file.metadata.num_rows)

    def blocks(self, wanted: Sequence[str]) -> Iterator[Block]:
        schema = self._file.schema_arrow
        for name, position in zip(wanted, self.positions(wanted), strict=True):
            if pa.types.is_nested(schema.field(position).type):
                kind = str(schema.field(position).type)
                raise InputError("input.column_type", column=name, type=kind, file=self.path.name)
        batches = self._file.iter_batches(
            batch_size=BATCH_ROWS, columns=list(wanted), use_threads=False
        )
        while True:
            try:
                batch = next(batches, None)
            except (pa.ArrowException, OSError):
                break
            if batch is None:
                return
            first, self._rows = self._rows, self._rows + batch.num_rows
            yield partial(self._rows_of, batch, tuple(wanted), first)
        # Outside the except block, because the reader's error may quote the file.
        raise InputError("input.damaged", file=self.path.name)

    def _rows_of(self, batch: pa.RecordBatch, wanted: tuple[str, ...], first: int) -> Rows:
        columns = {name: self._text(batch.column(name), name) for name in wanted}
        frame = pl.DataFrame(pl.from_arrow(pa.table(columns)))
        return Rows(frame, lambda rows: [first + row + 1 for row in rows])

    def _text(self, values: pa.Array, column: str) -> pa.Array:
        kind = values.type
        if pa.types.is_dictionary(kind):
            return self._text(values.dictionary_decode(), column)
        try:
            if pa.types.is_floating(kind):
                return _numbers(values)
            if pa.types.is_fixed_size_binary(kind):
                return _hex(values)
            if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
                return _text_or_hex(values)
            return values.cast(pa.string())
        except (pa.ArrowException, NotImplementedError):
            name = str(kind)
        raise InputError("input.column_type", column=column, type=name, file=self.path.name)


def _numbers(values: pa.Array) -> pa.Array:
    """Doubles as text; whole ones without a point, as data frames keep numbers with gaps."""
    values = values.cast(pa.float64())
    whole = pa_compute.and_(
        pa_compute.equal(pa_compute.floor(values), values),
        pa_compute.less(pa_compute.abs(values), _EXACT),
    )
    numbers = pa_compute.if_else(whole, values, pa.scalar(None, pa.float64())).cast(pa.int64())
    gone = pa_compute.is_nan(values)
    text = pa_compute.coalesce(numbers.cast(pa.string()), values.cast(pa.string()))
    return pa_compute.if_else(gone, pa.scalar(None, pa.string()), text)


def _text_or_hex(values: pa.Array) -> pa.Array:
    """Old writers mark text as binary; digests are binary, too, and become hex."""
    try:
        return values.cast(pa.string())
    except pa.ArrowInvalid:
        return _hex(values)


def _hex(values: pa.Array) -> pa.Array:
    texts = [None if value is None else value.hex() for value in values.to_pylist()]
    return pa.array(texts, pa.string())
