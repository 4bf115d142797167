"""The engine's database: DuckDB in memory, without files, network, extensions or spilling.

Tables are named by the position of their party: ``people_0``, ``exposures_1``, ``ids_0_phone``.
"""

from collections.abc import Sequence

import duckdb
import numpy as np

from cleanroom.trust.package import PackedColumn

Connection = duckdb.DuckDBPyConnection
OUT_OF_MEMORY = (duckdb.OutOfMemoryException,)

# DuckDB 2.0 writes what it spills in plaintext, so it may not spill. The order matters: external
# access closes the folders for good, and the lock comes last.
_LOCKED = {
    "temp_directory": "",
    "autoload_known_extensions": "false",
    "autoinstall_known_extensions": "false",
    "allow_community_extensions": "false",
    "allow_persistent_secrets": "false",
    "preserve_insertion_order": "false",
    "enable_external_access": "false",
    "lock_configuration": "true",
}

_SQL_TYPES = {
    "u1": "UTINYINT",
    "<u2": "USMALLINT",
    "<u4": "UINTEGER",
    "<u8": "UBIGINT",
    "<i4": "INTEGER",
    "<i8": "BIGINT",
}


def connect(memory_mb: int, threads: int) -> Connection:
    """A locked connection. Nothing that is later said to it can loosen these settings."""
    connection = duckdb.connect(
        ":memory:", config={"memory_limit": f"{memory_mb}MB", "threads": threads}
    )
    for name, value in _LOCKED.items():
        connection.execute(f"SET {name} = '{value}'").fetchall()
    return connection


def create_table(connection: Connection, name: str, columns: Sequence[PackedColumn]) -> None:
    """An empty table of integer columns. Names come from the data model, never from a package."""
    fields = ", ".join(f'"{column.name}" {_SQL_TYPES[column.storage]}' for column in columns)
    connection.execute(f'CREATE TABLE "{name}" ({fields})').fetchall()


def insert(
    connection: Connection,
    name: str,
    columns: Sequence[PackedColumn],
    arrays: Sequence[np.ndarray],
) -> None:
    """Append one batch of equally long arrays."""
    batch = {column.name: array for column, array in zip(columns, arrays, strict=True)}
    connection.register("batch", batch)
    connection.execute(f'INSERT INTO "{name}" SELECT * FROM batch').fetchall()
    connection.unregister("batch")


def rows(connection: Connection, sql: str, values: Sequence[object] = ()) -> list[tuple[int, ...]]:
    """All rows of a statement with bound values."""
    return connection.execute(sql, list(values)).fetchall()
