"""The heavy part of role ``ingest``: verify, decrypt, parse, check, send raw columns.

Checks run in the order that lets the cheapest one refuse first: signatures, bindings, layout, then
hash, key, ciphertext, Parquet, values.
"""

import os
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from cryptography.cobblestone import Cobblestone256Encryptor

from cleanroom import wire
from cleanroom.disclosure.catalogue import DatasetSpec
from cleanroom.errors import TrustError
from cleanroom.sandbox import columns, messages, wall
from cleanroom.sandbox.inside import opening, parts
from cleanroom.sandbox.inside.proof import as_signed
from cleanroom.trust import layout, package
from cleanroom.trust.hpke import SealingKey, seal
from cleanroom.trust.package import PackedColumn


def warm() -> None:
    """Use pyarrow's Parquet, numpy and the ciphers once."""
    sink = pa.BufferOutputStream()
    table = pa.table({"a": np.arange(3, dtype="<u8"), "b": np.zeros(3, dtype="u1")})
    pq.write_table(table, sink, compression="zstd")
    columns_of = (PackedColumn("a", None, "<u8"), PackedColumn("b", None, "u1"))
    parts.arrays(sink.getvalue().to_pybytes(), columns_of)
    Cobblestone256Encryptor(bytes(32), b"").finalize()
    key = SealingKey.generate()
    key.open(seal(b"", key.public_bytes(), b""), b"", "warm")
    np.unique(np.sort(np.array([1, 1], dtype="<u8")))


def serve(reader: int, writer: int, self_test: wall.SelfTest) -> None:
    """One package from papers to rows."""
    key = SealingKey.generate()
    wire.send(writer, messages.Ready(key.public_bytes().hex(), "", as_signed(self_test)))
    job = wire.receive(reader, messages.Ingest)
    now = datetime.fromisoformat(job.now)
    granted = opening.verify(job.agreement, job.request, job.grant, now)
    if granted.request.ingest_key != key.public_bytes().hex():
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

    def send_all(self, rows_fd: int) -> None:
        """Every table in the agreed order, then the end mark."""
        sent = dict(layout.in_pipe(self.dataset, self.agreement.identifiers))
        people = 0
        for name, stored in self.stored:
            columns.send_table(rows_fd, columns.TableHeader(name, sent[name]))
            if name == "people":
                people = self._send_people(rows_fd, stored)
            elif name.startswith(layout.IDS):
                self._send_tokens(rows_fd, name, stored, people)
            else:
                self._send_rows(rows_fd, name, stored, people)
        columns.send_end(rows_fd)

    def _parts(self, table: str, stored: tuple[PackedColumn, ...]) -> Iterator[list[np.ndarray]]:
        """Checked arrays of each part of a table."""
        specs = self.dataset.tables.get(table, {})
        for number, part in enumerate(self.manifest.parts):
            if part.table != table:
                continue
            plain = parts.decrypt(self.file, self.manifest, number, self.key)
            arrays = parts.arrays(plain, stored)
            for column, array in zip(stored, arrays, strict=True):
                if column.name in specs:
                    parts.check_values(array, specs[column.name])
            self.done += 1
            stage = wire.Progress("ingest", self.done, len(self.manifest.parts))
            wire.send(self.writer, stage)
            yield arrays

    def _send_people(self, rows_fd: int, stored: tuple[PackedColumn, ...]) -> int:
        people = 0
        for arrays in self._parts("people", stored):
            count = len(arrays[0])
            numbers = np.arange(people, people + count, dtype="<u4")
            _send(rows_fd, [numbers, *arrays[len(layout.PID) :]])
            people += count
        return people

    def _send_tokens(
        self, rows_fd: int, name: str, stored: tuple[PackedColumn, ...], people: int
    ) -> None:
        """Tokens of one kind, after the check that needs all of them at once."""
        batches = list(self._parts(name, stored))
        if not batches:
            return
        whole = [np.concatenate(column) for column in zip(*batches, strict=True)]
        del batches
        parts.check_persons(whole[0], people)
        one_each = self.agreement.policy.mode == "dp"
        parts.check_tokens(whole[0], whole[1], whole[2], people, one_each)
        _send(rows_fd, whole)

    def _send_rows(
        self, rows_fd: int, name: str, stored: tuple[PackedColumn, ...], people: int
    ) -> None:
        pointing = len(layout.person_columns(name))
        for arrays in self._parts(name, stored):
            for array in arrays[:pointing]:
                parts.check_persons(array, people)
            _send(rows_fd, arrays)


def _send(rows_fd: int, arrays: list[np.ndarray]) -> None:
    """Send equally long arrays in batches that the reader accepts."""
    for start in range(0, len(arrays[0]), columns.MAX_BATCH_ROWS):
        end = start + columns.MAX_BATCH_ROWS
        columns.send_batch(rows_fd, [array[start:end] for array in arrays])
