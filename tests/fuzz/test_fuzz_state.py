"""Sealed blobs that come back from the host: answers and rosters of earlier sessions. One that was
altered does not open; one that was sealed with anything inside is what the engine packs, or is
damaged.
"""

import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from byte_changes import damaged
from clock import fuzzed
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from fuzz_material import GOOD, KEYS, answer
from hypothesis import strategies as st
from json_changes import canonical_json, changed_tree, misspelled

from cleanroom.disclosure.canonical import replay_key
from cleanroom.disclosure.question import MatchQuestion
from cleanroom.sandbox.inside import roster, state
from cleanroom.sandbox.inside.members import Members
from cleanroom.sandbox.inside.roster import Roster
from cleanroom.sandbox.inside.state import Stored, StoredVector
from cleanroom.trust import agreement_rules

KEY = bytes.fromhex(KEYS["state_share"])
NONCE = bytes(12)
CATALOGUE = agreement_rules.read_checked(GOOD["agreement"]).agreement.catalogue()
ASKED = MatchQuestion(CATALOGUE.parties)
COLUMN = np.array([0, 1, 2, 2, 255, 3], "u1")
ANSWER = Stored(
    replay_key(ASKED, CATALOGUE),
    ASKED,
    (StoredVector("people", (60, 70, -3), 3, (False, False, True), 12),),
    Members("ab" * 32, 9, (COLUMN,)),
)
THERE = Roster(
    {"brand": "cd" * 32, "platform": "ab" * 32},
    "2026-03-02T09:00:00Z",
    {"platform": {"a_age_band": (0, 0, 1, 0, 0)}, "brand": {}},
    (np.array([5, 0, 7, 8], "<u8"), np.array([1, 2, 0, 2**63], "<u8")),
)


def packed_answer(header: bytes) -> bytes:
    """An answer with another header, which has its room, and the same members."""
    vectors = json.loads(header or b"{}").get("vectors") if header.startswith(b"{") else None
    listed = vectors if isinstance(vectors, list) else []
    cells = sum(len(v["noisy"]) for v in listed if isinstance(v, dict) and _listed(v))
    room = 4 + state._HEADER_BYTES + state._CELL_BYTES * cells
    start = struct.pack("<I", len(header)) + header
    plain = start.ljust(room, b"\0") + COLUMN.tobytes().ljust(9, b"\0")
    return plain.ljust(roster.padded(len(plain)), b"\0")


def _listed(vector: dict[str, Any]) -> bool:
    return isinstance(vector.get("noisy"), list)


def packed_roster(header: bytes) -> bytes:
    """A roster with another header and the same people."""
    plain = roster.pack(THERE)
    (length,) = struct.unpack_from("<I", plain)
    rest = plain[4 + length :].rstrip(b"\0")
    start = struct.pack("<I", len(header)) + header + rest
    return start.ljust(roster.padded(len(start)), b"\0")


class Kind:
    """One kind of blob."""

    def __init__(self, module: Any, good: object, packed: Callable[[bytes], bytes]) -> None:
        self.pack, self.unseal, self.context = module.pack, module.unseal, module._CONTEXT
        self.packed, self.plain = packed, module.pack(good)
        self.blob = module.seal(good, KEY)
        (length,) = struct.unpack_from("<I", self.plain)
        self.header = self.plain[4 : 4 + length]

    def sealed(self, plain: bytes) -> bytes:
        return NONCE + AESGCMSIV(KEY).encrypt(NONCE, plain, self.context)


KINDS = {
    "answer": Kind(state, ANSWER, packed_answer),
    "roster": Kind(roster, THERE, packed_roster),
}
kinds = pytest.mark.parametrize("name", KINDS)


@kinds
def test_the_good_blobs_are_good(name: str) -> None:
    kind = KINDS[name]
    for blob in (kind.blob, kind.sealed(kind.plain), kind.sealed(kind.packed(kind.header))):
        assert kind.pack(kind.unseal(blob, KEY)) == kind.plain


@kinds
@fuzzed(st.data())
def test_blobs_with_bytes_changed(name: str, data: st.DataObject) -> None:
    """After sealing it does not open; before, what is accepted is what the engine packs."""
    kind, others = KINDS[name], KINDS.values()
    if data.draw(st.booleans()):
        changed = data.draw(damaged(kind.blob, [other.blob for other in others]))
        assert answer(kind.unseal, changed, KEY) is None or changed == kind.blob
        return
    plain = data.draw(damaged(kind.plain, [other.plain for other in others]))
    found = answer(kind.unseal, kind.sealed(plain), KEY)
    assert found is None or kind.pack(found) == plain


@kinds
@fuzzed(st.data())
def test_sealed_blobs_with_anything_inside(name: str, data: st.DataObject) -> None:
    kind = KINDS[name]
    if data.draw(st.integers(0, 3)) == 3:
        header = data.draw(misspelled(kind.header))
        start = struct.pack("<I", len(header)) + header
        plain = start + kind.plain[len(start) :]
    else:
        plain = kind.packed(canonical_json(changed_tree(kind.header, data)) or b"{}")
    found = answer(kind.unseal, kind.sealed(plain), KEY)
    assert found is None or kind.pack(found) == plain
