"""The work that real workers do, with the real libraries: it must all pass behind the wall.

Each role has ``load``, before the lock-down, and ``work``, after it. ``load`` is a rehearsal: the
libraries import parts of themselves, load plugins and start thread pools at first use, so they
have to be used, not just imported. ``work`` checks its own results and returns a few counts.
"""

import io
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

ROWS = 200_000
GROUPS = 100
CONTEXT = b"cleanroom/test"


@dataclass(frozen=True)
class Role:
    load: Callable[[dict[str, Any]], None]
    work: Callable[[dict[str, Any]], dict[str, int]]


def _load_engine(_: dict[str, Any]) -> None:
    import duckdb
    import numpy as np  # noqa: F401
    import opendp.prelude as dp

    dp.enable_features("contrib")
    _noise()
    _keys()
    duckdb.connect(":memory:").execute("select 1").fetchall()


def _engine(_: dict[str, Any]) -> dict[str, int]:
    with ThreadPoolExecutor(2) as pool:
        jobs = [pool.submit(job) for job in (_join, _noise, _keys)]
        return {name: count for job in jobs for name, count in job.result().items()}


def _join() -> dict[str, int]:
    """Two tables of numpy columns, joined and grouped on two DuckDB threads, then out of memory."""
    import duckdb
    import numpy as np

    settings = {
        "threads": 2, "memory_limit": "200MB", "temp_directory": "",
        "autoload_known_extensions": False, "autoinstall_known_extensions": False,
    }  # fmt: skip
    con = duckdb.connect(":memory:", config=settings)
    ids = np.arange(ROWS, dtype=np.uint64)
    rows = {"hi": ids, "lo": ids * 7, "g": ids % GROUPS, "amount": ids.astype(np.int64)}
    con.register("rows", rows)
    con.execute("create table a as select * from rows; create table b as select hi, lo from rows")
    con.execute("set enable_external_access=false; set lock_configuration=true")
    con.execute("select g, count(*), sum(amount) from a join b using (hi, lo) group by g")
    found = con.fetchall()
    if len(found) != GROUPS or sum(int(row[1]) for row in found) != ROWS:
        raise AssertionError("wrong join")
    try:
        con.execute("create table big as select md5(range::varchar) h from range(20000000)")
    except duckdb.OutOfMemoryException:
        return {"groups": len(found), "clean_out_of_memory": 1}
    return {"groups": len(found), "clean_out_of_memory": 0}


def _noise() -> dict[str, int]:
    import opendp.prelude as dp

    vector = dp.vector_domain(dp.atom_domain(T="i64"))
    gaussian = dp.m.make_gaussian(vector, dp.l2_distance(T=float), scale=20.0)
    draws = gaussian([0] * 2000)
    if len(set(draws)) < 20:
        raise AssertionError("no noise")
    return {"draws": len(draws)}


def _keys() -> dict[str, int]:
    """The session's key pairs: X-Wing for HPKE, Ed25519 to sign."""
    from cryptography.hazmat.primitives import hpke
    from cryptography.hazmat.primitives.asymmetric import ed25519, mlkem, x25519

    signer = ed25519.Ed25519PrivateKey.generate()
    signer.public_key().verify(signer.sign(b"entry"), b"entry")
    suite = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    private = hpke.MLKEM768X25519PrivateKey(
        mlkem.MLKEM768PrivateKey.generate(), x25519.X25519PrivateKey.generate()
    )
    sealed = suite.encrypt(b"k" * 32, private.public_key(), info=CONTEXT)
    if suite.decrypt(sealed, private, info=CONTEXT) != b"k" * 32:
        raise AssertionError("wrong key")
    return {"sealed_bytes": len(sealed)}


def sealed_parquet(rows: int, key: bytes) -> bytes:
    """What the test hands to the ingest role: Parquet, zstd, in a Cobblestone-256 ciphertext."""
    import pyarrow as pa
    import pyarrow.parquet as pq
    from cryptography.cobblestone import Cobblestone256Encryptor

    plain = io.BytesIO()
    ids = list(range(rows))
    table = pa.table({"hi": pa.array(ids, pa.uint64()), "g": [f"g{i % GROUPS}" for i in ids]})
    pq.write_table(table, plain, compression="zstd", use_dictionary=["g"])
    encryptor = Cobblestone256Encryptor(key, CONTEXT)
    return encryptor.update(plain.getvalue()) + encryptor.finalize()


def _load_ingest(_: dict[str, Any]) -> None:
    key = bytes(32)
    _unsealed(io.BytesIO(sealed_parquet(1, key)), key)


def _ingest(task: dict[str, Any]) -> dict[str, int]:
    """Package bytes through an inherited descriptor -> checked Arrow columns."""
    with open(task["descriptor"], "rb", closefd=True) as package:  # noqa: PTH123 - no path there
        return {"rows": _unsealed(package, bytes.fromhex(task["key"]))}


def _unsealed(package: BinaryIO, key: bytes) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from cryptography.cobblestone import Cobblestone256Decryptor

    decryptor = Cobblestone256Decryptor(key, CONTEXT)
    plain = bytearray()
    while chunk := package.read(1 << 16):
        plain += decryptor.update(chunk)
    plain += decryptor.finalize()
    table = pq.read_table(pa.BufferReader(bytes(plain)))
    table.validate(full=True)
    rows: int = table.num_rows
    return rows


def _load_prepare(task: dict[str, Any]) -> None:
    """On one made-up row, in the folder that the worker may write to."""
    folder = Path(task["folder"], "rehearsal")
    folder.mkdir()
    source = folder / "rows.csv"
    source.write_text("email,note\na@example.cn,x\n", "utf-8")
    _prepare({"source": str(source), "folder": str(folder)})
    for file in folder.iterdir():
        file.unlink()
    folder.rmdir()


def _prepare(task: dict[str, Any]) -> dict[str, int]:
    """A CSV file -> tokens by polars (streaming) -> Parquet under a temporary name -> rename."""
    import polars as pl
    import polars_hash  # noqa: F401
    import pyarrow.csv as pa_csv
    import pyarrow.parquet as pq

    source, folder = Path(task["source"]), Path(task["folder"])
    token = pl.col("email").str.strip_chars().str.to_lowercase().chash.hmac_sha256(key="ab" * 32)  # type: ignore[attr-defined]
    lazy = pl.scan_csv(source).with_columns(token.alias("token"))
    streamed = sum(part.height for part in lazy.collect_batches(engine="streaming"))
    partial, final = folder / "tokens.parquet.part", folder / "tokens.parquet"
    lazy.sink_parquet(partial)
    with partial.open("rb+") as written:
        os.fsync(written.fileno())
    partial.replace(final)
    options = pa_csv.ParseOptions(newlines_in_values=True)
    arrow = sum(batch.num_rows for batch in pa_csv.open_csv(source, parse_options=options))
    (folder / "profile.json").write_text(json.dumps({"rows": arrow}), "utf-8")
    with pq.ParquetWriter(folder / "arrow.parquet", pq.read_schema(final)) as writer:
        for batch in pq.ParquetFile(final).iter_batches():
            writer.write_batch(batch)
    "手机号".encode("gb18030").decode("gb18030")  # an encoding is a module too
    return {"streamed": streamed, "arrow": arrow, "written": pq.read_metadata(final).num_rows}


ROLES = {
    "engine": Role(_load_engine, _engine),
    "ingest": Role(_load_ingest, _ingest),
    "prepare": Role(_load_prepare, _prepare),
}
