"""Hostile Parquet that its owner sealed and signed, read by the code of the ingest worker behind
the wall of the ingest worker: refused with a code, in time, within the limits of memory.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import hostile_parts
import numpy as np
import pyarrow as pa
import pytest
from hostile_lies import HEAVY, LIES, UNHEARD
from hostile_parts import GIB, MOST_32, PAGES, dictionary_of, written
from hostile_reader import Answer, Part
from parquet_anatomy import File

from cleanroom import wire
from cleanroom.sandbox.inside import ingest
from cleanroom.sandbox.wall import limits
from cleanroom.trust.package import PackedColumn

REFUSED = "trust.package_content"
SECONDS = 30.0
AGREED = (
    PackedColumn("pid_hi", None, "<u8"),
    PackedColumn("pid_lo", None, "<u8"),
    PackedColumn("a_age", None, "u1"),
)
ROWS = 300
HONEST = pa.table(
    {
        "pid_hi": np.arange(ROWS, dtype="<u8"),
        "pid_lo": np.arange(ROWS, dtype="<u8") * 3,
        "a_age": (np.arange(ROWS) % 4).astype("u1"),
    }
)
SUMS = [int(np.asarray(column).sum(dtype="u8")) for column in HONEST.columns]


class Reader:
    """A running ``hostile_reader``."""

    def __init__(self, memory: int) -> None:
        script = Path(hostile_parts.__file__).with_name("hostile_reader.py")
        self.process = subprocess.Popen(
            [sys.executable, "-I", str(script), str(memory)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )

    def read(self, data: bytes, how: str = "whole") -> Answer:
        """What it says. Raises ``sandbox.failed`` if it ended instead."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        wire.send(self.process.stdin.fileno(), Part(data, AGREED, how))  # type: ignore[arg-type]
        return wire.receive(self.process.stdout.fileno(), Answer)

    @property
    def peak(self) -> int:
        """Bytes of memory that it had at most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) << 10

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.fixture(scope="module")
def start() -> Iterator[Callable[[int], Reader]]:
    """Starts readers, one for each amount of memory."""
    started: dict[int, Reader] = {}

    def one(memory: int) -> Reader:
        if memory not in started:
            started[memory] = Reader(memory)
        return started[memory]

    yield one
    for reader in started.values():
        reader.close()


@pytest.fixture
def reader(start: Callable[[int], Reader], strong: None) -> Iterator[Reader]:
    """The worker with the limits of role ``ingest``. Whatever it read, it is there afterwards, and
    reads an honest part.
    """
    running = start(ingest.MEMORY_BYTES)
    yield running
    answer = running.read(written(HONEST))
    assert (answer.codes, answer.sums) == ({"": 1}, SUMS)
    assert answer.level >= 2


def refused(answer: Answer) -> bool:
    """Nothing else was answered, and not too late."""
    return set(answer.codes) == {REFUSED} and answer.seconds < SECONDS


@pytest.mark.parametrize("pages", PAGES)
def test_pieces_make_the_file_again(pages: str) -> None:
    """The control of all that follows: without a change nothing changes."""
    data = written(HONEST, **PAGES[pages])
    assert File.of(data).to_bytes() == data


@pytest.mark.parametrize("which", LIES)
def test_a_part_that_lies(which: str, reader: Reader) -> None:
    assert refused(reader.read(LIES[which](HONEST)))


@pytest.mark.parametrize("which", UNHEARD)
def test_what_nobody_reads_may_say_anything(which: str, reader: Reader) -> None:
    """It is not believed: what comes out are the numbers in the pages, or nothing."""
    answer = reader.read(UNHEARD[which](HONEST))
    assert (answer.codes, answer.sums) in (({"": 1}, SUMS), ({REFUSED: 1}, []))


@pytest.mark.parametrize("pages", PAGES)
def test_a_part_that_is_cut_anywhere(pages: str, reader: Reader) -> None:
    """In the magic, in a page's header, a dictionary, data, statistics, the footer, its length."""
    data = written(HONEST, **PAGES[pages])
    answer = reader.read(data, "cut")
    assert refused(answer)
    assert answer.codes[REFUSED] == len(data)


@pytest.mark.parametrize("pages", PAGES)
def test_a_part_with_any_byte_flipped(pages: str, reader: Reader) -> None:
    """One bit of each byte, then all of them: refused, or agreed numbers that its owner could have
    sealed as well.
    """
    data = written(HONEST, **PAGES[pages])
    answer = reader.read(data, "flipped")
    assert set(answer.codes) == {"", REFUSED}
    assert sum(answer.codes.values()) == 2 * len(data)
    assert answer.seconds < SECONDS


@pytest.mark.parametrize("files", ["parquet-testing", "arrow-testing"])
def test_hostile_files_of_others(files: str, reader: Reader, shared: Path) -> None:
    """Collections that Parquet's own projects keep: whatever their files hold is not agreed."""
    found = sorted((shared / "data" / "vectors" / files).rglob("*.parquet"))
    if not found:
        pytest.skip(f"shared/data/vectors has no {files}")
    told = {path.name: reader.read(path.read_bytes()) for path in found}
    assert [name for name, answer in told.items() if not refused(answer)] == []


@pytest.mark.slow
@pytest.mark.parametrize("which", HEAVY)
def test_a_part_that_swells(which: str, reader: Reader) -> None:
    data = HEAVY[which](HONEST)
    assert len(data) < GIB / 1000
    assert refused(reader.read(data))
    assert reader.peak < limits.private_data(ingest.MEMORY_BYTES, 1)


@pytest.mark.slow
def test_the_limit_of_memory_holds(start: Callable[[int], Reader], strong: None) -> None:
    """A worker that may have less than the page unpacks to says no and goes on. A page that fits
    is unpacked, which shows that the first one would have been.
    """
    small = start(0)
    assert refused(small.read(dictionary_of(MOST_32 - 7)(HONEST)))
    assert small.peak < GIB // 4
    assert small.read(dictionary_of(GIB // 4)(HONEST)).codes == {"": 1}
    assert GIB // 2 < small.peak < GIB
    assert small.read(written(HONEST)).sums == SUMS
