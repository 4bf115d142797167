"""What a worker says, message by message, with lies in it."""

import base64
import json
import struct
from collections.abc import Sequence
from typing import Any

from hostile_pipes import frame
from hypothesis import strategies as st
from json_changes import changed_tree, misspelled

MOST = 64 << 10  # bytes of a message that are misspelled once more


def bodies(steps: Sequence[Sequence[object]]) -> list[bytes]:
    """The bodies of all frames that a player's script says."""
    data = b"".join(base64.b64decode(str(step[1])) for step in steps if step[0] == "send")
    found = []
    while data:
        (length,) = struct.unpack_from(">I", data)
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    return found


@st.composite
def lies(draw: Any, said: Sequence[bytes], others: Sequence[bytes] = ()) -> bytes:
    """A conversation with one or two messages left out, doubled, moved or changed."""
    told = list(said)
    for _ in range(draw(st.sampled_from([1, 1, 2]))):
        at = draw(st.integers(0, len(told) - 1))
        how = draw(st.integers(0, 5))
        if how == 0:
            told[at : at + 1] = draw(st.sampled_from([[], [told[at]] * 2, [told[at]] * 50]))
        elif how == 1:
            told.insert(at, draw(st.sampled_from([*said, *others])))
        elif how == 2:
            told[at] = draw(misspelled(told[at][:MOST]))
        else:
            body = said[min(at, len(said) - 1)]
            told[at] = json.dumps(changed_tree(body, draw(st.data()))).encode()
        told = told or [b"{}"]
    return b"".join(map(frame, told))
