"""No cell of anybody's data reaches a disk in plain, also when everything is killed in the middle.

Every cell of two parties' raw files is marked; tokens and amounts are read back from the sealed
packages. Then the whole way is gone with real commands, and everything they left is searched.
"""

import base64
import contextlib
import os
import secrets
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import desk
import marked_data
import pytest
from hunt import Hunt
from marked_data import Marks
from rooms import DATA_PARTIES, PLAN, Room

PEOPLE = 20_000
TOO_SMALL, PLENTY = 5, 640  # MB for the engine's database; the join of so many people needs more
SYSTEM_FOLDERS = [Path(name) for name in ("/tmp", "/var/tmp", "/dev/shm")]


@dataclass
class Scene:
    """A room whose commands have a home and a folder for temporary files of their own."""

    room: Room
    marks: Marks
    printed: list[str] = field(default_factory=list)
    before: set[Path] = field(default_factory=set)

    @property
    def environment(self) -> dict[str, str]:
        own = {name: str(self.room.folder / name.lower()) for name in ("HOME", "TMPDIR")}
        return {**os.environ, **own}

    def run(self, *arguments: object, **options: Any) -> desk.Ran:
        ran = desk.run(self.room.folder, *arguments, env=self.environment, **options)
        self.printed.append(ran.out + ran.err)
        return ran

    def session(self, memory: int, out: str) -> tuple[object, ...]:
        words = [*self.room.session("brand", plan=PLAN, out=out), "--accept-loss"]
        words[words.index("--memory-mb") + 1] = memory
        return tuple(words)

    def killed(self, memory: int, out: str, moment: str) -> None:
        """A session whose host and workers end by SIGKILL when it says that it has come so far."""
        words = self.session(memory, out)
        with desk.started(self.room.folder, *words, env=self.environment) as host:
            self.printed.append(desk.read_until(host, moment))
            workers = desk.workers(host)
            desk.stop(host, signal.SIGKILL)
            for worker in workers:
                if desk.still_running([worker]):
                    os.kill(worker, signal.SIGKILL)
            host.wait(desk.PATIENCE)
        assert any("--role engine" in line for line in workers.values())
        desk.gone(workers)

    def hits(self, hunt: Hunt) -> dict[str, set[str]]:
        """What is found in this folder but the parties' own files, in new files of the folders
        where programs leave theirs, and in all that was printed.
        """
        room = self.room
        found = hunt.search(room.folder, marked_data.inputs(room))
        for path in _temporary() - self.before:
            with contextlib.suppress(OSError):  # other programs take theirs away again
                found |= {f"{path}/{name}": what for name, what in hunt.search(path).items()}
        there = hunt.found("\n".join(self.printed).encode())
        return {**found, "printed": there} if there else found


def _temporary() -> set[Path]:
    """Entries of the system's folders for temporary files, but those of test runs."""
    listed = {path for folder in SYSTEM_FOLDERS if folder.is_dir() for path in folder.iterdir()}
    readable = {path for path in listed if os.access(path, os.R_OK)}
    return {path for path in readable if not path.name.startswith("pytest-of-")}


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    marks = Marks()
    before = _temporary()
    made = Scene(marked_data.build(tmp_path, marks, PEOPLE), marks, before=before)
    for name in ("home", "tmpdir"):
        (tmp_path / name).mkdir()
    for party in DATA_PARTIES:
        out = ("--out", made.room.package(party))
        made.run("seal", f"{party}.toml", *made.room.of(party), *out)
    return made


def near_the_limit(scene: Scene, hunt: Hunt) -> int:
    """The memory with which a session just works: the double of one where the join fails, where
    another database would have gone on with files.
    """
    memory, out = TOO_SMALL, f"out-{TOO_SMALL}"
    while (code := scene.run(*scene.session(memory, out), code=None).code) != 0:
        assert code == 7  # an error of the sandbox
        assert not (scene.room.folder / out / "report").exists()
        assert scene.hits(hunt) == {}
        memory *= 2
        out = f"out-{memory}"
        assert memory <= PLENTY
    assert memory > TOO_SMALL
    assert (scene.room.folder / out / "report" / "report.json").is_file()
    assert scene.hits(hunt) == {}
    return memory


@pytest.mark.slow
def test_nothing_readable_is_left_when_all_is_killed(scene: Scene, strong: None) -> None:
    """A session that has too little memory, one that ends well, and near the limit of memory two
    that are killed: while tokens are joined, and while a question is answered.
    """
    room = scene.room
    tokens = [n for party in DATA_PARTIES for n in marked_data.sealed_numbers(room, party)]
    hunt = marked_data.hunt(scene.marks, tokens)
    assert len(tokens) > 4 * PEOPLE

    near = near_the_limit(scene, hunt)
    for moment in ("] match", "] ask"):
        scene.killed(near, f"killed at {moment[2:]}", moment)
        assert scene.hits(hunt) == {}

    # the same search finds the parties' own files, and a token where one is put
    own = {str(path.relative_to(room.folder)) for path in marked_data.inputs(room)}
    assert set(hunt.search(room.folder)) == own
    (room.folder / "tmpdir" / "spilled").write_bytes(b"x" + tokens[-1].to_bytes(8, "little"))
    assert set(scene.hits(hunt)) == {"tmpdir/spilled"}


# --- the search itself ---------------------------------------------------------------------------

NUMBER = 0xD3A1_5C77_90E2_4B68
WORD = "mark-of-9c41e7"


def planted() -> Iterator[tuple[str, bytes]]:
    """The word and the number in every spelling, among other bytes."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be"):
        data = WORD.encode(encoding)
        yield encoding, data
        yield f"{encoding} hex", data.hex().encode()
        yield f"{encoding} HEX", data.hex().upper().encode()
        for before in range(3):
            yield f"{encoding} base64 {before}", base64.b64encode(b"abc"[:before] + data + b"xyz")
        yield f"{encoding} urlsafe", base64.urlsafe_b64encode(b"\xff\xfe" + data)
    little, big = NUMBER.to_bytes(8, "little"), NUMBER.to_bytes(8, "big")
    for order, data in (("little", little), ("big", big)):
        for before in range(9):
            yield f"{order} {before}", bytes(before) + data
        yield f"{order} hex", b'"' + data.hex().encode() + b'"'
        yield f"{order} HEX", data.hex().upper().encode()
        for before in range(3):
            yield f"{order} base64 {before}", base64.b64encode(bytes(before) + data + bytes(9))
    yield "decimal", f'{{"hi":{NUMBER}}}'.encode()


PLANTED = dict(planted())


@pytest.mark.parametrize("spelling", PLANTED)
def test_the_search_finds_what_is_there(spelling: str, tmp_path: Path) -> None:
    hunt = Hunt({"word": WORD}, [NUMBER, 1 << 50])
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "planted").write_bytes(
        secrets.token_bytes(1000) + b"\0" + PLANTED[spelling] + b"\n"
    )
    (tmp_path / "other").write_bytes(secrets.token_bytes(5000))
    assert set(hunt.search(tmp_path)) == {"a/planted"}
    assert hunt.search(tmp_path, [tmp_path / "a" / "planted"]) == {}
