"""Roles that are played: scripts for honest and lying workers, and a room full of them."""

import base64
import json
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest
from engine_material import PROVED

from cleanroom import wire
from cleanroom.disclosure.canonical import canonical, replay_key
from cleanroom.disclosure.cells import shape
from cleanroom.disclosure.price import FREE, Price, price, sigma
from cleanroom.disclosure.question import AttributeQuestion, Question
from cleanroom.disclosure.release import Release, Vector
from cleanroom.sandbox import messages
from cleanroom.sandbox.outside import process
from cleanroom.sandbox.outside.room import Papers, SandboxRoom
from cleanroom.trust import codec, ledger
from cleanroom.trust.agreement import Agreement

Step = list[object]
PLAYER = Path(__file__).with_name("role_player.py")
BLOB = b"sealed state"
ROSTER = b"sealed roster"
AGE = AttributeQuestion(("platform",), ("platform.people.a_age",))
AT = "2026-11-01T00:00:00Z"
SESSION = "cd" * 16


def frame(message: object) -> bytes:
    """A message as it goes over the wire."""
    body = message if isinstance(message, bytes) else msgspec.json.encode(message)
    return struct.pack(">I", len(body)) + body


def raw(data: bytes) -> Step:
    """Send these bytes as they are."""
    return ["send", base64.b64encode(data).decode()]


def say(message: object) -> Step:
    """Send a message."""
    return raw(frame(message))


RECEIVE: Step = ["receive"]
LINGER: Step = ["linger"]
READY = messages.Ready("ab" * 32, "cd" * 32, PROVED)


@dataclass
class Cast:
    """Which role plays what; use ``hire`` to put it in place of the real roles."""

    folder: Path
    scripts: dict[str, list[Step]] = field(default_factory=dict)

    def hire(self, patch: pytest.MonkeyPatch) -> "Cast":
        """From here on every role is played."""
        patch.setattr(process, "_command", self._command)
        return self

    def _command(self, role: str) -> list[str]:
        script = self.folder / f"{role}.json"
        script.write_text(json.dumps(self.scripts[role]))
        return [sys.executable, "-I", "-S", str(PLAYER), str(script)]


# --- an honest engine's words ------------------------------------------------------------------


def entry(agreement: Agreement, seq: int, body: object) -> ledger.Entry:
    """One entry; the outside leaves signatures to the owners."""
    kinds = {ledger.Opened: "opened", ledger.Answered: "answered", ledger.Closed: "closed"}
    named = {kinds[type(body)]: body}
    return ledger.Entry(1, agreement.id, seq, "ef" * 32, SESSION, AT, **named, signature="00" * 64)


def commit(agreement: Agreement, seq: int, body: object, blob: bytes = b"") -> messages.Commit:
    """The entry as the engine hands it over, after its blob."""
    name = codec.sha256_hex(blob) if blob else ""
    return messages.Commit(codec.encode(entry(agreement, seq, body)), name, len(blob))


def handed(agreement: Agreement, seq: int, body: object, blob: bytes = b"") -> Step:
    """Blob and entry as the engine hands them over."""
    said = [*messages.pieces(blob), commit(agreement, seq, body, blob)]
    return raw(b"".join(frame(message) for message in said))


def release_of(question: Question, agreement: Agreement) -> Release:
    """What an honest engine could answer: 60 in every cell."""
    catalogue, policy = agreement.catalogue(), agreement.policy
    wanted = shape(question, catalogue)
    rounding = policy.rounding if policy.mode == "threshold" else 1
    vectors = tuple(
        Vector(
            measure.name,
            tuple(60 for _ in wanted.cells),
            sigma(measure, wanted, policy),
            rounding if measure.unit == "people" else 1,
        )
        for measure in wanted.measures
    )
    key = replay_key(question, catalogue)
    return Release(key, policy.mode, "released", vectors, price(wanted, policy))


def answered_of(
    release: Release,
    analysis: str,
    agreement: Agreement,
    blob: bytes = BLOB,
    question: Question = AGE,
) -> ledger.Answered:
    """The ledger's word of a release."""
    asked = canonical(question, agreement.catalogue()) if release.question_key else None
    return ledger.Answered(
        analysis,
        release.question_key,
        asked,
        release.status,
        codec.sha256_hex(codec.encode(release)),
        codec.sha256_hex(blob) if blob else "",
        release.price,
        agreement.receivers(analysis),
    )


OPENED = ledger.Opened("cd" * 32, "ab" * 32, {}, {}, 3, codec.sha256_hex(ROSTER))
CLOSED = ledger.Closed(FREE, 0, "done")


def opening(agreement: Agreement) -> list[Step]:
    """From the start until the session is open."""
    return [
        say(READY),
        RECEIVE,
        say(messages.MATCHING),
        handed(agreement, 1, OPENED, ROSTER),
        RECEIVE,
        say(messages.Opened(0)),
    ]


def answering(agreement: Agreement, analysis: str, question: Question) -> list[Step]:
    """One honest answer."""
    release = release_of(question, agreement)
    return [
        RECEIVE,
        handed(agreement, 2, answered_of(release, analysis, agreement), BLOB),
        RECEIVE,
        say(messages.Answer(release)),
    ]


def closing(agreement: Agreement) -> list[Step]:
    """The closing statement."""
    return [RECEIVE, handed(agreement, 3, CLOSED), RECEIVE, say(messages.Closed())]


INGEST: list[Step] = [say(READY), RECEIVE, say(wire.Progress("ingest", 1, 1)), say(messages.Done())]


@dataclass
class Stage:
    """A room of players, and what the outside stored and reported of them."""

    agreement: Agreement
    packages: dict[str, Path]
    stored: list[tuple[bytes, bytes]] = field(default_factory=list)
    reported: list[tuple[str, int, int]] = field(default_factory=list)

    def room(self) -> SandboxRoom:
        """The outside, with its workers started."""
        return SandboxRoom(
            self.agreement,
            self.packages,
            lambda entry, blob: self.stored.append((entry, blob)),
            lambda *told: self.reported.append(told),
            memory_mb=64,
            threads=1,
        )

    def papers(self, entries: Sequence[bytes] = (), blobs: Sequence[bytes] = ()) -> Papers:
        """Papers that no player reads."""
        any_file = dict.fromkeys(self.agreement.data_parties, b"{}")
        return Papers(b"{}", any_file, any_file, entries, blobs, datetime.now(UTC))

    def opened(self, room: SandboxRoom) -> SandboxRoom:
        """Past the opening."""
        room.ready()
        room.open(self.papers())
        return room


# --- lies --------

Change = Callable[[Release], Release]


def vector(**changes: object) -> Change:
    """Another vector in the release."""
    return lambda release: msgspec.structs.replace(
        release, vectors=(msgspec.structs.replace(release.vectors[0], **changes),)
    )


def values(*numbers: int | None) -> Change:
    return vector(values=numbers)


RELEASES: dict[str, Change] = {
    "a cell more": values(60, 60, 60, 60, 60),
    "a cell less": values(60, 60, 60),
    "no cell": values(),
    "thousands of cells": values(*[60] * 900),
    "below k": values(60, 60, 60, 45),
    "between k and tau": values(60, 60, 60, 50),
    "zero": values(0, 60, 60, 60),
    "negative": values(60, 60, 60, -60),
    "not rounded": values(60, 60, 60, 61),
    "huge": values(60, 60, 60, 5 * 2**60),
    "another measure": vector(measure="13800000000"),
    "another spread": vector(sigma=4),
    "no spread": vector(sigma=0),
    "another rounding": vector(rounding=1),
    "another question": lambda r: msgspec.structs.replace(r, question_key="00" * 32),
    "a text for a question": lambda r: msgspec.structs.replace(r, question_key="13800000000"),
    "another mode": lambda r: msgspec.structs.replace(r, mode="dp"),
    "for nothing": lambda r: msgspec.structs.replace(r, price=FREE),
    "cheaper": lambda r: msgspec.structs.replace(r, price=Price(0, 3)),
    "paid and a replay": lambda r: msgspec.structs.replace(r, replayed=True),
    "a reason": lambda r: msgspec.structs.replace(r, reason="withheld"),
    "no vector": lambda r: msgspec.structs.replace(r, vectors=()),
    "a vector more": lambda r: msgspec.structs.replace(r, vectors=r.vectors * 2),
    "refused with numbers": lambda r: msgspec.structs.replace(
        r, status="refused", price=FREE, reason="budget"
    ),
    "refused at a price": lambda r: msgspec.structs.replace(
        r, status="refused", vectors=(), reason="budget"
    ),
    "refused with a text": lambda r: msgspec.structs.replace(
        r, status="refused", vectors=(), price=FREE, reason="13800000000"
    ),
    "refused with rows for a key": lambda r: Release(
        "13800000000", "threshold", "refused", (), FREE, reason="budget"
    ),
}

NEVER_WAS: Change = lambda r: msgspec.structs.replace(r, price=FREE, replayed=True)  # noqa: E731
