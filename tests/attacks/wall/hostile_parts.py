"""Makes parts of a package whose Parquet lies about itself.

Each ``Make`` takes an honest table of agreed columns and gives a file with one thing wrong in it.
"""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import parquet_anatomy as anatomy
import pyarrow as pa
import pyarrow.parquet as pq
from parquet_anatomy import BINARY, I32, LIST, STRUCT, Chunk, Field, Fields, File, Items, Raw

Make = Callable[[pa.Table], bytes]
GIB = 1 << 30
MOST_32, LEAST_32 = (1 << 31) - 1, -(1 << 31)
MOST_64, LEAST_64 = (1 << 62), -(1 << 63)
PAGES: dict[str, dict[str, Any]] = {
    "dictionary": {"use_dictionary": True},
    "plain": {"use_dictionary": False},
    "second version": {"use_dictionary": True, "data_page_version": "2.0"},
    "bare": {"compression": "none", "store_schema": False, "write_statistics": False},
}
LONG_NAME = 5_000_000
_ONE_THERE = bytes([2, 0, 0, 0, 2, 1])  # levels of a page: 2 bytes, one value that is not null


def written(table: pa.Table, **how: Any) -> bytes:
    """An honest file."""
    sink = io.BytesIO()
    pq.write_table(table, sink, **{"compression": "zstd", **how})
    return sink.getvalue()


def altered(change: Callable[[File], object], **how: Any) -> Make:
    """A file whose pieces were changed before it was put together."""

    def make(table: pa.Table) -> bytes:
        file = File.of(written(table, **how))
        change(file)
        return file.to_bytes()

    return make


def told(change: Callable[[File], object], **how: Any) -> Make:
    """A file whose pages lie where they should and whose footer was changed afterwards."""

    def make(table: pa.Table) -> bytes:
        file = File.of(written(table, **how))
        pages = file.lay_out()
        change(file)
        return pages + anatomy.ending(anatomy.encode(file.footer))

    return make


def chunks(file: File) -> list[Chunk]:
    return [chunk for group in file.groups for chunk in group]


def in_every(fields_of: Callable[[Chunk], Fields], number: int, value: Field) -> Any:
    """Sets one field in every column."""
    return lambda file: [fields_of(chunk).update({number: value}) for chunk in chunks(file)]


def meta(number: int, value: Field, **how: Any) -> Make:
    return told(in_every(lambda chunk: chunk.meta, number, value), **how)


def page(at: int, number: int, value: int, **how: Any) -> Make:
    """A number in the header of every column's page ``at``."""
    return altered(in_every(lambda c: c.pages[at].header, number, Field(I32, value)), **how)


def inner(at: int, header: int, number: int, value: int, **how: Any) -> Make:
    """The same in the part of the header that belongs to its kind of page."""
    one = Field(I32, value)
    return altered(in_every(lambda c: c.pages[at].header[header].value, number, one), **how)


def schema(change: Callable[[list[Fields]], object], **how: Any) -> Make:
    return told(lambda file: change(file.footer[anatomy.SCHEMA].value.values), **how)


def footer(number: int, value: Field) -> Make:
    return told(lambda file: file.footer.update({number: value}))


def group(number: int, value: Field) -> Make:
    groups = anatomy.ROW_GROUPS
    return told(lambda file: file.footer[groups].value.values[0].update({number: value}))


def length_of_footer(size: int) -> Make:
    return lambda table: written(table)[:-8] + size.to_bytes(4, "little") + anatomy.MAGIC


def endless(kind: int) -> Field:
    """A list that says it has two thousand million items."""
    return Field(LIST, Raw(bytes([0xF0 | kind]) + anatomy.unsigned(MOST_32)))


def renamed(name: bytes) -> Make:
    """The first column called otherwise wherever its name stands."""

    def change(file: File) -> None:
        file.footer.pop(anatomy.KEY_VALUES)
        file.footer[anatomy.SCHEMA].value.values[1][anatomy.NAME] = Field(BINARY, name)
        file.groups[0][0].meta[anatomy.PATH] = Field(LIST, Items(BINARY, [name]))

    return told(change)


def nested(depth: int) -> Make:
    """The first column below so many groups in groups."""

    def change(file: File) -> None:
        root, leaf, *rest = file.footer[anatomy.SCHEMA].value.values
        below = {
            anatomy.REPETITION: Field(I32, 1),
            anatomy.NAME: Field(BINARY, b"n"),
            anatomy.CHILDREN: Field(I32, 1),
        }
        elements = [root, *[below] * depth, leaf, *rest]
        file.footer[anatomy.SCHEMA] = Field(LIST, Items(STRUCT, elements))
        path = [*[b"n"] * depth, leaf[anatomy.NAME].value]
        file.groups[0][0].meta[anatomy.PATH] = Field(LIST, Items(BINARY, path))
        file.footer.pop(anatomy.KEY_VALUES)

    return told(change)


def stored_schema(value: bytes) -> Make:
    """What Arrow keeps of its own in the file, and reads before anything else."""
    pair = {1: Field(BINARY, b"ARROW:schema"), 2: Field(BINARY, value)}
    return footer(anatomy.KEY_VALUES, Field(LIST, Items(STRUCT, [pair])))


def _zeros(size: int, begin: bytes = b"") -> bytes:
    """``size`` bytes of zeros after some others, as zstd packs them: a 30,000th of it."""
    plain = np.zeros(size, "u1")
    plain[: len(begin)] = np.frombuffer(begin, "u1")
    return bytes(pa.Codec("zstd", 3).compress(plain).to_pybytes())


def _swell(target: anatomy.Page, body: bytes, size: int) -> None:
    target.body = body
    target.header[anatomy.PAGE_UNCOMPRESSED] = Field(I32, size)
    target.header[anatomy.PAGE_COMPRESSED] = Field(I32, len(body))


def inflated(size: int) -> Make:
    """A page of a few thousand bytes that becomes ``size`` bytes of zeros."""
    return altered(
        lambda file: _swell(chunks(file)[0].pages[0], _zeros(size), size), **PAGES["plain"]
    )


def dictionary_of(size: int) -> Make:
    """The same with a dictionary, in a file that can be read by whoever has the memory twice."""

    def change(file: File) -> None:
        first = chunks(file)[0].pages[0]
        _swell(first, _zeros(size), size)
        values = Field(I32, size // 8)
        first.header[anatomy.DICTIONARY_HEADER].value[anatomy.PAGE_VALUES] = values

    return altered(change)


def page_for_each_row(size: int) -> Make:
    """In the last column every row has a page of its own, which unpacks to ``size`` bytes: a good
    file that only takes long.
    """

    def change(file: File) -> None:
        chunk = chunks(file)[-1]
        rows = chunk.meta[anatomy.NUM_VALUES].value
        (first,) = chunk.pages
        _swell(first, _zeros(size, _ONE_THERE), size)
        first.header[anatomy.DATA_HEADER].value[anatomy.PAGE_VALUES] = Field(I32, 1)
        chunk.pages = [first] * rows

    return altered(change, **PAGES["plain"])


def wide(_: pa.Table) -> bytes:
    return written(pa.table({f"c{number}": np.zeros(3, "u1") for number in range(10_000)}))


def huge_cell(table: pa.Table) -> bytes:
    """One value of a gibibyte where a small number should be."""
    place, name = table.num_columns - 1, table.column_names[-1]
    cell = table[:1].set_column(place, name, pa.array([b"x"]))
    file = File.of(written(cell, use_dictionary=False, write_statistics=False))
    begin = _ONE_THERE + GIB.to_bytes(4, "little")
    _swell(file.chunk(name).pages[0], _zeros(GIB + len(begin), begin), GIB + len(begin))
    return file.to_bytes()


def retyped(kind: pa.DataType) -> Make:
    """The last column in another type with the same numbers."""

    def make(table: pa.Table) -> bytes:
        place = table.num_columns - 1
        other = table.column(place).cast(kind)
        return written(table.set_column(place, table.column_names[place], other))

    return make
