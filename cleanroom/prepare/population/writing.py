"""Writes the files of a population, chunk by chunk, and removes them again if it fails."""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final, Literal, Protocol

import polars as pl
import pyarrow.parquet as pa_parquet

from cleanroom.errors import InputError

Format = Literal["csv", "parquet"]

_DELIMITERS: Final = {("brand", "members"): ";"}
_ENCODINGS: Final = {("brand", "members"): "gb18030"}
_MARKED: Final = {("platform", "users")}
"""Files that begin with a byte order mark, as spreadsheets write them."""
_DATES: Final = {("brand", "orders"): "%Y/%m/%d %H:%M:%S"}
_USUAL_DATES: Final = "%Y-%m-%d %H:%M:%S"


class Sheet(Protocol):
    """One file that grows."""

    def add(self, rows: pl.DataFrame) -> None:
        """Append rows of the same columns."""

    def close(self) -> None:
        """No more rows."""


class _Csv:
    def __init__(self, path: Path, which: tuple[str, str]) -> None:
        self._file = path.open("wb")
        self._which = which
        self._empty = True
        if which in _MARKED:
            self._file.write("\ufeff".encode())

    def add(self, rows: pl.DataFrame) -> None:
        text = rows.write_csv(
            include_header=self._empty,
            separator=_DELIMITERS.get(self._which, ","),
            datetime_format=_DATES.get(self._which, _USUAL_DATES),
        )
        self._empty = False
        self._file.write(text.encode(_ENCODINGS.get(self._which, "utf-8")))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, which: tuple[str, str]) -> None:
        self._path = path
        self._writer: pa_parquet.ParquetWriter | None = None

    def add(self, rows: pl.DataFrame) -> None:
        table = rows.to_arrow()
        if self._writer is None:
            self._writer = pa_parquet.ParquetWriter(self._path, table.schema, compression="zstd")
        self._writer.write_table(table)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class Files:
    """All files of a folder of parties. ``rows`` counts what each of them got."""

    def __init__(self, folder: Path, form: Format) -> None:
        self._folder = folder
        self._form = form
        self._open: dict[tuple[str, str], Sheet] = {}
        self.rows: dict[str, int] = {}

    def add(self, which: tuple[str, str], rows: pl.DataFrame) -> None:
        """Append rows to a party's file."""
        party, name = which
        if which not in self._open:
            (self._folder / party).mkdir(exist_ok=True)
            path = self._folder / party / f"{name}.{self._form}"
            self._open[which] = (_Csv if self._form == "csv" else _Parquet)(path, which)
        self._open[which].add(rows)
        key = f"{party}/{name}.{self._form}"
        self.rows[key] = self.rows.get(key, 0) + rows.height

    def text(self, name: str, content: str | bytes) -> None:
        """Write a small file."""
        path = self._folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)

    def close(self) -> None:
        """Finish all files."""
        for sheet in self._open.values():
            sheet.close()


@contextlib.contextmanager
def new_folder(folder: Path, form: Format) -> Iterator[Files]:
    """Files in a folder that is new or empty; on any error nothing of them is left.

    Raises ``input.sample_exists``, ``input.cannot_write``.
    """
    if folder.exists() and not (folder.is_dir() and not any(folder.iterdir())):
        raise InputError("input.sample_exists", folder=folder.name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        files = Files(folder, form)
        try:
            yield files
            files.close()
        except BaseException:
            with contextlib.suppress(OSError):
                files.close()
            shutil.rmtree(folder, ignore_errors=True)
            raise
    except OSError:
        raise InputError("input.cannot_write", file=folder.name) from None
