"""The rows that are measured: rows.py FOLDER mail|phone a|b|c ROWS FIRST -> a CSV file.

They are made from row numbers alone, so they are the same everywhere.

Side a are persons 0, 1, 2, ...; b and c are lists of whom 60 % are in a; each person is there once.
E-mails differ in case and blanks as they do in real exports. Telephone numbers are mainland ones,
some with +86 or dashes. The file's name says which persons it holds.

Columns: email or phone, segment (12 values), region (20 values), age, spend.
"""

import sys
from pathlib import Path

import numpy as np
import polars as pl
from files import REGIONS, SEGMENTS, file_of

_BLOCK = 500_000
_DOMAINS = ("gmail.com", "example.org", "corp.example.net", "mail.test")
_SPREAD = np.uint64(2_654_435_761)  # odd and coprime to what it is taken modulo: no repeats
_MAIL_NUMBERS = np.uint64(1 << 32)
_PHONE_NUMBERS = np.uint64(7_000_000_000)  # 1[3-9] and nine digits
_FIRST_PHONE = np.uint64(13_000_000_000)


def make(folder: Path, kind: str, side: str, rows: int, first: int) -> None:
    """A file of persons ``first`` ... ``first + rows - 1``, whole or not at all."""
    path = file_of(folder, kind, side, rows, first)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        for begin in range(first, first + rows, _BLOCK):
            people = np.arange(begin, min(begin + _BLOCK, first + rows), dtype=np.uint64)
            _frame(kind, side, people).write_csv(file, include_header=begin == first)
    part.replace(path)


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


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
