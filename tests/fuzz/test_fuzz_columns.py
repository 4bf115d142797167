"""The pipe of raw columns from a hostile ingest worker: the engine reads arrays of the announced
types and lengths, or refuses.
"""

import json
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np
from byte_changes import damaged
from clock import fuzzed
from fuzz_material import GOOD, answer
from hostile_pipes import frame, saying
from hypothesis import strategies as st
from json_changes import misspelled

from cleanroom.sandbox import columns
from cleanroom.sandbox.columns import MAX_BATCH_ROWS, STORAGES, Batch, End, TableHeader
from cleanroom.trust import agreement_rules, layout
from cleanroom.trust.package import PackedColumn

AGREED = agreement_rules.read_checked(GOOD["agreement"]).agreement
LAYOUT = layout.in_pipe(AGREED.catalogue().dataset("platform"), AGREED.identifiers)


def rows(stored: Sequence[PackedColumn], count: int) -> bytes:
    return b"".join(np.arange(count).astype(column.storage).tobytes() for column in stored)


def table(name: str, stored: Sequence[PackedColumn], counts: Sequence[int]) -> list[bytes]:
    """An honest table in batches, as pieces: frames and buffers."""
    pieces = [frame(TableHeader(name, tuple(stored)))]
    for count in counts:
        pieces += [frame(Batch(count)), rows(stored, count)]
    return pieces


GOOD_PIECES = [
    *(piece for name, stored in LAYOUT for piece in table(name, stored, [3, 20])),
    frame(End()),
]
STREAM = b"".join(GOOD_PIECES)


def use_stream(data: bytes) -> list[tuple[str, list[np.ndarray] | None]]:
    """Everything that comes, each batch as its header said."""
    found: list[tuple[str, list[np.ndarray] | None]] = []
    with saying(data) as reader:
        for header, arrays in columns.receive(reader):
            if arrays is not None:
                assert [a.dtype for a in arrays] == [np.dtype(c.storage) for c in header.columns]
                assert {a.shape for a in arrays} == {arrays[0].shape}
                assert sum(a.nbytes for a in arrays) <= len(data)
            found.append((header.name, arrays))
    return found


def test_the_good_stream_is_good() -> None:
    found = use_stream(STREAM)
    assert [name for name, arrays in found if arrays is None] == [name for name, _ in LAYOUT]
    assert sum(len(arrays[0]) for _, arrays in found if arrays is not None) == 23 * len(LAYOUT)


@fuzzed(st.data())
def test_streams_with_bytes_changed(data: st.DataObject) -> None:
    answer(use_stream, data.draw(damaged(STREAM, GOOD_PIECES)))


HEADERS = [
    {"type": "table", "name": "t", "columns": []},
    {"type": "table", "name": "t", "columns": [{"name": "a", "type": None, "storage": "<u8"}]},
    {"type": "end"},
    {"type": "batch", "rows": 1},
]
storages = st.sampled_from([*STORAGES, "u8", "<f8", "O", "|S9999999", "<U4", "V8", ">u4", ""])
counts = st.integers(-1, 30) | st.sampled_from([MAX_BATCH_ROWS, MAX_BATCH_ROWS + 1, 2**62, 2**64])


@st.composite
def pieces(draw: Any) -> bytes:
    """Honest pieces in any order, others' headers, counts that do not fit, frames misspelled."""
    which = draw(st.integers(0, 5))
    if which <= 2:
        return bytes(draw(st.sampled_from(GOOD_PIECES)))
    if which == 3:
        stored = [
            PackedColumn(name, None, draw(storages))
            for name in draw(st.lists(st.sampled_from(["a", "b", "", "\u202e"]), max_size=4))
        ]
        return frame(TableHeader(draw(st.text(max_size=5)), tuple(stored)))
    if which == 4:
        return frame(json.dumps({"type": "batch", "rows": draw(counts)}).encode())
    return frame(draw(misspelled(msgspec.json.encode(draw(st.sampled_from(HEADERS))))))


@fuzzed(st.data())
def test_streams_of_any_pieces(data: st.DataObject) -> None:
    answer(use_stream, b"".join(data.draw(st.lists(pieces(), max_size=12))))
