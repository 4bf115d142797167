"""Workers inside without their process and wall: what they are told and read lies in pipes, what
they say goes into files.
"""

import os
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import msgspec
from engine_material import PROVED, Papers, hand_grant, prepare
from fuzz_material import answer
from hostile_pipes import filled, frame
from room_material import World, shop

from cleanroom import wire
from cleanroom.disclosure.policy import Policy
from cleanroom.disclosure.question import Question
from cleanroom.sandbox import messages
from cleanroom.sandbox.inside import room, unpack

POLICY = Policy("threshold", min_match=0, people_per_cell=1, answer_quantum_ms=0)
OWNERS = ("platform", "brand")
COMMITTED = msgspec.json.encode(messages.Committed())
Asked = Sequence[tuple[str, Question]]


@dataclass
class Scene:
    """A small shop, papers for its workers, and the rows that its ingest workers send."""

    world: World
    papers: Papers
    rows: dict[str, bytes]

    @classmethod
    def made(cls, folder: Path) -> "Scene":
        world = shop(folder, policy=POLICY)
        scene = cls(world, prepare(world, grant=partial(hand_grant, world)), {})
        for owner in OWNERS:
            scene.rows[owner] = scene.ingest(owner, lambda job: [msgspec.json.encode(job)])[1]
        return scene

    @property
    def now(self) -> str:
        """The moment of the grants."""
        return self.papers.verified("brand").grant.issued_at.replace("Z", "+00:00")

    def ingest_job(self, owner: str, package_fd: int, rows_fd: int) -> messages.Ingest:
        """What an honest outside asks of an ingest worker."""
        agreed = self.world.signed.envelope.to_bytes()
        request, grant = self.papers.requests[owner], self.papers.grants[owner]
        return messages.Ingest(agreed, request, grant, package_fd, rows_fd, self.now)

    def ingest(
        self, owner: str, told: Callable[[messages.Ingest], list[bytes]]
    ) -> tuple[bytes, bytes]:
        """What an ingest worker says, and the rows that it sends. ``told``: from the honest job,
        the bodies of the frames that it is told. Raises what the worker stops with.
        """
        package_fd = os.open(self.world.packages[owner], os.O_RDONLY)
        with tempfile.TemporaryFile() as rows, tempfile.TemporaryFile() as said:
            rows_fd = os.dup(rows.fileno())
            job = self.ingest_job(owner, package_fd, rows_fd)
            reader = filled(b"".join(map(frame, told(job))))
            with mock.patch.object(unpack, "SealingKey") as keys:
                keys.generate.return_value = self.papers.ingest[owner]
                try:
                    unpack.serve(reader, said.fileno(), PROVED)  # type: ignore[arg-type]
                finally:
                    os.close(reader)
                    _close(package_fd)
                    _close(rows_fd)
            return _all(said), _all(rows)

    def open_job(self, rows_fds: Sequence[int]) -> messages.Open:
        """What an honest outside asks of the engine first."""
        return messages.Open(
            self.world.signed.envelope.to_bytes(),
            tuple(self.papers.requests[owner] for owner in OWNERS),
            tuple(self.papers.grants[owner] for owner in OWNERS),
            tuple(rows_fds),
            (),
            0,
            self.now,
            256,
            1,
        )

    def engine(
        self, told: Callable[[messages.Open], list[bytes]], rows: dict[str, bytes]
    ) -> list[Any]:
        """What an engine says until it is through or stops."""
        ends = [filled(rows[owner]) for owner in OWNERS]
        reader = filled(b"".join(map(frame, told(self.open_job(ends)))))
        with tempfile.TemporaryFile() as said:
            try:
                with (
                    mock.patch.object(room, "SealingKey") as sealing,
                    mock.patch.object(room, "Ed25519PrivateKey") as signing,
                ):
                    sealing.generate.return_value = self.papers.sealing
                    signing.generate.return_value = self.papers.signing
                    answer(room.serve, reader, said.fileno(), PROVED)
            finally:
                for fd in (reader, *ends):
                    os.close(fd)
            return frames(_all(said), messages.FromEngine)


def _close(fd: int) -> None:
    """Unless the worker has done so."""
    try:
        os.close(fd)
    except OSError:
        return


def _all(file: Any) -> bytes:
    file.seek(0)
    return bytes(file.read())


def frames(said: bytes, kinds: Any) -> list[Any]:
    """Everything that a worker said, each a message that it may say."""
    buffer, found = bytearray(said), []
    while (body := wire.take_frame(buffer)) is not None:
        found.append(wire.decode(body, kinds))
    assert not buffer
    return found


def session(asked: Asked) -> list[bytes]:
    """What an honest outside says after the opening."""
    said = [COMMITTED]
    for analysis, question in asked:
        said += [msgspec.json.encode(messages.Ask(analysis, question)), COMMITTED]
    return [*said, msgspec.json.encode(messages.Close("done")), COMMITTED]
