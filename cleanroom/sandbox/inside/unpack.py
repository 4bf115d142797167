"""The heavy part of role ``ingest``: verify, decrypt, parse, check, send raw columns.

Checks run in the order that lets the cheapest one refuse first: signatures, bindings, layout, then
hash, key, ciphertext, Parquet, values.
"""

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime
from threading import Lock
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Encryptor

from cleanroom import wire
from cleanroom.disclosure.catalogue import DatasetSpec
from cleanroom.errors import SandboxError, TrustError
from cleanroom.sandbox import columns, messages, wall
from cleanroom.sandbox.inside import opening, parts
from cleanroom.sandbox.inside.proof import as_signed
from cleanroom.trust import layout, package
from cleanroom.trust.hpke import SealingKey, seal
from cleanroom.trust.package import PackedColumn

OUT_OF_MEMORY = ()  # besides MemoryError, which pyarrow raises too
_THREADS = 2
_AHEAD = 2  # parts that are decoded while one is sent
PART_SECONDS = 30.0  # to wait for one part: some bytes keep a parser busy for hours


def warm() -> None:
    """Use pyarrow's Parquet, numpy and the ciphers once."""
    pa.set_memory_pool(_pool())
    sink = pa.BufferOutputStream()
    wide = pa.Array.from_buffers(pa.uint64(), 2, [None, pa.py_buffer(bytes(16))])
    narrow = pa.Array.from_buffers(pa.uint8(), 2, [None, pa.py_buffer(bytes(2))])
    table = pa.Table.from_arrays([wide, narrow], names=["a", "b"])
    pq.write_table(table, sink, compression="zstd")
    columns_of = (PackedColumn("a", None, "<u8"), PackedColumn("b", None, "u1"))
    parts.arrays(sink.getvalue(), columns_of)
    Cobblestone256Encryptor(bytes(32), b"").finalize()
    key = SealingKey.generate()
    key.open(seal(b"", key.public_bytes(), b""), b"", "warm")
    np.unique(np.sort(np.array([1, 1], dtype="<u8")))


def _pool() -> pa.MemoryPool:
    """Memory that is kept for the next part. The usual pool gives it back at once, and most of a
    package's time goes into clearing the pages that it then gets again.
    """
    kept = "jemalloc" in pa.supported_memory_backends()
    return pa.jemalloc_memory_pool() if kept else pa.system_memory_pool()


def serve(reader: int, writer: int, self_test: wall.SelfTest) -> None:
    """One package from papers to rows."""
    key = SealingKey.generate()
    proved = as_signed(self_test)
    wire.send(writer, messages.Ready(key.public_bytes().hex(), "", proved))
    job = wire.receive(reader, messages.Ingest)
    now = datetime.fromisoformat(job.now)
    granted = opening.verify(job.agreement, job.request, job.grant, now)
    told = (granted.request.ingest_key, granted.request.ingest_self_test)
    if told != (key.public_bytes().hex(), proved):
        raise TrustError("trust.grant_for_another")
    with os.fdopen(job.package_fd, "rb") as file:
        unpacker = _Unpacker(granted, granted.package_key(key), file, writer)
        unpacker.send_all(job.rows_fd)
    os.close(job.rows_fd)
    wire.send(writer, messages.Done())


class _Unpacker:
    """One package on its way into the pipe."""

    def __init__(self, granted: opening.Granted, key: bytes, file: BinaryIO, writer: int) -> None:
        self.agreement = granted.agreement
        self.key = key
        self.file = file
        self.writer = writer
        sealed, self.manifest = package.read_envelope(file)
        signing = self.agreement.party(granted.request.owner).card.signing
        granted.check_manifest(self.manifest, package.verify(sealed, signing))
        self.dataset: DatasetSpec = self.agreement.catalogue().dataset(granted.request.owner)
        self.stored = layout.in_package(self.dataset, self.agreement.identifiers)
        if {table.name: table.columns for table in self.manifest.tables} != dict(self.stored):
            raise TrustError("trust.package_content")
        self.done = 0
        self.pool = ThreadPoolExecutor(_THREADS)
        self.reading = Lock()
        order = {name: place for place, (name, _) in enumerate(self.stored)}
        tables = [order[part.table] for part in self.manifest.parts]
        self.left = deque(sorted(range(len(tables)), key=tables.__getitem__))
        self.ahead: deque[tuple[str, Future[list[np.ndarray]]]] = deque()

    def send_all(self, rows_fd: int) -> None:
        """Every table in the agreed order, then the end mark.

        A part may be on its way before a later one is refused: without the end mark the engine
        uses nothing. Raises ``trust.package_content``, ``trust.package_damaged``,
        ``trust.package_tokens``, ``sandbox.timeout``.
        """
        try:
            self._send_tables(rows_fd)
        except BaseException:
            self.pool.shutdown(wait=False, cancel_futures=True)  # a thread may never end
            raise
        self.pool.shutdown()
        columns.send_end(rows_fd)

    def _send_tables(self, rows_fd: int) -> None:
        sent = dict(layout.in_pipe(self.dataset, self.agreement.identifiers))
        people = 0
        for name, _ in self.stored:
            columns.send_table(rows_fd, columns.TableHeader(name, sent[name]))
            if name == "people":
                people = self._send_people(rows_fd)
            elif name.startswith(layout.IDS):
                self._send_tokens(rows_fd, name, people)
            else:
                self._send_rows(rows_fd, name, people)

    def _decoded(self, number: int) -> list[np.ndarray]:
        """Checked arrays of one part. Runs on a thread of the pool."""
        part = self.manifest.parts[number]
        stored = dict(self.stored)[part.table]
        with self.reading:  # one file, one position
            data = package.read_part(self.file, self.manifest, number)
        arrays = parts.arrays(parts.decrypt(data, self.manifest, number, self.key), stored)
        specs = self.dataset.tables.get(part.table, {})
        for column, array in zip(stored, arrays, strict=True):
            if column.name in specs:
                parts.check_values(array, specs[column.name])
        return arrays

    def _parts(self, table: str) -> Iterator[list[np.ndarray]]:
        """Checked arrays of each part of the table that comes next; others are decoded ahead."""
        while True:
            while self.left and len(self.ahead) < _AHEAD:
                number = self.left.popleft()
                decoded = self.pool.submit(self._decoded, number)
                self.ahead.append((self.manifest.parts[number].table, decoded))
            if not self.ahead or self.ahead[0][0] != table:
                return
            arrays = _in_time(self.ahead.popleft()[1])
            self.done += 1
            stage = wire.Progress("ingest", self.done, len(self.manifest.parts))
            wire.send(self.writer, stage)
            yield arrays

    def _send_people(self, rows_fd: int) -> int:
        """Numbered people, and the check that needs all of their pids at once."""
        people = 0
        ids = []
        for arrays in self._parts("people"):
            count = len(arrays[0])
            numbers = np.arange(people, people + count, dtype="<u4")
            _send(rows_fd, [numbers, arrays[0], *arrays[len(layout.PID) :]])
            people += count
            ids.append(arrays[0])
        parts.check_ids(ids)
        return people

    def _send_tokens(self, rows_fd: int, name: str, people: int) -> None:
        """Tokens of one kind, and the check that needs all of them at once."""
        batches = []
        for arrays in self._parts(name):
            parts.check_persons(arrays[0], people)
            _send(rows_fd, arrays)
            batches.append(arrays)
        parts.check_tokens(batches, people, self.agreement.policy.mode == "dp")

    def _send_rows(self, rows_fd: int, name: str, people: int) -> None:
        pointing = len(layout.person_columns(name))
        for arrays in self._parts(name):
            for array in arrays[:pointing]:
                parts.check_persons(array, people)
            _send(rows_fd, arrays)


def _in_time(part: "Future[list[np.ndarray]]") -> list[np.ndarray]:
    try:
        return part.result(PART_SECONDS)
    except TimeoutError:
        raise SandboxError("sandbox.timeout") from None


def _send(rows_fd: int, arrays: list[np.ndarray]) -> None:
    """Send equally long arrays in batches that the reader accepts."""
    for start in range(0, len(arrays[0]), columns.MAX_BATCH_ROWS):
        end = start + columns.MAX_BATCH_ROWS
        columns.send_batch(rows_fd, [array[start:end] for array in arrays])
