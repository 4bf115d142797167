"""From the rows of a people file to persons (PROTOCOL.md, "Person").

Rows that share a pid are one *raw pid*. A token held by more than ``HOT`` raw pids is dropped; raw
pids that share any other token, of whatever kind, are merged, transitively, under the smallest pid.
Afterwards every token of a kind belongs to exactly one person. Attributes come from the row with
the latest ``as_of``, and of equal ones from the last row.

Persons are numbered by the first row of the raw pid that they are named after, in file order.
Everything runs on whole arrays: rows whose 64-bit half is unique, nearly all of them, are found by
one sort and never looked at again.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES256
from cryptography.hazmat.primitives.ciphers.modes import ECB
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from cleanroom.prepare.duplicates import best_rows, equal_rows, repeated
from cleanroom.tables import MISSING_DATE
