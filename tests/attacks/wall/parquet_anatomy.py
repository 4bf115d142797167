"""Takes Parquet files apart and puts them together again, so that a test can alter one thing.

Thrift's compact protocol and the layout of a file are written from their public specifications
(apache/thrift, ``thrift-compact-protocol.md``; apache/parquet-format, ``parquet.thrift``), without
the library under attack: it would refuse to write most of what is needed here.
"""

import struct
from dataclasses import dataclass, field
from typing import Any, NamedTuple

TRUE, FALSE, BYTE, I16, I32, I64, DOUBLE, BINARY, LIST, SET, MAP, STRUCT = range(1, 13)
MAGIC = b"PAR1"

# Numbers of fields in parquet.thrift.
SCHEMA, NUM_ROWS, ROW_GROUPS, KEY_VALUES = 2, 3, 4, 5  # FileMetaData
PHYSICAL, TYPE_LENGTH, REPETITION, NAME, CHILDREN = 1, 2, 3, 4, 5  # SchemaElement
CHUNKS, GROUP_BYTES, GROUP_ROWS = 1, 2, 3  # RowGroup
FILE_PATH, META = 1, 3  # ColumnChunk
COLUMN_TYPE, PATH, CODEC, NUM_VALUES, UNCOMPRESSED, COMPRESSED = 1, 3, 4, 5, 6, 7
DATA_OFFSET, DICTIONARY_OFFSET, STATISTICS = 9, 11, 12  # these and the above: ColumnMetaData
PAGE_UNCOMPRESSED, PAGE_COMPRESSED = 2, 3  # PageHeader
DATA_HEADER, DICTIONARY_HEADER, DATA_HEADER_2 = 5, 7, 8
PAGE_VALUES, PAGE_ENCODING = 1, 2  # headers of data and dictionary pages


class Field(NamedTuple):
    """A value with its type in the compact protocol."""

    kind: int
    value: Any


class Items(NamedTuple):
    """A list or set: the type of all its items, then the items."""

    kind: int
    values: list[Any]


class Raw(NamedTuple):
    """Bytes that stand where an encoded value should."""

    data: bytes


Fields = dict[int, Field]


# --- the compact protocol ------------------------------------------------------------------------


def unsigned(number: int) -> bytes:
    """A variable-length whole number."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def signed(number: int) -> bytes:
    """The same after zigzag, for any 64-bit number."""
    return unsigned((number << 1 ^ number >> 63) & (1 << 64) - 1)


def encode(fields: Fields) -> bytes:
    """A struct."""
    out, before = bytearray(), 0
    for number, (kind, value) in fields.items():
        step = number - before
        out += bytes([step << 4 | kind]) if 0 < step < 16 else bytes([kind]) + signed(number)
        out += b"" if kind in (TRUE, FALSE) else _value(kind, value)
        before = number
    return bytes(out) + b"\0"


def _value(kind: int, value: Any) -> bytes:
    if isinstance(value, Raw):
        return value.data
    if kind in (I16, I32, I64):
        return signed(value)
    if kind == BINARY:
        return unsigned(len(value)) + value
    if kind == STRUCT:
        return encode(value)
    if kind in (LIST, SET):
        size, item = len(value.values), value.kind
        head = bytes([size << 4 | item]) if size < 15 else bytes([0xF0 | item]) + unsigned(size)
        return head + b"".join(_value(item, one) for one in value.values)
    if kind in (TRUE, FALSE, BYTE):
        return bytes([value & 0xFF])
    if kind == DOUBLE:
        return struct.pack("<d", value)
    raise ValueError(kind)


class _Reader:
    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def byte(self) -> int:
        self.at += 1
        return self.data[self.at - 1]

    def unsigned(self) -> int:
        number = shift = 0
        while True:
            byte = self.byte()
            number |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return number

    def signed(self) -> int:
        number = self.unsigned()
        return number >> 1 ^ -(number & 1)

    def fields(self) -> Fields:
        found: Fields = {}
        number = 0
        while head := self.byte():
            number = number + (head >> 4) if head >> 4 else self.signed()
            kind = head & 15
            found[number] = Field(kind, kind if kind in (TRUE, FALSE) else self.value(kind))
        return found

    def value(self, kind: int) -> Any:
        if kind in (I16, I32, I64):
            return self.signed()
        if kind == BINARY:
            size = self.unsigned()
            self.at += size
            return self.data[self.at - size : self.at]
        if kind == STRUCT:
            return self.fields()
        if kind in (LIST, SET):
            head = self.byte()
            size = head >> 4 if head >> 4 < 15 else self.unsigned()
            return Items(head & 15, [self.value(head & 15) for _ in range(size)])
        if kind in (TRUE, FALSE, BYTE):
            return self.byte()
        if kind == DOUBLE:
            self.at += 8
            return struct.unpack("<d", self.data[self.at - 8 : self.at])[0]
        raise ValueError(kind)


def decode(data: bytes, at: int = 0) -> tuple[Fields, int]:
    """The struct that begins at ``at``, and where it ends."""
    reader = _Reader(data, at)
    fields = reader.fields()
    return fields, reader.at


# --- a file --------------------------------------------------------------------------------------


@dataclass
class Page:
    """One page: its header, and what follows as it lies in the file."""

    header: Fields
    body: bytes


@dataclass
class Chunk:
    """One column of one row group: its entry in the footer, and its pages."""

    entry: Fields
    pages: list[Page]

    @property
    def meta(self) -> Fields:
        return self.entry[META].value


@dataclass
class File:
    """A file in pieces. ``groups`` are the row groups' chunks, in the order of the footer."""

    footer: Fields
    groups: list[list[Chunk]] = field(default_factory=list)

    @classmethod
    def of(cls, data: bytes) -> "File":
        """Take a good file apart."""
        (size,) = struct.unpack("<I", data[-8:-4])
        footer, _ = decode(data, len(data) - 8 - size)
        file = cls(footer)
        for group in footer[ROW_GROUPS].value.values:
            entries = group[CHUNKS].value.values
            file.groups.append([Chunk(entry, _pages(data, entry)) for entry in entries])
        return file

    def lay_out(self) -> bytes:
        """All pages, with offsets and sizes in the footer set to where they lie."""
        out = bytearray(MAGIC)
        for chunk in (chunk for group in self.groups for chunk in group):
            start, firsts = len(out), dict[int, int]()
            for page in chunk.pages:
                dictionary = DICTIONARY_HEADER in page.header
                firsts.setdefault(DICTIONARY_OFFSET if dictionary else DATA_OFFSET, len(out))
                out += encode(page.header) + page.body
            for key, place in firsts.items():
                chunk.meta[key] = Field(I64, place)
            chunk.meta[COMPRESSED] = Field(I64, len(out) - start)
        return bytes(out)

    def to_bytes(self) -> bytes:
        """The whole file."""
        return self.lay_out() + ending(encode(self.footer))

    def chunk(self, name: str, group: int = 0) -> Chunk:
        """The chunk of a column."""
        for chunk in self.groups[group]:
            if chunk.meta[PATH].value.values == [name.encode()]:
                return chunk
        raise KeyError(name)


def _pages(data: bytes, entry: Fields) -> list[Page]:
    meta: Fields = entry[META].value
    at = min(meta[key].value for key in (DATA_OFFSET, DICTIONARY_OFFSET) if key in meta)
    end = at + meta[COMPRESSED].value
    pages = []
    while at < end:
        header, body = decode(data, at)
        at = body + header[PAGE_COMPRESSED].value
        pages.append(Page(header, data[body:at]))
    return pages


def ending(footer: bytes) -> bytes:
    """What comes after the pages."""
    return footer + struct.pack("<I", len(footer) & 0xFFFFFFFF) + MAGIC
