"""Text of a party's column to the integers that packages store (``cleanroom.tables``).

Every value is cleaned as identifiers are (``normalise.clean``) and becomes a code, or one of:

- *missing*: empty, or a word that stands for no value;
- *outside*: readable, but not in the agreed domain, or too large to store;
- *unparsable*: not a number, date or yes/no at all.

The last two are stored as missing too and only counted; the caller decides whether to refuse.
A line of the mapping's value map comes first, then the domain, then the missing words, then the
map's ``*``. So "unknown" is a value where the agreement lists it.

Numbers never pass through floating point. Money is rounded to hundredths half away from zero.
Dates with a time lose it where a day is wanted; fractions of a second are cut. A time with a zone
("Z", "+08:00") is unparsable: what is stored is the wall clock, and nothing is converted, except
``epoch`` formats, which count from 1970 in UTC and are shown in ``Rules.time_zone``.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import numpy as np
import polars as pl

from cleanroom.disclosure.catalogue import ColumnSpec
from cleanroom.errors import InputError
from cleanroom.prepare import normalise
from cleanroom.prepare.tokens import tokens
from cleanroom.tables import Type, missing_value, storage

ANYTHING_ELSE: Final = "*"
EPOCHS: Final = ("epoch", "epoch_ms")
TRUE: Final = ("true", "1", "1.0", "yes", "y", "是")
FALSE: Final = ("false", "0", "0.0", "no", "n", "否")

_VALID, _MISSING, _OUTSIDE, _UNPARSABLE = 0, 1, 2, 3
_SAMPLE: Final = 4096
_DTYPES: Final = {"u1": pl.UInt8, "u2": pl.UInt16, "i4": pl.Int32, "i8": pl.Int64}
