"""The people and their tokens, cut into the arrays of one part after the other."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from cleanroom.prepare.package_writer import rows_of_part
from cleanroom.prepare.survey import Population
from cleanroom.trust.layout import IDS, PID
from cleanroom.trust.package import PackedColumn

Array = npt.NDArray[Any]

Slice = Callable[[], list[Array]]
"""Makes the arrays of one part, on any thread."""


def token_pids(hi: Array, lo: Array, key: bytes) -> tuple[Array, Array]:
    """Pids of people who have none: AES-256 of the token, a keyed permutation of 128 bits.

    As fast as reading, and different tokens stay different. ECB is right here and only here: each
    block is a whole message, and equal tokens shall have equal pids.
    """
    blocks = np.empty((len(hi), 2), ">u8")
    blocks[:, 0], blocks[:, 1] = hi, lo
    encryptor = Cipher(algorithms.AES(key), modes.ECB()).encryptor()  # noqa: S305
    found = np.frombuffer(encryptor.update(blocks.tobytes()), ">u8").reshape(-1, 2)
    return found[:, 0].astype("<u8"), found[:, 1].astype("<u8")


class PeoplePacker:
    """People and tokens of a population as arrays, a slice at a time."""

    def __init__(self, population: Population, aes_key: bytes) -> None:
        self._table = population.table
        self._persons = population.persons
        self._aes_key = aes_key

    def has(self, table: str) -> bool:
        """Whether the table is one of ``people`` and ``ids:<kind>``."""
        return table == "people" or table.startswith(IDS)

    def size(self, table: str) -> int:
        """Rows of such a table."""
        at = self._persons.tokens[table.removeprefix(IDS)] if table.startswith(IDS) else None
        return self._persons.count if at is None else len(at)

    def slices(self, table: str, columns: Sequence[PackedColumn]) -> Iterator[Slice]:
        """For each part of such a table a call that makes its arrays."""
        if table.startswith(IDS):
            make = partial(self._tokens, table.removeprefix(IDS))
        else:
            make = partial(self._people, [column.name for column in columns[len(PID) :]])
        size, step = self.size(table), rows_of_part(columns)
        for start in range(0, size, step):
            yield partial(make, start, min(start + step, size))

    def _people(self, names: Sequence[str], start: int, end: int) -> list[Array]:
        people, found = self._table.people, self._persons
        at: Any = slice(start, end) if found.keys is None else found.keys[start:end]
        hi, lo = people.key_hi[at], people.key_lo[at]
        if self._table.keyed_by_token:
            hi, lo = token_pids(hi, lo, self._aes_key)
        rows: Any = slice(start, end) if found.rows is None else found.rows[start:end]
        return [hi, lo, *(self._table.columns[name][rows] for name in names)]

    def _tokens(self, kind: str, start: int, end: int) -> list[Array]:
        tokens, found = self._table.people.kinds[kind], self._persons
        at = found.tokens[kind]
        places = np.arange(start, end) if at is None else at[start:end]
        rows = places % len(self._table.people.key_hi)
        numbers = rows.astype(np.uint32) if found.of_row is None else found.of_row[rows]
        return [numbers, tokens.hi[places], tokens.lo[places]]
