"""The catalogue: Parquet files that must not be used, and some that may say what they like."""

import base64
from collections.abc import Iterator

import parquet_anatomy as anatomy
import pyarrow as pa
from hostile_parts import (
    GIB,
    LEAST_32,
    LEAST_64,
    LONG_NAME,
    MOST_32,
    MOST_64,
    PAGES,
    Make,
    chunks,
    endless,
    footer,
    group,
    huge_cell,
    inflated,
    inner,
    length_of_footer,
    meta,
    nested,
    page,
    renamed,
    retyped,
    schema,
    stored_schema,
    told,
    wide,
    written,
)
from parquet_anatomy import BINARY, I32, I64, LIST, STRUCT, Field, Fields, Items, Raw


def _numbers() -> Iterator[tuple[str, Make]]:
    """Lengths and counts beyond all measure and below nothing."""
    sizes = (MOST_32, -1, LEAST_32)
    longs = (MOST_64, -1, LEAST_64)
    v2 = PAGES["second version"]
    for value in sizes:
        for at, kind in ((0, anatomy.DICTIONARY_HEADER), (1, anatomy.DATA_HEADER)):
            yield f"page {at} unpacks to {value}", page(at, anatomy.PAGE_UNCOMPRESSED, value)
            yield f"page {at} is {value} long", page(at, anatomy.PAGE_COMPRESSED, value)
            yield f"page {at} holds {value}", inner(at, kind, anatomy.PAGE_VALUES, value)
        for number in (anatomy.PAGE_VALUES, 5, 6):  # values, and the bytes of both kinds of levels
            yield f"v2 field {number} {value}", inner(1, anatomy.DATA_HEADER_2, number, value, **v2)
    for value in (1 << 60, *longs, 0, 5):
        yield f"rows {value}", footer(anatomy.NUM_ROWS, Field(I64, value))
        yield f"rows of the group {value}", group(anatomy.GROUP_ROWS, Field(I64, value))
    for value in longs:
        plain = PAGES["plain"]
        yield f"pages at {value}", meta(anatomy.DATA_OFFSET, Field(I64, value), **plain)
        yield f"dictionary at {value}", meta(anatomy.DICTIONARY_OFFSET, Field(I64, value))
        yield f"chunk of {value}", meta(anatomy.COMPRESSED, Field(I64, value))
    for value in (0, 1, MOST_32, (1 << 32) - 1):
        yield f"footer of {value}", length_of_footer(value)


def _structures() -> Iterator[tuple[str, Make]]:
    """Lists and trees without end, and pieces that are not there."""
    elements, groups = anatomy.SCHEMA, anatomy.ROW_GROUPS
    yield "endless schema", footer(elements, endless(STRUCT))
    yield "endless groups", footer(groups, endless(STRUCT))
    yield "endless text", footer(6, Field(BINARY, Raw(anatomy.unsigned(MOST_32))))
    yield "no groups", footer(groups, Field(LIST, Items(STRUCT, [])))
    yield "no columns in the group", group(anatomy.CHUNKS, Field(LIST, Items(STRUCT, [])))
    yield "no description", told(lambda file: chunks(file)[0].entry.pop(anatomy.META))
    yield "structs in structs", footer(15, Field(STRUCT, Raw(b"\x1c" * 1_000_000)))
    yield "encrypted", lambda table: written(table)[:-4] + b"PARE"
    yield "ten thousand columns", wide
    for depth in (1, 50, 1000, 100_000):
        yield f"{depth} deep", nested(depth)
    for value in (MOST_32, -1, 0, 1 << 20):
        one = Field(I32, value)
        yield f"{value} children", schema(lambda e, one=one: e[0].update({anatomy.CHILDREN: one}))


def _types() -> Iterator[tuple[str, Make]]:
    """Types, encodings and codecs that are not those of the pages, or of nothing."""
    for value in (-1, 0, 3, 4, 5, 6, 7, 99):  # 1 is that of the honest file
        one = Field(I32, value)
        yield f"physical type {value}", schema(lambda e, v=value: _physical(e, v))
        yield f"chunk of type {value}", meta(anatomy.COLUMN_TYPE, one, **PAGES["plain"])
    for value in (-1, 0, 1, 3, 4, 5, 6, 7, 9, 99):
        at = (1, anatomy.DATA_HEADER, anatomy.PAGE_ENCODING)
        yield f"encoding {value}", inner(*at, value)
    for value in (-1, 0, 1, 2, 3, 4, 5, 7, 99):
        yield f"codec {value}", meta(anatomy.CODEC, Field(I32, value))
    repeated = Field(I32, 2)
    yield "repeated", schema(lambda e: [one.update({anatomy.REPETITION: repeated}) for one in e])
    for kind in (pa.int8(), pa.uint16(), pa.float64(), pa.string(), pa.bool_()):
        yield f"type {kind}", retyped(kind)


def _names() -> Iterator[tuple[str, Make]]:
    """Texts that are none, also in the schema that Arrow keeps beside Parquet's own."""
    for what, name in (
        ("with NUL", b"pid_hi\0"),
        ("not UTF-8", b"\xff\xfe"),
        ("surrogate", b"\xed\xa0\x80"),
        ("empty", b""),
        ("long", b"a" * LONG_NAME),
        ("turned", "pid\u202e_hi".encode()),
        ("of another column", b"pid_lo"),
    ):
        yield f"name {what}", renamed(name)
    for what, value in (
        ("empty", b""),
        ("no base64", b"\xff\0"),
        ("nothing", base64.b64encode(bytes(64))),
        ("endless", base64.b64encode(b"\xff\xff\xff\xff\xff\xff\xff\x7f" + bytes(64))),
    ):
        yield f"stored schema {what}", stored_schema(value)


def _physical(elements: list[Fields], value: int) -> None:
    elements[-1].update({anatomy.PHYSICAL: Field(I32, value)})
    elements[-1].update({anatomy.TYPE_LENGTH: Field(I32, MOST_32)})


LIES: dict[str, Make] = dict([*_numbers(), *_structures(), *_types(), *_names()])
HEAVY: dict[str, Make] = {
    "a cell of a gibibyte": huge_cell,
    "a page of a gibibyte": inflated(GIB),
    "a page of a quarter": inflated(GIB // 4),
}
_WILD = {
    1: Field(BINARY, b"\xff" * 1_000_000),
    2: Field(BINARY, b""),
    3: Field(I64, -1),
    4: Field(I64, MOST_64),
}
# What a reader has no use for may say anything.
UNHEARD: dict[str, Make] = {
    "statistics": meta(anatomy.STATISTICS, Field(STRUCT, _WILD)),
    "values of a chunk": meta(anatomy.NUM_VALUES, Field(I64, MOST_64)),
    "bytes of a chunk": meta(anatomy.UNCOMPRESSED, Field(I64, -1)),
    "bytes of a group": group(anatomy.GROUP_BYTES, Field(I64, MOST_64)),
    "another file's name": told(
        lambda file: chunks(file)[0].entry.update(
            {anatomy.FILE_PATH: Field(BINARY, b"/etc/passwd")}
        )
    ),
}
