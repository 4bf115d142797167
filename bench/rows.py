"""The rows that are measured: made from row numbers alone, so the same everywhere.

``mail_a_<rows>.csv`` and ``mail_b_<rows>.csv`` have as many rows each, and 60 % of b's people are
in a. ``mail_c_<rows>.csv`` is a smaller list, and 60 % of its people are in the *a* it was made
for. E-mails differ in case and blanks as they do in real exports; every person is there once.
``phone_*`` are the same people by mainland mobile numbers, some with +86 or dashes.

Columns: email or phone, segment (12 values), region (20 values), age, spend.
"""

from pathlib import Path

import numpy as np
import polars as pl

SEGMENTS = tuple(f"seg{i}" for i in range(12))
REGIONS = tuple(f"R{i}" for i in range(20))
OVERLAP = 0.6

_BLOCK = 500_000
_DOMAINS = ("gmail.com", "example.org", "corp.example.net", "mail.test")
_SPREAD = np.uint64(2_654_435_761)  # odd and coprime to what it is taken modulo: no repeats
_MAIL_NUMBERS = np.uint64(1 << 32)
_PHONE_NUMBERS = np.uint64(7_000_000_000)  # 1[3-9] and nine digits
_FIRST_PHONE = np.uint64(13_000_000_000)


def make(folder: Path, kind: str, side: str, rows: int, first: int) -> Path:
    """A file of persons ``first`` ... ``first + rows - 1``, unless it is there already."""
    path = folder / f"{kind}_{side}_{rows}.csv"
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for begin in range(first, first + rows, _BLOCK):
            people = np.arange(begin, min(begin + _BLOCK, first + rows), dtype=np.uint64)
            _frame(kind, side, people).write_csv(file, include_header=begin == first)
    part.replace(path)
    return path


def anchor(folder: Path, kind: str, rows: int) -> Path:
    """Persons 0, 1, 2, ..."""
    return make(folder, kind, "a", rows, 0)


def beside(folder: Path, kind: str, rows: int, anchored: int) -> Path:
    """Persons of whom 60 % are among the first ``anchored``."""
    side = "b" if rows == anchored else "c"
    return make(folder, kind, side, rows, max(0, anchored - int(OVERLAP * rows)))


def _mixed(people: np.ndarray, seed: int) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): 64 bits that look random."""
    h = people + np.uint64(seed * 0x9E3779B97F4A7C15 % (1 << 64))
    h = (h ^ (h >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    h = (h ^ (h >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    mixed: np.ndarray = h ^ (h >> np.uint64(31))
    return mixed


def _frame(kind: str, side: str, people: np.ndarray) -> pl.DataFrame:
    h = _mixed(people, ord(side))
    frame = pl.DataFrame({"i": people, "h": h})
    bits = pl.col("h")
    identifier = (_mail if kind == "mail" else _phone)(people, bits)
    return frame.select(
        identifier.alias("email" if kind == "mail" else "phone"),
        pl.concat_str(pl.lit("seg"), bits % len(SEGMENTS)).alias("segment"),
        pl.concat_str(pl.lit("R"), (bits // (1 << 8)) % len(REGIONS)).alias("region"),
        (18 + (bits // (1 << 16)) % 60).alias("age"),
        ((bits // (1 << 24)) % 10_000 / 100).round(2).alias("spend"),
    )


def _mail(people: np.ndarray, bits: pl.Expr) -> pl.Expr:
    number = pl.lit(pl.Series((people * _SPREAD) % _MAIL_NUMBERS))
    domains = pl.Series(_DOMAINS)
    domain = pl.lit(domains.gather(pl.Series(people % np.uint64(len(_DOMAINS)))))
    plain = pl.concat_str(pl.lit("user"), number, pl.lit(".n"), pl.col("i") % 977, pl.lit("@"))
    plain = pl.concat_str(plain, domain)
    look = (bits // (1 << 40)) % 5
    return (
        pl.when(look == 0)
        .then(pl.concat_str(pl.lit("  "), plain.str.to_uppercase()))
        .when(look == 1)
        .then(pl.concat_str(plain, pl.lit(" ")))
        .when(look == 2)
        .then(plain.str.replace("u", "U", literal=True))
        .otherwise(plain)
    )


def _phone(people: np.ndarray, bits: pl.Expr) -> pl.Expr:
    number = (people * _SPREAD) % _PHONE_NUMBERS + _FIRST_PHONE
    plain = pl.lit(pl.Series(number)).cast(pl.String)
    look = (bits // (1 << 40)) % 10
    groups = (plain.str.slice(0, 3), plain.str.slice(3, 4), plain.str.slice(7, 4))
    return (
        pl.when(look == 0)
        .then(pl.concat_str(pl.lit("+86 "), plain))
        .when(look == 1)
        .then(pl.concat_str(*groups, separator="-"))
        .otherwise(plain)
    )
