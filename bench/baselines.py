"""What people do without the product: baselines.py CASE A.csv B.csv -> cells as JSON.

pandas         the script most would write: read, normalise, hash row by row, merge, group
hashed_floor   the fastest way known with the same hash: polars normalises and hashes, DuckDB joins
nohash_floor   DuckDB on the plain addresses: no secrets kept from anybody
phone_floor    the same on telephone numbers
bare_join      the join and group-by alone, on tokens in memory; seconds of each question

All count people by a's segment and b's region (``bare_join`` by three pairs).
"""

import hashlib
import hmac
import json
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

KEY = bytes(range(32))  # the scripts' own; the product draws a secret for each agreement
THREADS = 2  # the product's default
PAIRS = (("segment", "region"), ("region", "segment"), ("segment", "segment"))

Cells = list[tuple[str, str, int]]


def _cells(found: Iterable[Iterable[Any]]) -> Cells:
    return sorted((str(a), str(b), int(n)) for a, b, n in found)


def pandas(a: str, b: str) -> Any:
    """Plain pandas."""
    import pandas as pd

    frames = [pd.read_csv(a), pd.read_csv(b)]
    for frame in frames:
        mails = frame["email"].str.strip().str.lower()
        frame["token"] = mails.map(lambda m: hmac.new(KEY, m.encode(), hashlib.sha256).hexdigest())
    both = frames[0].merge(frames[1], on="token", suffixes=("_a", "_b"))
    counts = both.groupby(["segment_a", "region_b"]).size().reset_index()
    return _cells(counts.itertuples(index=False))


def _tokens(path: str, *columns: str) -> Any:
    """Tokens as two 64-bit halves, and some columns, streamed through polars."""
    import polars as pl
    import polars_hash  # noqa: F401 - registers the namespace chash

    def half(start: int) -> pl.Expr:
        text = pl.col("token").str.slice(start, 16).str.decode("hex")
        return text.bin.reinterpret(dtype=pl.UInt64, endianness="big")

    mail = pl.col("email").str.strip_chars().str.to_lowercase()
    token = mail.chash.hmac_sha256(key=KEY.hex()).alias("token")  # type: ignore[attr-defined]
    rows = pl.scan_csv(path).select(token, *columns)
    return rows.select(half(0).alias("hi"), half(16).alias("lo"), *columns)


def hashed_floor(a: str, b: str) -> Any:
    """polars normalises and hashes, DuckDB joins and counts."""
    import duckdb

    database = duckdb.connect(config={"threads": THREADS})
    for name, path, column in (("a", a, "segment"), ("b", b, "region")):
        rows = _tokens(path, column).collect(engine="streaming")
        database.register(name, rows.to_arrow())
    sql = "SELECT segment, region, COUNT(*) FROM a JOIN b USING (hi, lo) GROUP BY ALL"
    return _cells(database.execute(sql).fetchall())


def nohash_floor(a: str, b: str) -> Any:
    """DuckDB on addresses."""
    return _plain(a, b, "lower(trim(email))")


def phone_floor(a: str, b: str) -> Any:
    """DuckDB on telephone numbers."""
    return _plain(a, b, r"right(regexp_replace(phone, '\D', '', 'g'), 11)")


def _plain(a: str, b: str, key: str) -> Cells:
    import duckdb

    database = duckdb.connect(config={"threads": THREADS})
    for name, path, column in (("a", a, "segment"), ("b", b, "region")):
        source = f"read_csv('{path}', types={{'phone': 'VARCHAR'}})" if "phone" in key else ""
        source = source or f"read_csv('{path}')"
        database.execute(f"CREATE VIEW {name} AS SELECT {key} AS key, {column} FROM {source}")
    sql = "SELECT segment, region, COUNT(*) FROM a JOIN b USING (key) GROUP BY ALL"
    return _cells(database.execute(sql).fetchall())


def bare_join(a: str, b: str) -> Any:
    """Join and group-by on tables in memory, columns coded as the product codes them."""
    import duckdb
    import polars as pl

    database = duckdb.connect(config={"threads": THREADS})
    for name, path in (("a", a), ("b", b)):
        rows = _tokens(path, "segment", "region").with_columns(
            pl.col("segment").str.strip_prefix("seg").cast(pl.UInt8),
            pl.col("region").str.strip_prefix("R").cast(pl.UInt8),
        )
        table = rows.collect(engine="streaming").to_arrow()
        database.register("rows", table)
        database.execute(f"CREATE TABLE {name} AS SELECT * FROM rows").fetchall()
        database.unregister("rows")
        del table
    marks = {"segment": "seg", "region": "R"}
    answers = []
    for mine, theirs in PAIRS:
        sql = (
            f"SELECT a.{mine}, b.{theirs}, COUNT(*) FROM a JOIN b "
            "ON a.hi = b.hi AND a.lo = b.lo GROUP BY ALL"
        )
        began = time.perf_counter()
        found = database.execute(sql).fetchall()
        seconds = time.perf_counter() - began
        labelled = ((f"{marks[mine]}{x}", f"{marks[theirs]}{y}", n) for x, y, n in found)
        answers.append({"seconds": seconds, "cells": _cells(labelled)})
    return answers


CASES: dict[str, Callable[[str, str], Any]] = {
    case.__name__: case for case in (pandas, hashed_floor, nohash_floor, phone_floor, bare_join)
}

if __name__ == "__main__":
    print(json.dumps(CASES[sys.argv[1]](*sys.argv[2:4])))
